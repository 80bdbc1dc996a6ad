"""clang-tidy with the must-pass list of .clang-tidy, remembered per file while its inputs stay the same."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
import subprocess

from console import LOGS, ROOT, relative
import ahead
import cmake
import results
import sources
import stamp
import venv

_PRESET = "dev"
# A test need not be fast, and gtest destroys its fixtures itself.
_NOT_IN_TESTS = ("-performance-*,-cppcoreguidelines-virtual-class-destructor,-bugprone-throwing-static-initialization,"
                 "-bugprone-command-processor")


def check(files, step):
    """Checks the `.cc` files among `files`, and for a header its namesake or a file that includes it.
    Returns (how many were looked at, the findings as text per file)."""
    cmake.configure(_PRESET, step)
    units = _units(files)
    commands = _compile_commands()
    findings = {}
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        jobs = {unit: pool.submit(_check_one, unit, commands[str(unit)]) for unit in units}
        for number, (unit, job) in enumerate(jobs.items(), 1):
            text = job.result()
            step.progress(f"{number}/{len(units)}")
            if text:
                findings[unit] = text
    return len(units), findings


def begin(step=None):
    """What looks at files, one after the other, ahead of check_all: a file in order is remembered for that."""
    cmake.configure(_PRESET, step)
    units, commands = _units(_own_files()), _compile_commands()

    def work(stop):
        for unit in units:
            if stop.is_set():
                return
            _check_one(unit, commands[str(unit)], ahead.BEHIND)

    return work


def check_all(step):
    """Every translation unit, as a test result."""
    outcome = results.Results("clang-tidy")
    count, findings = check(_own_files(), step)
    LOGS.mkdir(parents=True, exist_ok=True)
    outcome.log = LOGS / "clang-tidy.log"
    outcome.log.write_text("\n".join(findings.values()) + "\n")
    outcome.failures = [relative(unit) for unit in findings]
    outcome.passed = count - len(findings)
    return results.judge(outcome, 0)


def _own_files():
    return [file for file in sources.cpp_files() if ROOT / "src" in file.parents]


def _compile_commands():
    """file -> how the preset compiles it."""
    return {entry["file"]: entry["command"]
            for entry in json.loads((cmake.directory(_PRESET) / "compile_commands.json").read_text())}


def _units(files):
    known = _compile_commands()
    units = set()
    for file in files:
        candidates = [file] if file.suffix == ".cc" else [file.with_suffix(".cc"),
                                                          file.with_name(f"{file.stem}_test.cc")]
        units.update(unit for unit in candidates if str(unit) in known)
    return sorted(units)


def inputs_of(unit, command, root=ROOT):
    """A hash of what the findings in a unit hang on. A header that it does not include is none of it."""
    return stamp.hash_of(*sources.with_headers(unit, root), root / ".clang-tidy", venv.REQUIRED_BY_TOOLS, command, *_words(unit))


def _words(unit):
    checks = [f"--checks={_NOT_IN_TESTS}"] if unit.stem.endswith("_test") else []
    return [str(venv.program("clang-tidy")), "--quiet", *checks]


def _check_one(unit, command, before=()):
    name = "tidy-" + relative(unit).replace("/", "-")
    inputs = inputs_of(unit, command)
    if stamp.fresh(name, inputs):
        return ""
    answer = subprocess.run([*before, *_words(unit), "-p", str(cmake.directory(_PRESET)), str(unit)], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                            start_new_session=bool(before))
    if answer.returncode == 0:
        stamp.write(name, inputs)
        return ""
    return answer.stdout
