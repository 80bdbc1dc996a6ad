// Starts the real program for a test, and publishes through it.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = process.env.FLUX_BIN;
if (!binary) throw new Error("FLUX_BIN must name the flux program (./dev test sets it)");

const kafka = process.env.TEST_KAFKA_BROKERS; // set: the bus is Kafka
const valkey = process.env.TEST_VALKEY_ADDRESS; // set: the cache is Valkey

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 30_000;

/** What the program finds in its environment: nothing of ours that it could take for a setting. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FLUX_")));
}

/** Runs `flux` to its end. */
function run(args, input = "") {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { env: environment(), stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (bytes) => (stdout += bytes));
    child.stderr.on("data", (bytes) => (stderr += bytes));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => {}); // it may end without reading
    child.stdin.end(input);
  });
}

/** The arguments of `flux up` with this flux.toml, on free ports. */
async function arguments_(folder, toml) {
  const config = join(folder, "flux.toml");
  await writeFile(config, toml);
  return ["up", "--config", config, "--http.port=0", "--admin.port=0", "--simulator.port=0",
    `--data_dir=${join(folder, "data")}`, "--shutdown.drain_window=100ms", "--log.format=json",
    ...(kafka ? [`--kafka=${kafka}`] : []), ...(valkey ? [`--valkey=${valkey}`] : [])];
}

/** What `flux up` says to a configuration that it must refuse. */
export async function refusedStart(toml) {
  const folder = await mkdtemp(join(tmpdir(), "flux-e2e-"));
  try {
    return await run(await arguments_(folder, toml));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export class Flux {
  #child;
  #folder;
  #log = "";
  url = "";

  static async start(toml) {
    const flux = new Flux();
    flux.#folder = await mkdtemp(join(tmpdir(), "flux-e2e-"));
    const args = await arguments_(flux.#folder, toml);
    flux.#child = spawn(binary, args, { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
    flux.url = await flux.#waitForUrl();
    return flux;
  }

  #waitForUrl() {
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`flux up ${why}; it said:\n${this.#log.slice(-4000)}`));
      const timer = setTimeout(() => fail("was not ready in time"), START_DEADLINE_MS);
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

  /** Publishes `payload` (text, byte for byte) with `flux produce`. */
  async produce(topic, key, payload) {
    const args = ["produce", "--topic", topic, `--data_dir=${join(this.#folder, "data")}`];
    if (key !== undefined) args.push("--key", key);
    const { code, stderr } = await run(args, payload);
    if (code !== 0) throw new Error(`flux produce ended with ${code}: ${stderr}`);
  }

  get log() {
    return this.#log;
  }

  /** Asks it to stop and returns its exit code. */
  async stop() {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      const kill = setTimeout(() => child.kill("SIGKILL"), STOP_DEADLINE_MS);
      child.kill("SIGTERM");
      await ended;
      clearTimeout(kill);
    }
    await rm(this.#folder, { recursive: true, force: true });
    return child.exitCode;
  }
}
