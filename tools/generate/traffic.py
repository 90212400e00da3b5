"""Impressions and clicks through the days, in the order in which they arrive."""

from disturbances import Disturbances
from facts import Facts
from wire import MINUTE, SECOND

# Share of the day's traffic at the beginning of each hour; between them it runs straight.
CURVE = (42, 30, 22, 18, 17, 22, 35, 55, 72, 82, 88, 92, 95, 92, 90, 92, 96, 104, 116, 128, 135)
CURVE += (124, 98, 66)

CLICK_RATE = 0.04
DELAY_MAX = 55 * SECOND  # so that nothing is a minute behind that is not meant to be late
REACTION_MINUTES = 6  # from the used-up budget to the ad server's last impression
SLOT_BITS = 12


def curve(days, random):
    """A weight for each minute of all days."""
    weights = []
    for minute in range(days * 1440):
        hour, rest = divmod(minute % 1440, 60)
        level = CURVE[hour] * (60 - rest) + CURVE[(hour + 1) % 24] * rest
        weights.append(level * (85 + random.randrange(31)))
    return weights


def spread(total, weights):
    """`total` dealt out over the weights, nothing left."""
    shares, running, dealt, whole = [], 0, 0, sum(weights)
    for weight in weights:
        running += weight
        shares.append(total * running // whole - dealt)
        dealt += shares[-1]
    return shares


class Traffic:
    """Writes minute after minute. `exhausted_minute`: in which the small budget was used up."""

    def __init__(self, story, tally, random):
        self._story = story
        self._tally = tally
        self._random = random
        self._facts = Facts(story, tally, random)
        self._disturbances = Disturbances(story, tally, self._facts, random)
        weights = curve(story.options.days, random)
        self._shares = spread(self._disturbances.on_time, weights)
        self._pending = []  # (arrival, event time, line)
        self._newest = 0
        self._silent = set()  # campaigns that serve nothing at present
        self._slots = []
        self._deal_slots()
        self.exhausted_minute = None

    def pause(self, campaign):
        self._silent.add(campaign.index)
        self._deal_slots()

    def resume(self, campaign):
        self._silent.discard(campaign.index)
        self._deal_slots()

    def book_until(self, at):
        """From now on nothing arrives that happened before `at`."""
        self._disturbances.booked_until = at

    def minute(self, minute):
        """The lines that arrive in a minute, which is counted from the start of day 1."""
        if minute < len(self._shares):
            self._serve(minute, self._shares[minute])
            self._watch_budget(minute)
        until = self._story.options.start + (minute + 1) * MINUTE
        disturbances = self._disturbances
        self._pending.sort()
        lines = []
        arrived = 0
        for arrival, at, line in self._pending:
            if arrival >= until:
                break
            arrived += 1
            self._newest = max(self._newest, at)
            if disturbances.written == disturbances.next:
                lines += disturbances.around(line, self._newest, arrival)
            else:
                lines.append(line)
                disturbances.remember(line)
        del self._pending[:arrived]
        return lines

    def _deal_slots(self):
        """Gives each campaign that serves its share of the slots that a random number falls in."""
        serving = [c for c in self._story.campaigns if c.index not in self._silent]
        shares = spread(1 << SLOT_BITS, [campaign.weight for campaign in serving])
        self._slots = []
        for campaign, share in zip(serving, shares):
            self._slots += [campaign] * share

    def _serve(self, minute, count):
        """Sends off a minute's facts. A click takes place in the minute of its impression."""
        random, getrandbits = self._random.random, self._random.getrandbits
        begin = self._story.options.start + minute * MINUTE
        facts, pending, slots = self._facts, self._pending, self._slots
        while count > 0:
            campaign = slots[getrandbits(SLOT_BITS)]
            at = begin + int(random() * MINUTE)
            clicked = count > 1 and random() < CLICK_RATE
            visit = facts.visit(clicked)
            share = random()
            delay = int(DELAY_MAX * share * share * share * share)
            pending.append((at + delay, at, facts.impression(at, campaign, visit)))
            count -= 1
            if clicked:
                at += int(random() * (begin + MINUTE - at))
                pending.append((at + delay, at, facts.click(at, campaign, visit)))
                count -= 1

    def _watch_budget(self, minute):
        """The ad server hears some minutes later that a budget is used up."""
        exhausted = self._story.exhausted
        if self.exhausted_minute is None:
            if self._tally.campaign_spend[exhausted.index] >= exhausted.budget_micros:
                self.exhausted_minute = minute
        elif minute == self.exhausted_minute + REACTION_MINUTES:
            self.pause(exhausted)
