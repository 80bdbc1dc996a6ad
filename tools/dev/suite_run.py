"""A run of many suites: side by side, with the builds they need."""

import contextlib
import threading

import ahead
import cmake
import lanes
import results
import suites
from console import Failed

_LANES = 2


class SuiteRun:
    """Runs the suites in two lanes: those that need no other build than the sanitizers', which is there, then, preset by preset,
    a build and the suites that need it, and at the end, one by one, those that measure the machine.

    The builds, and whatever is asked for on top, begin beside the first suites with what those leave of the machine.
    """

    def __init__(self, chosen, steps, first="asan"):
        # The longest first, so that no lane ends long before the other.
        self._chosen = sorted(chosen, key=lambda suite: -suite.timeout_seconds)
        self._steps = steps
        self._first = first
        self._built = {preset: threading.Event() for preset in self.builds(chosen, first)}
        self._broken = set()
        self._unfinished = []
        self._ahead = None
        self._changing = threading.RLock()  # of what is built ahead: both lanes may build
        self._outcomes = []

    @staticmethod
    def builds(chosen, first="asan"):
        """What the suites need beside the build that is there: preset -> targets, those last that only lonely suites need."""
        needing = {}
        for suite in chosen:
            if suite.needs_flux and suite.preset != first:
                needing.setdefault(suite.preset, []).append(suite)
        order = sorted(needing, key=lambda preset: (all(suite.alone for suite in needing[preset]), preset))
        return {preset: ["flux", *sorted({target for suite in needing[preset] for target in suite.targets})]
                for preset in order}

    def run(self, more_builds, *more_works):
        """What each suite found. `more_builds` (preset, targets) and `more_works` (see Ahead) begin beside them."""
        needed = self.builds(self._chosen, self._first)
        self._unfinished = [*needed.items(), *more_builds]
        lonely = [suite for suite in self._chosen if suite.alone]
        works = [self._work(suite) for suite in self._chosen if not suite.alone and suite.preset not in needed]
        for preset, targets in needed.items():
            works.append((f"building flux ({preset})", lambda step, preset=preset, targets=targets:
                          self._build(preset, targets, step)))
            works += [self._work(suite) for suite in self._chosen if not suite.alone and suite.preset == preset]
        with contextlib.ExitStack() as beside:
            beside.callback(self._stop_building)
            self._build_ahead()
            for work in more_works:
                beside.enter_context(ahead.Ahead(work))
            self._run(_LANES, works)
            self._run(1, [self._work(suite) for suite in lonely])
        return self._outcomes

    def _run(self, at_once, works):
        self._outcomes += [outcome for outcome in lanes.Lanes(at_once, self._steps).run(works) if outcome]

    def _work(self, suite):
        timed = results.timed(lambda step: suites.run_suite(suite, step))

        def work(step):
            if suite.preset in self._built:
                self._built[suite.preset].wait()
            if suite.preset in self._broken:
                return results.Results(suite.name, broken=f"what it needs was not built ({suite.preset})")
            return timed(step)

        return f"{suite.name} tests ({suite.runner})", work

    def _build(self, preset, targets, step):
        """A build that fails is one failure, and so is each suite that needs it; the others still run."""
        try:
            with self._changing:
                self._stop_building()
                self._unfinished.remove((preset, targets))
            cmake.build(preset, targets, step)
        except Failed as error:
            self._broken.add(preset)
            return results.Results(f"build-{preset}", broken=str(error), log=error.log)
        finally:
            self._built[preset].set()
        self._build_ahead()
        return None

    def _build_ahead(self):
        with self._changing:
            self._stop_building()
            works = [cmake.begin(preset, targets) for preset, targets in self._unfinished]
            self._ahead = ahead.Ahead(lambda stop: [work(stop) for work in works if not stop.is_set()])
            self._ahead.__enter__()

    def _stop_building(self):
        with self._changing:
            if self._ahead:
                self._ahead.end()
