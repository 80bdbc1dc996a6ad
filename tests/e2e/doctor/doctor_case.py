"""Runs `flux doctor` and looks things up in what it says."""

import json
import os
import sys
import time
from pathlib import Path

_ROOT = Path(os.environ["FLUX_ROOT"])
sys.path[:0] = [str(_ROOT / "tests" / "e2e" / "app"), str(_ROOT / "tests" / "e2e" / "kafka"), str(_ROOT / "tests" / "e2e" / "valkey")]

from flux_process import FLUX, Folder, environment, run  # noqa: E402

SECONDS_MAX = 15


class Report:
    """What one run said."""

    def __init__(self, ended, seconds):
        self.code = ended.returncode
        self.seconds = seconds
        self.stderr = ended.stderr.decode()
        told = json.loads(ended.stdout)
        self.checks = told["checks"]
        self.wrong = told["wrong"]
        self.warnings = told["warnings"]

    def of(self, name):
        """The findings of a check."""
        return [check for check in self.checks if check["check"] == name]

    def one(self, name):
        found = self.of(name)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} findings are called {name}: {json.dumps(self.checks, indent=1)}")
        return found[0]


def examine(test, *flags, folder=None):
    """`flux doctor --json` in a folder of its own, on ports that are free."""
    folder = folder or Folder(test)
    began = time.monotonic()
    ended = run("doctor", "--json", "--http.port=0", "--admin.port=0", f"--data_dir={folder.path}/data", *flags,
                cwd=folder.path)
    report = Report(ended, time.monotonic() - began)
    test.assertEqual(report.stderr, "")
    test.assertEqual(report.code, 1 if report.wrong else 0, report.checks)
    test.assertLess(report.seconds, SECONDS_MAX)
    return report


__all__ = ["FLUX", "Folder", "Report", "environment", "examine", "run"]
