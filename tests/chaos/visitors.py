"""Official Socket.IO clients that come, look at one place and leave: what a newcomer is shown, and how long it waits."""

import asyncio
import contextlib
import itertools
import time

import socketio

CACHED = "chaos.cached"
WATCH = "cached:watch"
QUIET = "quiet"  # the place of which there is news only while something is broken
_KEPT_MAX = 40  # places of a history and gateway that only Valkey knows
_PAUSE_SECONDS = 0.4
_PATIENCE_SECONDS = 20
_LOOK_SECONDS = 0.6  # more than a gateway waits for its cache


class Visitors:
    """The visitors of one gateway, one after the other. Each looks at a place of which this gateway has seen no record, so it
    must ask Valkey; what is there was written when the history began."""

    def __init__(self, process, engine, loop, note):
        self._process, self._engine, self._loop, self._note = process, engine, loop, note
        self._prefix = ""
        self._places = iter(())
        self._task = None
        self._ended = False

    def begin(self, prefix):
        self._prefix = prefix
        kept = [self._keep(number) for number in range(1, _KEPT_MAX + 1)]
        self._places = itertools.cycle(kept)
        self._loop.run(self._start())

    def rest(self):
        """Nobody comes any more; who is there has left."""
        self._ended = True
        if self._task is not None:
            self._loop.run(self._finish(), 2 * _PATIENCE_SECONDS + 10)

    def look(self, seconds):
        """What a newcomer is shown when everything works: of the quiet place, and of one that only Valkey knows. Whom the cache
        did not answer in time is no proof that it is not used: the next one asks again."""
        seen = self._loop.run(self._visit(f"{self._prefix}{QUIET}", QUIET, _PATIENCE_SECONDS))
        self._note("visit", **seen, settled=True)
        deadline = time.monotonic() + seconds
        seen = {"n": None}
        for number in itertools.count(_KEPT_MAX + 1):
            if seen["n"] is not None or time.monotonic() > deadline:
                break
            seen = self._loop.run(self._visit_kept(*self._keep(number)))
        self._note("visit", **seen, settled=True)

    close = rest

    def _keep(self, number):
        place = f"{self._prefix}{self._process.role}-{number}"
        self._engine.keep(place, {"key": place, "place": place, "n": number})
        return place, number

    async def _start(self):
        self._ended = False
        self._task = asyncio.ensure_future(self._come_and_go())

    async def _finish(self):
        await self._task
        self._task = None

    async def _come_and_go(self):
        while not self._ended:
            self._note("visit", **await self._visit_kept(*next(self._places)), settled=False)
            await asyncio.sleep(_PAUSE_SECONDS)  # between two visitors

    async def _visit_kept(self, place, number):
        return {**await self._visit(place, place, _LOOK_SECONDS), "kept": number}

    async def _visit(self, key, place, patience):
        """One visitor: when it was in (None: never), and the number of what it was shown first (None: nothing). What is of an
        earlier history is older than anything: 0."""
        client = socketio.AsyncClient(reconnection=False)
        shown = asyncio.get_running_loop().create_future()
        client.on(CACHED, lambda record: record["place"] != place or shown.done() or shown.set_result(record))
        began = time.monotonic()
        seconds = number = None
        with contextlib.suppress(socketio.exceptions.SocketIOError, OSError, TimeoutError, ValueError):
            await client.connect(self._process.url, transports=["websocket"], wait_timeout=_PATIENCE_SECONDS)
            await client.call(WATCH, place, timeout=_PATIENCE_SECONDS)
            seconds = round(time.monotonic() - began, 3)
            await asyncio.wait([shown], timeout=patience)
        if shown.done():
            number = shown.result()["n"] if shown.result()["key"] == key else 0
        took = round(time.monotonic() - began, 3)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.disconnect(), _PATIENCE_SECONDS)
            if client.eio.http is not None:
                await client.eio.http.close()  # one that did not come in leaves it open
        return {"role": self._process.role, "topic": CACHED, "key": key, "took": took, "seconds": seconds, "n": number}
