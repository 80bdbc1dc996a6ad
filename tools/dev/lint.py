"""./dev lint: format, the house rules (tests/layering) and clang-tidy."""

import sys

from console import ROOT, Failed, Steps, relative, run, say, tail
import fmt
import headers
import results
import sources
import suites
import tidy


def add_arguments(parser):
    parser.add_argument("--all", action="store_true",
                        help="clang-tidy on every file, and every header alone (default: clang-tidy on changed files)")
    parser.add_argument("--quick", action="store_true", help="format and house rules only: a few seconds")
    parser.add_argument("--staged", action="store_true", help="look at the format of staged files only")


def main(arguments):
    steps = Steps(2 if arguments.quick else 4 if arguments.all else 3)
    wrong = _format(steps, sources.staged_cpp_files() if arguments.staged else sources.cpp_files())
    wrong += _house_rules(steps)
    if not arguments.quick:
        wrong += _tidy(steps, sources.cpp_files() if arguments.all else sources.changed_cpp_files())
    if arguments.all:
        wrong += _headers(steps)
    say("lint: nothing found" if not wrong else f"lint: {wrong} found")
    return 1 if wrong else 0


def _format(steps, files):
    with steps.step("format (clang-format-16)") as step:
        bad = fmt.unformatted(files)
        step.done(f"{len(files)} files, {len(bad)} not formatted")
    for file in bad:
        say(f"    not formatted (./dev fmt mends it): {relative(file)}")
    return len(bad)


def _house_rules(steps):
    """The layering tests with this Python: they need nothing installed."""
    suite = next(suite for suite in suites.discover() if suite.name == "layering")
    outcome = results.Results("layering")
    file = results.junit_file("lint-layering")
    with steps.step("house rules (tests/layering)") as step:
        status = run([sys.executable, ROOT / "tools" / "dev" / "unittest_junit.py", file, *suite.files],
                     "lint-layering", step=step, check=False)
        results.read_junit(outcome, file)
        results.judge(outcome, status)
        step.done(f"{outcome.passed} kept, {outcome.failed} broken")
    if outcome.failed:
        say(tail(ROOT / "build" / "logs" / "lint-layering.log", 60))
    return outcome.failed


def _tidy(steps, files):
    with steps.step("clang-tidy") as step:
        try:
            count, findings = tidy.check(files, step)
        except FileNotFoundError:
            raise Failed("clang-tidy is not installed; `./dev bootstrap` installs it") from None
        step.done(f"{count} files, {len(findings)} with findings")
    for text in findings.values():
        say(text)
    return len(findings)


def _headers(steps):
    with steps.step("every header compiles alone") as step:
        outcome = headers.check_all(step)
        step.done(f"{outcome.passed} do, {outcome.failed} do not")
    if outcome.failed:
        say(tail(outcome.log, 60))
    return outcome.failed
