"""One server process: its log, its process id, and how it ends."""

import os
import signal
import subprocess
import time
from pathlib import Path


class ServerProcess:
    """Remembers the process id in a file, so that another call of the program finds it. A process that is not there
    any more, or whose id belongs to another program by now, counts as ended."""

    def __init__(self, folder, name):
        self._pid_file = Path(folder) / f"{name}.pid"
        self.log = Path(folder) / f"{name}.log"

    def start(self, command, **options):
        with self.log.open("ab") as log:
            process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       start_new_session=True, **options)
        self._pid_file.write_text(f"{process.pid} {_started(process.pid)}")
        self._child = process  # reaped when it ends, if it is ours

    def running(self):
        return self._pid() is not None

    def signal(self, number):
        pid = self._pid()
        if pid is not None:
            os.kill(pid, number)

    def stop(self, seconds=15):
        """SIGTERM, and SIGKILL when that is not enough."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        if not self._wait(seconds):
            self.kill()

    def kill(self):
        self.signal(signal.SIGKILL)
        if not self._wait(15):
            raise RuntimeError(f"process {self._pid()} does not end")

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def _wait(self, seconds):
        deadline = time.monotonic() + seconds
        while self.running():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)  # between two looks
        return True

    def _pid(self):
        child = getattr(self, "_child", None)
        if child is not None and child.poll() is not None:
            return None
        try:
            pid, started = self._pid_file.read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if _started(int(pid)) == started else None


def _started(pid):
    """When that process began, as the kernel counts; "" when there is none, or only its remains."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if after_name[0] == "Z" else after_name[19]
