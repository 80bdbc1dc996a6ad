// The walk of docs/your-topic.md, as it stands.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { blocksOf, Walk } from './walk.mjs';

const root = process.env.FLUX_ROOT ?? '';
const START_MS = 120_000;
const ON_PAGE_MS = 20_000;
const KAFKA_ON_PAGE = '127.0.0.1:9092';

/** Settings of the caller's shell must not reach Flux; its ports are any free ones. */
function readersEnvironment() {
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('FLUX_'));
    return { ...Object.fromEntries(kept), FLUX_HTTP_PORT: '0', FLUX_ADMIN_PORT: '0' };
}

const blocks = blocksOf(await readFile(join(root, 'docs', 'your-topic.md'), 'utf8'));
const isStart = (block) => block.language === 'sh' && block.body.startsWith('flux up ');
const folder = await mkdtemp(join(tmpdir(), 'flux-walk-'));
const walk = new Walk(root, folder, readersEnvironment());
const had_services = existsSync(join(root, 'build', 'services', 'kafka'));
let browser;

after(async () => {
    await browser?.close();
    await walk.end();
    if (!had_services) spawnSync('./dev', ['services', 'down'], { cwd: root });
    await rm(folder, { recursive: true, force: true });
});

async function openPage(url) {
    browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync'],
    });
    const page = await browser.newPage({ viewport: { width: 800, height: 400 } });
    const complaints = [];
    page.on('console', (message) => {
        // A browser asks for one by itself; the page has none.
        if (!message.location().url.endsWith('/favicon.ico')) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await Promise.all([connected(page), page.goto(url)]);
    return { page, complaints };
}

/** Returns once the client in the page has its CONNECT acknowledged, over whichever transport. */
function connected(page) {
    return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error('the page did not connect in time')), ON_PAGE_MS);
        const look = (text) => {
            if (!String(text).includes('40{"sid"')) return;
            clearTimeout(late);
            resolve();
        };
        page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => look(payload)));
        page.on('response', (response) => {
            if (response.url().includes('/socket.io/?')) response.text().then(look, () => undefined);
        });
    });
}

/** Waits until a text is on the page. */
function shows(page, text) {
    return page.locator('#orders', { hasText: text }).waitFor({ timeout: ON_PAGE_MS });
}

test('the page has the blocks that the walk needs', () => {
    assert.deepEqual(blocks.filter((block) => block.file).map((block) => block.file),
                     ['flux.toml', 'page/index.html', 'page/page.js']);
    const lines = blocks.filter((block) => block.file?.startsWith('page/')).flatMap((block) => block.body.trimEnd().split('\n'));
    assert.equal(lines.length, 10, 'a page of ten lines');
    assert.equal(blocks.filter(isStart).length, 1);
});

test('what it says comes true', async () => {
    const begin = blocks.findIndex(isStart);
    for (const block of blocks.slice(0, begin)) {
        if (block.file) {
            await walk.write(block);
            continue;
        }
        const said = await walk.run(block);
        const kafka = /Kafka is running: ([\d.:]+)/.exec(said);
        if (kafka) walk.replaced.set(KAFKA_ON_PAGE, kafka[1]);
        if (block.body.startsWith('flux doctor')) assert.match(said, /ok {7}kafka .*: answers/);
    }
    const [, url] = await walk.start(blocks[begin], /Flux is running: (\S+)/, START_MS);
    const { page, complaints } = await openPage(url);
    const [several, one, ...rest] = blocks.slice(begin + 1);
    assert.deepEqual(rest, []);
    await walk.run(several);
    await shows(page, 'table to Rome: 260\n');
    await shows(page, 'shelf to Oslo: 75\n');
    const before = await page.locator('#orders').textContent();
    await walk.run(one);
    await shows(page, 'clock to Lima: 18\n');
    assert.equal(await page.locator('#orders').textContent(), `${before}clock to Lima: 18\n`, 'once, and last');
    assert.deepEqual(complaints, []);
    if (process.env.PICTURE) await page.screenshot({ path: process.env.PICTURE });
    assert.equal(await walk.end(), 0);
});
