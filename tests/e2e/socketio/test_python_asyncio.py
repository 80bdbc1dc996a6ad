"""python-socketio's AsyncClient (aiohttp) against Flux."""

import asyncio
import unittest

import socketio

from server import Server

PATIENCE_SECONDS = 10
TRANSPORTS = [["polling"], ["websocket"], ["polling", "websocket"]]


class AsyncClientTest(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2")
        cls.addClassCleanup(cls.server.stop)

    async def connect(self, transports, auth=None, **options):
        io = socketio.AsyncClient(**options)
        io.events = asyncio.Queue()

        @io.on("*")
        async def note(event, *args):
            await io.events.put((event, *args))

        await io.connect(self.server.url, transports=transports, auth=auth, wait_timeout=PATIENCE_SECONDS)
        self.addAsyncCleanup(io.disconnect)
        return io

    async def next(self, io, name):
        while True:
            event, *args = await asyncio.wait_for(io.events.get(), PATIENCE_SECONDS)
            if event == name:
                return args

    async def test_everything_over_each_transport(self):
        for transports in TRANSPORTS:
            with self.subTest(transports=transports):
                io = await self.connect(transports, auth={"token": [1]})
                self.assertEqual(await self.next(io, "auth"), [{"token": [1]}])
                await io.emit("message", ("text", {"deep": [b"\x00\xff"]}, b"second", "☃"))
                self.assertEqual(await self.next(io, "message-back"),
                                 ["text", {"deep": [b"\x00\xff"]}, b"second", "☃"])
                self.assertEqual(await io.call("message-with-ack", (1, b"\x02"), timeout=PATIENCE_SECONDS),
                                 (1, b"\x02"))
                self.assertEqual(io.transport(), transports[-1])

    async def test_acknowledges_the_server(self):
        for transports in TRANSPORTS:
            with self.subTest(transports=transports):
                io = await self.connect(transports)

                async def question(text):
                    return text + "!", b"\x09"

                io.on("question", question)
                await io.emit("ask", "how")
                self.assertEqual(await self.next(io, "answer"), ["how!", b"\x09"])

    async def test_order_of_1000_messages(self):
        for transports in TRANSPORTS:
            with self.subTest(transports=transports):
                io = await self.connect(transports)
                for number in range(1000):
                    await io.emit("message", number)
                received = [(await self.next(io, "message-back"))[0] for _ in range(1000)]
                self.assertEqual(received, list(range(1000)))

    async def test_unknown_namespace(self):
        io = socketio.AsyncClient()
        with self.assertRaises(socketio.exceptions.ConnectionError):
            await io.connect(self.server.url, namespaces=["/random"], wait_timeout=PATIENCE_SECONDS)

    async def test_reconnects_after_a_cut(self):
        for transports in TRANSPORTS:
            with self.subTest(transports=transports):
                io = await self.connect(transports, reconnection_delay=0.01, randomization_factor=0)
                await self.next(io, "auth")
                await io.emit("cut")
                await self.next(io, "auth")
                self.assertEqual(await io.call("message-with-ack", "back", timeout=PATIENCE_SECONDS), "back")

    async def test_rooms_over_both_shards(self):
        clients = [await self.connect(transports) for transports in TRANSPORTS * 2]
        shards = set()
        for io in clients:
            await io.call("join", "r", timeout=PATIENCE_SECONDS)
            shards.add(await io.call("shard", timeout=PATIENCE_SECONDS))
        self.assertEqual(shards, {0, 1})
        for number in range(50):
            await clients[0].emit("broadcast", ("r", number))
        for io in clients:
            self.assertEqual([(await self.next(io, "news"))[0] for _ in range(50)], list(range(50)))


if __name__ == "__main__":
    unittest.main()
