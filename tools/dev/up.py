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
    parser.add_argument("rest", nargs="...", metavar="FLAGS", help="flags of `flux up`, for instance --live or --http.port=8080 (docs/settings.md lists them);\n--kafka and --valkey alone start a Kafka and a Valkey first, which stay until ./dev services down")


def _with_address(flags):
    """`--kafka` and `--valkey` alone mean those that ./dev starts."""
    for flag, following in zip(flags, [*flags[1:], "--"]):
        alone = following.startswith("--")
        if flag == "--kafka" and alone:
            flag = f"--kafka={services.kafka_up(Steps(3))}"
        if flag == "--valkey" and alone:
            flag = f"--valkey={services.valkey_up(Steps(2))}"
        yield flag


def main(arguments):
    steps = Steps(4)
    bootstrap.install_packages(steps, debian.RUN)
    bootstrap.install_node(steps)
    with steps.step("building the page (npm)") as step:
        step.done("built" if node.build_page(step) else "up to date")
    with steps.step("building flux (g++, release)") as step:
        cmake.build("release", ["flux"], step)
    flags = list(_with_address(arguments.rest))
    flux = str(cmake.require_flux("release"))
    sys.stdout.flush()
    # Flux takes this process's place, so Ctrl-C and a signal to ./dev reach it directly.
    os.execv(flux, [flux, "up", f"--http.static_dir={node.STATIC_DIR}", *flags])
