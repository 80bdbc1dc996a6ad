import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { VIEWS } from './browser.mjs';
import type { Flux } from './flux.mjs';

const axeSource = readFileSync(
    createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
    'utf8',
);

/** The cards by the beginning of their titles, in the order of the page. */
export const CARDS = {
    prices: /^Live prices/,
    news: /^World news/,
    stocks: /stocks$/i,
    movers: /^Crypto movers/,
} as const;

/** One look at the page: what it complained of and whom it asked come with it. */
export interface Visit {
    readonly page: Page;
    readonly complaints: string[];
    readonly requested: string[];
}

export interface View extends BrowserContextOptions {
    readonly blockWebSockets?: boolean;
    /** Another address of the same Flux. */
    readonly url?: string;
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

/** Runs in the page: sums up how far things moved by themselves. */
function watchShifts(): void {
    const seen = { shift: 0 };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            seen.shift += (entry as PerformanceEntry & { value: number }).value;
        }
    }).observe({ type: 'layout-shift', buffered: true });
}

export async function open(
    browser: Browser,
    flux: Flux,
    view: View = VIEWS.desktop,
): Promise<Visit> {
    const { blockWebSockets = false, url = flux.url, ...options } = view;
    const context = await browser.newContext({ locale: 'en-US', ...options });
    if (blockWebSockets) await context.addInitScript(sendWebSocketsNowhere);
    await context.addInitScript(watchShifts);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const complaints: string[] = [];
    const requested: string[] = [];
    page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requested.push(request.url()));
    await page.goto(url);
    return { page, complaints, requested };
}

export async function closeAll(browser: Browser): Promise<void> {
    for (const context of browser.contexts()) await context.close();
}

export const card = (page: Page, name: RegExp | string): Locator =>
    page.getByRole('region', { name });
/** The weather card goes by its city; it is the one with the search. */
export const weatherCard = (page: Page): Locator =>
    page.locator('section').filter({ has: page.locator('[data-search]') });
export const cityOf = async (page: Page): Promise<string> =>
    (await weatherCard(page).locator('h2').textContent()) ?? '';
export const row = (page: Page, product: string): Locator =>
    page.locator(`[data-product="${product}"]`);
export const part = (page: Page, product: string, name: string): Locator =>
    row(page, product).locator(`[data-part=${name}]`);
export const pill = (page: Page): Locator => page.locator('button[popovertarget]');
export const announced = (page: Page): Locator => page.locator('main ~ p[role=status]');

export async function textOf(page: Page, product: string, name: string): Promise<string> {
    return (await part(page, product, name).textContent()) ?? '';
}

/** Waits until every card has its figures. */
export async function untilAlive(page: Page): Promise<void> {
    await row(page, 'BTC-USD').waitFor();
    await expect
        .poll(() => page.locator('section[aria-busy=true]').count(), { timeout: 15_000 })
        .toBe(0);
}

/** Waits until `probe` answers something else than it did at first; returns both. */
export async function untilChanged(
    probe: () => Promise<string>,
    withinMs: number,
): Promise<string[]> {
    const before = await probe();
    await expect.poll(probe, { timeout: withinMs, interval: 50 }).not.toBe(before);
    return [before, await probe()];
}

export function shiftOf(page: Page): Promise<number> {
    return page.evaluate(() => (window as never as { seen: { shift: number } }).seen.shift);
}

/** What axe finds at the page as it stands, at rest: a flash is between two colours. */
export async function axeFindings(page: Page): Promise<string[]> {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.waitForFunction(() => document.getAnimations().length === 0);
    await page.evaluate(axeSource);
    return page.evaluate(async () => {
        const { axe } = window as never as { axe: typeof import('axe-core') };
        const { violations } = await axe.run(document);
        return violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html)}`);
    });
}

/** Chooses a city by the keyboard alone. */
export async function typeCity(page: Page, city: string): Promise<void> {
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: 'City' }).waitFor();
    await page.keyboard.type(city);
    await expect.poll(() => page.getByRole('combobox', { name: 'City' }).inputValue()).toBe(city);
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
}
