// Photographs the live page of a running Flux: npm run pictures, with FLUX_BIN set.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchBrowser, VIEWS } from './browser.mjs';
import { Flux } from './flux.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.env['PICTURES_DIR'] ?? join(here, '..', '..', 'docs', 'pictures');
const POINTS = 60;
const FULL_MS = 300_000;

/** @type {[name: string, options: import('playwright-core').BrowserContextOptions][]} */
const PICTURES = [
    ['live-dark', { ...VIEWS.desktop, colorScheme: 'dark' }],
    ['live-light', { ...VIEWS.desktop, colorScheme: 'light' }],
    ['live-phone', { ...VIEWS.phone, colorScheme: 'dark', deviceScaleFactor: 2 }],
];

/**
 * Waits until every sparkline is full: that is what the page looks like for most of its life.
 * @param {import('playwright-core').Page} page
 */
async function untilFull(page) {
    const isFull = (/** @type {number} */ points) => {
        const lines = [...document.querySelectorAll('[data-part=line]')];
        const counts = lines.map((line) => (line.getAttribute('d') ?? '').split('L').length);
        return counts.length > 0 && Math.min(...counts) >= points;
    };
    await page.waitForFunction(isFull, POINTS, { timeout: FULL_MS });
}

mkdirSync(folder, { recursive: true });
const flux = await Flux.start();
const browser = await launchBrowser();
try {
    const pages = await Promise.all(
        PICTURES.map(async ([name, options]) => {
            const context = await browser.newContext({ locale: 'en-US', ...options });
            const page = await context.newPage();
            await page.goto(flux.url);
            return { name, page };
        }),
    );
    for (const { name, page } of pages) {
        await page.bringToFront();
        await untilFull(page);
        const file = join(folder, `${name}.png`);
        await page.screenshot({ path: file });
        console.log(file);
    }
} finally {
    await browser.close();
    await flux.stop();
}
