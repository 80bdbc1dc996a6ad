// Reads a page of the documents and does what it says, block by block.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const FENCE = /^```(\w+)(?: (\S+))?\n(.*?)^```$/gms;

/**
 * The blocks of a Markdown text, in order.
 * @param {string} text
 */
export function blocksOf(text) {
    return [...text.matchAll(FENCE)].map(([, language, file, body]) => ({ language, file, body }));
}

/** One reader at one machine: a shell that remembers where it is and what was exported. */
export class Walk {
    /** What the page calls something, and what it is here. */
    replaced = new Map();
    #folder;
    #place;
    #environment;
    /** @type {import('node:child_process').ChildProcess | null} */
    #running = null;
    #said = '';

    /**
     * @param {string} start where the reader stands first
     * @param {string} folder for temporary files
     * @param {NodeJS.ProcessEnv} environment
     */
    constructor(start, folder, environment) {
        this.#place = start;
        this.#folder = folder;
        this.#environment = { ...environment, TMPDIR: folder };
    }

    #text(body) {
        let text = body;
        for (const [written, here] of this.replaced) text = text.replaceAll(written, here);
        return text;
    }

    /** Writes a file of the page. */
    async write({ file, body }) {
        const path = join(this.#place, file);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, this.#text(body));
    }

    /** Runs a block to its end; returns what it said. */
    async run({ body }) {
        const after = join(this.#folder, 'after');
        const script = `${this.#text(body)}\n{ pwd; printf '%s' "$PATH"; } > '${after}'`;
        const shell = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
            cwd: this.#place,
            env: this.#environment,
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        let said = '';
        for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (part) => (said += part));
        const [code] = await once(shell, 'close');
        if (code !== 0) throw new Error(`this ended with ${code}:\n${body}\n${said}`);
        const [place, path] = (await readFile(after, 'utf8')).split('\n');
        this.#place = place;
        this.#environment.PATH = path;
        return said;
    }

    /** Runs a block until `end`; returns once it said what `pattern` finds, with what that was. */
    async start({ body }, pattern, withinMs) {
        const shell = spawn('bash', ['-c', `exec ${this.#text(body)}`], {
            cwd: this.#place,
            env: this.#environment,
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        this.#running = shell;
        const deadline = AbortSignal.timeout(withinMs);
        for (const stream of [shell.stdout, shell.stderr]) {
            stream.on('data', (part) => {
                this.#said += part;
                shell.emit('said');
            });
        }
        while (!pattern.test(this.#said)) {
            const ended = shell.exitCode !== null || shell.signalCode !== null;
            if (ended) throw new Error(`it ended:\n${body}\n${this.#said}`);
            const more = [once(shell, 'said', { signal: deadline }), once(shell, 'exit', { signal: deadline })];
            await Promise.race(more).catch(() => {
                throw new Error(`it did not say ${pattern} in time:\n${this.#said}`);
            });
            for (const one of more) one.catch(() => undefined);
        }
        return pattern.exec(this.#said);
    }

    /** Ctrl-C; returns the exit code. */
    async end() {
        const shell = this.#running;
        this.#running = null;
        if (shell === null || shell.exitCode !== null) return shell?.exitCode;
        shell.kill('SIGINT');
        const [code] = await once(shell, 'exit');
        return code;
    }
}
