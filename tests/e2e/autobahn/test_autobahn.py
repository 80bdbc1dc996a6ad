"""Framing, pings, reserved bits, opcodes, fragmentation, UTF-8, closing, large messages: ECH-05, RSN-05"""

import unittest

from autobahn import AutobahnTest, acceptable


class Verdicts(unittest.TestCase):
    def test_only_what_is_listed_may_be_less_than_ok(self):
        def verdict(case, behavior, close, passed=True):
            return {"case": case, "behavior": behavior, "close": close, "passed": passed}
        self.assertTrue(acceptable(verdict("1.1.1", "OK", "OK")))
        self.assertTrue(acceptable(verdict("7.1.6", "INFORMATIONAL", "INFORMATIONAL")))
        self.assertTrue(acceptable(verdict("7.1.6", "OK", "OK")))
        for case, behavior, close, passed in [("1.1.1", "NON-STRICT", "OK", True), ("1.1.1", "OK", "INFORMATIONAL", True),
                                              ("13.1.1", "UNIMPLEMENTED", "OK", True), ("7.1.6", "NON-STRICT", "OK", True),
                                              ("1.1.1", "OK", "OK", False)]:
            self.assertFalse(acceptable(verdict(case, behavior, close, passed)), (case, behavior, close, passed))


class Autobahn(AutobahnTest):
    def test_framing(self):
        self.run_group(1, 16)

    def test_pings_and_pongs(self):
        self.run_group(2, 11)

    def test_reserved_bits(self):
        self.run_group(3, 7)

    def test_opcodes(self):
        self.run_group(4, 10)

    def test_fragmentation(self):
        self.run_group(5, 20)

    def test_utf8(self):
        self.run_group(6, 145)

    def test_closing(self):
        self.run_group(7, 37)

    def test_large_messages(self):
        self.run_group(9, 54)

    def test_miscellaneous(self):
        self.run_group(10, 1)


if __name__ == "__main__":
    unittest.main()
