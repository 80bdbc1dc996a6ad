"""./dev chaos: builds with the sanitizers and runs tests/chaos/chaos.py: seeded faults over the platform, and their checker."""

import os

from console import ROOT, Steps, say
import bootstrap
import cmake
import debian
import suites
import venv

_PROGRAM = ROOT / "tests" / "chaos" / "chaos.py"


def add_arguments(parser):
    parser.add_argument("rest", nargs="...", metavar="WORDS", help="""\
--histories N    random histories (12 unless said), with the seeds SEED, SEED+1, ...
--seed SEED      of the first; any unless said. The run prints it: --histories 1 --seed SEED plays one again
--cells          reaches every cell of the table fault x role, and prints it
--cell NAME      reaches one, for instance 'kill -9/gateway'
--keep           keeps every history in build/results, not only those that failed
--table          prints the table and its testpoints, runs nothing""")


def main(arguments):
    steps = Steps(3)
    bootstrap.install_packages(steps, debian.RUN + debian.DEVELOP)
    bootstrap.install_venv(steps)
    with steps.step("building flux (clang-16, address + undefined sanitizers, testpoints)") as step:
        cmake.build("asan", ["flux"], step)
    say("")
    suites.clean_up_environment()
    env = suites.environment(suites.Suite("chaos", ROOT, "python", set()))
    os.execve(venv.python(), [str(venv.python()), str(_PROGRAM), *arguments.rest], env)
