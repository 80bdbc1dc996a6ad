// The newest client offers permessage-deflate by itself, and gets what many get compressed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { io } from "socket.io-client";
import { ask, next } from "./clients.mjs";
import { startServer } from "./test_server.mjs";

const CLIENTS = 12; // on one shard: enough that a broadcast is worth compressing
const ROWS = 200;

let server;
const open = [];
before(async () => {
  server = await startServer("--shards", "1");
});
after(async () => {
  open.forEach((socket) => socket.disconnect());
  await server.stop();
});

async function join(options) {
  const socket = io(server.url, { transports: ["websocket"], forceNew: true, ...options });
  open.push(socket);
  await next(socket, "connect");
  assert.deepEqual(await ask(socket, "join", "r"), [true]);
  return socket;
}

/** The `ws` of a client, and how many bytes its TCP connection has brought. */
const webSocketOf = (socket) => socket.io.engine.transport.ws;
const bytesRead = (socket) => webSocketOf(socket)._socket.bytesRead;

// CMP-01, CMP-03, CMP-07
test("a broadcast of some kilobytes comes whole and compressed", async () => {
  const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => join()));
  const plain = await join({ perMessageDeflate: false });
  for (const socket of sockets) {
    assert.equal(webSocketOf(socket).extensions.split(";")[0], "permessage-deflate");
  }
  assert.equal(webSocketOf(plain).extensions, "");
  const rows = Array.from({ length: ROWS }, (_, i) => ({ product: `product ${i}`, price: i / 8, note: "☃ on sale" }));
  const length = Buffer.byteLength(JSON.stringify(rows));
  assert.ok(length > 8_000);

  const all = [...sockets, plain];
  const before_it = all.map(bytesRead);
  const heard = all.map((socket) => next(socket, "news"));
  await ask(plain, "broadcast", "r", rows);
  for (const [seen] of await Promise.all(heard)) assert.deepEqual(seen, rows);
  const read = all.map((socket, i) => bytesRead(socket) - before_it[i]);
  for (const bytes of read.slice(0, CLIENTS)) assert.ok(bytes < length / 4, `${bytes} bytes for a text of ${length}`);
  assert.ok(read[CLIENTS] > length, "who does not offer it gets the text as it is");
});

// CMP-04
test("what a client compresses is read", async () => {
  const socket = await join({ perMessageDeflate: { threshold: 0 } });
  const ws = webSocketOf(socket);
  const text = "☃ price ".repeat(5_000);
  const before_it = ws._socket.bytesWritten;
  assert.deepEqual(await ask(socket.compress(true), "message-with-ack", text), [text]);
  const written = ws._socket.bytesWritten - before_it;
  assert.ok(written < text.length / 10, `${written} bytes for a text of ${text.length}`);
});
