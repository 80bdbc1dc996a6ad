"""From a seed to a sequence of faults. The same seed gives the same sequence."""

import random
from dataclasses import asdict, dataclass

from faults import all_faults

_ROLE_FAULTS = ("kill -9", "SIGSTOP", "stop")
_GATE_FAULTS = ("delay", "slow", "cut", "reset", "black hole", "refuse")
_ENGINE_FAULTS = ("engine: kill -9", "engine: SIGSTOP", "engine: stop")
_BEHIND_GATES = ("gateway-a", "gateway-b", "crypto")
_POINTS = {
    "gateway": ("kafka.publish.sent", "kafka.publish.acknowledged", "kafka.batch.taken", "gateway.broadcast"),
    "crypto": ("crypto.publish", "kafka.publish.sent", "kafka.publish.acknowledged"),
    "up": ("bus.log.sync", "bus.log.synced", "gateway.broadcast", "crypto.publish"),
}


@dataclass(frozen=True)
class Step:
    fault: str
    target: str
    at: str | None  # where that process is held when the fault begins, if it comes there soon
    seconds: float  # it lasts
    with_next: bool  # the next one begins before it ends


def plan(seed, steps=5):
    """One fault of an engine, which hurts everybody, and others of processes and their networks."""
    chance = random.Random(seed)
    kinds = ["gate", "gate", "role", "role", "own"][:steps - 1] + ["gate"] * max(0, steps - 6) + ["engine"]
    chance.shuffle(kinds)
    made = []
    for number, kind in enumerate(kinds):
        fault, target = _choose(kind, chance)
        made.append(Step(fault, target, _point(target, chance), round(chance.uniform(*all_faults()[fault].seconds), 2),
                         number + 1 < len(kinds) and chance.random() < 0.35))
    return _apart(made)


def _choose(kind, chance):
    if kind == "gate":
        return chance.choice(_GATE_FAULTS), chance.choice(_BEHIND_GATES)
    if kind == "role":
        return chance.choice(_ROLE_FAULTS), chance.choice(_BEHIND_GATES)
    if kind == "own":
        return chance.choice([*_ROLE_FAULTS, "disk full"]), "up"
    return chance.choice(_ENGINE_FAULTS), "kafka"


def _point(target, chance):
    points = _POINTS.get(target.split("-")[0])
    return chance.choice(points) if points and chance.random() < 0.6 else None


def _apart(steps):
    """Two faults of one process do not overlap: a dead one cannot be stopped."""
    return [Step(**{**asdict(step), "with_next": step.with_next and step.target != following.target})
            for step, following in zip(steps, [*steps[1:], steps[-1]])]
