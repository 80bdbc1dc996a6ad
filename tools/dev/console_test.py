"""Running several programs at a time."""

import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

import console
from console import Job


class NoStep:
    def __init__(self):
        self.seen = []

    def progress(self, text):
        self.seen.append(text)


class RunSeveralTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.logs = Path(folder.name)
        patch = mock.patch.object(console, "LOGS", self.logs)
        patch.start()
        self.addCleanup(patch.stop)

    def test_each_has_its_status_and_its_log(self):
        step = NoStep()
        statuses = console.run_several(
            [Job("a", ["sh", "-c", "echo $WORD; exit 3"], env={"WORD": "hello", "PATH": "/usr/bin:/bin"}),
             Job("b", ["true"]), Job("c", ["false"])], 2, step)
        self.assertEqual(statuses, {"a": 3, "b": 0, "c": 1})
        self.assertEqual((self.logs / "a.log").read_text(), "hello\n")
        self.assertEqual(step.seen[-1], "3/3")

    def test_what_does_not_end_in_time_is_stopped(self):
        started = time.monotonic()
        statuses = console.run_several([Job("slow", ["sleep", "600"], timeout=0.3), Job("b", ["true"])], 1, NoStep())
        self.assertEqual(statuses, {"slow": None, "b": 0})
        self.assertLess(time.monotonic() - started, 60)

    def test_no_more_than_that_many_at_a_time(self):
        folder = self.logs / "running"
        folder.mkdir()
        script = f"touch {folder}/$$; ls {folder} | wc -l; sleep 0.3; rm {folder}/$$"
        console.run_several([Job(str(number), ["sh", "-c", script]) for number in range(5)], 2, NoStep())
        counts = [int((self.logs / f"{number}.log").read_text()) for number in range(5)]
        self.assertLessEqual(max(counts), 2)


if __name__ == "__main__":
    unittest.main()
