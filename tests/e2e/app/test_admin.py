"""The admin listener and `flux produce`, against the real program."""

import json
import socket
import unittest

from flux_process import Flux, Folder, request, run, topics, wait_until

TOPIC = "crypto.ticker.event.updated"
ROUTE = """
[[route]]
name = "orders"
topic = "shop.orders"
room = "orders"
event = "order"
"""


class Health(unittest.TestCase):
    def setUp(self):
        self.flux = Flux(self)

    def test_ready_names_its_checks(self):
        status, headers, body = request(self.flux.admin + "/readyz")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(json.loads(body), {
            "status": "ready", "checks": {"bus": "ok", "gateway": "ok", "feeds": "ok", "listeners": "ok"}})

    def test_alive(self):
        self.assertEqual(request(self.flux.admin + "/livez")[0], 200)

    def test_metrics_are_prometheus_text_without_doubles(self):
        status, headers, body = request(self.flux.admin + "/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        samples = [line.rsplit(" ", 1) for line in body.splitlines() if not line.startswith("#")]
        names = [name for name, _ in samples]
        self.assertEqual(len(names), len(set(names)))
        for name, value in samples:
            self.assertRegex(name, r"^flux_[a-z0-9_]+(\{.*\})?$")
            float(value)
        for family in ("flux_ready", "flux_shard_turns_total", "flux_bus_", "flux_net_", "flux_crypto_"):
            self.assertTrue(any(name.startswith(family) for name in names), family)

    def test_prices_move(self):
        def frames():
            body = request(self.flux.admin + "/metrics")[2]
            name = 'flux_bus_acknowledged_total{topic="%s"} ' % TOPIC
            return next(float(line[len(name):]) for line in body.splitlines() if line.startswith(name))
        wait_until("a first flush", lambda: frames() > 0)
        before = frames()
        wait_until("another one", lambda: frames() > before)

    def test_what_is_not_there(self):
        self.assertEqual(request(self.flux.admin + "/")[0], 404)
        status, headers, _ = request(self.flux.admin + "/metrics", "POST", b"")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        status, headers, _ = request(f"{self.flux.admin}/bus/topics/{TOPIC}/records", "PUT")
        self.assertEqual((status, headers["Allow"]), (405, "GET, POST"))

    def test_the_web_listener_offers_none_of_it(self):
        for path in ("/metrics", "/readyz", "/livez"):
            self.assertEqual(request(self.flux.url + path)[0], 404, path)


class Records(unittest.TestCase):
    def setUp(self):
        folder = Folder(self)
        folder.write("flux.toml", ROUTE)
        self.flux = Flux(self, folder=folder)

    def test_the_generated_token_lets_a_record_in(self):
        status, _, stored = self.flux.post_record("shop.orders", b'{"id":1}', self.flux.token(), X_Record_Key="a%20b")
        self.assertEqual(status, 201)
        self.assertEqual((stored["topic"], stored["partition"]), ("shop.orders", 0))

    def test_without_the_token_nothing_gets_in(self):
        for token in (None, "", "wrong", self.flux.token()[:-1], self.flux.token() + "x"):
            status, headers, answer = self.flux.post_record("shop.orders", b"{}", token)
            self.assertEqual(status, 401, token)
            self.assertEqual(headers["WWW-Authenticate"], "Bearer")
            self.assertNotIn(self.flux.token(), json.dumps(answer))

    def test_a_body_is_not_waited_for_without_the_token(self):
        """LIM-15"""
        with socket.create_connection(("127.0.0.1", self.flux.admin_port()), timeout=20) as connection:
            connection.sendall(f"POST /bus/topics/shop.orders/records HTTP/1.1\r\nHost: localhost\r\n"
                               "Content-Length: 900000\r\n\r\n".encode())  # and not a byte of it
            self.assertTrue(connection.recv(1000).startswith(b"HTTP/1.1 401 "))

    def test_a_foreign_host_header_is_refused_even_with_the_token(self):
        for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "[evil", ""):
            status, _, _ = self.flux.post_record("shop.orders", b"{}", self.flux.token(), Host=host)
            self.assertIn(status, (400, 403), host)
        for host in ("localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80"):
            status, _, _ = self.flux.post_record("shop.orders", b"{}", self.flux.token(), Host=host)
            self.assertEqual(status, 201, host)

    def test_an_unknown_topic_is_answered_with_those_there_are(self):
        status, _, answer = self.flux.post_record("shop.ordres", b"{}", self.flux.token())
        self.assertEqual(status, 404)
        of_kafka = {"flux.warm-up", "flux.gateways"}
        self.assertEqual(answer["topics"], sorted({*topics(), "shop.orders"} - of_kafka))
        self.assertIn("shop.ordres", answer["error"])

    def test_a_record_over_the_limit_is_refused(self):
        status, _, _ = self.flux.post_record("shop.orders", b" " * 999_999, self.flux.token())
        self.assertEqual(status, 201)
        try:
            status, _, _ = self.flux.post_record("shop.orders", b" " * 1_000_001, self.flux.token())
            self.assertEqual(status, 413)
        except (OSError, json.JSONDecodeError):
            pass  # refused before it was read: the connection may go before the answer is seen

    def test_produce_finds_the_running_process(self):
        file = self.flux.folder.write("order.json", '{"id":2}')
        by_file = run("produce", "--topic", "shop.orders", "--key", "ä/ %", "--file", file, f"--data_dir={self.flux.data}")
        self.assertEqual(by_file.returncode, 0, by_file.stderr)
        first = json.loads(by_file.stdout)
        by_pipe = run("produce", "--topic=shop.orders", f"--data_dir={self.flux.data}", stdin=b'{"id":3}')
        self.assertEqual(by_pipe.returncode, 0, by_pipe.stderr)
        self.assertEqual(json.loads(by_pipe.stdout)["offset"], first["offset"] + 1)

    def test_produce_says_what_went_wrong(self):
        data = f"--data_dir={self.flux.data}"
        wrong_token = self.flux.folder.write("token", "wrong")
        for arguments, sentence in (
                (["--topic=nope", data], "there is no topic nope"),
                (["--topic=shop.orders", data, f"--admin.token_file={wrong_token}"], "needs the admin token"),
                (["--topic=shop.orders", data, "--file=absent.json"], "could not read absent.json"),
                (["--topic=shop.orders", "--data_dir=elsewhere"], "start one with `flux up`")):
            ended = run("produce", *arguments, stdin=b"{}")
            self.assertEqual(ended.returncode, 1, arguments)
            self.assertIn(sentence, ended.stderr.decode())
            self.assertEqual(ended.stdout, b"")

    def test_produce_after_the_process_is_gone(self):
        data = str(self.flux.data)
        address = (self.flux.data / "admin.address").read_text()
        token = self.flux.token()
        self.assertEqual(self.flux.stop(), 0)
        self.assertEqual(run("produce", "--topic=shop.orders", f"--data_dir={data}").returncode, 1)
        # As after kill -9: the files are still there, nobody listens.
        self.flux.folder.write("data/admin.address", address)
        self.flux.folder.write("data/admin.token", token)
        ended = run("produce", "--topic=shop.orders", f"--data_dir={data}", stdin=b"{}")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("no Flux runs on the data directory", ended.stderr.decode())


class WhichFlux(unittest.TestCase):
    def test_without_a_flux_commands_say_so_and_what_to_do(self):
        for command in (["produce", "--topic=shop.orders"], ["tail", "shop.orders"]):
            ended = run(*command, stdin=b"{}", cwd=Folder(self).path)
            self.assertEqual(ended.returncode, 1)
            self.assertRegex(ended.stderr.decode(), r"^flux: .*no Flux runs on the data directory flux-data; start one with `flux up`")

    def test_a_role_that_runs_by_itself_is_found_inside_the_data_directory(self):
        folder = Folder(self)
        config = folder.write("orders.toml", ROUTE)
        Flux(self, f"--config={config}", f"--data_dir={folder.path}/flux-data/gateway", folder=folder)
        ended = run("tail", "shop.orders", "--no-follow", cwd=folder.path)
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))


class ConfiguredToken(unittest.TestCase):
    def test_it_is_used_and_never_shown(self):
        folder = Folder(self)
        token = folder.write("token", "s3cret-of-the-test\n")
        flux = Flux(self, f"--admin.token_file={token}", "--log.level=debug", folder=folder)
        self.assertFalse((flux.data / "admin.token").exists())
        self.assertEqual(flux.post_record(TOPIC, b"{}", "s3cret-of-the-test")[0], 201)
        self.assertEqual(flux.post_record(TOPIC, b"{}", "s3cret")[0], 401)
        self.assertEqual(run("produce", f"--topic={TOPIC}", f"--data_dir={flux.data}", f"--admin.token_file={token}",
                             stdin=b"{}").returncode, 0)
        with open(f"/proc/{flux.process.pid}/cmdline", "rb") as words:
            self.assertNotIn(b"s3cret", words.read())
        metrics = request(flux.admin + "/metrics")[2]
        self.assertEqual(flux.stop(), 0)
        self.assertNotIn("s3cret", "\n".join(flux.lines) + metrics)

    def test_one_that_others_can_read_is_warned_about(self):
        folder = Folder(self)
        token = folder.write("token", "s3cret-of-the-test\n", 0o644)
        flux = Flux(self, f"--admin.token_file={token}", folder=folder)
        warning = next(line for line in flux.log() if line["event"] == "config.warning")
        self.assertIn("chmod 600", warning["message"])


class BeyondLoopback(unittest.TestCase):
    def test_it_needs_a_token_and_an_auth_mode(self):
        folder = Folder(self)
        token = folder.write("token", "t0ken")
        for setting, value in (("http.addresses", "0.0.0.0"), ("http.addresses", "127.0.0.1,::"),
                               ("admin.address", "0.0.0.0")):
            ended = run("up", f"--{setting}={value}", cwd=folder.path)
            self.assertEqual(ended.returncode, 2)
            self.assertIn(f"--{setting}: {setting} listens beyond this machine", ended.stderr.decode())
            self.assertIn("admin.token_file", ended.stderr.decode())
            self.assertIn("auth.mode", ended.stderr.decode())
        ended = run("up", "--http.addresses=0.0.0.0", f"--admin.token_file={token}", cwd=folder.path)
        self.assertEqual(ended.returncode, 2)
        self.assertNotIn("admin.token_file", ended.stderr.decode())

    def test_with_both_it_starts(self):
        folder = Folder(self)
        token = folder.write("token", "t0ken")
        flux = Flux(self, "--http.addresses=0.0.0.0", "--auth.mode=none", f"--admin.token_file={token}", folder=folder)
        self.assertEqual(request(flux.url.replace("localhost", "127.0.0.1") + "/")[0], 200)
        self.assertEqual(flux.stop(), 0)


if __name__ == "__main__":
    unittest.main()
