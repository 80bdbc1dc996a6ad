"""Starts the real `flux` program for a test and talks to it with nothing but the standard library."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

FLUX = os.environ.get("FLUX_BIN", "")
START_SECONDS = 60
STOP_SECONDS = 30


def environment(**variables):
    """This process's environment without the variables that flux would take for settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLUX_")}
    kept.update(variables)
    return kept


def run(*arguments, stdin=b"", cwd=None, timeout=60, **variables):
    """Runs flux to its end."""
    return subprocess.run([FLUX, *arguments], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment(**variables), cwd=cwd, timeout=timeout, check=False)


def wait_until(what, condition, seconds=30):
    """Returns the first true answer of `condition`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain until {what}")
        time.sleep(0.01)  # between two looks, not for something to happen


def request(url, method="GET", body=None, headers=None):
    """(status, headers, text) of any answer; raises OSError when there is none."""
    asked = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()
    except urllib.error.URLError as error:
        raise OSError(str(error.reason)) from error


# A gateway alone asks services that are not there for their news; no test waits for that unless it is about it.
_FLAGS = {"gateway": ("--gateway.refresh_timeout=0ms",)}


def topics():
    """Every topic of Flux's own."""
    header = (Path(os.environ["FLUX_ROOT"]) / "src" / "contract" / "topics.h").read_text()
    return ["flux.warm-up", *re.findall(r'\.name = "([^"]+)"', header)]


class Folder:
    """A directory that goes with its test."""

    def __init__(self, test):
        self.path = Path(tempfile.mkdtemp(prefix="flux-app-"))
        test.addCleanup(shutil.rmtree, self.path, ignore_errors=True)

    def write(self, name, text, mode=0o600):
        file = self.path / name
        file.write_text(text)
        file.chmod(mode)
        return str(file)


class Flux:
    """`flux up`, or another command that runs until a signal, on free ports, in a folder of its own unless one is
    given. Runs when made, unless told not to wait."""

    def __init__(self, test, *flags, folder=None, wait=True, command="up"):
        self.folder = folder or Folder(test)
        self.data = self.folder.path / "data"
        self.lines = []  # of both streams, as they came
        self.said = []  # on stdout alone
        self.process = subprocess.Popen(
            [FLUX, command, "--http.port=0", "--admin.port=0", f"--data_dir={self.data}", "--log.format=json",
             *_FLAGS.get(command, ()), *flags],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), cwd=self.folder.path)
        self._readers = [threading.Thread(target=self._read, args=(stream,), daemon=True)
                         for stream in (self.process.stdout, self.process.stderr)]
        for reader in self._readers:
            reader.start()
        test.addCleanup(self._end)
        if wait:
            self.wait_until_it_runs()

    def wait_until_it_runs(self):
        wait_until("flux said that it runs", self._running_line, START_SECONDS)
        self.url = re.search(r"https?://\S+", self._running_line()).group()
        self.admin = f"http://127.0.0.1:{self.admin_port()}"

    def _read(self, stream):
        with stream:
            for line in stream:
                if stream is self.process.stdout:
                    self.said.append(line.rstrip("\n"))
                self.lines.append(line.rstrip("\n"))

    def _running_line(self):
        if self.process.poll() is not None:
            raise AssertionError("flux ended with %s:\n%s" % (self.process.returncode, "\n".join(self.lines)))
        return next((line for line in self.lines if line.startswith("Flux is running: ")), None)

    def admin_port(self):
        return wait_until("the admin listener was logged", lambda: next(
            (line["port"] for line in self.log() if line["event"] == "listener.ready" and line["listener"] == "admin"),
            None))

    def _end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join()

    def log(self):
        """The JSON lines so far."""
        return [json.loads(line) for line in list(self.lines) if line.startswith("{")]

    def logged(self, event):
        return any(line["event"] == event for line in self.log())

    def stop(self, number=signal.SIGTERM):
        """Sends a signal and returns the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=STOP_SECONDS)
        for reader in self._readers:
            reader.join()
        return code

    def metric(self, name, **labels):
        """The sum of a metric's samples that have these labels."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(float(line.rsplit(" ", 1)[1]) for line in request(f"{self.admin}/metrics")[2].splitlines()
                   if re.match(rf"{name}[{{ ]", line) and all(label in line for label in wanted))

    def resident(self):
        """Bytes of memory the process has now."""
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def token(self):
        return (self.data / "admin.token").read_text().strip()

    def post_record(self, topic, body, token=None, **headers):
        sent = {"Authorization": f"Bearer {token}"} if token is not None else {}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        status, answer_headers, text = request(f"{self.admin}/bus/topics/{topic}/records", "POST", body, sent)
        return status, answer_headers, json.loads(text)

    def open_socket(self):
        """A Socket.IO connection over polling that is in the namespace; returns its URL."""
        base = f"{self.url}/socket.io/?EIO=4&transport=polling"
        _, _, opened = request(base)
        url = f"{base}&sid={json.loads(opened[1:])['sid']}"
        request(url, "POST", b"40")
        return url
