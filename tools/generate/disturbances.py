"""What goes wrong between the ad servers and us: late, repeated, broken, blank and odd lines."""

import json
import re

from malformed import Malformed
from story import LAST_LATE_DELAY
from unusual import Unusual
from wire import DAY, SECOND

# More than the end of the minute and two minutes of allowed lateness behind the newest fact.
LATE_MIN = 240 * SECOND
LATE_MAX = 540 * SECOND
RECENT = 256  # facts that may come again soon
OLD = 32  # facts that may come again later
OLD_EVERY = 997
UNUSUAL_EVERY = 2_000
BLANK = ("\n", "   \n", " \t \n")
PRICE = re.compile(r'"price_micros":(?=\d)')


class Disturbances:
    """Disturbs the stream of facts after a known number of them.

    `on_time`: how many facts in time there are besides. `written`: how many of them are written.
    `next`: when so many are written, `around` must take the next one, and `remember` otherwise.
    `booked_until`: nothing that happened before it may arrive any more.
    """

    def __init__(self, story, tally, facts, random):
        self._story = story
        self._tally = tally
        self._facts = facts
        self._random = random
        self._malformed = Malformed()
        self._unusual = Unusual()
        self._steady = [
            c for c in story.campaigns if c is not story.exhausted and c is not story.paused
        ]
        self._recent = [None] * RECENT
        self._old = [None] * OLD
        self.written = 0
        self._late_due = 0
        self.booked_until = story.options.start
        self.on_time = self._plan()

    def _plan(self):
        options, lines = self._story.options, self._story.traffic_lines
        malformed = max(round(lines * options.malformed), 7) if options.malformed else 0
        counts = {
            "late": round(lines * options.late),
            "repeated": round(lines * options.duplicates),
            "malformed": malformed,
            "blank": min(malformed, len(BLANK)),
        }
        on_time = lines - sum(counts.values())
        counts["unusual"] = on_time // UNUSUAL_EVERY + 1
        self._plans = []
        for kind, count in counts.items():
            for ordinal in self._random.sample(range(on_time), count):
                self._plans.append((ordinal, kind))
        self._plans.sort(reverse=True)
        self.next = self._plans[-1][0]
        return on_time

    def remember(self, line):
        """Takes note of a fact that was written, so that it can come again."""
        self._recent[self.written % RECENT] = line
        if self.written % OLD_EVERY == 0:
            self._old[self.written // OLD_EVERY % OLD] = line
        self.written += 1

    def around(self, line, newest, arrival):
        """The fact's line and what else arrives with it. `newest`: the latest event time of all
        facts up to this one. Remembers the fact."""
        kinds = []
        while self._plans and self._plans[-1][0] == self.written:
            kinds.append(self._plans.pop()[1])
        if "unusual" in kinds:
            line = self._unusual.line(line)
        self.remember(line)
        lines = [line]
        for kind in kinds:
            if kind == "repeated":
                lines.append(self._repeated())
            elif kind == "malformed":
                lines.append(self._broken(arrival))
            elif kind == "blank":
                lines.append(BLANK[self._tally.blank_lines % len(BLANK)])
                self._tally.blank_lines += 1
        self._late_due += kinds.count("late")
        if self._late_due:
            lines += self._late(newest, arrival)
        planned = self._plans[-1][0] if self._plans else -1
        self.next = self.written if self._late_due else planned
        return lines

    def _late(self, newest, arrival):
        """One late fact, or none when it would belong to an hour that is booked or a day that is
        over: then it comes later."""
        at = newest - LATE_MIN - self._random.randrange(LATE_MAX - LATE_MIN)
        midnight = arrival // DAY * DAY
        too_old = at < midnight and arrival >= midnight + LAST_LATE_DELAY
        if at < self.booked_until or too_old:
            return []
        self._late_due -= 1
        self._tally.late += 1
        campaign = self._steady[self._random.randrange(len(self._steady))]
        return [self._facts.impression(at, campaign, self._facts.visit(False))]

    def _repeated(self):
        """A fact again, as it was, or (one in five) with its id and another price."""
        turn = self._tally.duplicates.total()
        if turn % 5 == 4:
            line, changed = self._changed()
            if changed:
                self._tally.duplicates["facts_changed"] += 1
                return line
        self._tally.duplicates["facts_verbatim"] += 1
        pool = [line for line in (self._old if turn % 5 == 3 else self._recent) if line]
        return pool[self._random.randrange(len(pool))]

    def _changed(self):
        pool = [line for line in self._recent if line]
        return PRICE.subn('"price_micros":9', pool[self._random.randrange(len(pool))], count=1)

    def _broken(self, at):
        campaign = self._steady[self._random.randrange(len(self._steady))]
        document = json.loads(self._facts.uncounted(at, campaign))
        reason, line = self._malformed.line(document)
        self._tally.mismatches[reason] += 1
        return line
