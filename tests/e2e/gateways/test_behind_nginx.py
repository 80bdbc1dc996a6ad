"""Official clients of every transport, two gateways behind nginx, and what may happen to each."""

import http.client
import json
import signal
import time
import unittest
from collections import Counter

from fleet import Fleet, GatewaysTest  # first: it knows the way to the others
from flux_process import request, wait_until

_WAYS = {
    "websocket": {"transports": ["websocket"]},
    "polling": {"transports": ["polling"]},
    "upgrade": {"transports": ["polling", "websocket"]},
}
_OPEN = "/socket.io/?EIO=4&transport=polling"
_NGINX_TRIES_AGAIN_SECONDS = 2  # fail_timeout in the configuration: then one request finds out for the others


class NginxTest(GatewaysTest, unittest.TestCase):
    def begin(self, clients, *flags):
        """Two gateways, nginx, and so many clients of each transport."""
        self.one, self.other = self.gateway("a", *flags), self.gateway("b", *flags)
        self.proxy = self.nginx(self.one, self.other)
        self.fleet = Fleet(self)
        for name, options in _WAYS.items():
            self.fleet.open(name, self.proxy.url, clients, **options)

    def all_are_at(self, gateways):
        wait_until(f"all are connected to {gateways}", lambda: all(
            client["ready"] and client["connected"] and client["gateway"] in gateways for client in self.fleet.clients()), 60)


class EveryTransport(NginxTest):
    def test_every_client_hears_all_of_its_rooms(self):
        self.begin(40)
        wait_until("the third group has upgraded", lambda: all(
            client["transport"] == "websocket" for client in self.fleet.report()["upgrade"]))
        self.items.publish(10)
        self.heard_all(self.fleet)
        for name, clients in self.fleet.report().items():
            spread = Counter(client["gateway"] for client in clients)
            self.assertEqual(set(spread), {"a", "b"}, name)
            self.assertGreaterEqual(min(spread.values()), 12, f"{name}: {spread}")
            self.assertEqual({client["transport"] for client in clients}, {"polling" if name == "polling" else "websocket"})
            self.assertEqual({client["connects"] for client in clients}, {1}, f"{name}: nobody had to come again")
            self.assertEqual([client["errors"] for client in clients if client["errors"]], [], name)
        for gateway in (self.one, self.other):
            self.assertEqual(gateway.metric("flux_socketio_refused_total"), 0)


class Faults(NginxTest):
    def test_a_killed_gateway(self):
        self.begin(20)
        self.items.publish(2)
        self.heard_all(self.fleet)
        self.other.process.kill()
        self.other.process.wait()
        self.all_are_at("a")
        self.items.begin_anew(self.fleet)
        self.items.publish(5)
        self.heard_all(self.fleet)
        again = self.gateway("b")  # its id is free at once
        for event in ("gateway.id_waits", "gateway.id_unchecked"):
            self.assertFalse(again.logged(event), event)

    def test_a_gateway_that_ends_properly(self):
        self.begin(20)
        self.assertEqual(self.other.stop(), 0)
        self.all_are_at("a")
        self.items.begin_anew(self.fleet)
        self.items.publish(5)
        self.heard_all(self.fleet)

    def test_a_gateway_that_stands_still_for_five_seconds(self):
        self.begin(20)
        self.other.process.send_signal(signal.SIGSTOP)
        try:
            self.publish_for(5)
        finally:
            self.other.process.send_signal(signal.SIGCONT)
        self.heard_all(self.fleet)
        self.assertEqual({client["connects"] for client in self.fleet.clients()}, {1}, "nobody lost its connection")

    def test_newcomers_do_not_wait_for_a_gateway_that_stands_still(self):
        self.begin(0)
        self.other.process.send_signal(signal.SIGSTOP)
        try:
            for name in ("polling", "upgrade"):  # a client gives up after ten seconds, nginx asks another gateway sooner
                self.fleet.open(f"late {name}", self.proxy.url, 10, **_WAYS[name])
            self.all_are_at("a")
            for client in self.fleet.clients():
                self.assertEqual((client["connects"], client["errors"]), (1, []))
            # Who begins with WebSocket is not sent there any more either, but for one every two seconds that tries it.
            began = time.monotonic()
            self.fleet.open("late websocket", self.proxy.url, 20, **_WAYS["websocket"])
            unlucky = [client for client in self.fleet.report()["late websocket"] if client["errors"]]
            tried = 1 + int((time.monotonic() - began) / _NGINX_TRIES_AGAIN_SECONDS)
            self.assertLessEqual(len(unlucky), tried, unlucky)
        finally:
            self.other.process.send_signal(signal.SIGCONT)
        wait_until("newcomers reach it again", lambda: self.newcomer()[0] == "b")

    def newcomer(self):
        """The id of a new session through nginx, which begins with its gateway's."""
        status, _, text = request(f"{self.proxy.url}{_OPEN}")
        self.assertEqual(status, 200, text)
        return json.loads(text[1:])["sid"]

    def test_nginx_restarted(self):
        self.begin(20)
        self.items.publish(2)
        self.heard_all(self.fleet)
        self.proxy.down()
        self.proxy.up()
        self.all_are_at("ab")
        self.items.begin_anew(self.fleet)
        self.items.publish(5)
        self.heard_all(self.fleet)


class WrongGateway(NginxTest):
    def setUp(self):
        super().setUp()
        self.one, self.other = self.gateway("a"), self.gateway("b")

    def session_of(self, gateway):
        return json.loads(request(f"{gateway.url}{_OPEN}")[2][1:])["sid"]

    def test_a_request_with_another_gateways_session_is_told_so(self):
        sid = self.session_of(self.one)
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                   "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        tries = (("GET", f"{_OPEN}&sid={sid}", None, {}), ("POST", f"{_OPEN}&sid={sid}", b"40", {}),
                 ("GET", f"/socket.io/?EIO=4&transport=websocket&sid={sid}", None, upgrade))
        for number, (method, path, body, headers) in enumerate(tries, 1):
            status, _, text = request(f"{self.other.url}{path}", method, body, headers)
            answer = json.loads(text)
            self.assertEqual((status, answer["code"]), (400, 1))
            self.assertRegex(answer["message"], r"^Session ID unknown: it belongs to gateway 'a', this is 'b'")
            self.assertEqual(self.other.metric("flux_socketio_refused_total", reason="other gateway"), number)
        self.assertEqual(request(f"{self.one.url}{_OPEN}&sid={sid}", "POST", b"40")[0], 200, "the session lives on")

    def test_nginx_sends_each_session_to_its_gateway(self):
        proxy = self.nginx(self.one, self.other)
        for gateway in (self.one, self.other):
            sid = self.session_of(gateway)
            for _ in range(3):
                self.assertEqual(request(f"{proxy.url}{_OPEN}&sid={sid}", "POST", b"3")[0], 200)
        for sid in ("zzzz", "", "c" + sid[1:]):
            self.assertEqual(request(f"{proxy.url}{_OPEN}&sid={sid}", "POST", b"3")[0], 400)


class Connections(NginxTest):
    def test_requests_of_many_sessions_share_the_connections_to_their_gateway(self):
        self.begin(0)
        sids = [json.loads(request(f"{self.proxy.url}{_OPEN}")[2][1:])["sid"] for _ in range(8)]
        self.assertEqual({sid[0] for sid in sids}, {"a", "b"})
        accepted = [gateway.metric("flux_net_accepted_total") for gateway in (self.one, self.other)]
        for sid in sids * 10:
            status, _, text = request(f"{self.proxy.url}{_OPEN}&sid={sid}", "POST", b"3")
            self.assertEqual((status, text), (200, "ok"))
        for gateway, before in zip((self.one, self.other), accepted):
            self.assertLessEqual(gateway.metric("flux_net_accepted_total") - before, 4, "the scrape's own included")


class Addresses(NginxTest):
    def open(self, source, **headers):
        """The status of a handshake through nginx from another address of this machine."""
        connection = http.client.HTTPConnection(*self.proxy.address, timeout=20, source_address=(source, 0))
        try:
            connection.request("GET", _OPEN, headers={name.replace("_", "-"): value for name, value in headers.items()})
            return connection.getresponse().status
        finally:
            connection.close()

    def test_caps_count_browsers_and_believe_nobody_else(self):
        self.begin(0, "--socketio.sessions_per_address_max=3")
        self.assertEqual([self.open("127.0.0.2") for _ in range(7)], [200] * 6 + [503], "three at each gateway")
        self.assertEqual(self.open("127.0.0.2", X_Forwarded_For="198.51.100.7"), 503, "who says it is another stays the same")
        self.assertEqual(self.open("127.0.0.3"), 200, "another browser is another address")
        forged = [self.open("127.0.0.4", X_Forwarded_For=f"198.51.100.{number}", Forwarded="for=198.51.100.1",
                            X_Real_IP="198.51.100.1") for number in range(7)]
        self.assertEqual(forged, [200] * 6 + [503])


if __name__ == "__main__":
    unittest.main()
