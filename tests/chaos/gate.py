"""A TCP gate between Flux and an engine. It passes bytes on, whatever they mean, and misbehaves as it is told, while it
runs: it delays, slows, cuts replies short, resets, swallows and refuses. It counts what passed and what it did."""

import asyncio
import collections
import contextlib
import socket
import struct
import threading

CHUNK_BYTES = 65536
FAULTS = ("delay", "slow", "cut", "reset", "black hole", "refuse")


class Loop:
    """The thread that runs gates and whatever else is asynchronous here."""

    def __init__(self):
        self.asyncio = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.asyncio.run_forever, name="chaos.loop", daemon=True)
        self._thread.start()

    def run(self, work, seconds=60):
        """Runs a coroutine there and returns what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self.asyncio).result(seconds)

    def close(self):
        async def end_all():
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        self.run(end_all())
        self.asyncio.call_soon_threadsafe(self.asyncio.stop)
        self._thread.join()
        self.asyncio.close()


class Hold:
    """Bytes that wait in a gate. Of the same shape as a process that is held at a testpoint."""

    def __init__(self, loop, pattern):
        self.pattern = pattern
        self._loop = loop
        self._reached = threading.Event()
        self._released = asyncio.Event()

    def wait(self, seconds):
        """Whether such bytes came in time."""
        return self._reached.wait(seconds)

    def release(self):
        """Lets them go, and whatever comes later."""
        self.pattern = None
        self._loop.asyncio.call_soon_threadsafe(self._released.set)

    async def meet(self):
        self._reached.set()
        await self._released.wait()


class Gate:
    """One address that stands for another of 127.0.0.1. Faults are set by any thread; one of a kind at a time, several
    kinds at once. `did` counts per fault what it was seen to do: a fault that did nothing was not there."""

    def __init__(self, loop):
        self.passed = collections.Counter()  # connections, and bytes by direction: "asked", "answered"
        self.did = collections.Counter()
        self.upstream = None  # a port
        self._loop = loop
        self._set = {}
        self._holds = {}  # by direction
        self._connections = set()
        self._server = None
        self._holder = None  # keeps the port while nobody listens
        loop.run(self._open())

    async def _open(self):
        self._flow = asyncio.Event()
        self._flow.set()
        self._holder = _bound(0)
        self.port = self._holder.getsockname()[1]
        await self._listen()

    async def _listen(self):
        listening = _bound(self.port)
        self._server = await asyncio.start_server(self._serve, sock=listening)
        if self._holder is not None:
            self._holder.close()
            self._holder = None

    def break_by(self, fault, amount=None):
        """Begins a fault: "delay" (seconds each way), "slow" (bytes/s), "cut" (after that byte of a reply), "reset" (what
        runs, and what comes at its first request), "black hole" (nothing passes, nothing ends), "refuse"."""
        self._loop.run(self._begin(fault, amount))

    def heal(self, fault=None):
        """Ends that fault, or all."""
        self._loop.run(self._end([fault] if fault else list(self._set)))

    def hold(self, direction, pattern):
        """The next bytes "asked" or "answered" that contain `pattern` wait in the gate until they are released. A fault that
        begins meanwhile finds them there."""
        hold = Hold(self._loop, pattern)
        self._holds[direction] = hold
        return hold

    def close(self):
        self._loop.run(self._shut())

    async def _begin(self, fault, amount):
        assert fault in FAULTS, fault
        self._set[fault] = amount
        if fault == "black hole":
            self._flow.clear()
        if fault in ("reset", "refuse"):
            for connection in list(self._connections):
                self._reset(connection, fault)
        if fault == "refuse":
            self._server.close()
            self._holder = _bound(self.port)

    async def _end(self, faults):
        for fault in faults:
            self._set.pop(fault, None)
            if fault == "black hole":
                self._flow.set()
            if fault == "refuse" and self._holder is not None:
                await self._listen()

    async def _shut(self):
        self._flow.set()
        self._server.close()
        for connection in list(self._connections):
            _abort(connection)
        if self._holder is not None:
            self._holder.close()

    def _reset(self, connection, fault):
        self.did[fault] += 1
        _abort(connection, reset=True)

    async def _serve(self, reader, writer):
        self.passed["connections"] += 1
        connection = _Connection(writer)
        self._connections.add(connection)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self._flowing()
            from_engine, connection.engine = await asyncio.open_connection("127.0.0.1", self.upstream)
            await asyncio.gather(self._pump(reader, connection.engine, connection, "asked"),
                                 self._pump(from_engine, writer, connection, "answered"))
        _abort(connection)
        self._connections.discard(connection)

    async def _flowing(self):
        if not self._flow.is_set():
            self.did["black hole"] += 1
            await self._flow.wait()

    async def _pump(self, reader, writer, connection, direction):
        try:
            while chunk := await reader.read(CHUNK_BYTES):
                if not await self._pass(chunk, writer, connection, direction):
                    return
        finally:
            _abort(connection)  # half a connection is of no use to these protocols

    async def _pass(self, chunk, writer, connection, direction):
        """Whether the connection goes on."""
        hold = self._holds.get(direction)
        if hold is not None and hold.pattern is not None and hold.pattern in chunk:
            del self._holds[direction]
            await hold.meet()
        if "reset" in self._set:
            self._reset(connection, "reset")
            return False
        if "delay" in self._set:
            self.did["delay"] += 1
            await asyncio.sleep(self._set["delay"])
        await self._flowing()
        connection.reply = connection.reply + len(chunk) if direction == "answered" else 0
        whole = True
        if "cut" in self._set and direction == "answered" and connection.reply > self._set["cut"]:
            self.did["cut"] += 1
            whole = False
            chunk = chunk[:max(0, len(chunk) - (connection.reply - self._set["cut"]))]
        self.passed[direction] += len(chunk)
        await self._write(chunk, writer)
        return whole

    async def _write(self, chunk, writer):
        while chunk:
            part = chunk
            if "slow" in self._set:
                part = chunk[:max(1, int(self._set["slow"] * 0.05))]
                self.did["slow"] += 1
                await asyncio.sleep(len(part) / self._set["slow"])
                await self._flowing()
            writer.write(part)
            await writer.drain()
            chunk = chunk[len(part):]


class _Connection:
    def __init__(self, client):
        self.client = client
        self.engine = None
        self.reply = 0  # bytes answered since the last question


def _bound(port):
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made


def _abort(connection, reset=False):
    """Ends both sides at once: with what was written before, or with a reset."""
    for writer in (connection.client, connection.engine):
        if writer is None or writer.transport.is_closing():
            continue
        if reset:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        else:
            writer.close()
