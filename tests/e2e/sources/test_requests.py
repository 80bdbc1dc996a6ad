"""With a key for each domain Flux asks the real sources by nothing but settings: each request, field by field, and the
certificates that vouch for the servers."""

import re
import unittest

from sources_case import KEYS, STATUS_TOPIC, SourcesCase, request, wait_until
from stand_in import BODIES, Authority, StandIn

PLACE = {"city": "Pune", "region": "Maharashtra", "country": "India", "lat": 1.25, "lon": "2.5", "ip": "203.0.113.24"}


class Requests(SourcesCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder.path, "authority")
        self.stand_in = StandIn(self, self.authority.certify("localhost"))

    def start_with_keys(self):
        flux = self.start(f"--upstream.ca_file={self.authority.file}", *self.sources(self.stand_in.port),
                          *self.key_files(**KEYS))
        self.visit(flux, PLACE)
        return flux

    def one(self, path, count=1):
        """The first request to `path`, once there are `count`."""
        wait_until(f"{path} was asked", lambda: len(self.stand_in.of(path)) >= count)
        return self.stand_in.of(path)[0]

    def check_head(self, asked, *, key_header=None):
        """What every request has, and has not."""
        self.assertEqual(asked.method, "GET")
        self.assertEqual(asked.body, b"")
        self.assertEqual(asked.headers["host"], f"localhost:{self.stand_in.port}")
        self.assertRegex(asked.headers["user-agent"], r"^flux/\d")
        for never in ("authorization", "cookie", "referer", "x-forwarded-for"):
            self.assertNotIn(never, asked.headers)
        sent = {name: value for name, value in asked.headers.items() if name != key_header}
        for key in KEYS.values():
            self.assertNotIn(key, str(sent))

    def test_every_request_field_by_field(self):
        flux = self.start_with_keys()

        asked = self.one("/ow/geo/1.0/direct")
        self.check_head(asked)
        query = dict(asked.query)
        self.assertEqual(query.pop("appid"), KEYS["weather"])
        self.assertEqual(query.pop("q"), "Pune,IN")
        self.assertRegex(query.pop("limit"), r"^[1-5]$")
        self.assertEqual(query, {})

        # By the coordinates the service has found, never by the client's own.
        asked = self.one("/ow/data/2.5/weather")
        self.check_head(asked)
        query = dict(asked.query)
        self.assertAlmostEqual(float(query.pop("lat")), 18.521428, places=3)
        self.assertAlmostEqual(float(query.pop("lon")), 73.8544541, places=3)
        self.assertEqual(query, {"units": "metric", "lang": "en", "appid": KEYS["weather"]})

        asked = self.one("/ow/data/2.5/air_pollution")
        self.check_head(asked)
        query = dict(asked.query)
        self.assertAlmostEqual(float(query.pop("lat")), 18.521428, places=3)
        self.assertAlmostEqual(float(query.pop("lon")), 73.8544541, places=3)
        self.assertEqual(query, {"appid": KEYS["weather"]})

        asked = self.one("/cb/products")
        self.check_head(asked)
        self.assertEqual(asked.query, [])

        asked = self.one("/cb/feed")
        self.check_head(asked)
        self.assertEqual(asked.query, [])
        self.assertEqual(asked.headers["upgrade"].lower(), "websocket")
        self.assertEqual(asked.headers["sec-websocket-version"], "13")
        self.assertIn("permessage-deflate", asked.headers["sec-websocket-extensions"])
        wait_until("it has subscribed", lambda: asked.frames)
        frame = asked.frames[0]
        self.assertEqual(frame["type"], "subscribe")
        self.assertEqual(sorted(frame["product_ids"]), ["BTC-USD", "ETH-USD"])
        channels = [one if isinstance(one, str) else one["name"] for one in frame["channels"]]
        self.assertEqual(sorted(channels), ["heartbeat", "ticker"])

        asked = self.one("/cg/api/v3/coins/markets")
        self.check_head(asked, key_header="x-cg-demo-api-key")
        self.assertEqual(dict(asked.query), {"vs_currency": "usd", "order": "market_cap_desc", "per_page": "100", "page": "1",
                                             "price_change_percentage": "1h,24h"})
        self.assertEqual(asked.headers["x-cg-demo-api-key"], KEYS["coingecko"])

        asked = self.one("/fx/v1/latest")
        self.check_head(asked)
        self.assertEqual(dict(asked.query), {"base": "USD", "symbols": "INR"})

        self.one("/fh/api/v1/quote", 2)
        for symbol, asked in zip(("AAPL", "BRK.B"), self.stand_in.of("/fh/api/v1/quote")):
            self.check_head(asked)
            self.assertEqual(dict(asked.query), {"symbol": symbol, "token": KEYS["finnhub"]})

        asked = self.one("/nd/api/1/latest")
        self.check_head(asked)
        self.assertEqual(dict(asked.query), {"category": "business,politics,technology", "language": "en",
                                             "apikey": KEYS["newsdata"]})

        known = {"/ow/geo/1.0/direct", "/ow/data/2.5/weather", "/ow/data/2.5/air_pollution", "/cb/products", "/cb/feed",
                 "/cg/api/v3/coins/markets", "/fx/v1/latest", "/fh/api/v1/quote", "/nd/api/1/latest"}
        self.assertEqual({asked.path for asked in self.stand_in.asked}, known)

        for domain in ("weather", "crypto", "stock", "news"):
            status = self.wait_for_state(flux, domain, "live")
            self.assertFalse(status["simulated"], domain)
        self.assertNotIn("simulated", flux.said[0])
        self.check_nothing_told(flux)

    def check_nothing_told(self, flux):
        """No key in the log, on /metrics, or in any record on the bus."""
        told = "\n".join(flux.lines) + request(f"{flux.admin}/metrics")[2]
        self.assertIn("flux_upstream_calls", told)
        for topic in ("weather.service.event.updated", "crypto.movers.event.updated", "stock.service.event.updated",
                      "news.service.event.updated", STATUS_TOPIC):
            told += str(self.records(flux, topic))
        for key in KEYS.values():
            self.assertNotIn(key, told)

    def test_a_redirect_is_not_followed_anywhere(self):
        elsewhere = StandIn(self, self.authority.certify("localhost"))
        for path in BODIES:
            self.stand_in.answers[path] = (302, {"Location": f"https://localhost:{elsewhere.port}{path}"}, "elsewhere")
        flux = self.start_with_keys()
        for domain in ("weather", "stock", "news"):
            status = self.wait_for_state(flux, domain, "down", "degraded")
            self.assertEqual(status["error"], "bad_data", domain)
        self.wait_for_state(flux, "crypto", "degraded")
        for path in ("/ow/geo/1.0/direct", "/cb/products", "/cg/api/v3/coins/markets", "/fh/api/v1/quote", "/nd/api/1/latest"):
            self.one(path)
        self.assertEqual(elsewhere.asked, [])
        self.check_nothing_told(flux)

    def test_a_server_nobody_vouches_for_is_told_nothing(self):
        other = Authority(self.folder.path, "stranger")
        flux = self.start(f"--upstream.ca_file={other.file}", *self.sources(self.stand_in.port), *self.key_files(**KEYS))
        self.visit(flux, PLACE)
        for domain in ("weather", "stock", "news"):
            status = self.wait_for_state(flux, domain, "down", "degraded")
            self.assertEqual(status["error"], "source_down")
        self.wait_for_state(flux, "crypto", "down", "degraded")
        self.assertEqual(self.stand_in.asked, [])
        self.assertTrue(any(re.search("certificate", line) for line in flux.lines), flux.lines[-20:])
        self.check_nothing_told(flux)

    def test_a_certificate_of_another_host_is_refused(self):
        elsewhere = StandIn(self, self.authority.certify("elsewhere.example"))
        flux = self.start(f"--upstream.ca_file={self.authority.file}", *self.sources(elsewhere.port), *self.key_files(**KEYS))
        self.visit(flux, PLACE)
        for domain in ("weather", "crypto", "stock", "news"):
            self.wait_for_state(flux, domain, "down", "degraded")
        self.assertEqual(elsewhere.asked, [])


if __name__ == "__main__":
    unittest.main()
