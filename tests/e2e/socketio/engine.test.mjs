// The official Engine.IO client, without Socket.IO, over each transport.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Socket } from "engine.io-client";
import { next, transports } from "./clients.mjs";
import { startEcho } from "./test_server.mjs";

let server;
before(async () => {
  server = await startEcho("--ping-interval=200", "--ping-timeout=2000");
});
after(() => server.stop());

for (const transport of transports) {
  describe(`engine.io-client, ${transport.name}`, () => {
    const connect = async () => {
      const socket = new Socket(server.url, { transports: transport.list });
      socket.binaryType = "arraybuffer";
      await next(socket, "open");
      if (socket.transport.name !== transport.ends) await next(socket, "upgrade");
      return socket;
    };

    // ECH-01, EIO-05, EIO-28
    test("echoes text, an empty message and binary unchanged", async () => {
      const socket = await connect();
      for (const message of ["hello", "", "☃ 😀 \u0000 end"]) {
        const back = next(socket, "message");
        socket.send(message);
        const [text = ""] = await back; // this client hands an empty message over as undefined
        assert.equal(text, message);
      }
      const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 256);
      const back = next(socket, "message");
      socket.send(bytes);
      assert.deepEqual(new Uint8Array((await back)[0]), bytes);
      socket.close();
    });

    // ECH-01, EIO-23, EIO-26
    test("keeps the order of 1,000 messages", async () => {
      const socket = await connect();
      const received = [];
      const all = new Promise((resolve) => {
        socket.on("message", (text) => received.push(text) === 1000 && resolve());
      });
      for (let i = 0; i < 1000; ++i) socket.send(String(i));
      await all;
      assert.deepEqual(received, Array.from({ length: 1000 }, (_, i) => String(i)));
      socket.close();
    });

    // EIO-10, EIO-11, EIO-15, EIO-16
    test("lives through heartbeats and closes when asked to", async () => {
      const socket = await connect();
      for (let i = 0; i < 3; ++i) await next(socket, "ping");
      const closed = next(socket, "close");
      socket.close();
      assert.equal((await closed)[0], "forced close");
    });
  });
}
