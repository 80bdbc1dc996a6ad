// Each official client over each transport: what the reference server does, Flux does.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, clients, next, settled, transports } from "./clients.mjs";
import { startServer } from "./test_server.mjs";

let server;
before(async () => {
  server = await startServer("--shards", "2");
});
after(() => server.stop());

for (const client of clients) {
  for (const transport of transports) {
    describe(`client ${client.name}, ${transport.name}`, () => {
      const open = [];
      const connect = (path = "/", options = {}) => {
        const socket = client.connect(server.url + path, {
          transports: transport.list,
          forceNew: true,
          ...options,
        });
        open.push(socket);
        return socket;
      };
      after(() => open.forEach((socket) => socket.disconnect()));

      // EIO-01, EIO-02, EIO-17, SIO-01
      test("connects and ends on the expected transport", async () => {
        const socket = connect();
        await next(socket, "connect");
        assert.match(socket.id, /^[\w-]{20}$/);
        await settled(socket, transport.ends);
        assert.equal(socket.io.engine.transport.name, transport.ends);
        assert.deepEqual(await ask(socket, "message-with-ack", "after"), ["after"]);
      });

      // SIO-02, ECH-02
      test("hands over the auth payload", async () => {
        const auth = { token: "123", nested: { "ü": [1, null] } };
        const [seen] = await next(connect("/", { auth }), "auth");
        assert.deepEqual(seen, auth);
        const [empty] = await next(connect(), "auth");
        assert.deepEqual(empty, {});
      });

      // SIO-10, ECH-03
      test("echoes text, nested JSON and unicode", async () => {
        const socket = connect();
        const args = [1.5, "two", { three: [true, null, { four: "☃ 😀 \u2028 \"\\" }] }, [], -0, ""];
        const back = next(socket, "message-back");
        socket.emit("message", ...args);
        assert.deepEqual(await back, JSON.parse(JSON.stringify(args)));
      });

      // SIO-11
      test("echoes two attachments in their places", async () => {
        const socket = connect();
        const back = next(socket, "message-back");
        const first = Buffer.from([0, 1, 2, 255]);
        const second = Buffer.alloc(100_000, "x");
        socket.emit("message", { deep: [first] }, "between", second);
        const [object, between, last] = await back;
        assert.deepEqual(Buffer.from(object.deep[0]), first);
        assert.equal(between, "between");
        assert.deepEqual(Buffer.from(last), second);
      });

      // SIO-12, SIO-13, ECH-03
      test("acknowledges, with and without attachments", async () => {
        const socket = connect();
        assert.deepEqual(await ask(socket, "message-with-ack", 1, "2", { 3: [false] }), [1, "2", { 3: [false] }]);
        assert.deepEqual(await ask(socket, "message-with-ack"), []);
        const [bytes, text] = await ask(socket, "message-with-ack", Buffer.from([7, 8]), "t");
        assert.deepEqual(Buffer.from(bytes), Buffer.from([7, 8]));
        assert.equal(text, "t");
      });

      // SIO-14, ECH-04
      test("is asked for acknowledgements", async () => {
        const socket = connect();
        socket.on("question", (text, answer) => answer(`${text}!`, Buffer.from([9])));
        const answered = next(socket, "answer");
        socket.emit("ask", "how");
        const [text, bytes] = await answered;
        assert.equal(text, "how!");
        assert.deepEqual(Buffer.from(bytes), Buffer.from([9]));
      });

      // EIO-04, EIO-23, EIO-26
      test("keeps the order of 1,000 messages", async () => {
        const socket = connect();
        const received = [];
        const all = new Promise((resolve) => {
          socket.on("message-back", (number) => received.push(number) === 1000 && resolve());
        });
        for (let i = 0; i < 1000; ++i) socket.emit("message", i);
        await all;
        assert.deepEqual(received, [...Array(1000).keys()]);
      });

      // SIO-03, SIO-07, SIO-08
      test("serves several namespaces over one transport", async () => {
        const main = connect();
        const custom = main.io.socket("/custom", { auth: { where: "custom" } });
        const [seen] = await next(custom, "auth");
        assert.deepEqual(seen, { where: "custom" });
        custom.disconnect();
        assert.deepEqual(await ask(main, "message-with-ack", "still"), ["still"]);
      });

      // SIO-04
      test("refuses an unknown namespace", async () => {
        const [error] = await next(connect("/random"), "connect_error");
        assert.equal(error.message, "Invalid namespace");
      });

      // SIO-21
      test("tells why the application refuses", async () => {
        const [error] = await next(connect("/", { auth: { refuse: true } }), "connect_error");
        assert.equal(error.message, "not allowed");
      });

      // SIO-22
      test("is told when the server leaves the namespace", async () => {
        const socket = connect();
        await next(socket, "connect");
        const left = next(socket, "disconnect");
        socket.emit("kick");
        assert.equal((await left)[0], "io server disconnect");
      });

      // RSN-03, RSN-07
      test("comes back after a cut", async () => {
        const socket = connect("/", { reconnectionDelay: 10 });
        await next(socket, "connect");
        await settled(socket, transport.ends);
        const before_cut = socket.id;
        const left = next(socket, "disconnect");
        socket.emit("cut");
        assert.match((await left)[0], /^transport (close|error)$/);
        await next(socket, "connect");
        assert.notEqual(socket.id, before_cut);
        assert.deepEqual(await ask(socket, "message-with-ack", "back"), ["back"]);
      });
    });
  }
}
