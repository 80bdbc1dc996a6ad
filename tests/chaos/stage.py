"""The platform of a run: Kafka, Valkey, a crypto service, two gateways; beside them a Flux on the embedded log. Publishers
publish all the time, witnesses listen, visitors come and go."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from engines import KafkaEngine, ValkeyEngine  # first: it knows the ways to the other folders
from flux_process import run
from gate import Loop
from history import History
from process import Process
from publishers import HttpPublisher, KafkaPublisher
from testpoints import ROOT, wait_until
from visitors import CACHED, QUIET, WATCH, Visitors
from witnesses import Witness

RESULTS = ROOT / "build" / "results"
GATEWAYS = ("gateway-a", "gateway-b")
PROCESSES = (*GATEWAYS, "crypto", "up")
ROLE_OF = {"gateway-a": "gateway", "gateway-b": "gateway", "crypto": "crypto", "up": "up", "kafka": "kafka",
           "valkey": "valkey"}
KAFKA_TOPICS = ("chaos.every", "chaos.latest", CACHED)
OWN_TOPICS = ("own.every", "own.latest")
LATEST = ("chaos.latest", CACHED, "own.latest")
KAFKA_KEYS, OWN_KEYS = ("x", "y", "z"), ("u", "v")
_READY_SECONDS = 60
_ARRIVAL_SECONDS = 40
_METRICS = ("flux_kafka_missed_total", "flux_log_lines_dropped_total", "flux_gateway_missed_total",
            "flux_kafka_outages_total", "flux_kafka_producers_replaced_total", "flux_kafka_offset_gaps_total",
            "flux_valkey_outages_total", "flux_cache_writes_total", "flux_cache_writes_dropped_total",
            "flux_gateway_cache_asked_total", "flux_gateway_cache_hydrations_total")
# Several times the write-ahead log that is copied back at once (16 MiB): what fills it is the fault alone.
_DISK = "size=64m,mode=0700"

_TOPIC = """
[[topic]]
name = "{name}"
partitions = 3
durable = {durable}
"""
_ROUTE = """
[[route]]
name = "{name}"
topic = "{name}"
room = "{room}"
event = "{name}"
delivery = "{delivery}"
snapshot = "{snapshot}"
"""
_CACHED = """cache_key = "chaos:cached:{place}"
cache_ttl = "10m"
"""
_INTENTS = """
[[intent]]
event = "connect"
rooms = [{rooms}]
[[intent]]
event = "{watch}"
rooms = ["cached.{{}}"]
"""


def config(topics, durable):
    text = ""
    for name in topics:
        conflated = name in LATEST
        text += _TOPIC.format(name=name, durable="true" if durable else "false")
        text += _ROUTE.format(name=name, delivery="latest" if conflated else "every", snapshot="latest" if conflated else "none",
                              room="cached.{place}" if name == CACHED else "chaos")
        text += _CACHED if name == CACHED else ""
    rooms = ["chaos", "crypto.global", *(f"cached.{place}" for place in (*KAFKA_KEYS, "a", "b", QUIET))]
    return text + _INTENTS.format(rooms=", ".join(f'"{room}"' for room in rooms), watch=WATCH)


class Stage:
    """Made once, used by many histories. Everything it started ends with close()."""

    def __init__(self, brokers=1):
        self.history = None
        self._prefix = "before."
        self._ending = contextlib.ExitStack()
        try:
            self._build(brokers)
        except BaseException:
            self.keep_logs(RESULTS / "chaos-stage")
            self._ending.close()
            raise

    def _build(self, brokers):
        self.folder = Path(self._ending.enter_context(tempfile.TemporaryDirectory(prefix="flux-chaos-")))
        self.loop = Loop()
        self._ending.callback(self.loop.close)
        self.kafka = KafkaEngine(self.folder / "kafka", [*GATEWAYS, "crypto"], self.loop, brokers)
        self._ending.callback(self.kafka.close)
        self.valkey = ValkeyEngine(self.folder / "valkey", GATEWAYS, self.loop)
        self._ending.callback(self.valkey.close)
        self.engines = {engine.name: engine for engine in (self.kafka, self.valkey)}
        self.processes = {}
        self._make_processes()
        if brokers > 1:  # as an operator does it, for copies; alone, the processes make their topics themselves
            self._apply_topics()
        for process in self.processes.values():
            process.start(wait=False)
        for process in self.processes.values():
            process.wait_until_ready()
        self._make_witnesses()
        self._make_publishers()
        self._make_visitors()
        self._positions = {}

    def _make_processes(self):
        self._mount(self.folder / "up")
        platform = self._write("platform.toml", config(KAFKA_TOPICS, durable=False))
        alone = self._write("alone.toml", config(OWN_TOPICS, durable=True))
        alone_at_start = "--gateway.refresh_timeout=0ms"  # most services are not there
        prices = ["--crypto.source=simulated", "--crypto.flush_interval=500ms"]
        self._add("gateway-a", "gateway", [f"--config={platform}", "--gateway.id=a", alone_at_start])
        self._add("gateway-b", "gateway", [f"--config={platform}", "--gateway.id=b", alone_at_start])
        self._add("crypto", "crypto", prices)
        self._add("up", "up", [f"--config={alone}", *prices])

    def _apply_topics(self):
        ended = run("topics", "apply", f"--config={self.folder / 'platform.toml'}", f"--kafka={self.kafka.address}")
        if ended.returncode != 0:
            raise RuntimeError(f"flux topics apply: {ended.stderr.decode()}")

    def _write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def _mount(self, folder):
        """A small disk of its own, which can be filled."""
        folder.mkdir()
        _as_root("mount", "-t", "tmpfs", "-o", f"{_DISK},uid={os.getuid()},gid={os.getgid()}", "tmpfs", folder)
        self._ending.callback(_as_root, "umount", "--lazy", folder)

    def _add(self, name, command, flags):
        if command != "up":
            for engine in self.engines.values():
                flags = [*flags, *engine.flags(name)]
        process = Process(name, command, self.folder, ["--shutdown.drain_window=1s", *flags], self.note)
        self.processes[name] = process
        self._ending.callback(process.end)

    def _make_witnesses(self):
        self.witnesses = []
        for name, process, transport in (("a-websocket", "gateway-a", "websocket"), ("a-polling", "gateway-a", "polling"),
                                         ("b-websocket", "gateway-b", "websocket"), ("b-polling", "gateway-b", "polling"),
                                         ("up-websocket", "up", "websocket")):
            self._ending.callback(self.add_witness(name, process, transport).close)
        wait_until("the witnesses are greeted", lambda: all(one.greeted for one in self.witnesses))

    def add_witness(self, name, process, transport):
        hears = OWN_TOPICS if process == "up" else KAFKA_TOPICS
        witness = Witness(name, self.processes[process].url, transport, hears, self.loop, self.note, self._prefix)
        self.witnesses.append(witness)
        return witness

    def remove_witness(self, witness):
        self.witnesses.remove(witness)
        witness.close()

    def _make_publishers(self):
        self.publishers = [
            KafkaPublisher(self.kafka.address, KAFKA_TOPICS, KAFKA_KEYS, self.note),
            HttpPublisher(self.processes["gateway-a"], KAFKA_TOPICS, ["a"], self.note),
            HttpPublisher(self.processes["gateway-b"], KAFKA_TOPICS, ["b"], self.note),
            HttpPublisher(self.processes["up"], OWN_TOPICS, OWN_KEYS, self.note)]
        for publisher in self.publishers:
            self._ending.callback(publisher.close)

    def _make_visitors(self):
        self.visitors = [Visitors(self.processes[name], self.valkey, self.loop, self.note) for name in GATEWAYS]
        for visitors in self.visitors:
            self._ending.callback(visitors.close)

    def note(self, what, **fields):
        if self.history is not None:
            self.history.note(what, **fields)

    def gates(self, target):
        """Every gate between a process and its engines, or between an engine and everybody."""
        if target in self.engines:
            return [gate for gates in self.engines[target].gates.values() for gate in gates]
        return [gate for engine in self.engines.values() for gate in engine.gates.get(target, [])]

    def hold(self, process, point):
        """Holds that process there: at a point of its code, or on its way to Valkey."""
        if point in self.valkey.POINTS:
            return self.valkey.hold(process, point)
        return self.processes[process].points.arm(point)

    def begin(self, name, title, seed=None, newcomers=()):
        """A new history, in which everything works."""
        self._positions = self._ends()
        self.history = History()
        self._prefix = f"{name}."
        hears = {witness.name: list(witness.hears) for witness in self.witnesses}
        hears.update({newcomer: list(KAFKA_TOPICS) for newcomer in newcomers})
        self.note("begin", title=title, seed=seed, hears=hears, latest=list(LATEST), visited=list(GATEWAYS))
        for witness in self.witnesses:
            witness.begin(self._prefix)
        for publisher in self.publishers:
            publisher.begin(self._prefix)
        self.publish_quietly()
        self._wait_until_kept()
        for visitors in self.visitors:
            visitors.begin(self._prefix)

    def publish_quietly(self):
        """News of the quiet place: when a history begins, and while something is broken. So Valkey is behind afterwards if it
        was that, and nobody publishes there what would bring it up to date."""
        self.publishers[0].publish_once(CACHED, QUIET)

    def _wait_until_kept(self):
        key = self._prefix + QUIET
        wait_until("the cache has the quiet place", lambda: (self.valkey.kept(QUIET) or {}).get("key") == key)

    def come_to_rest(self):
        """After the last fault was ended: waits until everything works again, publishes the last records, and notes what the
        logs hold. What does not work is noted too: the checker tells."""
        self.wait_until_ready()
        for one in (*self.visitors, *self.publishers):
            one.rest()
        _in_time(lambda: all(witness.greeted for witness in self.witnesses), _ARRIVAL_SECONDS)
        for publisher in self.publishers:
            publisher.last_round()
        newest = self._newest()
        _in_time(lambda: all(self._has_all(witness, newest) for witness in self.witnesses), _ARRIVAL_SECONDS)
        for visitors in self.visitors:
            visitors.look(_ARRIVAL_SECONDS)
        # What comes behind the last record shows that nothing of it comes twice.
        before = {witness.name: witness.prices for witness in self.witnesses}
        _in_time(lambda: all(witness.prices > before[witness.name] for witness in self.witnesses), _ARRIVAL_SECONDS)
        for witness in self.witnesses:
            self.note("prices", witness=witness.name, count=witness.prices - before[witness.name])
        self._note_metrics()
        self._note_logs()
        self.note("end")
        history, self.history = self.history, None
        return history

    def abandon(self):
        """When the run itself failed: nothing goes on."""
        for one in (*self.visitors, *self.publishers):
            with contextlib.suppress(Exception):
                one.rest()
        history, self.history = self.history, None
        return history

    def wait_until_ready(self):
        """Notes whether everything was ready in time."""
        waits = [threading.Thread(target=self._wait_for, args=(process,)) for process in self.processes.values()]
        for wait in waits:
            wait.start()
        for wait in waits:
            wait.join()
        if all(self._ready(process) for process in self.processes.values()):
            self.note("settled")

    def _wait_for(self, process):
        if _in_time(lambda: self._ready(process), _READY_SECONDS):
            self.note("ready", role=process.role)
        else:
            self.note("late", role=process.role, seconds=_READY_SECONDS, state=process.state())

    def _ready(self, process):
        with contextlib.suppress(OSError):
            return process.ready() and all(engine.used_by(process) for engine in self.engines.values())
        return False

    def _newest(self):
        """{(topic, key): the newest number that was stored}"""
        newest = {}
        for event in self.history.of("stored"):
            place = event["topic"], event["key"]
            newest[place] = max(newest.get(place, 0), event["n"])
        return newest

    def _has_all(self, witness, newest):
        return all(witness.has(topic, key, number) for (topic, key), number in newest.items() if topic in witness.hears)

    def _note_metrics(self):
        for process in self.processes.values():
            with contextlib.suppress(OSError):
                for name, value in process.metrics(*_METRICS).items():
                    self.note("metric", role=process.role, name=name, value=value)

    def _ends(self):
        """{(topic, partition): the offset after its last record}, of Kafka's topics."""
        consumer = self._consumer()
        topics = AdminClient({"bootstrap.servers": self.kafka.address}).list_topics(timeout=30).topics
        ends = {}
        for topic in KAFKA_TOPICS:
            for partition in topics[topic].partitions:
                ends[topic, partition] = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)[1]
        consumer.close()
        return ends

    def _consumer(self):
        return Consumer({"bootstrap.servers": self.kafka.address, "group.id": "checker", "enable.auto.commit": False,
                         "auto.offset.reset": "error", "log_level": 0})

    def _note_logs(self):
        self._note_kafka()
        for topic, key, number in sorted_records(self.processes["up"].data / "bus" / "log.db", self._prefix):
            self.note("log", topic=topic, key=key, n=number)

    def _note_kafka(self):
        ends = self._ends()
        consumer = self._consumer()
        consumer.assign([TopicPartition(topic, partition, start) for (topic, partition), start in self._positions.items()])
        left = {place for place, end in ends.items() if end > self._positions[place]}
        while left:
            record = consumer.poll(30)
            if record is None or record.error():
                raise RuntimeError(f"the log could not be read: {record and record.error()}")
            place = record.topic(), record.partition()
            if record.key().decode().startswith(self._prefix):
                self.note("log", topic=record.topic(), key=record.key().decode(), n=json.loads(record.value())["n"])
            if record.offset() + 1 >= ends[place]:
                left.discard(place)
        consumer.close()

    def keep(self, history, name):
        """The history, and what every process said, to build/results."""
        history.write(RESULTS / f"{name}.jsonl")
        self.keep_logs(RESULTS / name)

    def keep_logs(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        for file in [*self.folder.glob("*.log"), *self.folder.glob("kafka/*.log")]:
            shutil.copy(file, folder / file.name)

    def close(self):
        for process in self.processes.values():
            process.begin_to_end()  # all at once: each takes its time
        self._ending.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def sorted_records(file, prefix):
    """(topic, key, number) of the embedded log's records whose keys begin so, in the order of their partitions."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as log:
        names = dict(log.execute("SELECT partitions.id, name FROM partitions JOIN topics ON topic = topics.id"))
        rows = log.execute("SELECT place, key, payload FROM records ORDER BY place").fetchall()
    found = []
    for place, key, payload in rows:
        key = bytes(key or b"").decode()
        if key.startswith(prefix):
            found.append((names[place >> 40], key, json.loads(bytes(payload))["n"]))
    return found


def _in_time(condition, seconds):
    try:
        return bool(wait_until("a condition holds", condition, seconds))
    except AssertionError:
        return False


def _as_root(*command):
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    words = [*sudo, *[str(word) for word in command]]
    ended = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if ended.returncode != 0:
        raise RuntimeError(f"a small disk of its own is needed, and may not be made here: {' '.join(words)}: {ended.stdout}")
