import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PriceBoard, PRODUCTS_MAX, SETTLE_MAX_MS, SETTLE_MS, STALE_MS } from './price-board.ts';
import type { Ticker, TickerMessage } from './ticker.ts';

function tick(product: string, price: number | null = 1): TickerMessage {
    const nothing = {
        changePercent: null,
        low: null,
        high: null,
        volume: null,
        bid: null,
        bidSize: null,
        ask: null,
        askSize: null,
    };
    const ticker: Ticker = { product, price, ...nothing, source: 'coinbase' };
    return { kind: 'ticker', ticker };
}

let board: PriceBoard;
const products = () => board.store.get().products;

beforeEach(() => {
    vi.useFakeTimers();
    board = new PriceBoard();
});
afterEach(() => {
    board.stop();
    vi.useRealTimers();
});

test('a tick marks its product and changes nothing that React renders', () => {
    const marked = vi.fn();
    board.onChange = marked;
    board.receive(tick('BTC-USD', 10), Date.now());
    vi.advanceTimersByTime(SETTLE_MS);
    const rendered = vi.fn();
    board.store.subscribe(rendered);
    board.receive(tick('BTC-USD', 11), Date.now());
    expect(marked.mock.calls).toEqual([['BTC-USD'], ['BTC-USD']]);
    expect(rendered).not.toHaveBeenCalled();
    expect(board.quote('BTC-USD')?.ticker.price).toBe(11);
    expect(board.quote('BTC-USD')?.ring.size).toBe(2);
});

test('rows that come within a moment appear together, in order', () => {
    for (const product of ['ETH-USD', 'ZZZ-USD', 'BTC-USD']) {
        board.receive(tick(product), Date.now());
        vi.advanceTimersByTime(SETTLE_MS - 1);
        expect(products()).toEqual([]);
    }
    vi.advanceTimersByTime(1);
    expect(products()).toEqual(['BTC-USD', 'ETH-USD', 'ZZZ-USD']);
});

test('an endless trickle of new products does not hold the rows back', () => {
    for (let elapsed = 0; elapsed <= SETTLE_MAX_MS; elapsed += 100) {
        board.receive(tick(`P${elapsed}-USD`), Date.now());
        vi.advanceTimersByTime(100);
    }
    expect(products().length).toBeGreaterThan(10);
});

test('products beyond the bound are refused and counted; known ones go on', () => {
    for (let index = 0; index < PRODUCTS_MAX + 3; index += 1) {
        board.receive(tick(`P${index}-USD`), Date.now());
    }
    board.receive(tick('P0-USD', 9), Date.now());
    vi.advanceTimersByTime(SETTLE_MS);
    expect(products()).toHaveLength(PRODUCTS_MAX);
    expect(board.refused).toBe(3);
    expect(board.quote('P0-USD')?.ticker.price).toBe(9);
});

test('a tick without price shows as missing and leaves no hole in the line', () => {
    board.receive(tick('BTC-USD', 10), Date.now());
    board.receive(tick('BTC-USD', null), Date.now());
    expect(board.quote('BTC-USD')?.ticker.price).toBeNull();
    expect(board.quote('BTC-USD')?.ring.size).toBe(1);
});

test('the card is silent after 15 s without any tick, until the next one', () => {
    const start = Date.now();
    board.checkSilence(start + STALE_MS * 9);
    expect(board.store.get().silentSince).toBeNull();
    board.receive(tick('BTC-USD'), start);
    board.checkSilence(start + STALE_MS - 1);
    expect(board.store.get().silentSince).toBeNull();
    board.checkSilence(start + STALE_MS);
    expect(board.store.get().silentSince).toBe(start);
    board.receive(tick('BTC-USD'), start + STALE_MS + 1);
    expect(board.store.get().silentSince).toBeNull();
});

test('a problem is kept until a price comes again', () => {
    const problem = { code: 'source_down', message: 'no answer', retryAt: null };
    board.receive({ kind: 'problem', problem }, Date.now());
    expect(board.store.get().problem).toEqual(problem);
    board.receive(tick('BTC-USD'), Date.now());
    expect(board.store.get().problem).toBeNull();
});
