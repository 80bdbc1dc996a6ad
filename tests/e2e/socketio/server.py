"""Starts socketio_test_server, or the echo application of flux, for a test and stops it again."""

import os
import re
import signal
import subprocess
from pathlib import Path


def program():
    """$FLUX_TEST_SERVER, or the one in the build that $FLUX_BIN belongs to."""
    if "FLUX_TEST_SERVER" in os.environ:
        return os.environ["FLUX_TEST_SERVER"]
    for folder in Path(os.environ.get("FLUX_BIN", "/")).parents:
        candidate = folder / "tests" / "e2e" / "socketio" / "socketio_test_server"
        if candidate.is_file():
            return str(candidate)
    raise RuntimeError("set FLUX_TEST_SERVER to the program socketio_test_server (see README.md)")


class Server:
    def __init__(self, *args):
        self._process = subprocess.Popen([program(), "--port", "0", *args], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)
        for line in self._process.stdout:
            match = re.fullmatch(r"listening on (\d+)\n", line)
            if match:
                self.url = f"http://127.0.0.1:{match.group(1)}"
                return
        raise RuntimeError(f"the server ended with {self._process.wait()} before it listened")

    def stop(self):
        self._process.stdin.close()
        code = self._process.wait(timeout=20)
        self._process.stdout.close()
        if code != 0:
            raise RuntimeError(f"the server ended with {code}")


class Echo:
    """`flux socketio-echo` on a port of its own, ended and started again as often as a test wants."""

    def __init__(self):
        self._process = None
        self._port = 0
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    def start(self):
        """On the port it had before."""
        self._process = subprocess.Popen(
            [os.environ["FLUX_BIN"], "socketio-echo", f"--port={self._port}", "--ping-interval=25000", "--ping-timeout=20000"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self._process.stdout.readline()
        match = re.match(r"The echo server is running: http://localhost:(\d+) ", line)
        if not match:
            raise RuntimeError(f"the echo server ended with {self._process.wait()} before it listened")
        self._port = int(match.group(1))

    def end(self, number):
        """With a signal; fails when the server did not end as one should."""
        self._process.send_signal(number)
        code = self._process.wait(timeout=20)
        self._process.stdout.close()
        if code != (-number if number == signal.SIGKILL else 0):
            raise RuntimeError(f"the echo server ended with {code}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self.end(signal.SIGTERM)
