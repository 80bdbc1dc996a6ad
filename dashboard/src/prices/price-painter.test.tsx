// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFigures } from '../figures/figures.ts';
import { PriceBoard, STALE_MS } from './price-board.ts';
import { DEFAULT_SORT } from './price-order.ts';
import { PricePainter } from './price-painter.ts';
import { PriceList, PriceTable, TableRows } from './price-rows.tsx';
import type { Ticker } from './ticker.ts';

const full: Ticker = {
    product: 'BTC-USD',
    price: 96412.58,
    changePercent: 1.84,
    low: 94120,
    high: 97015,
    volume: 8123.4,
    bid: 96412.57,
    bidSize: 0.141,
    ask: 96412.58,
    askSize: 0.039,
    source: 'coinbase',
};

let frames: FrameRequestCallback[];
let board: PriceBoard;
let painter: PricePainter;
let root: Root;
let stop: () => void;
let hidden = false;

let isOpen = false;
const nothing = () => {};
const shared = () => ({
    rows: [{ product: 'BTC-USD', name: 'Bitcoin', capInr: 1e14, pinned: false, isOpen }],
    painter,
    onToggle: nothing,
    onPin: nothing,
});
const send = (fields: Partial<Ticker> = {}, at = 0) =>
    board.receive({ kind: 'ticker', ticker: { ...full, ...fields } }, at);
const runFrames = () => frames.splice(0).forEach((frame) => frame(0));
const part = (name: string) => document.querySelector(`[data-part=${name}]`);
const text = (name: string) => part(name)?.textContent;
const flash = () => part('price')?.getAttribute('data-flash') ?? null;

async function renderTable(): Promise<void> {
    await act(async () =>
        root.render(
            <PriceTable sort={DEFAULT_SORT}>
                <TableRows {...shared()} />
            </PriceTable>,
        ),
    );
}

beforeEach(() => {
    vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
    vi.stubGlobal('IntersectionObserver', undefined);
    vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => frames.push(frame));
    vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
    frames = [];
    hidden = false;
    isOpen = false;
    board = new PriceBoard();
    painter = new PricePainter(board, createFigures('en-US'));
    stop = painter.start();
    document.body.innerHTML = '<div></div>';
    root = createRoot(document.body.firstElementChild as Element);
});

afterEach(async () => {
    await act(async () => root.unmount());
    stop();
    board.stop();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
});

test('a row that appears shows the newest quote at once, without flash', async () => {
    send();
    await renderTable();
    expect(text('price')).toBe('$96,412.58');
    expect(text('percent')).toBe('+1.84%');
    expect(text('spoken')).toBe('up 1.84 percent');
    expect(part('change')?.getAttribute('data-direction')).toBe('up');
    expect(part('arrow')?.getAttribute('d')).toBe('M4 0l4 7H0z');
    expect(text('low')).toBe('94,120');
    expect(text('high')).toBe('97,015');
    expect(text('volume')).toBe('$783M');
    expect(part('range')?.getAttribute('aria-label')).toBe(
        '24 hour range: at 79 percent of its range',
    );
    expect(flash()).toBeNull();
});

test('many ticks cost one frame, and the newest is drawn', async () => {
    send();
    await renderTable();
    runFrames();
    for (let price = 1; price <= 50; price += 1) send({ price: 96000 + price });
    expect(frames).toHaveLength(1);
    expect(text('price')).toBe('$96,412.58');
    runFrames();
    expect(text('price')).toBe('$96,050.00');
});

test('flashes up and down against the last shown price, restarting by another name', async () => {
    send({ price: 100 });
    await renderTable();
    const names = [101, 102, 101.5].map((price) => {
        send({ price });
        runFrames();
        return flash();
    });
    expect(names).toEqual(['up-1', 'up-0', 'down-1']);
    send({ price: 101.5 });
    runFrames();
    expect(flash()).toBe('down-1');
});

test('missing figures are en dashes everywhere', async () => {
    send({ price: null, changePercent: null, low: null, high: null, volume: null });
    await renderTable();
    for (const name of ['price', 'percent', 'low', 'high', 'volume']) expect(text(name)).toBe('–');
    expect(part('change')?.getAttribute('data-direction')).toBe('none');
    expect(part('range')?.getAttribute('data-known')).toBe('false');
    expect(document.body.innerHTML).not.toMatch(/NaN|undefined|Infinity/);
});

test('the marker is kept between 3 and 97 percent of the bar', async () => {
    send({ price: 50, low: 100, high: 200 });
    await renderTable();
    expect(part('marker')?.getAttribute('x')).toBe('0.3');
    send({ price: 999, low: 100, high: 200 });
    runFrames();
    expect(part('marker')?.getAttribute('x')).toBe('56.7');
});

test('a hidden tab does not flash when it is looked at again', async () => {
    send({ price: 100 });
    await renderTable();
    runFrames();
    hidden = true;
    send({ price: 101 });
    hidden = false;
    runFrames();
    expect(text('price')).toBe('$101.00');
    expect(flash()).toBeNull();
    send({ price: 102 });
    runFrames();
    expect(flash()).toBe('up-1');
});

test('a row is stale after 15 s without a tick, and fresh with the next', async () => {
    send({}, 1_000);
    await renderTable();
    runFrames();
    const isStale = () => document.querySelector('tr[data-product]')?.hasAttribute('data-stale');
    painter.checkStale(1_000 + STALE_MS - 1);
    expect(isStale()).toBe(false);
    painter.checkStale(1_000 + STALE_MS);
    expect(isStale()).toBe(true);
    send({ price: 1 }, 1_000 + STALE_MS);
    runFrames();
    expect(isStale()).toBe(false);
});

test('React rendering again leaves the written figures alone', async () => {
    send();
    await renderTable();
    send({ price: 96500 });
    runFrames();
    await renderTable();
    expect(text('price')).toBe('$96,500.00');
});

test("the phone's rows show the same quote", async () => {
    send();
    await act(async () => root.render(<PriceList {...shared()} />));
    expect(text('price')).toBe('$96,412.58');
    expect(text('percent')).toBe('+1.84%');
    expect(part('volume')).toBeNull();
});

test('a row that is gone is no longer drawn', async () => {
    send();
    await renderTable();
    const price = part('price');
    await act(async () => root.render(null));
    send({ price: 1 });
    runFrames();
    expect(price?.textContent).toBe('$96,412.58');
});

test('what is opened beneath a row ticks with it', async () => {
    isOpen = true;
    send();
    await renderTable();
    const facts = () => document.querySelector('dl')?.textContent;
    expect(facts()).toContain('96,412.570.1410 BTC');
    expect(facts()).toContain('94,120.00 – 97,015.00');
    expect(facts()).toContain('8,123 BTC');
    send({ bid: 96400, volume: null });
    runFrames();
    expect(facts()).toContain('96,400.00');
    expect(facts()).toContain('– BTC');
});
