"""docs/topics.md, docs/socket-events.md and docs/caching-strategy.md say what the code says."""

import re
import sys
import unittest

from checkout import ROOT, SRC, is_test, text

sys.path.insert(0, str(ROOT / "tools" / "dev"))
import contract_doc  # noqa: E402: found through the line above

CACHING = ROOT / "docs" / "caching-strategy.md"

# What the head of a key in the cache may be. A literal of the code that begins like one is one.
_KEY = re.compile(r'"((?:bff|weather|geo|news|stock|crypto|lease|loc_dedup):[^" ]+)')
# A key in the page: placeholders in braces.
_DOCUMENTED = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


def _head(key):
    """A key up to its first part that is data."""
    return key.split("{", 1)[0]


def keys_of_the_code():
    found = {}
    for path in SRC.glob("**/*.[hc]*"):
        if not path.is_file() or is_test(path) or path.suffix not in (".h", ".cc") or "simulator" in path.parts:
            continue
        for line in text(path).splitlines():
            if line.lstrip().startswith("//"):
                continue
            for key in _KEY.findall(line):
                found[_head(key)] = path.relative_to(ROOT)
    return found


class ContractPagesTest(unittest.TestCase):
    maxDiff = None

    def test_the_page_of_topics_is_up_to_date(self):
        self.assertEqual(text(contract_doc.TOPICS_PAGE), contract_doc.topics_page(), "run ./dev docs")

    def test_the_page_of_socket_events_is_up_to_date(self):
        self.assertEqual(text(contract_doc.EVENTS_PAGE), contract_doc.events_page(), "run ./dev docs")

    def test_every_golden_payload_of_a_topic_or_event_is_shown(self):
        pages = text(contract_doc.TOPICS_PAGE) + text(contract_doc.EVENTS_PAGE)
        for golden in contract_doc.GOLDEN.glob("*.json"):
            if golden.stem in ("joined_reply", "weather_reading"):  # of routes.md; a part of weather_event
                continue
            self.assertIn(f"`golden/{golden.name}`", pages)

    def test_every_key_of_the_cache_is_documented(self):
        documented = {_head(key) for key in _DOCUMENTED.findall(text(CACHING))}
        code = keys_of_the_code()
        self.assertGreater(len(code), 8)
        for key, where in code.items():
            with self.subTest(key):
                self.assertIn(key, documented, f"{where} uses this key; docs/caching-strategy.md does not say so")

    def test_every_documented_key_is_in_the_code(self):
        code = keys_of_the_code()
        documented = _DOCUMENTED.findall(text(CACHING))
        self.assertGreater(len(documented), 8)
        for key in documented:
            with self.subTest(key):
                self.assertIn(_head(key), code, "no code uses this key")


if __name__ == "__main__":
    unittest.main()
