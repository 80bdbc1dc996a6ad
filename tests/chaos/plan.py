"""From a seed to a sequence of faults. The same seed gives the same sequence."""

import random
from dataclasses import dataclass, replace

from faults import all_faults

ROLE_FAULTS = ("kill -9", "SIGSTOP", "stop")
GATE_FAULTS = ("delay", "slow", "cut", "reset", "black hole", "refuse")
ENGINE_FAULTS = ("engine: kill -9", "engine: SIGSTOP", "engine: stop")
CACHE_FAULTS = (*ENGINE_FAULTS, "engine: restarted empty", *GATE_FAULTS)
GATES_OF_VALKEY = {"gateway-a", "gateway-b"}
BEHIND_GATES = ("gateway-a", "gateway-b", "crypto")
_POINTS = {
    "gateway": ("kafka.publish.sent", "kafka.publish.acknowledged", "kafka.batch.taken", "gateway.broadcast"),
    "crypto": ("crypto.publish", "kafka.publish.sent", "kafka.publish.acknowledged"),
    "up": ("bus.log.sync", "bus.log.synced", "gateway.broadcast", "crypto.publish"),
    # Not where an event loop is held: what the disk did is asked of the process.
    "disk full": ("bus.log.sync", "bus.log.synced"),
    "valkey": ("valkey.read", "valkey.write", "valkey.value"),
}


@dataclass(frozen=True)
class Step:
    fault: str
    target: str
    at: str | None  # where that process is held when the fault begins, if it comes there soon
    seconds: float  # it lasts
    with_next: bool  # the next one begins before it ends

    @property
    def holds(self):
        return "gateway-a" if self.target == "valkey" else self.target


def plan(seed):
    """Two faults of the network, two of the processes behind it, one of the Flux beside them, one of Kafka, which hurts
    everybody, and one of Valkey, which hurts nobody; in any order, and some of them at the same time."""
    chance = random.Random(seed)
    kinds = ["gate", "gate", "role", "role", "own", "engine", "cache"]
    chance.shuffle(kinds)
    made = []
    for number, kind in enumerate(kinds):
        fault, target = _choose(kind, chance)
        made.append(Step(fault, target, _point(fault, target, chance), round(chance.uniform(*all_faults()[fault].seconds), 2),
                         number + 1 < len(kinds) and chance.random() < 0.35))
    return _apart(made)


def _choose(kind, chance):
    if kind == "gate":
        return chance.choice(GATE_FAULTS), chance.choice(BEHIND_GATES)
    if kind == "role":
        return chance.choice(ROLE_FAULTS), chance.choice(BEHIND_GATES)
    if kind == "own":
        return chance.choice([*ROLE_FAULTS, "disk full"]), "up"
    if kind == "cache":
        return chance.choice(CACHE_FAULTS), "valkey"
    return chance.choice(ENGINE_FAULTS), "kafka"


def _point(fault, target, chance):
    points = _POINTS.get(fault) or _POINTS.get(target.split("-")[0])
    return chance.choice(points) if points and chance.random() < 0.6 else None


def _apart(steps):
    """Two faults of one process do not overlap: a dead one cannot be stopped; nor two of one gate. Nor is somebody refused who
    has lost his connections already: the gate could not tell that he was."""
    made, under_way = [], []
    for step, following in zip(steps, [*steps[1:], None]):
        under_way.append(step)
        with_next = step.with_next and following is not None and all(_may_overlap(one, following) for one in under_way)
        made.append(replace(step, with_next=with_next))
        if not with_next:
            under_way.clear()
    return made


def _may_overlap(step, following):
    if step.target == following.target:
        return False
    if "valkey" in (step.target, following.target) and GATES_OF_VALKEY & {step.target, following.target}:
        return not {step.fault, following.fault} <= set(GATE_FAULTS) and following.fault != "refuse"
    return not (following.fault == "refuse" and step.target == "kafka")
