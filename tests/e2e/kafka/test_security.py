"""TLS and logins, and what is said when they fail."""

import unittest

from kafka_case import WithKafka  # first: it knows the way to the others
import kafka_security as login
from flux_process import Flux, Folder, request, run


class SecurityTest(WithKafka, unittest.TestCase):
    secure = True

    @property
    def ca(self):
        return self.kafka.folder / "ca.pem"

    def with_login(self, mechanism, password):
        secret = Folder(self).write("password", password)
        return [f"--kafka={self.kafka.sasl_ssl}", "--kafka.security_protocol=sasl_ssl", f"--kafka.sasl_mechanism={mechanism}",
                f"--kafka.sasl_username={login.USER}", f"--kafka.sasl_password_file={secret}", f"--kafka.ca_file={self.ca}"]

    def refused(self, *flags):
        """The sentence of a start that fails."""
        ended = run("gateway", *flags, "--kafka.start_timeout=4s", "--kafka.request_timeout=2s", "--http.port=0",
                    "--admin.port=0", "--log.format=json", cwd=Folder(self).path)
        self.assertEqual(ended.returncode, 1, ended.stderr)
        for password in (login.PASSWORD, login.SCRAM_PASSWORD):
            self.assertNotIn(password.encode(), ended.stderr)
        return next(line for line in ended.stderr.decode().splitlines() if line.startswith("flux: "))

    def test_plain_over_tls(self):
        flux = Flux(self, *self.with_login("PLAIN", login.PASSWORD), command="gateway")
        self.assertEqual(request(f"{flux.admin}/readyz")[0], 200)
        self.assertNotIn(login.PASSWORD, "\n".join(flux.lines))
        self.assertEqual(flux.stop(), 0)

    def test_tls_alone(self):
        flux = Flux(self, f"--kafka={self.kafka.ssl}", "--kafka.security_protocol=ssl", f"--kafka.ca_file={self.ca}",
                    command="gateway")
        self.assertEqual(request(f"{flux.admin}/readyz")[0], 200)
        self.assertEqual(flux.stop(), 0)

    def test_a_wrong_password_is_refused_at_once(self):
        said = self.refused(*self.with_login("PLAIN", "wrong-pass"))
        self.assertIn("refuses the login", said)
        self.assertIn("kafka.sasl_password_file", said)

    def test_scram_says_what_is_missing(self):
        """Debian 12 has librdkafka 2.0.2, which cannot."""
        said = self.refused(*self.with_login("SCRAM-SHA-256", login.SCRAM_PASSWORD))
        self.assertIn("refuses the login", said)
        self.assertIn("librdkafka 2.6.1 or newer", said)

    def test_a_certificate_that_nobody_vouches_for(self):
        said = self.refused(f"--kafka={self.kafka.ssl}", "--kafka.security_protocol=ssl")
        self.assertIn("kafka.ca_file", said)

    def test_a_certificate_for_another_name(self):
        """One listener under three names, of which its certificate has two."""
        def at(name):
            return [f"--kafka={self.kafka.ssl.replace('localhost', name)}", "--kafka.security_protocol=ssl", f"--kafka.ca_file={self.ca}"]
        said = self.refused(*at("127.1"))
        self.assertIn("TLS with Kafka at 127.1:", said)
        self.assertIn("certificate verify failed", said)
        for name in ("localhost", "127.0.0.1"):
            flux = Flux(self, *at(name), command="gateway")
            self.assertEqual(request(f"{flux.admin}/readyz")[0], 200, name)
            self.assertEqual(flux.stop(), 0)


if __name__ == "__main__":
    unittest.main()
