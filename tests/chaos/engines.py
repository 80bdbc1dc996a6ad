"""The engines of a stage: what a fault can do to each, and the gates in front of it. A new engine is a class of this shape
and a line in stage.py."""

import json
import sys

from confluent_kafka.admin import AdminClient, ConfigResource

from gate import Gate
from testpoints import ROOT

sys.path.insert(0, str(ROOT / "tools" / "engines"))

from kafka import Kafka  # noqa: E402
from valkey import Valkey  # noqa: E402


class KafkaEngine:
    """Kafka, with a gate per process and broker. What the brokers advertise there is the gate, so a client behind it meets
    nothing else; publishers and witnesses of the log go around."""

    name = "kafka"

    def __init__(self, folder, processes, loop, brokers=1):
        self.gates = {process: [Gate(loop) for _ in range(brokers)] for process in processes}
        self.kafka = Kafka(folder, brokers, extra=["num.partitions=3"],
                           gates={_listener(process): [gate.port for gate in gates] for process, gates in self.gates.items()})
        for process, gates in self.gates.items():
            for node, gate in enumerate(gates, 1):
                gate.upstream = self.kafka.behind(_listener(process), node)
        self.kafka.up()

    @property
    def address(self):
        """Around the gates."""
        return self.kafka.brokers

    def flags(self, process):
        return [f"--kafka={self.kafka.gated(_listener(process))}", "--kafka.request_timeout=2s",
                "--kafka.probe_interval=200ms"]

    def kill(self, node=1):
        self.kafka.kill(node)

    def stop(self, node=1):
        self.kafka.stop(node)

    def start(self, node=1):
        self.kafka.start(node)
        self.kafka.wait([node])

    def pause(self, node=1):
        self.kafka.pause(node)

    def resume(self, node=1):
        self.kafka.resume(node)

    def leaders(self, topic):
        """{partition: the node that leads it}"""
        return {number: one.leader for number, one in self._described(topic).items()}

    def in_sync(self, topic):
        """Whether every copy of every partition is up to date."""
        return all(set(one.isrs) == set(one.replicas) for one in self._described(topic).values())

    def shape(self, topic):
        """(copies, how many of them acknowledge)"""
        admin = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        [asked] = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)]).values()
        copies = {len(one.replicas) for one in self._described(topic).values()}
        return min(copies), int(asked.result(30)["min.insync.replicas"].value)

    def _described(self, topic):
        settings = {"bootstrap.servers": self.address, "log_level": 0, "socket.timeout.ms": 3_000}
        return AdminClient(settings).list_topics(topic, timeout=30).topics[topic].partitions

    def used_by(self, process):
        """Whether a process that is ready uses it; it would not be ready."""
        return True

    def close(self):
        self.kafka.remove()
        for gates in self.gates.values():
            for gate in gates:
                gate.close()


class ValkeyEngine:
    """Valkey, with a gate per gateway. It keeps what it has when it ends, unless it is emptied: after an outage it is behind.

    `POINTS` are moments that its gates see: a read or a write is on its way to it, or a value on its way back."""

    name = "valkey"
    POINTS = {"valkey.read": ("asked", b"GETRANGE"), "valkey.write": ("asked", b"\r\nSET\r\n"),
              "valkey.value": ("answered", b'{"')}

    def __init__(self, folder, processes, loop):
        self.valkey = Valkey(folder, durable=True)
        self.gates = {process: [Gate(loop)] for process in processes}
        for [gate] in self.gates.values():
            gate.upstream = self.valkey.port
        self.valkey.up()

    def flags(self, process):
        """The budget is one that a busy machine keeps."""
        if process not in self.gates:
            return []
        [gate] = self.gates[process]
        return [f"--valkey=127.0.0.1:{gate.port}", "--valkey.retry_longest=200ms", "--valkey.reply_timeout=2s",
                "--cache.budget=500ms"]

    def hold(self, process, point):
        [gate] = self.gates[process]
        return gate.hold(*self.POINTS[point])

    def kill(self):
        self.valkey.kill()

    def stop(self):
        self.valkey.stop()

    def start(self):
        self.valkey.start()
        self.valkey.wait()

    def empty(self):
        self.valkey.wipe()

    def pause(self):
        self.valkey.pause()

    def resume(self):
        self.valkey.resume()

    def used_by(self, process):
        connected = process.samples("flux_valkey_connected") if process.role in self.gates else [1.0]
        return bool(connected) and all(connected)

    def keep(self, place, record):
        """As a gateway wrote it that is gone by now."""
        self.valkey.ask("SET", f"chaos:cached:{place}", json.dumps(record), "EX", "600")

    def kept(self, place):
        """The record of that place, or None."""
        text = self.valkey.ask("GET", f"chaos:cached:{place}")
        return None if text is None else json.loads(text)

    def close(self):
        self.valkey.remove()
        for [gate] in self.gates.values():
            gate.close()


def _listener(process):
    """A listener's name may hold letters, digits and underscores."""
    return process.replace("-", "_")
