"""Compressed messages of every size and window, each a thousand times: CMP-01, CMP-02, CMP-04, ECH-05"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "autobahn"))
from autobahn import AutobahnTest

_SECONDS = 700


class Compression(AutobahnTest):
    def test_text_and_binary(self):
        self.run_group(12, 90, _SECONDS)

    def test_windows_and_context(self):
        self.run_group(13, 126, _SECONDS)


if __name__ == "__main__":
    unittest.main()
