"""Sessions that go on at another gateway, or at their own when it is there again. REC-17 in docs/protocol.md."""

import unittest

from fleet_case import FleetTest

_FEW = 12
_SOON = {"reconnectionDelay": 100, "reconnectionDelayMax": 500}


class TwoGateways(FleetTest, unittest.TestCase):
    def open_at(self, first, *others, group="fleet", count=_FEW):
        """Clients of `first` with something to lose: rooms, items and levels."""
        self.clients.open(group, [first.url, *(other.url for other in others)], count, **_SOON)
        self.records.publish()
        self.clients.whole(group, self.records)

    def recovered(self, times=1, group="fleet", gateway=None):
        """Each came back so often, went on each time, and has everything once and in order."""
        there = self.clients.reconnected(group, times)
        self.clients.whole(group, self.records)
        there = self.clients.of(group)
        self.assertEqual((there["recovered"], there["fresh"], there["faults"]), (there["count"] * times, 0, []))
        self.assertEqual(there["sids"], there["count"])
        self.assertEqual(there["greetings"], there["connects"])
        if gateway:
            self.assertEqual(there["gateways"], {gateway: there["count"]})

    # REC-17
    def test_kill_9(self):
        first, second = self.gateway("a"), self.gateway("b")
        self.open_at(first, second)
        self.archived(_FEW)
        first.process.kill()
        first.process.wait()
        for _ in range(2):
            self.records.publish(7)
        self.recovered(gateway="b")
        self.records.publish(2)
        self.clients.whole("fleet", self.records)
        self.assertEqual(second.metric("flux_socketio_recovery_from_archive_total"), _FEW)

    # REC-17: there and back, so that what each gateway kept itself is older than what lies in Valkey.
    def test_from_one_to_the_other_and_back(self):
        first, second = self.gateway("a"), self.gateway("b")
        self.open_at(first, second)
        for times, gateway in ((1, "b"), (2, "a")):
            self.archived(_FEW)
            self.clients.ask("cut", group="fleet")
            self.records.publish(2)
            self.recovered(times, gateway=gateway)

    # REC-17, REC-22
    def test_sigterm_and_a_restart(self):
        first = self.gateway("a", "--shutdown.drain_window=500ms")
        self.open_at(first)
        self.assertEqual(first.stop(), 0)
        self.records.publish(12)
        self.clients.ask("urls", group="fleet", urls=[self.gateway("a").url])
        self.recovered()
        self.assertEqual(self.clients.of("fleet")["reasons"], ["transport close"])

    # REC-17: both were away, and what came meanwhile stands in Kafka.
    def test_the_whole_fleet_killed_and_started(self):
        first, second = self.gateway("a"), self.gateway("b")
        self.clients.open("others", [second.url, first.url], _FEW, **_SOON)
        self.open_at(first, second)
        self.clients.whole("others", self.records)
        self.archived(2 * _FEW)
        for gateway in (first, second):
            gateway.process.kill()
            gateway.process.wait()
        self.records.publish(5)
        urls = [self.gateway("c").url, self.gateway("d").url]  # their own ids are free after a silence
        for group in ("fleet", "others"):
            self.clients.ask("urls", group=group, urls=urls)
            self.recovered(group=group)

    # REC-06: without Valkey another gateway knows nothing of them, and says so.
    def test_without_valkey_it_is_an_honest_fresh_start(self):
        first, second = self.gateway("a", valkey=False), self.gateway("b", valkey=False)
        self.open_at(first, second)
        self.clients.ask("cut", group="fleet")
        self.clients.ask("urls", group="fleet", urls=[first.url])
        self.clients.reconnected("fleet")
        self.assertEqual(self.clients.of("fleet")["fresh"], 0)  # at their own it needs none
        self.clients.ask("urls", group="fleet", urls=[second.url])
        first.process.kill()
        there = self.clients.reconnected("fleet", 2)
        self.assertEqual((there["recovered"], there["fresh"]), (_FEW, _FEW))
        self.assertEqual(second.metric("flux_socketio_recoveries_total", outcome="unknown"), _FEW)

    # REC-09: nobody goes on with a session that was left, at no gateway.
    def test_who_left_on_purpose_starts_afresh_elsewhere(self):
        first, second = self.gateway("a"), self.gateway("b")
        self.open_at(first, second)
        self.archived(_FEW)
        self.clients.ask("urls", group="fleet", urls=[second.url])
        self.clients.ask("leave", group="fleet")
        there = self.clients.reconnected("fleet")
        self.assertEqual((there["recovered"], there["fresh"]), (0, _FEW))

    # REC-17: Valkey only accelerates.
    def test_valkey_that_is_away_costs_recovery_elsewhere_alone(self):
        first, second = self.gateway("a"), self.gateway("b")
        self.open_at(first, second)
        self.valkey.stop()
        self.addCleanup(self.valkey.up)
        self.clients.ask("urls", group="fleet", urls=[first.url])
        self.clients.ask("cut", group="fleet")
        self.records.publish(2)
        self.recovered(gateway="a")
        self.clients.ask("urls", group="fleet", urls=[second.url])
        self.clients.ask("cut", group="fleet")
        there = self.clients.reconnected("fleet", 2)
        self.assertEqual((there["recovered"], there["fresh"]), (_FEW, _FEW))


