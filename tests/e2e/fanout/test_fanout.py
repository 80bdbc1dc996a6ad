"""A minute of fan-out through a running Flux: nothing lost, memory flat, those who do not read are closed."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest

FLUX = os.environ["FLUX_BIN"]
LOAD = pathlib.Path(FLUX).resolve().parents[2] / "bench" / "fanout_load"
TOPIC = "test.fanout"
CLIENTS = 2000
RATE = 10
SECONDS = 60
BYTES = 200
# What Flux may grow by in the second test, beside what waits: connection and session of each client, and what is there once
# (read buffers, the ring, the topic in memory, the allocator's own).
PER_CLIENT = 1024
FIXED = 4 * 2**20

ROUTES = f"""
[[route]]
name = "fanout"
topic = "{TOPIC}"
room = "fanout"
event = "tick"

[[intent]]
event = "fanout:join"
rooms = ["fanout"]
"""


class Flux:
    """`flux up` on free ports, ended by its process id."""

    def __init__(self, folder, *flags):
        config = pathlib.Path(folder) / "flux.toml"
        config.write_text(ROUTES)
        self.data = pathlib.Path(folder) / "data"
        self.log = open(pathlib.Path(folder) / "flux.log", "wb")
        self.process = subprocess.Popen(
            [FLUX, "up", f"--config={config}", f"--data_dir={self.data}", "--http.port=0", "--admin.port=0",
             "--log.format=json", *flags],
            stdout=self.log, stderr=subprocess.STDOUT)
        self.port, self.admin = self._wait_for_ports(pathlib.Path(folder) / "flux.log")

    def _wait_for_ports(self, log):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            ports = {}
            for line in log.read_text(errors="replace").splitlines():
                if line.startswith("{"):
                    entry = json.loads(line)
                    if entry["event"] == "listener.ready":
                        ports[entry["listener"]] = entry["port"]
            if "web" in ports and "admin" in ports and self._is_ready(ports["admin"]):
                return ports["web"], ports["admin"]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)  # between two looks at a condition with a deadline
        raise AssertionError(f"flux did not start:\n{log.read_text(errors='replace')[-3000:]}")

    @staticmethod
    def _is_ready(port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("flux is gone")

    def metric(self, name, labels=""):
        """The samples of a family whose labels hold `labels`: one per shard."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=5)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        found = re.findall(rf"^{name}(\{{[^\n]*\}})? (\S+)$", text, re.M)
        samples = [float(value) for of, value in found if labels in of]
        if not samples:
            raise AssertionError(f"/metrics has no {name} with {labels}")
        return samples

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Publisher(threading.Thread):
    """Publishes numbered records at a steady rate through the admin listener, over one connection."""

    def __init__(self, flux, seconds, size):
        super().__init__()
        self.flux, self.seconds, self.size = flux, seconds, size
        self.published = 0
        self.failure = None

    def run(self):
        try:
            self._publish()
        except Exception as failure:  # noqa: BLE001: reported by the test's own thread
            self.failure = failure

    def _publish(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.flux.admin, timeout=20)
        token = (self.flux.data / "admin.token").read_text().strip()
        began = time.monotonic()
        while self.published < self.seconds * RATE:
            due = began + self.published / RATE
            time.sleep(max(0.0, due - time.monotonic()))  # the pace is the load, not a wait for a condition
            text = f"{self.published}:{time.monotonic_ns()}:"
            body = json.dumps(text + "x" * (self.size - len(text)))
            connection.request("POST", f"/bus/topics/{TOPIC}/records", body,
                               {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (200, 201):
                raise AssertionError(f"a record was refused with {answer.status}")
            self.published += 1
        connection.close()


def listen(flux, seconds, *arguments):
    """The load generator, once all clients have connected and it listens."""
    load = subprocess.Popen(
        [LOAD, "--port", str(flux.port), "--pid", str(flux.process.pid), "--mode", "listen", "--clients", str(CLIENTS),
         "--join", '42["fanout:join",{}]', "--seconds", str(seconds), *arguments],
        stdout=subprocess.PIPE, text=True)
    line = load.stdout.readline()
    if line != "listening\n":
        load.kill()
        load.wait()
        raise AssertionError(f"the load generator did not connect: {line!r}")
    return load


class Fanout(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, *flags):
        flux = Flux(self.folder, *flags)
        self.addCleanup(flux.stop)
        return flux

    def run_load(self, flux, seconds, size, *arguments, look=lambda: None):
        """Publishes for `seconds` and calls `look` five times in each; returns the generator's report, what was
        published and resident memory by second."""
        load = listen(flux, seconds + 30, "--messages", str(seconds * RATE), *arguments)
        self.addCleanup(load.wait)
        self.addCleanup(load.kill)
        publisher = Publisher(flux, seconds, size)
        publisher.start()
        resident = []
        began = time.monotonic()
        while publisher.is_alive():
            publisher.join(0.2)
            look()
            if time.monotonic() >= began + len(resident) + 1:
                resident.append(flux.resident_bytes())
        output, _ = load.communicate(timeout=90)
        self.assertIsNone(publisher.failure)
        return json.loads(output), publisher.published, resident

    def test_two_thousand_clients_for_a_minute_lose_nothing_and_memory_stays_flat(self):
        flux = self.start()
        report, published, resident = self.run_load(flux, SECONDS, BYTES)
        self.assertEqual(published, SECONDS * RATE)
        self.assertEqual(report["completed"], published, "a message did not reach every client")
        self.assertEqual((report["lost"], report["reordered"]), (0, 0))
        middle = sum(resident[20:40]) / 20
        last = sum(resident[40:60]) / len(resident[40:60])
        print(f"resident: {middle / 2**20:.1f} MiB in seconds 20-40, {last / 2**20:.1f} MiB in the last 20")
        self.assertLess(abs(last - middle) / middle, 0.02)

    def test_clients_that_do_not_read_are_closed_as_slow_and_cost_only_their_bound(self):
        stopped, hard, size = 200, 64 * 1024, 4000
        flux = self.start(f"--socketio.outbox_bytes_hard={hard}", f"--socketio.outbox_bytes_soft={hard // 2}",
                          "--socketio.max_payload=32768", "--socketio.send_buffer=16384",
                          # They read again only at the end, and what they then find is the close frame.
                          "--socketio.close_timeout=60s", "--shutdown.timeout=90s")
        shards = len(flux.metric("flux_socketio_sessions"))
        # All outboxes of a shard end in the newest frame and share their frames, so together they hold one bound of
        # frames; what each has of its own is a list of references.
        together = shards * (hard + 2 * size) + stopped * 1024
        waiting = []

        def look():
            waiting.append(sum(flux.metric("flux_socketio_outbound_bytes")))
            self.assertLessEqual(waiting[-1], together)

        before = flux.resident_bytes()
        report, published, resident = self.run_load(flux, 20, size, "--stopped", str(stopped), look=look)
        self.assertEqual(report["completed"], published, "a reader missed a message")
        self.assertEqual((report["lost"], report["reordered"]), (0, 0))
        self.assertEqual(report["closed"], {"4000": stopped})
        self.assertEqual(sum(flux.metric("flux_socketio_closed_total", 'reason="slow"')), stopped)

        # The server's own mark of high water, so nothing between two looks is overlooked: nobody's outbox was ever over
        # the bound, and the bound was what closed them.
        peaks = flux.metric("flux_socketio_outbox_bytes_peak")
        print(f"outboxes: at most {max(peaks):.0f} bytes of one session, {max(waiting):.0f} in all; "
              f"resident: {before / 2**20:.1f} MiB before, at most {max(resident) / 2**20:.1f} MiB")
        for peak in peaks:
            self.assertLessEqual(peak, hard)
            self.assertGreater(peak, hard // 2)
        self.assertGreater(max(waiting), hard // 2)
        self.assertLess(max(resident) - before, CLIENTS * PER_CLIENT + together + FIXED)


if __name__ == "__main__":
    unittest.main()
