"""Which lines of the parsers the seeds of the fuzz targets reach: fuzz/parsers.txt says who must reach what."""

import subprocess
from dataclasses import dataclass, field

from console import BUILD, ROOT, Failed, relative, run
import cmake
import results

_TABLE = ROOT / "fuzz" / "parsers.txt"
_FOLDER = BUILD / "fuzz-coverage"
LEAST = 95.0  # percent of a parser's lines


@dataclass
class Row:
    """One line of the table: the targets that together must reach the file's lines."""

    file: str
    targets: tuple


@dataclass
class Reached:
    """What was reached of one file. A line counts once, whatever templates make of it."""

    file: str
    lines: int = 0
    missed: list = field(default_factory=list)  # line numbers
    wrong: str = ""  # why nothing is known

    @property
    def percent(self):
        return 100 * (self.lines - len(self.missed)) / self.lines if self.lines else 0.0

    @property
    def enough(self):
        return not self.wrong and self.percent >= LEAST


def profile(target):
    """Where a run of the seeds of `target` leaves its counts."""
    return _FOLDER / f"{target}.profraw"


def read_table(text=None):
    """The rows of fuzz/parsers.txt: a file below src/, then its targets; '#' begins a remark."""
    rows = []
    for line in (_TABLE.read_text() if text is None else text).splitlines():
        words = line.split("#")[0].split()
        if len(words) == 1:
            raise Failed(f"{relative(_TABLE)}: {words[0]} has no target")
        if words:
            rows.append(Row(f"src/{words[0]}", tuple(f"{word}_fuzz" for word in words[1:])))
    return rows


def rows_of(rows, targets):
    """The rows that a run of these targets can judge."""
    return [row for row in rows if set(row.targets) <= set(targets)]


def measure(rows, step):
    """Judges each row by the profiles of its targets' last run."""
    outcome = results.Results("parsers' coverage")
    found = {}
    for targets in sorted({row.targets for row in rows}):
        files = [row.file for row in rows if row.targets == targets]
        found.update((reached.file, reached) for reached in _reached(files, targets, step))
    return judge(outcome, [found[row.file] for row in rows])


def judge(outcome, everything):
    """Each file is one test."""
    outcome.passed = sum(reached.enough for reached in everything)
    outcome.failures = [_sentence(reached) for reached in everything if not reached.enough]
    outcome.report = _report(everything)
    return outcome


def _reached(files, targets, step):
    absent = [target for target in targets if not profile(target).is_file()]
    if absent:
        return [Reached(file, wrong=f"{', '.join(absent)} left no profile") for file in files]
    merged = _FOLDER / f"{'-'.join(targets)}.profdata"
    run(["llvm-profdata-16", "merge", "-o", merged, *map(profile, targets)], "fuzz-coverage", step=step)
    programs = [cmake.directory("fuzz") / "fuzz" / target for target in targets]
    objects = [programs[0], *[word for program in programs[1:] for word in ("-object", program)]]
    answer = subprocess.run(["llvm-cov-16", "export", "-format=lcov", f"-instr-profile={merged}", *map(str, objects)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    if answer.returncode != 0:
        raise Failed(f"llvm-cov-16 could not read the profile: {answer.stderr.decode(errors='replace')[:500]}")
    known = read_lcov(answer.stdout.decode())
    return [known.get(file) or Reached(file, wrong=f"{', '.join(targets)} has none of its code") for file in files]


def read_lcov(text):
    """file -> Reached, of llvm-cov's lcov text."""
    files, reached = {}, None
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            # Relative to the tree (-ffile-prefix-map), but for what a generated file brings.
            name = value.removeprefix(f"{ROOT}/").removeprefix("./")
            reached = files.setdefault(name, Reached(name))
        elif key == "DA":
            number, count = value.split(",")[:2]
            reached.lines += 1
            if int(count) == 0:
                reached.missed.append(int(number))
    return files


def _report(everything):
    width = max((len(reached.file) for reached in everything), default=0)
    rows = [f"{'parser':{width}} {'lines':>6} {'reached':>8} {'percent':>8}"]
    for reached in everything:
        rows.append(f"{reached.file:{width}} {reached.lines:6} {reached.lines - len(reached.missed):8} "
                    f"{reached.percent:7.1f}%" + ("" if reached.enough else f"  below {LEAST:g}%: {_why(reached)}"))
    lines = sum(reached.lines for reached in everything)
    hit = lines - sum(len(reached.missed) for reached in everything)
    below = sum(not reached.enough for reached in everything)
    share = 100 * hit / lines if lines else 0.0
    rows.append(f"parsers' line coverage by the seeds of fuzzing: {share:.1f}% of {lines} lines in {len(everything)} files, "
                f"{below} below {LEAST:g}%")
    return "\n".join(rows)


def _sentence(reached):
    return f"{reached.file} ({reached.percent:.1f}% of its lines; {_why(reached)})"


def _why(reached):
    return reached.wrong or f"not reached: {spans(reached.missed)}"


def spans(numbers):
    """`3-5, 9` of [3, 4, 5, 9]."""
    found = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)
