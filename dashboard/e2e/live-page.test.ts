import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, VIEWS } from './browser.mjs';
import { Flux } from './flux.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let flux: Flux;
let browser: Browser;
let complaints: string[] = [];
let requested: string[] = [];

beforeAll(async () => {
    flux = await Flux.start();
    browser = await launchBrowser();
});
afterAll(async () => {
    await browser?.close();
    await flux?.stop();
});
afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
});

interface View extends BrowserContextOptions {
    blockWebSockets?: boolean;
}

/** Runs in the page: what a proxy that knows no WebSockets does to them. */
function sendWebSocketsNowhere(): void {
    const Real = window.WebSocket;
    window.WebSocket = class extends Real {
        constructor(url: string | URL, protocols?: string | string[]) {
            super(String(url).replace('/socket.io/', '/no-such-path/'), protocols);
        }
    };
}

async function open({ blockWebSockets = false, ...options }: View): Promise<Page> {
    complaints = [];
    requested = [];
    const context = await browser.newContext({ locale: 'en-US', ...options });
    if (blockWebSockets) await context.addInitScript(sendWebSocketsNowhere);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requested.push(request.url()));
    await page.goto(flux.url);
    return page;
}

const row = (page: Page, product: string) => page.locator(`[data-product="${product}"]`);
const part = (page: Page, product: string, name: string) =>
    row(page, product).locator(`[data-part=${name}]`);
const pill = (page: Page) => page.locator('button[popovertarget]');

async function textOf(page: Page, product: string, name: string): Promise<string> {
    return (await part(page, product, name).textContent()) ?? '';
}

/** Waits until `probe` answers something else than it did at first; returns both. */
async function untilChanged(probe: () => Promise<string>, withinMs: number): Promise<string[]> {
    const before = await probe();
    await expect.poll(probe, { timeout: withinMs, interval: 50 }).not.toBe(before);
    return [before, await probe()];
}

test('prices move within ten seconds of opening the page', async () => {
    const openedAt = Date.now();
    const page = await open(VIEWS.desktop);
    await row(page, 'BTC-USD').waitFor();
    const shown = await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 9_000);
    expect(Date.now() - openedAt).toBeLessThan(10_000);
    for (const price of shown) expect(price).toMatch(/^\$[\d,]+\.\d\d$/);
    await expect.poll(() => pill(page).textContent()).toBe('Live');
    await expect.poll(() => part(page, 'BTC-USD', 'line').getAttribute('d')).toMatch(/^M.*L/);
    expect(await part(page, 'BTC-USD', 'price').getAttribute('data-flash')).toMatch(/^(up|down)-[01]$/);
    expect(complaints).toEqual([]);
});

test('every row is whole: name, price, change, range, volume, and nowhere a slip', async () => {
    const page = await open(VIEWS.desktop);
    await expect.poll(() => page.locator('[data-product]').count()).toBe(12);
    for (const text of await page.locator('[data-product]').allInnerTexts()) {
        expect(text).toMatch(/\$[\d,.]+/);
        expect(text).toMatch(/[+−]?\d+\.\d\d%/);
        expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
    }
    expect(await textOf(page, 'BTC-USD', 'volume')).toMatch(/^\$[\d.]+[KMBT]?$/);
    expect(await page.locator('section h2').innerText()).toBe('Live prices');
});

test('made-up prices are marked on the card and in the bar', async () => {
    const page = await open(VIEWS.desktop);
    await page.getByText('Simulated data', { exact: true }).waitFor();
    await page.locator('section header').getByText('Simulated', { exact: true }).waitFor();
    await pill(page).click();
    await page.getByText('Simulated cards show made-up numbers.').waitFor();
    expect(await page.getByRole('dialog').innerText()).toMatch(/Line\s+WebSocket/);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').isVisible()).toBe(false);
});

test('kill -9 of the server and its return: the page says so and recovers by itself', async () => {
    const page = await open(VIEWS.desktop);
    await row(page, 'BTC-USD').waitFor();
    await flux.kill();
    await expect.poll(() => pill(page).textContent(), { timeout: 10_000 }).toBe('Reconnecting');
    await page.getByText(/Trying again (in \d s|now)\./).waitFor();
    await page.getByText(/paused at \d\d:\d\d:\d\d/).waitFor();
    const kept = await textOf(page, 'BTC-USD', 'price');
    expect(kept).toMatch(/^\$/);
    const status = page.locator('p[role=status]');
    await expect.poll(() => status.textContent()).toContain('Connection lost.');
    await flux.launch();
    await expect.poll(() => pill(page).textContent(), { timeout: 15_000 }).toBe('Live');
    await expect.poll(() => status.textContent(), { timeout: 15_000 }).toBe('Live again.');
    await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 10_000);
    await expect.poll(() => page.getByText(/Trying again/).count()).toBe(0);
    // While the server is away the browser itself reports each refused attempt; nothing else may.
    const own = complaints.filter((line) => !/ERR_CONNECTION|WebSocket connection to|502/.test(line));
    expect(own).toEqual([]);
});

describe.each([
    ['phone', VIEWS.phone],
    ['small phone', VIEWS.smallPhone],
    ['tablet', VIEWS.tablet],
    ['desktop', VIEWS.desktop],
])('on a %s', (_name, view) => {
    test('nothing scrolls sideways and nothing moves when the first prices come', async () => {
        const page = await open(view);
        await page.evaluate(() => {
            const seen = { shift: 0 };
            Object.assign(window, { seen });
            new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) {
                    seen.shift += (entry as PerformanceEntry & { value: number }).value;
                }
            }).observe({ type: 'layout-shift', buffered: true });
        });
        await row(page, 'BTC-USD').waitFor();
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width).toBe(view.viewport.width);
        await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 9_000);
        const shift = await page.evaluate(() => (window as never as { seen: { shift: number } }).seen.shift);
        expect(shift).toBeLessThan(0.05);
        expect(complaints).toEqual([]);
    });
});

test('the phone shows list rows, at least six coins without scrolling', async () => {
    const page = await open(VIEWS.phone);
    await row(page, 'BTC-USD').waitFor();
    expect(await page.locator('table').count()).toBe(0);
    const bottoms = await page
        .locator('li[data-product]')
        .evaluateAll((rows) => rows.map((item) => item.getBoundingClientRect().bottom));
    expect(bottoms.filter((bottom) => bottom <= VIEWS.phone.viewport.height).length).toBeGreaterThan(5);
});

test('where WebSockets are blocked, prices come by polling', async () => {
    const page = await open({ ...VIEWS.desktop, blockWebSockets: true });
    await row(page, 'BTC-USD').waitFor();
    await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 9_000);
    await pill(page).click();
    expect(await page.getByRole('dialog').innerText()).toMatch(/Line\s+Polling/);
});

describe.each([
    ['dark', VIEWS.desktop],
    ['light', VIEWS.desktop],
    ['dark', VIEWS.phone],
    ['light', VIEWS.phone],
] as const)('in the %s theme', (theme, view) => {
    test(`follows the system, without a finding of axe, ${view.viewport.width} wide`, async () => {
        const page = await open({ ...view, colorScheme: theme });
        await row(page, 'BTC-USD').waitFor();
        expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe(theme);
        // A flash is between two colours; what is measured is the page at rest.
        await page.emulateMedia({ reducedMotion: 'reduce' });
        await page.evaluate(axeSource);
        const findings = await page.evaluate(async () => {
            const { axe } = window as never as { axe: typeof import('axe-core') };
            const { violations } = await axe.run(document);
            return violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html)}`);
        });
        expect(findings).toEqual([]);
    });
});

test('a chosen theme is kept, and stands before the first paint', async () => {
    const page = await open({ ...VIEWS.desktop, colorScheme: 'dark' });
    await page.getByRole('button', { name: 'Use light theme' }).click();
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(await ground()).toBe('rgb(244, 245, 247)');
    await page.reload();
    expect(await ground()).toBe('rgb(244, 245, 247)');
    await page.getByRole('button', { name: 'Use dark theme' }).waitFor();
});

test('reduced motion: no flash moves, the direction keeps its colour', async () => {
    const page = await open({ ...VIEWS.desktop, reducedMotion: 'reduce' });
    await row(page, 'BTC-USD').waitFor();
    await expect
        .poll(() => part(page, 'BTC-USD', 'price').getAttribute('data-flash'), { timeout: 9_000 })
        .not.toBeNull();
    const animation = await part(page, 'BTC-USD', 'price').evaluate(
        (price) => getComputedStyle(price).animationName,
    );
    expect(animation).toMatch(/ink/);
    expect(animation).not.toMatch(/ground/);
});

test('the page asks nobody but its own server', async () => {
    const page = await open(VIEWS.desktop);
    await row(page, 'BTC-USD').waitFor();
    const hosts = new Set(requested.map((url) => new URL(url).host));
    expect([...hosts]).toEqual([new URL(flux.url).host]);
});

test('served files are compressed, and those named by their hash may be kept for ever', async () => {
    const headers = { 'accept-encoding': 'br' };
    const html = await (await fetch(flux.url)).text();
    const script = /src="(\/assets\/index-[^"]+\.js)"/.exec(html)?.[1];
    const answer = await fetch(flux.url + script, { headers });
    expect(answer.headers.get('content-encoding')).toBe('br');
    expect(answer.headers.get('cache-control')).toMatch(/immutable/);
    expect(await answer.text()).toContain('socket');
});
