"""A cold start with what others wrote, and every way in which Valkey can fail."""

import itertools
import json
import time
import unittest

from valkey_case import Page, WithValkey  # first: it knows the way to the others
from gate import Gate
from flux_process import Folder, request, run, wait_until
import valkey as engine

_PATIENCE = 2  # seconds, far above what a join costs and far below what a wait for Valkey would


class ColdStart(WithValkey, unittest.TestCase):
    def test_a_gateway_that_has_seen_no_record_shows_what_another_wrote(self):
        first = self.flux()
        self.assertIn("cached in Valkey", next(line for line in first.said if line.startswith("Flux is running")))
        self.wait_until_connected(first)
        self.publish(first, "older")
        self.publish(first, "kept")
        self.publish(first, "elsewhere", "us")
        self.wait_until_kept("kept")
        ttl = self.valkey.ask("TTL", "bff:news:eu")
        self.assertTrue(600 < ttl <= 720, ttl)
        self.assertEqual(json.loads(self.valkey.ask("GET", "bff:news:eu")), {"region": "eu", "title": "kept"})
        self.assertEqual(self.valkey.ask("KEYS", "*ticker*"), [], "tickers are never cached")
        self.assertEqual(first.stop(), 0)

        second = self.flux()
        pages = [Page(self, second) for _ in range(4)]
        for page in pages:
            wait_until("the kept one came", page.titles)
        self.publish(second, "live")
        for page in pages:
            wait_until("the live one came", lambda: len(page.titles()) >= 2)
            self.assertEqual(page.titles(), ["kept", "live"])
        late = Page(self, second)
        wait_until("who comes late has the live one", late.titles)
        self.assertEqual(late.titles(), ["live"])
        self.assertLessEqual(second.metric("flux_gateway_cache_asked_total"), 2, "once for each event loop")
        self.assertEqual(second.stop(), 0)

    def test_what_was_published_last_is_there_after_a_stop(self):
        flux = self.flux("--gateway.cache_write_interval=1m")
        self.wait_until_connected(flux)
        self.publish(flux, "last")
        wait_until("the gateway has it", lambda: flux.metric("flux_gateway_deliveries_total", route="news") == 1)
        self.assertIsNone(self.valkey.ask("GET", "bff:news:eu"))
        self.assertEqual(flux.stop(), 0)
        self.wait_until_kept("last")

    def test_what_somebody_else_wrote_there_is_passed_over(self):
        flux = self.flux()
        def passed_over():
            return flux.metric("flux_gateway_cache_rejected_total") + flux.metric("flux_cache_reads_total", result="refused")

        self.wait_until_connected(flux)
        pages = []
        for value in ("nonsense", '{"region":"us","title":"of another room"}', "x" * 2_000_000):
            self.valkey.ask("SET", "bff:news:eu", value)
            pages.append(Page(self, flux))
            wait_until("it was passed over", lambda: passed_over() == len(pages))
        self.assertIn(len(self.warnings(flux, "gateway.cache_rejected")), (1, 2), "once for each event loop")
        self.publish(flux, "real")
        last = Page(self, flux)
        for page in [*pages, last]:
            wait_until("the real one came", page.titles)
            self.assertEqual(page.titles(), ["real"])


class Outage(WithValkey, unittest.TestCase):
    def outage(self, begin, end, flux=None):
        flux = flux or self.flux()
        self.wait_until_connected(flux)
        page = Page(self, flux)
        self.publish(flux, "before")
        self.wait_until_kept("before")
        begin()
        # Nobody notices, whether Flux has noticed already or not.
        for number in range(6):
            meanwhile = Page(self, flux, f"cold-{number}")
            self.assertLess(meanwhile.join_seconds, _PATIENCE)
            began = time.monotonic()
            self.publish(flux, f"meanwhile {number}")
            wait_until("it was delivered", lambda: f"meanwhile {number}" in page.titles())
            self.assertLess(time.monotonic() - began, _PATIENCE)
        wait_until("the outage was noticed", lambda: flux.logged("valkey.away"))
        self.assertEqual(request(f"{flux.admin}/readyz")[0], 200, "the cache is no reason to send nobody here")
        asked = flux.metric("flux_valkey_commands_total")
        away = flux.metric("flux_cache_reads_total", result="away")
        last = Page(self, flux, "cold again")
        self.assertLess(last.join_seconds, _PATIENCE)
        end()
        wait_until("it is back", lambda: flux.logged("valkey.back"))
        self.wait_until_connected(flux)
        self.publish(flux, "after")
        self.wait_until_kept("after")
        wait_until("it was delivered", lambda: "after" in page.titles())
        self.assertEqual(page.titles(), ["before", *(f"meanwhile {number}" for number in range(6)), "after"])
        self.assertIsNone(page.ended)
        self.assertEqual(len(self.warnings(flux, "valkey.away")), 1, self.warnings(flux, "valkey.away"))
        self.assertEqual(len(self.warnings(flux, "valkey.back")), 1)
        self.assertEqual(flux.metric("flux_valkey_outages_total"), 1)
        return flux, asked, away

    def used_again(self, flux):
        """A room nobody has been to: only Valkey knows it."""
        self.valkey.ask("SET", "bff:news:fresh", json.dumps({"region": "fresh", "title": "from Valkey"}))
        page = Page(self, flux, "fresh")
        wait_until("Valkey was asked", page.titles)
        self.assertEqual(page.titles(), ["from Valkey"])
        self.assertEqual(flux.stop(), 0)

    def test_killed(self):
        flux, asked, away = self.outage(self.valkey.kill, self.valkey.up)
        self.assertGreater(away, 0, "rooms were not asked while it was away")
        self.assertGreater(asked, 0)
        self.used_again(flux)

    def test_paused(self):
        flux, _, _ = self.outage(self.valkey.pause, self.valkey.resume)
        self.used_again(flux)

    def test_restarted_empty(self):
        flux, _, _ = self.outage(self.valkey.kill, self.valkey.wipe)
        self.assertEqual(self.valkey.ask("KEYS", "*"), ["bff:news:eu"], "it was empty")
        self.used_again(flux)

    def test_cut_in_the_middle_of_an_answer(self):
        gate = Gate(self, self.valkey.port)
        flux = self.flux(address=gate.address)
        self.wait_until_connected(flux)
        title = "x" * 300_000
        self.valkey.ask("SET", "bff:news:eu", json.dumps({"region": "eu", "title": title}))
        gate.cut_once_after(1000)
        page = Page(self, flux)
        self.assertLess(page.join_seconds, _PATIENCE)
        wait_until("it was cut", lambda: gate.cuts == 1)
        wait_until("the outage was noticed", lambda: flux.logged("valkey.away"))
        self.wait_until_connected(flux)
        self.assertEqual(page.titles(), [])
        again = Page(self, flux)
        wait_until("the whole answer came", again.titles)
        self.assertEqual(again.titles(), [title])
        self.assertEqual(len(self.warnings(flux, "valkey.away")), 1)
        self.publish(flux, "live")
        wait_until("it was delivered", lambda: page.titles() == ["live"])
        self.assertEqual(flux.stop(), 0)

    def test_slower_than_the_usual_budget(self):
        """Valkey is there, but 200 ms away in each direction."""
        gate = Gate(self, self.valkey.port)
        flux = self.flux(address=gate.address, budget=None)
        self.wait_until_connected(flux)
        self.keep("eu", "too late")
        gate.delay(0.2)
        page = Page(self, flux)
        self.assertLess(page.join_seconds, _PATIENCE)
        wait_until("it went without", lambda: flux.metric("flux_cache_reads_total", result="late") >= 1)
        regions = (f"cold-{number}" for number in itertools.count())

        def nobody_asks():
            self.assertLess(Page(self, flux, next(regions)).join_seconds, _PATIENCE)
            return flux.logged("valkey.away")
        wait_until("nobody asks any more", nobody_asks)
        self.assertEqual(flux.metric("flux_cache_reads_total", result="hit"), 0)
        began = time.monotonic()
        self.publish(flux, "live")
        wait_until("it was delivered", page.titles)
        self.assertLess(time.monotonic() - began, _PATIENCE)
        self.assertEqual(page.titles(), ["live"], "what came too late is passed over")
        self.assertEqual(request(f"{flux.admin}/readyz")[0], 200)
        gate.heal()
        wait_until("it is back", lambda: flux.logged("valkey.back"))
        self.assertEqual((len(self.warnings(flux, "valkey.away")), len(self.warnings(flux, "valkey.back"))), (1, 1))

        def shown():
            """On a busy machine an answer may be late now and then."""
            region = next(regions)
            self.keep(region, "from Valkey")
            asked = flux.metric("flux_cache_reads_total")
            late = Page(self, flux, region)
            wait_until("Valkey was asked, or not", lambda: flux.metric("flux_cache_reads_total") > asked)
            return flux.metric("flux_cache_reads_total", result="hit") and wait_until("it is shown", late.titles)
        self.assertEqual(wait_until("it is used again", shown), ["from Valkey"])
        self.assertEqual(flux.stop(), 0)

    def keep(self, region, title):
        """Writes what a gateway would have."""
        self.valkey.ask("SET", f"bff:news:{region}", json.dumps({"region": region, "title": title}))

    def test_not_there_at_the_start(self):
        self.valkey.kill()
        flux = self.flux()
        self.assertEqual(request(f"{flux.admin}/readyz")[0], 200)
        self.assertLess(Page(self, flux).join_seconds, _PATIENCE)
        self.assertEqual(len(self.warnings(flux, "valkey.away")), 1)
        self.assertIn("Connection refused", self.warnings(flux, "valkey.away")[0]["error"])
        self.valkey.up()
        wait_until("it is back", lambda: flux.logged("valkey.back"))
        self.wait_until_connected(flux)
        self.used_again(flux)

    def test_a_stop_does_not_wait_for_it(self):
        flux = self.flux()
        self.wait_until_connected(flux)
        self.valkey.pause()
        self.publish(flux, "never stored")
        began = time.monotonic()
        self.assertEqual(flux.stop(), 0)
        self.assertLess(time.monotonic() - began, 10)


class OutageOfRedis(Outage):
    program = "redis"


class Logins(WithValkey, unittest.TestCase):
    secure = True

    def with_login(self, user, password, *flags, tls=True):
        secret = Folder(self).write("password", password)
        secure = ["--valkey.tls=true", f"--valkey.ca_file={self.valkey.ca}"] if tls else []
        return self.flux(f"--valkey.user={user}", f"--valkey.password_file={secret}", *secure, *flags,
                         address=self.valkey.tls_address if tls else self.valkey.address)

    def away(self, flux):
        """What the operator reads; the program runs all the same."""
        wait_until("the outage was logged", lambda: flux.logged("valkey.away"))
        self.assertEqual(request(f"{flux.admin}/readyz")[0], 200)
        self.assertNotIn(engine.PASSWORD, "\n".join(flux.lines))
        self.assertEqual(len(self.warnings(flux, "valkey.away")), 1)
        return self.warnings(flux, "valkey.away")[0]["error"]

    def test_over_tls_with_a_login(self):
        flux = self.with_login(engine.USER, engine.PASSWORD)
        self.wait_until_connected(flux)
        self.publish(flux, "kept")
        self.wait_until_kept("kept")
        self.valkey.ask("SET", "bff:news:us", json.dumps({"region": "us", "title": "from Valkey"}))
        page = Page(self, flux, "us")
        wait_until("Valkey was asked", page.titles)
        self.assertEqual(flux.metric("flux_valkey_refused_total"), 0)
        self.assertNotIn(engine.PASSWORD, "\n".join(flux.lines))
        self.assertEqual(flux.stop(), 0)

    def test_a_wrong_password(self):
        said = self.away(self.with_login(engine.USER, "wrong-pass"))
        self.assertIn("refuses AUTH of user flux: WRONGPASS", said)
        self.assertIn("valkey.password_file", said)
        self.assertNotIn("wrong-pass", said)

    def test_no_login_where_one_is_needed(self):
        said = self.away(self.flux())
        self.assertIn("NOAUTH", said)
        self.assertIn("valkey.password_file", said)

    def test_a_user_who_may_not_write(self):
        flux = self.with_login(engine.READER, engine.READER_PASSWORD)
        self.wait_until_connected(flux)
        for number in range(3):
            self.publish(flux, str(number))
            wait_until("it was refused", lambda: flux.metric("flux_valkey_refused_total") > number)
        [said] = self.warnings(flux, "valkey.refused")
        self.assertIn("refuses SET of user reader: NOPERM", said["error"])
        self.assertIn("+set", said["error"])
        self.valkey.ask("SET", "bff:news:us", json.dumps({"region": "us", "title": "readable"}))
        page = Page(self, flux, "us")
        wait_until("what it may read it reads", page.titles)
        self.assertFalse(flux.logged("valkey.away"))

    def test_a_certificate_that_nobody_vouches_for(self):
        secret = Folder(self).write("password", engine.PASSWORD)
        flux = self.flux("--valkey.tls=true", f"--valkey.user={engine.USER}", f"--valkey.password_file={secret}",
                         address=self.valkey.tls_address)
        self.assertIn("certificate", self.away(flux))

    def test_tls_to_a_port_that_speaks_none(self):
        secret = Folder(self).write("password", engine.PASSWORD)
        flux = self.flux("--valkey.tls=true", f"--valkey.ca_file={self.valkey.ca}", f"--valkey.user={engine.USER}",
                         f"--valkey.password_file={secret}", address=self.valkey.address)
        self.assertIn("TLS handshake", self.away(flux))

    def test_mistakes_are_told_at_the_start(self):
        for flag, wanted in (("--valkey=nowhere", "valkey.address"), ("--valkey.address=redis://h:1", "host:port"),
                             ("--valkey.user=flux", "valkey.password_file"), ("--valkey.ca_file=/ca.pem", "valkey.tls")):
            ended = run("up", flag, cwd=Folder(self).path)
            self.assertEqual(ended.returncode, 2, flag)
            self.assertIn(wanted, ended.stderr.decode(), flag)
        ended = run("up", "--valkey=127.0.0.1:1", "--valkey.tls=true", "--valkey.ca_file=/not/there.pem", "--http.port=0",
                    "--admin.port=0", cwd=Folder(self).path)
        self.assertEqual(ended.returncode, 1)
        self.assertIn(b"valkey.ca_file", ended.stderr)


if __name__ == "__main__":
    unittest.main()
