"""./dev test: everything quick with one compiler and one sanitizer; `full` adds the rest."""

import time

from console import ROOT, Failed, Steps, relative, run, say, tail
import bootstrap
import cmake
import debian
import fuzz
import headers
import node
import results
import suites
import tidy
from suite_run import SuiteRun

_SLOW = "^slow$"
# Folders whose code is shared by threads, and so worth a run under the thread sanitizer.
_THREADED = ["base", "runtime", "net", "bus", "cache", "valkey", "socketio", "gateway", "simulator", "crypto_feed", "app"]
_FUZZ_SECONDS = 10

DESCRIPTION = """\
Without an argument: everything quick, built with clang-16 and the address and undefined-behaviour sanitizers: the
unit and contract tests, the layering tests, the page's tests and the end-to-end suites. `full` adds g++ 12, the
thread sanitizer, the optimised build, clang-tidy on everything, the slow tests and a short run of each fuzz target,
whose seeds must reach the parsers' lines.
A LABEL runs what carries it: unit, contract, slow, layering, web, e2e, or a suite's name (--list names them all).

    ./dev test unit             the C++ unit tests
    ./dev test layering dev     the house rules and the tests of ./dev itself; nothing is built
    ./dev test app gateway      two end-to-end suites
    ./dev test full             everything, with every compiler and sanitizer: long

Ends with the line `N passed, N failed`; a skipped test counts as failed. Logs: build/logs, results: build/results.
"""


def add_arguments(parser):
    parser.description = DESCRIPTION
    parser.add_argument("labels", nargs="*", metavar="full|LABEL", help="what to run (default: everything quick)")
    parser.add_argument("--list", action="store_true", help="name the suites and their labels, run nothing")


class Run:
    """The plan of one call, and what it found."""

    def __init__(self, labels):
        self.full = "full" in labels
        self.labels = set(labels) - {"full"}
        self.outcomes = []
        self.suites = [suite for suite in suites.discover() if self._wants(suite)]
        gtest_labels = {"unit", "contract", "slow"}
        self.gtests = not self.labels or bool(self.labels & gtest_labels)
        unknown = self.labels - gtest_labels - {
            label for suite in suites.discover() for label in suite.labels | {suite.name}}
        if unknown:
            raise Failed(f"no test carries the label {', '.join(sorted(unknown))}; ./dev test --list names them all")

    def _wants(self, suite):
        if self.labels:
            return bool(self.labels & (suite.labels | {suite.name})) and (not suite.slow or suite.name in self.labels
                                                                         or "slow" in self.labels)
        return self.full or not suite.slow

    def needs_page(self):
        return any(suite.needs_flux for suite in self.suites)

    def needs_asan(self):
        return self.gtests or any(suite.needs_flux and suite.preset == "asan" for suite in self.suites)

    def step_count(self):
        count = 3 + self.needs_page() + self.needs_asan() + self.gtests + len(SuiteRun.builds(self.suites)) + len(self.suites)
        return count + (9 if self.full else 0)

    def ctest_filter(self):
        if self.labels:
            wanted = "|".join(sorted(self.labels & {"unit", "contract", "slow"}))
            return ["-L", f"^({wanted})$"]
        return [] if self.full else ["-LE", _SLOW]


def main(arguments):
    if arguments.list:
        _list()
        return 0
    suites.clean_up_environment()
    plan = Run(arguments.labels)
    started = time.monotonic()
    steps = Steps(plan.step_count())
    try:
        _prepare(plan, steps)
        _run_suites(plan, steps)
        if plan.full:
            _the_rest(plan, steps)
    except Failed as error:
        # Without the set-up or the build nothing else can run; that too is said in the last line.
        plan.outcomes.append(results.Results("set-up and build", broken=str(error), log=error.log))
    return _report(plan, time.monotonic() - started)


def _list():
    say("Give any name or label to ./dev test. What is slow runs in `./dev test full` and by its name only.\n")
    say(f"{'suite':18} {'run by':8} {'where':24} labels")
    say(f"{'(C++ tests)':18} {'ctest':8} {'src/, tests/crypto':24} unit, contract, slow")
    for suite in suites.discover():
        labels = sorted(suite.labels - {suite.name})
        say(f"{suite.name:18} {suite.runner:8} {relative(suite.folder):24} {', '.join(labels)}"
            f"{' (slow)' if suite.slow else ''}".rstrip())


def _prepare(plan, steps):
    bootstrap.install_packages(steps, debian.RUN + debian.DEVELOP)
    bootstrap.install_node(steps)
    bootstrap.install_venv(steps)
    if plan.needs_page():
        with steps.step("page (npm ci, npm run build)") as step:
            step.done("built" if node.build_page(step) else "up to date")
    if plan.needs_asan():
        with steps.step("building (clang-16, address + undefined sanitizers)") as step:
            cmake.build("asan", step=step)


def _run_suites(plan, steps):
    if plan.gtests:
        _collect(plan, steps, "unit and contract tests", lambda step: _ctest("asan", step, plan.ctest_filter()))
    more = [("dev-gcc", ()), ("tsan", _thread_tests())] if plan.full else []
    plan.outcomes += SuiteRun(plan.suites, steps).run(more, *([tidy.begin()] if plan.full else []))


def _collect(plan, steps, title, work):
    """Runs one suite and keeps what it found; its failures do not stop the next."""
    with steps.step(title) as step:
        outcome = results.timed(work)(step)
    plan.outcomes.append(outcome)
    if outcome.report:
        say(outcome.report)


def _ctest(preset, step, selection):
    name = f"ctest-{preset}"
    outcome = results.Results(name)
    file = results.junit_file(name)
    try:
        status = run(["ctest", "--test-dir", cmake.directory(preset), "--output-junit", file, "--output-on-failure",
                      "--parallel", "2", "--no-tests=error", *selection], f"test-{name}", step=step, check=False,
                     env=suites.environment(suites.Suite(name, ROOT, "gtest", set(), needs_flux=False)))
    except Failed as error:
        outcome.broken, outcome.log = str(error), error.log
        return outcome
    outcome.log = ROOT / "build" / "logs" / f"test-{name}.log"
    results.read_junit(outcome, file)
    return results.judge(outcome, status)


def _the_rest(plan, steps):
    """What only `full` runs. A build that fails is one failure; the others still run."""
    _collect(plan, steps, "building (g++ 12, debug)", lambda step: _built("build-dev-gcc", "dev-gcc", (), step))
    _collect(plan, steps, "unit tests (g++ 12)", lambda step: _ctest("dev-gcc", step, ["-LE", _SLOW]))
    _collect(plan, steps, "building (clang-16, thread sanitizer)",
             lambda step: _built("build-tsan", "tsan", _thread_tests(), step))
    _collect(plan, steps, "unit tests (thread sanitizer)",
             lambda step: _ctest("tsan", step, ["-R", f"^({'|'.join(_THREADED)})[.]", "-LE", _SLOW]))
    _collect(plan, steps, "building (g++ 12, optimised)", lambda step: _built("build-release", "release", (), step))
    _collect(plan, steps, "clang-tidy on every file", tidy.check_all)
    _collect(plan, steps, "every header compiles alone", headers.check_all)
    _collect(plan, steps, "fuzz targets", lambda step: fuzz.smoke(_FUZZ_SECONDS, step))
    _collect(plan, steps, "lines of the parsers that the seeds reach", fuzz.lines_reached)


def _thread_tests():
    return [f"{name}_test" for name in _THREADED]


def _built(name, preset, targets, step):
    """A build as one test."""
    outcome = results.Results(name)
    try:
        cmake.configure(preset, step)
        cmake.build(preset, [target for target in targets if cmake.has_target(preset, target)], step)
        outcome.passed = 1
    except Failed as error:
        outcome.failures.append(str(error))
        outcome.log = error.log
    return outcome


def _report(plan, seconds):
    failed = [outcome for outcome in plan.outcomes if outcome.failed]
    for outcome in failed:
        say(f"\n--- {outcome.name}: {outcome.failed} failed")
        for name in outcome.failures:
            say(f"    failed   {name}")
        for name in outcome.skipped:
            say(f"    skipped  {name} (counts as failed)")
        if outcome.broken:
            say(f"    broken   {outcome.broken}")
        if outcome.log:
            say(f"    the end of {relative(outcome.log)}:\n{tail(outcome.log)}")
    say("")
    for outcome in plan.outcomes:
        say(f"{outcome.name:28} {outcome.passed:5} passed {outcome.failed:4} failed {outcome.seconds:7.0f} s")
    say(f"{'in all':28} {seconds:30.0f} s")
    passed = sum(outcome.passed for outcome in plan.outcomes)
    failures = sum(outcome.failed for outcome in plan.outcomes)
    say(f"{passed} passed, {failures} failed")
    return 1 if failures or passed == 0 else 0
