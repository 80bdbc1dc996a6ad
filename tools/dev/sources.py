"""Which files of the checkout are ours to format and lint."""

import re
import subprocess

from console import ROOT

CPP = (".h", ".cc")
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
_FOLDERS = ("src", "tests", "fuzz", "bench", "examples")


def cpp_files():
    """Every C++ file that is tracked, or new and not ignored."""
    return [ROOT / name for name in _git("ls-files", "--cached", "--others", "--exclude-standard", "--", *_FOLDERS)
            if name.endswith(CPP) and (ROOT / name).is_file()]


def with_headers(file, root=ROOT):
    """The file and every header of ours that it includes, directly or through others: what its meaning hangs on."""
    found, waiting = {file}, [file]
    while waiting:
        includer = waiting.pop()
        for name in _INCLUDE.findall(includer.read_text(encoding="utf-8", errors="replace")):
            for folder in (includer.parent, root / "src"):
                header = folder / name
                if header.is_file():
                    if header not in found:
                        found.add(header)
                        waiting.append(header)
                    break
    return sorted(found)


def changed_cpp_files():
    """The C++ files that differ from the last commit, or from the branch this one left."""
    base = _branch_point()
    names = _git("diff", "--name-only", "--diff-filter=d", base, "--", *_FOLDERS)
    names += _git("ls-files", "--others", "--exclude-standard", "--", *_FOLDERS)
    return [ROOT / name for name in sorted(set(names)) if name.endswith(CPP)]


def staged_cpp_files():
    names = _git("diff", "--cached", "--name-only", "--diff-filter=d", "--", *_FOLDERS)
    return [ROOT / name for name in names if name.endswith(CPP)]


def _branch_point():
    for upstream in ("@{upstream}", "origin/main"):
        answer = _git("merge-base", "HEAD", upstream)
        if answer:
            return answer[0]
    return "HEAD"


def _git(*arguments):
    answer = subprocess.run(["git", "-C", str(ROOT), *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            text=True, check=False)
    return answer.stdout.split("\n")[:-1] if answer.returncode == 0 else []
