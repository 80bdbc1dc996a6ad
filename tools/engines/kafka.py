"""A throw-away Apache Kafka in KRaft mode: every node is broker and controller."""

import base64
import contextlib
import json
import shutil
import socket
import struct
import subprocess
import time
import uuid
from pathlib import Path

import kafka_jars
import kafka_security
from server_process import ServerProcess

_JVM = ["-Xms96m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
_READY_SECONDS = 90
_LOG4J = """rootLogger.level = {level}
rootLogger.appenderRef.s.ref = S
appender.s.type = Console
appender.s.name = S
appender.s.layout.type = PatternLayout
appender.s.layout.pattern = [%d] %p %m (%c)%n
"""


class Kafka:
    """The cluster of a folder. `extra` are further lines of server.properties; `port` is the first broker's, if it is
    free, else any. `secure` gives the first broker two more listeners: `ssl` and `sasl_ssl` (see kafka_security).

    `gates` names ways around for clients that meet the cluster through a proxy: {"crypto": [7001]} gives every broker one
    more listener, which tells its clients to come to that port of 127.0.0.1 (one per node). What comes there belongs to
    `behind("crypto", node)`; `gated("crypto")` are the brokers as those clients name them."""

    def __init__(self, folder, nodes=1, extra=(), port=0, secure=False, gates=None):
        self.folder = Path(folder).resolve()
        self._state = self.folder / "cluster.json"
        if self._state.is_file():
            known = json.loads(self._state.read_text())
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            gates = gates or {}
            ports = _free_ports(2 * nodes + 2 + nodes * len(gates), port)
            behind = {name: ports[2 * nodes + 2 + nodes * number:][:nodes] for number, name in enumerate(gates)}
            known = {"id": _cluster_id(), "ports": ports[:nodes], "controllers": ports[nodes:2 * nodes], "extra": list(extra),
                     "secure": ports[2 * nodes:2 * nodes + 2] if secure else [],
                     "gates": {name: {"advertised": gates[name], "behind": behind[name]} for name in gates}}
            if secure:
                kafka_security.make_certificates(self.folder)
            self._state.write_text(json.dumps(known))
        self._known = known

    @property
    def brokers(self):
        return ",".join(f"127.0.0.1:{port}" for port in self._known["ports"])

    @property
    def ssl(self):
        return f"localhost:{self._known['secure'][0]}"

    @property
    def sasl_ssl(self):
        return f"localhost:{self._known['secure'][1]}"

    def gated(self, name):
        """The brokers as clients behind that gate name them."""
        return ",".join(f"127.0.0.1:{port}" for port in self._known["gates"][name]["advertised"])

    def behind(self, name, node):
        """The port a gate of that name hands a node's connections to."""
        return self._known["gates"][name]["behind"][node - 1]

    @property
    def nodes(self):
        return range(1, len(self._known["ports"]) + 1)

    def up(self):
        """Starts every node that does not run, and returns when all of them answer."""
        self._write_logging()
        for node in self.nodes:
            if not self._process(node).running():
                self._format(node)
                self.start(node)
        self.wait()

    def start(self, node):
        self._process(node).start(self._java("log4j2", "kafka.Kafka", self._node_folder(node) / "server.properties"))

    def wait(self, nodes=None):
        """Returns once these nodes (all unless said) answer."""
        deadline = time.monotonic() + _READY_SECONDS
        for node in nodes or self.nodes:
            while not self._answers(node):
                if not self._process(node).running():
                    raise RuntimeError(f"Kafka's node {node} ended; see {self._process(node).log}")
                if time.monotonic() > deadline:
                    raise RuntimeError(f"Kafka's node {node} is not ready after {_READY_SECONDS} s")
                time.sleep(0.05)  # between two looks

    def stop(self, node):
        self._process(node).stop()

    def kill(self, node):
        self._process(node).kill()

    def pause(self, node):
        self._process(node).pause()

    def resume(self, node):
        self._process(node).resume()

    def running(self, node):
        return self._process(node).running()

    def down(self):
        for node in self.nodes:
            self._process(node).resume()
            self._process(node).kill()  # nobody wants its data any more

    def remove(self):
        """Ends every node and leaves nothing."""
        self.down()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wipe(self):
        """Makes it another, empty cluster at the same address."""
        self.down()
        for node in self.nodes:
            shutil.rmtree(self._node_folder(node), ignore_errors=True)
        self._known["id"] = _cluster_id()
        self._state.write_text(json.dumps(self._known))
        self.up()

    def _process(self, node):
        return self._processes.setdefault(node, ServerProcess(self.folder, f"node{node}"))

    @property
    def _processes(self):
        return self.__dict__.setdefault("_process_of", {})

    def _node_folder(self, node):
        return self.folder / f"node{node}"

    def _java(self, logging, *arguments):
        return [_java(), *_JVM, f"-Dlog4j2.configurationFile={self.folder / logging}.properties", "-cp",
                f"{kafka_jars.ensure()}/*", *arguments]

    def _write_logging(self):
        (self.folder / "log4j2.properties").write_text(_LOG4J.format(level="info"))
        (self.folder / "quiet.properties").write_text(_LOG4J.format(level="error"))

    def _format(self, node):
        folder = self._node_folder(node)
        folder.mkdir(exist_ok=True)
        properties = folder / "server.properties"
        properties.write_text(self._properties(node))
        if (folder / "data" / "meta.properties").is_file():
            return
        answer = subprocess.run(
            [str(part) for part in
             self._java("quiet", "kafka.tools.StorageTool", "format", "-t", self._known["id"], "-c", properties,
                        *(kafka_security.FORMAT if self._known["secure"] else []))],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if answer.returncode != 0:
            raise RuntimeError(f"Kafka's node {node} could not be formatted:\n{answer.stdout[-2000:]}")

    def _properties(self, node):
        ports, controllers = self._known["ports"], self._known["controllers"]
        voters = ",".join(f"{number}@127.0.0.1:{port}" for number, port in enumerate(controllers, 1))
        several = len(ports) >= 3
        broker = f"PLAINTEXT://127.0.0.1:{ports[node - 1]}"
        gates = self._known.get("gates", {})
        listens = "".join(f"{name.upper()}://127.0.0.1:{gate['behind'][node - 1]}," for name, gate in gates.items())
        advertises = "".join(f",{name.upper()}://127.0.0.1:{gate['advertised'][node - 1]}" for name, gate in gates.items())
        secure = ""
        if self._known["secure"] and node == 1:
            secure = f"SSL://{self.ssl},SASL_SSL://{self.sasl_ssl},"
        lines = [
            "process.roles=broker,controller", f"node.id={node}", f"controller.quorum.voters={voters}",
            f"listeners={broker},{secure}{listens}CONTROLLER://127.0.0.1:{controllers[node - 1]}",
            f"advertised.listeners={broker}{',' + secure.rstrip(',') if secure else ''}{advertises}",
            "controller.listener.names=CONTROLLER", "inter.broker.listener.name=PLAINTEXT",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL"
            + "".join(f",{name.upper()}:PLAINTEXT" for name in gates),
            f"log.dirs={self._node_folder(node) / 'data'}", "auto.create.topics.enable=false",
            f"default.replication.factor={3 if several else 1}", f"min.insync.replicas={2 if several else 1}",
            f"offsets.topic.replication.factor={3 if several else 1}", "offsets.topic.num.partitions=1",
            f"transaction.state.log.replication.factor={3 if several else 1}",
            f"transaction.state.log.min.isr={2 if several else 1}", "transaction.state.log.num.partitions=1",
            "group.initial.rebalance.delay.ms=0", "broker.session.timeout.ms=6000", "broker.heartbeat.interval.ms=1000",
            "num.network.threads=2", "num.io.threads=2", "log.cleaner.dedupe.buffer.size=4194304",
            *(kafka_security.properties(self.folder) if secure else []), *self._known["extra"]]
        return "\n".join(lines) + "\n"

    def _answers(self, node):
        """Whether the broker knows every running one, by a Metadata request (version 1) about no topic."""
        request = struct.pack(">ihhih8si", 22, 3, 1, 1, 8, b"engines!", 0)
        try:
            with socket.create_connection(("127.0.0.1", self._known["ports"][node - 1]), timeout=1) as peer:
                peer.settimeout(5)
                peer.sendall(request)
                answer = peer.recv(12, socket.MSG_WAITALL)
        except OSError:
            return False
        running = sum(1 for one in self.nodes if self._process(one).running())
        return len(answer) == 12 and struct.unpack(">iii", answer)[2] >= running


def _java():
    """Debian's Java 17, whichever this machine prefers otherwise."""
    return next(iter(sorted(Path("/usr/lib/jvm").glob("java-17-openjdk-*/bin/java"))), "java")


def _cluster_id():
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A", 1)


def _free_ports(count, first=0):
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            try:
                one.bind(("127.0.0.1", first))
            except OSError:
                one.bind(("127.0.0.1", 0))
            first = 0
        return [one.getsockname()[1] for one in sockets]
