"""./dev build: builds one preset."""

from console import Steps, relative, say
import cmake


def add_arguments(parser):
    presets = cmake.presets()
    parser.add_argument("preset", nargs="?", default="dev", choices=list(presets), metavar="PRESET",
                        help="\n".join([*(f"{name:9} {text}" for name, text in presets.items()), "(default: dev)"]))
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="what to build (default: everything)")


def main(arguments):
    with Steps(1).step(f"building {arguments.preset}") as step:
        cmake.build(arguments.preset, arguments.targets, step)
    say(f"built in {relative(cmake.directory(arguments.preset))}")
    return 0
