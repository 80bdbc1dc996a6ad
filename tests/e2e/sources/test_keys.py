"""A key that is missing, empty, refused or hidden: what starts, what is asked, and what people are told."""

import json
import unittest

from sources_case import KEYS, SourcesCase, request, run, wait_until
from stand_in import Authority, StandIn

KEYED = {"weather": "weather", "stock": "finnhub", "news": "newsdata"}
PLACE = {"city": "Pune", "region": "", "country": "IN"}


class Keys(SourcesCase):
    def stand_in(self):
        authority = Authority(self.folder.path, "authority")
        stand_in = StandIn(self, authority.certify("localhost"))
        return stand_in, [f"--upstream.ca_file={authority.file}", *self.sources(stand_in.port)]

    def test_live_without_a_key_starts_and_says_so(self):
        stand_in, flags = self.stand_in()
        flux = self.start(*flags, *[f"--{domain}.source=live" for domain in KEYED])
        url = self.visit(flux, PLACE)
        for domain in KEYED:
            status = self.wait_for_state(flux, domain, "no_key")
            self.assertEqual(status["error"], "no_key")
            self.assertTrue(status["message"])
            self.assertFalse(status["simulated"])
            warned = [line for line in flux.log() if line["level"] == "warn" and line["event"].startswith(domain + ".")]
            self.assertEqual(len(warned), 1, warned)
        self.wait_for_state(flux, "crypto", "live")  # needs none
        # Whoever asks hears a clear error, each under the event of its answer.
        for intent in ("stockTopPerformersRequest", "topNewsRequest"):
            request(url, "POST", ("42" + json.dumps([intent])).encode())
        heard = {}
        def all_told():
            for packet in request(url)[2].split("\x1e"):
                if packet.startswith("42"):
                    event, payload = json.loads(packet[2:])[:2]
                    if isinstance(payload, dict) and payload.get("error") == "no_key":
                        heard[event] = payload
            return {"weatherError", "stockTopPerformersResponse", "newsUpdate"} <= set(heard)
        wait_until("the client heard why there is nothing", all_told, 30)
        for event, payload in heard.items():
            self.assertTrue(payload["message"], event)
        self.assertEqual({asked.path.split("/")[1] for asked in stand_in.asked} & {"ow", "fh", "nd"}, set())
        for topic in ("stock.service.event.updated", "news.service.event.updated"):
            self.assertEqual(self.records(flux, topic), [])

    def test_an_empty_key_file_is_a_missing_key(self):
        for text in ("", "\n"):
            with self.subTest(repr(text)):
                shown = run("config", *self.key_files(weather=text, finnhub=text, newsdata=text), cwd=self.folder.path)
                self.assertEqual(shown.returncode, 0, shown.stderr)
        flux = self.start(*self.key_files(weather="", finnhub="\n", newsdata=""))
        self.assertIn("weather, crypto, stock and news are simulated", flux.said[0])
        for domain in KEYED:
            self.assertTrue(self.wait_for_state(flux, domain, "live")["simulated"])

    def test_a_key_makes_its_domain_live_and_no_other(self):
        _, flags = self.stand_in()
        for domain, source in (("weather", "openweather"), ("stock", "finnhub"), ("news", "newsdata")):
            with self.subTest(domain):
                key = KEYED[domain]
                flux = self.start(*[flag for flag in flags if "ca_file" in flag or source in flag or "symbols" in flag],
                                  *self.key_files(**{key: KEYS[key]}))
                others = [each for each in ("weather", "crypto", "stock", "news") if each != domain]
                self.assertIn(f"{others[0]}, {others[1]} and {others[2]} are simulated", flux.said[0])
                self.assertEqual(self.session_init(flux)["simulated"], others)
                for each in ("weather", "crypto", "stock", "news"):
                    self.assertEqual(self.wait_for_state(flux, each, "live")["simulated"], each != domain, each)
                flux.stop()

    def session_init(self, flux):
        """What the first client is told."""
        url = flux.open_socket()
        def told():
            for packet in request(url)[2].split("\x1e"):
                if packet.startswith('42["session:init"'):
                    return json.loads(packet[2:])[1]
            return None
        return wait_until("session:init came", told, 20)

    def test_a_refused_key_is_told_as_such_and_never_shown(self):
        stand_in, flags = self.stand_in()
        for path in ("/ow/geo/1.0/direct", "/ow/data/2.5/weather", "/fh/api/v1/quote", "/nd/api/1/latest"):
            stand_in.answers[path] = (401, {}, f'{{"message":"no such key: {KEYS["finnhub"]} {KEYS["newsdata"]}"}}')
        flux = self.start(*flags, *self.key_files(**KEYS))
        self.visit(flux, PLACE)
        for domain in KEYED:
            status = self.wait_for_state(flux, domain, "down")
            self.assertEqual(status["error"], "key_refused")
        told = [line for line in flux.log() if "no such key" in str(line.get("detail", ""))]
        self.assertGreaterEqual({line["event"].split(".")[0] for line in told}, {"stock", "news"}, flux.lines[-30:])
        for line in told:
            name = {"stock": "finnhub", "news": "newsdata"}.get(line["event"].split(".")[0])
            if name:
                self.assertIn("***", line["detail"])
                self.assertNotIn(KEYS[name], line["detail"])

    def test_settings_never_show_a_key(self):
        for arguments in (["config"], ["config", "--explain"]):
            shown = run(*arguments, *self.key_files(**KEYS), cwd=self.folder.path)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            for key in KEYS.values():
                self.assertNotIn(key.encode(), shown.stdout + shown.stderr)
        refused = run("config", f"--finnhub.api_key={KEYS['finnhub']}", cwd=self.folder.path)
        self.assertEqual(refused.returncode, 2)
        self.assertNotIn(KEYS["finnhub"].encode(), refused.stdout + refused.stderr)


if __name__ == "__main__":
    unittest.main()
