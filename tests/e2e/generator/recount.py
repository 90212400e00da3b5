"""Reads an input file again, slowly, and counts what a correct run must arrive at."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from input_rules import FACT_TYPES, judge, micros

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
ALLOWED_LATENESS = 120 * SECOND


@dataclass
class Fact:
    at: int
    behind: int  # the newest fact before it, in micros; negative when it is the newest itself
    is_late: bool


class Recount:
    """`minutes`: [impressions, clicks, spend] by (campaign, minute). `requests`: valid lines that
    are no facts, each once, as (time, document, what had been metered by period until then)."""

    def __init__(self, data):
        self.lines = self.blank_lines = 0
        self.reasons = Counter()
        self.repeated = Counter()
        self.types = Counter()
        self.facts = []
        self.minutes = defaultdict(lambda: [0, 0, 0])
        self.periods = defaultdict(lambda: [0, 0, 0])
        self.owners = {}
        self.requests = []
        self._seen = {}
        self._newest = 0
        for line in data.split(b"\n")[:-1]:
            self._count(line)

    @property
    def late(self):
        return sum(fact.is_late for fact in self.facts)

    def _count(self, line):
        self.lines += 1
        if not line.strip():
            self.blank_lines += 1
            return
        reason, document = judge(line)
        if reason:
            self.reasons[reason] += 1
            return
        kind = "facts" if document["event_type"] in FACT_TYPES else "commands"
        event_id = document["event_id"].lower()
        if event_id in self._seen:
            is_same = self._seen[event_id] == hash(line)
            self.repeated[f"{kind}_{'verbatim' if is_same else 'changed'}"] += 1
            return
        self._seen[event_id] = hash(line)
        self.types[document["event_type"]] += 1
        at = micros(document["timestamp"])
        if kind == "facts":
            self._count_fact(at, document)
        else:
            metered = {key: row[2] for key, row in self.periods.items()}
            self.requests.append((at, document, metered))

    def _count_fact(self, at, document):
        payload = document["payload"]
        minute = at // MINUTE * MINUTE
        is_late = self._newest >= minute + MINUTE + ALLOWED_LATENESS
        self.facts.append(Fact(at, self._newest - at, is_late))
        self._newest = max(self._newest, at)
        campaign, account = payload["campaign_id"], payload["account_id"]
        self.owners[campaign] = account
        is_click = document["event_type"] == "click_tracked"
        for row in (self.minutes[campaign, minute], self.periods[account, at // DAY]):
            row[is_click] += 1
            row[2] += payload["price_micros"]
