"""./dev coverage: which lines the unit and contract tests reach, per folder of src/."""

import json
import os
import shutil
import subprocess

from console import BUILD, ROOT, Failed, Steps, run, say
import bootstrap
import cmake
import debian
import suites

_FOLDER = BUILD / "coverage"
_PROFILES = _FOLDER / "profiles"


def add_arguments(parser):
    parser.add_argument("--html", action="store_true", help="also write build/coverage/html/index.html")


def main(arguments):
    suites.clean_up_environment()
    steps = Steps(5 if arguments.html else 4)
    bootstrap.install_packages(steps, debian.RUN + debian.DEVELOP)
    with steps.step("building (clang-16, instrumented)") as step:
        cmake.build("coverage", step=step)
    shutil.rmtree(_PROFILES, ignore_errors=True)
    with steps.step("unit and contract tests") as step:
        # %4m: processes of one program add to the same few files instead of writing one each.
        env = dict(os.environ, LLVM_PROFILE_FILE=str(_PROFILES / "%4m.profraw"))
        status = run(["ctest", "--test-dir", _FOLDER, "--parallel", "2", "--output-on-failure", "--no-tests=error",
                      "-LE", "^slow$"], "coverage-tests", step=step, env=env, check=False)
    with steps.step("merging") as step:
        merged = _FOLDER / "merged.profdata"
        run(["llvm-profdata-16", "merge", "-o", merged, *sorted(_PROFILES.glob("*.profraw"))], "coverage", step=step)
        totals = _per_folder(merged)
    if arguments.html:
        with steps.step("writing build/coverage/html") as step:
            run(["llvm-cov-16", "show", "-format=html", f"-output-dir={_FOLDER / 'html'}", f"-instr-profile={merged}",
                 *_objects(), str(ROOT / "src")], "coverage-html", step=step)
    _print(totals)
    if status != 0:
        say("some tests failed while measuring (build/logs/coverage-tests.log); the figures stand for what ran")
    return 1 if status else 0


def _objects():
    programs = sorted(path for path in (_FOLDER / "src").glob("**/*_test") if path.is_file() and os.access(path, os.X_OK))
    if not programs:
        raise Failed("no test program was built in build/coverage")
    return [str(programs[0]), *[word for program in programs[1:] for word in ("-object", str(program))]]


def _per_folder(merged):
    """folder -> [lines, lines reached, branches, branches reached], tests themselves left out."""
    answer = subprocess.run(
        ["llvm-cov-16", "export", "-summary-only", f"-instr-profile={merged}", *_objects()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if answer.returncode != 0:
        raise Failed(f"llvm-cov-16 could not read the profile: {answer.stderr.decode(errors='replace')[:500]}")
    totals = {}
    for file in json.loads(answer.stdout)["data"][0]["files"]:
        folder = _folder_of(file["filename"])
        if folder is None:
            continue
        sums = totals.setdefault(folder, [0, 0, 0, 0])
        for number, (kind, field) in enumerate(
                (("lines", "count"), ("lines", "covered"), ("branches", "count"), ("branches", "covered"))):
            sums[number] += file["summary"][kind][field]
    return totals


def _folder_of(name):
    # Paths are relative to the tree (-ffile-prefix-map), but for what a generated file brings.
    path = name.removeprefix(f"{ROOT}/").removeprefix("./")
    if not path.startswith("src/") or path.endswith("_test.cc"):
        return None
    return path.rsplit("/", 1)[0]


def _print(totals):
    say(f"\n{'folder':24} {'lines':>7} {'reached':>9} {'branches':>9} {'reached':>9}")
    everything = [0, 0, 0, 0]
    for folder, sums in sorted(totals.items()):
        everything = [left + right for left, right in zip(everything, sums)]
        _print_row(folder, sums)
    _print_row("all", everything)


def _print_row(name, sums):
    def share(part, whole):
        return f"{100 * part / whole:8.1f}%" if whole else f"{'-':>9}"
    say(f"{name:24} {sums[0]:7} {share(sums[1], sums[0])} {sums[2]:9} {share(sums[3], sums[2])}")
