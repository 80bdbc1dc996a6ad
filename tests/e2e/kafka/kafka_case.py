"""A Kafka for the tests of a class, and the ways to the program and its helpers."""

import os
import sys
import tempfile
from pathlib import Path

_ROOT = Path(os.environ["FLUX_ROOT"])
sys.path.insert(0, str(_ROOT / "tools" / "engines"))
sys.path.insert(0, str(_ROOT / "tests" / "e2e" / "app"))

from kafka import Kafka  # noqa: E402


class WithKafka:
    """Beside unittest.TestCase, and before it."""

    secure = False
    extra = ()  # lines of server.properties

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="flux-kafka-")
        cls.addClassCleanup(folder.cleanup)
        cls.kafka = Kafka(Path(folder.name) / "kafka", secure=cls.secure, extra=cls.extra)
        cls.addClassCleanup(cls.kafka.down)
        cls.kafka.up()
