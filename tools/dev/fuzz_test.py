"""How a fuzz target has to end."""

import unittest

import fuzz


class EndingTest(unittest.TestCase):
    def test_a_target_ends_without_a_finding(self):
        self.assertTrue(fuzz._as_it_should("url_fuzz", 0))
        self.assertFalse(fuzz._as_it_should("url_fuzz", 77))

    def test_the_canary_ends_with_one(self):
        self.assertTrue(fuzz._as_it_should("canary_fuzz", 77))
        self.assertFalse(fuzz._as_it_should("canary_fuzz", 0))

    def test_nothing_may_hang(self):
        self.assertFalse(fuzz._as_it_should("url_fuzz", None))
        self.assertFalse(fuzz._as_it_should("canary_fuzz", None))

    def test_seconds_and_names_in_any_order(self):
        known = fuzz.targets()
        self.assertEqual(fuzz._understand(["url", "5"], known), (5, ["url_fuzz"]))
        self.assertEqual(fuzz._understand([], known)[1], known)


if __name__ == "__main__":
    unittest.main()
