"""The ad server's ledger, the closing of the days, and what people do about the invoices."""

from dataclasses import dataclass
from functools import partial

from story import (
    ACCOUNT_CLOSING_DELAY,
    BOOKING_DELAY,
    CLOSING_DELAY,
    CURRENCY,
    TOLERANCE_MICROS,
    StoryError,
)
from wire import DAY, HOUR, SECOND

ERROR_FROM_HOUR = 12
ERROR_MICROS = 1_000_000  # or half of the charge, if that is less
ERROR_CHARGE_MIN_MICROS = 20 * TOLERANCE_MICROS
TOLERATED_MICROS = 400

APPROVAL_DELAY = 20 * HOUR
PAYMENT_AFTER_APPROVAL = 2 * DAY
LATE_PAYMENT_DELAY = 10 * DAY
PAYMENT_DELAY_MIN = 2 * DAY
PAYMENT_DELAY_MAX = 5 * DAY


@dataclass
class Period:
    """How one day of one account must end."""

    account_id: str
    period: str
    metered_micros: int = 0
    booked_micros: int = 0
    adjustment_micros: int = 0
    credited_micros: int = 0
    charges: int = 0
    impressions: int = 0
    clicks: int = 0
    invoice_state: str = "paid"  # or disputed, voided
    reminded: bool = False
    saga_state: str = "settled"  # or disputed, escalated

    @property
    def invoice_id(self):
        return f"{self.account_id}.{self.period}"


class Billing:
    """Puts itself on the agenda, hour by hour and day by day. `periods` by (account, day)."""

    def __init__(self, story, tally, agenda, desk):
        self._story = story
        self._tally = tally
        self._agenda = agenda
        self._desk = desk
        self.ledger_error_micros = 0
        self.tolerated_micros = 0
        self.periods = {
            (account.index, day): Period(account.id, story.period(day))
            for day in range(story.options.days)
            for account in story.accounts
        }

    def plan(self, traffic, random):
        """Settles all bookings and closings. `random` gives the days on which people pay."""
        for day in range(self._story.options.days):
            midnight = self._story.day_start(day + 1)
            for hour in range(24):
                end = midnight - (23 - hour) * HOUR
                at = end + BOOKING_DELAY
                self._agenda.put(at, partial(traffic.book_until, end))
                self._agenda.put(at, partial(self._book, day, hour, at))
            account, last_day = self._story.refused
            if day == last_day:
                self._close_account(self._story.accounts[account], midnight)
            at = midnight + CLOSING_DELAY
            for account in self._story.accounts:
                delay = PAYMENT_DELAY_MIN + random.randrange(PAYMENT_DELAY_MAX - PAYMENT_DELAY_MIN)
                self._agenda.put(at, partial(self._close, (account.index, day), at, delay))

    def _book(self, day, hour, at):
        first_minute = (day * 24 + hour) * 60
        minutes = range(first_minute, first_minute + 60)
        lines = []
        for campaign in self._story.campaigns:
            cost = self._tally.spend_of(campaign.index, minutes)
            if cost == 0:
                continue
            period = self.periods[campaign.account, day]
            amount = cost + self._error((campaign.account, day), hour, cost)
            period.booked_micros += amount
            period.charges += 1
            hour_text = f"{period.period}T{hour:02d}"
            payload = {
                "account_id": campaign.account_id,
                "period": period.period,
                "charge_id": f"{campaign.id}.{hour_text}",
                "amount_micros": amount,
                "currency": CURRENCY,
            }
            lines += self._desk.write("charge_booked", at, payload, f"ledger-{hour_text}")
        return lines

    def _error(self, key, hour, cost):
        """How far the ledger errs with this charge."""
        if hour < ERROR_FROM_HOUR or cost < ERROR_CHARGE_MIN_MICROS:
            return 0
        if key == self._story.mismatched and self.ledger_error_micros == 0:
            self.ledger_error_micros = -min(ERROR_MICROS, cost // 2)
            return self.ledger_error_micros
        if key == self._story.tolerated and self.tolerated_micros == 0:
            self.tolerated_micros = TOLERATED_MICROS
            return self.tolerated_micros
        return 0

    def _close_account(self, account, midnight):
        at = midnight + ACCOUNT_CLOSING_DELAY
        payload = {"account_id": account.id, "reason": "moved to another network"}
        self._desk.put("close_account", at, payload, f"close-{account.id}")

    def _close(self, key, at, payment_delay):
        """Closes the period and settles how it goes on."""
        account, day = key
        period = self.periods[key]
        minutes = range(day * 1440, (day + 1) * 1440)
        for campaign in self._story.accounts[account].campaigns:
            period.metered_micros += self._tally.spend_of(campaign.index, minutes)
            impressions, clicks = self._tally.counts_of(campaign.index, minutes)
            period.impressions += impressions
            period.clicks += clicks
        if period.metered_micros == 0:
            raise StoryError(f"no traffic for {period.invoice_id}: raise --lines")

        if key == self._story.refused:
            period.invoice_state, period.saga_state = "voided", "escalated"
            period.credited_micros = period.booked_micros
        elif key == self._story.unpaid:
            period.invoice_state = period.saga_state = "disputed"
            period.reminded = True
        elif key == self._story.paid_late:
            period.reminded = True
            self._pay(period, at + LATE_PAYMENT_DELAY)
        elif key == self._story.mismatched:
            period.adjustment_micros = period.metered_micros - period.booked_micros
            self._approve(period, at + APPROVAL_DELAY)
            self._pay(period, at + APPROVAL_DELAY + PAYMENT_AFTER_APPROVAL)
        else:
            self._pay(period, at + payment_delay)
        payload = {"account_id": period.account_id, "period": period.period}
        return self._desk.write("period_closed", at, payload, f"bill-{period.invoice_id}")

    def _approve(self, period, at):
        payload = {
            "account_id": period.account_id,
            "period": period.period,
            "approved_by": "controller-1",
        }
        self._desk.put("adjustment_approved", at, payload, f"bill-{period.invoice_id}")

    def _pay(self, period, at):
        at = at // SECOND * SECOND
        payload = {
            "invoice_id": period.invoice_id,
            "amount_micros": period.metered_micros,
            "payment_id": f"pay-{period.invoice_id}",
        }
        self._desk.put("payment_received", at, payload, f"bill-{period.invoice_id}")
