"""The totals that a correct run must reach, and the proof that they agree with each other."""

from malformed import WAYS
from story import StoryError
from wire import MINUTE

REPETITIONS = ("facts_verbatim", "facts_changed", "commands_verbatim", "commands_changed")


def build(story, tally, billing, lines):
    """The totals as one JSON object; README.md tells what each field means."""
    periods = billing.periods.values()
    campaigns = {c.id: campaign_totals(story, tally, c) for c in story.campaigns}
    minutes = minute_totals(story, tally)
    totals = {
        "options": {**vars(story.options), "start": story.period(0)},
        "lines": lines,
        "blank_lines": tally.blank_lines,
        "time_passed": tally.time_passed,
        "facts": {
            "stored": sum(tally.impressions) + sum(tally.clicks),
            "impressions": sum(tally.impressions),
            "clicks": sum(tally.clicks),
            "late": tally.late,
        },
        "duplicates": {
            "lines": tally.duplicates.total(),
            **{kind: tally.duplicates[kind] for kind in REPETITIONS},
        },
        "schema_mismatches": {
            "total": tally.mismatches.total(),
            "by_reason": {reason: tally.mismatches[reason] for reason in WAYS},
        },
        "commands": dict(tally.commands),
        "campaigns": campaigns,
        "campaign_minutes": minutes,
        "periods": {period.invoice_id: period_totals(period) for period in periods},
        "accounts": {a.id: account_totals(story, billing, a) for a in story.accounts},
    }
    totals["conservation"] = conservation(totals, billing)
    return totals


def campaign_totals(story, tally, campaign):
    whole = range(tally.minutes)
    impressions, clicks = tally.counts_of(campaign.index, whole)
    spend = tally.spend_of(campaign.index, whole)
    exhausted = spend >= campaign.budget_micros
    if exhausted != (campaign is story.exhausted):
        raise StoryError(f"the budget of {campaign.id} does not fit its traffic: raise --lines")
    return {
        "account_id": campaign.account_id,
        "impressions": impressions,
        "clicks": clicks,
        "spend_micros": spend,
        "budget_micros": campaign.budget_micros,
        "status": "exhausted" if exhausted else "open",
    }


def minute_totals(story, tally):
    """How many rows there are, and three rows of each campaign to look at."""
    rows_sum = spend_sum = 0
    spots = {}
    for campaign in story.campaigns:
        rows = list(tally.rows_of(campaign.index))
        rows_sum += len(rows)
        spend_sum += sum(row[3] for row in rows)
        if rows:
            busiest = max(rows, key=lambda row: (row[1] + row[2], -row[0]))
            spots[campaign.id] = {
                "first": spot(story, rows[0]),
                "last": spot(story, rows[-1]),
                "busiest": spot(story, busiest),
            }
    return {"rows": rows_sum, "spend_micros": spend_sum, "spots": spots}


def spot(story, row):
    minute, impressions, clicks, spend = row
    return {
        "minute_micros": minute_micros(story, minute),
        "impressions": impressions,
        "clicks": clicks,
        "spend_micros": spend,
    }


def minute_micros(story, minute):
    return (story.options.start + minute * MINUTE) * 1_000


def period_totals(period):
    return {
        "metered_micros": period.metered_micros,
        "booked_micros": period.booked_micros,
        "adjustment_micros": period.adjustment_micros,
        "final_booked_micros": period.booked_micros + period.adjustment_micros,
        "credited_micros": period.credited_micros,
        "charges": period.charges,
        "impressions": period.impressions,
        "clicks": period.clicks,
        "invoice_amount_micros": period.metered_micros,
        "invoice_state": period.invoice_state,
        "reminded": period.reminded,
        "saga_state": period.saga_state,
    }


def account_totals(story, billing, account):
    periods = [p for (index, _), p in billing.periods.items() if index == account.index]
    in_state = {state: 0 for state in ("paid", "disputed", "voided")}
    for period in periods:
        in_state[period.invoice_state] += period.metered_micros
    return {
        "closed": account.index == story.refused[0],
        "charged_micros": sum(period.booked_micros for period in periods),
        "adjusted_micros": sum(period.adjustment_micros for period in periods),
        "credited_micros": sum(period.credited_micros for period in periods),
        "invoiced_micros": in_state["paid"] + in_state["disputed"],
        "paid_micros": in_state["paid"],
        "disputed_micros": in_state["disputed"],
    }


def conservation(totals, billing):
    """Where the money went. Nothing is lost: every micro that was metered is in one invoice, and
    the ledger agrees with the invoices that were issued but for what was tolerated."""
    accounts = totals["accounts"].values()
    periods = totals["periods"].values()
    money = {
        "metered_micros": sum(p["metered_micros"] for p in periods),
        "paid_micros": sum(a["paid_micros"] for a in accounts),
        "disputed_micros": sum(a["disputed_micros"] for a in accounts),
        "voided_micros": sum(
            p["invoice_amount_micros"] for p in periods if p["invoice_state"] == "voided"
        ),
        "charged_micros": sum(a["charged_micros"] for a in accounts),
        "adjusted_micros": sum(a["adjusted_micros"] for a in accounts),
        "credited_micros": sum(a["credited_micros"] for a in accounts),
        "invoiced_micros": sum(a["invoiced_micros"] for a in accounts),
        "ledger_error_micros": billing.ledger_error_micros,
        "tolerated_micros": billing.tolerated_micros,
    }
    if not money["ledger_error_micros"] or not money["tolerated_micros"]:
        raise StoryError("no charge is large enough for the ledger to err: raise --lines")
    metered = money["metered_micros"]
    spent = sum(c["spend_micros"] for c in totals["campaigns"].values())
    assert metered == spent == totals["campaign_minutes"]["spend_micros"]
    assert metered == money["paid_micros"] + money["disputed_micros"] + money["voided_micros"]
    assert money["invoiced_micros"] == money["paid_micros"] + money["disputed_micros"]
    assert money["adjusted_micros"] == -money["ledger_error_micros"]
    errors = money["ledger_error_micros"] + money["tolerated_micros"]
    assert money["charged_micros"] == metered + errors
    kept = money["charged_micros"] + money["adjusted_micros"] - money["credited_micros"]
    assert kept == money["invoiced_micros"] + money["tolerated_micros"]
    return money


def write_minutes(story, tally, file):
    """The whole read model of campaign minutes as CSV, ordered by its key."""
    file.write("campaign_id,minute_micros,impressions,clicks,spend_micros\n")
    for campaign in sorted(story.campaigns, key=lambda campaign: campaign.id):
        for minute, impressions, clicks, spend in tally.rows_of(campaign.index):
            at = minute_micros(story, minute)
            file.write(f"{campaign.id},{at},{impressions},{clicks},{spend}\n")
