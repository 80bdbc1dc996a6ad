"""./dev bootstrap: everything this machine needs, installed once and quick to repeat."""

import os
import subprocess

from console import ROOT, Steps, say
import debian
import node
import venv


def add_arguments(parser):
    parser.add_argument("--no-hook", action="store_true", help="do not install the git hook")


def main(arguments):
    steps = Steps(4)
    install_packages(steps, debian.RUN + debian.DEVELOP)
    install_node(steps)
    install_venv(steps)
    with steps.step("git hook") as step:
        step.done("left alone (--no-hook)" if arguments.no_hook else _install_hook())
    say("ready: ./dev up runs Flux, ./dev test tests it")
    return 0


def install_packages(steps, packages):
    with steps.step(f"Debian packages ({len(packages)} by name)") as step:
        absent = debian.missing(packages)
        if absent:
            debian.install(absent, step)
        step.done(f"installed {' '.join(absent)}" if absent else "all there")


def install_node(steps):
    with steps.step(f"Node {node.NODE_VERSION}") as step:
        if node.ready():
            step.done("there")
        else:
            node.install(step)
            step.done("installed in build/tools/node22")


def install_venv(steps):
    with steps.step("Python packages of the tests") as step:
        if venv.ready():
            step.done("there")
        else:
            venv.install(step)
            step.done("installed in build/tools/venv")


def _install_hook():
    if os.environ.get("CI") or not (ROOT / ".git").exists():
        return "not wanted here"
    current = subprocess.run(
        ["git", "-C", str(ROOT), "config", "--get", "core.hooksPath"], stdout=subprocess.PIPE, text=True,
        check=False).stdout.strip()
    if current == ".githooks":
        return "there"
    if current:
        return f"left alone: core.hooksPath is {current} already"
    subprocess.run(["git", "-C", str(ROOT), "config", "core.hooksPath", ".githooks"], check=True)
    return "installed (.githooks: format and lint before a commit; git config --unset core.hooksPath removes it)"
