"""The test suites beside ctest's: folders of tests/e2e, tests/layering, tests/chaos and the page.

A folder of tests/e2e is a suite. Files called *.test.mjs, *.test.js or *.test.ts run under `node --test` (Node 22),
files called test_*.py or *_test.py under unittest in the venv, files called *Test.java beside a pom.xml under Maven
(maven.py); a folder may hold several kinds. A package.json with its lock file is installed first, and so is every
tests/**/requirements.txt. An optional suite.json says what differs:

    {"labels": ["e2e"],        more labels than the folder's name ("e2e" always is one)
     "slow": true,             only in `./dev test full` and by name
     "preset": "release",      the build whose flux is FLUX_BIN ("asan" unless said)
     "again": "asan",          `./dev test full` (or the name NAME-asan) runs it once more with that build
    "kafka": true,            it is run once more, as NAME-kafka, with a Kafka that runs: TEST_KAFKA_BROKERS
    "valkey": true,           it is run once more, as NAME-valkey, with a Valkey that runs: TEST_VALKEY_ADDRESS;
                              with "kafka" too it is one more run, NAME-kafka, that meets both
     "targets": ["tool"],      programs of that preset it needs beside flux
     "timeout_seconds": 600,   for the whole suite; who may take longest begins first
    "alone": true,            no other suite runs meanwhile: it measures, or needs the usual ports
     "env": {"NAME": "value"}}

Every suite finds in its environment: FLUX_BIN, FLUX_ROOT (this checkout), FLUX_STATIC_DIR (the built page),
FLUX_VENV_PYTHON, BUILD_DIR (the preset's folder, for the other programs it builds), CHROMIUM and NODE. Flux itself knows
that the four with its prefix are not settings (src/app/configuration.cc). The second run of a suite with "again" also finds
FLUX_SANITIZED=1: what it says of memory holds for the first build only. It must not hand that on to Flux.
"""

import contextlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from console import ROOT, Failed, run
import cmake
import maven
import node
import results
import venv

sys.path.insert(0, str(ROOT / "tools" / "engines"))
from kafka import Kafka  # noqa: E402
from kafka_jars import JarsMissing  # noqa: E402
from valkey import Valkey  # noqa: E402

_E2E = ROOT / "tests" / "e2e"
_NODE_FILES = ("*.test.mjs", "*.test.js", "*.test.ts")
_PYTHON_FILES = ("test_*.py", "*_test.py")
_JAVA_FILES = ("*Test.java",)
_TIMEOUT_SECONDS = 600
_CHROMIUM = "/usr/bin/chromium"
_PAGE_E2E = "vitest.e2e.config.ts"
_KEYS = {"labels", "slow", "preset", "again", "kafka", "valkey", "targets", "timeout_seconds", "alone", "env"}


@dataclass
class Suite:
    name: str
    folder: Path
    runner: str  # "node", "python", "maven" or "vitest"
    labels: set
    files: list = field(default_factory=list)
    needs_flux: bool = True
    slow: bool = False
    preset: str = "asan"
    kafka: bool = False
    valkey: bool = False
    targets: list = field(default_factory=list)
    timeout_seconds: int = _TIMEOUT_SECONDS
    alone: bool = False
    env: dict = field(default_factory=dict)


def discover():
    """Every suite of this checkout."""
    found = [Suite("layering", ROOT / "tests" / "layering", "python", {"layering"},
                   _files(ROOT / "tests" / "layering", _PYTHON_FILES), needs_flux=False),
             Suite("dev", ROOT / "tools" / "dev", "python", {"dev"}, _files(ROOT / "tools" / "dev", ("*_test.py",)),
                   needs_flux=False),
             Suite("chaos", ROOT / "tests" / "chaos", "python", {"chaos"}, _files(ROOT / "tests" / "chaos", ("*_test.py",)),
                   needs_flux=False)]
    if _E2E.is_dir():
        for folder in sorted(path for path in _E2E.iterdir() if path.is_dir()):
            found += _suites_of(folder)
    if (node.DASHBOARD / "package.json").is_file():
        found.append(Suite("dashboard", node.DASHBOARD, "vitest", {"web", "dashboard"}, ["vite.config.ts"],
                           needs_flux=False))
        # In a browser, with a real Flux behind the page; what is measured there is the page, so Flux is the one people run.
        if (node.DASHBOARD / _PAGE_E2E).is_file():
            found.append(Suite("dashboard-e2e", node.DASHBOARD, "vitest", {"web", "e2e"}, [_PAGE_E2E], preset="release",
                               timeout_seconds=900))
    return [suite for suite in found if suite.files]


def _files(folder, patterns):
    return sorted({file for pattern in patterns for file in folder.glob(f"**/{pattern}")
                   if "node_modules" not in file.parts})


def _suites_of(folder):
    settings = _settings_of(folder)
    by_runner = {"node": _files(folder, _NODE_FILES), "python": _files(folder, _PYTHON_FILES),
                 "maven": _files(folder, _JAVA_FILES)}
    several = sum(1 for files in by_runner.values() if files) > 1
    found = []
    for runner, files in by_runner.items():
        if files:
            found.append(Suite(
                f"{folder.name}-{runner}" if several else folder.name, folder, runner,
                {"e2e", folder.name, *settings.get("labels", [])}, files,
                slow=settings.get("slow", False), preset=settings.get("preset", "asan"),
                targets=settings.get("targets", []), alone=settings.get("alone", False),
                timeout_seconds=settings.get("timeout_seconds", _TIMEOUT_SECONDS), env=settings.get("env", {})))
    engines = [name for name in ("kafka", "valkey") if settings.get(name, False)]
    if engines:
        found += [_with_engines(suite, engines) for suite in found]
    if "again" in settings:
        found += [_again(suite, settings["again"]) for suite in found]
    return found


def _with_engines(suite, engines):
    """The same suite with servers that Flux meets in production."""
    return replace(suite, name=f"{suite.name}-{engines[0]}", labels=suite.labels | set(engines),
                   **{engine: True for engine in engines})


def _settings_of(folder):
    file = folder / "suite.json"
    settings = json.loads(file.read_text()) if file.is_file() else {}
    unknown = set(settings) - _KEYS
    if unknown:
        raise Failed(f"tests/e2e/{folder.name}/suite.json has unknown keys: {', '.join(sorted(unknown))}")
    again = settings.get("again")
    if again is not None and again not in set(cmake.presets()) - {settings.get("preset", "asan")}:
        raise Failed(f"tests/e2e/{folder.name}/suite.json: \"again\" must name another preset, not {again!r}")
    return settings


def _again(suite, preset):
    """The same suite with another build: in `full`, and by its own name."""
    return replace(suite, name=f"{suite.name}-{preset}", preset=preset, slow=True,
                   env={**suite.env, "FLUX_SANITIZED": "1"})


def environment(suite):
    env = node.environment(venv.environment())
    env.update({
        "FLUX_ROOT": str(ROOT),
        "BUILD_DIR": str(cmake.directory(suite.preset)),
        "FLUX_STATIC_DIR": str(node.STATIC_DIR),
        "FLUX_VENV_PYTHON": str(venv.python()),
        "CHROMIUM": _CHROMIUM,
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-16",
    })
    if suite.needs_flux:
        env["FLUX_BIN"] = str(cmake.flux(suite.preset))
    if suite.runner == "maven":
        env["JAVA_HOME"] = str(maven.java_home())
    env.update(suite.env)
    return env


def run_suite(suite, step):
    """Runs one suite; returns its Results."""
    outcome = results.Results(suite.name)
    place = results.junit_folder(suite.name) if suite.runner == "maven" else results.junit_file(suite.name)
    log = f"test-{suite.name}"
    try:
        if (suite.folder / "package.json").is_file():
            node.install_folder(suite.folder, step)
        if suite.needs_flux:
            cmake.require_flux(suite.preset)
        with _engines(suite) as addresses:
            status = run(_command(suite, place), log, step=step, env={**environment(suite), **addresses},
                         cwd=suite.folder, check=False, timeout=suite.timeout_seconds)
    except Failed as error:
        outcome.broken = str(error)
        outcome.log = error.log
        return outcome
    outcome.log = ROOT / "build" / "logs" / f"{log}.log"
    results.read_junit(outcome, place)
    if suite.runner == "maven":
        maven.conclude(suite.folder, outcome)
    return results.judge(outcome, status)


@contextlib.contextmanager
def _engines(suite):
    """Runs what the suite is to meet; gives the variables that say where."""
    addresses = {}
    with contextlib.ExitStack() as running:
        try:
            if suite.kafka:
                addresses["TEST_KAFKA_BROKERS"] = _start(Kafka, "kafka", running).brokers
            if suite.valkey:
                addresses["TEST_VALKEY_ADDRESS"] = _start(Valkey, "valkey", running).address
        except (RuntimeError, JarsMissing) as error:
            raise Failed(str(error)) from error
        yield addresses


def _start(engine, name, running):
    folder = running.enter_context(tempfile.TemporaryDirectory(prefix=f"flux-{name}-"))
    started = engine(Path(folder) / name)
    running.callback(started.down)
    started.up()
    return started


def _command(suite, place):
    if suite.runner == "node":
        return [node.binary(), "--test", "--test-reporter=spec", "--test-reporter-destination=stdout",
                "--test-reporter=junit", f"--test-reporter-destination={place}", *suite.files]
    if suite.runner == "maven":
        return maven.command(suite.folder, place)
    if suite.runner == "vitest":
        return ["npx", "vitest", "run", "--config", suite.files[0], "--reporter=default", "--reporter=junit",
                f"--outputFile.junit={place}"]
    return [venv.python(), ROOT / "tools" / "dev" / "unittest_junit.py", place, *suite.files]


def clean_up_environment():
    """Settings of the caller's shell must not reach Flux under test."""
    for name in [name for name in os.environ if name.startswith("FLUX_")]:
        del os.environ[name]
