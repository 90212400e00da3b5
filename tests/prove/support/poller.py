"""A reader that polls a read model all the time, and holds each answer against the log."""

import threading
import time

from .event_log import EventLog
from .findings import say
from .read_models import ReadModels

PROJECTION = "campaign_minutes"
CATEGORY = "traffic"  # of the facts that the projection counts
READ_INTERVAL = 0.02

# One statement, so that sum, checkpoint and name come from one moment.
READ = f"""
SELECT (SELECT coalesce(sum(impressions + clicks), 0) FROM {PROJECTION}),
       coalesce((SELECT position FROM feed_checkpoint), 0),
       (SELECT version FROM model_state)
"""


class Poller:
    """Each read must find a whole model: as many facts counted as the log holds up to the model's
    checkpoint, and that no further back than the read before."""

    def __init__(self, log: EventLog, models: ReadModels):
        self._log = log
        self._models = models
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self._counted = (0, 0)  # a position, and the facts up to it
        self.reads = 0
        self.wrong = []  # what must not be
        self.slowest_seconds = 0.0
        self.files = []  # that were read, in order

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._enough.set()
        self._thread.join()

    def _poll(self):
        while not self._enough.wait(READ_INTERVAL):
            began = time.monotonic()
            try:
                self._read()
            except Exception as error:  # whatever it is, a reader was refused
                self._note(f"read {self.reads}: {type(error).__name__}: {error}")
            self.reads += 1
            self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began)

    def _read(self):
        with self._models.open_live(PROJECTION) as connection:
            counted, position, _ = connection.execute(READ).fetchone()
            file = connection.execute("PRAGMA database_list").fetchone()[2].rpartition("/")[2]
        if self.files[-1:] != [file]:
            self.files.append(file)
        if position < self._counted[0]:
            self._note(f"{file} is at {position}, behind {self._counted[0]} of an earlier read")
            return
        expected = self._counted[1] + self._log.count(CATEGORY, self._counted[0], position)
        self._counted = position, expected
        if counted != expected:
            self._note(f"{file} counts {counted} facts at {position}, the log holds {expected}")

    def _note(self, text):
        self.wrong.append(text)
        if len(self.wrong) <= 20:
            say(f"  {text}")
