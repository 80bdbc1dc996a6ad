"""./dev fuzz: the libFuzzer targets of fuzz/."""

from console import BUILD, ROOT, Failed, Steps, say, relative, run, tail
import cmake
import results

_FOLDER = ROOT / "fuzz"
_SECONDS = 60


def add_arguments(parser):
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="which (default: all)")
    parser.add_argument("--seconds", type=int, default=_SECONDS, help=f"per target (default {_SECONDS})")


def targets():
    """Every fuzz/<name>_fuzz.cc is a target of that name."""
    return sorted(file.stem for file in _FOLDER.glob("*_fuzz.cc"))


def main(arguments):
    known = targets()
    if not known:
        say("there are no fuzz targets in this version (a target is a file fuzz/NAME_fuzz.cc); nothing was run")
        return 0
    unknown = set(arguments.targets) - set(known)
    if unknown:
        raise Failed(f"no fuzz target is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    chosen = arguments.targets or known
    steps = Steps(len(chosen) + 1)
    with steps.step("building (clang-16, libFuzzer)") as step:
        cmake.build("fuzz", chosen, step)
    failed = 0
    for target in chosen:
        with steps.step(f"{target} for {arguments.seconds} s") as step:
            status = _run_target(target, arguments.seconds, step)
            step.done("found nothing" if status == 0 else "FOUND SOMETHING")
        if status != 0:
            failed += 1
            say(tail(BUILD / "logs" / f"fuzz-{target}.log"))
            say(f"the input is in {relative(_findings(target))}; move it to fuzz/regressions/{target}/ with the fix")
    say(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


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
        if _run_target(target, seconds, step) == 0:
            outcome.passed += 1
        else:
            outcome.failures.append(target)
            outcome.log = BUILD / "logs" / f"fuzz-{target}.log"
    return outcome


def _findings(target):
    return BUILD / "fuzz-findings" / target


def _run_target(target, seconds, step):
    corpus = BUILD / "fuzz-corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    _findings(target).mkdir(parents=True, exist_ok=True)
    seeds = [folder for folder in (_FOLDER / "corpus" / target, _FOLDER / "regressions" / target) if folder.is_dir()]
    return run([cmake.directory("fuzz") / "fuzz" / target, f"-max_total_time={seconds}", "-print_final_stats=1",
                f"-artifact_prefix={_findings(target)}/", corpus, *seeds],
               f"fuzz-{target}", step=step, check=False, timeout=seconds + 120)
