"""Counting: what passed, what did not, and what was never run."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import results

HERE = Path(__file__).resolve().parent


def read(text, status=0):
    """The Results of a JUnit text."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "r.xml"
        if text is not None:
            file.write_text(text)
        outcome = results.Results("suite")
        results.read_junit(outcome, file)
        return results.judge(outcome, status)


class ResultsTest(unittest.TestCase):
    def test_reads_ctest(self):
        outcome = read("""<testsuite tests="4">
            <testcase name="a.Good" classname="a.Good" status="run"/>
            <testcase name="a.Bad" classname="a.Bad" status="fail"><failure message=""/></testcase>
            <testcase name="a.Skipped" classname="a.Skipped" status="notrun"><skipped message="x"/></testcase>
            <testcase name="a.Off" classname="a.Off" status="disabled"/></testsuite>""", status=8)
        self.assertEqual(outcome.passed, 1)
        self.assertEqual(outcome.failures, ["a.Bad"])
        self.assertEqual(outcome.skipped, ["a.Skipped", "a.Off"])
        self.assertEqual(outcome.failed, 3)

    def test_reads_nested_suites_as_node_writes_them(self):
        outcome = read("""<testsuites><testsuite name="polling">
            <testcase name="opens" classname="test"/>
            <testsuite name="inner"><testcase name="x" classname="test"><failure type="f"/></testcase></testsuite>
            </testsuite><testcase name="later" classname="test"><skipped type="todo"/></testcase></testsuites>""", 1)
        self.assertEqual((outcome.passed, outcome.failures, outcome.skipped), (1, ["x"], ["later"]))

    def test_reads_a_folder_of_files_as_surefire_writes_them(self):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            (place / "TEST-ATest.xml").write_text("""<testsuite name="ATest" tests="3" errors="1" skipped="1" failures="0">
                <properties><property name="java.version" value="17"/></properties>
                <testcase name="good (Way) polling only" classname="ATest" time="0.1"/>
                <testcase name="off" classname="ATest" time="0"><skipped message="not today"/></testcase>
                <testcase name="bad" classname="ATest" time="0.2"><error type="java.io.IOException">no</error>
                <system-out><![CDATA[x]]></system-out></testcase></testsuite>""")
            (place / "TEST-BTest.xml").write_text("""<testsuite name="BTest" tests="1" errors="0" skipped="0" failures="1">
                <testcase name="wrong" classname="BTest" time="0.1"><failure message="1" type="E">no</failure></testcase>
                </testsuite>""")
            (place / "ATest.txt").write_text("Tests run: 3")
            outcome = results.Results("suite")
            results.read_junit(outcome, place)
        self.assertEqual((outcome.passed, outcome.failures, outcome.skipped, outcome.failed),
                         (1, ["ATest: bad", "BTest: wrong"], ["ATest: off"], 3))

    def test_a_class_whose_file_was_cut_off_has_failed(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "TEST-A.xml").write_text('<testsuite><testcase name="cut')
            (Path(folder) / "TEST-B.xml").write_text('<testsuite><testcase name="good" classname="B"/></testsuite>')
            outcome = results.Results("suite")
            results.read_junit(outcome, Path(folder))
        self.assertEqual((outcome.passed, outcome.failed), (1, 1))

    def test_an_empty_folder_has_failed(self):
        with tempfile.TemporaryDirectory() as folder:
            outcome = results.Results("suite")
            results.read_junit(outcome, Path(folder))
            self.assertEqual(results.judge(outcome, 0).failed, 1)

    def test_a_suite_without_tests_has_failed(self):
        self.assertEqual(read("<testsuites/>").failed, 1)

    def test_a_suite_without_results_has_failed(self):
        self.assertEqual(read(None).failed, 1)
        self.assertEqual(read("<testsuites><test").failed, 1)

    def test_a_bad_ending_counts_even_when_every_test_passed(self):
        good = '<testsuites><testcase name="a" classname="test"/></testsuites>'
        self.assertEqual(read(good, 0).failed, 0)
        self.assertEqual(read(good, 1).failed, 1)


class UnittestRunnerTest(unittest.TestCase):
    SUITE = """
import unittest
class Sample(unittest.TestCase):
    def test_good(self): pass
    def test_bad(self): self.fail("on purpose")
    def test_skipped(self): self.skip""" + """Test("not here")
    def test_parts(self):
        for part in range(3):
            with self.subTest(part):
                self.assertNotEqual(part, 1)
"""

    def run_suite(self, text):
        with tempfile.TemporaryDirectory() as folder:
            source, file = Path(folder) / "sample_test.py", Path(folder) / "r.xml"
            source.write_text(text)
            status = subprocess.run([sys.executable, HERE / "unittest_junit.py", file, source],
                                    stderr=subprocess.DEVNULL, check=False).returncode
            outcome = results.Results("suite")
            results.read_junit(outcome, file)
            return results.judge(outcome, status)

    def test_counts_every_kind(self):
        outcome = self.run_suite(self.SUITE)
        self.assertEqual(outcome.passed, 1)
        self.assertEqual(sorted(name.rsplit(".", 1)[-1] for name in outcome.failures), ["test_bad", "test_parts"])
        self.assertEqual(len(outcome.skipped), 1)

    def test_a_file_that_does_not_load_has_failed(self):
        self.assertEqual(self.run_suite("import nothing_of_that_name\n").failed, 1)


if __name__ == "__main__":
    unittest.main()
