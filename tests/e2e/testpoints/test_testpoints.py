"""The release holds no testpoint."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

_ROOT = Path(os.environ["FLUX_ROOT"])
sys.path.insert(0, str(_ROOT / "tests" / "chaos"))

from testpoints import Points, known  # noqa: E402

_RELEASE = Path(os.environ["FLUX_BIN"])
_FOR_TESTS = _ROOT / "build" / "asan" / "src" / "app" / "flux"


def _words():
    """The names of points as the binary has them, and of the machinery."""
    return [*(f"@{name}" for name in known()), "TESTPOINTS", "testpoint"]


def found_in(binary, words):
    content = binary.read_bytes()
    return {word for word in words if word.encode() in content}


class Release(unittest.TestCase):
    def test_it_names_no_point_and_has_no_machinery(self):
        self.assertGreater(len(known()), 10)
        self.assertEqual(found_in(_RELEASE, _words()), set())

    def test_the_build_for_tests_has_all(self):
        self.assertEqual(found_in(_FOR_TESTS, _words()), set(_words()))

    def test_an_armed_point_stays_armed(self):
        with tempfile.TemporaryDirectory() as folder:
            hold = Points(folder).arm("shutdown.drain")
            variables = {name: value for name, value in os.environ.items() if not name.startswith("FLUX_")}
            flux = subprocess.Popen([_RELEASE, "up", "--http.port=0", "--admin.port=0", f"--data_dir={folder}/data"],
                                    env={**variables, "TESTPOINTS": folder}, stdout=subprocess.PIPE, text=True)
            with flux.stdout:
                self.assertIn("Flux is running", flux.stdout.readline())
                flux.terminate()
                self.assertEqual(flux.wait(30), 0)
            self.assertFalse(hold.reached())
            hold.release()


if __name__ == "__main__":
    unittest.main()
