"""Runs the unittest files given and writes a JUnit file: unittest_junit.py RESULT.xml FILE.py..."""

import importlib.util
import sys
import time
import traceback
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path


class JUnitResult(unittest.TextTestResult):
    """Remembers every test with its outcome; a failing sub-test fails its test."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.cases = {}
        self.started = {}

    def startTest(self, test):
        super().startTest(test)
        self.started[test.id()] = time.monotonic()
        self.cases[test.id()] = ["passed", "", 0.0]

    def stopTest(self, test):
        self.cases[test.id()][2] = time.monotonic() - self.started[test.id()]
        super().stopTest(test)

    def _mark(self, test, outcome, text):
        # setUpClass and module failures arrive without startTest.
        case = self.cases.setdefault(test.id(), ["passed", "", 0.0])
        case[0] = outcome
        case[1] += text

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._mark(test, "failure", "".join(traceback.format_exception(*err)))

    def addError(self, test, err):
        super().addError(test, err)
        self._mark(test, "failure", "".join(traceback.format_exception(*err)))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._mark(test, "failure", f"{subtest}: " + "".join(traceback.format_exception(*err)))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._mark(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._mark(test, "skipped", "marked as an expected failure")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._mark(test, "failure", "marked as an expected failure, but passed")

    def write(self, file):
        root = xml.Element("testsuites")
        suite = xml.SubElement(root, "testsuite", name="unittest")
        for name, (outcome, text, seconds) in self.cases.items():
            case = xml.SubElement(suite, "testcase", name=name, time=f"{seconds:.3f}")
            if outcome != "passed":
                xml.SubElement(case, outcome, message=text.strip().splitlines()[-1] if text.strip() else "").text = text
        xml.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def load(path):
    """The tests of one file, whose folder is importable while it runs."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def main(arguments):
    result_file, *files = arguments
    tests = unittest.TestSuite(load(Path(file).resolve()) for file in files)
    result = unittest.TextTestRunner(resultclass=JUnitResult, verbosity=2).run(tests)
    result.write(result_file)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
