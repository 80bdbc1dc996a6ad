"""What ./dev chaos runs: breaks the platform on purpose and checks that nothing was lost, doubled or reordered."""

import argparse
import collections
import secrets
import signal
import sys
import threading
import time
import traceback

import cells
import checker
from faults import HELD, all_faults, last
from plan import plan
from stage import RESULTS, ROLE_OF, ROOT, Stage

_REACH_SECONDS = 30
_SOON_SECONDS = 3


class Failure(Exception):
    """What the run itself could not do."""


class Run:
    """Plays histories on a stage and keeps what came of them."""

    def __init__(self, say=print, keep=False):
        self.reached = collections.Counter()  # by cell
        self.landed = collections.Counter()  # by fault and role, in random histories
        self.failures = []  # (title, how to repeat it, complaints)
        self._say = say
        self._keep = keep  # every history, also of those that went well
        self._number = 0

    def cell(self, stage, name):
        cell = cells.cells()[name]
        newcomers = ("newcomer",) if cell.by == "join" else ()
        self._play(stage, f"cell {name}", None, f"--cell '{name}'", newcomers,
                   lambda: _reach(stage, cell), lambda: self.reached.update([name]))

    def history(self, stage, seed):
        steps = plan(seed)
        title = ", ".join(f"{step.fault} {step.target}" + (" +" if step.with_next else "") for step in steps)
        self._play(stage, f"seed {seed}: {title}", seed, f"--histories 1 --seed {seed}", (),
                   lambda: _follow(stage, steps), lambda: self._count(steps))

    def _count(self, steps):
        self.landed.update((step.fault, ROLE_OF[step.target]) for step in steps)

    def _play(self, stage, title, seed, again, newcomers, work, done):
        self._number += 1
        began = time.monotonic()
        stage.begin(f"h{self._number}", title, seed, newcomers)
        try:
            work()
            history = stage.come_to_rest()
            complaints = checker.complaints(history.events)
        except Exception as error:  # noqa: BLE001  (whatever it is, the next history shall run)
            history = stage.abandon()
            complaints = [f"the run failed: {error}", traceback.format_exc()]
        finally:
            for witness in [one for one in stage.witnesses if one.name in newcomers]:
                stage.remove_witness(witness)
        stored = len(history.of("stored"))
        heard = len(history.of("got"))
        self._say(f"{'ok    ' if not complaints else 'FAILED'} {time.monotonic() - began:5.1f} s  {stored:5} stored {heard:6} heard"
                  f"  {title}")
        if not complaints:
            if self._keep:
                history.write(RESULTS / f"chaos-ok-{self._number}.jsonl")
            return done()
        name = f"chaos-{seed if seed is not None else 'cell'}-{self._number}"
        stage.keep(history, name)
        self.failures.append((title, again, complaints))
        for complaint in complaints:
            self._say(f"       {complaint}")
        self._say(f"       kept in {(RESULTS / name).relative_to(ROOT)}.jsonl; again: ./dev chaos {again}")
        raise Failure(title)


def _reach(stage, cell):
    """The fault of a cell, at its testpoint."""
    fault = all_faults()[cell.fault]
    process = stage.processes[cell.holds]
    if cell.by == "start":
        process.kill()
    hold = stage.hold(cell.holds, cell.at)
    try:
        helper = _bring(stage, cell, process, fault)
        if not hold.wait(_REACH_SECONDS):
            raise Failure(f"{cell.holds} did not come to {cell.at}")
        if cell.by != "stop":
            _begin(stage, fault, cell.target, cell.at, cell.outage)
    finally:
        hold.release()
    last(cell.seconds, time.monotonic())
    _end(stage, fault, cell.target)
    if helper:
        helper.join()
    if cell.then:
        stage.wait_until_ready()
        again = all_faults()["kill -9"]
        _begin(stage, again, cell.then, None, quietly=False)
        _end(stage, again, cell.then)


def _bring(stage, cell, process, fault):
    """What makes the process come to the point."""
    if cell.by == "stop":
        _begin(stage, fault, cell.target, cell.at)
    elif cell.by == "start":
        process.start(wait=False)
    elif cell.by == "join":
        helper = threading.Thread(target=stage.add_witness, args=("newcomer", cell.holds, "websocket"))
        helper.start()
        return helper
    return None


def _follow(stage, steps):
    """The faults of a random history."""
    under_way = []
    for step in steps:
        fault = all_faults()[step.fault]
        hold = stage.hold(step.holds, step.at) if step.at and stage.processes[step.holds].running() else None
        at = step.at if hold and hold.wait(_SOON_SECONDS) else None
        try:
            _begin(stage, fault, step.target, at)
        finally:
            if hold:
                hold.release()
        under_way.append((step, fault, time.monotonic()))
        if step.with_next:
            continue
        # Engines first: what is between a process and an engine that is away cannot be felt.
        for earlier, its_fault, began in sorted(under_way, key=lambda one: one[0].target not in stage.engines):
            last(earlier.seconds, began)
            _end(stage, its_fault, earlier.target)
        under_way.clear()
        stage.wait_until_ready()


def _begin(stage, fault, target, at, outage=(), quietly=True):
    expects = [*fault.expected(target), *(HELD if at and at not in stage.valkey.POINTS else ())]
    stage.note("fault", name=fault.name, target=target, at=at, expects=expects, outage=list(outage))
    fault.begin(stage, target)
    if quietly:
        stage.publish_quietly()


def _end(stage, fault, target):
    fault.end(stage, target)
    stage.note("effect", name=fault.name, target=target, count=fault.effects)
    stage.note("healed", name=fault.name, target=target)


def add_arguments(parser):
    parser.add_argument("--histories", type=int, default=None, metavar="N", help="random histories, with the seeds SEED, SEED+1, ...")
    parser.add_argument("--seed", type=int, default=None, help="of the first history; any unless said")
    parser.add_argument("--cells", action="store_true", help="reach every cell of the table fault x role, and print it")
    parser.add_argument("--cell", metavar="FAULT/ROLE", help="reach one cell")
    parser.add_argument("--keep", action="store_true", help="keep every history in build/results, not only those that failed")
    parser.add_argument("--table", action="store_true", help="print the table and its testpoints, run nothing")


def main(arguments, say=print):
    if arguments.table:
        say(cells.table({}))
        return 0
    if arguments.cell and arguments.cell not in cells.cells():
        say(f"there is no cell {arguments.cell}; there are: {', '.join(cells.cells())}")
        return 2
    wanted = [arguments.cell] if arguments.cell else list(cells.cells()) if arguments.cells else []
    count = arguments.histories if arguments.histories is not None else (0 if wanted else 12)
    seed = arguments.seed if arguments.seed is not None else secrets.randbelow(1_000_000)
    run = Run(say, arguments.keep)
    play(run, wanted, range(seed, seed + count))
    return conclude(run, wanted, count, seed, say)


def play(run, wanted, seeds):
    """A stage that failed is not used again: what comes next shall not suffer from it."""
    jobs = [(cells.cells()[name].brokers, "cell", name) for name in wanted] + [(1, "history", seed) for seed in seeds]
    jobs.sort(key=lambda job: job[0])
    while jobs:
        brokers = jobs[0][0]
        with Stage(brokers) as stage:
            while jobs and jobs[0][0] == brokers:
                _, kind, what = jobs.pop(0)
                try:
                    getattr(run, kind)(stage, what)
                except Failure:
                    break


def conclude(run, wanted, count, seed, say):
    if wanted:
        say("\n" + cells.table(run.reached))
    if run.landed:
        say("\nlanded in random histories: " + ", ".join(
            f"{fault} {role} {times}" for (fault, role), times in sorted(run.landed.items())))
    missing = cells.empty(run.reached) if len(wanted) > 1 else []
    for name in missing:
        say(f"the cell {name} was not reached, and holds no dash")
    for title, again, complaints in run.failures:
        say(f"failed: {title}\n    {complaints[0]}\n    again: ./dev chaos {again}")
    if count:
        say(f"\n{count} histories with the seeds {seed} to {seed + count - 1}")
    say(f"{len(run.failures)} failed, {len(missing)} cells empty")
    return 1 if run.failures or missing else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leaves nothing behind
    sys.exit(main(parser.parse_args()))
