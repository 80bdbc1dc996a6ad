// Starts the real program for a test, kills it, and publishes through it.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, renameSync, writeSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = process.env.FLUX_BIN;
if (!binary) throw new Error("FLUX_BIN must name the flux program (./dev test sets it)");

/** Set: the bus is Kafka. */
export const kafka = process.env.TEST_KAFKA_BROKERS;

const START_DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 30_000;
const PUBLISHING_MAX = 16; // at once; the admin listener takes a hundred connections

/** What the program finds in its environment: nothing of ours that it could take for a setting. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FLUX_")));
}

export class Flux {
  #child;
  #folder;
  #log = "";
  url = "";
  #admin = "";
  #token = "";
  #publishing = 0;
  #waiting = [];

  /** `flux up` with this flux.toml, on free ports. */
  static async start(toml, ...flags) {
    const flux = new Flux();
    flux.#folder = await mkdtemp(join(tmpdir(), "flux-recovery-"));
    const config = join(flux.#folder, "flux.toml");
    await writeFile(config, toml);
    const args = ["up", "--config", config, "--http.port=0", "--admin.port=0", "--simulator.port=0",
      `--data_dir=${flux.data}`, "--shutdown.drain_window=100ms", "--log.format=json",
      ...(kafka ? [`--kafka=${kafka}`] : []), ...flags];
    mkdirSync(flux.#points);
    const env = { ...environment(), TESTPOINTS: flux.#points };
    flux.#child = spawn(binary, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    flux.url = await flux.#waitForUrl();
    const [host, port] = (await readFile(join(flux.data, "admin.address"), "utf8")).trim().split(" ");
    flux.#admin = `http://${host}:${port}`;
    flux.#token = (await readFile(join(flux.data, "admin.token"), "utf8")).trim();
    return flux;
  }

  get data() {
    return join(this.#folder, "data");
  }

  get #points() {
    return join(this.#folder, "points");
  }

  /** The program waits at this point of its code (src/base/testpoint.h) when it next comes there, until it is released. */
  hold(name) {
    const folder = this.#points;
    const armed = join(folder, `@${name}`);
    const made = join(folder, `.${name}`);
    execFileSync("mkfifo", [made]);
    const fifo = openSync(made, constants.O_RDWR);
    renameSync(made, armed); // from here on it may come
    const there = () => !existsSync(armed) && readdirSync(folder).some((file) => file.endsWith(".reached"));
    return {
      async reached() {
        for (const end = Date.now() + STOP_DEADLINE_MS; !there(); await new Promise((resolve) => setTimeout(resolve, 5))) {
          if (Date.now() > end) throw new Error(`${name} was not reached in time`);
        }
      },
      release() {
        writeSync(fifo, "\n");
        closeSync(fifo);
      },
    };
  }

  get log() {
    return this.#log;
  }

  #waitForUrl() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail("was not ready in time"), START_DEADLINE_MS);
      const fail = (why) => {
        clearTimeout(timer);
        reject(new Error(`flux up ${why}; it said:\n${this.#log.slice(-4000)}`));
      };
      this.#child.on("exit", (code, signal) => fail(`ended with ${code ?? signal}`));
      this.#child.stderr.on("data", (bytes) => (this.#log += bytes));
      this.#child.stdout.on("data", (bytes) => {
        this.#log += bytes;
        const found = /^Flux is running: (\S+)/m.exec(this.#log);
        if (!found) return;
        clearTimeout(timer);
        resolve(found[1].replace(/\/$/, ""));
      });
    });
  }

  /** Publishes one record over the admin listener, as `flux produce` does. */
  async produce(topic, key, payload) {
    const headers = { authorization: `Bearer ${this.#token}`, "content-type": "application/octet-stream" };
    if (key !== undefined) headers["x-record-key"] = encodeURIComponent(key);
    if (this.#publishing === PUBLISHING_MAX) await new Promise((resolve) => this.#waiting.push(resolve));
    else this.#publishing++;
    try {
      await this.#post(topic, headers, payload);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#publishing--;
    }
  }

  async #post(topic, headers, payload) {
    const answer = await fetch(`${this.#admin}/bus/topics/${topic}/records`, {
      method: "POST",
      headers,
      body: JSON.stringify(payload),
    });
    if (!answer.ok) throw new Error(`publishing was answered ${answer.status}: ${await answer.text()}`);
  }

  async readyStatus() {
    return (await fetch(`${this.#admin}/readyz`)).status;
  }

  /** The sum of a metric's samples whose labels contain `label`. */
  async metric(name, label = "") {
    const text = await (await fetch(`${this.#admin}/metrics`)).text();
    let sum = 0;
    for (const line of text.split("\n")) {
      if (line.startsWith(`flux_${name}{`) && line.includes(label)) sum += Number(line.slice(line.lastIndexOf(" ")));
    }
    return sum;
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** Resolves to its exit code (or signal) once it has ended. */
  async ended() {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once("exit", resolve));
    return child.exitCode ?? child.signalCode;
  }

  /** Asks it to stop and returns its exit code. */
  async stop() {
    this.signal("SIGTERM");
    const kill = setTimeout(() => this.signal("SIGKILL"), STOP_DEADLINE_MS);
    const code = await this.ended();
    clearTimeout(kill);
    await rm(this.#folder, { recursive: true, force: true });
    return code;
  }
}
