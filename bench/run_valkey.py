#!/usr/bin/env python3
"""./dev bench valkey: what deliveries and joins cost while Valkey is fine, slow, cut, stopped, killed and back.

One `flux up` on the embedded bus, its cache a Valkey of its own (tools/engines) behind a gate (tests/chaos) that delays every
byte by 200 ms each way ("slow"), or ends the connection in the middle of every answer ("cut"). In each phase records are
published at a steady rate to one room of a page over WebSocket, each with the time it should have been published at (a late
publisher counts against the result), and new pages join rooms that nobody has been to, so that each of them asks Valkey. Right
behind its join a page asks for something else; a join is measured up to that answer, because its own acknowledgement is sent
before Valkey is asked. A phase begins when Valkey is used again after the one before. Prints milliseconds.
"""

import argparse
import base64
import contextlib
import http.client
import itertools
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_ROOT / "tools" / "engines"))
sys.path.insert(0, str(_ROOT / "tests" / "chaos"))
from gate import Gate, Loop  # noqa: E402
from valkey import Valkey  # noqa: E402

_SLOW_SECONDS = 0.2  # each way
_CUT_BYTES = 3  # of every answer

_ROWS = """
[[route]]
name = "ticks"
topic = "ticks"
room = "ticks"
event = "tick"
snapshot = "latest"
cache_key = "bench:ticks"
[[route]]
name = "rooms"
topic = "rooms"
room = "room.{n}"
event = "room"
snapshot = "latest"
cache_key = "bench:room:{n}"
[[intent]]
event = "watch"
rooms = ["ticks"]
[[intent]]
event = "join"
rooms = ["room.{n}"]
"""


class Page:
    """A Socket.IO client over WebSocket, one text packet at a time."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in = self._socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall((f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost:{port}\r\n"
                              "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                              f"Sec-WebSocket-Key: {key}\r\n\r\n").encode())
        while self._in.readline() not in (b"\r\n", b""):
            pass
        self.read()
        self.send("40")
        while not self.read().startswith("40"):
            pass

    def send(self, text):
        body = text.encode()
        length = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + struct.pack(">H", len(body))
        self._socket.sendall(b"\x81" + length + b"\0\0\0\0" + body)

    def read(self):
        while True:
            head = self._in.read(2)
            if len(head) < 2:
                raise EOFError("the server closed the connection")
            size = head[1]
            if size == 126:
                size = struct.unpack(">H", self._in.read(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self._in.read(8))[0]
            text = self._in.read(size).decode()
            if text == "2":
                self.send("3")
            elif head[0] == 0x81:
                return text

    def close(self):
        self._in.close()
        self._socket.close()


class Flux:
    def __init__(self, binary, folder, port):
        """`port` is where Valkey is."""
        (folder / "flux.toml").write_text(_ROWS)
        self._log = folder / "flux.log"
        env = {name: value for name, value in os.environ.items() if not name.startswith("FLUX_")}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [binary, "up", "--config", folder / "flux.toml", "--http.port=0", "--admin.port=0", f"--data_dir={folder}/data",
                 "--log.format=json", "--shutdown.drain_window=0ms", f"--valkey=127.0.0.1:{port}",
                 "--crypto.flush_interval=10s"], env=env, stdout=log, stderr=log)
        self.port = int(self._find(r"Flux is running: http://localhost:(\d+)"))
        self._admin = int(self._find(r'"event":"listener.ready".*"listener":"admin".*"port":(\d+)'))
        self._token = (folder / "data" / "admin.token").read_text().strip()
        self._connection = http.client.HTTPConnection("127.0.0.1", self._admin, timeout=30)

    def _find(self, pattern):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(pattern, self._log.read_text(errors="replace"))
            if found:
                return found.group(1)
            time.sleep(0.02)  # between two looks
        raise SystemExit(f"flux did not start:\n{self._log.read_text(errors='replace')[-2000:]}")

    def publish(self, topic, payload):
        self._connection.request("POST", f"/bus/topics/{topic}/records", payload,
                                 {"Authorization": f"Bearer {self._token}", "X-Record-Key": "k"})
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 201:
            raise SystemExit(f"publishing was answered {answer.status}")

    def samples(self, name, label=""):
        connection = http.client.HTTPConnection("127.0.0.1", self._admin, timeout=30)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return [float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                if re.match(rf"{name}[{{ ]", line) and label in line]

    def metric(self, name, label=""):
        return sum(self.samples(name, label))

    def wait_until_it_is_used(self):
        """Returns when every event loop asks Valkey."""
        deadline = time.monotonic() + 60
        while not all(self.samples("flux_valkey_connected")):
            if time.monotonic() > deadline:
                raise SystemExit("Valkey is not used again after a minute")
            time.sleep(0.02)  # between two looks

    def warnings(self):
        return sum('"event":"valkey.away"' in line for line in self._log.read_text(errors="replace").splitlines())

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


class Watcher(threading.Thread):
    """Receives the ticks; keeps when each arrived after it was due, in seconds."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self._page = Page(port)
        self._page.send('42["watch"]')
        self.delays = []

    def run(self):
        while True:
            try:
                packet = self._page.read()
            except (OSError, EOFError, ValueError):
                return
            if packet.startswith('42["tick"'):
                self.delays.append(time.monotonic() - json.loads(packet[2:])[1]["due"])


def ticks(flux, rate, seconds):
    begin = time.monotonic()
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        time.sleep(max(0.0, due - time.monotonic()))
        flux.publish("ticks", json.dumps({"due": due}))


_rooms = itertools.count()


def joins(flux, rate, seconds, delays):
    begin = time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, begin + number / rate - time.monotonic()))
        page = Page(flux.port)
        asked = time.monotonic()
        page.send(f'421["join",{{"n":"{next(_rooms)}"}}]')
        page.send('422["getUserId"]')
        while not page.read().startswith("432"):
            pass
        delays.append(time.monotonic() - asked)
        page.close()


def share(values, part):
    return 1000 * sorted(values)[min(len(values) - 1, int(part * len(values)))]


def phase(name, flux, watcher, arguments):
    reads = {result: flux.metric("flux_cache_reads_total", f'result="{result}"') for result in ("hit", "miss", "late", "away")}
    del watcher.delays[:]
    joined = []
    joiner = threading.Thread(target=joins, args=(flux, arguments.joins, arguments.seconds, joined))
    joiner.start()
    ticks(flux, arguments.rate, arguments.seconds)
    joiner.join()
    delays = list(watcher.delays)
    asked = {result: int(flux.metric("flux_cache_reads_total", f'result="{result}"') - before)
             for result, before in reads.items()}
    print(f"{name:8} {len(delays):6} {share(delays, .5):7.2f} {share(delays, .99):7.2f} {max(delays) * 1000:7.2f}   "
          f"{len(joined):5} {share(joined, .5):7.2f} {share(joined, .99):7.2f} {max(joined) * 1000:7.2f}   "
          f"{asked['miss']:5} {asked['late']:5} {asked['away']:5} {flux.warnings():9}", flush=True)


def through(gate, fault, amount, name, flux, watcher, arguments):
    """A phase with that fault of the network."""
    gate.break_by(fault, amount)
    phase(name, flux, watcher, arguments)
    if gate.did[fault] == 0:
        raise SystemExit(f"the fault {fault!r} did nothing, so this shows nothing")
    gate.heal()


def phases(flux, gate, valkey, arguments):
    print(f"{'':8} deliveries, ms{'':17} joins, ms{'':22} reads of the cache   warnings\n"
          f"{'Valkey':8} {'count':>6} {'p50':>7} {'p99':>7} {'max':>7}   {'count':>5} {'p50':>7} {'p99':>7} {'max':>7}   "
          f"{'miss':>5} {'late':>5} {'away':>5} {'so far':>9}")
    watcher = Watcher(flux.port)
    watcher.start()

    def plain(name):
        flux.wait_until_it_is_used()
        phase(name, flux, watcher, arguments)
    plain("warm-up")
    plain("fine")
    through(gate, "delay", _SLOW_SECONDS, "slow", flux, watcher, arguments)
    plain("back")
    through(gate, "cut", _CUT_BYTES, "cut", flux, watcher, arguments)
    plain("back")
    valkey.pause()
    phase("stopped", flux, watcher, arguments)
    valkey.resume()
    plain("back")
    valkey.kill()
    phase("killed", flux, watcher, arguments)
    valkey.up()
    plain("back")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", help="the folder of a build that has flux")
    parser.add_argument("--seconds", type=float, default=10, help="of each phase")
    parser.add_argument("--rate", type=float, default=200, help="records a second")
    parser.add_argument("--joins", type=float, default=20, help="joins a second")
    parser.add_argument("--program", choices=["valkey", "redis"], default="valkey")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended then too
    binary = Path(arguments.build or _ROOT / "build" / "release").resolve() / "src" / "app" / "flux"
    with tempfile.TemporaryDirectory(prefix="flux-bench-") as folder, contextlib.ExitStack() as last:
        valkey = Valkey(Path(folder) / "valkey", arguments.program)
        last.callback(valkey.down)
        valkey.up()
        loop = Loop()
        last.callback(loop.close)
        gate = Gate(loop)
        last.callback(gate.close)
        gate.upstream = valkey.port
        flux = Flux(binary, Path(folder), gate.port)
        last.callback(flux.stop)
        phases(flux, gate, valkey, arguments)


if __name__ == "__main__":
    main()
