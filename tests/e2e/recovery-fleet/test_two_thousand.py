"""Two thousand clients on two gateways, one of which goes: by kill -9, and by SIGTERM. REC-17, REC-18, REC-22 in docs/protocol.md.

Half of them are at each gateway and know the other as the next address. A witness at the gateway that stays is in all rooms
and never disconnected: what it has got, and what was published, is what every client must have."""

import time
import unittest

from fleet_case import KEYS_PER_ROOM, ROOMS, Clients, Cpu, FleetTest, Pace, Steadily
from flux_process import wait_until

_PROCESSES = 2  # of clients
_CLIENTS = 2_000 // _PROCESSES // 2  # of each process at each gateway
_AT_EACH = _CLIENTS * _PROCESSES
_RECOVERED_MIN = 0.99
_DRAIN_SECONDS = 10
_BACK_SECONDS = 15  # after the last was closed: the client's own pauses are up to five
_HELD = 50  # of each process: they come back when the levels have changed
# What one that comes back costs the other gateway: seconds of a core, and so many deliveries of this machine.
_RETURN_SECONDS, _RETURN_DELIVERIES = 0.001, 50
_GROUPS = {"leaving": _CLIENTS - _HELD, "held": _HELD, "staying": _CLIENTS}


class TwoThousand(FleetTest, unittest.TestCase):
    def setUp(self):
        super().setUp()
        self.leaving = self.gateway("a", f"--shutdown.drain_window={_DRAIN_SECONDS}s", "--shutdown.timeout=30s")
        self.staying = self.gateway("b")
        self.processes = [self.clients, *(Clients(self) for _ in range(_PROCESSES - 1))]
        for clients in self.processes:
            clients.ask("open", group="witness", urls=[self.staying.url], count=1, rooms=ROOMS, each=len(ROOMS), options={})
            for group, count in _GROUPS.items():
                urls = [self.staying.url, self.leaving.url] if group == "staying" else [self.leaving.url, self.staying.url]
                clients.ask("open", group=group, urls=urls, count=count, rooms=ROOMS, each=1, options={})
        self.each("ready")
        self.records.publish(2)
        self.each("whole", self.records)
        self.archived(2 * _AT_EACH)

    def each(self, ask, *arguments, groups=("witness", *_GROUPS)):
        for clients in self.processes:
            for group in groups:
                getattr(clients, ask)(group, *arguments)

    def of(self, *groups):
        """The numbers of all processes together, the lists joined."""
        first, *others = [clients.of(group) for clients in self.processes for group in groups]
        for other in others:
            for name, value in other.items():
                first[name] = {**first[name], **value} if isinstance(value, dict) else first[name] + value
        return first

    def quiet(self):
        """What the gateway that stays works while nothing happens to the other, with the same records."""
        with Steadily(self.records.publish), Cpu(self.staying.process) as cpu:
            wait_until("five seconds were looked at", lambda: len(cpu.samples) >= 5)
        return cpu

    def lose(self, go):
        """Has one gateway go while items come all the time, and has the levels change once while some of its clients are away; returns
        once all are back and have everything. No level follows, which would mend a stale one."""
        quiet = self.quiet()
        self.ask_each("hold", "held")
        with Cpu(self.staying.process) as cpu:
            with Steadily(self.records.publish_items):
                wait_until("records come", lambda: len(cpu.samples) >= 2)
                went = time.time()
                go()
                wait_until("those were closed that wait", lambda: len(self.of("held")["ended_at"]) == _HELD * _PROCESSES, 60)
                self.records.publish_levels()
                wait_until("the other gateway has the levels", self.witnessed, 60)
                self.ask_each("release", "held")
                self.each("reconnected", groups=("leaving", "held"))
                seen = len(cpu.samples)
                wait_until("what it cost was seen", lambda: len(cpu.samples) >= seen + 2)
            self.each("whole", self.records)
            self.records.publish_items()
            self.each("whole", self.records)
        left, held = self.of("leaving", "held"), self.of("held")
        self.say(quiet, cpu, went, left)
        self.assertGreaterEqual(left["recovered"], _AT_EACH * _RECOVERED_MIN)
        self.assertGreaterEqual(held["recovered"], held["count"] * _RECOVERED_MIN, "their levels were sent again")
        self.assertEqual(left["recovered"] + left["fresh"], _AT_EACH)
        self.assertEqual(set(left["reasons"]), {"transport close"})
        self.assertGreater(left["connects"], _AT_EACH)
        for group in ("witness", "staying"):
            stayed = self.of(group)
            self.assertEqual((stayed["connects"], stayed["faults"]), (stayed["count"], []), group)
        self.assertEqual(left["faults"], [])
        # Nobody came, went and came again, and the last that may is back soon after it was closed.
        self.assertEqual(left["connects"], 2 * _AT_EACH)
        prompt = self.of("leaving")
        self.assertLess(max(prompt["back_at"]) - max(prompt["ended_at"]), _BACK_SECONDS * 1000)
        self.assertLess(self.seconds_per_return(quiet, cpu), _RETURN_SECONDS + _RETURN_DELIVERIES * self.seconds_per_delivery(quiet))

    def ask_each(self, do, group):
        for clients in self.processes:
            clients.ask(do, group=group)

    def witnessed(self):
        """Whether the gateway that stays has sent the newest levels."""
        return all(clients.ask("compare", group="witness", items={}, levels=self.records.levels)["missing"] == []
                   for clients in self.processes)

    def seconds_per_delivery(self, quiet):
        """Of a core: everything the gateway does while nothing happens, shared out among what it sends."""
        a_second = (KEYS_PER_ROOM + 1) * (_AT_EACH + len(ROOMS) * _PROCESSES)
        return quiet.worked / quiet.lasted / a_second

    def seconds_per_return(self, quiet, cpu):
        """Of a core: what it worked more than it does while nothing happens."""
        return (cpu.worked - quiet.worked / quiet.lasted * cpu.lasted) / _AT_EACH

    def say(self, quiet, cpu, went, left):
        """The figures of a run: they are compared by people."""
        seconds = [round(at / 1000 - went, 1) for at in (min(left["ended_at"]), max(left["ended_at"]), max(left["back_at"]))]
        print(f"\n{self._testMethodName}: {left['count']} clients left, {left['recovered']} recovered, {left['fresh']} afresh; first lost "
              f"after {seconds[0]} s, last lost after {seconds[1]} s, all {2 * _AT_EACH} live after {seconds[2]} s; the other gateway: "
              f"{1000 * self.seconds_per_return(quiet, cpu):.2f} ms of a core for each that came (a delivery: "
              f"{1000 * self.seconds_per_delivery(quiet):.3f} ms), peak {100 * cpu.peak:.0f} % (quiet: {100 * quiet.peak:.0f} %), "
              f"by the second {[round(100 * sample) for sample in cpu.samples]}", flush=True)

    # REC-17, REC-18
    def test_kill_9(self):
        self.lose(self.leaving.process.kill)

    # REC-22. That readiness is false before the first is closed, tests/e2e/recovery shows, which holds the process there.
    def test_sigterm(self):
        def closed():
            return self.leaving.metric("flux_socketio_closed_total", reason="drain")

        def back():
            return self.staying.metric("flux_socketio_recoveries_total", outcome="recovered")

        with Pace(closed) as closes, Pace(back) as returns:
            self.lose(self.leaving.process.terminate)
        ended = self.of("leaving", "held")["ended_at"]
        self.assertGreater(max(ended) - min(ended), _DRAIN_SECONDS * 700)
        # They are not closed much faster than their share of a second, nor do they come twice as fast. Those who were held come at once.
        share = _AT_EACH / _DRAIN_SECONDS
        self.assertLess(closes.most(1), 1.5 * share)
        self.assertLess(returns.most(3), 2 * share + _HELD * _PROCESSES / 3)
        self.assertEqual(self.leaving.process.wait(timeout=40), 0)
