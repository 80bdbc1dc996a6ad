// The server goes away and comes back on the same port: every client finds it again by itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, clients, next, settled, transports } from "./clients.mjs";
import { startServer } from "./test_server.mjs";

for (const client of clients) {
  for (const transport of transports) {
    // RSN-02, RSN-07, SIO-01
    test(`client ${client.name}, ${transport.name}, comes back after a restart`, async () => {
      const first = await startServer();
      let second;
      const socket = client.connect(first.url, {
        transports: transport.list, forceNew: true, reconnectionDelay: 10, reconnectionDelayMax: 50,
      });
      try {
        await next(socket, "connect");
        await settled(socket, transport.ends);
        const old_id = socket.id;
        const gone = next(socket, "disconnect");
        await first.stop();
        assert.match((await gone)[0], /^transport (close|error)$/);
        const back = next(socket, "connect");
        second = await startServer("--port", String(first.port));
        await back;
        assert.notEqual(socket.id, old_id);
        assert.deepEqual(await ask(socket, "message-with-ack", "again"), ["again"]);
      } finally {
        socket.disconnect();
        await first.stop();
        await second?.stop();
      }
    });
  }
}
