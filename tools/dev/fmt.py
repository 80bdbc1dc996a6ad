"""./dev fmt: clang-format 16 over the C++ files."""

import subprocess

from console import Failed, relative, say
import sources

PROGRAM = "clang-format-16"
_BATCH = 50


def add_arguments(parser):
    parser.add_argument("--check", action="store_true", help="change nothing, fail if something would change")
    parser.add_argument("--staged", action="store_true", help="only files staged for commit")


def main(arguments):
    files = sources.staged_cpp_files() if arguments.staged else sources.cpp_files()
    if arguments.check:
        bad = unformatted(files)
        for file in bad:
            say(f"not formatted: {relative(file)}")
        say(f"{len(files)} files, {len(bad)} not formatted" + (" (./dev fmt mends them)" if bad else ""))
        return 1 if bad else 0
    for batch in _batches(files):
        _run(["-i", *batch])
    say(f"formatted {len(files)} files")
    return 0


def unformatted(files):
    """Those of `files` that clang-format would change."""
    bad = []
    for batch in _batches(files):
        if _run(["--dry-run", "-Werror", *batch]) != 0:
            bad += [file for file in batch if _run(["--dry-run", "-Werror", file]) != 0]
    return bad


def _batches(files):
    return [files[start:start + _BATCH] for start in range(0, len(files), _BATCH)]


def _run(arguments):
    try:
        return subprocess.run([PROGRAM, *map(str, arguments)], stderr=subprocess.DEVNULL, check=False).returncode
    except FileNotFoundError:
        raise Failed(f"{PROGRAM} is not installed; `./dev bootstrap` installs it") from None
