"""Requests whose Host header names somebody else's domain (DNS rebinding), against the real program."""

import json
import socket
import unittest
from urllib.parse import urlsplit

from flux_process import Flux, request

UPGRADE = ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
SOCKETS = "/socket.io/?EIO=4&transport="


def status_of(base, path, host, headers=""):
    """The status of a raw GET."""
    place = urlsplit(base)
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n".encode())
        return int(connection.makefile("rb").readline().split()[1])


class Hosts(unittest.TestCase):
    def test_on_loopback_only_its_own_names_are_answered(self):
        flux = Flux(self, "--http.hosts=flux.example", "--admin.hosts=ops.example")
        for base, path, headers in ((flux.url, "/", ""), (flux.url, "/nothing", ""), (flux.url, SOCKETS + "polling", ""),
                                    (flux.url, SOCKETS + "websocket", UPGRADE), (flux.admin, "/metrics", ""),
                                    (flux.admin, "/readyz", "")):
            with self.subTest(path):
                self.assertEqual(status_of(base, path, "evil.example", headers), 403)
                self.assertIn(status_of(base, path, "localhost:1", headers), (101, 200, 404))
        self.assertEqual(status_of(flux.url, SOCKETS + "polling", "flux.example"), 200)
        self.assertEqual(status_of(flux.url, SOCKETS + "polling", "ops.example"), 403)
        self.assertEqual(status_of(flux.admin, "/metrics", "ops.example"), 200)

    def test_the_refusal_names_the_setting(self):
        flux = Flux(self)
        for base, setting in ((flux.url, "http.hosts"), (flux.admin, "admin.hosts")):
            status, headers, body = request(base + "/", headers={"Host": "evil.example"})
            self.assertEqual((status, headers["Content-Type"]), (403, "application/json"))
            self.assertIn(setting, json.loads(body)["error"])

    def test_the_listeners_are_told_apart_in_the_metrics(self):
        flux = Flux(self)
        text = request(flux.admin + "/metrics")[2]
        for server in ("web", "admin", "simulator"):
            self.assertIn(f'flux_net_http_requests_total{{server="{server}",shard="0"}}', text)
        families = [line for line in text.splitlines() if line.startswith("# TYPE ")]
        self.assertEqual(len(families), len(set(families)))


if __name__ == "__main__":
    unittest.main()
