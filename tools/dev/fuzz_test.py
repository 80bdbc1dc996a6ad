"""How a fuzz target has to end, and with which inputs it is run."""

import argparse
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import cmake
import console
import fuzz
import parser_coverage


class EndingTest(unittest.TestCase):
    def test_a_target_ends_without_a_finding(self):
        self.assertTrue(fuzz._as_it_should("url_fuzz", 0, []))
        self.assertFalse(fuzz._as_it_should("url_fuzz", 77, ["crash-1"]))

    def test_the_canary_ends_with_one(self):
        self.assertTrue(fuzz._as_it_should("canary_fuzz", 77, ["crash-1"]))
        self.assertFalse(fuzz._as_it_should("canary_fuzz", 0, []))

    def test_a_canary_that_cannot_run_has_found_nothing(self):
        for status in (1, 127, -11):
            self.assertFalse(fuzz._as_it_should("canary_fuzz", status, []))

    def test_nothing_may_hang(self):
        self.assertFalse(fuzz._as_it_should("url_fuzz", None, []))
        self.assertFalse(fuzz._as_it_should("canary_fuzz", None, ["crash-1"]))


class RunTest(unittest.TestCase):
    """With programs that stand in for the targets."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = Path(folder.name)
        for owner, name in ((fuzz, "BUILD"), (cmake, "BUILD"), (console, "LOGS")):
            patch = mock.patch.object(owner, name, self.build)
            patch.start()
            self.addCleanup(patch.stop)

    def wrong(self, target, script):
        program = self.build / "fuzz" / "fuzz" / target
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return fuzz._run_targets([target], 1, mock.Mock())

    def test_an_old_finding_of_the_canary_does_not_count(self):
        findings = self.build / "fuzz-findings" / "canary"
        findings.mkdir(parents=True)
        (findings / "crash-old").touch()
        self.assertEqual(self.wrong("canary_fuzz", "exit 77"), ["canary_fuzz"])

    def test_a_finding_of_this_run_does(self):
        self.assertEqual(self.wrong("canary_fuzz", f"touch {self.build}/fuzz-findings/canary/crash-new; exit 77"), [])

    def test_without_the_canary_nothing_passes(self):
        with mock.patch.object(fuzz, "targets", lambda: ["url_fuzz"]):
            outcome = fuzz.smoke(1, mock.Mock())
            with self.assertRaises(console.Failed):
                fuzz.main(argparse.Namespace(words=[]))
        self.assertEqual((outcome.passed, outcome.failed), (0, 1))
        self.assertIn("canary_fuzz.cc is missing", outcome.broken)

    def test_seeds_that_end_in_a_finding_reach_nothing(self):
        program = self.build / "fuzz" / "fuzz" / "url_fuzz"
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\necho > $LLVM_PROFILE_FILE; exit 77\n")
        program.chmod(0o755)
        with mock.patch.object(parser_coverage, "_FOLDER", self.build / "coverage"):
            outcome = fuzz._seeds_reach([parser_coverage.Row("src/a.cc", ("url_fuzz",))], mock.Mock())
        self.assertEqual(outcome.failures, ["src/a.cc (0.0% of its lines; url_fuzz left no profile)"])

    def test_the_seeds_run_without_what_earlier_runs_found(self):
        with mock.patch.object(parser_coverage, "_FOLDER", self.build / "coverage"):
            job = fuzz._seeds_job("url_fuzz", "/nothing")
        folders = [word for word in map(str, job.command[1:]) if not word.startswith("-")]
        self.assertEqual(folders, ["/nothing", *map(str, fuzz._seeds("url_fuzz"))])
        self.assertIn("-runs=0", job.command)


class WordsTest(unittest.TestCase):
    def test_seconds_and_names_in_any_order(self):
        known = fuzz.targets()
        self.assertEqual(fuzz._understand(["url", "5"], known), (5, ["url_fuzz"]))
        self.assertEqual(fuzz._understand([], known)[1], known)


if __name__ == "__main__":
    unittest.main()
