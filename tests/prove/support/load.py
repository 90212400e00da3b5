"""A steady load: lines that come into a growing file at a given rate, and what becomes of it."""

import threading
import time

from .findings import Broken

BEAT_SECONDS = 0.05
SAMPLE_SECONDS = 0.1


class Feeder:
    """Appends the lines of one file to another, so many a second, until it is told to stop."""

    def __init__(self, source, target, lines_per_second):
        self._source = source
        self._target = target
        self._rate = lines_per_second
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self.lines = 0
        self.ran_dry = False

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        """Returns when the last line is whole."""
        self._enough.set()
        self._thread.join()

    def _feed(self):
        with open(self._source, "rb") as source, open(self._target, "ab") as target:
            began = time.monotonic()
            while not self._enough.wait(BEAT_SECONDS):
                due = int((time.monotonic() - began) * self._rate) - self.lines
                lines = [line for _, line in zip(range(due), source)]
                if due > 0 and not lines:
                    self.ran_dry = True
                    return
                target.write(b"".join(lines))
                target.flush()
                self.lines += len(lines)


class Pulse:
    """Looks at the log's last position all the time: when it was where."""

    def __init__(self, log):
        self._log = log
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._samples = []

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._enough.set()
        self._thread.join()

    def rate(self, category, begin, end):
        """Events of a category a second between two moments of the monotonic clock."""
        inside = [sample for sample in self._samples if begin <= sample[0] <= end]
        if len(inside) < 2:
            raise Broken("too few looks at the log between two moments")
        (first_at, first), (last_at, last) = inside[0], inside[-1]
        return self._log.count(category, first, last) / (last_at - first_at)

    def longest_stall(self, begin, end):
        """The longest time between two moments in which no event came, or a bit less."""
        longest, moved_at, seen = 0.0, None, None
        for at, position in self._samples:
            if not begin <= at <= end:
                continue
            if position != seen:
                moved_at, seen = at, position
            longest = max(longest, at - moved_at)
        return longest + SAMPLE_SECONDS

    def _look(self):
        while not self._enough.wait(SAMPLE_SECONDS):
            self._samples.append((time.monotonic(), self._log.high_water()))
