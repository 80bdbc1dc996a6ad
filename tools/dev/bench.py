"""./dev bench NAME: builds optimised, then runs bench/run_NAME.py, which says how it measures."""

import os
import sys

from console import ROOT, Failed, Steps, say
import bootstrap
import cmake
import debian
import node

_FOLDER = ROOT / "bench"
_PEERS = _FOLDER / "peers"
_MORE_TARGETS = {"kafka": ["flux"], "valkey": ["flux"]}  # what measures the whole program


def names():
    return sorted(file.stem.removeprefix("run_") for file in _FOLDER.glob("run_*.py"))


def add_arguments(parser):
    parser.add_argument("name", metavar="NAME", nargs="?",
                        help=f"one of: {', '.join(names()) or 'there is none in this version'}")
    parser.add_argument("rest", nargs="...", help="arguments of the benchmark (--help lists them)")


def main(arguments):
    if arguments.name not in names():
        raise Failed(f"say which benchmark: ./dev bench {' | '.join(names())}" if names()
                     else "there is no bench/run_NAME.py in this version, so there is nothing to measure")
    steps = Steps(4)
    bootstrap.install_packages(steps, debian.RUN + debian.DEVELOP)
    bootstrap.install_node(steps)
    with steps.step("building (g++ 12, optimised, with the benchmark programs)") as step:
        cmake.build("bench", ["bench/all", *_MORE_TARGETS.get(arguments.name, [])], step)
    with steps.step("what Flux is compared with (npm)") as step:
        if (_PEERS / "package.json").is_file():
            node.install_folder(_PEERS, step)
    env = node.environment()
    say("")
    program = str(_FOLDER / f"run_{arguments.name}.py")
    os.execve(sys.executable, [sys.executable, program, "--build", str(cmake.directory("bench")), *arguments.rest],
              env)
