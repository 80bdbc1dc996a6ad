// Short heartbeats: official clients keep their session, and learn of a server that has gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, clients, next, settled, transports } from "./clients.mjs";
import { startServer } from "./test_server.mjs";

for (const client of clients) {
  // EIO-10, EIO-11, RSN-02, RSN-07
  test(`client ${client.name} lives through many heartbeats and sees the server drain`, async () => {
    const server = await startServer("--ping-interval", "50", "--ping-timeout", "2000");
    const sockets = transports.map(({ list }) =>
      client.connect(server.url, { transports: list, forceNew: true, reconnection: false }));
    try {
      await Promise.all(sockets.map((socket, i) =>
        next(socket, "connect").then(() => settled(socket, transports[i].ends))));
      const pings = sockets.map(async (socket) => {
        for (let seen = 0; seen < 5;) {
          const [packet] = await next(socket.io.engine, "packet");
          if (packet.type === "ping") ++seen;
        }
      });
      await Promise.all(pings);
      for (const socket of sockets) assert.deepEqual(await ask(socket, "message-with-ack", 1), [1]);
      const gone = sockets.map((socket) => next(socket, "disconnect"));
      await server.stop();
      for (const [reason] of await Promise.all(gone)) assert.match(reason, /^transport (close|error)$/);
    } finally {
      sockets.forEach((socket) => socket.disconnect());
      await server.stop();
    }
  });
}
