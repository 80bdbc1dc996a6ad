"""./dev docs: writes the documents that are made from the code: docs/limits.md, docs/topics.md, docs/socket-events.md,
docs/settings.md and docs/metrics.md."""

import os
import subprocess
import tempfile

from console import ROOT, Failed, Steps, relative, say
import cmake
import contract_doc
import limits_doc
import metrics_doc

_SETTINGS = ROOT / "docs" / "settings.md"


def add_arguments(parser):
    parser.add_argument("--check", action="store_true", help="change nothing, fail if a document is out of date")


def main(arguments):
    # The settings and the metrics are what the program itself says.
    steps = Steps(2)
    with steps.step("building flux (clang-16, debug)") as step:
        cmake.build("dev", ["flux"], step)
    flux = cmake.require_flux("dev")
    with steps.step("asking it"):
        wanted = {limits_doc.PAGE: limits_doc.page(), contract_doc.TOPICS_PAGE: contract_doc.topics_page(),
                  contract_doc.EVENTS_PAGE: contract_doc.events_page(), _SETTINGS: _settings(flux),
                  metrics_doc.PAGE: metrics_doc.page(*metrics_doc.scrape_both(flux))}
    stale = [file for file, content in wanted.items() if not file.is_file() or file.read_text() != content]
    for file in stale:
        if not arguments.check:
            file.write_text(wanted[file])
        say(f"{'out of date' if arguments.check else 'written'}: {relative(file)}")
    if not stale:
        say("every document is up to date")
    return 1 if stale and arguments.check else 0


def _settings(flux):
    env = {name: value for name, value in os.environ.items() if not name.startswith("FLUX_")}
    with tempfile.TemporaryDirectory() as folder:  # no flux.toml there
        printed = subprocess.run([flux, "config", "--explain", "--defaults"], cwd=folder, env=env, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if printed.returncode != 0:
        raise Failed(f"flux config --explain ended with {printed.returncode}: {printed.stderr.strip()}")
    return printed.stdout
