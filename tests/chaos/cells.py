"""The table fault x role. A cell is reached at its testpoint, or cannot occur and says why."""

from dataclasses import dataclass

ROLES = ("gateway", "crypto", "up", "kafka", "valkey")


@dataclass(frozen=True)
class Cell:
    fault: str  # a name of faults.py
    target: str  # a process or engine of the stage
    at: str  # the testpoint, or what a gate of Valkey sees
    held: str = ""  # the process that is held there; the target unless said
    by: str = "traffic"  # what brings it there: traffic, "join" (a newcomer), "start", "stop"
    seconds: float = 1.5  # how long the fault lasts
    brokers: int = 1
    outage: tuple = ()  # the roles that lose their cache by it, and say so once
    then: str = ""  # a process that is killed and starts cold, when the fault is over

    @property
    def holds(self):
        return self.held or self.target


@dataclass(frozen=True)
class Dash:
    """A cell that cannot occur."""

    reason: str


_NO_NETWORK = Dash("`flux up` on the embedded log meets no engine: there is nothing to stand between")
_AT_THE_ROLES = Dash("between Kafka and those who use it: the columns gateway and crypto")
_NO_LEADER = Dash("a role leads nothing")
_NO_DISK = Dash("keeps no records on disk")
_KAFKAS_DISK = Dash("Kafka's own affair: a broker whose disk is full ends, which is `kill -9`")
_NO_CLUSTER = Dash("one server without copies")
_CACHES_DISK = Dash("a cache needs none; where it has one that is full, Valkey refuses writes. `Logins.test_a_user_who_may_not_write`")
_BOTH = ("gateway-a", "gateway-b")


def _cache(fault, at, seconds=1.5, outage=_BOTH, then=""):
    return Cell(fault, "valkey", at, held="gateway-a", seconds=seconds, outage=outage, then=then)


def _gate(fault, gateway, crypto, valkey, seconds=1.5, outage=_BOTH):
    return {"gateway": Cell(fault, "gateway-a", gateway, seconds=seconds), "crypto": Cell(fault, "crypto", crypto, seconds=seconds),
            "up": _NO_NETWORK, "kafka": _AT_THE_ROLES, "valkey": _cache(fault, valkey, seconds, outage)}


# Delayed and slowed answers may be in time, and a cut connection is there again until the next value is cut.
TABLE = {
    "delay": _gate("delay", "kafka.batch.taken", "crypto.publish", "valkey.read", outage=()),
    "slow": _gate("slow", "gateway.broadcast", "kafka.publish.sent", "valkey.value", outage=()),
    "cut": _gate("cut", "kafka.publish.sent", "kafka.publish.sent", "valkey.value", outage=()),
    "reset": _gate("reset", "kafka.publish.sent", "kafka.publish.acknowledged", "valkey.read"),
    "black hole": _gate("black hole", "kafka.publish.sent", "crypto.publish", "valkey.value", seconds=5),
    "refuse": _gate("refuse", "kafka.publish.acknowledged", "crypto.publish", "valkey.write"),
    "kill -9": {
        "gateway": Cell("kill -9", "gateway-a", "gateway.broadcast", seconds=0.5),
        "crypto": Cell("kill -9", "crypto", "kafka.publish.sent", seconds=0.5),
        "up": Cell("kill -9", "up", "bus.log.synced", seconds=0.5),
        "kafka": Cell("engine: kill -9", "kafka", "kafka.publish.sent", held="gateway-a"),
        "valkey": _cache("engine: kill -9", "valkey.read")},
    "SIGSTOP 5 s": {
        "gateway": Cell("SIGSTOP", "gateway-a", "gateway.hydrate", by="join", seconds=5),
        "crypto": Cell("SIGSTOP", "crypto", "crypto.subscribed", by="start", seconds=5),
        "up": Cell("SIGSTOP", "up", "bus.log.sync", seconds=5),
        "kafka": Cell("engine: SIGSTOP", "kafka", "kafka.batch.taken", held="gateway-b", seconds=5),
        "valkey": _cache("engine: SIGSTOP", "valkey.write", seconds=5, then="gateway-b")},
    "stop and start": {
        "gateway": Cell("stop", "gateway-a", "shutdown.drain", by="stop"),
        "crypto": Cell("stop", "crypto", "shutdown.drain", by="stop"),
        "up": Cell("stop", "up", "shutdown.drain", by="stop"),
        "kafka": Cell("engine: stop", "kafka", "crypto.publish", held="crypto"),
        "valkey": _cache("engine: stop", "valkey.value", seconds=2.5, then="gateway-b")},
    "leader change": {
        "gateway": _NO_LEADER, "crypto": _NO_LEADER, "up": _NO_LEADER,
        "kafka": Cell("engine: leader change", "kafka", "kafka.publish.sent", held="gateway-a", brokers=3),
        "valkey": _NO_CLUSTER},
    "restarted empty": {
        "gateway": _NO_DISK, "crypto": _NO_DISK,
        "up": Dash("the log is the record itself: a data folder that was thrown away is a new Flux"),
        "kafka": Dash("no history can hold: what was acknowledged is gone. `KafkaBusTest.ALogThatWasReplacedIsReadFromItsBeginning`"),
        "valkey": _cache("engine: restarted empty", "valkey.write", seconds=2.5, then="gateway-b")},
    "disk full": {
        "gateway": _NO_DISK, "crypto": _NO_DISK, "up": Cell("disk full", "up", "bus.log.sync"),
        "kafka": _KAFKAS_DISK, "valkey": _CACHES_DISK},
}


def cells():
    """{"fault/role": Cell} of all that can occur."""
    return {f"{fault}/{role}": cell for fault, row in TABLE.items() for role, cell in row.items() if isinstance(cell, Cell)}


def empty(reached):
    """The cells that should have been reached and were not."""
    return [name for name in cells() if not reached.get(name)]


def table(reached):
    """For people: how often each cell was reached, its testpoint below; dashes with their reasons below the table."""
    reasons = []
    lines = [f"{'fault':16}" + "".join(f"{role:38}" for role in ROLES).rstrip()]
    for fault, row in TABLE.items():
        said = []
        for role in ROLES:
            cell = row[role]
            if isinstance(cell, Dash):
                if cell.reason not in reasons:
                    reasons.append(cell.reason)
                said.append(f"- ({reasons.index(cell.reason) + 1})")
            else:
                times = reached.get(f"{fault}/{role}", 0)
                at = cell.at if cell.held in ("", cell.target) else f"{cell.at} of {cell.held.split('-')[0]}"
                said.append(f"{times or 'EMPTY'} @ {at}")
        lines.append(f"{fault:16}" + "".join(f"{one:38}" for one in said).rstrip())
    return "\n".join(lines + [f"  ({number}) {reason}" for number, reason in enumerate(reasons, 1)])
