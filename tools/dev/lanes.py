"""Suites side by side: they wait a lot, and seldom use more than one core."""

import queue
import threading
import time

import console


class Lanes:
    """Does works, so many at a time, in the order in which they are given."""

    def __init__(self, at_once, steps):
        self._at_once = at_once
        self._steps = steps
        self._waiting = queue.SimpleQueue()
        self._found = {}
        self._broken = []
        self._running = []
        self._lock = threading.Lock()

    def run(self, works):
        """`works` are pairs of a title and a function of a step; returns what each gave, in their order.

        What one raises is raised again when all that had begun have ended; nothing more is begun then. An interrupt
        ends the programs that run, so that each work can put away what it started.
        """
        for number, work in enumerate(works):
            self._waiting.put((number, *work))
        lanes = [threading.Thread(target=self._lane) for _ in range(min(self._at_once, len(works)))]
        for lane in lanes:
            lane.start()
        try:
            for lane in lanes:
                lane.join()
        except BaseException:
            console.INTERRUPTED.set()
            for lane in lanes:
                lane.join()
            raise
        if self._broken:
            raise self._broken[0]
        return [self._found[number] for number in range(len(works))]

    def _lane(self):
        while not self._broken and not console.INTERRUPTED.is_set():
            try:
                number, title, work = self._waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self._found[number] = self._do(title, work)
            except BaseException as error:  # raised again by run(), in the thread that a person can interrupt
                self._broken.append(error)

    def _do(self, title, work):
        with self._lock:
            step = self._steps.step(title, self)
            self._running.append(step)
        try:
            with step:
                return work(step)
        finally:
            with self._lock:
                self._running.remove(step)

    def line(self):
        """What runs now and for how long, for the one line that a terminal has for it."""
        now = time.monotonic()
        with self._lock:
            return ", ".join(f"{step.title} {now - step.started:.0f} s" for step in self._running)
