"""Three brokers, of which one is killed, stands still or is restarted."""

import os
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["FLUX_ROOT"]) / "tests" / "chaos"))

import checker  # noqa: E402
from faults import all_faults  # noqa: E402
from stage import KAFKA_TOPICS, Stage  # noqa: E402


class Cluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(brokers=3)
        cls.addClassCleanup(cls.stage.close)

    def survives(self, name, seconds):
        fault = all_faults()[name]
        self.stage.begin(f"{self._testMethodName}", name)
        try:
            self.stage.note("fault", name=name, target="kafka", at=None, expects=list(fault.expects))
            fault.begin(self.stage, "kafka")
            time.sleep(seconds)  # the fault lasts: time itself is what is tried
            fault.end(self.stage, "kafka")
            self.stage.note("effect", name=name, target="kafka", count=fault.effects)
            history = self.stage.come_to_rest()
        except BaseException:
            self.stage.abandon()
            raise
        complaints = checker.complaints(history.events)
        if complaints:
            self.stage.keep(history, f"kafka-cluster-{self._testMethodName}")
        self.assertEqual(complaints, [])
        self.assertGreater(len(history.of("stored")), 20)

    def test_topics_have_three_copies_of_which_two_acknowledge(self):
        for topic in (*KAFKA_TOPICS, "crypto.ticker.event.updated"):
            self.assertEqual(self.stage.kafka.shape(topic), (3, 2), topic)

    def test_a_killed_leader(self):
        self.survives("engine: leader change", 2)

    def test_a_leader_that_hangs(self):
        self.survives("engine: leader SIGSTOP", 5)

    def test_a_rolling_restart(self):
        self.survives("engine: rolling restart", 0)


if __name__ == "__main__":
    unittest.main()
