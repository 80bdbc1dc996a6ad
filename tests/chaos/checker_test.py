"""The checker, fed with bad histories: it must find each kind of fault, and none where there is none."""

import tempfile
import unittest
from pathlib import Path

from checker import complaints
from history import History, read

_HEARS = {"eve": ["every", "newest"]}


class Story:
    """A history told line by line; every line is a second after the one before."""

    def __init__(self, visited=()):
        self.events = []
        self.tell("begin", seed=1, title="a story", hears=_HEARS, latest=["newest"], visited=list(visited))

    def tell(self, what, **fields):
        then = self.events[-1]["t"] + 1 if self.events else 0
        self.events.append({"t": then, "what": what, **fields})
        return self

    def publish(self, *numbers, topic="every", key="k", outcome="stored"):
        for n in numbers:
            self.tell("publish", topic=topic, key=key, n=n).tell(outcome, topic=topic, key=key, n=n)
        return self

    def join(self, session=1):
        return self.tell("joined", witness="eve", session=session)

    def leave(self, session=1):
        return self.tell("left", witness="eve", session=session)

    def hear(self, *numbers, topic="every", key="k", session=1):
        for n in numbers:
            self.tell("got", witness="eve", session=session, topic=topic, key=key, n=n)
        return self

    def log(self, *numbers, topic="every", key="k"):
        for n in numbers:
            self.tell("log", topic=topic, key=key, n=n)
        return self

    def wait(self, seconds):
        """The next line is so much later."""
        return self.tell("nothing", t=self.events[-1]["t"] + seconds)

    def visit(self, n, role="a", kept=None, settled=True, seconds=0.1):
        took = 0.2 if seconds is None else seconds
        key = "kept" if kept else "k"
        return self.tell("visit", role=role, topic="newest", key=key, took=took, seconds=seconds, n=n, settled=settled,
                         **({"kept": kept} if kept else {}))

    def broken(self, target="valkey", outage=()):
        return self.tell("fault", name="cut", target=target, at=None, expects=["valkey.away"], outage=list(outage))

    def healed(self, target="valkey"):
        return self.tell("healed", name="cut", target=target).tell("settled")

    def says(self, event, role="a"):
        if event == "valkey.back":
            return self.tell("said", role=role, event=event)
        return self.tell("line", role=role, level="warn", event=event, text="")

    def complaints(self):
        return complaints([*self.events, {"t": self.events[-1]["t"] + 1, "what": "end"}])


class CheckerTest(unittest.TestCase):
    def fine(self, story):
        self.assertEqual(story.complaints(), [])

    def found(self, story, *beginnings):
        found = story.complaints()
        self.assertEqual(len(found), len(beginnings), found)
        for sentence, beginning in zip(found, beginnings):
            self.assertTrue(sentence.startswith(beginning), found)

    def test_a_good_history_has_no_complaints(self):
        self.fine(Story().join().publish(1, 2).hear(1, 2).log(1, 2))

    def test_what_was_published_before_it_joined_may_be_missing_or_there(self):
        self.fine(Story().publish(1, 2).join().publish(3).hear(3).log(1, 2, 3))
        self.fine(Story().publish(1, 2).join().publish(3).hear(2, 3).log(1, 2, 3))

    def test_what_was_under_way_when_it_left_may_be_missing(self):
        self.fine(Story().join().publish(1, 2, 3).hear(1).leave().join(2).publish(4).hear(4, session=2).log(1, 2, 3, 4))
        self.fine(Story().join().publish(1).leave().join(2).publish(2).hear(2, session=2).log(1, 2))

    def test_what_nobody_knows_may_be_there_or_not(self):
        story = Story().join().publish(1).publish(2, outcome="unknown").publish(3)
        self.fine(story.hear(1, 3).log(1, 3))
        story = Story().join().publish(1).publish(2, outcome="unknown").publish(3)
        self.fine(story.hear(1, 2, 3).log(1, 2, 3))
        story = Story().join().publish(1).publish(2, outcome="unknown").publish(3)
        self.found(story.hear(1, 3).log(1, 2, 3), "lost: eve (connection 1) did not get every k #2")

    def test_lost_in_the_log(self):
        self.found(Story().join().publish(1, 2, 3).hear(1, 3).log(1, 3), "lost: every k #2 was acknowledged")

    def test_lost_on_the_way(self):
        for heard in ((1, 3), (1, 2), (2, 3)):
            self.found(Story().join().publish(1, 2, 3).hear(*heard).log(1, 2, 3), "lost: eve (connection 1)")
        self.found(Story().join().publish(1, 2).hear(1, 2).log(1, 2).publish(1, key="other").log(1, key="other"),
                   "lost: eve (connection 1) did not get every other #1")

    def test_a_gap_before_it_left_is_found(self):
        self.found(Story().join().publish(1, 2, 3).hear(1, 3).leave().join(2).log(1, 2, 3), "lost: eve (connection 1)")

    def test_doubled(self):
        self.found(Story().join().publish(1, 2).hear(1, 2, 2).log(1, 2), "doubled: eve")
        self.found(Story().join().publish(1, 2).hear(1, 2, 1, 2).log(1, 2), "doubled: eve")
        self.found(Story().join().publish(1, 2).hear(1, 2).log(1, 2, 2), "doubled in the log")

    def test_reordered(self):
        self.found(Story().join().publish(1, 2).hear(2, 1).log(1, 2), "reordered: eve")
        self.found(Story().join().publish(1, 2).log(2, 1).hear(2, 1), "out of order in the log", "reordered: eve")

    def test_made_up(self):
        self.found(Story().join().publish(1).hear(1, 9).log(1), "made up: eve")
        self.found(Story().join().publish(1).hear(1).hear(1, key="nobody's").log(1), "made up: eve")
        self.found(Story().join().publish(1).hear(1, 2).log(1, 2), "made up: every k #2 is in the log")

    def test_refused_and_stored_all_the_same(self):
        self.found(Story().join().publish(1).publish(2, outcome="refused").hear(1, 2).log(1, 2), "stored in secret")

    def newest(self, *heard):
        story = Story().join().publish(1).hear(1).log(1).publish(1, 2, 3, topic="newest").log(1, 2, 3, topic="newest")
        return story.hear(*heard, topic="newest")

    def test_a_conflated_topic_may_leave_out_but_ends_on_the_newest(self):
        self.fine(self.newest(3))
        self.fine(self.newest(1, 3))
        self.fine(self.newest(1, 1, 3, 3))
        self.found(self.newest(1, 2), "stale: eve (connection 1) ends with newest k #2, the newest is #3")
        self.found(self.newest(), "stale: eve")
        self.found(self.newest(2, 1, 3), "went back: eve")

    def test_what_did_not_heal(self):
        good = lambda: Story().join().publish(1).hear(1).log(1)
        self.found(good().tell("late", role="crypto", seconds=60, state="degraded"), "not healed: crypto")
        self.found(good().tell("prices", witness="eve", count=0), "not healed: eve")
        self.found(good().tell("metric", role="a", name="flux_kafka_missed_total", value=2.0), "a says")
        self.fine(good().tell("metric", role="a", name="flux_kafka_missed_total", value=0.0))
        self.found(good().tell("metric", role="a", name="flux_kafka_offset_gaps_total", value=1.0), "a says flux_kafka_offset_gaps_total")
        self.fine(good().tell("metric", role="a", name="flux_kafka_offset_gaps_total", value=0.0))
        self.found(good().leave(), "eve has 0 connections")
        self.found(good().join(2).publish(2).hear(2).hear(2, session=2).log(2), "eve has 2 connections")

    def test_what_is_still_refused_when_everything_works(self):
        good = lambda: Story().join().publish(1).hear(1).log(1)
        self.found(good().tell("settled").publish(2, outcome="refused"), "not healed: every k #2")
        self.fine(good().publish(2, outcome="refused").tell("settled"))
        self.fine(good().tell("settled").publish(2, outcome="refused").publish(3).hear(3).log(3))

    def test_a_fault_that_did_nothing(self):
        self.found(Story().join().publish(1).hear(1).log(1).tell("effect", name="cut", target="a", count=0), "the fault cut")

    def test_lines_and_ends_nobody_expected(self):
        good = lambda: Story().join().publish(1).hear(1).log(1)
        line = {"role": "a", "level": "error", "event": "kafka.lost", "text": "gone"}
        self.found(good().tell("line", **line), "unexpected error of a: kafka.lost")
        self.fine(good().tell("fault", name="cut", target="a", at=None, expects=["kafka.lost"]).tell("line", **line))
        self.found(good().tell("ended", role="a", code=1, asked=False), "a ended by itself")
        self.found(good().tell("ended", role="a", code=1, asked=True), "a was stopped and ended with 1")
        self.fine(good().tell("ended", role="a", code=-9, asked=True))

    def delivery(self, seconds, *, cache=True, other=False):
        """A record that takes so long while the cache is broken, or something else too."""
        story = Story().join()
        story = story.broken() if cache else story
        story = story.broken("kafka") if other else story
        story = story.publish(1).wait(seconds - 2).hear(1)  # two more by the two lines
        story = story.healed("kafka") if other else story
        return (story.healed() if cache else story).log(1)

    def test_a_cache_that_is_broken_slows_nobody(self):
        self.fine(self.delivery(1.9))
        self.found(self.delivery(2.5), "slow: eve waited 2.5 s for every k #1")
        self.fine(self.delivery(2.5, other=True))
        self.fine(self.delivery(2.5, cache=False))

    def test_a_newcomer_does_not_wait_for_the_cache(self):
        good = lambda: Story().join().publish(1).hear(1).log(1).broken()
        self.fine(good().visit(None, kept=7, settled=False).healed())
        self.found(good().wait(5).visit(None, kept=7, settled=False, seconds=3.0).healed(), "slow: a visitor of a waited 3.0 s")
        self.found(good().wait(5).visit(None, kept=7, settled=False, seconds=None).healed(), "slow: a visitor of a waited 0.2 s")
        self.fine(good().wait(5).healed().wait(5).visit(None, kept=7, settled=False, seconds=3.0))

    def test_a_newcomer_is_shown_the_newest_when_everything_works(self):
        self.fine(self.newest(3).visit(3))
        self.fine(self.newest(1, 3).visit(2, settled=False).visit(3))
        self.found(self.newest(1, 3).visit(2), "stale: a visitor of a at 17 was shown newest k #2, but somebody had been given #3")
        self.found(self.newest(3).visit(None), "stale: a visitor of a at 16 was shown newest k #nothing")
        self.found(self.newest(3).visit(0), "stale: a visitor of a")
        self.found(self.newest(3).visit(9), "made up: a visitor of a")
        self.found(self.newest(3).visit(3).visit(2, role="b"), "stale: a visitor of b")

    def test_what_only_the_cache_has_is_shown_as_it_is(self):
        self.fine(self.newest(3).visit(7, kept=7))
        self.fine(self.newest(3).visit(None, kept=7, settled=False))
        self.found(self.newest(3).visit(None, kept=7), "not healed: a visitor of a")
        self.found(self.newest(3).visit(6, kept=7, settled=False), "made up: a visitor of a")

    def test_somebody_must_have_looked(self):
        story = Story(visited=["a"]).join().publish(1).hear(1).log(1)
        self.found(story, "nobody came to a in the end to see what it has", "nobody came to a in the end to see what the cache")
        self.fine(story.publish(1, topic="newest").log(1, topic="newest").hear(1, topic="newest").visit(1).visit(7, kept=7))

    def test_one_warning_for_each_outage_of_the_cache(self):
        good = lambda *outage: Story().join().publish(1).hear(1).log(1).broken(outage=outage)
        away, back = "valkey.away", "valkey.back"
        self.fine(good("a").says(away).says(back).healed())
        self.fine(good("a", "b").says(away).says(away, "b").says(back).says(back, "b").healed())
        self.fine(good().says(away).says(back).says(away).says(back).healed())
        self.fine(good().says(away).tell("ended", role="a", code=-9, asked=True).says(away).says(back).healed())
        self.found(good().says(away).says(away).says(back).healed(), "a warned again at")
        self.found(good("a").healed(), "a warned 0 times of the outage of the cache by cut")
        self.found(good("a").says(away).says(back).says(away).says(back).healed(), "a warned 2 times")

    def test_a_history_that_shows_nothing(self):
        self.assertEqual(complaints(Story().join().publish(1).hear(1).log(1).events),
                         ["the history is not whole: it does not begin, or does not come to rest"])
        self.found(Story().join(), "nothing was stored")

    def test_many_of_one_kind_are_counted(self):
        story = Story().join().publish(*range(1, 20)).hear(1).leave().join(2).log(1)
        self.assertEqual(len(story.complaints()), 6)
        self.assertEqual(story.complaints()[-1], "and 13 more of stored is in the log")

    def test_a_written_history_reads_as_it_was(self):
        history = History()
        history.note("got", witness="eve", session=1, topic="every", key="k", n=1)
        with tempfile.TemporaryDirectory() as folder:
            history.write(Path(folder) / "results" / "h.jsonl")
            self.assertEqual(read(Path(folder) / "results" / "h.jsonl"), history.events)


if __name__ == "__main__":
    unittest.main()
