import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, VIEWS } from './browser.mjs';
import { Flux } from './flux.mjs';
import {
    axeFindings,
    card,
    CARDS,
    closeAll,
    open,
    part,
    row,
    shiftOf,
    textOf,
    untilAlive,
    untilChanged,
} from './visit.ts';

let flux: Flux;
let browser: Browser;

beforeAll(async () => {
    flux = await Flux.start();
    browser = await launchBrowser();
});
afterAll(async () => {
    await browser?.close();
    await flux?.stop();
});
afterEach(() => closeAll(browser));

describe.each([
    ['phone', VIEWS.phone, 'dark'],
    ['small phone', VIEWS.smallPhone, 'light'],
    ['tablet', VIEWS.tablet, 'light'],
    ['laptop', VIEWS.laptop, 'light'],
    ['desktop', VIEWS.desktop, 'dark'],
    ['desktop', VIEWS.desktop, 'light'],
    ['wide desktop', VIEWS.wide, 'dark'],
] as const)('on a %s', (name, view, theme) => {
    test(`nothing scrolls sideways, is cut off or moves, and axe finds nothing (${theme})`, async () => {
        const { page, complaints } = await open(browser, flux, { ...view, colorScheme: theme });
        await untilAlive(page);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width).toBe(view.viewport.width);
        await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 9_000);
        const shift = await shiftOf(page);
        console.log(`${name}: layout shift ${shift.toFixed(4)} (budget 0.05)`);
        expect(shift).toBeLessThan(0.05);
        expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe(theme);
        expect(await page.evaluate(cutOff)).toEqual([]);
        expect(await axeFindings(page)).toEqual([]);
        expect(complaints).toEqual([]);
    });
});

/** Runs in the page: names and figures that do not fit into their place. */
function cutOff(): string[] {
    const all = document.querySelectorAll<HTMLElement>(
        'h2, td, th, dd, dt, button, b, [data-part=price]',
    );
    return [...all]
        .filter(
            (element) => element.offsetParent !== null && !element.closest('[popover], .spoken'),
        )
        .filter((element) => getComputedStyle(element).overflowX === 'hidden')
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => element.outerHTML.slice(0, 120));
}

test('all five cards stand whole on a desktop of 1440 by 900', async () => {
    const { page } = await open(browser, flux);
    await untilAlive(page);
    const bottoms = await page
        .locator('section')
        .evaluateAll((cards) => cards.map((section) => section.getBoundingClientRect().bottom));
    expect(bottoms).toHaveLength(5);
    expect(Math.max(...bottoms)).toBeLessThanOrEqual(900);
});

test('the phone shows the weather and at least six coins without scrolling; a finger hits everything', async () => {
    const { page } = await open(browser, flux, VIEWS.phone);
    await untilAlive(page);
    expect(await page.locator('table').count()).toBe(0);
    const bottoms = await page
        .locator('[data-product]')
        .evaluateAll((rows) => rows.map((item) => item.getBoundingClientRect().bottom));
    expect(
        bottoms.filter((bottom) => bottom <= VIEWS.phone.viewport.height).length,
    ).toBeGreaterThan(5);
    const small = await page.locator('button').evaluateAll((buttons) =>
        buttons
            // A row is pressed as a whole; the button in it is its name.
            .map(
                (button) => (button.closest('[data-row], [data-product]') ?? button) as HTMLElement,
            )
            .filter((target) => target.offsetParent !== null)
            .filter(
                (target) =>
                    target.offsetHeight < 44 &&
                    getComputedStyle(target, '::after').content === 'none',
            )
            .map((target) => target.outerHTML.slice(0, 100)),
    );
    expect(small).toEqual([]);
    await card(page, CARDS.stocks).getByRole('button', { name: 'Losers' }).click();
    await expect.poll(() => card(page, CARDS.stocks).innerText()).toMatch(/−\d+\.\d\d%/);
    await row(page, 'BTC-USD').getByRole('button').click();
    await page.getByRole('button', { name: 'Pin Bitcoin' }).click();
    expect(await page.getByRole('button', { name: 'Pin Bitcoin' }).innerText()).toBe('Pinned');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});

test('everything is reached by Tab, and what has the focus shows it', async () => {
    const { page } = await open(browser, flux);
    await untilAlive(page);
    const seen: string[] = [];
    for (let press = 0; press < 40; press += 1) {
        await page.keyboard.press('Tab');
        seen.push(
            await page.evaluate(() => {
                const element = document.activeElement as HTMLElement;
                const name = element.getAttribute('aria-label') ?? element.textContent ?? '';
                const style = getComputedStyle(element.closest('article') ?? element);
                return `${name.trim()}|${style.outlineStyle}`;
            }),
        );
    }
    const names = seen.map((entry) => entry.split('|')[0]);
    expect(names[0]).toBe('Skip to content');
    expect(names[1]).toBe('Live');
    expect(names).toContain('Pin Bitcoin');
    expect(names).toContain('Market cap');
    expect(names.some((name) => name?.startsWith('Change city'))).toBe(true);
    expect(seen.filter((entry) => entry.endsWith('|none'))).toEqual([]);
});

test('a chosen theme is kept, and stands before the first paint', async () => {
    const { page } = await open(browser, flux, { ...VIEWS.desktop, colorScheme: 'dark' });
    await page.getByRole('button', { name: 'Use light theme' }).click();
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(await ground()).toBe('rgb(244, 245, 247)');
    await page.reload();
    expect(await ground()).toBe('rgb(244, 245, 247)');
    await page.getByRole('button', { name: 'Use dark theme' }).waitFor();
});

test('reduced motion: no flash moves, the direction keeps its colour', async () => {
    const { page } = await open(browser, flux, { ...VIEWS.desktop, reducedMotion: 'reduce' });
    await row(page, 'BTC-USD').waitFor();
    const flash = () => part(page, 'BTC-USD', 'price').getAttribute('data-flash');
    await expect.poll(flash, { timeout: 9_000 }).not.toBeNull();
    const animation = await part(page, 'BTC-USD', 'price').evaluate(
        (price) => getComputedStyle(price).animationName,
    );
    expect(animation).toMatch(/ink/);
    expect(animation).not.toMatch(/ground/);
});

test('no tick is announced: figures stand in no live region, and the status line stays silent', async () => {
    const { page } = await open(browser, flux);
    await untilAlive(page);
    await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 9_000);
    expect(await page.locator('[aria-live], [role=log], [role=alert], [role=timer]').count()).toBe(
        0,
    );
    const regions = await page.locator('[role=status]').allTextContents();
    expect(regions.join('')).toBe('');
});
