"""Every rule of docs/protocol.md that is not planned has a test that names it, and tests name no other rules."""

import re
import unittest

from checkout import ROOT, text

_PAGE = ROOT / "docs" / "protocol.md"
_ROW = re.compile(r"^\| ([A-Z]{3}-\d\d) \| (.*) \|$", re.MULTILINE)
_IN_NAMES = re.compile(r"^TEST(?:_[FP])?\(\w+, (Eio|Sio|Lim|Rsn|Ech|Rec|Cmp|Tls)(\d\d)_", re.MULTILINE)
# Directly above a C++ or Java test; as the docstring of a Python test, or of its file; in the first line of a JavaScript test.
_IDS = r"((?:[A-Z]{3}-\d\d(?:, | and )?)+)"
_BESIDE = {".cc": re.compile(rf"^// {_IDS}\nTEST", re.MULTILINE),
           ".java": re.compile(rf"^ *// {_IDS}[^\n]*\n *@(?:Parameterized)?Test\b", re.MULTILINE),
           ".py": re.compile(rf'(?:def test_\w+\(self\):\n\s+"""|\A"""[^"\n]*: ){_IDS}'),
           ".mjs": re.compile(rf"\A// [^\n]*: {_IDS}")}
_ID = re.compile(r"(EIO|SIO|LIM|RSN|ECH|REC|CMP|TLS)-(\d\d)")
_TESTS = ["src/**/*_test.cc", "tests/e2e/**/*.test.mjs", "tests/e2e/**/test_*.py", "tests/e2e/**/*Test.java"]


def rules():
    """{id: whether it is planned}; a row twice is in the list twice."""
    return [(identifier, rule.startswith("*planned*")) for identifier, rule in _ROW.findall(text(_PAGE))]


def named():
    """{id: a file whose tests name it}."""
    found = {}
    for pattern in _TESTS:
        for path in sorted(ROOT.glob(pattern)):
            if "node_modules" in path.parts:
                continue
            for identifier in named_in(text(path), path.suffix):
                found.setdefault(identifier, path.relative_to(ROOT))
    return found


def named_in(source, suffix):
    """The ids that the tests of one file name."""
    beside = " ".join(_BESIDE[suffix].findall(source))
    return [f"{prefix.upper()}-{number}" for prefix, number in _IN_NAMES.findall(source) + _ID.findall(beside)]


class FinderTest(unittest.TestCase):
    def test_finds_the_ids_beside_the_tests_of_each_language(self):
        for suffix, source in ((".cc", "TEST(A, Eio01_Opens)\n// SIO-02\nTEST(A, B)\n"),
                               (".py", '"""Opens: EIO-01."""\n    def test_a(self):\n        """SIO-02"""\n'),
                               (".mjs", "// Opens: EIO-01, SIO-02\n"),
                               (".java", "    // EIO-01: why\n    @ParameterizedTest\n    // SIO-02\n    @Test\n")):
            with self.subTest(suffix):
                self.assertEqual(sorted(named_in(source, suffix)), ["EIO-01", "SIO-02"])

    def test_an_id_elsewhere_proves_nothing(self):
        for suffix in _BESIDE:
            with self.subTest(suffix):
                self.assertEqual(named_in("int x = 1;  // as EIO-01 says\n", suffix), [])


class ProtocolPageTest(unittest.TestCase):
    def test_every_id_stands_once(self):
        identifiers = [identifier for identifier, _ in rules()]
        self.assertGreater(len(identifiers), 80)
        self.assertEqual(len(identifiers), len(set(identifiers)))

    def test_every_rule_has_a_test(self):
        tested = named()
        missing = [identifier for identifier, planned in rules() if not planned and identifier not in tested]
        self.assertEqual(missing, [], "rules of docs/protocol.md that no test names")

    def test_tests_name_rules_that_are_there(self):
        known = {identifier for identifier, _ in rules()}
        strangers = {identifier: str(path) for identifier, path in named().items() if identifier not in known}
        self.assertEqual(strangers, {}, "rules that tests name and docs/protocol.md does not have")


if __name__ == "__main__":
    unittest.main()
