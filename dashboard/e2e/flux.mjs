// Starts and stops a real Flux for the tests in a browser and for the pictures.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const READY_MS = 30_000;
const STOP_MS = 15_000;
const dashboard = join(dirname(fileURLToPath(import.meta.url)), '..');

/** @returns {Promise<number>} a port that nobody listens on at this moment */
async function freePort() {
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

export class Flux {
    #port = 0;
    #adminPort = 0;
    #folder = '';
    /** @type {string[]} */
    #flags = [];
    /** @type {import('node:child_process').ChildProcess | null} */
    #process = null;
    #output = '';

    /**
     * Starts `flux up` on free ports with an empty data folder, and waits until it serves the page.
     * @param {string[]} flags further flags
     */
    static async start(flags = []) {
        const flux = new Flux();
        flux.#flags = flags;
        flux.#port = await freePort();
        flux.#adminPort = await freePort();
        flux.#folder = await mkdtemp(join(tmpdir(), 'flux-e2e-'));
        await flux.launch();
        return flux;
    }

    get url() {
        return `http://127.0.0.1:${this.#port}`;
    }

    /** Starts the process, again after `kill`: same ports, same data. */
    async launch() {
        const binary = process.env['FLUX_BIN'];
        if (!binary) throw new Error('FLUX_BIN must name the flux program to test');
        const pages = process.env['FLUX_STATIC_DIR'] ?? join(dashboard, 'dist');
        const child = spawn(
            binary,
            [
                'up',
                `--http.port=${this.#port}`,
                `--admin.port=${this.#adminPort}`,
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
    }

    /** kill -9: no goodbye to anybody. */
    async kill() {
        await this.#end('SIGKILL');
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
        throw new Error(`flux did not serve ${this.url} within ${READY_MS / 1000} s:\n${this.#output}`);
    }
}
