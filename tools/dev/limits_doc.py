"""docs/limits.md, written from src/limits/limits.h."""

import re
from dataclasses import dataclass

from console import ROOT

HEADER = ROOT / "src" / "limits" / "limits.h"
PAGE = ROOT / "docs" / "limits.md"

_UNITS = {"KiB": 1024, "MiB": 1024 ** 2, "GiB": 1024 ** 3}
_SECTION = re.compile(r"//\s*---\s*(.*?)\s*---")
_LIMIT = re.compile(
    r"inline constexpr (?:std::)?[\w:]+\s+(?P<name>k\w+)\s*(?:=\s*(?P<value>[^;]+)|\{(?P<braced>[^;]+)\});"
    r"(?P<comment>(?:[ \t]*\n?[ \t]*///<[^\n]*)*)", re.DOTALL)
_ASSERTION = re.compile(r"static_assert\(\s*(?P<condition>.*?)\s*\);", re.DOTALL)


@dataclass
class Limit:
    name: str
    value: str
    comment: str


def _number(text, known):
    """The value of an expression of numbers, units and earlier limits."""
    plain = re.sub(r"(?<=\d)'(?=\d)", "", text)
    plain = re.sub(r"(?<=\d)[uUlL]+\b", "", plain)
    if not re.fullmatch(r"[\w\s+\-*/()]+", plain):
        raise ValueError(f"{HEADER.name}: not understood: {text}")
    return eval(plain, {"__builtins__": {}}, {**_UNITS, **known})  # only digits, names and + - * / ( ) by now


def _readable(name, value):
    if "Bytes" not in name:
        return f"{value:,}"
    for unit, size in reversed(_UNITS.items()):
        if value >= size and value % size == 0:
            return f"{value:,} ({value // size} {unit})"
    return f"{value:,}"


def sections():
    """[(section, [Limit], [static_assert condition])] of the header."""
    source = HEADER.read_text()
    known = {}
    found = []
    marks = list(_SECTION.finditer(source))
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(source)
        body = source[mark.end():end]
        limits = []
        for match in _LIMIT.finditer(body):
            value = _number(match["value"] or match["braced"], known)
            known[match["name"]] = value
            comment = " ".join(part.strip() for part in match["comment"].replace("///<", " ").split())
            limits.append(Limit(match["name"], _readable(match["name"], value), comment))
        relations = [_relation(match["condition"]) for match in _ASSERTION.finditer(body)]
        found.append((mark.group(1), limits, relations))
    return found


def _relation(condition):
    condition, _, sentence = condition.partition(', "')
    words = " ".join(condition.rstrip(",").split())
    reason = re.sub(r'"\s*"', "", sentence).strip().rstrip('"')
    return f"`{words}`" + (f": {reason}" if reason else "")


def page():
    """The text of docs/limits.md."""
    out = ["# Limits", "", "The bounds of Flux that are not settings, written from `src/limits/limits.h` by `./dev docs`; a value that is",
           "the default of a setting says so. What the compiler checks between them stands below each table. Not here: the",
           "log's queue (8,192 lines, the oldest go first), sizes that a standard fixes, and what one input may hold, which is",
           "refused or cut where it is read (`tests/layering/limits_home_test.py` lists these).", ""]
    for title, limits, relations in sections():
        out += [f"## {title[0].upper()}{title[1:]}", "", "| limit | value | what it bounds |", "|---|---|---|"]
        out += [f"| `{limit.name}` | {limit.value} | {limit.comment} |" for limit in limits]
        out += ["", *[f"* {relation}" for relation in relations], *([""] if relations else [])]
    return "\n".join(out).rstrip() + "\n"
