// Starts and stops a real Flux for the tests in a browser and for the pictures.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const READY_MS = 60_000;
const STOP_MS = 15_000;
/** Calls, where a test asks more often than the vendors allow. */
const PLENTY = 100_000;
/** What the simulator allows as the vendors do. */
const LIMITS = [
    ['coingecko', 'keyless_minute'],
    ['newsdata', 'quarter'],
    ['newsdata', 'day'],
    ['finnhub', 'minute'],
    ['finnhub', 'second'],
];
const dashboard = join(dirname(fileURLToPath(import.meta.url)), '..');

/** @returns {Promise<number>} a port that nobody listens on at this moment */
export async function freePort() {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    if (address === null || typeof address === 'string') throw new Error('no port was given');
    return address.port;
}

/** Settings of the caller's shell must not reach the Flux under test. */
function ownEnvironment() {
    const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('FLUX_'));
    return Object.fromEntries(entries);
}

/** The program under test. */
function binaryPath() {
    const binary = process.env['FLUX_BIN'];
    if (!binary) throw new Error('FLUX_BIN must name the flux program to test');
    return binary;
}

/** An exchange that plays a recording, faster than life: `flux simulator --replay`. */
export class Exchange {
    /** @param {import('node:child_process').ChildProcess} child @param {number} port @param {string} folder */
    constructor(child, port, folder) {
        this.child = child;
        this.port = port;
        this.folder = folder;
    }

    /** @param {string} recording a CSV as src/simulator/README.md describes @param {number} speed */
    static async start(recording, speed) {
        const folder = await mkdtemp(join(tmpdir(), 'flux-exchange-'));
        const file = join(folder, 'recording.csv');
        await writeFile(file, recording);
        const port = await freePort();
        const args = ['simulator', `--port=${port}`, `--replay=${file}`, `--speed=${speed}`];
        const child = spawn(binaryPath(), args, { env: ownEnvironment(), stdio: 'ignore' });
        const exchange = new Exchange(child, port, folder);
        const deadline = Date.now() + READY_MS;
        while (Date.now() < deadline && child.exitCode === null) {
            const headers = { 'user-agent': 'flux-e2e' };
            const answer = await fetch(`http://127.0.0.1:${port}/products`, { headers }).catch(
                () => null,
            );
            if (answer?.ok) return exchange;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        await exchange.stop();
        throw new Error(`flux simulator did not serve port ${port} within ${READY_MS / 1000} s`);
    }

    /** What `flux up` is told so that its prices come from here. */
    get flags() {
        return [
            `--coinbase.ws_url=ws://127.0.0.1:${this.port}/`,
            `--coinbase.rest_base_url=http://127.0.0.1:${this.port}`,
            '--crypto.source=live',
        ];
    }

    async stop() {
        if (this.child.exitCode === null && this.child.signalCode === null) {
            const gone = once(this.child, 'exit');
            this.child.kill('SIGTERM');
            await gone;
        }
        await rm(this.folder, { recursive: true, force: true });
    }
}

export class Flux {
    #port = 0;
    #adminPort = 0;
    #simulatorPort = 0;
    #folder = '';
    /** @type {string[]} */
    #flags = [];
    #unlimited = false;
    /** @type {import('node:child_process').ChildProcess | null} */
    #process = null;
    #output = '';

    /**
     * Starts `flux up` on free ports with an empty data folder, and waits until it serves the page.
     * @param {string[]} flags further flags
     * @param {{unlimited?: boolean}} options unlimited: the simulated sources may be asked as often as one likes
     */
    static async start(flags = [], { unlimited = false } = {}) {
        const flux = new Flux();
        flux.#flags = flags;
        flux.#unlimited = unlimited;
        flux.#port = await freePort();
        flux.#adminPort = await freePort();
        flux.#simulatorPort = await freePort();
        flux.#folder = await mkdtemp(join(tmpdir(), 'flux-e2e-'));
        await flux.launch();
        return flux;
    }

    get url() {
        return `http://127.0.0.1:${this.#port}`;
    }

    get port() {
        return this.#port;
    }

    /**
     * Makes a simulated source go wrong until `heal`.
     * @param {string} source `finnhub`, ... @param {string} fault as the simulator's README lists them
     */
    async breakSource(source, fault = 'down') {
        await this.#control('POST', 'faults', { source, fault, lasting: true });
    }

    /** Ends every fault. */
    async heal() {
        await this.#control('DELETE', 'faults');
    }

    /** @param {string} method @param {string} what @param {object} [body] */
    async #control(method, what, body) {
        const url = `http://127.0.0.1:${this.#simulatorPort}/_simulator/${what}`;
        const answer = await fetch(url, {
            method,
            body: body === undefined ? null : JSON.stringify(body),
        });
        if (!answer.ok)
            throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    }

    /** Starts the process, again after `kill`: same ports, same data. */
    async launch() {
        const pages = process.env['FLUX_STATIC_DIR'] ?? join(dashboard, 'dist');
        const child = spawn(
            binaryPath(),
            [
                'up',
                '--shutdown.drain_window=100ms',
                `--http.port=${this.#port}`,
                `--admin.port=${this.#adminPort}`,
                `--simulator.port=${this.#simulatorPort}`,
                `--http.static_dir=${pages}`,
                `--data_dir=${this.#folder}`,
                ...this.#flags,
            ],
            { env: ownEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] },
        );
        this.#process = child;
        for (const stream of [child.stdout, child.stderr]) {
            stream.on('data', (text) => (this.#output = (this.#output + text).slice(-20_000)));
        }
        await this.#untilServing(child);
        if (!this.#unlimited) return;
        for (const [source, rule] of LIMITS)
            await this.#control('POST', 'limits', { source, rule, most: PLENTY });
    }

    /** kill -9: no goodbye to anybody. */
    async kill() {
        await this.#end('SIGKILL');
    }

    /** SIGTERM, as a restart by an operator begins. The data stay. */
    async terminate() {
        await this.#end('SIGTERM');
    }

    async stop() {
        await this.#end('SIGTERM');
        await rm(this.#folder, { recursive: true, force: true });
    }

    /** @param {NodeJS.Signals} signal */
    async #end(signal) {
        const child = this.#process;
        this.#process = null;
        if (child === null || child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.kill(signal);
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
        await gone;
        clearTimeout(timer);
    }

    /** @param {import('node:child_process').ChildProcess} child */
    async #untilServing(child) {
        const deadline = Date.now() + READY_MS;
        while (Date.now() < deadline) {
            if (child.exitCode !== null || child.signalCode !== null) break;
            const answer = await fetch(this.url).catch(() => null);
            if (answer?.ok) return;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        await this.#end('SIGKILL');
        throw new Error(
            `flux did not serve ${this.url} within ${READY_MS / 1000} s:\n${this.#output}`,
        );
    }
}
