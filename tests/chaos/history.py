"""What happened in one run, in order: a list of events, each a dictionary with its time and what it was. Written as JSON
lines, read by the checker, which sees nothing else.

    begin    seed, title; hears: which topics each witness is to hear; latest: the topics that are
             conflated; visited: the roles that are to be looked at in the end
    publish  topic, key, n: record number n of that key was handed over for publishing
    stored   topic, key, n: it was acknowledged
    refused  topic, key, n: the publisher was told that it is not stored
    unknown  topic, key, n: nobody knows
    joined   witness, session: from here on it is to get everything that is published
    left     witness, session
    got      witness, session, topic, key, n
    visit    role, topic, key, took, seconds, n, kept, settled: somebody came to a gateway and left after `took`; after `seconds`
             it was in (null: never), and the first it was shown is number n (null: nothing). kept: only the cache knows that
             number; settled: everything worked
    fault    name, target, at (the testpoint that it was held at, or null), expects: log events that belong to it; outage: the
             roles that lose their cache by it, once
    effect   name, target, count: what the fault was seen to do
    healed   name, target
    settled  everything is ready again after the faults so far
    ready    role, seconds: since everything was healed
    late     role, seconds, state: it was not ready by then
    line     role, level, event, text: a warning or an error it logged
    said     role, event: a line below a warning that matters here
    ended    role, code, asked: a process ended
    prices   witness, count: since everything was healed
    metric   role, name, value: at the end
    log      topic, key, n: what the log holds, in its order, read past everything under test
    end      the run came to rest; sessions that have not left are to have everything
"""

import json
import threading
import time


class History:
    """Takes events from any thread."""

    def __init__(self):
        self.events = []
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def note(self, what, **fields):
        with self._lock:
            self.events.append({"t": round(time.monotonic() - self._began, 4), "what": what, **fields})

    def of(self, what):
        with self._lock:
            return [event for event in self.events if event["what"] == what]

    def write(self, file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with self._lock:
            file.write_text("".join(json.dumps(event) + "\n" for event in self.events))


def read(file):
    return [json.loads(line) for line in file.read_text().splitlines()]
