// Photographs the page of a running Flux: npm run pictures, with FLUX_BIN set.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchBrowser, VIEWS } from './browser.mjs';
import { Flux } from './flux.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.env['PICTURES_DIR'] ?? join(here, '..', '..', 'docs', 'pictures');
const POINTS = 60;
const FULL_MS = 600_000;
const SETTLED_MS = 20_000;
/** The same made-up world in every set of pictures. */
const SEED = '--simulator.seed=11';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').BrowserContextOptions} Options */

/** @type {[name: string, options: Options][]} */
const LIVE = [
    ['live-dark', { ...VIEWS.desktop, colorScheme: 'dark' }],
    ['live-light', { ...VIEWS.desktop, colorScheme: 'light' }],
    ['live-tablet', { ...VIEWS.tablet, colorScheme: 'dark' }],
    ['live-phone', { ...VIEWS.phone, colorScheme: 'dark', deviceScaleFactor: 2 }],
];

const browser = await launchBrowser();

/** @param {Flux} flux @param {Options} options */
async function open(flux, options) {
    const context = await browser.newContext({ locale: 'en-US', ...options });
    const page = await context.newPage();
    await page.goto(flux.url);
    return page;
}

/** @param {Page} page @param {string} name */
async function photograph(page, name) {
    const file = join(folder, `${name}.png`);
    await page.screenshot({ path: file });
    console.log(file);
}

/**
 * Waits until the sparklines that are shown have at least so many points.
 * @param {Page} page @param {number} points
 */
async function untilDrawn(page, points) {
    const isFull = (/** @type {number} */ least) => {
        const lines = [...document.querySelectorAll('[data-part=line]')];
        const counts = lines.map((line) => (line.getAttribute('d') ?? '').split('L').length);
        return counts.length > 0 && Math.min(...counts) >= least;
    };
    await page.waitForFunction(isFull, points, { timeout: FULL_MS });
}

/** What the page looks like for most of its life, and while the line is lost. */
async function photographLife() {
    const flux = await Flux.start([SEED]);
    try {
        const pages = await Promise.all(
            LIVE.map(async ([name, options]) => ({ name, page: await open(flux, options) })),
        );
        for (const { name, page } of pages) {
            await page.bringToFront();
            await untilDrawn(page, POINTS);
            await photograph(page, name);
        }
        const light = pages.find(({ name }) => name === 'live-light')?.page;
        if (light === undefined) throw new Error('LIVE has no live-light');
        await light.bringToFront();
        await flux.kill();
        await light.getByText(/Trying again in \d s/).waitFor();
        await photograph(light, 'state-reconnecting');
    } finally {
        await flux.stop();
    }
}

/** One source without a key, the rest alive; and the page before anything has come. */
async function photographStates() {
    const flux = await Flux.start([SEED, '--finnhub.base_url=http://127.0.0.1:9']);
    try {
        const failed = await open(flux, { ...VIEWS.desktop, colorScheme: 'dark' });
        await failed.getByText('Stock prices are not available').waitFor({ timeout: SETTLED_MS });
        await untilDrawn(failed, 5);
        await photograph(failed, 'state-card-failed');
        const loading = await browser
            .newContext({ ...VIEWS.desktop, colorScheme: 'dark' })
            .then((context) => context.newPage());
        await loading.routeWebSocket(/socket\.io/, () => {});
        await loading.goto(flux.url);
        await loading.locator('section').first().waitFor();
        await photograph(loading, 'state-loading');
    } finally {
        await flux.stop();
    }
}

mkdirSync(folder, { recursive: true });
try {
    await photographStates();
    await photographLife();
} finally {
    await browser.close();
}
