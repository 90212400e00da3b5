"""What an operator looks at, drawn for a terminal."""

import shutil
from datetime import datetime, timezone

from rows import rows_of

BLOCKS = " ▁▂▃▄▅▆▇█"
HEIGHT = 6


def minute_chart(data):
    """Spend of all campaigns over event time, as many minutes in a column as the width needs."""
    spend = {}
    for row in rows_of(data, "campaign_minutes"):
        minute = row["minute_micros"] // 60_000_000
        spend[minute] = spend.get(minute, 0) + row["spend_micros"]
    first, last = min(spend), max(spend)
    width = min(shutil.get_terminal_size((100, 24)).columns, 120) - 12
    per_column = -(-(last - first + 1) // width)
    columns = [0] * (-(-(last - first + 1) // per_column))
    for minute, micros in spend.items():
        columns[(minute - first) // per_column] += micros
    top = max(columns)
    for line in range(HEIGHT, 0, -1):
        label = f"{top / per_column / 1e6:8.2f} " if line == HEIGHT else " " * 9
        print(f"{label}│" + "".join(block(value / top * HEIGHT - (line - 1)) for value in columns))
    print(" " * 9 + "└" + "─" * len(columns))
    begin, end = clock_time(first), clock_time(last)
    print(" " * 10 + begin + end.rjust(max(0, len(columns) - len(begin))))
    minutes = "minute" if per_column == 1 else f"{per_column} minutes"
    total = sum(spend.values())
    print(f"EUR a minute; a column is {minutes}; {len(spend):,} minutes, {total:,} micros")


def block(eighths_of_one):
    return BLOCKS[max(0, min(8, round(eighths_of_one * 8)))]


def clock_time(minute):
    return datetime.fromtimestamp(minute * 60, timezone.utc).strftime("%Y-%m-%d %H:%M")


STATE = {
    "InvoiceDrafted": "draft",
    "InvoiceIssued": "issued",
    "InvoicePaid": "paid",
    "InvoiceDisputed": "disputed",
    "InvoiceVoided": "voided",
}


def invoice_states(tool):
    """By invoice id: amount, last state, whether it was reminded."""
    found = {}
    for event in tool.events("invoice"):
        name, data = event["type"].rpartition(".")[2], event["data"]
        invoice = found.setdefault(
            data["invoice_id"], {"amount_micros": 0, "state": "", "reminded": False}
        )
        if name == "InvoiceDrafted":
            invoice["amount_micros"] = int(data.get("amount_micros", 0))
        if name == "InvoiceReminded":
            invoice["reminded"] = True
        invoice["state"] = STATE.get(name, invoice["state"])
    return found


def invoices(tool):
    print(f"{'INVOICE':<24}{'AMOUNT':>16}  STATE")
    for name, invoice in sorted(invoice_states(tool).items()):
        note = ", reminded" if invoice["reminded"] else ""
        print(f"{name:<24}{euros(invoice['amount_micros']):>16}  {invoice['state']}{note}")


class Dispute:
    """A period whose ledger does not say what was metered."""

    def __init__(self, period, metered_micros, events):
        self.period = period
        self._metered = metered_micros
        self._events = [event for event in events if period_of(event) == period]

    def show(self):
        for event in self._events:
            if event["type"].endswith(".AdjustmentProposed"):
                difference = int(event["data"]["amount_micros"])
                print(f"{'metered':<12}{euros(self._metered):>20}")
                print(f"{'booked':<12}{euros(self._metered - difference):>20}")
                print(f"{'difference':<12}{euros(difference):>20}")
        for event in self._events:
            name = event["type"].rpartition(".")[2]
            if name.startswith("Adjustment") or name == "AccountAdjusted":
                print(f"{event['recorded_at']:<28}{name}")


def period_of(event):
    return f"{event['data'].get('account_id')}.{event['data'].get('period')}"


def disputes(tool):
    """Those for which the billing saga proposed an adjustment."""
    usage = {
        period_of(event): int(event["data"].get("metered_micros", 0))
        for event in tool.events("billing_period")
        if event["type"].endswith(".UsageRecorded")
    }
    events = tool.events("account")
    proposed = [period_of(e) for e in events if e["type"].endswith(".AdjustmentProposed")]
    return [Dispute(period, usage[period], events) for period in proposed]


def euros(micros):
    sign, micros = ("-" if micros < 0 else ""), abs(micros)
    return f"{sign}{micros // 1_000_000:,}.{micros % 1_000_000:06d} EUR"
