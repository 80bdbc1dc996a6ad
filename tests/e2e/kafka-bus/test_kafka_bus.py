"""Each case of kafka_bus_test as a test, all run once against one broker."""

import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

_ROOT = Path(os.environ["FLUX_ROOT"])
sys.path.insert(0, str(_ROOT / "tools" / "engines"))

from kafka import Kafka  # noqa: E402

_PROGRAM = Path(os.environ["BUILD_DIR"]) / "src" / "bus" / "kafka" / "kafka_bus_test"
_LEAST = 40  # cases; fewer means that the contract was not linked


def _cases():
    """Suite.Name of every case."""
    listed = subprocess.run([_PROGRAM, "--gtest_list_tests"], stdout=subprocess.PIPE, text=True, check=True).stdout
    found, suite = [], ""
    for line in listed.splitlines():
        name = line.split("#")[0].rstrip()
        if line.startswith("  "):
            found.append(suite + name.strip())
        elif name.endswith("."):
            suite = name
    return found


def _said(output):
    """A sanitizer's report, else the end."""
    found = output.find("WARNING: ThreadSanitizer")
    return output[found:found + 12000] if found >= 0 else output[-6000:]


class KafkaBusTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="flux-kafka-")
        cls.addClassCleanup(cls.folder.cleanup)
        kafka = Kafka(Path(cls.folder.name) / "kafka")
        cls.addClassCleanup(kafka.down)
        kafka.up()
        report = Path(cls.folder.name) / "report.xml"
        control = f"{sys.executable} {_ROOT / 'tools/engines/engine.py'} kafka {kafka.folder}"
        environment = {**os.environ, "TEST_KAFKA_BROKERS": kafka.brokers, "TEST_KAFKA_CONTROL": control}
        cls.run_ = subprocess.run([_PROGRAM, f"--gtest_output=xml:{report}"], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace", env=environment, check=False)
        cls.outcomes = {}
        if report.is_file():
            for case in xml.parse(report).iter("testcase"):
                cls.outcomes[f"{case.get('classname')}.{case.get('name')}"] = case

    def test_every_case_was_run(self):
        self.assertGreaterEqual(len(self.outcomes), _LEAST)
        self.assertEqual(sorted(self.outcomes), sorted(_cases()))
        self.assertEqual(self.run_.returncode, 0, _said(self.run_.stdout))


def _test_of(case):
    def test(self):
        outcome = self.outcomes.get(case)
        self.assertIsNotNone(outcome, f"it was not run; the program ended with\n{self.run_.stdout[-6000:]}")
        failures = [failure.get("message") for failure in outcome.findall("failure")]
        self.assertEqual(failures, [])
        self.assertEqual(outcome.get("status"), "run", "skipped")
    return test


for _case in _cases():
    setattr(KafkaBusTest, "test_" + _case.replace("/", "_").replace(".", "_"), _test_of(_case))


if __name__ == "__main__":
    unittest.main()
