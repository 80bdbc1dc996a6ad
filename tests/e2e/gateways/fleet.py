"""The fleet of official clients (fleet.mjs), and two gateways behind nginx for it."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

_ROOT = Path(os.environ["FLUX_ROOT"])
sys.path.insert(0, str(_ROOT / "tools" / "engines"))
sys.path.insert(0, str(_ROOT / "tests" / "e2e" / "kafka"))

import kafka_case  # noqa: E402, F401  first: it knows the way to the others
from kafka import Kafka  # noqa: E402
from flux_process import Flux, Folder, wait_until  # noqa: E402
from nginx import Nginx  # noqa: E402

ROOMS = 5
KEYS = 20
SITE = _ROOT / "deploy" / "nginx" / "flux.conf"

_ROWS = """
[[topic]]
name = "{topic}"
partitions = 4

[[route]]
name = "{topic}"
topic = "{topic}"
room = "item.{{room}}"
event = "item"
{more}

[[intent]]
event = "watch"
rooms = ["item.{{room}}"]
"""


def rows(topic, more=""):
    return _ROWS.format(topic=topic, more=more)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Fleet:
    """fleet.mjs, ended with its test."""

    def __init__(self, test):
        self._process = subprocess.Popen([os.environ.get("NODE", "node"), Path(__file__).with_name("fleet.mjs")],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        test.addCleanup(self._end)

    def _ask(self, **request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def open(self, group, url, count, **options):
        self._ask(do="open", group=group, url=url, count=count, rooms=ROOMS, options=options)
        wait_until(f"all {group} clients are in their rooms", lambda: all(one["ready"] for one in self.report()[group]), 60)

    def report(self):
        return self._ask(do="report")

    def clients(self):
        return [client for group in self.report().values() for client in group]

    def forget(self):
        self._ask(do="forget")

    def _end(self):
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()


class Items:
    """Records of KEYS keys, numbered per key, on a topic; key K belongs to room K modulo ROOMS."""

    def __init__(self, kafka, topic):
        self._kafka, self._topic = kafka, topic
        self.seqs = [0] * KEYS  # the next number of each key
        self.base = [0] * KEYS  # where the clients' lists begin

    def begin_anew(self, fleet):
        """From here on counts what is published from now on."""
        fleet.forget()
        self.base = list(self.seqs)

    def publish(self, rounds):
        """One record of every key, `rounds` times over."""
        lines = []
        for _ in range(rounds):
            for key in range(KEYS):
                record = {"room": str(key % ROOMS), "key": f"k{key}", "seq": self.seqs[key]}
                lines.append(f"k{key}|{json.dumps(record)}\n")
                self.seqs[key] += 1
        subprocess.run(["kcat", "-P", "-b", self._kafka.brokers, "-t", self._topic, "-K", "|", "-X", "topic.partitioner=murmur2_random"],
                       input="".join(lines), text=True, check=True, capture_output=True, timeout=60)


def missing_of(client, items):
    """The keys of a client's rooms of which it has not heard every number, each once and in order."""
    faults = []
    for key in range(KEYS):
        if key % ROOMS not in client["rooms"]:
            continue
        heard = [seq for name, seq in client["heard"] if name == f"k{key}"]
        if heard != list(range(items.base[key], items.seqs[key])):
            faults.append(f"k{key}")
    return faults


_kafka = {}


def kafka_of_this_file():
    """One broker for all tests of a file; every test has its own topic."""
    if not _kafka:
        folder = tempfile.TemporaryDirectory(prefix="flux-kafka-")
        unittest.addModuleCleanup(_kafka.clear)
        unittest.addModuleCleanup(folder.cleanup)
        _kafka["it"] = Kafka(Path(folder.name) / "kafka")
        unittest.addModuleCleanup(_kafka["it"].down)
        _kafka["it"].up()
    return _kafka["it"]


class GatewaysTest:
    """Beside unittest.TestCase, and before it: gateways and nginx for each test."""

    @classmethod
    def setUpClass(cls):
        cls.kafka = kafka_of_this_file()

    def setUp(self):
        self.topic = f"test.{self._testMethodName}"
        self.items = Items(self.kafka, self.topic)

    def gateway(self, identity, *flags, more="", folder=None, wait=True):
        folder = folder or Folder(self)
        config = folder.write("flux.toml", rows(self.topic, more))
        return Flux(self, f"--kafka={self.kafka.brokers}", "--kafka.request_timeout=4s", f"--config={config}",
                    f"--gateway.id={identity}", "--http.trusted_proxies=127.0.0.1", "--shutdown.drain_window=500ms",
                    *flags, command="gateway", folder=folder, wait=wait)

    def nginx(self, *gateways, listen=None):
        """The file of deploy/nginx as it lies there, with these addresses in place of its three."""
        listen = listen or free_port()
        addresses = {"127.0.0.1:8080": f"127.0.0.1:{listen}"}
        for standing, gateway in zip(("127.0.0.1:5173", "127.0.0.1:5174"), gateways, strict=True):
            addresses[standing] = f"127.0.0.1:{gateway.url.rsplit(':', 1)[1]}"
        site = re.sub("|".join(map(re.escape, addresses)), lambda found: addresses[found.group()], SITE.read_text())
        folder = tempfile.TemporaryDirectory(prefix="flux-nginx-")
        self.addCleanup(folder.cleanup)
        nginx = Nginx(folder.name, site, ("127.0.0.1", listen))
        self.addCleanup(nginx.down)
        nginx.up()
        return nginx

    def heard_all(self, fleet, seconds=60):
        """Waits until every client has heard every record of its rooms, each once and in order."""
        wait_until("every client heard all of its rooms", lambda: not any(
            missing_of(client, self.items) for client in fleet.clients()), seconds)

    def publish_for(self, seconds):
        """Publishes all the time for so long."""
        over = threading.Event()
        timer = threading.Timer(seconds, over.set)
        timer.start()
        try:
            while not over.is_set():
                self.items.publish(1)
        finally:
            timer.cancel()
