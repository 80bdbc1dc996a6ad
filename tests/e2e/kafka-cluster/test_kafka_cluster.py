"""Three brokers, of which one is killed, stands still or is restarted, or of which two are gone."""

import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

_ROOT = Path(os.environ["FLUX_ROOT"])
for _folder in ("tools/engines", "tests/e2e/app", "tests/chaos"):
    sys.path.insert(0, str(_ROOT / _folder))

from confluent_kafka.admin import AdminClient  # noqa: E402

import checker  # noqa: E402
from faults import all_faults  # noqa: E402
from flux_process import Flux, Folder, request, run, wait_until  # noqa: E402
from kafka import Kafka  # noqa: E402
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


class OneOfThree(unittest.TestCase):
    """Two brokers are gone. The third one answers, and can store nothing: two copies must acknowledge."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="flux-kafka-")
        cls.addClassCleanup(folder.cleanup)
        cls.kafka = Kafka(Path(folder.name) / "kafka", nodes=3)
        cls.addClassCleanup(cls.kafka.down)
        cls.kafka.up()

    def setUp(self):
        self.addCleanup(self.start_others)

    def kill_others(self):
        for node in (2, 3):
            self.kafka.kill(node)

    def start_others(self):
        for node in (2, 3):
            if not self.kafka.running(node):
                self.kafka.start(node)
        self.kafka.wait()

    def flags(self, *more):
        return [f"--kafka={self.kafka.brokers}", "--kafka.request_timeout=2s", "--kafka.probe_interval=200ms", *more]

    def test_a_gateway_counts_it_as_away_until_a_record_is_acknowledged(self):
        gateway = Flux(self, *self.flags(), command="gateway")
        self.assertEqual(request(f"{gateway.admin}/readyz")[0], 200)
        self.kill_others()
        wait_until("it is not ready", lambda: request(f"{gateway.admin}/readyz")[0] == 503, 60)
        self.assertEqual(gateway.metric("flux_kafka_up"), 0)
        wait_until("it said so", lambda: gateway.logged("kafka.lost"))
        lost = next(line for line in gateway.log() if line["event"] == "kafka.lost")
        self.assertRegex(lost["error"], "brokers answer, but have acknowledged no record")
        self.assertEqual(gateway.metric("flux_kafka_outages_total"), 1)
        self.start_others()
        wait_until("it is ready", lambda: request(f"{gateway.admin}/readyz")[0] == 200, 90)
        wait_until("it said so", lambda: gateway.logged("kafka.back"))
        self.assertEqual(gateway.stop(), 0)

    def test_a_start_waits_until_a_record_is_stored(self):
        self.assertEqual(Flux(self, *self.flags(), command="gateway").stop(), 0)  # its topics are there now
        self.kill_others()
        impatient = run("gateway", *self.flags("--kafka.start_timeout=8s"), "--http.port=0", "--admin.port=0", "--log.format=json",
                        cwd=Folder(self).path)
        self.assertEqual(impatient.returncode, 1)
        self.assertRegex(impatient.stderr.decode(), "(?m)^flux: the event bus did not take its first record")
        stopped, gateway = (Flux(self, *self.flags("--kafka.start_timeout=2m"), command="gateway", wait=False) for _ in range(2))
        for flux in (stopped, gateway):
            wait_until("it said that it waits", lambda flux=flux: flux.logged("start.waiting"))
        self.assertEqual(stopped.stop(), 0, "a signal ends the wait")
        self.start_others()
        gateway.wait_until_it_runs()
        self.assertEqual(request(f"{gateway.admin}/readyz")[0], 200)
        self.assertEqual(gateway.stop(), 0)


class TwoOfThree(unittest.TestCase):
    """One broker of a cluster comes later than the others, or not at all."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="flux-kafka-")
        self.addCleanup(folder.cleanup)
        self.kafka = Kafka(Path(folder.name) / "kafka", nodes=3)
        self.addCleanup(self.kafka.down)
        self.kafka.up()
        self.kafka.kill(3)
        self.admin = AdminClient({"bootstrap.servers": self.kafka.brokers})
        wait_until("the cluster says that two are left", lambda: len(self.admin.list_topics(timeout=30).brokers) == 2, 60)

    def copies(self, topic):
        return {len(partition.replicas) for partition in self.admin.list_topics(topic, timeout=30).topics[topic].partitions.values()}

    def start(self, timeout):
        return Flux(self, f"--kafka={self.kafka.brokers}", "--kafka.request_timeout=2s", f"--kafka.start_timeout={timeout}",
                    command="gateway", wait=False)

    def test_a_start_waits_for_it_before_topics_are_made(self):
        gateway = self.start("4m")
        wait_until("it said that it waits",
                   lambda: any("would have fewer copies" in line.get("error", "") for line in gateway.log()), 60)
        self.kafka.start(3)
        gateway.wait_until_it_runs()
        for topic in ("crypto.ticker.event.updated", "flux.gateways", "flux.warm-up"):
            self.assertEqual(self.copies(topic), {3}, topic)
        self.assertEqual(gateway.stop(), 0)

    def test_a_start_makes_them_with_two_copies_when_it_does_not_come(self):
        gateway = self.start("16s")
        gateway.wait_until_it_runs()
        self.assertEqual(self.copies("crypto.ticker.event.updated"), {2})
        self.assertTrue(any("few copies" in line["message"] for line in gateway.log() if line["event"] == "kafka.topic_made"))
        self.assertEqual(gateway.stop(), 0)


if __name__ == "__main__":
    unittest.main()
