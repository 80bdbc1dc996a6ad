"""Every fault: how it begins at a target, how it ends, what it was seen to do, and which log events belong to it."""

import contextlib
import os
import time
from dataclasses import dataclass, field

from testpoints import wait_until

# What a process says, at warn or worse, when its Kafka is away or answers badly.
_KAFKA_AWAY = ("kafka.waiting", "start.waiting", "kafka.lost", "kafka.client", "kafka.partition_error", "crypto.bus_refuses")
# The same of Valkey, which nobody but the operator is to notice.
_CACHE_AWAY = ("valkey.away",)
# A producer that starts while a broker, started before it, still loads its coordinator.
_STARTS = ("kafka.client",)
# Who stood still has missed the exchange's heartbeats, too, and finds an answer of Valkey's late.
_STOOD_STILL = (*_STARTS, *_CACHE_AWAY, "crypto.connection_ended")
# So does who is held at a point of its code.
HELD = _CACHE_AWAY
_PATIENCE_SECONDS = 30
_PAGE = b"f" * 4096


@dataclass
class Fault:
    name: str
    expects: tuple = ()  # log events at warn or worse that belong to it
    seconds: tuple = (0.5, 2.5)  # how long it lasts in a random history
    effects: int = field(default=0, init=False)

    def expected(self, target):
        return _CACHE_AWAY if target == "valkey" else self.expects

    def begin(self, stage, target):
        raise NotImplementedError

    def end(self, stage, target):
        raise NotImplementedError


@dataclass
class GateFault(Fault):
    """The network between one process and all its engines, or between one engine and everybody."""

    amount: float = None
    expects: tuple = (*_KAFKA_AWAY, *_CACHE_AWAY)

    def begin(self, stage, target):
        self._before = self._did(stage, target)
        for gate in stage.gates(target):
            gate.break_by(self.name, self.amount)

    def end(self, stage, target):
        # A fault that nobody met would show nothing: there is traffic all the time, so it is met soon.
        with contextlib.suppress(AssertionError):
            wait_until(f"{self.name} was felt", lambda: self._did(stage, target) > self._before, _PATIENCE_SECONDS)
        self.effects = self._did(stage, target) - self._before
        for gate in stage.gates(target):
            gate.heal(self.name)

    def _did(self, stage, target):
        return sum(gate.did[self.name] for gate in stage.gates(target))


class Kill(Fault):
    """A process dies without a word and is started again."""

    def begin(self, stage, target):
        stage.processes[target].kill()
        self.effects = 1

    def end(self, stage, target):
        stage.processes[target].start(wait=False)


class Stop(Fault):
    """A process is stopped as an operator does it and started again."""

    def begin(self, stage, target):
        stage.processes[target].ask_to_stop()
        self.effects = 1

    def end(self, stage, target):
        stage.processes[target].wait_until_ended()
        stage.processes[target].start(wait=False)


class Pause(Fault):
    """A process stands still."""

    def begin(self, stage, target):
        stage.processes[target].pause()
        self.effects = 1

    def end(self, stage, target):
        stage.processes[target].resume()


class EngineKill(Fault):
    def begin(self, stage, target):
        stage.engines[target].kill()
        self.effects = 1

    def end(self, stage, target):
        stage.engines[target].start()


class EngineStop(EngineKill):
    def begin(self, stage, target):
        stage.engines[target].stop()
        self.effects = 1


class EngineEmptied(EngineKill):
    """It comes back without anything it held."""

    def end(self, stage, target):
        stage.engines[target].empty()


class EnginePause(Fault):
    def begin(self, stage, target):
        stage.engines[target].pause()
        self.effects = 1

    def end(self, stage, target):
        stage.engines[target].resume()


class LeaderChange(Fault):
    """The broker that leads a partition dies; the others choose a new leader. Ends when it is back."""

    def begin(self, stage, target):
        engine = stage.engines[target]
        before = engine.leaders("chaos.every")
        self._node = before[0]
        engine.kill(self._node)
        wait_until("another broker leads", lambda: self._node not in engine.leaders("chaos.every").values(), _PATIENCE_SECONDS)
        self.effects = 1

    def end(self, stage, target):
        engine = stage.engines[target]
        engine.start(self._node)
        wait_until("every copy is in sync", lambda: engine.in_sync("chaos.every"), 2 * _PATIENCE_SECONDS)


class LeaderPause(Fault):
    """The broker that leads a partition stands still, shorter than the others would wait for it."""

    def begin(self, stage, target):
        engine = stage.engines[target]
        self._node = engine.leaders("chaos.every")[0]
        engine.pause(self._node)
        self.effects = 1

    def end(self, stage, target):
        stage.engines[target].resume(self._node)


class RollingRestart(Fault):
    """Every broker is stopped and started, one after the other, as for an upgrade."""

    def begin(self, stage, target):
        engine = stage.engines[target]
        for node in engine.kafka.nodes:
            engine.stop(node)
            engine.start(node)
            wait_until("every copy is in sync", lambda: engine.in_sync("chaos.every"), 2 * _PATIENCE_SECONDS)
            self.effects += 1

    def end(self, stage, target):
        pass


class DiskFull(Fault):
    """The disk of the embedded log has no room left, then it has again."""

    def begin(self, stage, target):
        process = stage.processes[target]
        self._process, self._before = process, self._failures(process)
        self._filler = stage.folder / target / "filler"
        with contextlib.suppress(OSError), open(self._filler, "wb", buffering=0) as filler:
            while True:
                filler.write(_PAGE)

    def end(self, stage, target):
        with contextlib.suppress(AssertionError):
            wait_until("a record was refused", lambda: self._failures(self._process) > self._before, _PATIENCE_SECONDS)
        self.effects = int(self._failures(self._process) - self._before)
        os.unlink(self._filler)

    def _failures(self, process):
        return process.metrics("flux_bus_log_commit_failures_total")["flux_bus_log_commit_failures_total"]


def all_faults():
    """Fresh ones, by name; those of engines by ENGINE: NAME."""
    made = [GateFault("delay", amount=0.4), GateFault("slow", amount=2_000), GateFault("cut", amount=20), GateFault("reset"),
            GateFault("black hole", seconds=(2, 6)), GateFault("refuse"),
            Kill("kill -9", _STARTS), Pause("SIGSTOP", _STOOD_STILL, (1, 5)), Stop("stop", _STARTS),
            EngineKill("engine: kill -9", _KAFKA_AWAY, (0.5, 4)), EnginePause("engine: SIGSTOP", _KAFKA_AWAY, (2, 5)),
            EngineStop("engine: stop", _KAFKA_AWAY, (0, 3)), EngineEmptied("engine: restarted empty", _CACHE_AWAY),
            LeaderChange("engine: leader change", _KAFKA_AWAY), LeaderPause("engine: leader SIGSTOP", _KAFKA_AWAY),
            RollingRestart("engine: rolling restart", _KAFKA_AWAY),
            DiskFull("disk full", ("bus.log_failing",), (0.5, 2))]
    return {fault.name: fault for fault in made}


def last(seconds, began):
    """Waits until the fault has lasted so long: time itself is what is tried here."""
    time.sleep(max(0.0, began + seconds - time.monotonic()))
