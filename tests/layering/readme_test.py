"""Every folder with sources explains itself, and what its page names is there."""

import re
import unittest
from pathlib import Path

from checkout import ROOT, files, name, text

_SOURCES = {".h", ".cc", ".py", ".ts", ".tsx", ".js", ".mjs", ".cmake", ".java"}
_LINES_MAX = 130  # one page
_FILE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.(?:h|cc|py|mjs|tsx?|cmake|md|java|xml))`")


def page_above(folder):
    """The nearest README.md above `folder` but the first page of the whole project, or None."""
    for above in folder.parents:
        if above == ROOT or ROOT not in above.parents:
            return None
        if (above / "README.md").is_file():
            return above / "README.md"
    return None


def explained(folder):
    """Whether `folder` has a page of its own, or is named with a path in the page above it."""
    if (folder / "README.md").is_file():
        return True
    above = page_above(folder)
    return above is not None and f"`{folder.relative_to(above.parent)}/" in text(above)


def missing_files(page, content):
    """The files that `content`, a page at `page`, names and that are nowhere to be found."""
    known = {name(path) for path in files()}
    found = []
    for named in _FILE.findall(content):
        here = name(page.parent / named) if page.parent != ROOT else named
        if here in known or any(path.endswith(f"/{named}") or path == named for path in known):
            continue
        found.append(named)
    return found


class ReadmeTest(unittest.TestCase):
    def test_every_folder_with_sources_has_a_page(self):
        for folder in sorted({path.parent for path in files() if path.suffix in _SOURCES} - {ROOT}):
            with self.subTest(name(folder)):
                self.assertTrue(explained(folder), f"{name(folder)} has no README.md, and no page above names it: say what "
                                                   "it is for, its nouns, how to run or test it")

    def test_every_folder_of_documents_has_a_page(self):
        for folder in (ROOT / "docs", ROOT / "docs" / "adr"):
            self.assertTrue((folder / "README.md").is_file(), name(folder))

    def test_a_page_is_one_page(self):
        for path in files():
            if path.name == "README.md":
                self.assertLessEqual(text(path).count("\n"), _LINES_MAX, f"{name(path)} is longer than a page")

    def test_what_a_page_names_is_there(self):
        for path in files():
            if path.suffix == ".md" and path.name != "CHANGELOG.md":
                for named in missing_files(path, text(path)):
                    with self.subTest(f"{name(path)}: {named}"):
                        self.fail(f"{name(path)} names {named}, which is nowhere")


class CheckerTest(unittest.TestCase):
    def test_a_missing_file_is_found(self):
        page = ROOT / "tests" / "layering" / "README.md"
        self.assertEqual(missing_files(page, "`levels.py`, `base/result.h`, `tests/layering/levels.py`, `no_such.py`"),
                         ["no_such.py"])

    def test_a_folder_nobody_names_is_found(self):
        self.assertFalse(explained(ROOT / "src" / "simulator" / "no_such_folder"))
        self.assertFalse(explained(Path("/")))
        self.assertTrue(explained(ROOT / "dashboard" / "src" / "prices"))


if __name__ == "__main__":
    unittest.main()
