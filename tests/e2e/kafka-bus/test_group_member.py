"""A member of a shared group is killed at the two moments that decide which records its successor handles, stopped for longer than
the group waits for it, and refused."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, NewTopic,
                                   ResourcePatternType, ResourceType)

_ROOT = Path(os.environ["FLUX_ROOT"])
sys.path.insert(0, str(_ROOT / "tools" / "engines"))
sys.path.insert(0, str(_ROOT / "tests" / "chaos"))

from kafka import Kafka  # noqa: E402
from testpoints import Points, wait_until  # noqa: E402

_PROGRAM = Path(os.environ["BUILD_DIR"]) / "src" / "bus" / "kafka" / "kafka_group_member"
_RECORDS = 20
_FIRST_RECORDS = 12  # the others are published when the first member is dead, or back
_PATIENCE_SECONDS = 60


def _state(task):
    """The letter of /proc/.../stat: T is stopped."""
    return (task / "stat").read_text().rpartition(")")[2].split()[0]


class Member:
    """The program; what it has handled, in order, and what it says."""

    def __init__(self, test, brokers, name, points):
        self.handled = []
        self._log = tempfile.TemporaryFile("w+")
        test.addCleanup(self._log.close)
        self.process = subprocess.Popen([_PROGRAM, brokers, name, name], stdout=subprocess.PIPE, stderr=self._log, text=True,
                                        env={**os.environ, "TESTPOINTS": str(points.folder)})
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        test.addCleanup(self.kill)

    def _read(self):
        with self.process.stdout as lines:
            for line in lines:
                self.handled.append(int(line.split()[2]))

    def said(self, event, level=None):
        """Its log lines of that name."""
        text = os.pread(self._log.fileno(), 1 << 22, 0).decode(errors="replace")
        lines = [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event and level in (None, line["level"])]

    def stop(self):
        """Returns when every thread stands still; until then one of them may go on with what it is given."""
        self.process.send_signal(signal.SIGSTOP)
        tasks = Path(f"/proc/{self.process.pid}/task")
        wait_until("it stands still", lambda: all(_state(task) == "T" for task in tasks.iterdir()), _PATIENCE_SECONDS)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
            self._reader.join()
            print(os.pread(self._log.fileno(), 1 << 22, 0).decode(errors="replace"), file=sys.stderr)


class WithKafka:
    """A broker for the class, and what a case does to a topic and a group of the same name."""
    extra = ()

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="flux-group-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.kafka = Kafka(cls.folder / "kafka", extra=cls.extra)
        cls.addClassCleanup(cls.kafka.down)
        cls.kafka.up()

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


class GroupMember(WithKafka, unittest.TestCase):
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

    def stopped_at(self, point):
        """The first member is stopped at this point, until the second one has handled what was there and committed it; then it
        goes on, and more is published when both are members. Returns both, ended, with what the first had handled by then."""
        name = "stopped-at-" + point.replace(".", "-")
        self.make_topic(name)
        self.publish(name, range(_FIRST_RECORDS))
        points = Points(self.folder / name)
        hold = points.arm(point)
        first = Member(self, self.kafka.brokers, name, points)
        try:
            self.assertTrue(hold.wait(_PATIENCE_SECONDS), f"it did not come to {point}")
            first.stop()
        finally:
            hold.release()  # what it is held by; the signal holds it on
        self.assertEqual(self.committed(name), 0, "nothing was committed but where the group begins")
        second = Member(self, self.kafka.brokers, name, points)
        wait_until("the second handled what was there", lambda: _FIRST_RECORDS - 1 in second.handled, _PATIENCE_SECONDS)
        wait_until("the second committed", lambda: self.committed(name) == _FIRST_RECORDS, _PATIENCE_SECONDS)
        first.go_on()
        # Dealt at first, taken, dealt anew (or told that there is nothing for it).
        wait_until("the first joined anew", lambda: len(first.said("kafka.rebalance")) >= 3, _PATIENCE_SECONDS)
        wait_until("the second met it", lambda: len(second.said("kafka.rebalance")) >= 3, _PATIENCE_SECONDS)
        self.assertEqual(self.committed(name), _FIRST_RECORDS, "the first did not set the group back")
        late = list(first.handled)
        self.publish(name, range(_FIRST_RECORDS, _RECORDS))
        wait_until("the last record is handled", lambda: _RECORDS - 1 in first.handled + second.handled, _PATIENCE_SECONDS)
        wait_until("it is committed", lambda: self.committed(name) == _RECORDS, _PATIENCE_SECONDS)
        first.kill()
        second.kill()
        self.assertEqual(second.handled[:_FIRST_RECORDS], list(range(_FIRST_RECORDS)), "everything again, in order, once")
        self.assertEqual(late, list(range(len(late))), "in order, once")
        news = first.handled[len(late):] + second.handled[_FIRST_RECORDS:]
        self.assertEqual(news, list(range(_FIRST_RECORDS, _RECORDS)), "one of them has the partition: in order, once")
        return first, late

    def test_stopped_in_a_batch_for_longer_than_the_session_it_commits_nothing_of_it(self):
        first, late = self.stopped_at("kafka.batch.taken")
        self.assertGreater(len(late), 0, "the batch it was stopped in")
        self.assertEqual(len(first.said("kafka.position_gone")), 0)

    def test_stopped_before_its_commit_for_longer_than_the_session_it_is_told_that_it_is_too_late(self):
        first, late = self.stopped_at("kafka.commit.begun")
        self.assertGreater(len(late), 0)
        refused = first.said("kafka.commit_failed")
        self.assertGreater(len(refused), 0)
        self.assertIn("whoever is given the partitions handles these records again", refused[0]["message"])


class Refused(WithKafka, unittest.TestCase):
    extra = ("authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer", "allow.everyone.if.no.acl.found=true")
    _MANY_LINES = 20  # a member that asks without pause says thousands

    def test_a_member_that_may_not_ask_where_to_read_says_so_once_and_comes_back(self):
        name = "refused"
        self.make_topic(name)
        self.publish(name, range(_FIRST_RECORDS))
        points = Points(self.folder / name)
        hold = points.arm("kafka.partitions.dealt")
        member = Member(self, self.kafka.brokers, name, points)
        try:
            self.assertTrue(hold.wait(_PATIENCE_SECONDS), "no partition was dealt")
            self.deny(name)
        finally:
            hold.release()
        wait_until("it gives up", lambda: member.said("kafka.group_error", "error"), _PATIENCE_SECONDS)
        [given_up] = member.said("kafka.group_error", "error")
        self.assertIn("leaves its group", given_up["message"])
        self.assertIn("uthoriz", given_up["error"])
        # It joins anew, and is told that it may not read the topic.
        wait_until("it is refused again", lambda: len(member.said("kafka.group_error")) > 1, _PATIENCE_SECONDS)
        self.assertEqual(member.handled, [])
        self.allow(name)
        wait_until("everything is handled", lambda: _FIRST_RECORDS - 1 in member.handled, _PATIENCE_SECONDS)
        self.assertEqual(member.handled, list(range(_FIRST_RECORDS)), "from where the group began, in order, once")
        self.assertLess(len(member.said("kafka.group_error")), self._MANY_LINES)

    def deny(self, topic):
        """Nobody may look at it any more, or read it."""
        rule = AclBinding(ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, "User:ANONYMOUS", "*", AclOperation.DESCRIBE,
                          AclPermissionType.DENY)
        admin = self.admin()  # kept: what it was asked ends with it
        [made] = admin.create_acls([rule]).values()
        made.result(_PATIENCE_SECONDS)
        wait_until("it is denied", lambda: not self.may_be_seen(topic), _PATIENCE_SECONDS)

    def allow(self, topic):
        rule = AclBindingFilter(ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, "User:ANONYMOUS", "*",
                                AclOperation.DESCRIBE, AclPermissionType.DENY)
        admin = self.admin()
        [gone] = admin.delete_acls([rule]).values()
        gone.result(_PATIENCE_SECONDS)
        wait_until("it is allowed", lambda: self.may_be_seen(topic), _PATIENCE_SECONDS)

    def may_be_seen(self, topic):
        return self.admin().list_topics(topic, timeout=_PATIENCE_SECONDS).topics[topic].error is None

    def admin(self):
        return AdminClient({"bootstrap.servers": self.kafka.brokers})


if __name__ == "__main__":
    unittest.main()
