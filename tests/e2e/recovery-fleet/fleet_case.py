"""Gateways that share Kafka and Valkey, official clients of them (clients.mjs), and what should reach those."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

_ROOT = Path(os.environ["FLUX_ROOT"])
sys.path.insert(0, str(_ROOT / "tools" / "engines"))
sys.path.insert(0, str(_ROOT / "tests" / "e2e" / "app"))

from flux_process import Flux, Folder, wait_until  # noqa: E402
from kafka import Kafka  # noqa: E402
from valkey import Valkey  # noqa: E402

ROOMS = [str(number) for number in range(10)]
KEYS_PER_ROOM = 2

_ROWS = """
[[topic]]
name = "{topic}"
partitions = 4

[[topic]]
name = "{topic}.levels"

[[route]]
name = "{topic}"
topic = "{topic}"
room = "item.{{room}}"
event = "item"
recovery = "replay"

[[route]]
name = "{topic}.levels"
topic = "{topic}.levels"
room = "item.{{room}}"
event = "level"
snapshot = "latest"
conflate_by = "{{room}}"

[[intent]]
event = "watch"
rooms = ["item.{{room}}"]
"""

_SESSIONS_WITH_ROOMS = """
local found = 0
for _, key in ipairs(redis.call('KEYS', 'bff:session:*')) do
  if string.find(redis.call('GET', key), 'item.', 1, true) then found = found + 1 end
end
return found
"""

_engines = {}


def _engine(name, make):
    """One for all tests of a file; every test has its own topics."""
    if name not in _engines:
        folder = tempfile.TemporaryDirectory(prefix=f"flux-{name}-")
        unittest.addModuleCleanup(_engines.pop, name)
        unittest.addModuleCleanup(folder.cleanup)
        _engines[name] = make(Path(folder.name) / name)
        unittest.addModuleCleanup(_engines[name].down)
        _engines[name].up()
    return _engines[name]


class Clients:
    """clients.mjs, ended with its test. Thread: the test's."""

    def __init__(self, test):
        self._process = subprocess.Popen([os.environ.get("NODE", "node"), Path(__file__).with_name("clients.mjs")],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        test.addCleanup(self._end)

    def ask(self, do, **request):
        self._process.stdin.write(json.dumps({"do": do, **request}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def open(self, group, urls, count, rooms=ROOMS, each=1, **options):
        """Returns once all are in their rooms."""
        self.ask("open", group=group, urls=urls, count=count, rooms=rooms, each=each, options=options)
        self.ready(group)

    def of(self, group):
        return self.ask("report")[group]

    def ready(self, group, seconds=60):
        def all_ready():
            there = self.ask("state", group=group)
            return there["ready"] == there["count"]
        wait_until(f"all clients of {group} are in their rooms", all_ready, seconds)

    def reconnected(self, group, times=1, seconds=60):
        """Waits until each has come back so often, and is in its rooms."""
        def back():
            there = self.ask("state", group=group)
            return there["connects"] >= there["count"] * (times + 1) and there["ready"] == there["count"]
        wait_until(f"all clients of {group} are back", back, seconds)
        return self.of(group)

    def whole(self, group, records, seconds=60):
        """Waits until each has got all that was published to its rooms."""
        def compared():
            self.compared = self.ask("compare", group=group, items=records.items, levels=records.levels)
            return self.compared["missing"] == []
        try:
            wait_until(f"all clients of {group} have everything", compared, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.compared}, {self.of(group)}") from None

    def _end(self):
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()


class Records:
    """What is published: items, numbered per key, and the level of each room."""

    def __init__(self, kafka, topic):
        self._kafka, self._topic = kafka, topic
        self.items = {room: {f"{room}/{key}": 0 for key in range(KEYS_PER_ROOM)} for room in ROOMS}
        self.levels = dict.fromkeys(ROOMS, 0)
        self._levels = 0

    def publish(self, rounds=1):
        """An item of every key, `rounds` times over, and a new level of every room."""
        self.publish_items(rounds)
        self.publish_levels()

    def publish_items(self, rounds=1):
        items = []
        for _ in range(rounds):
            for room, keys in self.items.items():
                for key in keys:
                    items.append(f"{key}|{json.dumps({'room': room, 'key': key, 'seq': keys[key]})}\n")
                    keys[key] += 1
        self._produce(self._topic, items)

    def publish_levels(self):
        levels = []
        self._levels += 1
        for room in ROOMS:
            self.levels[room] = self._levels
            levels.append(f"{room}|{json.dumps({'room': room, 'v': self._levels})}\n")
        self._produce(f"{self._topic}.levels", levels)

    def _produce(self, topic, lines):
        subprocess.run(["kcat", "-P", "-b", self._kafka.brokers, "-t", topic, "-K", "|", "-X", "topic.partitioner=murmur2_random"],
                       input="".join(lines), text=True, check=True, capture_output=True, timeout=60)


class Steadily:
    """Does this (publishes) once a second until it is left."""

    def __init__(self, publish):
        self._publish_once, self._over = publish, threading.Event()
        self._thread = threading.Thread(target=self._publish)

    def _publish(self):
        while not self._over.wait(1):
            self._publish_once()

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


class Cpu:
    """The time a process works, by seconds of the clock, as a share of one core."""

    def __init__(self, process):
        self._stat = Path(f"/proc/{process.pid}/stat")
        self.samples = []
        self.worked = self.lasted = 0  # seconds of a core, and of the clock
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _ticks(self):
        fields = self._stat.read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])  # utime and stime

    def _sample(self):
        hertz = os.sysconf("SC_CLK_TCK")
        before, at = self._ticks(), time.monotonic()
        while not self._over.wait(1):
            ticks, now = self._ticks(), time.monotonic()
            self.samples.append((ticks - before) / hertz / (now - at))
            self.worked += (ticks - before) / hertz
            self.lasted += now - at
            before, at = ticks, now

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    @property
    def peak(self):
        return max(self.samples)


class Pace:
    """How fast a count of a process grows. A pause of this process or of that one is part of the time that is measured."""

    def __init__(self, count):
        self._count, self._over = count, threading.Event()
        self._looks = []  # when it was asked for, when it was there, and what it was
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self):
        while not self._over.wait(0.25):
            asked = time.monotonic()
            try:
                count = self._count()
            except (OSError, http.client.HTTPException):
                return  # the process has ended
            self._looks.append((asked, time.monotonic(), count))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def most(self, seconds):
        """The most in a second, over any stretch of at least so many."""
        return max((after - before) / (there - asked) for i, (asked, _, before) in enumerate(self._looks)
                   for _, there, after in self._looks[i + 1:] if there - asked >= seconds)


class FleetTest:
    """Beside unittest.TestCase, and before it."""

    @classmethod
    def setUpClass(cls):
        cls.kafka = _engine("kafka", Kafka)
        cls.valkey = _engine("valkey", Valkey)

    def setUp(self):
        self.valkey.ask("FLUSHALL")
        self.topic = f"test.{self._testMethodName}"
        self.records = Records(self.kafka, self.topic)
        self.clients = Clients(self)

    def gateway(self, identity, *flags, folder=None, valkey=True):
        folder = folder or Folder(self)
        config = folder.write("flux.toml", _ROWS.format(topic=self.topic))
        if valkey:
            flags = (f"--valkey={self.valkey.address}", *flags)
        gateway = Flux(self, f"--kafka={self.kafka.brokers}", "--kafka.request_timeout=4s", f"--config={config}",
                       f"--gateway.id={identity}", *flags, command="gateway", folder=folder)
        if valkey:
            wait_until("it uses Valkey", lambda: gateway.metric("flux_valkey_connected") >= 1)
        return gateway

    def archived(self, count):
        """Waits until the sessions of so many clients lie in Valkey with their rooms."""
        wait_until(f"the sessions of {count} clients lie in Valkey", lambda: self.valkey.ask("EVAL", _SESSIONS_WITH_ROOMS, 0) >= count)
