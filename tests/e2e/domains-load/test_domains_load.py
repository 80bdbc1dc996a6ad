"""What is promised under load: two thousand visitors who travel, with a quota that suffices and with one that does not, and five
thousand who come at once. Asserted are counts and events; how long it took and what it cost is printed."""

import os
import random
import unittest
from contextlib import nullcontext

from load_case import AIR, PLACE, PRODUCTS, WEATHER, Memory, Platform, Visitors, Witnesses, known_cities

MIB = 2**20
CITIES = 200
TRAVELLERS = 2_000
CROWD = 5_000
SEED = int(os.environ.get("SEED", random.randrange(2**32)))

# Budgets of an operator whose plan allows 6,000 calls a minute. A new city costs three.
_MANY_CITIES = ("--gateway.cities_per_second=10", "--gateway.cities_burst=1000",
                "--gateway.total_cities_per_second=33", "--gateway.total_cities_burst=2000")
# Nobody is told that a service is slow because this machine is.
_PATIENT = ("--gateway.answer_timeout=60s",)

_EVERYTHING = {"session:init", "cryptoTopMoversResponse", "cryptoTopCoinsResponse", "stockTopPerformersResponse", "newsUpdate",
               *(f"serviceStatus {domain}" for domain in ("weather", "crypto", "stock", "news")),
               *(f"cryptoTickerResponse {product}" for product in PRODUCTS)}


class DomainsLoad(unittest.TestCase):
    def travel(self, flux, seconds, memory=None, **options):
        """Two thousand travel, five official clients among them; returns (figures once live, at the end, what the five heard)."""
        cities = known_cities(CITIES)
        witnesses = Witnesses(self, flux, cities)
        visitors = Visitors(self, flux, cities, visitors=TRAVELLERS, open_seconds=5, seconds=seconds, answer_seconds=90,
                            stay_shortest=1, stay_longest=5, seed=SEED, **options)
        with memory or nullcontext():
            live = visitors.live()
            self.everybody_is_live(live, TRAVELLERS)
            end = visitors.report()
        return live, end, witnesses.report()

    def everybody_is_live(self, live, visitors):
        self.assertEqual((live["live"], live["missing"]), (visitors, {}))

    def answered(self, end):
        """Nothing odd was heard, and every location was answered with weather, or with `loading` and then `limit`."""
        counts = end["counts"]
        self.assertEqual(end["odd"], {})
        self.assertEqual(counts["waiting"], 0, "visitors without weather and without a reason")
        self.assertEqual(counts["at_once"] + counts["after_loading"] + counts["limited"], counts["asked"])

    def witnessed(self, witnesses, *answers):
        """The official clients had everything, and each location had one of the answers, or is the last and has none yet."""
        for witness in witnesses:
            self.assertEqual(_EVERYTHING - set(witness["events"]), set())
            for number, place in enumerate(witness["journey"]):
                heard = place["heard"]
                is_last = number == len(witness["journey"]) - 1
                fits = any(heard[:len(answer)] == list(answer) for answer in answers)
                self.assertTrue(fits or (is_last and set(heard) <= {"loading"}), place)
                self.assertLessEqual(set(heard), {what for answer in answers for what in answer}, place)

    def say(self, live, end, more=""):
        """The figures of a run: they are compared by people."""
        counts = end["counts"]
        print(f"\n{self._testMethodName} (SEED={SEED}): {live['visitors']} visitors connected in {live['opened_seconds']:.1f} s, all live "
              f"after {live['live_seconds']:.1f} s (from connecting to everything: p50 {live['p50_ms']:.0f}, p99 {live['p99_ms']:.0f}, at "
              f"most {live['max_ms']:.0f} ms) for {live['cpu_seconds']:.2f} CPU seconds of flux and {live['bytes'] / MIB:.0f} MiB; "
              f"{end['seconds']:.0f} s, {counts['bytes'] / MIB:.0f} MiB and {counts['asked']} locations later {end['cpu_seconds']:.2f} CPU "
              f"seconds of flux, {end['own_cpu_seconds']:.2f} of the visitors; from a location to its weather p50 {end['p50_ms']:.1f}, p99 "
              f"{end['p99_ms']:.1f}, at most {end['max_ms']:.0f} ms{more}", flush=True)

    def test_two_thousand_travel_between_two_hundred_cities(self):
        fresh_seconds, seconds = 30, 120
        flux = Platform(self, "--weather.calls_per_minute=6000", f"--weather.current_fresh={fresh_seconds}s",
                        f"--gateway.weather_freshness={fresh_seconds}s", *_MANY_CITIES, *_PATIENT)
        flux.allow("openweather", "minute", 6000)
        memory = Memory(flux)
        live, end, witnesses = self.travel(flux, seconds, memory)
        commands, updates, openweather = flux.commands(), flux.updates(), flux.sources()["openweather"]
        asked = sum(len(times) for times in commands.values())
        warm, last = memory.around(60), memory.around(seconds - 6)
        self.say(live, end, f"; {asked} commands for {len(commands)} cities, {openweather['calls']} calls of OpenWeatherMap; resident "
                            f"{warm[0] / MIB:.1f} MiB after a minute, of it topics {warm[1] / MIB:.2f}, and at the end {last[0] / MIB:.1f} and {last[1] / MIB:.2f}")

        self.answered(end)
        self.assertEqual(end["counts"]["limited"], 0)
        self.assertEqual(end["counts"]["with_weather"], TRAVELLERS)
        self.witnessed(witnesses, ["weather"], ["loading", "weather"])

        # One command, one call and one event per city and window, however many come by; a place is sought once, and its air in an hour.
        self.assertEqual(len(commands), CITIES)
        for city, times in commands.items():
            self.assertGreaterEqual(len(times), seconds // fresh_seconds - 1, city)
            for before, after in zip(times, times[1:]):
                self.assertGreaterEqual(after - before, fresh_seconds, f"two commands for {city} in one window: {times}")
        self.assertEqual(updates, {city: len(times) for city, times in commands.items()})
        calls = {endpoint["path"]: endpoint["calls"] for endpoint in openweather["endpoints"]}
        self.assertEqual(calls, {PLACE: CITIES, AIR: CITIES, WEATHER: asked})
        self.assertEqual(openweather["refused"], 0)

        # Topics keep their newest records, up to a bound of their own; beside them nothing grows.
        self.assertLess(last[0] - warm[0], 2 * (last[1] - warm[1]) + 0.02 * warm[0])

    def test_the_quota_of_a_minute_is_kept_and_told(self):
        quota, seconds = 60, 95
        flux = Platform(self, *_MANY_CITIES, *_PATIENT)
        live, end, witnesses = self.travel(flux, seconds, patient_percent=25)
        openweather, counts = flux.sources()["openweather"], end["counts"]
        self.say(live, end, f"; {openweather['calls']} calls of OpenWeatherMap, at most {openweather['busiest_minute']} within 60 s, weather "
                            f"of {len(flux.updates())} cities; {counts['limited']} times `limit`, of which {counts['mended']} had weather later "
                            f"by itself; {counts['returns']} came again at the time they were told, of whom {counts['returns_served']} had weather")

        self.answered(end)
        self.assertGreater(counts["limited"], 0)
        self.assertGreater(counts["at_once"], 0)
        self.witnessed(witnesses, ["weather"], ["loading", "weather"], ["loading", "limit until a time"])
        # Counted by the simulator over every stretch of 60 seconds, and by its own limit, which refused nothing.
        self.assertLessEqual(openweather["busiest_minute"], quota)
        self.assertEqual(openweather["refused"], 0)
        # What the minute allows was used, and so was what the next one did.
        self.assertEqual(openweather["busiest_minute"], quota)
        self.assertGreater(openweather["calls"], quota)
        # Every city has a time of its own, at which the calls it needs are free.
        self.assertGreater(counts["returns_served"], counts["returns"] / 2)

    def test_five_thousand_come_within_five_seconds(self):
        seconds = 25
        cities = known_cities(10)
        flux = Platform(self)
        alone = Visitors(self, flux, cities, visitors=1, tour=len(cities), stay_shortest=0, stay_longest=0, seconds=seconds)
        self.everybody_is_live(alone.live(), 1)
        end = alone.report()
        self.answered(end)
        self.assertEqual(end["counts"]["at_end"], 1)
        calls = flux.calls()
        self.assertEqual(sum(count for (source, _), count in calls.items() if source == "openweather"), 3 * len(cities))
        self.assertEqual(flux.stop(), 0)

        flux = Platform(self, *_PATIENT)
        witnesses = Witnesses(self, flux, cities)
        crowd = Visitors(self, flux, cities, visitors=CROWD, open_seconds=5, seconds=seconds, stay_shortest=1000, stay_longest=1000)
        live, end = crowd.live(), crowd.report()
        self.say(live, end, f"; {sum(flux.calls().values())} calls of all sources, with one visitor {sum(calls.values())}")
        self.everybody_is_live(live, CROWD)
        self.answered(end)
        self.assertEqual(end["counts"]["with_weather"], CROWD)
        self.assertEqual(end["counts"]["limited"], 0)
        self.witnessed(witnesses.report(), ["weather"], ["loading", "weather"])
        self.assertEqual(flux.calls(), calls, "calls of the sources are another number than with one visitor")
        self.assertEqual({city: len(times) for city, times in flux.commands().items()}, {city.split(",")[0].lower(): 1 for city in cities})


if __name__ == "__main__":
    unittest.main()
