"""What a file may not contain, and where the few exceptions live."""

import re
import unittest
from dataclasses import dataclass

from await_rule import violations
from checkout import ROOT, cpp, files, in_src, is_test, name, text
from cpp_source import code_only
from levels import folder_of

_LINES_MAX = 600
_SOURCE_SUFFIXES = {".h", ".cc", ".py", ".ts", ".tsx", ".js", ".mjs", ".css", ".cmake", ".sh", ".toml", ".sql", ".lua",
                    ".java"}


@dataclass
class Ban:
    what: str
    pattern: str
    instead: str
    homes: tuple = ()  # folders of src/ where it may stand
    tests_may: bool = False
    fixtures_may: bool = False  # what tests include, but no test itself

    def __post_init__(self):
        self.regex = re.compile(self.pattern)

    def allows(self, path):
        if folder_of(in_src(path)) in self.homes or (self.tests_may and is_test(path)):
            return True
        return self.fixtures_may and is_test(path) and not path.stem.endswith("_test")


BANS = [
    Ban("a mutex or condition variable", r"\bstd::(shared_|recursive_|timed_)?mutex\b|\bstd::condition_variable",
        "what belongs together lives on one shard; cross-shard work goes by Mailbox or BroadcastRing",
        ("base", "runtime", "bus", "bus/kafka", "sqlite", "net"), tests_may=True),
    Ban("a thread", r"\bstd::j?thread\b(?!::)|\bstd::async\b|\bpthread_create\b", "Shard or BlockingLane (runtime/)",
        ("runtime", "bus/kafka"), tests_may=True),
    Ban("a sleep", r"\bsleep_(for|until)\b|\busleep\s*\(|\bnanosleep\s*\(|(?<![\w.>])sleep\s*\(",
        "SleepFor (runtime/task_group.h); in a test, wait for the condition with a deadline (a fixture's waiting "
        "function may sleep between two looks)", ("bus/kafka",), fixtures_may=True),
    Ban("the wall clock", r"\bsystem_clock::now\b|\bgettimeofday\b|\bstd::time\s*\(|\bclock_gettime\b",
        "Clock (base/clock.h), handed in", ("base",)),
    Ban("the steady clock", r"\bsteady_clock::now\b", "Shard::now() or Clock (base/clock.h), handed in", ("base",),
        tests_may=True),
    Ban("std::regex", r"\bstd::w?regex\b", "a hand-written matcher: std::regex is slow and recurses on its input"),
    Ban("chance from the C library", r"(?<![\w.>:])s?rand\s*\(|\bstd::s?rand\b|\bstd::mt19937|\bstd::random_device\b",
        "Random or SecureRandomBytes (base/random.h)"),
    Ban("printing from a library", r"\bstd::(cout|cerr|clog)\b|(?<![\w.>])(?:std::)?f?printf\s*\(|\bstd::puts\b",
        "log:: (base/log.h)", ("base", "app"), tests_may=True),
    Ban("a skipped test", r"\bGTEST_SKIP\b|\bDISABLED_\w", "a test that runs everywhere: skipped counts as failed"),
    Ban("a Windows-only or endless assert", r"(?<![\w.>])assert\s*\(", "FLUX_ASSERT (base/assert.h), which stays on"),
]

# Words of unfinished work. Put together here so that this file does not find itself.
_UNFINISHED = re.compile("|".join([r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bXX" + r"X\b", r"\bHA" + r"CK\b"]))
_SKIPS = re.compile(r"\b(?:it|test|describe)\." + r"(?:skip|todo|only)\b|@unittest\." + r"skip|\.skip" + r"Test\("
                    r"|@Dis" + r"abled|\bAssumptions\b")


def broken(ban, code):
    """The lines of `code` (without comments and strings) where a ban is broken."""
    return [number for number, line in enumerate(code.split("\n"), 1) if ban.regex.search(line)]


class BansTest(unittest.TestCase):
    def test_each_ban_finds_what_it_is_for(self):
        samples = ["std::mutex m;", "std::thread t;", "std::this_thread::sleep_for(1s);",
                   "auto t = std::chrono::system_clock::now();", "auto t = std::chrono::steady_clock::now();",
                   "std::regex r;", "int x = rand();", "std::cout << 1;", "GTEST_SKIP();", "assert(x);"]
        for ban, sample in zip(BANS, samples):
            with self.subTest(ban.what):
                self.assertEqual(broken(ban, sample), [1])

    def test_a_ban_does_not_find_its_namesakes(self):
        for harmless in ["static_assert(x);", "std::thread::id id;", "random.Below(3);", "lane.sleep();",
                         "FLUX_ASSERT(x);", "fmt::format(x);", "std::snprintf(b, n, f);", "operand(1);"]:
            for ban in BANS:
                with self.subTest(f"{ban.what}: {harmless}"):
                    self.assertEqual(broken(ban, harmless), [])

    def test_comments_and_strings_are_not_code(self):
        code = code_only('int a; // std::mutex\n/* std::thread\n*/ f("std::cout", \'r\', R"x(rand())x");\nint b;\n')
        self.assertEqual([broken(ban, code) for ban in BANS], [[]] * len(BANS))
        self.assertEqual(code.count("\n"), 4)

    def test_nothing_banned_stands_outside_its_home(self):
        for path in cpp():
            code = code_only(text(path))
            for ban in BANS:
                if ban.allows(path):
                    continue
                for line in broken(ban, code):
                    with self.subTest(f"{name(path)}:{line}"):
                        self.fail(f"{name(path)}:{line}: {ban.what}; use {ban.instead}")


class AwaitsTest(unittest.TestCase):
    def test_nothing_is_built_inside_an_awaiting_statement(self):
        for path in cpp(ROOT):
            for awaits, line, what in violations(text(path)):
                with self.subTest(f"{name(path)}:{line}"):
                    self.fail(f"{name(path)}:{line}: {what} and the co_await of line {awaits}: g++ 12 destroys what "
                              "stands there twice; name it on a line of its own (rule 0)")


class UnfinishedTest(unittest.TestCase):
    def sources(self):
        return [path for path in files() if path.suffix in _SOURCE_SUFFIXES or path.name in ("CMakeLists.txt", "dev")]

    def test_no_unfinished_work(self):
        for path in self.sources():
            for number, line in enumerate(text(path).split("\n"), 1):
                match = _UNFINISHED.search(line)
                with self.subTest(f"{name(path)}:{number}") if match else self.subTest():
                    self.assertIsNone(match, f"{name(path)}:{number}: finish it, or write an issue: {line.strip()}")

    def test_no_test_is_skipped(self):
        for path in self.sources():
            for number, line in enumerate(text(path).split("\n"), 1):
                if _SKIPS.search(line):
                    with self.subTest(f"{name(path)}:{number}"):
                        self.fail(f"{name(path)}:{number}: a skipped test counts as failed: {line.strip()}")

    def test_no_file_has_outgrown_its_noun(self):
        for path in self.sources():
            lines = text(path).count("\n")
            with self.subTest(name(path)) if lines > _LINES_MAX else self.subTest():
                self.assertLessEqual(lines, _LINES_MAX,
                                     f"{name(path)} has {lines} lines: a file holds one noun; split it")


if __name__ == "__main__":
    unittest.main()
