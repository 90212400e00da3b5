"""How accounts, campaigns and invoices must end, worked out from the lines alone."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from recount import DAY

REMINDER_DELAY = 7 * DAY
DISPUTE_DELAY = 30 * DAY


@dataclass
class Account:
    tolerance_micros: int
    is_closed: bool = False


@dataclass
class Campaign:
    budget_micros: int = 0
    is_paused: bool = False


@dataclass
class Bill:
    charges: dict = field(default_factory=dict)
    metered_micros: int = 0
    adjustment_micros: int = 0
    credited_micros: int = 0
    issued_at: int | None = None
    paid_at: int | None = None
    is_closed: bool = False
    is_voided: bool = False

    @property
    def booked_micros(self):
        return sum(self.charges.values())


def day_number(period):
    return (date.fromisoformat(period) - date(1970, 1, 1)).days


class Outcome:
    """Applies the requests in the order of the file."""

    def __init__(self, requests):
        self.accounts = {}
        self.campaigns = {}
        self.bills = defaultdict(Bill)
        self.end = 0
        for at, document, metered in requests:
            self.end = max(self.end, at)
            apply = getattr(self, "_" + document["event_type"])
            apply(at, document["payload"], metered)

    def totals(self, bill):
        """The bill as the generator's totals have it."""
        state, saga = "paid", "settled"
        waited = (bill.paid_at or self.end) - (bill.issued_at or self.end)
        if bill.is_voided:
            state, saga = "voided", "escalated"
        elif bill.paid_at is None:
            assert waited >= DISPUTE_DELAY
            state = saga = "disputed"
        return {
            "metered_micros": bill.metered_micros,
            "booked_micros": bill.booked_micros,
            "adjustment_micros": bill.adjustment_micros,
            "final_booked_micros": bill.booked_micros + bill.adjustment_micros,
            "credited_micros": bill.credited_micros,
            "charges": len(bill.charges),
            "invoice_amount_micros": bill.metered_micros,
            "invoice_state": state,
            "reminded": waited >= REMINDER_DELAY,
            "saga_state": saga,
        }

    def _bill(self, payload):
        return self.bills[f"{payload['account_id']}.{payload['period']}"]

    def _time_passed(self, at, payload, metered):
        pass

    def _open_account(self, at, payload, metered):
        self.accounts[payload["account_id"]] = Account(payload["tolerance_micros"])

    def _close_account(self, at, payload, metered):
        self.accounts[payload["account_id"]].is_closed = True

    def _open_campaign(self, at, payload, metered):
        assert payload["account_id"] in self.accounts
        self.campaigns[payload["campaign_id"]] = Campaign()

    def _fund_campaign(self, at, payload, metered):
        assert payload["amount_micros"] > 0
        self.campaigns[payload["campaign_id"]].budget_micros += payload["amount_micros"]

    def _change_budget(self, at, payload, metered):
        self.campaigns[payload["campaign_id"]].budget_micros = payload["budget_micros"]

    def _pause_campaign(self, at, payload, metered):
        self.campaigns[payload["campaign_id"]].is_paused = True

    def _resume_campaign(self, at, payload, metered):
        self.campaigns[payload["campaign_id"]].is_paused = False

    def _charge_booked(self, at, payload, metered):
        bill = self._bill(payload)
        assert not bill.is_closed and not self.accounts[payload["account_id"]].is_closed
        assert payload["charge_id"] not in bill.charges and payload["amount_micros"] > 0
        bill.charges[payload["charge_id"]] = payload["amount_micros"]

    def _period_closed(self, at, payload, metered):
        bill = self._bill(payload)
        account = self.accounts[payload["account_id"]]
        bill.is_closed = True
        bill.metered_micros = metered[payload["account_id"], day_number(payload["period"])]
        if abs(bill.metered_micros - bill.booked_micros) > account.tolerance_micros:
            return
        if account.is_closed:
            bill.is_voided = True
            bill.credited_micros = bill.booked_micros
        else:
            bill.issued_at = at

    def _adjustment_approved(self, at, payload, metered):
        bill = self._bill(payload)
        assert bill.is_closed and bill.issued_at is None and not bill.is_voided
        bill.adjustment_micros = bill.metered_micros - bill.booked_micros
        bill.issued_at = at

    def _payment_received(self, at, payload, metered):
        bill = self.bills[payload["invoice_id"]]
        assert bill.issued_at is not None and bill.paid_at is None
        assert payload["amount_micros"] == bill.metered_micros
        bill.paid_at = at
