"""Every rule of docs/protocol.md that is not planned has a test that names it, and tests name no other rules."""

import re
import unittest

from checkout import ROOT, text

_PAGE = ROOT / "docs" / "protocol.md"
_ROW = re.compile(r"^\| ([A-Z]{3}-\d\d) \| (.*) \|$", re.MULTILINE)
_IN_NAMES = re.compile(r"^TEST(?:_[FP])?\(\w+, (Eio|Sio|Lim|Rsn|Ech|Rec|Cmp|Tls)(\d\d)_", re.MULTILINE)
# Directly above a C++, Java or JavaScript test; as the beginning of a Python test's docstring. What the head of a file says proves nothing.
_IDS = r"((?:[A-Z]{3}-\d\d(?:, | and )?)+)"
_BESIDE = {".cc": re.compile(rf"^// {_IDS}\nTEST", re.MULTILINE),
           ".java": re.compile(rf"^ *// {_IDS}[^\n]*\n *@(?:Parameterized)?Test\b", re.MULTILINE),
           ".py": re.compile(rf'def test_\w+\(self\):\n\s+"""{_IDS}'),
           ".mjs": re.compile(rf"^ *// {_IDS}[^\n]*\n *test\(", re.MULTILINE)}
_ID = re.compile(r"(EIO|SIO|LIM|RSN|ECH|REC|CMP|TLS)-(\d\d)")
# How a test begins, in the files whose every test must name what it proves: those that drive official clients and hostile ones.
_BEGINS = {".mjs": re.compile(r"^ *test\(", re.MULTILINE), ".py": re.compile(r"def test_\w+\(self\):\n"),
           ".java": re.compile(r"^ *@(?:Parameterized)?Test\b", re.MULTILINE)}
_PROVING = ["tests/e2e/socketio/*", "tests/e2e/socketio-java/*Test.java", "tests/e2e/hostile/test_*.py"]
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


def silent_in(source, suffix):
    """How many tests of one file name no id."""
    return len(_BEGINS[suffix].findall(source)) - len(_BESIDE[suffix].findall(source))


class FinderTest(unittest.TestCase):
    def test_finds_the_ids_beside_the_tests_of_each_language(self):
        for suffix, source in ((".cc", "TEST(A, Eio01_Opens)\n// SIO-02\nTEST(A, B)\n"),
                               (".py", '    def test_a(self):\n        """EIO-01, SIO-02: why"""\n'),
                               (".mjs", '  // EIO-01, SIO-02: why\n  test("a", () => {});\n'),
                               (".java", "    // EIO-01: why\n    @ParameterizedTest\n    // SIO-02\n    @Test\n")):
            with self.subTest(suffix):
                self.assertEqual(sorted(named_in(source, suffix)), ["EIO-01", "SIO-02"])

    def test_an_id_elsewhere_proves_nothing(self):
        for suffix in _BESIDE:
            with self.subTest(suffix):
                self.assertEqual(named_in("int x = 1;  // as EIO-01 says\n", suffix), [])

    def test_the_head_of_a_file_proves_nothing(self):
        for suffix, source in ((".cc", "// Opens: EIO-01\n\nTEST(A, B)\n"), (".py", '"""EIO-01"""\n    def test_a(self):\n        pass\n'),
                               (".mjs", '// Opens: EIO-01\nimport a from "a";\ntest("a", () => {});\n')):
            with self.subTest(suffix):
                self.assertEqual(named_in(source, suffix), [])

    def test_counts_the_tests_that_name_nothing(self):
        self.assertEqual(silent_in('// EIO-01\ntest("a", b);\ntest("c", d);\n', ".mjs"), 1)
        self.assertEqual(silent_in('    def test_a(self):\n        """EIO-01"""\n    async def test_b(self):\n        pass\n', ".py"), 1)
        self.assertEqual(silent_in("    // EIO-01\n    @Test\n    void a() {}\n    @ParameterizedTest\n    void b() {}\n", ".java"), 1)


class ProtocolPageTest(unittest.TestCase):
    def test_every_id_stands_once(self):
        identifiers = [identifier for identifier, _ in rules()]
        self.assertGreater(len(identifiers), 80)
        self.assertEqual(len(identifiers), len(set(identifiers)))

    def test_every_rule_has_a_test(self):
        tested = named()
        missing = [identifier for identifier, planned in rules() if not planned and identifier not in tested]
        self.assertEqual(missing, [], "rules of docs/protocol.md that no test names")

    def test_every_test_of_the_clients_names_what_it_proves(self):
        silent = {}
        for path in sorted(path for pattern in _PROVING for path in ROOT.glob(pattern)):
            if path.suffix in _BEGINS and silent_in(text(path), path.suffix) > 0:
                silent[str(path.relative_to(ROOT))] = silent_in(text(path), path.suffix)
        self.assertEqual(silent, {}, "tests without the ids of docs/protocol.md that they prove")

    def test_tests_name_rules_that_are_there(self):
        known = {identifier for identifier, _ in rules()}
        strangers = {identifier: str(path) for identifier, path in named().items() if identifier not in known}
        self.assertEqual(strangers, {}, "rules that tests name and docs/protocol.md does not have")


if __name__ == "__main__":
    unittest.main()
