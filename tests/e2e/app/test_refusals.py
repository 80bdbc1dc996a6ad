"""Whom a running Flux turns away: pages of other origins, and clients that ask for too much; and what /metrics says of it."""

import http.client
import unittest

from flux_process import Flux, Folder, request

LISTED = "https://shop.example"
FOREIGN = "https://shop.example.evil"
POLL = "/socket.io/?EIO=4&transport=polling"
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
SMALL_BUDGET = """
[gateway]
events_burst = 2.0
events_per_second = 0.1
limited_in_row_max = 5
"""


class Refusals(unittest.TestCase):
    def ask(self, method, target, headers):
        """(status, headers) of the answer, over a connection of its own."""
        connection = http.client.HTTPConnection("localhost", int(self.flux.url.rsplit(":", 1)[1]), timeout=20)
        self.addCleanup(connection.close)
        connection.request(method, target, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers

    def metric(self, sample):
        """The sum of the samples that begin so and have these labels."""
        name, label = sample
        lines = request(self.flux.admin + "/metrics")[2].splitlines()
        found = [float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name + "{") and label in line]
        self.assertGreater(len(found), 0, f"{name} with {label} is not exported")
        return sum(found)

    def refused(self, reason):
        return self.metric(("flux_socketio_refused_total", f'reason="{reason}"'))

    def test_pages_of_listed_origins_are_let_in_and_others_are_not(self):
        """EIO-33"""
        self.flux = Flux(self, f"--socketio.origins={LISTED}")
        for origin in (LISTED, self.flux.url):
            with self.subTest(origin):
                status, headers = self.ask("GET", POLL, {"Origin": origin})
                self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (200, origin))
                self.assertEqual(headers["Access-Control-Allow-Credentials"], "true")
                self.assertEqual(headers["Vary"], "Origin")
                status, headers = self.ask("OPTIONS", POLL, {
                    "Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"})
                self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (204, origin))
                self.assertEqual(headers["Access-Control-Allow-Credentials"], "true")
                self.assertIn("POST", headers["Access-Control-Allow-Methods"])
                self.assertEqual(headers["Access-Control-Allow-Headers"].lower(), "content-type")
                self.assertEqual(self.ask("GET", POLL.replace("polling", "websocket"), {"Origin": origin, **UPGRADE})[0], 101)
        self.assertEqual(self.refused("forbidden origin"), 0)
        for method, transport, more in (("GET", "polling", {}), ("OPTIONS", "polling", {}), ("GET", "websocket", UPGRADE)):
            with self.subTest(method=method, transport=transport):
                status, headers = self.ask(method, POLL.replace("polling", transport), {"Origin": FOREIGN, **more})
                self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (403, None))
        self.assertEqual(self.refused("forbidden origin"), 3)

    def test_who_keeps_on_over_its_budget_is_closed_and_counted(self):
        """RSN-04, RSN-06"""
        folder = Folder(self)
        folder.write("flux.toml", SMALL_BUDGET)
        self.flux = Flux(self, folder=folder)
        flood = self.flux.open_socket()
        closed = ("flux_gateway_closed_limit_total", "")
        self.assertEqual(self.metric(closed), 0)
        request(flood, "POST", "\x1e".join(['42["getUserId"]'] * 20).encode())
        status, _, text = request(flood)
        self.assertEqual((status, text), (400, '{"code":1,"message":"Session ID unknown"}'))
        self.assertEqual(self.metric(closed), 1)
        self.assertEqual(self.metric(("flux_socketio_closed_total", 'reason="limit"')), 1)
        self.assertEqual(self.refused("unknown session"), 1)


if __name__ == "__main__":
    unittest.main()
