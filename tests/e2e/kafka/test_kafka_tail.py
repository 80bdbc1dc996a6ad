"""`flux tail` on Kafka: what it does on the embedded bus (tests/e2e/app/test_tail.py)."""

import os
import unittest
from unittest import mock

from kafka_case import WithKafka  # first: it knows the way to the others
import test_tail


class KafkaTailTest(WithKafka, test_tail.TailTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        variables = mock.patch.dict(os.environ, {"TEST_KAFKA_BROKERS": cls.kafka.brokers})
        variables.start()
        cls.addClassCleanup(variables.stop)


if __name__ == "__main__":
    unittest.main()
