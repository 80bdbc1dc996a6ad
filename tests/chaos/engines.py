"""The engines of a stage: what a fault can do to each, and the gates in front of it. A new engine is a class of this shape
and a line in stage.py."""

import sys

from confluent_kafka.admin import AdminClient, ConfigResource

from gate import Gate
from testpoints import ROOT

sys.path.insert(0, str(ROOT / "tools" / "engines"))

from kafka import Kafka  # noqa: E402


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

    def heal(self):
        for node in self.kafka.nodes:
            self.kafka.resume(node)
            if not self.kafka.running(node):
                self.kafka.start(node)
        self.kafka.wait()

    def close(self):
        self.kafka.remove()
        for gates in self.gates.values():
            for gate in gates:
                gate.close()


def _listener(process):
    """A listener's name may hold letters, digits and underscores."""
    return process.replace("-", "_")
