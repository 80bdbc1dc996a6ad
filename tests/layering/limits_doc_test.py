"""docs/limits.md says what src/limits/limits.h says."""

import re
import sys
import unittest

from checkout import ROOT, SRC, text

sys.path.insert(0, str(ROOT / "tools" / "dev"))
import limits_doc  # noqa: E402: found through the line above


class LimitsPageTest(unittest.TestCase):
    def test_the_page_is_up_to_date(self):
        self.assertTrue(limits_doc.PAGE.is_file(), "docs/limits.md is missing; ./dev docs writes it")
        self.assertEqual(text(limits_doc.PAGE), limits_doc.page(), "docs/limits.md is out of date; run ./dev docs")

    def test_the_page_has_every_limit_of_the_header(self):
        names = re.findall(r"constexpr [\w:]+\s+(k\w+)", text(SRC / "limits" / "limits.h"))
        self.assertGreater(len(names), 10)
        for name in names:
            self.assertIn(f"| `{name}` |", limits_doc.page())

    def test_every_limit_is_used(self):
        header = SRC / "limits" / "limits.h"
        sources = "\n".join(text(path) for path in SRC.glob("**/*.[hc]*") if path != header and path.is_file())
        for name in re.findall(r"constexpr [\w:]+\s+(k\w+)", text(header)):
            with self.subTest(name):
                self.assertIn(f"limits::{name}", sources, f"nothing keeps to limits::{name}")


if __name__ == "__main__":
    unittest.main()
