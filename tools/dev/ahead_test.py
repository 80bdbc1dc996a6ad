"""Work beside the suites: it takes what is left, and ends with them."""

import os
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

import ahead


def wait_for(condition):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError("not within 30 s")


class AheadTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        logs = mock.patch.object(ahead, "LOGS", self.folder)
        logs.start()
        self.addCleanup(logs.stop)

    def test_tells_every_work_to_stop_and_waits_for_it(self):
        ended = []

        def work(stop):
            stop.wait(30)
            ended.append(stop.is_set())

        with ahead.Ahead(work, work):
            self.assertEqual(ended, [])
        self.assertEqual(ended, [True, True])

    def test_a_program_runs_behind_everything_and_ends_with_what_it_started(self):
        file = self.folder / "pid"
        command = ["sh", "-c", f"sleep 1000 & echo $! >{file}.new; mv {file}.new {file}; wait"]
        statuses = []
        with ahead.Ahead(lambda stop: statuses.append(ahead.run_behind(command, "log", stop))):
            pid = int(wait_for(lambda: file.exists() and file.read_text()))
            self.assertEqual(os.sched_getscheduler(pid), os.SCHED_IDLE)
            group = Path(f"/proc/{pid}/autogroup")
            if group.exists():
                self.assertRegex(group.read_text(), "nice 19$")
        self.assertEqual(statuses, [None])
        wait_for(lambda: not self.runs(pid))

    def test_a_program_that_ends_by_itself_says_how(self):
        self.assertEqual(ahead.run_behind(["sh", "-c", "exit 3"], "log", threading.Event()), 3)

    @staticmethod
    def runs(pid):
        try:
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except FileNotFoundError:
            return False


if __name__ == "__main__":
    unittest.main()
