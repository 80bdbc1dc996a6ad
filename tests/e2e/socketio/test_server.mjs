// Starts a server for a test and stops it again.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

/** The program: $FLUX_TEST_SERVER, or the one in the build that $FLUX_BIN belongs to. */
function program() {
  if (process.env.FLUX_TEST_SERVER) return process.env.FLUX_TEST_SERVER;
  for (let folder = dirname(process.env.FLUX_BIN ?? "/"); folder !== "/"; folder = dirname(folder)) {
    const candidate = join(folder, "tests/e2e/socketio/socketio_test_server");
    if (existsSync(candidate)) return candidate;
  }
  throw new Error("set FLUX_TEST_SERVER to the program socketio_test_server (see README.md)");
}

/** Resolves to {url, port, stop} once the server listens; on a free port unless `args` name one. */
export async function startServer(...args) {
  const port_args = args.includes("--port") ? [] : ["--port", "0"];
  const child = spawn(program(), [...port_args, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = /^listening on (\d+)$/.exec(line);
      if (match) resolve(Number(match[1]));
    });
    exited.then((code) => reject(new Error(`the server ended with ${code} before it listened`)));
  });
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    /** Ends the server as its users would, and fails when it did not end well. */
    async stop() {
      child.stdin.end();
      const code = await exited;
      if (code !== 0) throw new Error(`the server ended with ${code}`);
    },
  };
}

/** As startServer, for `flux socketio-echo` on a free port. */
export async function startEcho(...args) {
  const child = spawn(process.env.FLUX_BIN, ["socketio-echo", "--port=0", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = /^The echo server is running: http:\/\/localhost:(\d+) /.exec(line);
      if (match) resolve(Number(match[1]));
    });
    exited.then((code) => reject(new Error(`the echo server ended with ${code} before it listened`)));
  });
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    /** Ends it with SIGTERM, and fails when it did not end well. */
    async stop() {
      child.kill("SIGTERM");
      const code = await exited;
      if (code !== 0) throw new Error(`the echo server ended with ${code}`);
    },
  };
}
