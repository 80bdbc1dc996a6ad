"""Says what is wrong with a history (history.py), one sentence each. It knows nothing of how the history was made.

    python3 tests/chaos/checker.py build/results/chaos-7.jsonl
"""

import collections
import sys
from pathlib import Path

import history

_MANY = 5  # sentences of one kind; the rest is counted
_SLOW_SECONDS = 2.0  # far above what anything costs here, far below what waiting for a cache that is away would
_AFTER_SECONDS = 4.0  # so long may another fault be felt after everything was ready again
_CACHE = "valkey"
# Nothing here is compacted or written in transactions, so every offset is a record.
_MUST_BE_ZERO = ("flux_kafka_missed_total", "flux_kafka_offset_gaps_total", "flux_log_lines_dropped_total",
                 "flux_gateway_missed_total")


def complaints(events):
    checks = (_came_to_rest, _stored_is_in_the_log, _log_is_in_order, _every_record_arrives_once, _latest_ends_on_the_newest,
              _everything_healed, _faults_were_felt, _lines_were_expected, _processes_lived, _the_cache_slows_nobody,
              _newcomers_are_shown_the_newest, _one_warning_for_each_outage)
    found = []
    for check in checks:
        sentences = list(check(events))
        found += sentences[:_MANY]
        if len(sentences) > _MANY:
            found.append(f"and {len(sentences) - _MANY} more of {check.__name__.strip('_').replace('_', ' ')}")
    return found


def _of(events, *kinds):
    return [event for event in events if event["what"] in kinds]


def _name(event):
    return f"{event['topic']} {event['key']} #{event['n']}"


def _logs(events):
    """{(topic, key): the numbers as the log has them}"""
    logs = collections.defaultdict(list)
    for event in _of(events, "log"):
        logs[event["topic"], event["key"]].append(event["n"])
    return logs


class _Session:
    """One connection of a witness: what it got, and when it began and ended."""

    def __init__(self, event):
        self.witness, self.number, self.since = event["witness"], event["session"], event["t"]
        self.open = True
        self.got = collections.defaultdict(list)

    def __str__(self):
        return f"{self.witness} (connection {self.number})"


def _sessions(events):
    sessions = {}
    for event in _of(events, "joined", "left", "got"):
        who = event["witness"], event["session"]
        if event["what"] == "joined":
            sessions[who] = _Session(event)
        elif who not in sessions:
            continue  # heard before it had joined: no promise was made yet
        elif event["what"] == "left":
            sessions[who].open = False
        else:
            sessions[who].got[event["topic"], event["key"]].append(event["n"])
    return list(sessions.values())


def _began(events):
    """{(topic, key, n): when its publishing began}"""
    return {(event["topic"], event["key"], event["n"]): event["t"] for event in _of(events, "publish")}


def _hears(events):
    return _of(events, "begin")[0]["hears"]


def _latest(events):
    return set(_of(events, "begin")[0]["latest"])


def _came_to_rest(events):
    if not _of(events, "begin") or not _of(events, "end"):
        yield "the history is not whole: it does not begin, or does not come to rest"
    if not _of(events, "stored") or not _of(events, "got"):
        yield "nothing was stored or nothing was heard: this history shows nothing"


def _stored_is_in_the_log(events):
    there = {(event["topic"], event["key"], event["n"]) for event in _of(events, "log")}
    for event in _of(events, "stored"):
        if (event["topic"], event["key"], event["n"]) not in there:
            yield f"lost: {_name(event)} was acknowledged at {event['t']} and is not in the log"
    for event in _of(events, "refused"):
        if (event["topic"], event["key"], event["n"]) in there:
            yield f"stored in secret: {_name(event)} was refused at {event['t']} and is in the log"


def _log_is_in_order(events):
    published = _began(events)
    for (topic, key), numbers in _logs(events).items():
        for before, after in zip(numbers, numbers[1:]):
            if after == before:
                yield f"doubled in the log: {topic} {key} #{after}"
            elif after < before:
                yield f"out of order in the log: {topic} {key} #{after} stands behind #{before}"
        for number in numbers:
            if (topic, key, number) not in published:
                yield f"made up: {topic} {key} #{number} is in the log and was never published"


def _every_record_arrives_once(events):
    logs, began, latest, hears = _logs(events), _began(events), _latest(events), _hears(events)
    for session in _sessions(events):
        for (topic, key), log in logs.items():
            if topic in hears[session.witness] and topic not in latest:
                yield from _follows(session, f"{topic} {key}", session.got.get((topic, key), []), log,
                                    lambda number, topic=topic, key=key: began.get((topic, key, number), 0))
        for topic, key in session.got:
            if (topic, key) not in logs:
                yield f"made up: {session} got {topic} {key}, which the log does not have"


def _follows(session, name, got, log, began):
    """Complaints unless `got` is a run of `log` that begins no later than what was published after the session began,
    and reaches its end if the session did not end before."""
    heard = set()
    newest = 0
    for number in got:
        if number in heard:
            yield f"doubled: {session} got {name} #{number} again"
            return
        if number < newest:
            yield f"reordered: {session} got {name} #{number} after #{newest}"
            return
        heard.add(number)
        newest = number
    place = {number: index for index, number in enumerate(log)}
    strange = [number for number in got if number not in place]
    if strange:
        yield f"made up: {session} got {name} #{strange[0]}, which the log does not have"
        return
    first_due = next((index for index, number in enumerate(log) if began(number) > session.since), len(log))
    start = place[got[0]] if got else first_due
    end = len(log) if session.open else (place[got[-1]] + 1 if got else first_due)
    due = log[min(start, first_due):end]
    missing = [number for number in due if number not in heard]
    if missing:
        yield f"lost: {session} did not get {name} #{missing[0]}" + (
            f" and {len(missing) - 1} others" if len(missing) > 1 else "")


def _latest_ends_on_the_newest(events):
    logs, latest, hears = _logs(events), _latest(events), _hears(events)
    for session in _sessions(events):
        for (topic, key), log in logs.items():
            if topic not in latest or topic not in hears[session.witness]:
                continue
            got = session.got.get((topic, key), [])
            for before, after in zip(got, got[1:]):
                if after < before:
                    yield f"went back: {session} got {topic} {key} #{after} after #{before}"
                    break
            if session.open and (not got or got[-1] != log[-1]):
                yield f"stale: {session} ends with {topic} {key} #{got[-1] if got else 'nothing'}, the newest is #{log[-1]}"


def _everything_healed(events):
    # The last record of a key, when everything was said to work; of others something may have been broken still.
    said = {(event["topic"], event["key"], event["n"]): event["what"] for event in _of(events, "refused", "unknown")}
    last = {(event["topic"], event["key"]): event for event in _of(events, "publish")}
    settled = max((event["t"] for event in _of(events, "settled")), default=None)
    for (topic, key), event in last.items():
        outcome = said.get((topic, key, event["n"]))
        if settled is not None and event["t"] > settled and outcome:
            yield f"not healed: {_name(event)}, the last one of its key, was published when everything worked, and is {outcome}"
    for event in _of(events, "late"):
        yield f"not healed: {event['role']} was not ready {event['seconds']} s after the last fault: {event['state']}"
    for event in _of(events, "prices"):
        if event["count"] == 0:
            yield f"not healed: {event['witness']} got no price any more"
    for event in _of(events, "metric"):
        if event["name"] in _MUST_BE_ZERO and event["value"] != 0:
            yield f"{event['role']} says {event['name']} {event['value']}"
    open_sessions = collections.Counter(session.witness for session in _sessions(events) if session.open)
    for witness in _hears(events):
        if open_sessions[witness] != 1:
            yield f"{witness} has {open_sessions[witness]} connections at the end, not one"


def _faults_were_felt(events):
    for event in _of(events, "effect"):
        if event["count"] == 0:
            yield f"the fault {event['name']} at {event['target']} did nothing, so this shows nothing"


def _lines_were_expected(events):
    expected = {line for event in _of(events, "fault") for line in event["expects"]}
    for event in _of(events, "line"):
        if event["event"] not in expected:
            yield f"unexpected {event['level']} of {event['role']}: {event['event']}: {event['text']}"


def _processes_lived(events):
    for event in _of(events, "ended"):
        if not event["asked"]:
            yield f"{event['role']} ended by itself with {event['code']}"
        elif event["code"] not in (0, -9):
            yield f"{event['role']} was stopped and ended with {event['code']}"


def _windows(events):
    """[(target, from, to)] of every fault, to when everything was ready again after it."""
    ends = [event["t"] for event in _of(events, "settled")]
    healed = _of(events, "healed")
    found = []
    for fault in _of(events, "fault"):
        over = next((one["t"] for one in healed if one["t"] >= fault["t"] and one["name"] == fault["name"]
                     and one["target"] == fault["target"]), events[-1]["t"])
        found.append((fault["target"], fault["t"], next((end for end in ends if end >= over), events[-1]["t"])))
    return found


def _only_the_cache(windows):
    """Whether nothing but the cache was broken all that time, and that was."""
    def told(since, until):
        met = [target for target, begin, end in windows
               if begin <= until and since <= end + (0 if target == _CACHE else _AFTER_SECONDS)]
        return _CACHE in met and all(target == _CACHE for target in met)
    return told


def _the_cache_slows_nobody(events):
    only_the_cache = _only_the_cache(_windows(events))
    began, latest = _began(events), _latest(events)
    since = {(session.witness, session.number): session.since for session in _sessions(events)}
    for event in _of(events, "got"):
        published = began.get((event["topic"], event["key"], event["n"]))
        who = event["witness"], event["session"]
        if event["topic"] in latest or published is None or who not in since or since[who] > published:
            continue
        if event["t"] - published > _SLOW_SECONDS and only_the_cache(published, published + _SLOW_SECONDS):
            yield f"slow: {event['witness']} waited {event['t'] - published:.1f} s for {_name(event)} while only the cache was broken"
    for visit in _of(events, "visit"):
        came = visit["t"] - visit["took"]
        waited = visit["took"] if visit["seconds"] is None else visit["seconds"]
        if visit["seconds"] is not None and waited <= _SLOW_SECONDS:
            continue
        if only_the_cache(came, came + min(waited, _SLOW_SECONDS)):
            yield f"slow: a visitor of {visit['role']} waited {waited} s to be in while only the cache was broken"


def _newcomers_are_shown_the_newest(events):
    logs = _logs(events)
    given = _given(events)
    missing = {(role, kept) for role in _of(events, "begin")[0].get("visited", ()) for kept in (False, True)}
    for visit in _of(events, "visit"):
        kept, number, name = visit.get("kept"), visit["n"], f"{visit['topic']} {visit['key']}"
        who = f"a visitor of {visit['role']} at {visit['t']}"
        if visit["settled"]:
            missing.discard((visit["role"], kept is not None))
        if kept is not None:
            if number not in (None, kept):
                yield f"made up: {who} was shown {name} #{number}, the cache had #{kept}"
            elif visit["settled"] and number is None:
                yield f"not healed: {who} was not shown {name} #{kept}, which the cache has: it is not used any more"
        elif number and number not in logs[visit["topic"], visit["key"]]:
            yield f"made up: {who} was shown {name} #{number}, which the log does not have"
        elif visit["settled"]:
            newest = given(visit["topic"], visit["key"], visit["t"] - visit["took"])
            if (number or 0) < newest:
                yield f"stale: {who} was shown {name} #{number or 'nothing'}, but somebody had been given #{newest} before"
    for role, kept in sorted(missing):
        yield f"nobody came to {role} in the end to see what {'the cache' if kept else 'it'} has: this history shows nothing of it"


def _given(events):
    """The newest number of a key that any client had been given by then; 0 for none."""
    by_key = collections.defaultdict(list)
    for event in _of(events, "got", "visit"):
        if event["n"]:
            by_key[event["topic"], event["key"]].append((event["t"], event["n"]))
    return lambda topic, key, then: max((number for at, number in by_key[topic, key] if at < then), default=0)


def _one_warning_for_each_outage(events):
    away = set()
    for event in _of(events, "line", "said", "ended"):
        if event["what"] == "line" and event["event"] == "valkey.away":
            if event["role"] in away:
                yield f"{event['role']} warned again at {event['t']} of an outage of the cache that had not ended"
            away.add(event["role"])
        elif event["what"] == "ended" or event.get("event") == "valkey.back":
            away.discard(event["role"])
    for fault, (_, begin, end) in zip(_of(events, "fault"), _windows(events)):
        for role in fault.get("outage", ()):
            warnings = [line for line in _of(events, "line")
                        if line["role"] == role and line["event"] == "valkey.away" and begin <= line["t"] <= end]
            if len(warnings) != 1:
                yield f"{role} warned {len(warnings)} times of the outage of the cache by {fault['name']}, not once"


def main():
    found = complaints(history.read(Path(sys.argv[1])))
    print("\n".join(found) or "nothing to complain about")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
