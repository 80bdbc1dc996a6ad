"""`flux tail` on Kafka: what it does on the embedded bus (tests/e2e/app/test_tail.py)."""

import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

_ROOT = Path(os.environ["FLUX_ROOT"])
sys.path.insert(0, str(_ROOT / "tools" / "engines"))
sys.path.insert(0, str(_ROOT / "tests" / "e2e" / "app"))

import test_tail  # noqa: E402
from kafka import Kafka  # noqa: E402


class KafkaTailTest(test_tail.TailTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="flux-kafka-")
        cls.addClassCleanup(folder.cleanup)
        kafka = Kafka(Path(folder.name) / "kafka")
        cls.addClassCleanup(kafka.down)
        kafka.up()
        variables = mock.patch.dict(os.environ, {"TEST_KAFKA_BROKERS": kafka.brokers})
        variables.start()
        cls.addClassCleanup(variables.stop)


if __name__ == "__main__":
    unittest.main()
