"""Work that is begun beside the suites, with what they leave of the machine, and nothing more.

What it has not done when the suites end is done afterwards, where it is also judged: nothing here fails.
"""

import threading

from console import LOGS, end, start

# The kernel divides the machine among sessions first, where it groups by session; so being idle is not enough.
BEHIND = ("sh", "-c", 'echo 19 2>/dev/null >/proc/self/autogroup; exec chrt --idle 0 "$@"', "behind")


class Ahead:
    """Runs each of `works` in a thread of its own; every one is a function that returns soon after the event it is given."""

    def __init__(self, *works):
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=work, args=(self._stop,)) for work in works]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """Tells the works to stop and returns when they have; may be called again."""
        self._stop.set()
        for thread in self._threads:
            thread.join()


def run_behind(command, log_name, stop, env=None):
    """Runs `command` behind everything else until it ends or `stop` is set; returns its status, None when it was stopped."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with open(LOGS / f"{log_name}.log", "wb") as out:
        process = start([*BEHIND, *map(str, command)], out, env)
    while process.poll() is None:
        if stop.wait(0.2):
            end(process)
            return None
    return process.returncode
