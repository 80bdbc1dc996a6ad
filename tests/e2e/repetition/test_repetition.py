"""Every case about time, twenty times on a busy machine: EIO-10, EIO-11, EIO-12, EIO-13, EIO-14, EIO-22"""

import os
import re
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_PROGRAM = Path(os.environ["BUILD_DIR"]) / "src" / "socketio" / "socketio_test"
_AT_ONCE = 4  # programs, which keep each other waiting as well
_TIMES_EACH = 5
_CASES_MIN = 100
_CASES = ["Eio0[7-9]", "Eio1", "Eio2", "Eio3[45]", "Sio05", "Sio06", "Sio09", "Sio1[5-8]", "Rsn", "Close", "Drain", "Slow"]


class Repetition(unittest.TestCase):
    def setUp(self):
        for _ in range(os.cpu_count()):
            busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            self.addCleanup(busy.wait)
            self.addCleanup(busy.kill)

    def test_no_case_fails(self):
        listed = subprocess.run([_PROGRAM, "--gtest_list_tests"], stdout=subprocess.PIPE, text=True, check=True).stdout
        wanted = re.compile("|".join(_CASES))
        suite, names = "", []
        for line in listed.splitlines():
            if not line.startswith(" "):
                suite = line.split()[0]
            elif wanted.search(line):
                names.append(suite + line.split()[0])
        self.assertGreater(len(names), _CASES_MIN)
        command = [_PROGRAM, f"--gtest_filter={':'.join(names)}", f"--gtest_repeat={_TIMES_EACH}", "--gtest_brief=1"]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for answer in pool.map(_run, [command] * _AT_ONCE):
                failed = sorted(set(re.findall(r"^\[  FAILED  \] (\S+)", answer.stdout, re.MULTILINE)))
                self.assertEqual((answer.returncode, failed), (0, []), answer.stdout[-4000:])
                passed = re.findall(r"^\[  PASSED  \] (\d+) test", answer.stdout, re.MULTILINE)
                self.assertEqual(passed, [str(len(names))] * _TIMES_EACH)


def _run(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)


if __name__ == "__main__":
    unittest.main()
