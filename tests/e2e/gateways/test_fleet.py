"""Ids that are taken, and gateways that join a fleet later."""

import os
import signal
import unittest
from pathlib import Path

from fleet import KEYS, ROOMS, Fleet, GatewaysTest  # first: it knows the way to the others
from flux_process import wait_until

_WEBSOCKET = {"transports": ["websocket"]}
_SNAPSHOT = 'snapshot = "latest"'


class Ids(GatewaysTest, unittest.TestCase):
    def refused(self, identity):
        second = self.gateway(identity, wait=False)
        self.assertEqual(second.process.wait(timeout=60), 1)
        return next(line for line in second.lines if line.startswith("flux: "))

    def test_a_taken_id_is_refused_and_says_who_has_it(self):
        first = self.gateway("a")
        said = self.refused("a")
        self.assertRegex(said, rf"^flux: gateway\.id 'a' is in use: process {first.process.pid} on host \S+ is a gateway of "
                               r"this fleet .*--gateway\.id.*stop that one")
        other = self.gateway("b")
        self.assertFalse(first.logged("gateway.id_taken"))
        self.assertEqual(first.stop(), 0)
        self.gateway("a")
        self.assertEqual(other.metric("flux_gateway_id_conflict"), 0)

    def test_after_kill_9_the_same_id_starts_again(self):
        """At once: that the one before has ended is seen, not waited out; also while nobody has asked for its exit code."""
        killed = None
        for reap in (True, False, False):
            flux = self.gateway("a")
            self.inherits(flux, killed)
            killed = flux.process.pid
            flux.process.kill()
            self.ended(killed)
            if reap:
                flux.process.wait()
                self.assertFalse(Path(f"/proc/{killed}").exists())
            else:
                self.assertEqual(self.state(killed), "Z")
        self.inherits(self.gateway("a"), killed)

    def inherits(self, flux, killed):
        """What a gateway says of the one that had its id."""
        if killed:
            [line] = wait_until("it said whose id it has", lambda: [
                line for line in flux.log() if line["event"] == "gateway.id_inherited"])
            self.assertEqual(line["process"], killed)
        for event in ("gateway.id_waits", "gateway.id_unchecked"):
            self.assertFalse(flux.logged(event), event)

    def ended(self, process):
        """Waits until a killed process runs no more, without asking for its exit code."""
        os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)

    def state(self, process):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]

    def test_one_that_stood_still_too_long_is_found(self):
        stopped = self.gateway("a")
        stopped.process.send_signal(signal.SIGSTOP)
        try:
            taker = self.gateway("a")  # after a silence it counts as ended
            self.assertTrue(taker.logged("gateway.id_waits"))
        finally:
            stopped.process.send_signal(signal.SIGCONT)
        for gateway in (stopped, taker):
            wait_until("both have found it", lambda: gateway.metric("flux_gateway_id_conflict") == 1, 60)
            self.assertTrue(gateway.logged("gateway.id_taken"))
        self.assertEqual(stopped.stop(), 0)
        wait_until("one of them is gone", lambda: taker.metric("flux_gateway_id_conflict") == 0)


class ColdStart(GatewaysTest, unittest.TestCase):
    def newest_at(self, url, group):
        """Joins, and returns once everybody has the newest of every key of its rooms, with no new record."""
        fleet = Fleet(self)
        fleet.open(group, url, ROOMS, **_WEBSOCKET)
        for number in range(ROOMS):
            rooms = fleet.report()[group][number]["rooms"]
            wanted = sorted([f"k{key}", self.items.seqs[key] - 1] for key in range(KEYS) if key % ROOMS in rooms)
            wait_until("it has the newest, each once", lambda: sorted(fleet.report()[group][number]["heard"]) == wanted)
        return fleet

    def test_a_gateway_that_starts_later_has_the_newest_at_once(self):
        self.gateway("a", more=_SNAPSHOT)
        self.items.publish(30)
        later = self.gateway("b", more=_SNAPSHOT)
        self.assertEqual(later.metric("flux_gateway_warm_up_snapshots_total", topic=self.topic), KEYS)
        self.assertEqual(later.metric("flux_gateway_warm_up_cut_total"), 0)
        fleet = self.newest_at(later.url, "late")
        self.items.base = [seq - 1 for seq in self.items.seqs]  # what they have begins with the newest
        self.items.publish(5)
        self.heard_all(fleet)

    def test_a_fleet_that_was_away_has_it_too(self):
        self.gateway("a", more=_SNAPSHOT).process.kill()
        self.items.publish(3)
        self.newest_at(self.gateway("a", more=_SNAPSHOT).url, "early")

    def test_while_records_pour_in_nobody_sees_an_older_value_after_a_newer_one(self):
        self.gateway("a", more=_SNAPSHOT)
        self.items.publish(1)
        later = self.gateway("b", more=_SNAPSHOT, wait=False)
        while not any(line.startswith("Flux is running") for line in later.lines):
            self.items.publish(1)
        later.wait_until_it_runs()
        fleet = Fleet(self)
        fleet.open("late", later.url, ROOMS, **_WEBSOCKET)
        self.items.publish(3)

        def complete(client):
            """In order without a hole from whatever came first to the newest."""
            heard = {}
            for name, seq in client["heard"]:
                heard.setdefault(name, []).append(seq)
            return len(heard) == sum(1 for key in range(KEYS) if key % ROOMS in client["rooms"]) and all(
                seqs == list(range(seqs[0], self.items.seqs[int(name[1:])])) for name, seqs in heard.items())
        wait_until("all have everything", lambda: all(complete(client) for client in fleet.clients()))


if __name__ == "__main__":
    unittest.main()
