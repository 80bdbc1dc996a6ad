"""What a test run found: counts read from JUnit files, whoever wrote them."""

import shutil
import time
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field

from console import BUILD

RESULTS = BUILD / "results"


@dataclass
class Results:
    """One suite's outcome. A skipped test counts as failed: what is not run is not known."""

    name: str
    passed: int = 0
    failures: list = field(default_factory=list)  # names of failed tests
    skipped: list = field(default_factory=list)
    seconds: float = 0.0
    log: object = None
    broken: str = ""  # why the suite as a whole counts as one more failure
    report: str = ""  # what it has to show beside its counts

    @property
    def failed(self):
        return len(self.failures) + len(self.skipped) + (1 if self.broken else 0)


def timed(work):
    """A work of a step that gives Results, and says in them how long it took and on the step's line what it found."""
    def run(step):
        started = time.monotonic()
        outcome = work(step)
        outcome.seconds = time.monotonic() - started
        step.done(f"{outcome.passed} passed, {outcome.failed} failed")
        return outcome

    return run


def junit_file(name):
    """Where the suite `name` writes its JUnit file; an old one is removed."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = RESULTS / f"{name.replace('/', '-').replace(' ', '-')}.xml"
    file.unlink(missing_ok=True)
    return file


def junit_folder(name):
    """Where the suite `name` writes a JUnit file for each of its classes; an old folder is removed."""
    folder = RESULTS / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def read_junit(results, place):
    """Adds the test cases of a JUnit file (of ctest, node, vitest or our own runner) or of a folder of them (surefire)."""
    for file in sorted(place.glob("TEST-*.xml")) if place.is_dir() else [place]:
        _read_file(results, file)


def _read_file(results, file):
    try:
        tree = xml.parse(file)
    except FileNotFoundError:
        results.broken = "it wrote no results"
        return
    except xml.ParseError as error:
        results.broken = f"its results cannot be read ({error})"
        return
    for case in tree.iter("testcase"):
        name = _name_of(case)
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            results.failures.append(name)
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            results.skipped.append(name)
        else:
            results.passed += 1


def _name_of(case):
    group, name = case.get("classname", ""), case.get("name", "?")
    # ctest repeats the name as class, node says "test" for every one.
    return name if group in ("", name, "test") else f"{group}: {name}"


def judge(results, status):
    """A suite without a test, or one that fails without naming a test, is itself a failure."""
    total = results.passed + len(results.failures) + len(results.skipped)
    if not results.broken and total == 0:
        results.broken = "it ran no test"
    if not results.broken and status != 0 and not results.failures and not results.skipped:
        results.broken = f"it ended with status {status} though every test passed"
    return results
