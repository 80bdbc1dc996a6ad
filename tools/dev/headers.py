"""Every header compiles alone: what it needs, it includes."""

import json
import os
import shlex
from concurrent.futures import ThreadPoolExecutor
import subprocess

from console import LOGS, ROOT, relative
import cmake
import results
import sources
import stamp

_PRESET = "dev"


def check_all(step):
    """Compiles each header of src/ by itself, as a test result. One that last passed as it is now, with the headers that
    it includes, is not compiled again."""
    cmake.configure(_PRESET, step)
    flags = _flags()
    headers = [file for file in sources.cpp_files() if file.suffix == ".h" and ROOT / "src" in file.parents]
    outcome = results.Results("headers")
    outcome.log = LOGS / "headers.log"
    LOGS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool, open(outcome.log, "w", encoding="utf-8") as log:
        jobs = {header: pool.submit(_compile, header, flags) for header in headers}
        for number, (header, job) in enumerate(jobs.items(), 1):
            text = job.result()
            step.progress(f"{number}/{len(headers)}")
            if text:
                outcome.failures.append(relative(header))
                log.write(text)
            else:
                outcome.passed += 1
    return results.judge(outcome, 0)


def _flags():
    """The defines, include folders and language of the preset's translation units."""
    commands = json.loads((cmake.directory(_PRESET) / "compile_commands.json").read_text())
    kept = []
    for entry in commands:
        words = shlex.split(entry["command"])
        for number, word in enumerate(words):
            if word == "-isystem":
                kept += [(word, words[number + 1])]
            elif word.startswith(("-D", "-I", "-std=")):
                kept += [(word,)]
    return [word for group in sorted(set(kept)) for word in group]


def _compile(header, flags):
    name = "header-" + relative(header).replace("/", "-")
    inputs = stamp.hash_of(*sources.with_headers(header), *flags)
    if stamp.fresh(name, inputs):
        return ""
    answer = subprocess.run(
        ["clang++-16", "-fsyntax-only", "-x", "c++", "-Wall", "-Wextra", "-Wno-pragma-once-outside-header", *flags,
         str(header)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if answer.returncode == 0:
        stamp.write(name, inputs)
        return ""
    return answer.stdout
