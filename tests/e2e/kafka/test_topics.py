"""Topics: `flux topics apply`, what a start makes, and what it leaves to others."""

import subprocess
import unittest

from kafka_case import WithKafka  # first: it knows the way to the others
from flux_process import Flux, Folder, run, wait_until
from test_roles import Listener

_ROW = '[[topic]]\nname = "{name}"\npartitions = {partitions}\nretention_time = "{hours}h"\n'
_ROUTE = '[[route]]\nname = "orders"\ntopic = "{topic}"\nroom = "crypto.global"\nevent = "order"\n'


def told(flux, event, *fields):
    """What the lines of an event say so far."""
    return [tuple(line[field] for field in fields) for line in flux.log() if line["event"] == event]


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

    def test_a_mistake_in_a_route_makes_no_topic(self):
        """The gateway says so and goes on; what somebody makes later is read from its beginning."""
        folder = Folder(self)
        config = folder.write("flux.toml", _ROUTE.format(topic="shop.ordres"))
        flux = Flux(self, f"--config={config}", f"--kafka={self.kafka.brokers}", "--kafka.growth_interval=200ms", folder=folder,
                    command="gateway")
        wait_until("it warned", lambda: told(flux, "gateway.topic_missing", "topic") == [("shop.ordres",)])
        self.assertEqual(flux.metric("flux_gateway_topic_missing", topic="shop.ordres"), 1)
        self.assertEqual(flux.post_record("shop.ordres", b'{"n":0}', flux.token())[0], 404)
        ended = run("topics", "apply", f"--config={config}", f"--kafka={self.kafka.brokers}")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("missing  shop.ordres: a route reads it", ended.stdout.decode())
        listener = Listener(self, flux)
        self.assertIn("made     shop.ordres: 2 partitions", self.apply("shop.ordres", 2, 24))
        self.assertEqual(flux.post_record("shop.ordres", b'{"n":1}', flux.token(), X_Record_Key="k")[0], 201)
        wait_until("it came", lambda: listener.events("order") == [{"n": 1}])
        wait_until("it is found", lambda: flux.metric("flux_gateway_topic_missing", topic="shop.ordres") == 0)
        self.assertTrue(flux.logged("gateway.topic_found"))
        self.assertEqual(flux.stop(), 0)

    def test_without_kafka_it_says_why(self):
        ended = run("topics", "apply", cwd=Folder(self).path)
        self.assertEqual(ended.returncode, 2)
        self.assertIn(b"--kafka HOST:PORT", ended.stderr)
        ended = run("topics", "apply", "--kafka=127.0.0.1:1", "--kafka.request_timeout=1s", cwd=Folder(self).path)
        self.assertEqual(ended.returncode, 1)
        self.assertIn(b"no Kafka broker answers at 127.0.0.1:1", ended.stderr)


class MorePartitionsTest(WithKafka, unittest.TestCase):
    extra = ("auto.create.topics.enable=true", "num.partitions=3")

    def test_topics_that_a_broker_made_in_its_own_shape_stop_nobody(self):
        for topic in ("crypto.ticker.event.updated", "shop.orders"):
            subprocess.run(["kcat", "-P", "-b", self.kafka.brokers, "-t", topic], input=b"{}\n", check=True,
                           stderr=subprocess.DEVNULL, timeout=60)
        folder = Folder(self)
        config = folder.write("flux.toml", _ROW.format(name="shop.orders", partitions=2, hours=24))
        gateway = Flux(self, f"--config={config}", f"--kafka={self.kafka.brokers}", folder=folder, command="gateway")
        wait_until("it warned", lambda: told(gateway, "kafka.more_partitions", "topic", "partitions", "wanted")
                   == [("shop.orders", 3, 2)])
        listener = Listener(self, gateway)
        crypto = Flux(self, f"--kafka={self.kafka.brokers}", "--crypto.source=simulated", "--crypto.flush_interval=100ms",
                      command="crypto")
        wait_until("it warned", lambda: told(crypto, "kafka.more_partitions", "topic", "partitions", "wanted")
                   == [("crypto.ticker.event.updated", 3, 1)])
        wait_until("a price came", lambda: listener.events("cryptoTickerResponse"))
        ended = run("doctor", f"--config={config}", f"--kafka={self.kafka.brokers}", cwd=folder.path)
        said = ended.stdout.decode()
        self.assertRegex(said, r"crypto\.ticker\.event\.updated.*has 3 partitions, not 1")
        self.assertNotIn("Flux does not start", said)
        self.assertNotIn("[[topic]]", said)


class CopiesTest(WithKafka, unittest.TestCase):
    extra = ("default.replication.factor=2",)  # which one broker cannot do

    def test_a_start_makes_topics_in_the_shape_of_topics_apply(self):
        flux = Flux(self, f"--kafka={self.kafka.brokers}", command="gateway")
        wait_until("it told of each topic", lambda: {("crypto.ticker.event.updated", 1), ("flux.gateways", 1), ("flux.warm-up", 1)}
                   <= set(told(flux, "kafka.topic_made", "topic", "copies")))
        self.assertEqual({copies for _, copies in told(flux, "kafka.topic_made", "topic", "copies")}, {1})
        ended = run("topics", "apply", f"--kafka={self.kafka.brokers}", cwd=flux.folder.path)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertNotIn("differs", ended.stdout.decode())


if __name__ == "__main__":
    unittest.main()
