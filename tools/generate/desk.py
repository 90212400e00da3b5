"""Writes the requests: every line that is no traffic."""

import json
import re
from functools import partial

from wire import HOUR, event_id, time_text

# Who reports it, and the command that it becomes.
REQUESTS = {
    "open_account": ("console", "OpenAccount"),
    "close_account": ("console", "CloseAccount"),
    "open_campaign": ("console", "OpenCampaign"),
    "fund_campaign": ("console", "FundCampaign"),
    "change_budget": ("console", "ChangeBudget"),
    "pause_campaign": ("console", "PauseCampaign"),
    "resume_campaign": ("console", "ResumeCampaign"),
    "charge_booked": ("adserver-ledger", "ChargeAccount"),
    "period_closed": ("billing-calendar", "ClosePeriod"),
    "payment_received": ("bank", "PayInvoice"),
    "adjustment_approved": ("finance", "ApproveAdjustment"),
}
REPEAT_DELAY = HOUR
AMOUNT = re.compile(r'("(?:amount|budget)_micros":)')


class Desk:
    """Composes requests and puts them on the agenda.

    The first of each type in `repeats_to_come` comes a second time: as it was, or (`True`) with its
    id and another amount.
    """

    def __init__(self, options, tally, agenda, random):
        self._tally = tally
        self._agenda = agenda
        self._random = random
        self.repeats_to_come = {}
        if options.duplicates:
            self.repeats_to_come = {
                "open_account": False,
                "fund_campaign": False,
                "change_budget": True,
                "charge_booked": False,
                "period_closed": False,
                "payment_received": False,
            }

    def put(self, event_type, at, payload, correlation_id):
        """Puts one request on the agenda."""
        self._agenda.put(at, partial(self.write, event_type, at, payload, correlation_id))

    def write(self, event_type, at, payload, correlation_id):
        """The line of one request."""
        source, command = REQUESTS[event_type]
        self._tally.commands[command] += 1
        line = self._line(event_type, at, payload, (source, correlation_id))
        changes = self.repeats_to_come.pop(event_type, None)
        if changes is not None:
            self._agenda.put(at + REPEAT_DELAY, partial(self._repeat, line, changes))
        return [line]

    def put_time_passed(self, at):
        self._agenda.put(at, partial(self._time_passed, at))

    def _time_passed(self, at):
        self._tally.time_passed += 1
        return [self._line("time_passed", at, {}, ("calendar", ""))]

    def _repeat(self, line, changes):
        if not changes:
            self._tally.duplicates["commands_verbatim"] += 1
            return [line]
        self._tally.duplicates["commands_changed"] += 1
        return [AMOUNT.sub(r"\g<1>9", line, count=1)]

    def _line(self, event_type, at, payload, origin):
        source, correlation_id = origin
        document = {
            "event_id": event_id(self._random, at),
            "event_type": event_type,
            "timestamp": time_text(at),
            "source": source,
            "user_id": "",
            "session_id": "",
            "payload": payload,
            "schema_version": 1,
            "correlation_id": correlation_id,
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
