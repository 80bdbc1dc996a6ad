"""Gateway and crypto service as processes of their own, and what an outage of Kafka looks like."""

import json
import signal
import threading
import time
import unittest

from kafka_case import WithKafka  # first: it knows the way to the others
from flux_process import Flux, Folder, request, run, wait_until

_ROUTE = """
[[topic]]
name = "{topic}"
partitions = 3

[[route]]
name = "{topic}"
topic = "{topic}"
room = "crypto.global"
event = "{topic}"
"""


class Listener:
    """A Socket.IO client over polling that keeps what it hears, as (event, first argument)."""

    def __init__(self, test, flux):
        self.url = flux.open_socket()
        self.heard = []
        self.ended = None
        self.joined = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        test.addCleanup(self._end)
        request(self.url, "POST", b'420["userLocationUpdate"]')
        wait_until("it is in its rooms", lambda: self.joined)

    def _listen(self):
        while not self._stop.is_set():
            try:
                status, _, text = request(self.url)
            except OSError as error:
                self.ended = str(error)
                return
            if status != 200:
                self.ended = f"{status} {text}"
                return
            for packet in text.split("\x1e"):
                if packet == "2":
                    request(self.url, "POST", b"3")
                elif packet.startswith("430"):
                    self.joined = True
                elif packet.startswith("42"):
                    event, *arguments = json.loads(packet[2:])
                    self.heard.append((event, arguments[0] if arguments else None))

    def _end(self):
        self._stop.set()

    def events(self, name):
        return [argument for event, argument in list(self.heard) if event == name]


class KafkaTest(WithKafka, unittest.TestCase):
    def setUp(self):
        self.addCleanup(self._heal)
        self.topic = f"test.{self._testMethodName}"

    def _heal(self):
        self.kafka.resume(1)
        if not self.kafka.running(1):
            self.kafka.start(1)
        self.kafka.wait()

    def flux(self, command, *flags, **options):
        return Flux(self, f"--kafka={self.kafka.brokers}", "--kafka.request_timeout=2s", "--kafka.probe_interval=200ms", *flags,
                    command=command, **options)

    def gateway(self, identity="a"):
        folder = Folder(self)
        config = folder.write("flux.toml", _ROUTE.format(topic=self.topic))
        return self.flux("gateway", f"--config={config}", f"--gateway.id={identity}", folder=folder)

    def publish(self, flux, value, key="k"):
        status, _, answer = flux.post_record(self.topic, json.dumps({"value": value}).encode(), flux.token(), X_Record_Key=key)
        self.assertEqual(status, 201, answer)

    def values(self, listener):
        return [argument["value"] for argument in listener.events(self.topic)]

    def ready(self, flux):
        status, _, text = request(f"{flux.admin}/readyz")
        return status, json.loads(text)


class Roles(KafkaTest):
    def test_prices_of_a_crypto_service_reach_the_clients_of_a_gateway(self):
        gateway = self.gateway()
        listener = Listener(self, gateway)
        crypto = self.flux("crypto", "--crypto.source=simulated", "--crypto.flush_interval=100ms")
        wait_until("a price came", lambda: listener.events("cryptoTickerResponse"))
        self.assertEqual(self.ready(gateway), (200, {"status": "ready", "checks": {
            "bus": "ok", "gateway": "ok", "listeners": "ok"}}))
        self.assertEqual(self.ready(crypto), (200, {"status": "ready", "checks": {
            "bus": "ok", "feeds": "ok", "listeners": "ok"}}))
        self.assertGreater(crypto.metric("flux_kafka_published_total"), 0)
        self.assertEqual(crypto.stop(), 0)
        self.assertEqual(gateway.stop(), 0)

    def test_every_gateway_sees_every_record(self):
        one, other = self.gateway("a"), self.gateway("b")
        listeners = [Listener(self, one), Listener(self, other)]
        for number in range(20):
            self.publish(one if number % 2 else other, number, key=str(number))
        for listener in listeners:
            wait_until("all came", lambda: len(self.values(listener)) >= 20)
            self.assertEqual(sorted(self.values(listener)), list(range(20)))

    def prices_after(self, fault):
        """Two gateways and the crypto service; what `fault` does to the latter ends, and prices go on at both."""
        gateways = [self.gateway("a"), self.gateway("b")]
        listeners = [Listener(self, gateway) for gateway in gateways]
        fault(self.flux("crypto", "--crypto.source=simulated", "--crypto.flush_interval=100ms"), listeners)
        for listener in listeners:
            heard = len(listener.events("cryptoTickerResponse"))
            wait_until("prices go on", lambda: len(listener.events("cryptoTickerResponse")) >= heard + 3)
            self.assertIsNone(listener.ended, "the client kept its connection")
        for gateway in gateways:
            wait_until("it is ready", lambda: self.ready(gateway)[0] == 200)

    @staticmethod
    def came(listeners):
        for listener in listeners:
            wait_until("a price came", lambda: listener.events("cryptoTickerResponse"))

    def test_prices_go_on_after_the_crypto_service_was_killed(self):
        def kill(crypto, listeners):
            self.came(listeners)
            crypto.process.kill()
            crypto.process.wait()
            self.flux("crypto", "--crypto.source=simulated", "--crypto.flush_interval=100ms")
        self.prices_after(kill)

    def test_prices_go_on_after_the_crypto_service_stood_still(self):
        def stop(crypto, listeners):
            self.came(listeners)
            crypto.process.send_signal(signal.SIGSTOP)
            over = threading.Event()
            threading.Timer(5, over.set).start()
            self.assertTrue(over.wait(30))
            crypto.process.send_signal(signal.SIGCONT)
        self.prices_after(stop)

    def test_up_does_everything_on_kafka(self):
        flux = self.flux("up", "--crypto.flush_interval=100ms")
        self.assertIn("on Kafka", next(line for line in flux.said if line.startswith("Flux is running")))
        listener = Listener(self, flux)
        wait_until("a price came", lambda: listener.events("cryptoTickerResponse"))
        self.assertFalse((flux.data / "bus").exists(), "nothing is kept beside Kafka")
        self.assertEqual(flux.stop(), 0)


class Starting(KafkaTest):
    def test_without_an_answer_it_waits_then_says_what_is_missing(self):
        ended = run("gateway", "--kafka=127.0.0.1:1", "--kafka.start_timeout=2s", "--kafka.request_timeout=1s",
                    "--http.port=0", "--admin.port=0", f"--data_dir={Folder(self).path}/data", "--log.format=json")
        self.assertEqual(ended.returncode, 1)
        self.assertRegex(ended.stderr.decode(), r"flux: Kafka did not answer at 127\.0\.0\.1:1 within 2 s")
        self.assertIn(b'"event":"kafka.waiting"', ended.stderr)
        self.assertIn(b"kafka.brokers", ended.stderr)

    def test_it_starts_once_kafka_is_there(self):
        self.kafka.kill(1)
        flux = self.flux("gateway", wait=False)
        wait_until("it said that it waits", lambda: flux.logged("kafka.waiting"))
        self.kafka.start(1)
        flux.wait_until_it_runs()

    def test_a_signal_ends_the_wait(self):
        flux = Flux(self, "--kafka=127.0.0.1:1", "--kafka.request_timeout=1s", command="gateway", wait=False)
        wait_until("it said that it waits", lambda: flux.logged("kafka.waiting"))
        self.assertEqual(flux.stop(), 0)

    def test_bad_settings_are_named(self):
        for flag, wanted in (("--kafka.brokers=nowhere", "host:port"), ("--kafka.brokers=127.0.0.1:99999", "host:port"),
                             ("--kafka.security_protocol=smoke", "sasl_ssl"),
                             ("--kafka.ca_file=/ca.pem", "kafka.ca_file is for TLS"),
                             ("--kafka.sasl_username=flux", "kafka.sasl_username says how to log in"),
                             ("--kafka.security_protocol=sasl_ssl", "kafka.sasl_username"),
                             ("--kafka.sasl_mechanism=PLAIN", "kafka.security_protocol"),
                             ("--kafka.key_file=/k.pem", "kafka.certificate_file")):
            brokers = [] if "brokers" in flag else ["--kafka=127.0.0.1:9092"]
            ended = run("gateway", *brokers, flag, cwd=Folder(self).path)
            self.assertEqual(ended.returncode, 2, flag)
            self.assertIn(wanted, ended.stderr.decode(), flag)


class Outage(KafkaTest):
    def outage(self, begin, end):
        gateway = self.gateway()
        listener = Listener(self, gateway)
        self.publish(gateway, "before")
        wait_until("the first came", lambda: self.values(listener) == ["before"])
        begin(1)
        wait_until("it is not ready", lambda: self.ready(gateway)[1]["status"] == "degraded", 60)
        self.assertEqual(self.ready(gateway), (503, {"status": "degraded", "checks": {
            "bus": "away", "gateway": "ok", "listeners": "ok"}}))
        self.assertEqual(gateway.metric("flux_kafka_up"), 0)
        self.assertTrue(gateway.logged("kafka.lost"))
        Listener(self, gateway)  # whoever comes now gets in all the same
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.publish(gateway, "meanwhile")))
        thread.start()
        end(1)
        wait_until("it is ready", lambda: self.ready(gateway)[0] == 200, 60)
        thread.join(60)
        self.assertEqual(answers, [None], "what was published meanwhile was stored")
        self.publish(gateway, "after")
        wait_until("the last came", lambda: "after" in self.values(listener))
        self.assertEqual(self.values(listener), ["before", "meanwhile", "after"], "each once, in order")
        self.assertIsNone(listener.ended, "the client kept its connection")
        self.assertTrue(gateway.logged("kafka.back"))
        self.assertEqual(gateway.metric("flux_kafka_outages_total"), 1)
        self.assertEqual(gateway.stop(), 0)

    def test_a_killed_broker(self):
        self.outage(self.kafka.kill, self.kafka.start)

    def test_a_broker_that_hangs(self):
        self.outage(self.kafka.pause, self.kafka.resume)

    def test_a_gateway_that_is_stopped_meanwhile_ends_in_time(self):
        gateway = self.gateway()
        Listener(self, gateway)
        self.kafka.kill(1)
        wait_until("it is not ready", lambda: self.ready(gateway)[0] == 503, 60)
        began = time.monotonic()
        self.assertEqual(gateway.stop(), 0)
        self.assertLess(time.monotonic() - began, 20, "shutdown.timeout")

    def test_a_stop_while_kafka_hangs_answers_those_who_wait_and_ends_in_time(self):
        gateway, crypto = self.gateway(), self.flux("crypto", "--crypto.source=simulated", "--crypto.flush_interval=50ms")
        self.publish(gateway, "before")
        wait_until("prices are published", lambda: crypto.metric("flux_kafka_published_total") > 0)
        self.kafka.pause(1)
        answers = []
        thread = threading.Thread(target=lambda: answers.append(
            gateway.post_record(self.topic, b'{"value":"meanwhile"}', gateway.token(), X_Record_Key="k")[0]))
        thread.start()
        for flux in (gateway, crypto):
            wait_until("something waits", lambda flux=flux: flux.metric("flux_kafka_publish_waiting") > 0)
        for flux in (gateway, crypto):
            began = time.monotonic()
            self.assertEqual(flux.stop(), 0)
            self.assertLess(time.monotonic() - began, 15, "shutdown.timeout is 20 s")
        thread.join()
        self.assertEqual(answers, [504], "nobody knows whether it is stored")


if __name__ == "__main__":
    unittest.main()
