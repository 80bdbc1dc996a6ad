"""Which suites there are, by the folders and their suite.json."""

import json
import tempfile
import unittest
from pathlib import Path

import suites
import testing
from console import Failed


class SettingsTest(unittest.TestCase):
    def found(self, settings, files=("test_a.py",)):
        """The suites of a folder called `sockets` with that suite.json."""
        with tempfile.TemporaryDirectory() as parent:
            folder = Path(parent) / "sockets"
            folder.mkdir()
            for file in files:
                (folder / file).touch()
            (folder / "suite.json").write_text(json.dumps(settings))
            return suites._suites_of(folder)

    def test_the_sanitizers_build_unless_said(self):
        [suite] = self.found({})
        self.assertEqual((suite.name, suite.preset, suite.slow, suite.env), ("sockets", "asan", False, {}))

    def test_again_is_a_second_suite_with_the_other_build(self):
        first, second = self.found({"preset": "release", "again": "asan", "env": {"A": "1"}, "timeout_seconds": 600})
        self.assertEqual((first.name, first.preset, first.slow, first.env), ("sockets", "release", False, {"A": "1"}))
        self.assertEqual((second.name, second.preset, second.slow), ("sockets-asan", "asan", True))
        self.assertEqual(second.env, {"A": "1", "FLUX_SANITIZED": "1"})
        self.assertEqual((second.files, second.timeout_seconds), (first.files, 600))

    def test_every_runner_of_a_folder_runs_again(self):
        found = self.found({"preset": "release", "again": "asan"}, ["test_a.py", "b.test.mjs"])
        self.assertEqual([suite.name for suite in found],
                         ["sockets-node", "sockets-python", "sockets-node-asan", "sockets-python-asan"])

    def test_kafka_is_a_second_suite_that_meets_a_broker(self):
        first, second = self.found({"kafka": True})
        self.assertEqual((first.name, first.kafka), ("sockets", False))
        self.assertEqual((second.name, second.kafka, second.slow), ("sockets-kafka", True, False))
        self.assertIn("kafka", second.labels)

    def test_valkey_is_a_second_suite_and_with_kafka_the_same_one(self):
        first, second = self.found({"valkey": True})
        self.assertEqual((first.valkey, second.name, second.valkey, second.kafka), (False, "sockets-valkey", True, False))
        first, second = self.found({"valkey": True, "kafka": True})
        self.assertEqual((second.name, second.valkey, second.kafka), ("sockets-kafka", True, True))
        self.assertLess({"kafka", "valkey"}, second.labels)

    def test_what_measures_runs_alone(self):
        self.assertFalse(self.found({})[0].alone)
        self.assertTrue(self.found({"alone": True})[0].alone)
        self.assertLessEqual({"fanout", "repetition"}, {suite.name for suite in suites.discover() if suite.alone})

    def test_again_must_be_another_build(self):
        for settings in ({"again": "asan"}, {"preset": "release", "again": "release"}, {"again": "none"}, {"agian": "asan"}):
            with self.assertRaises(Failed):
                self.found(settings)


class PlanTest(unittest.TestCase):
    def names(self, *labels):
        return {suite.name for suite in testing.Run(labels).suites}

    def test_only_full_and_the_name_run_hostile_again(self):
        self.assertLess({"hostile", "hostile-asan"}, self.names("full"))
        self.assertEqual(self.names("hostile"), {"hostile"})
        self.assertEqual(self.names("hostile-asan"), {"hostile-asan"})
        self.assertNotIn("hostile-asan", self.names())

    def test_what_reads_sockets_is_tested_under_the_sanitizers(self):
        """Only what measures, takes minutes or is what users run is left to another build; the hostile input and the fleet run on
        both."""
        presets = {suite.name: suite.preset for suite in suites.discover() if suite.needs_flux}
        self.assertEqual({name for name, preset in presets.items() if preset != "asan"},
                         {"autobahn-long", "dashboard-e2e", "domains-load", "fanout", "hostile", "kafka-bus-tsan", "readme",
                          "recovery-fleet", "testpoints", "your-topic"})
        self.assertEqual((presets["hostile-asan"], presets["recovery-fleet-asan"]), ("asan", "asan"))


if __name__ == "__main__":
    unittest.main()
