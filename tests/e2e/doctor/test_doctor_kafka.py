"""`flux doctor` before a Kafka that is well, one that is away, one that refuses, and servers that are none."""

import unittest

from doctor_case import Folder, examine, run  # first: it knows the way to the others
from kafka_case import WithKafka
from kafka_stand_in import GROUP, TOPIC, Silent, WebServer, WrongClock, allow
from flux_process import Flux, topics
import kafka_security as login

_READ, _WRITE, _CREATE, _DESCRIBE, _DESCRIBE_CONFIGS = 3, 4, 5, 8, 10


class DoctorWithoutKafkaTest(unittest.TestCase):
    def server(self, address, *flags):
        report = examine(self, f"--kafka={address}", *flags)
        self.assertEqual(report.code, 1)
        finding = report.one(f"kafka {address}")
        self.assertEqual(finding["verdict"], "wrong")
        return finding

    def test_nobody_listens(self):
        finding = self.server("127.0.0.1:1")
        self.assertIn("Connection refused", finding["text"])
        self.assertIn("start Kafka there", finding["remedy"])

    def test_a_name_that_nobody_knows(self):
        finding = self.server("kafka.invalid:9092")
        self.assertRegex(finding["text"], "name")
        self.assertIn("kafka.brokers", finding["remedy"])

    def test_a_web_server(self):
        finding = self.server(WebServer(self).address)
        self.assertIn("it is a web server", finding["text"])
        self.assertIn("correct the port", finding["remedy"])

    def test_a_server_that_says_nothing(self):
        address = Silent(self).address
        self.assertIn("says nothing", self.server(address)["text"])
        finding = self.server(address, "--kafka.security_protocol=ssl")
        self.assertIn("says nothing", finding["text"])

    def test_several_that_say_nothing_take_no_longer(self):
        addresses = [Silent(self).address for _ in range(6)]
        report = examine(self, f"--kafka={','.join(addresses)}")
        self.assertEqual(report.wrong, 6)


class DoctorOnKafkaTest(WithKafka, unittest.TestCase):
    secure = True
    extra = ("authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer", "super.users=User:ANONYMOUS")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.topics_are_there()

    @classmethod
    def topics_are_there(cls):
        ended = run("topics", "apply", f"--kafka={cls.kafka.brokers}")
        if ended.returncode != 0:
            raise AssertionError(ended.stderr.decode())

    def plain(self, password=login.PASSWORD, ca=None):
        secret = Folder(self).write("password", password)
        return [f"--kafka={self.kafka.sasl_ssl}", "--kafka.security_protocol=sasl_ssl", "--kafka.sasl_mechanism=PLAIN",
                f"--kafka.sasl_username={login.USER}", f"--kafka.sasl_password_file={secret}",
                f"--kafka.ca_file={ca or self.kafka.folder / 'ca.pem'}"]

    def refused(self, *flags):
        """What is said of the one server, which lets nobody through."""
        report = examine(self, *flags)
        self.assertEqual(report.wrong, 1, report.checks)
        return next(check for check in report.checks if check["check"].startswith("kafka "))

    def test_all_is_well(self):
        report = examine(self, f"--kafka={self.kafka.brokers}", "--http.connections_max=100")
        self.assertEqual((report.wrong, report.warnings), (0, 0), report.checks)
        self.assertEqual(report.one(f"kafka {self.kafka.brokers}")["text"], "answers: Kafka 4 or newer")
        self.assertIn("1 broker: ", report.one("kafka brokers")["text"])
        self.assertIn("crypto.ticker.event.updated", report.one("kafka topics")["text"])
        self.assertIn("may read and write", report.one("kafka permissions")["text"])
        self.assertRegex(report.one("kafka clock")["text"], r"agree within \d+ ms")

    def test_one_of_two_servers_is_away(self):
        report = examine(self, f"--kafka=127.0.0.1:1,{self.kafka.brokers}")
        self.assertEqual(report.wrong, 0, report.checks)
        self.assertEqual(report.one("kafka 127.0.0.1:1")["verdict"], "warning")

    def test_a_broker_that_hangs(self):
        self.kafka.pause(1)
        self.addCleanup(self.kafka.resume, 1)
        self.assertIn("it hangs", self.refused(f"--kafka={self.kafka.brokers}")["text"])

    def test_missing_topics_are_not_made(self):
        folder = Folder(self)
        config = folder.write("flux.toml", '[[topic]]\nname = "shop.missing"\npartitions = 3\n')
        for _ in range(2):
            finding = examine(self, f"--config={config}", f"--kafka={self.kafka.brokers}").one("topic shop.missing")
            self.assertEqual(finding["verdict"], "warning")
            self.assertIn("is not there yet", finding["text"])
            self.assertEqual(finding["remedy"], f"flux topics apply --kafka {self.kafka.brokers}")

    def test_a_topic_of_another_shape(self):
        folder = Folder(self)
        config = folder.write("flux.toml", '[[topic]]\nname = "shop.shape"\npartitions = 2\n')
        self.assertEqual(run("topics", "apply", f"--config={config}", f"--kafka={self.kafka.brokers}").returncode, 0)
        folder.write("flux.toml", '[[topic]]\nname = "shop.shape"\npartitions = 4\nretention_time = "48h"\n')
        partitions, retention = examine(self, f"--config={config}", f"--kafka={self.kafka.brokers}").of("topic shop.shape")
        self.assertEqual(partitions["verdict"], "wrong")
        self.assertIn("has 2 partitions, not 4", partitions["text"])
        self.assertIn("write partitions = 2", partitions["remedy"])
        self.assertEqual(retention["verdict"], "warning")
        self.assertIn("retention.ms=172800000", retention["remedy"])
        ended = run("up", f"--config={config}", f"--kafka={self.kafka.brokers}", "--http.port=0", "--admin.port=0",
                    cwd=folder.path)
        self.assertEqual(ended.returncode, 1, "what it calls wrong keeps Flux from starting")

    def test_a_flux_that_runs_on_it(self):
        folder = Folder(self)
        flux = Flux(self, f"--kafka={self.kafka.brokers}", "--kafka.request_timeout=1s", "--kafka.probe_interval=100ms",
                    folder=folder)
        report = examine(self, f"--kafka={self.kafka.brokers}", folder=folder)
        self.assertEqual(report.wrong, 0, report.checks)
        self.assertIn("is ready", report.one("running Flux")["text"])
        self.assertEqual(flux.stop(), 0)

    def test_a_certificate_of_an_unknown_authority(self):
        finding = self.refused(f"--kafka={self.kafka.ssl}", "--kafka.security_protocol=ssl")
        self.assertIn("certificate is not believed", finding["text"])
        self.assertIn("kafka.ca_file", finding["remedy"])

    def test_tls_where_there_is_none_and_none_where_there_is(self):
        finding = self.refused(f"--kafka={self.kafka.brokers}", "--kafka.security_protocol=ssl")
        self.assertIn("TLS fails there", finding["text"])
        finding = self.refused(f"--kafka={self.kafka.ssl}")
        self.assertIn("it speaks TLS", finding["text"])

    def test_a_wrong_password(self):
        finding = self.refused(*self.plain("wrong-pass"))
        self.assertIn("refuses the login of flux", finding["text"])
        self.assertIn("kafka.sasl_password_file", finding["remedy"])
        self.assertNotIn("wrong-pass", str(finding))

    def test_a_login_where_none_is_asked_for_and_none_where_one_is(self):
        flags = self.plain()
        flags[0] = f"--kafka={self.kafka.ssl}"
        self.assertIn("asks for no login", self.refused(*flags)["text"])
        finding = self.refused(f"--kafka={self.kafka.sasl_ssl}", "--kafka.security_protocol=ssl",
                               f"--kafka.ca_file={self.kafka.folder / 'ca.pem'}")
        self.assertIn("it asks for a login", finding["text"])

    def test_a_login_that_may_do_too_little_and_then_enough(self):
        report = examine(self, *self.plain())
        rights = report.one("kafka permissions")
        self.assertEqual(rights["verdict"], "wrong", report.checks)
        self.assertRegex(rights["remedy"], r"kafka-acls\.sh .*--allow-principal User:flux .*--operation Read")
        for topic in topics():
            allow(self.kafka.brokers, login.USER, TOPIC, topic, _READ, _WRITE, _CREATE, _DESCRIBE, _DESCRIBE_CONFIGS)
        # With its topics alone no service would take a command.
        groups = ("weather-group", "crypto-topmovers-group", "crypto-topcoins-group", "stock-topperformers-group", "news-group")
        allow(self.kafka.brokers, login.USER, GROUP, "news-group", _DESCRIBE)
        rights = examine(self, *self.plain()).one("kafka permissions")
        self.assertEqual(rights["verdict"], "wrong")
        self.assertIn("groups " + ", ".join(groups), rights["text"])
        self.assertRegex(rights["remedy"], "--operation Describe --operation Read --group " + " --group ".join(groups))
        for group in groups[:-1]:
            allow(self.kafka.brokers, login.USER, GROUP, group, _READ)
        rights = examine(self, *self.plain()).one("kafka permissions")
        self.assertRegex(rights["remedy"], "User:flux --operation Read --group news-group$")
        allow(self.kafka.brokers, login.USER, GROUP, "news-group", _READ)
        report = examine(self, *self.plain())
        self.assertEqual(report.wrong, 0, report.checks)
        self.assertIn("logged in as flux", report.one(f"kafka {self.kafka.sasl_ssl}")["text"])

    def test_a_clock_that_is_an_hour_off(self):
        kafka = WrongClock(self, self.kafka.brokers, ahead=3600)
        finding = examine(self, f"--kafka={kafka.address}").one("kafka clock")
        self.assertEqual(finding["verdict"], "warning")
        self.assertRegex(finding["text"], r"this machine's clock is (3599|3600)\.\d s behind Kafka's")
        self.assertIn("set-ntp", finding["remedy"])


if __name__ == "__main__":
    unittest.main()
