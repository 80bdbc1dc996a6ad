"""./dev pictures: photographs the pages with a headless browser, into docs/pictures."""

import json

from console import BUILD, Failed, Steps, say, tail, run
import bootstrap
import cmake
import debian
import node


def add_arguments(parser):
    parser.add_argument("rest", nargs="...", help="arguments of the page's picture script")


def main(arguments):
    package = node.DASHBOARD / "package.json"
    if not package.is_file() or "pictures" not in json.loads(package.read_text()).get("scripts", {}):
        raise Failed("dashboard/package.json has no script called pictures")
    steps = Steps(5)
    bootstrap.install_packages(steps, debian.RUN + debian.DEVELOP)
    bootstrap.install_node(steps)
    with steps.step("page") as step:
        step.done("built" if node.build_page(step) else "up to date")
    with steps.step("building flux (g++, release)") as step:
        cmake.build("release", ["flux"], step)
    env = node.environment()
    env.update({"FLUX_BIN": str(cmake.require_flux("release")),
                "FLUX_STATIC_DIR": str(node.STATIC_DIR), "CHROMIUM": "/usr/bin/chromium"})
    with steps.step("taking pictures") as step:
        run(["npm", "run", "pictures", "--", *arguments.rest], "pictures", step=step, env=env, cwd=node.DASHBOARD)
    say(tail(BUILD / "logs" / "pictures.log", 15))
    return 0
