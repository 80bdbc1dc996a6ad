"""Starts socketio_test_server for a test and stops it again."""

import os
import re
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
