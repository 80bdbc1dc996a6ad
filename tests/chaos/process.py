"""One Flux process of the platform: always on the same ports, however often it is started."""

import json
import os
import signal
import socket
import subprocess
import threading
import time

from testpoints import Points, wait_until
from flux_process import FLUX, environment, request

_START_SECONDS = 60
_STOP_SECONDS = 40
# What it says below a warning and the checker is to know.
_SAID = ("valkey.back",)


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Process:
    """`flux COMMAND`; what it logs at warn or worse, and every end, goes to the history of the hour."""

    def __init__(self, role, command, folder, flags, note):
        self.role = role
        self.folder = folder
        self.log_file = folder / f"{role}.log"
        self.points = Points(folder / f"{role}.points")
        self._command = command
        self._flags = flags
        self._note = note
        self._process = None
        self._end = None  # of the process that runs: whether it was asked for
        self._http, self._admin = free_ports(2)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._http}"

    @property
    def admin(self):
        return f"http://127.0.0.1:{self._admin}"

    @property
    def data(self):
        return self.folder / self.role

    @property
    def pid(self):
        return self._process.pid

    def start(self, wait=True):
        self._end = {"asked": False}
        self._process = subprocess.Popen(
            [FLUX, self._command, f"--http.port={self._http}", f"--admin.port={self._admin}", f"--data_dir={self.data}",
             "--log.format=json", *self._flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env=environment(TESTPOINTS=str(self.points.folder)), cwd=self.folder)
        threading.Thread(target=self._watch, args=(self._process, self._end), daemon=True).start()
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self, seconds=_START_SECONDS):
        wait_until(f"{self.role} is ready", self.ready, seconds)

    def ready(self):
        return self.state() == "ready"

    def state(self):
        """What /readyz says, in a word."""
        if not self.running():
            return "not running"
        try:
            return json.loads(request(f"{self.admin}/readyz")[2])["status"]
        except (OSError, ValueError):
            return "no answer"

    def running(self):
        return self._process is not None and self._process.poll() is None

    def metrics(self, *names):
        """{name: the sum of its samples}"""
        sums = dict.fromkeys(names, 0.0)
        for line in request(f"{self.admin}/metrics")[2].splitlines():
            name = _name_of(line)
            if name in sums:
                sums[name] += float(line.rsplit(" ", 1)[1])
        return sums

    def samples(self, name):
        """The values of a metric."""
        return [float(line.rsplit(" ", 1)[1]) for line in request(f"{self.admin}/metrics")[2].splitlines()
                if _name_of(line) == name]

    def token(self):
        return (self.data / "admin.token").read_text().strip()

    def pause(self):
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self):
        if self.running():
            os.kill(self.pid, signal.SIGCONT)

    def kill(self):
        self._end["asked"] = True
        self._process.kill()
        self._process.wait()

    def ask_to_stop(self):
        self._end["asked"] = True
        self._process.terminate()

    def wait_until_ended(self):
        self._process.wait(_STOP_SECONDS)

    def begin_to_end(self):
        """Asks once, whoever waits for it later."""
        if self.running() and not self._end["asked"]:
            self.resume()
            self.ask_to_stop()

    def end(self):
        """However it is."""
        if self.running():
            self.begin_to_end()
            try:
                self.wait_until_ended()
            except subprocess.TimeoutExpired:
                self.kill()

    def _watch(self, process, end):
        with self.log_file.open("a") as log, process.stdout:
            for line in process.stdout:
                log.write(line)
                log.flush()
                self._look(line)
        self._note("ended", role=self.role, code=process.wait(), **end)

    def _look(self, line):
        if line.startswith("Flux is running"):
            return
        try:
            said = json.loads(line)
        except ValueError:
            # What is no log line is a sanitizer's report, or the sentence of an end.
            self._note("line", role=self.role, level="error", event="not a log line", text=line.strip()[:300])
            return
        if said.get("event") in _SAID:
            self._note("said", role=self.role, event=said["event"])
        if said.get("level") not in ("debug", "info"):
            text = said.get("error") or said.get("text") or said.get("message") or ""
            self._note("line", role=self.role, level=said.get("level"), event=said.get("event"), text=str(text)[:300],
                       at=time.strftime("%H:%M:%S"))


def _name_of(line):
    """Of the metric whose sample a line is."""
    return line.split("{")[0].split(" ")[0]
