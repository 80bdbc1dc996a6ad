"""Holds a process at a named point of its code (src/base/testpoint.h)."""

import functools
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e" / "app"))

from flux_process import wait_until  # noqa: E402


@functools.cache
def known():
    """Every point that the sources name."""
    return {name for path in (ROOT / "src").glob("**/*.cc") if not path.name.endswith("_test.cc")
            for name in re.findall(r'FLUX_TESTPOINT\("([^"]+)"\)', path.read_text())}


class Points:
    """The points of the processes that were started with this folder as TESTPOINTS."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def arm(self, name):
        """The next that comes there is held."""
        return Hold(self.folder, name)


class Hold:
    def __init__(self, folder, name):
        self.name = name
        self._folder = folder
        self._armed = folder / f"@{name}"
        made = folder / f".{name}"
        os.mkfifo(made, 0o600)
        self._fifo = os.open(made, os.O_RDWR)
        made.rename(self._armed)  # from here on somebody may come

    def reached(self):
        return next(self._folder.glob(f"@{self.name}.*.reached"), None) is not None

    def wait(self, seconds):
        """Whether somebody came there in time."""
        try:
            return wait_until(f"{self.name} is reached", self.reached, seconds)
        except AssertionError:
            return False

    def release(self):
        """Lets go whoever is held, and disarms the point."""
        self._armed.unlink(missing_ok=True)
        os.write(self._fifo, b"\n")
        os.close(self._fifo)
        for file in self._folder.glob(f"@{self.name}.*.reached"):
            file.unlink()
