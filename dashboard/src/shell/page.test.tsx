// @vitest-environment happy-dom
import { readFileSync } from 'node:fs';
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Connection, GRACE_MS } from '../connection/connection.ts';
import { TestWire } from '../connection/test-wire.ts';
import { createFigures } from '../figures/figures.ts';
import { PriceBoard, SETTLE_MS, STALE_MS } from '../prices/price-board.ts';
import { PricePainter } from '../prices/price-painter.ts';
import { Page } from './page.tsx';

const response = JSON.parse(
    readFileSync('../src/contract/golden/crypto_ticker_response.json', 'utf8'),
);
const greeting = JSON.parse(readFileSync('../src/contract/golden/session_init.json', 'utf8'));

let wire: TestWire;
let stop: () => void;
let root: Root;
const network = { onLine: () => true, servedFromThisMachine: () => true };

const shown = () => document.body.textContent ?? '';
const pill = () => document.querySelector('button[popovertarget]')?.textContent;
const announced = () => document.querySelector('[role=status]')?.textContent;
const step = (action: () => void) => act(async () => action());
const wait = (ms: number) => step(() => vi.advanceTimersByTime(ms));

beforeEach(async () => {
    vi.useFakeTimers();
    vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
    vi.stubGlobal('IntersectionObserver', undefined);
    wire = new TestWire();
    const connection = new Connection(wire, network, () => 0.5);
    const board = new PriceBoard();
    const painter = new PricePainter(board, createFigures('en-US'));
    document.body.innerHTML = '<div></div>';
    root = createRoot(document.body.firstElementChild as Element);
    await step(() =>
        root.render(<Page connection={connection} board={board} painter={painter} />),
    );
    await step(() => (stop = connection.start()));
});

afterEach(async () => {
    await step(() => root.unmount());
    stop();
    expect(wire.listenerCount()).toBe(0);
    vi.useRealTimers();
    vi.unstubAllGlobals();
});

async function goLive(): Promise<void> {
    await step(() => {
        wire.becomeReady({ ...greeting, simulated: [] });
        wire.hear('cryptoTickerResponse', response);
    });
    await wait(SETTLE_MS);
}

test('waits with as many rows as Flux has products', () => {
    expect(pill()).toBe('Connecting');
    expect(document.querySelectorAll('tbody tr')).toHaveLength(12);
    expect(document.querySelector('section')?.getAttribute('aria-busy')).toBe('true');
});

test('shows the golden ticker', async () => {
    await goLive();
    expect(pill()).toBe('Live');
    expect(document.querySelector('[data-product="BTC-USD"]')?.textContent).toContain('$70,512.34');
    expect(shown()).toContain('Coinbase');
    expect(shown()).not.toContain('Simulated data');
});

test('simulated prices are marked on the card, in the bar and in the status', async () => {
    await step(() => wire.becomeReady(greeting));
    const chips = [...document.querySelectorAll('span')].map((span) => span.textContent);
    expect(chips).toContain('Simulated');
    expect(chips).toContain('Simulated data');
    expect(shown()).toContain('Simulated cards show made-up numbers.');
});

describe('a lost line', () => {
    test('greys the rows, tells when the next attempt is, and comes back', async () => {
        await goLive();
        await step(() => wire.hear('disconnect', 'transport close'));
        expect(pill()).toBe('Live');
        await wait(1_000);
        await step(() => wire.hear('connect_error', new Error('refused')));
        await wait(GRACE_MS);
        expect(pill()).toBe('Reconnecting');
        expect(shown()).toMatch(/Connection lost\. Showing the last values\. Trying again in \d s\./);
        expect(shown()).toContain('paused at');
        expect(shown()).toContain('$70,512.34');
        await wait(0);
        expect(announced()).toBe('Connection lost. Showing the last values.');
        await step(() => wire.becomeReady(greeting));
        expect(pill()).toBe('Live');
        expect(shown()).not.toContain('Connection lost. Showing the last values. Trying');
        await wait(10_000);
        expect(announced()).toBe('Live again.');
    });

    test('"Try now" starts the next attempt', async () => {
        await goLive();
        await step(() => wire.hear('disconnect', 'transport close'));
        await wait(1_000);
        await step(() => wire.hear('connect_error', new Error('refused')));
        await wait(GRACE_MS);
        const before = wire.attempts;
        const button = [...document.querySelectorAll('button')].find((b) => b.textContent === 'Try now');
        await step(() => button?.click());
        expect(wire.attempts).toBe(before + 1);
    });
});

test('a server that is not there is said to be so', async () => {
    await step(() => wire.hear('connect_error', new Error('refused')));
    await wait(GRACE_MS);
    expect(shown()).toContain('We cannot reach Flux');
    await goLive();
    expect(shown()).not.toContain('We cannot reach Flux');
    expect(shown()).toContain('$70,512.34');
});

test('no first price within ten seconds is said to be so, and healed by the first price', async () => {
    await step(() => wire.becomeReady(greeting));
    await wait(9_999);
    expect(shown()).not.toContain('not available');
    await wait(1);
    expect(shown()).toContain('Live prices are not available');
    await goLive();
    expect(shown()).not.toContain('not available');
});

test('a source that falls silent gets a chip with its age, and keeps its figures', async () => {
    await goLive();
    await wait(STALE_MS + 1_000);
    expect(shown()).toMatch(/Updated \d+ s ago/);
    expect(document.querySelector('[data-product="BTC-USD"]')?.hasAttribute('data-stale')).toBe(true);
    expect(shown()).toContain('$70,512.34');
    await step(() => wire.hear('cryptoTickerResponse', response));
    expect(shown()).not.toContain('Updated');
});

test('nothing that ticks is announced', async () => {
    await goLive();
    expect(document.querySelectorAll('[aria-live]')).toHaveLength(0);
    const status = document.querySelectorAll('[role=status]');
    expect(status).toHaveLength(1);
    expect(status[0]?.closest('section')).toBeNull();
});
