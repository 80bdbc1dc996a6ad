"""docs/coverage.md: every promise names tests and documents that exist."""

import functools
import re
import unittest

from checkout import ROOT, cpp, files, text

_PAGE = ROOT / "docs" / "coverage.md"
_GTEST = re.compile(r"\b(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)")
_COLUMNS = ["id", "promise", "documented in", "tests"]


def rows(page):
    """The rows of the tables of `page` that have the four columns."""
    found = []
    inside = False
    for number, line in enumerate(page.split("\n"), 1):
        if not line.lstrip().startswith("|"):
            inside = False
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if [cell.lower() for cell in cells] == _COLUMNS:
            inside = True
        elif inside and not set(line) <= set("|-: "):
            found.append((number, cells))
    return found


def names_in(cell):
    """The names a cell holds: what stands in backticks, and link targets."""
    return re.findall(r"`([^`]+)`", cell) + re.findall(r"\]\(([^)]+)\)", cell)


@functools.cache
def gtests():
    """Every "Suite.Name" of the C++ tests, and every "Suite"."""
    found = set()
    for path in cpp(ROOT):
        for suite, case in _GTEST.findall(text(path)):
            found |= {f"{suite}.{case}", suite}
    return found


_DECLARED = re.compile(r"""^\s*(?:async )?def (test_\w+)|^class (\w+)\(|\b(?:test|it|describe)\(\s*(?:"([^"]+)"|`([^`]+)`)""",
                       re.MULTILINE)


@functools.cache
def other_tests():
    """What the Python, JavaScript and TypeScript tests declare: functions, classes, titles."""
    suffixes = (".test.mjs", ".test.js", ".test.ts", ".test.tsx", "_test.py")
    return {name for path in files()
            if (path.name.endswith(suffixes) or path.name.startswith("test_") and path.suffix == ".py")
            and path.name != "coverage_doc_test.py"  # its made-up names are not tests
            for match in _DECLARED.findall(text(path)) for name in match if name}


def test_exists(test):
    """`Suite.Name` of gtest, a path, a `path: test name`, a `Class.test_name` or a test's name in quotes."""
    test = test.removesuffix(".*")
    if "/" in test:
        path, _, inner = test.partition(":")
        return (ROOT / path).exists() and (not inner or inner.strip() in text(ROOT / path))
    if test in gtests():
        return True
    return (test.split(".")[-1] if re.fullmatch(r"\w+\.test_\w+", test) else test) in other_tests()


def document_exists(document):
    path, _, anchor = document.partition("#")
    candidates = [ROOT / path, ROOT / "docs" / path]
    file = next((candidate for candidate in candidates if candidate.is_file()), None)
    if file is None:
        return any(candidate.is_dir() for candidate in candidates)
    headings = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
                for heading in re.findall(r"^#+ (.*)$", text(file), re.MULTILINE)}
    return not anchor or anchor in headings or f'id="{anchor}"' in text(file)


def complaints(page):
    """What is wrong with the page, one sentence each."""
    found = []
    seen = set()
    for number, cells in rows(page):
        place = f"docs/coverage.md:{number}"
        if len(cells) != len(_COLUMNS):
            found.append(f"{place}: {len(cells)} cells instead of {len(_COLUMNS)}")
            continue
        promise_id, promise, documents, tests = cells
        if promise_id in seen:
            found.append(f"{place}: {promise_id} stands twice")
        seen.add(promise_id)
        if not promise:
            found.append(f"{place}: {promise_id} promises nothing")
        for what, cell, exists in (("document", documents, document_exists), ("test", tests, test_exists)):
            names = names_in(cell)
            if not names and "planned" not in cell:
                found.append(f"{place}: {promise_id} names no {what} (write `planned` if its time has not come)")
            found += [f"{place}: there is no {what} called {item}" for item in names
                      if item != "planned" and not exists(item)]
    return found


class CheckerTest(unittest.TestCase):
    HEAD = "| id | promise | documented in | tests |\n|---|---|---|---|\n"

    def test_accepts_what_exists_and_what_is_planned(self):
        row = "| X1 | it ends | `CONTRIBUTING.md` | `tests/layering/levels.py`, `AwaitRuleTest.test_names_the_lines` |\n"
        self.assertEqual(complaints(self.HEAD + row + "| X2 | later | planned | planned |\n"), [])

    def test_finds_missing_names(self):
        page = self.HEAD + "| X1 | it ends | `docs/none.md` | `None.SuchTest`, `tests/none.py` |\n"
        self.assertEqual(len(complaints(page)), 3, complaints(page))

    def test_finds_empty_cells_and_doubled_ids(self):
        page = self.HEAD + "| X1 | it ends | | |\n| X1 | it ends | planned | planned |\n"
        self.assertEqual(len(complaints(page)), 3, complaints(page))


class CoverageTest(unittest.TestCase):
    def test_the_page_lists_the_promises(self):
        self.assertTrue(_PAGE.is_file(), "docs/coverage.md is missing")
        self.assertGreater(len(rows(text(_PAGE))), 30, "docs/coverage.md has lost rows (or its columns are not "
                                                       f"{' | '.join(_COLUMNS)})")

    def test_every_named_test_and_document_exists(self):
        for complaint in complaints(text(_PAGE)) if _PAGE.is_file() else []:
            with self.subTest(complaint):
                self.fail(complaint)


if __name__ == "__main__":
    unittest.main()
