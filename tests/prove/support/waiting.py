"""Waiting for a condition with a deadline, never for a time."""

import time

from .findings import Broken

LOOK_INTERVAL = 0.01
STILL_SECONDS = 1.5


def until(condition, what, seconds=120.0, interval=LOOK_INTERVAL, running=None):
    """The first true answer of `condition`; `Broken` when there is none in time, or when the
    application `running` ends meanwhile."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if running is not None:
            running.must_run()
        if time.monotonic() > deadline:
            raise Broken(f"waited {seconds:.0f} s in vain until {what}")
        time.sleep(interval)


def is_still(number):
    """Whether a number does not move for a moment."""
    before = number()
    time.sleep(STILL_SECONDS)
    return number() == before
