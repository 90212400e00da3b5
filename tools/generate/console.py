"""What people do at the console: accounts and campaigns are opened and funded, later changed."""

from functools import partial

from story import (
    BUDGET_CHANGE_HOUR,
    CURRENCY,
    OPENING_BEFORE_START,
    PAUSE_HOURS,
    TOLERANCE_MICROS,
)
from wire import HOUR, SECOND


class Console:
    """Puts itself on the agenda."""

    def __init__(self, story, agenda, desk):
        self._story = story
        self._agenda = agenda
        self._desk = desk

    def plan(self, traffic):
        self._open_all()
        start, paused = self._story.options.start, self._story.paused
        begin, end = (start + hour * HOUR for hour in PAUSE_HOURS)
        payload = {"campaign_id": paused.id, "reason": "new creatives"}
        self._desk.put("pause_campaign", begin, payload, f"pause-{paused.id}")
        self._agenda.put(begin, partial(traffic.pause, paused))
        self._desk.put("resume_campaign", end, {"campaign_id": paused.id}, f"pause-{paused.id}")
        self._agenda.put(end, partial(traffic.resume, paused))

        changed = self._story.rebudgeted
        payload = {"campaign_id": changed.id, "budget_micros": changed.budget_micros}
        at = start + BUDGET_CHANGE_HOUR * HOUR
        self._desk.put("change_budget", at, payload, f"budget-{changed.id}")

    def _open_all(self):
        at = self._story.options.start - OPENING_BEFORE_START
        for event_type, payload, account_id in self._openings():
            self._desk.put(event_type, at, payload, f"setup-{account_id}")
            at += SECOND

    def _openings(self):
        for account in self._story.accounts:
            payload = {"currency": CURRENCY, "tolerance_micros": TOLERANCE_MICROS}
            yield "open_account", {"account_id": account.id, **payload}, account.id
            for campaign in account.campaigns:
                payload = {
                    "campaign_id": campaign.id,
                    "account_id": account.id,
                    "name": campaign.name,
                    "currency": CURRENCY,
                }
                yield "open_campaign", payload, account.id
                payload = {"campaign_id": campaign.id, "amount_micros": campaign.funded_micros}
                yield "fund_campaign", payload, account.id
