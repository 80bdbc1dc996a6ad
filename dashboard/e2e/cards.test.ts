import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, VIEWS } from './browser.mjs';
import { Flux } from './flux.mjs';
import {
    axeFindings,
    card,
    CARDS,
    cityOf,
    closeAll,
    open,
    part,
    pill,
    row,
    textOf,
    typeCity,
    untilAlive,
    untilChanged,
    weatherCard,
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

test('every card is alive within ten seconds of opening the page', async () => {
    const { page, complaints, requested } = await open(browser, flux);
    await untilAlive(page);
    const shown = await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 9_000);
    expect(await page.evaluate(() => performance.now())).toBeLessThan(10_000);
    for (const price of shown) expect(price).toMatch(/^\$[\d,]+\.\d\d$/);
    expect(await pill(page).textContent()).toBe('Live');
    await expect.poll(() => part(page, 'BTC-USD', 'line').getAttribute('d')).toMatch(/^M.*L/);
    expect(await part(page, 'BTC-USD', 'price').getAttribute('data-flash')).toMatch(
        /^(up|down)-[01]$/,
    );
    expect(await page.locator('[data-product]').count()).toBe(10);

    expect(await cityOf(page)).toBe('New Delhi');
    expect(await weatherCard(page).innerText()).toMatch(
        /−?\d+°[\s\S]*Feels like[\s\S]*Humidity\s+\d+/,
    );
    expect(await weatherCard(page).innerText()).toMatch(/Air quality[\s\S]*PM2\.5 \d+/);
    expect(await card(page, CARDS.news).getByRole('article').count()).toBeGreaterThan(2);
    for (const name of [CARDS.stocks, CARDS.movers]) {
        expect(await card(page, name).getByRole('row').count()).toBe(12);
    }
    expect(await card(page, CARDS.stocks).locator('h2').innerText()).toBe('US stocks');

    const everything = await page.locator('main').innerText();
    expect(everything).not.toMatch(/NaN|undefined|null|Infinity|Invalid Date|\[object/);
    // Every rise or fall is told in words as well.
    expect(everything).toMatch(/up \d+\.\d\d percent/);
    expect([...new Set(requested.map((url) => new URL(url).host))]).toEqual([
        new URL(flux.url).host,
    ]);
    expect(complaints).toEqual([]);
});

test('made-up figures are marked on every card and in the bar, and explained in the status', async () => {
    const { page } = await open(browser, flux);
    await untilAlive(page);
    await page.getByText('Simulated data', { exact: true }).waitFor();
    expect(
        await page.locator('section header').getByText('Simulated', { exact: true }).count(),
    ).toBe(5);
    await pill(page).click();
    const status = page.getByRole('dialog', { name: 'Status' });
    await expect
        .poll(() => status.innerText())
        .toMatch(/Connection\s+Live for \d+ s\s+Answer time\s+\d+ ms/);
    expect(await status.innerText()).toMatch(
        /Line\s+WebSocket\s+Last break\s+None\s+Simulated\s+Every card/,
    );
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => status.isVisible()).toBe(false);
});

describe('the city', () => {
    test('is searched for, chosen and remembered by the keyboard alone', async () => {
        const { page, complaints } = await open(browser, flux);
        await untilAlive(page);
        await page.keyboard.press('/');
        await page.keyboard.type('mun', { delay: 5 });
        const options = page.getByRole('option');
        await expect.poll(() => options.first().innerText()).toMatch(/^Munich\s+Bavaria, Germany$/);
        expect(await axeFindings(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await expect.poll(() => page.getByRole('combobox').count()).toBe(0);
        await page.keyboard.press('/');
        await page.keyboard.type('mumb');
        await expect.poll(() => options.first().innerText()).toMatch(/^Mumbai/);
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('ArrowUp');
        await page.keyboard.press('Enter');
        await expect.poll(() => cityOf(page)).toBe('Mumbai');
        await expect.poll(() => page.getByRole('combobox').count()).toBe(0);
        expect(await page.evaluate(() => document.activeElement?.hasAttribute('data-search'))).toBe(
            true,
        );
        await page.reload();
        await untilAlive(page);
        expect(await cityOf(page)).toBe('Mumbai');
        expect(complaints).toEqual([]);
    });

    test('is written in its own script', async () => {
        const { page } = await open(browser, flux);
        await untilAlive(page);
        for (const city of ['मुंबई', 'الرياض', '東京', 'Zürich']) {
            await typeCity(page, city);
            await expect.poll(() => cityOf(page)).toBe(city);
            expect(await weatherCard(page).locator('h2 bdi').textContent()).toBe(city);
            await expect.poll(() => page.getByRole('combobox').count()).toBe(0);
        }
    });

    test('that nobody knows is named, and the one before stays', async () => {
        const { page } = await open(browser, flux);
        await untilAlive(page);
        await typeCity(page, 'Xyloph');
        await page.getByText('No city called “Xyloph”').first().waitFor();
        await page
            .getByText('Check the spelling, or type the nearest larger city.')
            .first()
            .waitFor();
        await page.keyboard.press('Escape');
        await expect.poll(() => weatherCard(page).innerText()).toMatch(/\d°/);
        expect(await cityOf(page)).toBe('New Delhi');
    });

    test('is found by the browser only when asked to, and only the city is sent', async () => {
        const geolocation = { latitude: 48.1, longitude: 11.6 };
        const { page } = await open(browser, flux, {
            ...VIEWS.desktop,
            geolocation,
            permissions: ['geolocation'],
        });
        await page.addInitScript(() => {
            Object.assign(window, { sentTexts: [] });
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (data) {
                (window as never as { sentTexts: unknown[] }).sentTexts.push(data);
                send.call(this, data);
            };
        });
        await page.reload();
        await untilAlive(page);
        await page.keyboard.press('/');
        await page.getByRole('option', { name: /Use my location/ }).click();
        await expect.poll(() => cityOf(page)).toBe('Munich');
        const sent = await page.evaluate(() =>
            (window as never as { sentTexts: string[] }).sentTexts.join(),
        );
        expect(sent).toContain('"city":"Munich"');
        expect(sent).not.toMatch(/48\.1|11\.6|"lat"|"lon"/);
    });

    test('the browser may say no', async () => {
        const { page } = await open(browser, flux);
        await untilAlive(page);
        await page.keyboard.press('/');
        await page.getByRole('option', { name: /Use my location/ }).click();
        await page.getByText('We could not read your location.').waitFor();
        await page.getByRole('button', { name: 'Keep New Delhi' }).click();
        await expect.poll(() => page.getByRole('combobox').count()).toBe(0);
        expect(await cityOf(page)).toBe('New Delhi');
    });
});

test('rows open one at a time, and cards lengthen', async () => {
    const { page, complaints } = await open(browser, flux);
    await untilAlive(page);
    for (const [name, facts] of [
        [CARDS.stocks, /Open[\s\S]*High[\s\S]*Prev\. close/],
        [CARDS.movers, /Rank[\s\S]*24 h low[\s\S]*Market cap/],
        [CARDS.prices, /Best bid[\s\S]*Best ask[\s\S]*Volume 24 h/],
    ] as const) {
        const rows = card(page, name).getByRole('row').getByRole('button', { expanded: false });
        await rows.nth(1).focus();
        await page.keyboard.press('Enter');
        await expect.poll(() => card(page, name).locator('dl').innerText()).toMatch(facts);
        await rows.nth(1).click();
        await expect.poll(() => card(page, name).locator('dl').count()).toBe(1);
    }
    const bid = () => card(page, CARDS.prices).locator('[data-part=bid]').innerText();
    await untilChanged(bid, 9_000);
    await card(page, CARDS.stocks).getByRole('button', { name: 'Top 10' }).click();
    expect(await card(page, CARDS.stocks).locator('tbody').count()).toBe(20);
    await card(page, CARDS.news).getByRole('button', { name: 'All 10' }).click();
    expect(await card(page, CARDS.news).getByRole('article').count()).toBe(10);
    expect(await axeFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
});

test('prices are sorted by a column and pinned coins come first, also after a reload', async () => {
    const { page } = await open(browser, flux);
    await untilAlive(page);
    await page.getByRole('button', { name: 'Coin', exact: true }).click();
    const names = () => card(page, CARDS.prices).locator('[data-product] b').allInnerTexts();
    const byName = await names();
    expect(byName).toEqual(byName.toSorted((a, b) => a.localeCompare(b)));
    await page.getByRole('button', { name: 'Pin Solana' }).click();
    expect((await names())[0]).toBe('Solana');
    await page.reload();
    await untilAlive(page);
    expect((await names())[0]).toBe('Solana');
    await page.getByRole('button', { name: 'Pinned' }).click();
    expect(await names()).toEqual(['Solana']);
});

test('a second tab has its own line, and follows theme and pins of the first', async () => {
    const { page } = await open(browser, flux, { ...VIEWS.desktop, colorScheme: 'dark' });
    await untilAlive(page);
    const second = await page.context().newPage();
    await second.goto(flux.url);
    await untilAlive(second);
    await untilChanged(() => textOf(second, 'BTC-USD', 'price'), 9_000);
    await second.getByRole('button', { name: 'Use light theme' }).click();
    await second.getByRole('button', { name: 'Pin Solana' }).click();
    const theme = () => page.evaluate(() => document.documentElement.dataset['theme']);
    await expect.poll(theme).toBe('light');
    await expect
        .poll(() => page.getByRole('button', { name: 'Pin Solana' }).getAttribute('aria-pressed'))
        .toBe('true');
    await typeCity(second, 'Paris');
    await expect.poll(() => cityOf(second)).toBe('Paris');
    expect(await cityOf(page)).toBe('New Delhi');
    await second.close();
    await page.bringToFront();
    await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 9_000);
    expect(await pill(page).textContent()).toBe('Live');
});

test.each([
    ['en-IN', /^₹[\d,.]+ (L )?Cr$/, /^\$[\d,]+\.\d\d$/],
    ['de-DE', /^[\d,.]+[BT]\s₹$/, /^[\d.]+,\d\d\s\$$/],
])('figures are written as in %s', async (locale, cap, price) => {
    const { page } = await open(browser, flux, { ...VIEWS.desktop, locale });
    await untilAlive(page);
    expect(await row(page, 'BTC-USD').locator('td').last().innerText()).toMatch(cap);
    expect(await textOf(page, 'BTC-USD', 'price')).toMatch(price);
});

test('where WebSockets are blocked, everything comes by polling', async () => {
    const { page } = await open(browser, flux, { ...VIEWS.desktop, blockWebSockets: true });
    await untilAlive(page);
    await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 9_000);
    await pill(page).click();
    await expect.poll(() => page.getByRole('dialog').innerText()).toMatch(/Line\s+Polling/);
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
