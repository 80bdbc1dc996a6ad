"""The two commands of README.md do what it says, and so does `./dev up --kafka`, which it mentions.

`./dev up` is run verbatim. Its ports and its data directory are given by the environment, so that a Flux which runs on this machine, or
anything else on ports 5173 and 9464, is not in the way; that those two are the defaults is a unit test of src/app.

`./dev test` cannot run inside itself. Of it only `./dev test --list` is run here: the command is there and finds this suite. That it
passes on a fresh clone is shown by .ci/run and nowhere else.
"""

import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(os.environ["FLUX_ROOT"])
_UP_DEADLINE_SECONDS = 480  # a first build on a small machine
_STOP_DEADLINE_SECONDS = 20
_URL = re.compile(r"https?://[\w.:\[\]-]+")


def commands():
    """The lines of README.md's shell fences."""
    fences = re.findall(r"^```(?:sh|bash|shell|console)\n(.*?)^```", (ROOT / "README.md").read_text(),
                        re.MULTILINE | re.DOTALL)
    return [line.strip() for fence in fences for line in fence.splitlines() if line.strip()]


class Up:
    """`./dev up` as a person runs it, but on free ports: lines as they come, Ctrl-C to end it."""

    def __init__(self, command, data):
        env = {name: value for name, value in os.environ.items() if not name.startswith("FLUX_")}
        env.update(FLUX_HTTP_PORT="0", FLUX_ADMIN_PORT="0", FLUX_SIMULATOR_PORT="0", FLUX_DATA_DIR=data)
        self.process = subprocess.Popen(command, shell=True, executable="/bin/bash", cwd=ROOT, env=env, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        start_new_session=True)
        self.lines = []
        self.arrived = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            self.arrived.put(line)
        self.arrived.put(None)

    def wait_for_url(self):
        """The address in the line that says where the page is."""
        deadline = time.monotonic() + _UP_DEADLINE_SECONDS
        while time.monotonic() < deadline:
            try:
                line = self.arrived.get(timeout=1)
            except queue.Empty:
                continue
            if line is None:
                raise AssertionError("./dev up ended before it named an address:\n" + "".join(self.lines[-40:]))
            match = _URL.search(line)
            if match and not line.startswith("{"):  # log lines are JSON here, and may name addresses too
                return match.group()
        raise AssertionError("./dev up named no address in time:\n" + "".join(self.lines[-40:]))

    def interrupt(self):
        """Ctrl-C: the whole group gets it, as on a terminal. Returns the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            return self.process.wait(_STOP_DEADLINE_SECONDS)
        finally:
            self.end()

    def end(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.reader.join(5)
        self.process.stdout.close()


def fetch(url):
    """(status, body)."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read()


class ReadmeTest(unittest.TestCase):
    def test_names_exactly_two_commands(self):
        self.assertEqual(commands(), ["./dev up", "./dev test"])

    def test_dev_up_serves_the_page_and_ends_cleanly_on_ctrl_c(self):
        command = commands()[0]
        self.assertEqual(command, "./dev up")
        data = tempfile.TemporaryDirectory()
        self.addCleanup(data.cleanup)
        up = Up(command, data.name)
        self.addCleanup(up.end)
        self.serves(up)
        self.assertEqual(up.interrupt(), 0, "".join(up.lines[-40:]))

    def serves(self, up):
        """Returns once the page and the sockets are there."""
        url = up.wait_for_url()
        status, body = fetch(url + "/")
        self.assertEqual(status, 200)
        self.assertIn(b"<script", body)
        status, body = fetch(url + "/socket.io/?EIO=4&transport=polling")
        self.assertEqual(status, 200)
        self.assertTrue(body.startswith(b'0{"sid"'), body[:80])

    def test_dev_up_on_kafka_and_valkey_starts_them_and_ends_cleanly_on_ctrl_c(self):
        command = "./dev up --kafka --valkey"
        self.assertIn(f"`{command}`", (ROOT / "README.md").read_text())
        if not (ROOT / "build" / "services" / "kafka").exists():  # else it is somebody's, and stays
            self.addCleanup(subprocess.run, ["./dev", "services", "down"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        data = tempfile.TemporaryDirectory()
        self.addCleanup(data.cleanup)
        up = Up(command, data.name)
        self.addCleanup(up.end)
        self.serves(up)
        headline = next(line for line in up.lines if line.startswith("Flux is running: "))
        self.assertIn("on Kafka", headline)
        self.assertTrue((ROOT / "build" / "services" / "valkey").exists())
        self.assertEqual(up.interrupt(), 0, "".join(up.lines[-40:]))

    def test_dev_test_is_there_and_finds_this_suite(self):
        command = commands()[1]
        self.assertEqual(command, "./dev test")
        listed = subprocess.run(command + " --list", shell=True, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        self.assertRegex(listed.stdout, r"(?m)^readme\b")


if __name__ == "__main__":
    unittest.main()
