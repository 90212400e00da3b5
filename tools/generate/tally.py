"""What has been written so far, counted apart from how the platform will count it."""

from array import array
from collections import Counter


class Tally:
    """Sums by campaign and minute of event time; minutes are counted from the first day's start."""

    def __init__(self, campaigns, minutes):
        self.minutes = minutes
        self.impressions = array("q", bytes(8 * campaigns * minutes))
        self.clicks = array("q", bytes(8 * campaigns * minutes))
        self.spend = array("q", bytes(8 * campaigns * minutes))
        self.campaign_spend = [0] * campaigns
        self.late = 0
        self.blank_lines = 0
        self.time_passed = 0
        self.duplicates = Counter()
        self.mismatches = Counter()
        self.commands = Counter()

    def add_impression(self, campaign, minute, price):
        cell = campaign * self.minutes + minute
        self.impressions[cell] += 1
        self.spend[cell] += price
        self.campaign_spend[campaign] += price

    def add_click(self, campaign, minute, price):
        cell = campaign * self.minutes + minute
        self.clicks[cell] += 1
        self.spend[cell] += price
        self.campaign_spend[campaign] += price

    def spend_of(self, campaign, minutes):
        """What a range of minutes cost one campaign."""
        return self._sum(self.spend, campaign, minutes)

    def counts_of(self, campaign, minutes):
        """Impressions and clicks of one campaign in a range of minutes."""
        return (
            self._sum(self.impressions, campaign, minutes),
            self._sum(self.clicks, campaign, minutes),
        )

    def rows_of(self, campaign):
        """(minute, impressions, clicks, spend) of each minute in which the campaign had facts."""
        first = campaign * self.minutes
        for minute in range(self.minutes):
            cell = first + minute
            impressions, clicks = self.impressions[cell], self.clicks[cell]
            if impressions or clicks:
                yield minute, impressions, clicks, self.spend[cell]

    def _sum(self, values, campaign, minutes):
        first = campaign * self.minutes
        return sum(values[first + minutes.start : first + minutes.stop])
