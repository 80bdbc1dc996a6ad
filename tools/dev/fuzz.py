"""./dev fuzz: the libFuzzer targets of fuzz/."""

import os
import tempfile

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
    known = _with_canary(targets())
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


def _with_canary(known):
    """The targets, among which must be the one that proves that a finding is noticed."""
    if _CANARY not in known:
        raise Failed(f"fuzz/{_CANARY}.cc is missing: without a target that must fail no other result means anything")
    return known


def _measure(rows, steps):
    with steps.step("which lines of the parsers the seeds reach") as step:
        outcome = _seeds_reach(rows, step)
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
    """A short run of each target, as a test result."""
    outcome = results.Results("fuzz")
    try:
        known = _with_canary(targets())
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
    """Which lines of the parsers the seeds of all targets reach, as a test result."""
    try:
        return _seeds_reach(parser_coverage.read_table(), step)
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
    for old in _crashes(_CANARY):
        old.unlink()
    statuses = run_several([_job(target, seconds) for target in chosen], _AT_ONCE, step)
    return [target for target in chosen if not _as_it_should(target, statuses[_log(target).stem], _crashes(target))]


def _as_it_should(target, status, crashes):
    """`crashes`: the inputs it left. A canary that ends without one has failed at something else, a missing library say."""
    if status is None:
        return False
    return status != 0 and bool(crashes) if target == _CANARY else status == 0


def _crashes(target):
    return list(_findings(target).glob("crash-*"))


def _job(target, seconds):
    corpus = BUILD / "fuzz-corpus" / _noun(target)
    for folder in (corpus, _findings(target)):
        folder.mkdir(parents=True, exist_ok=True)
    # A long unit or a slow one is a finding too.
    return Job(_log(target).stem,
               [_program(target), f"-max_total_time={seconds}", "-timeout=10", "-print_final_stats=1",
                f"-artifact_prefix={_findings(target)}/", corpus, *_seeds(target)],
               env=dict(os.environ, LLVM_PROFILE_FILE=os.devnull), timeout=seconds + 120)


def _program(target):
    return cmake.directory("fuzz") / "fuzz" / target


def _seeds(target):
    """The inputs that are part of the project: those written by hand, and former findings."""
    return [folder for folder in (_FOLDER / "corpus" / _noun(target), _FOLDER / "regressions" / _noun(target))
            if folder.is_dir()]


def _seeds_reach(rows, step):
    """Which lines the seeds alone reach, so that the figure is no matter of what a run happens to find."""
    chosen = sorted({target for row in rows for target in row.targets})
    with tempfile.TemporaryDirectory(prefix="flux-fuzz-") as nothing:
        statuses = run_several([_seeds_job(target, nothing) for target in chosen], _AT_ONCE, step)
    for target in chosen:
        if statuses[_seeds_log(target)] != 0:
            parser_coverage.profile(target).unlink(missing_ok=True)  # what half a run reached says nothing
    return parser_coverage.measure(rows, step)


def _seeds_job(target, corpus):
    profile = parser_coverage.profile(target)
    for folder in (profile.parent, _findings(target)):
        folder.mkdir(parents=True, exist_ok=True)
    profile.unlink(missing_ok=True)
    return Job(_seeds_log(target),
               [_program(target), "-runs=0", f"-artifact_prefix={_findings(target)}/", corpus, *_seeds(target)],
               env=dict(os.environ, LLVM_PROFILE_FILE=str(profile)), timeout=120)


def _seeds_log(target):
    return f"fuzz-seeds-{target}"
