import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, VIEWS } from './browser.mjs';
import { Flux } from './flux.mjs';
import {
    announced,
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

/** Everything afresh every few seconds, so that a source that is gone is missed soon. */
const QUICK = [
    '--crypto.movers_interval=1s',
    '--crypto.top_coins_interval=1s',
    '--crypto.markets_max_age=500ms',
    '--coingecko.calls_per_minute=10000',
    '--stock.interval=1s',
    '--stock.calls_per_minute=100000',
    '--stock.symbols=AAPL,MSFT,NVDA,KO',
    '--news.interval=1s',
    '--news.cache_time=1s',
    '--news.credits_per_day=100000',
    '--news.credits_per_quarter_hour=100000',
    '--weather.current_fresh=1s',
    '--weather.calls_per_minute=100000',
    '--gateway.weather_freshness=500ms',
];
/** A name that is not of this machine: only such a server can be out of reach for want of a network. */
const ELSEWHERE = 'flux.test';

let flux: Flux;
let browser: Browser;

beforeAll(async () => {
    flux = await Flux.start([...QUICK, `--http.hosts=${ELSEWHERE}`], { unlimited: true });
    browser = await launchBrowser([`--host-resolver-rules=MAP ${ELSEWHERE} 127.0.0.1`]);
});
afterAll(async () => {
    await browser?.close();
    await flux?.stop();
});
afterEach(async () => {
    await closeAll(browser);
    await flux.heal();
});

const chips = (page: Page) => page.locator('section header').getByText(/^Updated /);
const isStill = (page: Page, name: RegExp) =>
    card(page, name).evaluate((section) => section.getAttribute('data-still') === 'true');

describe('a source that does not answer', () => {
    /** Its card keeps its figures and shows their age; the others go on. */
    async function takeAway(page: Page, source: string, name: RegExp, kept: RegExp): Promise<void> {
        await untilAlive(page);
        await flux.breakSource(source);
        await card(page, name)
            .getByText(/^Updated /)
            .waitFor({ timeout: 40_000 });
        expect(await card(page, name).innerText()).toMatch(kept);
        expect(await isStill(page, name)).toBe(true);
        expect(await pill(page).textContent()).toBe('Live');
        if (source !== 'coinbase')
            await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 9_000);
        for (const other of [CARDS.stocks, CARDS.news, CARDS.prices]) {
            if (other !== name) expect(await isStill(page, other)).toBe(false);
        }
        await pill(page).click();
        await expect
            .poll(() => page.getByRole('dialog').innerText())
            .toMatch(/(Stocks|News|Prices, Movers)\s+\S/);
    }

    test.each([
        ['newsdata', CARDS.news, /ago/],
        ['coinbase', CARDS.prices, /\$\d/],
    ])(
        '%s: its card keeps its figures, and is fresh again by itself',
        async (source, name, kept) => {
            const { page, complaints } = await open(browser, flux);
            await takeAway(page, source, name, kept);
            await flux.heal();
            const healedAt = Date.now();
            await card(page, name)
                .getByText(/^Updated /)
                .waitFor({ state: 'detached', timeout: 40_000 });
            console.log(
                `${source}: fresh ${((Date.now() - healedAt) / 1000).toFixed(1)} s after it came back`,
            );
            expect(complaints).toEqual([]);
        },
    );

    test('openweather: another city is not available, the one before is kept', async () => {
        const { page } = await open(browser, flux);
        await untilAlive(page);
        await flux.breakSource('openweather');
        await typeCity(page, 'Nairobi');
        await page
            .getByText(/No weather of Nairobi just now|The weather of Nairobi is not available/)
            .first()
            .waitFor();
        await page.keyboard.press('Escape');
        await expect.poll(() => weatherCard(page).innerText()).toMatch(/\d°/);
        expect(await cityOf(page)).toBe('New Delhi');
        await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 9_000);
    });

    // Asked several times in vain, these are left alone for a minute: their return is not waited for.
    test.each([
        ['coingecko', CARDS.movers, /\d%/],
        ['finnhub', CARDS.stocks, /\d+\.\d\d/],
    ])('%s: its card keeps its figures', async (source, name, kept) => {
        const { page, complaints } = await open(browser, flux);
        await takeAway(page, source, name, kept);
        expect(complaints).toEqual([]);
    });
});

test('a source without a key never had anything to show: its card says so, the rest is live', async () => {
    const own = await Flux.start(['--finnhub.base_url=http://127.0.0.1:9']);
    try {
        const { page } = await open(browser, own);
        await page.getByText('Stock prices are not available').waitFor();
        await page.getByText('There is no key for the source.').waitFor();
        await row(page, 'BTC-USD').waitFor();
        expect(await page.getByText('Simulated data').count()).toBe(0);
        expect(
            await card(page, /^Stocks/)
                .getByText('Simulated')
                .count(),
        ).toBe(0);
    } finally {
        await own.stop();
    }
});

describe('the server goes and comes back:', () => {
    test.each([
        ['kill -9', () => flux.kill()],
        ['SIGTERM', () => flux.terminate()],
    ])('after %s the page says so and recovers by itself', async (name, end) => {
        const { page, complaints } = await open(browser, flux);
        await untilAlive(page);
        const isHeard = name === 'kill -9';
        await end();
        try {
            await expect
                .poll(() => pill(page).textContent(), { timeout: 10_000 })
                .toBe('Reconnecting');
            await page.getByText(/Trying again (in \d s|now)\./).waitFor();
            expect(await page.getByText(/paused at \d\d:\d\d:\d\d/).count()).toBe(5);
            expect(await textOf(page, 'BTC-USD', 'price')).toMatch(/^\$/);
            // Sentences are ten seconds apart: heard once is enough.
            if (isHeard)
                await expect
                    .poll(() => announced(page).textContent())
                    .toContain('Connection lost.');
        } finally {
            await flux.launch();
        }
        await expect.poll(() => pill(page).textContent(), { timeout: 15_000 }).toBe('Live');
        if (isHeard) await expect.poll(() => announced(page).textContent()).toBe('Live again.');
        await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 10_000);
        expect(await page.getByText(/Trying again|paused at/).count()).toBe(0);
        await pill(page).click();
        const status = page.getByRole('dialog');
        await expect
            .poll(() => status.innerText())
            .toMatch(/Last break\s+\d\d:\d\d, (nothing missed|started fresh)/);
        // While the server is away the browser itself reports each refused attempt; nothing else may.
        const own = complaints.filter(
            (line) => !/ERR_CONNECTION|WebSocket connection to|50[23]/.test(line),
        );
        expect(own).toEqual([]);
    });
});

test('offline and back: said at once, and over by itself', async () => {
    const url = `http://${ELSEWHERE}:${flux.port}`;
    const { page } = await open(browser, flux, { ...VIEWS.desktop, url });
    await untilAlive(page);
    await page.context().setOffline(true);
    await expect.poll(() => pill(page).textContent()).toBe('Offline');
    await page.getByText('You are offline. Showing the last values.').first().waitFor();
    expect(await part(page, 'BTC-USD', 'price').innerText()).toMatch(/^\$/);
    await page.context().setOffline(false);
    await expect.poll(() => pill(page).textContent(), { timeout: 15_000 }).toBe('Live');
    await untilChanged(() => textOf(page, 'BTC-USD', 'price'), 10_000);
    expect(await chips(page).count()).toBe(0);
});

test('a server that is not there when the page opens is named, and found when it comes', async () => {
    const { page } = await open(browser, flux);
    await untilAlive(page);
    let blocked = true;
    await page.routeWebSocket(/socket\.io/, (socket) => {
        if (blocked) void socket.close();
        else socket.connectToServer();
    });
    await page.route(/socket\.io/, (route) => (blocked ? route.abort() : route.continue()));
    await page.reload({ waitUntil: 'commit' });
    await page.getByText('We cannot reach Flux').first().waitFor();
    await page.getByRole('button', { name: 'Try now' }).waitFor();
    expect(await page.locator('section').filter({ visible: true }).count()).toBe(1);
    blocked = false;
    // While an attempt is under way the button has nothing to start: it is pressed until it works.
    await expect
        .poll(async () => {
            await page
                .getByRole('button', { name: 'Try now' })
                .click({ timeout: 500 })
                .catch(() => {});
            return pill(page).textContent();
        })
        .toBe('Live');
    await page
        .getByText('We cannot reach Flux')
        .first()
        .waitFor({ state: 'hidden', timeout: 30_000 });
    await untilAlive(page);
    expect(await page.getByText('Is the server running?').count()).toBe(0);
});
