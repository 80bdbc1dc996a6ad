"""The commands of ./dev."""

import argparse
import sys

import bench
import bootstrap
import build
import chaos
import coverage
import docs
import fmt
import fuzz
import lint
import pictures
import services
import testing
import up
from console import Failed, relative, say, tail

_COMMANDS = {
    "up": (up, "set up, build and run Flux; Ctrl-C ends it"),
    "test": (testing, "run the tests: ./dev test [full | LABEL...]"),
    "bootstrap": (bootstrap, "install what this machine needs (up and test do it by themselves)"),
    "build": (build, "build one preset: ./dev build [PRESET [TARGET...]]"),
    "lint": (lint, "check format, house rules and clang-tidy"),
    "fmt": (fmt, "format the C++ files"),
    "docs": (docs, "write the documents that are made from the code"),
    "coverage": (coverage, "show per folder what the tests reach"),
    "bench": (bench, "measure: ./dev bench NAME"),
    "chaos": (chaos, "break the platform on purpose and check that nothing is lost: ./dev chaos --histories N"),
    "fuzz": (fuzz, "run the fuzz targets: ./dev fuzz [SECONDS] [TARGET...]"),
    "services": (services, "start or stop Kafka and Valkey for Flux to meet: ./dev services up|down"),
    "pictures": (pictures, "photograph the pages"),
}


def _description(module):
    """What a module's docstring says behind the command's name, as a sentence."""
    text = module.__doc__.split(": ", 1)[-1].strip()
    return text[0].upper() + text[1:]


def _help(kind=argparse.HelpFormatter):
    return lambda prog: kind(prog, max_help_position=24, width=110)


def _parser():
    parser = argparse.ArgumentParser(
        prog="./dev", description="The one tool of Flux.", formatter_class=_help(),
        epilog="./dev COMMAND --help says more. Everything built or downloaded goes to build/, logs to build/logs.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND WORDS")
    for name, (module, help_text) in _COMMANDS.items():
        sub = commands.add_parser(name, help=help_text, description=_description(module),
                                  formatter_class=_help(argparse.RawTextHelpFormatter))
        module.add_arguments(sub)
    return parser


def main():
    # `./dev up --http.port=1` means the flag for flux, not for this parser.
    words = sys.argv[1:]
    passed_on = []
    if words[:1] and words[0] in ("up", "bench", "chaos", "pictures") and words[1:2] not in (["--help"], ["-h"]):
        keep = 2 if words[0] == "bench" else 1
        words, passed_on = words[:keep], words[keep:]
    parser = _parser()
    arguments = parser.parse_args(words)
    if arguments.command is None:
        parser.print_help()
        return 2
    if passed_on:
        arguments.rest = passed_on
    try:
        return _COMMANDS[arguments.command][0].main(arguments)
    except Failed as error:
        if error.log:
            say(f"\nthe end of {relative(error.log)}:\n{tail(error.log)}")
        print(f"./dev {arguments.command}: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print(f"\n./dev {arguments.command}: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
