"""./dev fuzz: the libFuzzer targets of fuzz/."""

import os

from console import BUILD, ROOT, Failed, Job, Steps, relative, run_several, say, tail
import cmake
import parser_coverage
import results

_FOLDER = ROOT / "fuzz"
_SECONDS = 60
_AT_ONCE = 2
_CANARY = "canary_fuzz"  # must fail: proves that a finding is noticed


def add_arguments(parser):
    parser.add_argument("words", nargs="*", metavar="SECONDS | TARGET",
                        help=f"how long per target (default {_SECONDS}) and which targets (default all):\n"
                             + "\n".join(_noun(target) for target in targets()))


def targets():
    """Every fuzz/<name>_fuzz.cc is a target of that name."""
    return sorted(file.stem for file in _FOLDER.glob("*_fuzz.cc"))


def main(arguments):
    known = targets()
    if not known:
        say("there are no fuzz targets in this version (a target is a file fuzz/NAME_fuzz.cc); nothing was run")
        return 0
    seconds, chosen = _understand(arguments.words, known)
    rows = parser_coverage.rows_of(parser_coverage.read_table(), chosen)
    steps = Steps(3 if rows else 2)
    with steps.step("building (clang-16, libFuzzer)") as step:
        cmake.build("fuzz", chosen, step)
    with steps.step(f"{len(chosen)} targets for {seconds} s, {_AT_ONCE} at a time") as step:
        wrong = _run_targets(chosen, seconds, step)
    for target in chosen:
        say(f"    {_noun(target):20} {'FAILED' if target in wrong else 'as it should'}")
    coverage = _measure(rows, steps) if rows else results.Results("")
    for target in wrong:
        _explain(target)
    say(f"{len(chosen) - len(wrong)} passed, {len(wrong)} failed"
        + (f"; parsers' lines: {coverage.passed} passed, {coverage.failed} failed" if rows else ""))
    return 1 if wrong or coverage.failed else 0


def _measure(rows, steps):
    with steps.step("which lines of the parsers they reached") as step:
        outcome = parser_coverage.measure(rows, step)
    say(outcome.report)
    return outcome


def _understand(words, known):
    """(seconds, targets) of the command line."""
    numbers = [word for word in words if word.isdigit()]
    names = [word if word.endswith("_fuzz") else f"{word}_fuzz" for word in words if not word.isdigit()]
    unknown = set(names) - set(known)
    if unknown or len(numbers) > 1:
        raise Failed(f"not understood: {' '.join(words)}; say how many seconds and which of {', '.join(known)}")
    return (int(numbers[0]) if numbers else _SECONDS), names or known


def _explain(target):
    say(tail(_log(target)))
    if target == _CANARY:
        say("the canary's planted bug was not found, so no other result means anything")
    else:
        say(f"the input is in {relative(_findings(target))}; move it to fuzz/regressions/{_noun(target)}/ with the fix")


def smoke(seconds, step):
    """A short run of each target, as a test result. No target is no failure: they come with their code."""
    outcome = results.Results("fuzz")
    known = targets()
    if not known:
        say("    there are no fuzz targets in this version")
        return outcome
    try:
        cmake.build("fuzz", known, step)
    except Failed as error:
        outcome.broken, outcome.log = str(error), error.log
        return outcome
    outcome.failures = _run_targets(known, seconds, step)
    outcome.passed = len(known) - len(outcome.failures)
    if outcome.failures:
        outcome.log = _log(outcome.failures[-1])
    return outcome


def lines_reached(step):
    """Which lines of the parsers the last run of every target reached, as a test result."""
    try:
        return parser_coverage.measure(parser_coverage.read_table(), step)
    except Failed as error:
        return results.Results("parsers' coverage", broken=str(error), log=error.log)


def _noun(target):
    return target.removesuffix("_fuzz")


def _findings(target):
    return BUILD / "fuzz-findings" / _noun(target)


def _log(target):
    return BUILD / "logs" / f"fuzz-{target}.log"


def _run_targets(chosen, seconds, step):
    """Those that did not end as they should: without a finding, the canary with one."""
    statuses = run_several([_job(target, seconds) for target in chosen], _AT_ONCE, step)
    return [target for target in chosen if not _as_it_should(target, statuses[_log(target).stem])]


def _as_it_should(target, status):
    return status is not None and (status != 0) == (target == _CANARY)


def _job(target, seconds):
    corpus, profile = BUILD / "fuzz-corpus" / _noun(target), parser_coverage.profile(target)
    for folder in (corpus, _findings(target), profile.parent):
        folder.mkdir(parents=True, exist_ok=True)
    profile.unlink(missing_ok=True)
    seeds = [folder for folder in (_FOLDER / "corpus" / _noun(target), _FOLDER / "regressions" / _noun(target))
             if folder.is_dir()]
    # A long unit or a slow one is a finding too.
    return Job(_log(target).stem,
               [cmake.directory("fuzz") / "fuzz" / target, f"-max_total_time={seconds}", "-timeout=10",
                "-print_final_stats=1", f"-artifact_prefix={_findings(target)}/", corpus, *seeds],
               env=dict(os.environ, LLVM_PROFILE_FILE=str(profile)), timeout=seconds + 120)
