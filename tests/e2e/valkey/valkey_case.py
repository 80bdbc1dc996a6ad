"""A Valkey for the tests of a class, a program that uses it, and a page that watches."""

import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

_ROOT = Path(os.environ["FLUX_ROOT"])
sys.path.insert(0, str(_ROOT / "tools" / "engines"))
sys.path.insert(0, str(_ROOT / "tests" / "e2e" / "app"))

from flux_process import Flux, Folder, request, wait_until  # noqa: E402
from valkey import Valkey  # noqa: E402

ROUTES = """
[[route]]
name = "news"
topic = "news"
room = "news.{region}"
event = "headline"
snapshot = "latest"
cache_key = "bff:news:{region}"
cache_ttl = "12m"

[[intent]]
event = "news:watch"
rooms = ["news.{region}"]
"""


class Page:
    """A Socket.IO client over polling that watches the news of a region; keeps what it hears, as (event, argument). Right
    behind its join it asks for something else: `join_seconds` ends with that answer, which comes when the cache was asked."""

    def __init__(self, test, flux, region="eu"):
        self.heard = []
        self.ended = None
        self.joined = threading.Event()
        self._stop = threading.Event()
        self.url = flux.open_socket()
        threading.Thread(target=self._listen, daemon=True).start()
        test.addCleanup(self._stop.set)
        began = time.monotonic()
        request(self.url, "POST", b"420" + json.dumps(["news:watch", {"region": region}]).encode() + b'\x1e421["getUserId"]')
        if not self.joined.wait(20):
            raise AssertionError(f"the join was not acknowledged; it heard {self.heard}, {self.ended}")
        self.join_seconds = time.monotonic() - began

    def titles(self):
        return [argument["title"] for event, argument in list(self.heard) if event == "headline"]

    def _listen(self):
        acknowledged = False
        while not self._stop.is_set():
            try:
                status, _, text = request(self.url)
            except OSError as error:
                self.ended = str(error)
                return
            if status != 200:
                self.ended = f"{status} {text}"
                return
            for packet in text.split("\x1e"):
                if packet == "2":
                    request(self.url, "POST", b"3")
                elif packet.startswith("430"):
                    acknowledged = True
                elif packet.startswith("431") and acknowledged:
                    self.joined.set()
                elif packet.startswith("42"):
                    event, *arguments = json.loads(packet[2:])
                    self.heard.append((event, arguments[0] if arguments else None))


class WithValkey:
    """Beside unittest.TestCase, and before it."""

    secure = False
    program = "valkey"

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="flux-valkey-")
        cls.addClassCleanup(folder.cleanup)
        cls.valkey = Valkey(Path(folder.name) / "valkey", cls.program, secure=cls.secure)
        cls.addClassCleanup(cls.valkey.down)
        cls.valkey.up()

    def setUp(self):
        self.addCleanup(self._heal)
        self.valkey.ask("FLUSHALL")

    def _heal(self):
        self.valkey.resume()
        if not self.valkey.running():
            self.valkey.start()
        self.valkey.wait()

    def flux(self, *flags, address=None, budget="2s", **options):
        """`flux up` with the cache there: no long pauses, and a budget that a busy machine keeps (None: the usual one)."""
        folder = Folder(self)
        config = folder.write("flux.toml", ROUTES)
        return Flux(self, f"--config={config}", f"--valkey={address or self.valkey.address}", "--shards=2",
                    "--valkey.retry_longest=200ms", *([f"--cache.budget={budget}"] if budget else []), *flags,
                    folder=folder, **options)

    def publish(self, flux, title, region="eu"):
        body = json.dumps({"region": region, "title": title}).encode()
        status, _, answer = flux.post_record("news", body, flux.token())
        self.assertEqual(status, 201, answer)

    def wait_until_connected(self, flux):
        wait_until("both event loops use Valkey", lambda: flux.metric("flux_valkey_connected") == 2)

    def wait_until_kept(self, title, region="eu"):
        def kept():
            value = self.valkey.ask("GET", f"bff:news:{region}")
            return value is not None and json.loads(value)["title"] == title
        wait_until(f"Valkey has {title!r}", kept)

    def warnings(self, flux, event):
        return [line for line in flux.log() if line["event"] == event]
