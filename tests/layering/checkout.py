"""The files of the checkout that the house rules look at."""

import functools
import subprocess
from pathlib import Path

from cpp_source import includes

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"

_NEVER = {"build", "node_modules", "dist", ".git", "__pycache__", "flux-data"}


@functools.cache
def files():
    """Every file of the project: what git tracks or would track; without git, everything not generated."""
    answer = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False) if (ROOT / ".git").exists() else None
    if answer is not None and answer.returncode == 0:
        names = answer.stdout.decode().split("\0")
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not _NEVER & set(path.relative_to(ROOT).parts)]


def cpp(below=SRC):
    return [path for path in files() if path.suffix in (".h", ".cc") and below in path.parents]


@functools.cache
def text(path):
    return path.read_text(encoding="utf-8", errors="replace")


def name(path):
    return str(path.relative_to(ROOT))


def in_src(path):
    return str(path.relative_to(SRC))


def is_test(path):
    """Tests, and the fixtures that only tests include."""
    return path in _test_files()


@functools.cache
def _test_files():
    """*_test.cc, *_bench.cc and the programs that tests start (*_main.cc); and, as long as it finds more, each header that only such files include with the
    source file of the same name."""
    sources = cpp()
    includers = {}
    for path in sources:
        for _, included, own in includes(text(path)):
            if own:
                includers.setdefault(SRC / included, set()).add(path)
    found = {path for path in sources if path.stem.endswith(("_test", "_bench", "_main"))}
    while True:
        support = {path for path in sources if path.suffix == ".h" and path not in found
                   and includers.get(path) and includers[path] - {path.with_suffix(".cc")} <= found
                   and includers[path] & found}
        if not support:
            return found
        found |= support | {path.with_suffix(".cc") for path in support if path.with_suffix(".cc").is_file()}
