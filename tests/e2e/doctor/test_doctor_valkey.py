"""`flux doctor` before a Valkey and a Redis that are well, and before what is in the way of a cache."""

import unittest

from doctor_case import Folder, examine  # first: it knows the way to the others
from kafka_stand_in import Silent, WebServer
from valkey_case import WithValkey
import certificates
import valkey as engine


class DoctorWithoutValkeyTest(unittest.TestCase):
    def server(self, address, *flags):
        report = examine(self, f"--valkey={address}", *flags)
        self.assertEqual(report.code, 0)  # Flux runs without a cache
        finding = report.one(f"valkey {address}")
        self.assertEqual(finding["verdict"], "warning")
        return finding

    def test_none_is_configured(self):
        self.assertIn("no Valkey is configured", examine(self).one("cache")["text"])

    def test_nobody_listens(self):
        finding = self.server("127.0.0.1:1")
        self.assertIn("Connection refused", finding["text"])
        self.assertIn("start Valkey there", finding["remedy"])

    def test_a_name_that_nobody_knows(self):
        self.assertIn("name", self.server("valkey.invalid:6379")["text"])

    def test_a_web_server(self):
        self.assertIn("correct the port", self.server(WebServer(self).address)["remedy"])

    def test_a_server_that_says_nothing(self):
        self.assertIn("says nothing", self.server(Silent(self).address)["text"])

    def test_a_file_that_is_not_there_is_wrong(self):
        report = examine(self, f"--valkey={Silent(self).address}", "--valkey.tls=true", "--valkey.ca_file=/nowhere/ca.pem")
        self.assertGreaterEqual(report.wrong, 1)
        self.assertIn("valkey.ca_file", str(report.checks))


class DoctorOnValkeyTest(WithValkey, unittest.TestCase):
    def test_all_is_well_and_nothing_is_changed(self):
        report = examine(self, f"--valkey={self.valkey.address}")
        self.assertRegex(report.one(f"valkey {self.valkey.address}")["text"], r"^answers: Valkey 8\.")
        self.assertEqual(report.one("valkey permissions")["verdict"], "ok")
        self.assertEqual(report.one("valkey memory")["verdict"], "ok")
        self.assertEqual(self.valkey.ask("DBSIZE"), 0)

    def test_one_that_hangs(self):
        self.valkey.pause()
        finding = examine(self, f"--valkey={self.valkey.address}").one(f"valkey {self.valkey.address}")
        self.assertIn("says nothing", finding["text"])

    def test_one_that_makes_no_room(self):
        self.valkey.ask("CONFIG", "SET", "maxmemory", "100mb")
        self.addCleanup(self.valkey.ask, "CONFIG", "SET", "maxmemory", "0")
        finding = examine(self, f"--valkey={self.valkey.address}").one("valkey memory")
        self.assertEqual(finding["verdict"], "warning")
        self.assertIn("allkeys-lru", finding["remedy"])


class DoctorOnRedisTest(WithValkey, unittest.TestCase):
    program = "redis"

    def test_all_is_well(self):
        report = examine(self, f"--valkey={self.valkey.address}")
        self.assertRegex(report.one(f"valkey {self.valkey.address}")["text"], r"^answers: Redis 7\.")
        self.assertEqual(report.one("valkey permissions")["verdict"], "ok")


class DoctorOnSecureValkeyTest(WithValkey, unittest.TestCase):
    secure = True

    def look(self, *flags, user=engine.USER, password=engine.PASSWORD, ca=None):
        secret = Folder(self).write("password", password)
        return examine(self, f"--valkey={self.valkey.tls_address}", "--valkey.tls=true",
                       f"--valkey.ca_file={ca or self.valkey.ca}", f"--valkey.user={user}",
                       f"--valkey.password_file={secret}", *flags)

    def in_the_way(self, report, address=None):
        finding = report.one(f"valkey {address or self.valkey.tls_address}")
        self.assertEqual(finding["verdict"], "warning")
        return finding

    def test_a_login_with_just_enough(self):
        report = self.look()
        self.assertEqual(report.one(f"valkey {self.valkey.tls_address}")["verdict"], "ok")
        self.assertEqual(report.one("valkey permissions")["verdict"], "ok")

    def test_a_login_that_may_only_read(self):
        finding = self.look(user=engine.READER, password=engine.READER_PASSWORD).one("valkey permissions")
        self.assertEqual(finding["verdict"], "warning")
        self.assertRegex(finding["text"], "SET: NOPERM")
        self.assertIn("+set", finding["remedy"])

    def test_a_wrong_password(self):
        finding = self.in_the_way(self.look(password="wrong"))
        self.assertIn("refuses the login", finding["text"])
        self.assertNotIn("wrong", finding["text"].replace("WRONGPASS", ""))

    def test_no_login(self):
        report = examine(self, f"--valkey={self.valkey.address}")
        self.assertIn("asks for a login", self.in_the_way(report, self.valkey.address)["text"])

    def test_a_certificate_of_an_unknown_authority(self):
        other = Folder(self)
        certificates.make_certificates(other.path, "server")
        self.assertIn("not believed", self.in_the_way(self.look(ca=other.path / "ca.pem"))["text"])

    def test_tls_where_there_is_none(self):
        report = examine(self, f"--valkey={self.valkey.address}", "--valkey.tls=true", f"--valkey.ca_file={self.valkey.ca}")
        self.assertIn("valkey.tls", self.in_the_way(report, self.valkey.address)["remedy"])


if __name__ == "__main__":
    unittest.main()
