"""A member of a shared group is killed at the two moments that decide which records its successor handles."""

import os
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

_ROOT = Path(os.environ["FLUX_ROOT"])
sys.path.insert(0, str(_ROOT / "tools" / "engines"))
sys.path.insert(0, str(_ROOT / "tests" / "chaos"))

from kafka import Kafka  # noqa: E402
from testpoints import Points, wait_until  # noqa: E402

_PROGRAM = Path(os.environ["BUILD_DIR"]) / "src" / "bus" / "kafka" / "kafka_group_member"
_RECORDS = 20
_FIRST_RECORDS = 12  # the others are published when the first member is dead
_PATIENCE_SECONDS = 60


class Member:
    """The program; what it has handled, in order."""

    def __init__(self, test, brokers, name, points):
        self.handled = []
        self.process = subprocess.Popen([_PROGRAM, brokers, name, name], stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "TESTPOINTS": str(points.folder)})
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        test.addCleanup(self.kill)

    def _read(self):
        with self.process.stdout as lines:
            for line in lines:
                self.handled.append(int(line.split()[2]))

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._reader.join()


class GroupMember(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="flux-group-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.kafka = Kafka(cls.folder / "kafka")
        cls.addClassCleanup(cls.kafka.down)
        cls.kafka.up()

    def killed_at(self, *way):
        """The first member is killed at the last of these points, having come by the others: (what it handled, where the group
        stood then, what the second one handled)."""
        name = way[-1].replace(".", "-")
        self.make_topic(name)
        self.publish(name, range(_FIRST_RECORDS))
        points = Points(self.folder / name)
        hold = points.arm(way[0])
        first = Member(self, self.kafka.brokers, name, points)
        try:
            for point, following in zip(way, (*way[1:], None)):
                self.assertTrue(hold.wait(_PATIENCE_SECONDS), f"it did not come to {point}")
                if following:
                    passed, hold = hold, points.arm(following)
                    passed.release()
            first.kill()
        finally:
            hold.release()
        stood = self.committed(name)
        self.publish(name, range(_FIRST_RECORDS, _RECORDS))
        second = Member(self, self.kafka.brokers, name, points)
        wait_until("the successor handled the last record", lambda: _RECORDS - 1 in second.handled, _PATIENCE_SECONDS)
        wait_until("the successor committed", lambda: self.committed(name) == _RECORDS, _PATIENCE_SECONDS)
        second.kill()
        return first.handled, stood, second.handled

    def make_topic(self, name):
        admin = AdminClient({"bootstrap.servers": self.kafka.brokers})
        [made] = admin.create_topics([NewTopic(name, 1, 1)]).values()
        made.result(_PATIENCE_SECONDS)

    def publish(self, name, numbers):
        producer = Producer({"bootstrap.servers": self.kafka.brokers, "acks": "all", "enable.idempotence": True})
        for number in numbers:
            producer.produce(name, str(number), "k")
        self.assertEqual(producer.flush(_PATIENCE_SECONDS), 0)

    def committed(self, name):
        consumer = Consumer({"bootstrap.servers": self.kafka.brokers, "group.id": name, "enable.auto.commit": False})
        try:
            return consumer.committed([TopicPartition(name, 0)], timeout=_PATIENCE_SECONDS)[0].offset
        finally:
            consumer.close()

    def test_killed_before_its_commit_was_sent_everything_is_handled_again(self):
        first, stood, second = self.killed_at("kafka.commit.begun")
        self.assertEqual(first, list(range(len(first))))
        self.assertGreater(len(first), 0)
        self.assertEqual(stood, 0, "nothing was committed but where the group begins")
        self.assertEqual(second, list(range(_RECORDS)), "from there on, in order, once")

    def test_killed_when_its_commit_was_stored_nothing_of_it_is_handled_again(self):
        # By way of the first commit of handled records: the group's beginning is committed, too.
        first, stood, second = self.killed_at("kafka.commit.begun", "kafka.commit.stored")
        self.assertEqual(first, list(range(len(first))))
        self.assertGreater(stood, 0)
        self.assertLessEqual(stood, len(first), "what was committed had been handled")
        self.assertEqual(second, list(range(stood, _RECORDS)), "from there on, in order, once")


if __name__ == "__main__":
    unittest.main()
