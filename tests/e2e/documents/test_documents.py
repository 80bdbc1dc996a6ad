"""Documents that a command writes say what the program says."""

import os
import pathlib
import subprocess
import tempfile
import unittest

FLUX = os.environ["FLUX_BIN"]
ROOT = pathlib.Path(os.environ.get("FLUX_ROOT", pathlib.Path(__file__).resolve().parents[3]))


class DocumentsTest(unittest.TestCase):
    def test_the_settings_page_is_what_explain_prints(self):
        with tempfile.TemporaryDirectory() as folder:  # no flux.toml there
            printed = subprocess.run([FLUX, "config", "--explain", "--defaults"], cwd=folder, check=True,
                                     stdout=subprocess.PIPE, text=True, timeout=60).stdout
        page = (ROOT / "docs" / "settings.md").read_text()
        self.assertEqual(page, printed, "write it anew: flux config --explain --defaults > docs/settings.md")


if __name__ == "__main__":
    unittest.main()
