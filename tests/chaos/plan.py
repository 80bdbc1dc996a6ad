"""From a seed to a sequence of faults. The same seed gives the same sequence."""

import random
from dataclasses import dataclass, replace

from faults import all_faults

ROLE_FAULTS = ("kill -9", "SIGSTOP", "stop")
GATE_FAULTS = ("delay", "slow", "cut", "reset", "black hole", "refuse")
ENGINE_FAULTS = ("engine: kill -9", "engine: SIGSTOP", "engine: stop")
BEHIND_GATES = ("gateway-a", "gateway-b", "crypto")
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


def plan(seed):
    """Two faults of the network, two of the processes behind it, one of the Flux beside them and one of the engine, which
    hurts everybody; in any order, and some of them at the same time."""
    chance = random.Random(seed)
    kinds = ["gate", "gate", "role", "role", "own", "engine"]
    chance.shuffle(kinds)
    made = []
    for number, kind in enumerate(kinds):
        fault, target = _choose(kind, chance)
        made.append(Step(fault, target, _point(target, chance), round(chance.uniform(*all_faults()[fault].seconds), 2),
                         number + 1 < len(kinds) and chance.random() < 0.35))
    return _apart(made)


def _choose(kind, chance):
    if kind == "gate":
        return chance.choice(GATE_FAULTS), chance.choice(BEHIND_GATES)
    if kind == "role":
        return chance.choice(ROLE_FAULTS), chance.choice(BEHIND_GATES)
    if kind == "own":
        return chance.choice([*ROLE_FAULTS, "disk full"]), "up"
    return chance.choice(ENGINE_FAULTS), "kafka"


def _point(target, chance):
    points = _POINTS.get(target.split("-")[0])
    return chance.choice(points) if points and chance.random() < 0.6 else None


def _apart(steps):
    """Two faults of one process do not overlap: a dead one cannot be stopped. Nor is somebody refused who has lost his
    connections already: the gate could not tell that he was."""
    made, under_way = [], set()
    for step, following in zip(steps, [*steps[1:], None]):
        under_way.add(step.target)
        with_next = (step.with_next and following is not None and following.target not in under_way
                     and not (following.fault == "refuse" and "kafka" in under_way))
        made.append(replace(step, with_next=with_next))
        if not with_next:
            under_way.clear()
    return made
