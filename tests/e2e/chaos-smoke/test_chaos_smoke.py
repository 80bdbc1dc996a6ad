"""Two random histories."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["FLUX_ROOT"]) / "tests" / "chaos"))

from chaos import Failure, Run  # noqa: E402
from stage import Stage  # noqa: E402

_SEEDS = (40, 198)  # short ones


class Smoke(unittest.TestCase):
    def test_two_random_histories(self):
        said = []
        run = Run(said.append)
        with Stage() as stage:
            for seed in _SEEDS:
                try:
                    run.history(stage, seed)
                except Failure:
                    self.fail("\n".join(said))
        print("\n".join(said))


if __name__ == "__main__":
    unittest.main()
