"""The web listener under TLS, with real certificates."""

import base64
import hashlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import unittest

from flux_process import Flux, Folder, request, run, wait_until

BIG = 5_000_000
TOPICS = """
[[route]]
name = "orders"
topic = "shop.orders"
room = "orders"
event = "order"

[[intent]]
event = "connect"
rooms = ["orders"]
"""


def make_certificate(folder, name):
    """A self-signed certificate for localhost with a key of its own, as NAME.pem and NAME.key."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", folder.path / f"{name}.key", "-out", folder.path / f"{name}.pem"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Tls(unittest.TestCase):
    def setUp(self):
        self.folder = Folder(self)
        for name in ("first", "second"):
            make_certificate(self.folder, name)
        self.use("first")
        self.page = os.urandom(BIG // 2).hex()
        (self.folder.path / "page").mkdir()
        self.folder.write("page/index.html", "<p>prices</p>", 0o644)
        self.folder.write("page/big.txt", self.page, 0o644)
        self.folder.write("flux.toml", TOPICS)
        self.flux = Flux(self, "--http.tls_cert_file=live.pem", "--http.tls_key_file=live.key", "--http.static_dir=page",
                         "--http.head_timeout=2s", folder=self.folder)
        self.port = int(self.flux.url.rsplit(":", 1)[1])

    def use(self, name):
        for kind in ("pem", "key"):
            (self.folder.path / f"live.{kind}").write_bytes((self.folder.path / f"{name}.{kind}").read_bytes())

    def context(self, name="first"):
        return ssl.create_default_context(cafile=self.folder.path / f"{name}.pem")

    def connect(self, name="first"):
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection = self.context(name).wrap_socket(raw, server_hostname="localhost")
        self.addCleanup(connection.close)
        return connection

    def get(self, path, headers=None):
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.context(), timeout=20)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer, answer.read()

    def tls_faults(self):
        lines = request(self.flux.admin + "/metrics")[2].splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("flux_net_tls_faults_total{"))

    def test_the_page_is_served_and_keeps_its_visitors_on_tls(self):
        """TLS-01"""
        self.assertTrue(self.flux.url.startswith("https://localhost:"))
        answer, body = self.get("/")
        self.assertEqual((answer.status, body), (200, b"<p>prices</p>"))
        etag = answer.getheader("ETag")
        for path, headers, status in (("/", {}, 200), ("/", {"If-None-Match": etag}, 304), ("/nowhere", {}, 404),
                                      ("/", {"Host": "elsewhere.example"}, 403),
                                      ("/socket.io/?EIO=4&transport=polling", {}, 200), ("/socket.io/?EIO=3", {}, 400)):
            with self.subTest(path=path, status=status):
                answer, _ = self.get(path, headers)
                self.assertEqual(answer.status, status)
                self.assertEqual(answer.getheader("Strict-Transport-Security"), "max-age=31536000")
                self.assertEqual(answer.getheader("X-Content-Type-Options"), "nosniff")

    def test_a_slow_reader_gets_every_byte_of_a_large_file(self):
        """TLS-02"""
        connection = self.connect()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)
        connection.sendall(b"GET /big.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = connection.recv(3_000)
        head, body = received.split(b"\r\n\r\n", 1)
        self.assertIn(f"Content-Length: {len(self.page)}".encode(), head)
        body = bytearray(body)
        while len(body) < len(self.page):
            body += connection.recv(7_000)
        self.assertEqual(hashlib.sha256(body).hexdigest(), hashlib.sha256(self.page.encode()).hexdigest())
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")  # and the connection goes on
        self.assertTrue(connection.recv(1_000).startswith(b"HTTP/1.1 200 OK"))

    def test_requests_in_tiny_pieces_and_pipelined(self):
        """TLS-02"""
        connection = self.connect()
        for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n":
            connection.sendall(bytes([byte]))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received = b""
        while piece := connection.recv(65536):
            received += piece
        self.assertEqual(received.count(b"HTTP/1.1 200 OK"), 3)

    def test_events_reach_a_websocket_in_order_however_slowly_it_reads(self):
        """TLS-02"""
        connection = self.connect()
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall((f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost:{self.port}\r\nUpgrade: websocket\r\n"
                            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                            f"Origin: https://localhost:{self.port}\r\n\r\n").encode())
        connection.sendall(b"\x81\x82\0\0\0\x0040")
        stream = connection.makefile("rb")
        self.assertIn(b" 101 ", stream.readline())
        while stream.readline() != b"\r\n":
            pass

        def text():
            head = stream.read(2)
            length = head[1]
            if length == 126:
                length = int.from_bytes(stream.read(2), "big")
            elif length == 127:
                length = int.from_bytes(stream.read(8), "big")
            return stream.read(length).decode()

        self.assertTrue(text().startswith("0{"))
        self.assertTrue(text().startswith("40{"))
        self.assertIn("session:init", text())
        token = self.flux.token()
        for number in range(60):
            body = json.dumps({"n": number, "fill": "x" * 12_000}).encode()
            self.assertEqual(self.flux.post_record("shop.orders", body, token)[0], 201)
        seen = []
        while len(seen) < 60:
            packet = text()
            if packet.startswith('42["order"'):
                seen.append(json.loads(packet[2:])[1]["n"])
        self.assertEqual(seen, list(range(60)))

    def test_who_speaks_no_tls_or_an_old_one_gets_nothing_and_harms_nothing(self):
        """TLS-01"""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try:
                self.assertNotIn(b"HTTP/1.1", plain.recv(1000))
            except ConnectionResetError:
                pass
        old = self.context()
        with self.assertWarns(DeprecationWarning):
            old.minimum_version = ssl.TLSVersion.TLSv1
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as raw, self.assertRaises((ssl.SSLError, OSError)):
            old.wrap_socket(raw, server_hostname="localhost")
        wait_until("both were counted", lambda: self.tls_faults() == 2)
        self.assertEqual(self.get("/")[0].status, 200)

    def test_half_a_handshake_blocks_nobody(self):
        """TLS-03"""
        waiting = [socket.create_connection(("127.0.0.1", self.port), timeout=20) for _ in range(50)]
        for connection in waiting:
            connection.sendall(b"\x16\x03\x01")
        self.assertEqual(self.get("/")[0].status, 200)
        for connection in waiting:
            try:
                self.assertEqual(connection.recv(1000), b"")  # after http.head_timeout, long before http.keep_alive_timeout
            except ConnectionResetError:
                pass
            connection.close()

    def test_many_half_handshakes_are_bounded_in_memory(self):
        """TLS-03, LIM-16"""
        before = self.flux.resident()
        # A ClientHello that says it will be 128 KiB long, and does not come.
        hello = b"\x16\x03\x01\x40\x00\x01\x01\xff\xff\x03\x03"
        waiting = []
        for _ in range(2_000):
            connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
            waiting.append(connection)
            try:
                connection.sendall(hello)
            except ConnectionError:
                pass  # one too many
        wait_until("most were refused",
                   lambda: self.flux.metric("flux_net_refused_total", reason="inbound_full") > 1_000)
        self.assertLess(self.flux.resident() - before, 64 * 2**20)
        for connection in waiting:
            connection.close()
        wait_until("others are welcome", lambda: self.get("/")[0].status == 200)

    def test_sighup_shows_newcomers_the_new_certificate(self):
        """TLS-04"""
        before = self.connect("first")
        self.use("second")
        self.flux.process.send_signal(signal.SIGHUP)
        wait_until("it was loaded", lambda: self.flux.logged("listener.certificate_loaded"))
        self.connect("second")
        with self.assertRaises(ssl.SSLError):
            self.connect("first")
        before.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")  # goes on as it was
        self.assertIn(b"200 OK", before.recv(1000))

    def test_a_hang_up_while_it_starts_is_no_stop(self):
        folder = Folder(self)
        make_certificate(folder, "live")
        flux = Flux(self, "--http.tls_cert_file=live.pem", "--http.tls_key_file=live.key", folder=folder, wait=False)
        wait_until("its signals are heard", lambda: flux.logged("process.limits"))
        flux.process.send_signal(signal.SIGHUP)
        flux.wait_until_it_runs()
        wait_until("it was loaded", lambda: flux.logged("listener.certificate_loaded"))
        self.assertEqual(flux.stop(), 0)

    def test_a_certificate_that_cannot_be_used_changes_nothing(self):
        """TLS-04"""
        (self.folder.path / "live.key").write_bytes((self.folder.path / "second.key").read_bytes())
        self.flux.process.send_signal(signal.SIGHUP)
        wait_until("it says so", lambda: self.flux.logged("listener.certificate_kept"))
        self.connect("first")
        self.assertEqual(self.flux.stop(), 0)


class BadCertificates(unittest.TestCase):
    def refused(self, *flags):
        folder = Folder(self)
        make_certificate(folder, "good")
        make_certificate(folder, "other")
        folder.write("garbage.pem", "garbage")
        ended = run("up", "--http.port=0", "--admin.port=0", *flags, cwd=folder.path)
        self.assertNotEqual(ended.returncode, 0)
        return ended.stderr.decode()

    def test_each_is_refused_by_name(self):
        """TLS-05"""
        self.assertIn("http.tls_key_file belong together", self.refused("--http.tls_cert_file=good.pem"))
        self.assertIn("could not read the certificate nowhere.pem",
                      self.refused("--http.tls_cert_file=nowhere.pem", "--http.tls_key_file=good.key"))
        self.assertIn("could not use the certificate garbage.pem",
                      self.refused("--http.tls_cert_file=garbage.pem", "--http.tls_key_file=good.key"))
        self.assertIn("could not use the key other.key",
                      self.refused("--http.tls_cert_file=good.pem", "--http.tls_key_file=other.key"))


if __name__ == "__main__":
    unittest.main()
