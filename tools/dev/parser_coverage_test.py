"""Which lines of the parsers were reached: reading llvm-cov's text, and what counts as too few."""

import unittest

import parser_coverage
import results
from console import ROOT, Failed
from parser_coverage import Reached, Row

# As llvm-cov-16 writes it: a template's functions may share lines.
LCOV = """\
SF:./src/net/http_text.cc
FN:6,_ZN4flux3net8HexValueEc
FNDA:4,_ZN4flux3net8HexValueEc
FNF:1
FNH:1
DA:6,4
DA:7,4
DA:8,0
DA:9,0
DA:11,0
BRDA:7,0,0,4
LF:5
LH:2
end_of_record
SF:./src/net/http_text.h
DA:12,900000000000
LF:1
LH:1
end_of_record
"""


def judged(*everything):
    return parser_coverage.judge(results.Results("parsers' coverage"), everything)


class LcovTest(unittest.TestCase):
    def test_reads_lines_and_what_was_missed(self):
        files = parser_coverage.read_lcov(LCOV)
        self.assertEqual(files, {
            "src/net/http_text.cc": Reached("src/net/http_text.cc", 5, [8, 9, 11]),
            "src/net/http_text.h": Reached("src/net/http_text.h", 1, [])})
        self.assertEqual(files["src/net/http_text.cc"].percent, 40)

    def test_whole_paths_are_the_same_files(self):
        files = parser_coverage.read_lcov(LCOV.replace("SF:.", f"SF:{ROOT}"))
        self.assertIn("src/net/http_text.cc", files)


class JudgementTest(unittest.TestCase):
    def test_94_percent_fails_and_names_the_lines(self):
        outcome = judged(Reached("src/a.cc", 100, [3, 4, 5, 9, 11, 12]))
        self.assertEqual((outcome.passed, outcome.failed), (0, 1))
        self.assertEqual(outcome.failures, ["src/a.cc (94.0% of its lines; not reached: 3-5, 9, 11-12)"])
        self.assertIn("src/a.cc    100       94    94.0%  below 95%: not reached: 3-5, 9, 11-12", outcome.report)

    def test_95_percent_passes(self):
        outcome = judged(Reached("src/a.cc", 100, [1, 2, 3, 4, 5]))
        self.assertEqual((outcome.passed, outcome.failed), (1, 0))
        self.assertEqual(outcome.report.splitlines()[-1],
                         "parsers' line coverage by the seeds of fuzzing: 95.0% of 100 lines in 1 files, 0 below 95%")

    def test_one_good_file_does_not_make_up_for_a_bad_one(self):
        outcome = judged(Reached("src/a.cc", 1000, []), Reached("src/b.cc", 10, [1]))
        self.assertEqual((outcome.passed, outcome.failed), (1, 1))

    def test_a_file_of_which_nothing_is_known_fails(self):
        self.assertEqual(judged(Reached("src/a.cc", wrong="a_fuzz left no profile")).failed, 1)
        self.assertEqual(judged(Reached("src/a.cc")).failed, 1)

    def test_a_target_that_did_not_run_leaves_no_profile(self):
        outcome = parser_coverage.measure([Row("src/a.cc", ("no_such_fuzz",))], step=None)
        self.assertEqual(outcome.failures, ["src/a.cc (0.0% of its lines; no_such_fuzz left no profile)"])


class TableTest(unittest.TestCase):
    def test_reads_files_and_targets(self):
        rows = parser_coverage.read_table("# remark\n\nnet/a.cc  http url # why\nnet/b.h url\n")
        self.assertEqual(rows, [Row("src/net/a.cc", ("http_fuzz", "url_fuzz")), Row("src/net/b.h", ("url_fuzz",))])
        with self.assertRaises(Failed):
            parser_coverage.read_table("net/a.cc\n")

    def test_only_rows_whose_targets_all_ran_can_be_judged(self):
        rows = [Row("a", ("x_fuzz", "y_fuzz")), Row("b", ("x_fuzz",))]
        self.assertEqual(parser_coverage.rows_of(rows, ["x_fuzz", "z_fuzz"]), [rows[1]])

    def test_every_file_and_target_is_there(self):
        for row in parser_coverage.read_table():
            self.assertTrue((ROOT / row.file).is_file(), row.file)
            for target in row.targets:
                self.assertTrue((ROOT / "fuzz" / f"{target}.cc").is_file(), f"{row.file} names {target}")


if __name__ == "__main__":
    unittest.main()
