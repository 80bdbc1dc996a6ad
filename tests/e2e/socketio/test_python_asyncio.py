"""python-socketio's AsyncClient (aiohttp) against Flux."""

import asyncio
import signal
import unittest

import socketio

from server import Echo, Server

PATIENCE_SECONDS = 10
TRANSPORTS = [["polling"], ["websocket"], ["polling", "websocket"]]


class AsyncClientTest(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2")
        cls.addClassCleanup(cls.server.stop)

    async def connect(self, transports, auth=None, server=None, **options):
        io = socketio.AsyncClient(**options)
        io.events = asyncio.Queue()

        @io.on("*")
        async def note(event, *args):
            await io.events.put((event, *args))

        await io.connect((server or self.server).url, transports=transports, auth=auth, wait_timeout=PATIENCE_SECONDS)
        self.addAsyncCleanup(io.disconnect)
        return io

    async def next(self, io, name):
        while True:
            event, *args = await asyncio.wait_for(io.events.get(), PATIENCE_SECONDS)
            if event == name:
                return args

    async def test_everything_over_each_transport(self):
        """EIO-17, SIO-02, SIO-10, SIO-11, SIO-12, SIO-13, ECH-03"""
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
        """SIO-14, ECH-04"""
        for transports in TRANSPORTS:
            with self.subTest(transports=transports):
                io = await self.connect(transports)

                async def question(text):
                    return text + "!", b"\x09"

                io.on("question", question)
                await io.emit("ask", "how")
                self.assertEqual(await self.next(io, "answer"), ["how!", b"\x09"])

    async def test_order_of_1000_messages(self):
        """EIO-04, EIO-23, EIO-26"""
        for transports in TRANSPORTS:
            with self.subTest(transports=transports):
                io = await self.connect(transports)
                for number in range(1000):
                    await io.emit("message", number)
                received = [(await self.next(io, "message-back"))[0] for _ in range(1000)]
                self.assertEqual(received, list(range(1000)))

    async def test_unknown_namespace(self):
        """SIO-04"""
        io = socketio.AsyncClient()
        with self.assertRaises(socketio.exceptions.ConnectionError):
            await io.connect(self.server.url, namespaces=["/random"], wait_timeout=PATIENCE_SECONDS)

    async def test_reconnects_after_a_cut(self):
        """RSN-03, RSN-07"""
        for transports in TRANSPORTS:
            with self.subTest(transports=transports):
                io = await self.connect(transports, reconnection_delay=0.01, randomization_factor=0)
                await self.next(io, "auth")
                await io.emit("cut")
                await self.next(io, "auth")
                self.assertEqual(await io.call("message-with-ack", "back", timeout=PATIENCE_SECONDS), "back")

    async def test_comes_back_after_a_restart(self):
        """RSN-02, RSN-07, SIO-01"""
        for end in (signal.SIGTERM, signal.SIGKILL):
            for transports in TRANSPORTS:
                with self.subTest(end=end, transports=transports), Echo() as echo:
                    io = await self.connect(transports, server=echo, reconnection_delay=0.01, reconnection_delay_max=0.05)
                    gone = asyncio.Event()
                    io.on("disconnect", lambda *_: gone.set())
                    await self.next(io, "auth")
                    self.assertEqual(await io.call("message-with-ack", "before", timeout=PATIENCE_SECONDS), "before")
                    old_id = io.get_sid()
                    await asyncio.to_thread(echo.end, end)  # meanwhile the client answers the close frame
                    await asyncio.wait_for(gone.wait(), PATIENCE_SECONDS)
                    echo.start()
                    self.assertEqual(await self.next(io, "auth"), [{}])
                    self.assertNotEqual(io.get_sid(), old_id)
                    self.assertEqual(await io.call("message-with-ack", "again", timeout=PATIENCE_SECONDS), "again")
                    self.assertEqual(io.transport(), transports[-1])
                    await io.disconnect()

    async def test_rooms_over_both_shards(self):
        """EIO-26, SIO-27"""
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
