"""The Python environment: clients that tests drive Flux with, and clang-tidy.

Debian 12 has clang-tidy 16, which walks through every system header; newer ones pass them over, in a quarter of the time."""

import os
import shutil
import sys

from console import BUILD, ROOT, run
import stamp

_HOME = BUILD / "tools" / "venv"
REQUIRED_BY_TOOLS = ROOT / "tools" / "dev" / "requirements.txt"


def python():
    return _HOME / "bin" / "python3"


def environment(base=None):
    env = dict(os.environ if base is None else base)
    env["PATH"] = f"{_HOME / 'bin'}:{env.get('PATH', '')}"
    env["VIRTUAL_ENV"] = str(_HOME)
    return env


def _requirements():
    return [REQUIRED_BY_TOOLS, *sorted((ROOT / "tests").glob("**/requirements.txt"))]


def program(name):
    """Where a program of these packages lies."""
    return _HOME / "bin" / name


def _inputs():
    return stamp.hash_of(sys.version, *_requirements())


def ready():
    return python().exists() and stamp.fresh("venv", _inputs())


def install(step):
    shutil.rmtree(_HOME, ignore_errors=True)
    run([sys.executable, "-m", "venv", _HOME], "venv", step=step)
    files = [word for file in _requirements() for word in ("-r", file)]
    if files:
        run([python(), "-m", "pip", "install", "--disable-pip-version-check", "-q", *files], "venv", step=step,
            append=True)
    stamp.write("venv", _inputs())
