"""docs/failure-modes.md: the tests, metrics, settings and log events that it names are there."""

import re
import unittest

from checkout import ROOT, cpp, is_test, text
from coverage_doc_test import names_in, test_exists

_PAGE = ROOT / "docs" / "failure-modes.md"
_COLUMNS = 5


def rows(page):
    """The cells of each row of the table, without its head."""
    lines = [line for line in page.split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def complaints(page):
    """What is wrong with the page, one sentence each."""
    metrics = text(ROOT / "docs" / "metrics.md")
    settings = text(ROOT / "docs" / "settings.md")
    events = {event for path in cpp() if not is_test(path) for event in re.findall(r'"([a-z_]+\.[a-z_]+)"', text(path))}
    found = []
    for cells in rows(page):
        if len(cells) != _COLUMNS:
            found.append(f"{len(cells)} cells instead of {_COLUMNS}: {cells[0]}")
            continue
        tests = names_in(cells[-1])
        if not tests:
            found.append(f"no test provokes it: {cells[0]}")
        found += [f"there is no test called {name}" for name in tests if not test_exists(name)]
        for name in names_in(" ".join(cells[:-1])):
            if name.startswith("flux_") and f"`{name}`" not in metrics:
                found.append(f"there is no metric called {name}")
            if re.fullmatch(r"[a-z_]+\.[a-z_]+", name) and name not in events and f"`{name}`" not in settings:
                found.append(f"{name} is neither a log event nor a setting")
    return found


class FailureModesTest(unittest.TestCase):
    def test_what_it_names_is_there(self):
        self.assertGreater(len(rows(text(_PAGE))), 5)
        self.assertEqual(complaints(text(_PAGE)), [])

    def test_a_name_that_is_nowhere_is_found(self):
        head = "| a | b | c | d | e |\n|---|---|---|---|---|\n"
        bad = head + "| x | y | `no.event`, `flux_nothing_total` | z | `None.SuchTest` |\n| x | y | z | z | |\n"
        self.assertEqual(len(complaints(bad)), 4, complaints(bad))


if __name__ == "__main__":
    unittest.main()
