"""`flux topics apply`: makes what is missing, says what differs, changes nothing."""

import unittest

from kafka_case import WithKafka  # first: it knows the way to the others
from flux_process import Folder, run

_ROW = '[[topic]]\nname = "{name}"\npartitions = {partitions}\nretention_time = "{hours}h"\n'


class TopicsTest(WithKafka, unittest.TestCase):
    extra = ("auto.create.topics.enable=true",)  # as Kafka has it unless told otherwise

    def apply(self, name, partitions, hours):
        config = Folder(self).write("flux.toml", _ROW.format(name=name, partitions=partitions, hours=hours))
        ended = run("topics", "apply", f"--config={config}", f"--kafka={self.kafka.brokers}")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended.stdout.decode()

    def test_makes_what_is_missing_and_leaves_what_is_there(self):
        said = self.apply("shop.orders", 3, 48)
        self.assertIn("made     shop.orders: 3 partitions, 1 copies\n", said)
        self.assertRegex(said, r"(made     |there    )crypto\.ticker\.event\.updated")
        said = self.apply("shop.orders", 3, 48)
        self.assertIn("there    shop.orders\n", said)
        self.assertNotIn("made", said)

    def test_says_what_differs_and_changes_nothing(self):
        self.apply("shop.stock", 2, 24)
        for _ in range(2):
            said = self.apply("shop.stock", 4, 48)
            self.assertIn("differs  shop.stock: has 2 partitions, not 4\n", said)
            self.assertRegex(said, r"kafka-topics\.sh .*--alter --topic shop\.stock --partitions 4")
            self.assertRegex(said, r"kafka-configs\.sh .*retention\.ms=172800000")
        self.assertIn("there    shop.stock\n", self.apply("shop.stock", 2, 24))

    def test_without_kafka_it_says_why(self):
        ended = run("topics", "apply", cwd=Folder(self).path)
        self.assertEqual(ended.returncode, 2)
        self.assertIn(b"--kafka HOST:PORT", ended.stderr)
        ended = run("topics", "apply", "--kafka=127.0.0.1:1", "--kafka.request_timeout=1s", cwd=Folder(self).path)
        self.assertEqual(ended.returncode, 1)
        self.assertIn(b"no Kafka broker answers at 127.0.0.1:1", ended.stderr)


if __name__ == "__main__":
    unittest.main()
