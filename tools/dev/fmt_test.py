"""The C++ files lie as clang-format would have them."""

import tempfile
import unittest
from pathlib import Path

import fmt
import sources
from console import relative


class FormatTest(unittest.TestCase):
    def test_every_file_is_formatted(self):
        self.assertEqual([relative(file) for file in fmt.unformatted(sources.cpp_files())], [], "./dev fmt mends them")

    def test_one_that_is_not_is_found(self):
        with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:  # below the house's .clang-format
            wrong, right = Path(folder) / "wrong.cc", Path(folder) / "right.cc"
            wrong.write_text("int  f( ){return 1;}\n")
            right.write_text("int Answer();\n")
            self.assertEqual(fmt.unformatted([right, wrong]), [wrong])


if __name__ == "__main__":
    unittest.main()
