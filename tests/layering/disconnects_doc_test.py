"""docs/disconnects.md has every reason and refusal of the code, with its numbers, and every setting it names exists."""

import re
import unittest

from checkout import ROOT, SRC, text

_PAGE = ROOT / "docs" / "disconnects.md"
_CASES = re.compile(r"((?:case (?:\w+::)\w+:\s*)+)return (\{[^;]*\}|\"[^;]*\");")
_DEFAULT = re.compile(r"default:\s*return \{(\d+), ToString\(reason\)\};")


def returned(source, function):
    """{enumerator: what the switch of `function` returns for it}, as written."""
    body = source[source.index(function):]
    body = body[:body.index("\n}\n")]
    found = {}
    for labels, value in _CASES.findall(body):
        for label in re.findall(r"::(\w+):", labels):
            found[label] = value
    default = _DEFAULT.search(body)
    return found, default.group(1) if default else None


def close_reasons():
    """{name: (code, text)} as src/socketio/close_reason.cc says."""
    source = text(SRC / "socketio" / "close_reason.cc")
    names, _ = returned(source, "std::string_view ToString(DisconnectReason reason)")
    codes, other = returned(source, "CloseCode CloseCodeOf(DisconnectReason reason)")
    found = {}
    for enumerator, name in names.items():
        name = name.strip('"')
        number, words = re.match(r'\{(\d+), "(.*)"\}', codes[enumerator]).groups() if enumerator in codes else (other, name)
        found[name] = (number, f"`{words}`")
    return found


def refusals():
    """{name: (status, code)} as engine_stats.cc and engine_error.cc say."""
    names, _ = returned(text(SRC / "socketio" / "engine_stats.cc"), "std::string_view ToString(Refusal refusal)")
    answers, _ = returned(text(SRC / "socketio" / "engine_error.cc"), "Answer AnswerTo(Refusal refusal)")
    return {name.strip('"'): re.match(r"\{(\d+), (\d+),", answers[enumerator]).groups()
            for enumerator, name in names.items()}


def enumerators(header, enum):
    body = re.search(rf"enum class {enum} [^{{]*\{{(.*?)\}};", text(SRC / "socketio" / header), re.DOTALL).group(1)
    return re.findall(r"\bk[A-Z]\w*", re.sub(r"//[^\n]*", "", body))


def table(page, title):
    """{reason: (second cell, third cell)} of the table below the heading `title`."""
    section = page[page.index(f"## {title}\n"):].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): (row[1], row[2]) for row in rows}


class DisconnectsPageTest(unittest.TestCase):
    maxDiff = None

    def test_reads_the_code(self):
        """The reader above must keep up with the code it reads."""
        self.assertEqual(len(close_reasons()), len(enumerators("close_reason.h", "DisconnectReason")))
        self.assertEqual(len(refusals()), len(enumerators("engine_stats.h", "Refusal")))
        self.assertEqual(close_reasons()["slow"], ("4000", "`slow`"))
        self.assertEqual(refusals()["forbidden origin"], ("403", "4"))

    def test_every_close_reason_is_there_with_its_number(self):
        self.assertEqual(table(text(_PAGE), "A connection that ended"), close_reasons())

    def test_every_refusal_is_there_with_its_numbers(self):
        self.assertEqual(table(text(_PAGE), "A request that was turned away"), refusals())

    def test_every_budget_is_there(self):
        names, _ = returned(text(SRC / "socketio" / "engine_stats.cc"), "std::string_view ToString(Budget budget)")
        self.assertEqual(len(names), len(enumerators("engine_stats.h", "Budget")))
        self.assertEqual(list(table(text(_PAGE), "A budget that was used up")), [name.strip('"') for name in names.values()])

    def test_every_setting_it_names_exists(self):
        settings = text(ROOT / "docs" / "settings.md")
        named = re.findall(r"`((?:socketio|limits|http)\.[a-z_]+)`", text(_PAGE))
        self.assertGreater(len(named), 5)
        for setting in named:
            self.assertIn(f"| `{setting}` |", settings)


if __name__ == "__main__":
    unittest.main()
