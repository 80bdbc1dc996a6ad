"""Works side by side: their order, their answers, and an end in the middle."""

import threading
import unittest
from unittest import mock

import console
from console import Steps
from lanes import Lanes

_DEADLINE_SECONDS = 30


class LanesTest(unittest.TestCase):
    def setUp(self):
        self.said = []
        for name, stand_in in (("say", self.said.append), ("INTERRUPTED", threading.Event())):
            patch = mock.patch.object(console, name, stand_in)
            patch.start()
            self.addCleanup(patch.stop)

    def run_all(self, *works, at_once=2):
        return Lanes(at_once, Steps(len(works))).run([(f"work {number}", work) for number, work in enumerate(works)])

    def test_answers_come_in_the_order_of_the_works(self):
        second_ended = threading.Event()

        def first(_):
            self.assertTrue(second_ended.wait(_DEADLINE_SECONDS), "the second did not run beside the first")
            return 1

        def second(_):
            second_ended.set()
            return 2

        self.assertEqual(self.run_all(first, second, lambda _: 3), [1, 2, 3])

    def test_no_more_than_that_many_at_a_time(self):
        lock, running, most = threading.Lock(), [0], [0]
        both = threading.Barrier(2)

        def work(_):
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            both.wait(_DEADLINE_SECONDS)
            with lock:
                running[0] -= 1

        self.run_all(*[work] * 6)
        self.assertEqual(most[0], 2)

    def test_each_is_a_step_of_its_own(self):
        self.run_all(lambda step: step.done("fine"), lambda _: None, at_once=1)
        self.assertEqual([line.split(" ...")[0] for line in self.said],
                         ["[1/2] work 0", "[1/2] work 0", "[2/2] work 1", "[2/2] work 1"])
        self.assertIn("fine", self.said[1])

    def test_the_line_names_all_that_run(self):
        lines = []
        first_runs, seen = threading.Event(), threading.Event()
        lanes = Lanes(2, Steps(2))

        def first(_):
            first_runs.set()
            self.assertTrue(seen.wait(_DEADLINE_SECONDS))

        def second(_):
            self.assertTrue(first_runs.wait(_DEADLINE_SECONDS))
            lines.append(lanes.line())
            seen.set()

        lanes.run([("a", first), ("b", second)])
        self.assertRegex(lines[0], r"^\[1/2\] a \d+ s, \[2/2\] b \d+ s$")

    def test_what_one_raises_is_raised_and_nothing_more_begun(self):
        begun = []

        def broken(_):
            raise ValueError("broken")

        with self.assertRaisesRegex(ValueError, "broken"):
            self.run_all(broken, lambda _: begun.append(1), at_once=1)
        self.assertEqual(begun, [])

    def test_an_interrupt_ends_what_runs_and_is_raised(self):
        begun, ended = threading.Semaphore(0), []

        def runs_a_program(_):
            begun.release()
            try:
                console.run(["sleep", "1000"], "lanes-test")
            finally:
                ended.append(True)

        real, calls = threading.Thread.join, []

        def join(thread, timeout=None):
            calls.append(thread)
            if len(calls) > 1:
                return real(thread, timeout)
            for _ in range(2):
                self.assertTrue(begun.acquire(timeout=_DEADLINE_SECONDS))
            raise KeyboardInterrupt

        with mock.patch.object(threading.Thread, "join", join), self.assertRaises(KeyboardInterrupt):
            self.run_all(runs_a_program, runs_a_program)
        self.assertEqual(ended, [True, True])


if __name__ == "__main__":
    unittest.main()
