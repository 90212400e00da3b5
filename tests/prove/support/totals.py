"""Whether a run came to the totals that the generator added up while it wrote the input."""

import csv
import json

SAGA = "saga.billing_reconciliation-"
STATUS = "CAMPAIGN_STATUS_"


def differences(outcome, totals_file, minutes_file, most=20):
    totals = json.loads(totals_file.read_text(encoding="utf-8"))
    lines = []
    lines += _compare("campaign", _campaigns(totals), _overview(outcome))
    lines += _compare("campaign minute", _minutes(minutes_file), _minute_rows(outcome))
    lines += _compare("account", _accounts(totals), _balances(outcome))
    sagas = {name.removeprefix(SAGA): saga["state"] for name, saga in outcome["saga"].items()}
    periods = {name: period["saga_state"] for name, period in totals["periods"].items()}
    lines += _compare("saga", periods, sagas)
    return lines[:most]


def _compare(what, expected, found):
    return [
        f"{what} {name}: the generator says {expected.get(name)}, the run {found.get(name)}"
        for name in sorted({*expected, *found}, key=str)
        if expected.get(name) != found.get(name)
    ]


def _rows(outcome, projection):
    return [dict(row) for row in outcome[f"row of {projection}"].values()]


def _pick(row, names):
    return tuple(row[name] for name in names)


CAMPAIGN = ("account_id", "impressions", "clicks", "budget_micros")
MINUTE = ("impressions", "clicks", "spend_micros")
ACCOUNT = ("charged", "adjusted", "credited", "invoiced", "paid", "disputed")


def _campaigns(totals):
    return {
        name: (*_pick(row, CAMPAIGN), row["spend_micros"], STATUS + row["status"].upper())
        for name, row in totals["campaigns"].items()
    }


def _overview(outcome):
    return {
        row["campaign_id"]: (*_pick(row, CAMPAIGN), row["spent_micros"], row["status"])
        for row in _rows(outcome, "campaign_overview")
    }


def _minutes(file):
    with open(file, encoding="utf-8", newline="") as lines:
        return {
            (row["campaign_id"], int(row["minute_micros"])): tuple(
                int(row[name]) for name in MINUTE
            )
            for row in csv.DictReader(lines)
        }


def _minute_rows(outcome):
    return {
        (row["campaign_id"], row["minute_micros"]): _pick(row, MINUTE)
        for row in _rows(outcome, "campaign_minutes")
    }


def _accounts(totals):
    return {
        name: tuple(row[f"{column}_micros"] for column in ACCOUNT)
        for name, row in totals["accounts"].items()
    }


def _balances(outcome):
    return {
        row["account_id"]: tuple(row[f"{column}_micros"] for column in ACCOUNT)
        for row in _rows(outcome, "account_balance")
    }
