"""A run of suites: what waits for which build, and what a failed build takes with it."""

import threading
import unittest
from pathlib import Path
from unittest import mock

import console
import results
import suite_run
from console import Failed, Steps
from suite_run import SuiteRun
from suites import Suite


def suite(name, preset="asan", **more):
    return Suite(name, Path("."), "python", set(), preset=preset, **more)


class SuiteRunTest(unittest.TestCase):
    def setUp(self):
        self.lock, self.events = threading.Lock(), []
        self.fails = set()
        for place, name, stand_in in (
                (console, "say", lambda text: None), (suite_run.suites, "run_suite", self.run_suite),
                (suite_run.cmake, "build", self.build), (suite_run.cmake, "begin", self.begin)):
            patch = mock.patch.object(place, name, stand_in)
            patch.start()
            self.addCleanup(patch.stop)

    def note(self, *event):
        with self.lock:
            self.events.append(event)

    def run_suite(self, one, _):
        self.note("run", one.name)
        return results.Results(one.name, passed=1)

    def build(self, preset, targets, _):
        if preset in self.fails:
            raise Failed(f"{preset} does not compile")
        self.note("built", preset, *targets)

    def begin(self, preset, _):
        def work(stop):
            stop.wait(30)
            self.note("left off", preset)
        return work

    def run_all(self, *chosen, more=()):
        outcomes = SuiteRun(chosen, Steps(20)).run(more)
        return {outcome.name: outcome for outcome in outcomes}

    def test_a_suite_runs_after_its_build_and_those_that_measure_last(self):
        self.run_all(suite("measures", "bench", alone=True, targets=["load"]), suite("reads", "release"), suite("quick"))
        order = [self.events.index(event) for event in (
            ("run", "quick"), ("built", "release", "flux"), ("run", "reads"), ("built", "bench", "flux", "load"),
            ("run", "measures"))]
        self.assertEqual(order[1:], sorted(order[1:]))
        self.assertGreater(order[4], order[0])

    def test_what_is_built_ahead_is_left_off_before_it_is_built(self):
        self.run_all(suite("reads", "release"), more=[("tsan", ())])
        self.assertLess(self.events.index(("left off", "release")), self.events.index(("built", "release", "flux")))
        self.assertEqual(self.events[-1], ("left off", "tsan"))

    def test_builds_in_both_lanes_leave_nothing_running_ahead(self):
        # Both end and begin what is built ahead at the same moment; a preset is never built twice at once.
        at_once = threading.Barrier(2)
        building, twice = set(), []

        def build(preset, _targets, _step):
            with self.lock:
                twice.extend(building & {preset})
                building.add(preset)
            at_once.wait(30)
            with self.lock:
                building.discard(preset)

        def begin(preset, _):
            def work(stop):
                with self.lock:
                    twice.extend(building & {preset})
                stop.wait(30)
            return work

        with mock.patch.object(suite_run.cmake, "build", build), mock.patch.object(suite_run.cmake, "begin", begin):
            for _ in range(100):
                self.run_all(suite("one", "bench", alone=True), suite("two", "release", alone=True), more=[("tsan", ())])
        self.assertEqual(twice, [])
        self.assertEqual([thread for thread in threading.enumerate() if thread is not threading.current_thread()], [])

    def test_a_build_that_fails_fails_its_suites_and_no_other(self):
        self.fails = {"release"}
        found = self.run_all(suite("reads", "release"), suite("quick"), suite("threads", "tsan"))
        self.assertEqual({name: outcome.failed for name, outcome in found.items()},
                         {"build-release": 1, "reads": 1, "quick": 0, "threads": 0})
        self.assertNotIn(("run", "reads"), self.events)

    def test_who_may_take_longest_begins_first(self):
        self.run_all(*[suite(str(seconds), timeout_seconds=seconds, needs_flux=False) for seconds in (5, 900, 60)])
        self.assertIn(("run", "900"), self.events[:2])
        self.assertIn(("run", "60"), self.events[:2])


if __name__ == "__main__":
    unittest.main()
