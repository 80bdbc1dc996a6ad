"""docs/disconnects.md has every reason, refusal and budget of the code, with its numbers, every counter that counts one, and no setting or counter that
is none."""

import re
import unittest

from checkout import ROOT, SRC, text

_PAGE = ROOT / "docs" / "disconnects.md"
_CASES = re.compile(r"((?:case (?:\w+::)\w+:\s*)+)return (\{[^;]*\}|\"[^;]*\");")
_COUNTER = re.compile(r'(flux_[a-z_]+)(?:\{(\w+)="([^"]*)"\})?')
# What a counter of refusals and ends is called. What a client gives up itself (aborted) is none of Flux's doing.
_AN_END = re.compile(r"flux_(?:net|socketio|gateway|shard)_\w*"
                     r"(?:refused|closed|cut|faults|errors|timed_out|over_budget|foreign|bad|skipped|dropped|missed|evicted|paused)")
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


def metrics(page):
    """{family: (type, {label: values})} of the tables of docs/metrics.md."""
    found = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("`flux_"):
            labels = {}
            for part in filter(None, cells[2].split("; ")):
                label, _, values = part.partition(": ")
                labels[label.strip("`")] = set(re.findall(r"`([^`]+)`", values))
            found[cells[0].strip("`")] = (cells[1], labels)
    return found


def counters(page):
    """What the page names: {family: {(label, value), ...}}; without a label the set stays empty."""
    found = {}
    for family, label, value in _COUNTER.findall(page):
        found.setdefault(family, set()).update({(label, value)} if label else ())
    return found


def counter_complaints(page, known):
    """What the page says of counters that is not so, and what it does not say, one sentence each."""
    found = []
    named = counters(page)
    for family, pairs in named.items():
        if family not in known:
            found.append(f"there is no {family}")
            continue
        labels = known[family][1]
        found += [f"{family} has no {label}={value}" for label, value in sorted(pairs)
                  if label not in labels or value != "..." and value not in labels[label]]
    for family, (kind, labels) in known.items():
        if kind != "counter" or not _AN_END.match(family):
            continue
        if family not in named:
            found.append(f"{family} is not there")
            continue
        # Once one value has its place, each has; "..." stands for a table of them or for all alike.
        for label in {label for label, value in named[family]}:
            values = {value for of, value in named[family] if of == label}
            if "..." not in values:
                found += [f"{family}: {label}={value} is not there" for value in sorted(labels.get(label, set()) - values)]
    return found


class CounterCheckerTest(unittest.TestCase):
    KNOWN = {"flux_net_refused_total": ("counter", {"shard": set(), "reason": {"full", "kernel"}}),
             "flux_net_sent_total": ("counter", {}), "flux_net_faults": ("gauge", {})}

    def test_accepts_a_whole_page(self):
        for page in ('`flux_net_refused_total{reason="full"}` `flux_net_refused_total{reason="kernel"}`',
                     '`flux_net_refused_total{reason="..."}`', "`flux_net_refused_total` `flux_net_sent_total`"):
            self.assertEqual(counter_complaints(page, self.KNOWN), [])

    def test_finds_what_is_not_so(self):
        page = '`flux_net_refused_total{reason="..."}` '
        self.assertEqual(counter_complaints(page + "`flux_net_gone_total`", self.KNOWN), ["there is no flux_net_gone_total"])
        self.assertEqual(counter_complaints(page + '`flux_net_refused_total{reason="late"}`', self.KNOWN),
                         ["flux_net_refused_total has no reason=late"])

    def test_finds_what_is_missing(self):
        self.assertEqual(counter_complaints("", self.KNOWN), ["flux_net_refused_total is not there"])
        self.assertEqual(counter_complaints('`flux_net_refused_total{reason="full"}`', self.KNOWN),
                         ["flux_net_refused_total: reason=kernel is not there"])


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

    def test_every_counter_is_there_and_exists(self):
        known = metrics(text(ROOT / "docs" / "metrics.md"))
        self.assertGreater(len([family for family in known if _AN_END.match(family)]), 20)
        self.assertEqual(counter_complaints(text(_PAGE), known), [])

    def test_the_tables_have_what_their_counter_distinguishes(self):
        known = metrics(text(ROOT / "docs" / "metrics.md"))
        for title, family, label in (("A connection that ended", "flux_socketio_closed_total", "reason"),
                                     ("A budget that was used up", "flux_socketio_over_budget_total", "what"),
                                     ("A request that was turned away", "flux_socketio_refused_total", "reason")):
            self.assertIn((label, "..."), counters(text(_PAGE))[family])
            self.assertEqual(set(table(text(_PAGE), title)), known[family][1][label])

    def test_every_setting_it_names_exists(self):
        settings = text(ROOT / "docs" / "settings.md")
        named = re.findall(r"`((?:socketio|limits|http)\.[a-z_]+)`", text(_PAGE))
        self.assertGreater(len(named), 5)
        for setting in named:
            self.assertIn(f"| `{setting}` |", settings)


if __name__ == "__main__":
    unittest.main()
