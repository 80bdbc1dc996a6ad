"""./dev fuzz: the libFuzzer targets of fuzz/."""

from console import BUILD, ROOT, Failed, Steps, say, relative, run, tail
import cmake
import results

_FOLDER = ROOT / "fuzz"
_SECONDS = 60
_CANARY = "canary_fuzz"  # must fail: proves that a finding is noticed


def add_arguments(parser):
    parser.add_argument("words", nargs="*", metavar="SECONDS | TARGET",
                        help=f"how long per target (default {_SECONDS}) and which targets (default all):\n"
                             + "\n".join(target.removesuffix("_fuzz") for target in targets()))


def targets():
    """Every fuzz/<name>_fuzz.cc is a target of that name."""
    return sorted(file.stem for file in _FOLDER.glob("*_fuzz.cc"))


def main(arguments):
    known = targets()
    if not known:
        say("there are no fuzz targets in this version (a target is a file fuzz/NAME_fuzz.cc); nothing was run")
        return 0
    seconds, chosen = _understand(arguments.words, known)
    steps = Steps(len(chosen) + 1)
    with steps.step("building (clang-16, libFuzzer)") as step:
        cmake.build("fuzz", chosen, step)
    failed = 0
    for target in chosen:
        with steps.step(f"{target} for {seconds} s") as step:
            well = _run_target(target, seconds, step)
            step.done("as it should" if well else "FAILED")
        if not well:
            failed += 1
            _explain(target)
    say(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _understand(words, known):
    """(seconds, targets) of the command line."""
    numbers = [word for word in words if word.isdigit()]
    names = [word if word.endswith("_fuzz") else f"{word}_fuzz" for word in words if not word.isdigit()]
    unknown = set(names) - set(known)
    if unknown or len(numbers) > 1:
        raise Failed(f"not understood: {' '.join(words)}; say how many seconds and which of {', '.join(known)}")
    return (int(numbers[0]) if numbers else _SECONDS), names or known


def _explain(target):
    say(tail(BUILD / "logs" / f"fuzz-{target}.log"))
    if target == _CANARY:
        say("the canary's planted bug was not found, so no other result means anything")
    else:
        say(f"the input is in {relative(_findings(target))}; move it to fuzz/regressions/"
            f"{target.removesuffix('_fuzz')}/ with the fix")


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
    for target in known:
        if _run_target(target, seconds, step):
            outcome.passed += 1
        else:
            outcome.failures.append(target)
            outcome.log = BUILD / "logs" / f"fuzz-{target}.log"
    return outcome


def _findings(target):
    return BUILD / "fuzz-findings" / target.removesuffix("_fuzz")


def _run_target(target, seconds, step):
    """Whether the target ended as it should: without a finding, the canary with one."""
    noun = target.removesuffix("_fuzz")
    corpus = BUILD / "fuzz-corpus" / noun
    for folder in (corpus, _findings(target)):
        folder.mkdir(parents=True, exist_ok=True)
    seeds = [folder for folder in (_FOLDER / "corpus" / noun, _FOLDER / "regressions" / noun) if folder.is_dir()]
    # A long unit or a slow one is a finding too.
    status = run([cmake.directory("fuzz") / "fuzz" / target, f"-max_total_time={seconds}", "-timeout=10",
                  "-print_final_stats=1", f"-artifact_prefix={_findings(target)}/", corpus, *seeds],
                 f"fuzz-{target}", step=step, check=False, timeout=seconds + 120)
    return (status != 0) == (target == _CANARY)
