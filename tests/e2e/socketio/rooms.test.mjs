// Rooms whose members live on different shards.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, clients, next, transports } from "./clients.mjs";
import { startServer } from "./test_server.mjs";

let server;
const open = [];
before(async () => {
  server = await startServer("--shards", "2");
});
after(async () => {
  open.forEach((socket) => socket.disconnect());
  await server.stop();
});

/** Clients of every kind, enough to be spread over both shards. */
async function crowd() {
  const sockets = [];
  for (let i = 0; i < 2; ++i) {
    for (const client of clients) {
      for (const transport of transports) {
        const socket = client.connect(server.url, { transports: transport.list, forceNew: true });
        open.push(socket);
        sockets.push(socket);
      }
    }
  }
  await Promise.all(sockets.map((socket) => ask(socket, "join", "r")));
  return sockets;
}

// EIO-26, SIO-27
test("a broadcast reaches every member on every shard once, in order", async () => {
  const sockets = await crowd();
  const shards = await Promise.all(sockets.map(async (socket) => (await ask(socket, "shard"))[0]));
  assert.deepEqual(new Set(shards), new Set([0, 1]));
  const received = sockets.map(() => []);
  const done = sockets.map((socket, i) => new Promise((resolve) => {
    socket.on("news", (number) => received[i].push(number) === 100 && resolve());
  }));
  for (let i = 0; i < 100; ++i) sockets[0].emit("broadcast", "r", i);
  await Promise.all(done);
  await ask(sockets[0], "message-with-ack", "nothing more comes");
  for (const numbers of received) assert.deepEqual(numbers, [...Array(100).keys()]);
});

// SIO-27
test("who leaves a room hears nothing more of it", async () => {
  const [leaver, stayer] = await crowd();
  await ask(leaver, "leave", "r");
  leaver.on("news", () => assert.fail("it has left"));
  const heard = next(stayer, "news");
  await ask(stayer, "broadcast", "r", "after");
  assert.deepEqual(await heard, ["after"]);
  await ask(leaver, "message-with-ack");
});
