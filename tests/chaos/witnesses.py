"""Official Socket.IO clients that note what they get."""

import asyncio
import contextlib

import socketio

TICKER = "cryptoTickerResponse"


class Witness:
    """One client that comes back by itself. A connection counts once the gateway has greeted it, which is when it is in its
    rooms. It does not ask for recovery (its library has none), so each greeting begins a session that was promised nothing of
    what came before; sessions that go on are tests/e2e/recovery-fleet's."""

    def __init__(self, name, url, transport, hears, loop, note, prefix=""):
        self.name = name
        self.hears = hears
        self.prices = 0
        self.greeted = False
        self._session = 0
        self._url, self._transport, self._loop, self._note = url, transport, loop, note
        self._newest = {}
        self._prefix = prefix
        loop.run(self._open())

    async def _open(self):
        self._client = client = socketio.AsyncClient(
            reconnection_delay=0.1, reconnection_delay_max=1, randomization_factor=0.5)
        client.on("session:init", self._on_greeting)
        client.on("disconnect", self._on_end)
        client.on(TICKER, self._on_price)
        for topic in self.hears:
            client.on(topic, lambda record, topic=topic: self._on_record(topic, record))
        await client.connect(self._url, transports=[self._transport], wait_timeout=30, retry=True)

    def _on_greeting(self, _):
        self._session += 1
        self.greeted = True
        self._note("joined", witness=self.name, session=self._session)

    def _on_end(self, reason):
        if self.greeted:
            self.greeted = False
            self._note("left", witness=self.name, session=self._session, reason=str(reason))

    def _on_price(self, _):
        self.prices += 1

    def _on_record(self, topic, record):
        if not record["key"].startswith(self._prefix):
            return
        self._newest[topic, record["key"]] = record["n"]
        self._note("got", witness=self.name, session=self._session, topic=topic, key=record["key"], n=record["n"])

    def has(self, topic, key, number):
        return self._newest.get((topic, key), 0) >= number

    def begin(self, prefix):
        """In a new history: it is connected already. Of other keys, which snapshots of earlier histories have, it does not
        speak any more."""
        self._loop.run(self._begin(prefix))

    async def _begin(self, prefix):
        self._prefix = prefix
        self._newest = {}
        if self.greeted:
            self._note("joined", witness=self.name, session=self._session)

    def close(self):
        with contextlib.suppress(Exception):
            self._loop.run(asyncio.wait_for(self._client.shutdown(), 10))
