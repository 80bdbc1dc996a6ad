"""The Python environment of the tests that drive Flux with Python clients."""

import os
import shutil
import sys

from console import BUILD, ROOT, run
import stamp

_HOME = BUILD / "tools" / "venv"


def python():
    return _HOME / "bin" / "python3"


def environment(base=None):
    env = dict(os.environ if base is None else base)
    env["PATH"] = f"{_HOME / 'bin'}:{env.get('PATH', '')}"
    env["VIRTUAL_ENV"] = str(_HOME)
    return env


def _requirements():
    return sorted((ROOT / "tests").glob("**/requirements.txt"))


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
