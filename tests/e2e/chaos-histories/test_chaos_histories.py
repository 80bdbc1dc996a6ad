"""Every cell of the table fault x role, and twelve random histories."""

import argparse
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["FLUX_ROOT"]) / "tests" / "chaos"))

import chaos  # noqa: E402

_FIRST_SEED = 100


class Histories(unittest.TestCase):
    def play(self, *words):
        parser = argparse.ArgumentParser()
        chaos.add_arguments(parser)
        said = []

        def say(line):
            said.append(line)
            print(line, flush=True)

        self.assertEqual(chaos.main(parser.parse_args(words), say), 0, "\n".join(said))

    def test_every_cell_is_reached(self):
        self.play("--cells")

    def test_twelve_random_histories(self):
        self.play("--histories", "12", "--seed", str(_FIRST_SEED))


if __name__ == "__main__":
    unittest.main()
