"""Progress on the terminal, and running programs whose output goes to a log file."""

import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
LOGS = BUILD / "logs"

_NINJA_PROGRESS = re.compile(r"^\[(\d+/\d+)\] ")
_HEARTBEAT_SECONDS = 60

# Set when a person has had enough while programs are waited for in other threads than the main one.
INTERRUPTED = threading.Event()


class Failed(Exception):
    """Something did not work. `log` is the file whose end says why."""

    def __init__(self, sentence, log=None):
        super().__init__(sentence)
        self.log = log


def say(text):
    # In one piece: several threads have something to say.
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tail(log, lines=40):
    """The last lines of a log file, as text."""
    try:
        content = Path(log).read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(content[-lines:])


def relative(path):
    try:
        return str(Path(path).resolve().relative_to(ROOT))
    except ValueError:
        return str(path)


class Steps:
    """Numbered steps: `[2/4] building flux (g++, release) ... 83 s`."""

    def __init__(self, total):
        self.total = total
        self.number = 0

    def step(self, title, beside=None):
        """The next step; `beside` has the line() of those that run with it."""
        self.number += 1
        return Step(f"[{self.number}/{self.total}] {title}", beside)


class Step:
    """One line of progress. On a terminal the line is redrawn; in a pipe it is written once at the start
    (with a sign of life every minute) and once at the end."""

    def __init__(self, title, beside=None):
        self.title = title
        self.beside = beside
        self.note = ""
        self.started = time.monotonic()
        self.live = sys.stdout.isatty()
        self.last_drawn = 0.0

    def __enter__(self):
        if self.live:
            self._draw("...")
        else:
            say(f"{self.title} ...")
            self.last_drawn = time.monotonic()
        return self

    def progress(self, text):
        """Shows how far the step is (`37/120`)."""
        now = time.monotonic()
        if self.live and now - self.last_drawn > 0.2:
            self._draw(f"... {text}")
        elif not self.live and now - self.last_drawn > _HEARTBEAT_SECONDS:
            say(f"{self.title} ... {text} after {now - self.started:.0f} s")
            self.last_drawn = now

    def done(self, note):
        """What to say beside the time when the step ends."""
        self.note = note

    def __exit__(self, kind, error, trace):
        seconds = time.monotonic() - self.started
        outcome = "failed, " if kind else (f"{self.note}, " if self.note else "")
        text = f"{self.title} ... {outcome}{seconds:.0f} s"
        say(f"\r\033[K{text}" if self.live else text)
        return False

    def _draw(self, text):
        width = os.get_terminal_size().columns if self.live else 100
        line = self.beside.line() if self.beside else f"{self.title} {text}"
        sys.stdout.write("\r\033[K" + line[: width - 1])
        sys.stdout.flush()
        self.last_drawn = time.monotonic()


def run(command, log_name, step=None, env=None, cwd=None, check=True, append=False, timeout=None):
    """Runs `command` with its output in build/logs/<log_name>.log; returns its exit status.

    With `check`, a status other than 0 raises Failed. A program over `timeout` seconds is ended, together with
    what it started, and counts as failed.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{log_name}.log"
    words = [str(word) for word in command]
    with open(log, "ab" if append else "wb") as out:
        out.write(f"$ {' '.join(words)}\n".encode())
        out.flush()
        process = start(words, out, env, cwd)
        try:
            status = _wait(process, log, step, timeout)
        except BaseException:
            end(process)
            raise
    if status is None:
        raise Failed(f"{words[0]} did not end within {timeout} s and was stopped", log)
    if check and status != 0:
        raise Failed(f"{' '.join(words[:4])} ended with status {status}", log)
    return status


@dataclass
class Job:
    """A program for run_several: its output goes to build/logs/<name>.log."""

    name: str
    command: list
    env: dict | None = None
    timeout: float | None = None  # seconds


def run_several(jobs, at_once, step):
    """Runs the jobs, so many at a time; name -> exit status, None of a job that did not end in time."""
    LOGS.mkdir(parents=True, exist_ok=True)
    waiting, running, statuses = list(jobs), {}, {}
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = waiting.pop(0)
                with open(LOGS / f"{job.name}.log", "wb") as out:
                    process = start([str(word) for word in job.command], out, job.env, None)
                running[job.name] = (process, time.monotonic() + job.timeout if job.timeout else None)
            time.sleep(0.1)
            for name, (process, deadline) in list(running.items()):
                if process.poll() is None and (deadline is None or time.monotonic() < deadline):
                    continue
                statuses[name] = process.poll()
                if statuses[name] is None:
                    end(process)
                del running[name]
            step.progress(f"{len(statuses)}/{len(jobs)}")
    except BaseException:
        for process, _ in running.values():
            end(process)
        raise
    return statuses


def start(words, out, env=None, cwd=None):
    """Starts a program with its output in `out`."""
    try:
        # A group of its own, so that a timeout or Ctrl-C ends everything it started.
        return subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=env, cwd=cwd or ROOT,
            start_new_session=True)
    except FileNotFoundError:
        raise Failed(f"{words[0]} is not installed; `./dev bootstrap` installs what Flux needs") from None


def _wait(process, log, step, timeout):
    deadline = time.monotonic() + timeout if timeout else None
    while True:
        try:
            return process.wait(timeout=0.25)
        except subprocess.TimeoutExpired:
            pass
        if step is not None:
            step.progress(_last_progress(log))
        if INTERRUPTED.is_set():
            raise KeyboardInterrupt
        if deadline is not None and time.monotonic() > deadline:
            end(process)
            return None


def end(process):
    """Ends the program and its children: politely first, so that they can clean up after themselves."""
    for signal_number, grace in ((15, 5), (9, 5)):
        try:
            os.killpg(process.pid, signal_number)
        except ProcessLookupError:
            pass
        try:
            process.wait(timeout=grace)
            return
        except subprocess.TimeoutExpired:
            continue


def _last_progress(log):
    """Ninja's `[37/120]`, when the log's last lines have one."""
    with open(log, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 4096))
        lines = file.read().decode(errors="replace").splitlines()
    for line in reversed(lines):
        match = _NINJA_PROGRESS.match(line)
        if match:
            return match.group(1)
    return ""
