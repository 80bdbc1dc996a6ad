"""Two thousand clients on two gateways, one of which goes: by kill -9, and by SIGTERM. REC-17, REC-18, REC-22 in docs/protocol.md.

Half of them are at each gateway and know the other as the next address. A witness at the gateway that stays is in all rooms
and never disconnected: what it has got, and what was published, is what every client must have."""

import time
import unittest

from fleet_case import ROOMS, Clients, Cpu, FleetTest, Steadily
from flux_process import request, wait_until

_PROCESSES = 2  # of clients
_CLIENTS = 2_000 // _PROCESSES // 2  # of each process at each gateway
_AT_EACH = _CLIENTS * _PROCESSES
_RECOVERED_MIN = 0.99
_DRAIN_SECONDS = 10
_BACK_SECONDS = 15  # after the last was closed: the client's own pauses are up to five
_PEAK_TIMES, _PEAK_MORE = 3, 0.6  # of the other gateway's work while it is quiet, and a share of a core


class TwoThousand(FleetTest, unittest.TestCase):
    def setUp(self):
        super().setUp()
        self.leaving = self.gateway("a", f"--shutdown.drain_window={_DRAIN_SECONDS}s", "--shutdown.timeout=30s")
        self.staying = self.gateway("b")
        self.processes = [self.clients, *(Clients(self) for _ in range(_PROCESSES - 1))]
        for clients in self.processes:
            clients.ask("open", group="witness", urls=[self.staying.url], count=1, rooms=ROOMS, each=len(ROOMS), options={})
            for group, urls in (("leaving", (self.leaving, self.staying)), ("staying", (self.staying, self.leaving))):
                clients.ask("open", group=group, urls=[gateway.url for gateway in urls], count=_CLIENTS, rooms=ROOMS, each=1, options={})
        self.each("ready")
        self.records.publish(2)
        self.each("whole", self.records)
        self.archived(2 * _AT_EACH)

    def each(self, ask, *arguments, groups=("witness", "leaving", "staying")):
        for clients in self.processes:
            for group in groups:
                getattr(clients, ask)(group, *arguments)

    def of(self, group):
        """The numbers of all processes together, the lists joined."""
        whole = self.processes[0].of(group)
        for clients in self.processes[1:]:
            for name, value in clients.of(group).items():
                whole[name] = {**whole[name], **value} if isinstance(value, dict) else whole[name] + value
        return whole

    def quiet(self):
        """What the gateway that stays works while nothing happens to the other, with the same records."""
        with Steadily(self.records.publish), Cpu(self.staying.process) as cpu:
            wait_until("five seconds were looked at", lambda: len(cpu.samples) >= 5)
        return cpu

    def lose(self, go):
        """Has one gateway go while items come all the time, and has the levels change once while its clients are away; returns once
        all are back and have everything. No level follows, which would mend a stale one."""
        quiet = self.quiet()
        with Cpu(self.staying.process) as cpu:
            with Steadily(self.records.publish_items):
                wait_until("records come", lambda: len(cpu.samples) >= 2)
                went = time.time()
                go()
                self.records.publish_levels()
                self.each("reconnected", groups=("leaving",))
                seen = len(cpu.samples)
                wait_until("what it cost was seen", lambda: len(cpu.samples) >= seen + 2)
            self.each("whole", self.records)
            self.records.publish_items()
            self.each("whole", self.records)
        left = self.of("leaving")
        self.say(quiet, cpu, went, left)
        self.assertGreaterEqual(left["recovered"], _AT_EACH * _RECOVERED_MIN)
        self.assertEqual(left["recovered"] + left["fresh"], _AT_EACH)
        self.assertEqual(set(left["reasons"]), {"transport close"})
        self.assertGreater(left["connects"], _AT_EACH)
        for group in ("witness", "staying"):
            stayed = self.of(group)
            self.assertEqual((stayed["connects"], stayed["faults"]), (stayed["count"], []), group)
        self.assertEqual(left["faults"], [])
        # Nobody came, went and came again, and the last is back soon after it was closed.
        self.assertEqual(left["connects"], 2 * _AT_EACH)
        self.assertLess(max(left["back_at"]) - max(left["ended_at"]), _BACK_SECONDS * 1000)
        self.assertLess(cpu.peak, _PEAK_TIMES * quiet.peak + _PEAK_MORE)
        return left

    def say(self, quiet, cpu, went, left):
        """The figures of a run: they are compared by people."""
        seconds = [round(at / 1000 - went, 1) for at in (min(left["ended_at"]), max(left["ended_at"]), max(left["back_at"]))]
        print(f"\n{self._testMethodName}: {left['count']} clients left, {left['recovered']} recovered, {left['fresh']} afresh; first lost "
              f"after {seconds[0]} s, last lost after {seconds[1]} s, all {2 * _AT_EACH} live after {seconds[2]} s; the other gateway: "
              f"peak {100 * cpu.peak:.0f} % of a core (quiet: {100 * quiet.peak:.0f} %), "
              f"by the second {[round(100 * sample) for sample in cpu.samples]}", flush=True)

    def most_in_a_second(self, times):
        first = min(times)
        return max(sum(1 for at in times if second * 1000 <= at - first < (second + 1) * 1000)
                   for second in range(int((max(times) - first) / 1000) + 1))

    # REC-17, REC-18
    def test_kill_9(self):
        self.lose(self.leaving.process.kill)

    # REC-22
    def test_sigterm(self):
        ready = []

        def go():
            self.leaving.process.terminate()
            wait_until("readiness is false", lambda: self.ready_status() != 200)
            ready.append(self.of("leaving")["ready"])
            wait_until("half of them were closed", lambda: len(self.of("leaving")["ended_at"]) >= _AT_EACH / 2)

        left = self.lose(go)
        # False first, then they are closed: no more than a second's share were by then.
        self.assertGreater(ready[0], _AT_EACH * (1 - 1 / _DRAIN_SECONDS))
        ended = left["ended_at"]
        self.assertGreater(max(ended) - min(ended), _DRAIN_SECONDS * 700)
        # No second has twice its share of those who go, nor thrice of those who come.
        self.assertLess(self.most_in_a_second(ended), 2 * _AT_EACH / _DRAIN_SECONDS)
        self.assertLess(self.most_in_a_second(left["back_at"]), 3 * _AT_EACH / _DRAIN_SECONDS)
        self.assertEqual(self.leaving.process.wait(timeout=40), 0)

    def ready_status(self):
        try:
            return request(f"{self.leaving.admin}/readyz")[0]
        except OSError:
            return None
