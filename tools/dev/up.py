"""./dev up: sets up, builds and runs Flux in the foreground."""

import os
import sys

from console import Steps
import bootstrap
import cmake
import debian
import node
import services


def add_arguments(parser):
    parser.add_argument("rest", nargs="...", metavar="FLAGS", help="flags of `flux up`, for instance --live or --http.port=8080 (docs/settings.md lists them);\n--kafka alone starts a Kafka first, which stays until ./dev services down")


def _with_brokers(flag):
    """`--kafka` alone means the Kafka that ./dev starts."""
    return f"--kafka={services.up(Steps(3))}" if flag == "--kafka" else flag


def main(arguments):
    steps = Steps(4)
    bootstrap.install_packages(steps, debian.RUN)
    bootstrap.install_node(steps)
    with steps.step("building the page (npm)") as step:
        step.done("built" if node.build_page(step) else "up to date")
    with steps.step("building flux (g++, release)") as step:
        cmake.build("release", ["flux"], step)
    flags = [_with_brokers(flag) for flag in arguments.rest]
    flux = str(cmake.require_flux("release"))
    sys.stdout.flush()
    # Flux takes this process's place, so Ctrl-C and a signal to ./dev reach it directly.
    os.execv(flux, [flux, "up", f"--http.static_dir={node.STATIC_DIR}", *flags])
