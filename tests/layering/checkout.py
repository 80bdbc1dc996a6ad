"""The files of the checkout that the house rules look at."""

import functools
import subprocess
from pathlib import Path

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
    """Tests, and what only tests include."""
    return path.stem.endswith(("_test", "_bench", "_contract")) or "testing" in path.relative_to(ROOT).parts
