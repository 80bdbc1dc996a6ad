"""Maven: when it may ask the network, and what a run without a test is."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

import maven
import results
import stamp


class MavenTest(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        root = Path(place.name)
        self.folder = root / "tests" / "sample"
        self.folder.mkdir(parents=True)
        (self.folder / "pom.xml").write_text("<project/>")
        for module, name, value in ((maven, "ROOT", root), (maven, "BUILD", root / "build"),
                                    (maven, "_REPOSITORY", root / "repository"), (stamp, "_STAMPS", root / "stamps")):
            patch = mock.patch.object(module, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def is_offline(self):
        return "--offline" in maven.command(self.folder, Path("results"))

    def run_once(self, **found):
        """As a run that wrote `found`; the Results as they are in the end."""
        maven._REPOSITORY.mkdir(exist_ok=True)
        outcome = results.Results("sample", **found)
        maven.conclude(self.folder, outcome)
        return outcome

    def test_the_network_is_asked_until_tests_have_run(self):
        self.assertFalse(self.is_offline())
        self.run_once()
        self.assertFalse(self.is_offline())
        self.run_once(passed=1)
        self.assertTrue(self.is_offline())

    def test_failed_tests_were_fetched_too(self):
        self.run_once(failures=["a"])
        self.assertTrue(self.is_offline())

    def test_it_is_asked_again_for_another_pom_or_an_empty_repository(self):
        self.run_once(passed=1)
        maven._REPOSITORY.rmdir()
        self.assertFalse(self.is_offline())
        self.run_once(passed=1)
        (self.folder / "pom.xml").write_text("<project><!-- newer --></project>")
        self.assertFalse(self.is_offline())

    def test_it_is_asked_again_after_a_run_without_a_test(self):
        self.run_once(passed=1)
        self.run_once(broken="it wrote no results")
        self.assertFalse(self.is_offline())

    def test_a_run_without_a_test_says_what_may_be_wrong(self):
        self.assertIn("compiler", self.run_once(broken="it wrote no results").broken)
        self.assertEqual(self.run_once(passed=1).broken, "")

    def test_classes_of_an_earlier_run_are_gone(self):
        old = maven.BUILD / "maven" / "sample" / "test-classes" / "GoneTest.class"
        old.parent.mkdir(parents=True)
        old.write_text("")
        maven.command(self.folder, Path("results"))
        self.assertFalse(old.exists())


if __name__ == "__main__":
    unittest.main()
