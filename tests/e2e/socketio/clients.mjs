// The official JavaScript clients under test, and waiting without sleeping.
import { io as newest } from "socket.io-client";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { io: middle } = require("socket.io-client-4.4");
const { io: oldest } = require("socket.io-client-4.0");

export const clients = [
  { name: "newest", connect: newest },
  { name: "4.4", connect: middle },
  { name: "4.0", connect: oldest },
];

export const transports = [
  { name: "polling only", list: ["polling"], ends: "polling" },
  { name: "websocket only", list: ["websocket"], ends: "websocket" },
  { name: "polling, then upgrade", list: ["polling", "websocket"], ends: "websocket" },
];

const PATIENCE_MS = 10_000;

/** The arguments of the next `name` event of `emitter`; fails when none comes. */
export function next(emitter, name) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${name} within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    emitter.once(name, (...args) => {
      clearTimeout(timer);
      resolve(args);
    });
  });
}

/** Emits and resolves to the arguments of the acknowledgement. */
export function ask(socket, ...args) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ack of ${args[0]}`)), PATIENCE_MS);
    socket.emit(...args, (...answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

/** Resolves when the session runs over `transport`. */
export async function settled(socket, transport) {
  const engine = socket.io.engine;
  if (engine.transport.name !== transport) await next(engine, "upgrade");
}
