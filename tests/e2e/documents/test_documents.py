"""Documents that a command writes say what the program says."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

FLUX = os.environ["FLUX_BIN"]
ROOT = pathlib.Path(os.environ.get("FLUX_ROOT", pathlib.Path(__file__).resolve().parents[3]))

sys.path.insert(0, str(ROOT / "tools" / "dev"))
import metrics_doc  # noqa: E402: found through the line above


class DocumentsTest(unittest.TestCase):
    maxDiff = None

    def test_the_settings_page_is_what_explain_prints(self):
        with tempfile.TemporaryDirectory() as folder:  # no flux.toml there
            printed = subprocess.run([FLUX, "config", "--explain", "--defaults"], cwd=folder, check=True,
                                     stdout=subprocess.PIPE, text=True, timeout=60).stdout
        page = (ROOT / "docs" / "settings.md").read_text()
        self.assertEqual(page, printed, "docs/settings.md is out of date; run ./dev docs")

    def test_the_metrics_page_is_what_a_running_flux_publishes(self):
        page = metrics_doc.page(*metrics_doc.scrape_both(FLUX))
        self.assertTrue(metrics_doc.PAGE.is_file(), "docs/metrics.md is missing; ./dev docs writes it")
        self.assertEqual(metrics_doc.PAGE.read_text(), page, "docs/metrics.md is out of date; run ./dev docs")


if __name__ == "__main__":
    unittest.main()
