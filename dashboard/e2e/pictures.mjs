// Photographs the live page of a running Flux: npm run pictures, with FLUX_BIN set.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchBrowser, VIEWS } from './browser.mjs';
import { Flux } from './flux.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.env['PICTURES_DIR'] ?? join(here, '..', '..', 'docs', 'pictures');
const POINTS = 60;

/** @type {[name: string, options: import('playwright-core').BrowserContextOptions][]} */
const PICTURES = [
    ['live-dark', { ...VIEWS.desktop, colorScheme: 'dark' }],
    ['live-light', { ...VIEWS.desktop, colorScheme: 'light' }],
    ['live-phone', { ...VIEWS.phone, colorScheme: 'dark', deviceScaleFactor: 2 }],
];

mkdirSync(folder, { recursive: true });
const flux = await Flux.start(['--crypto.flush_interval=250ms']);
const browser = await launchBrowser();
try {
    for (const [name, options] of PICTURES) {
        const context = await browser.newContext({ locale: 'en-US', ...options });
        const page = await context.newPage();
        await page.goto(flux.url);
        // A full sparkline shows what the page looks like for most of its life.
        await page.waitForFunction(
            (points) => {
                const line = document.querySelector('[data-product="BTC-USD"] [data-part=line]');
                return (line?.getAttribute('d') ?? '').split('L').length >= points;
            },
            POINTS,
            { timeout: 120_000 },
        );
        const file = join(folder, `${name}.png`);
        await page.screenshot({ path: file });
        await context.close();
        console.log(file);
    }
} finally {
    await browser.close();
    await flux.stop();
}
