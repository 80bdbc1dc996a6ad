"""When clang-tidy looks at a file again, and what it is told."""

import shutil
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

from console import ROOT
import ahead
import sources
import tidy


class InputsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name, text in {
                ".clang-tidy": "Checks: '-*'",
                "src/net/a.cc": '#include "net/a.h"\n\n#include <string>\n',
                "src/net/a.h": '#include "near.h"\n#  include "base/deep.h"\n',
                "src/net/near.h": '#include "net/a.h"\n',  # a circle ends
                "src/base/deep.h": "",
                "src/base/other.h": ""}.items():
            file = self.root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.unit = self.root / "src" / "net" / "a.cc"

    def inputs(self, command="clang++ -c a.cc"):
        return tidy.inputs_of(self.unit, command, self.root)

    def changed_by(self, name):
        before = self.inputs()
        with open(self.root / name, "a", encoding="utf-8") as file:
            file.write("\n")
        return self.inputs() != before

    def test_finds_the_headers_that_a_file_includes(self):
        found = [str(file.relative_to(self.root)) for file in sources.with_headers(self.unit, self.root)]
        self.assertEqual(found, ["src/base/deep.h", "src/net/a.cc", "src/net/a.h", "src/net/near.h"])

    def test_looks_again_when_one_of_them_changed(self):
        for name in ("src/net/a.cc", "src/net/a.h", "src/net/near.h", "src/base/deep.h", ".clang-tidy"):
            self.assertTrue(self.changed_by(name), name)
        self.assertNotEqual(self.inputs(), self.inputs("clang++ -DX -c a.cc"))

    def test_another_header_is_no_reason(self):
        self.assertFalse(self.changed_by("src/base/other.h"))


class ReservedNamesTest(unittest.TestCase):
    """One finding of the list, from the program to the end."""

    def test_are_found_in_every_form(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(ROOT / ".clang-tidy", folder)
            unit = Path(folder) / "a.cc"
            unit.write_text("#define __MACRO 1\nnamespace x { struct _Type {}; int __name = __MACRO; }\nint _global = 0;\n")
            answer = subprocess.run([*tidy._words(unit), str(unit), "--", "-std=c++20"], stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True, check=False, cwd=folder)
        lines = [number for number in (1, 2, 3) if f"a.cc:{number}:" in answer.stdout]
        self.assertEqual(lines, [1, 2, 3], answer.stdout)
        self.assertEqual(answer.stdout.count("bugprone-reserved-identifier"), 4, answer.stdout)


class BeginTest(unittest.TestCase):
    """What is looked at beside the slow suites."""

    def test_takes_files_in_order_and_ends_when_it_is_told(self):
        looked_at, stop = [], threading.Event()

        def look(unit, _, before):
            self.assertEqual(before, ahead.BEHIND)
            looked_at.append(unit.name)
            if len(looked_at) == 2:
                stop.set()
            return ""

        units = [Path(f"/{number}.cc") for number in range(1000)]
        with mock.patch.multiple(tidy, _units=lambda _: units, _own_files=list, _check_one=look,
                                 _compile_commands=lambda: {str(unit): "" for unit in units}), \
                mock.patch.object(tidy.cmake, "configure"):
            tidy.begin(step=None)(stop)
        self.assertEqual(looked_at, ["0.cc", "1.cc"])


if __name__ == "__main__":
    unittest.main()
