"""Compares what a run came to with the totals that the generator added up by itself."""

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path

import published
from pictures import invoice_states
from rows import open_live, open_read_only, rows_of

SHOWN = 10
# The event that says that a command of a line was accepted; sagas send none of these commands.
ACCEPTED = {
    "OpenAccount": "AccountOpened",
    "CloseAccount": "AccountClosed",
    "OpenCampaign": "CampaignOpened",
    "FundCampaign": "CampaignFunded",
    "ChangeBudget": "BudgetChanged",
    "PauseCampaign": "CampaignPaused",
    "ResumeCampaign": "CampaignResumed",
    "ChargeAccount": "AccountCharged",
    "ClosePeriod": "PeriodClosed",
    "ApproveAdjustment": "AdjustmentApproved",
    "PayInvoice": "InvoicePaid",
}
COUNTS = ("impressions", "clicks", "spend_micros")
ACCOUNT = ("charged", "adjusted", "credited", "invoiced", "paid", "disputed")


def balances(data):
    return {row["account_id"]: row for row in rows_of(data, "account_balance")}


class Reckoning:
    def __init__(self, tool, folder, broker=None, dashboard=None):
        self._tool = tool
        self._broker = broker
        self._dashboard = dashboard
        self._data = Path(folder) / "data"
        self._minutes_file = Path(folder) / "minutes.csv"
        self._totals = json.loads((Path(folder) / "totals.json").read_text(encoding="utf-8"))
        self._stats = tool.json("store", "stats")
        self._differences = 0
        self._compared = 0

    @property
    def agrees(self):
        return self._differences == 0

    def run(self):
        self._lines()
        self._commands()
        self._models(self._data, "")
        self._periods()
        self._conservation()
        if self._broker:
            self._topics()
            self._models(self._dashboard, ", from topics")
        verdict = "all of them agree" if self.agrees else f"{self._differences} DIFFER"
        print(f"{self._compared:,} figures compared: {verdict}")

    def _compare(self, what, expected, found):
        """Two dictionaries of figures."""
        names = sorted({*expected, *found}, key=str)
        wrong = [name for name in names if expected.get(name) != found.get(name)]
        self._compared += len(names)
        self._differences += len(wrong)
        verdict = "agree" if not wrong else f"{len(wrong)} DIFFER"
        print(f"  {what:<44} {len(names):>9,} figures  {verdict}")
        for name in wrong[:SHOWN]:
            print(f"    {name}: the generator says {expected.get(name)}, the run {found.get(name)}")

    def _types(self):
        return {row["name"].rpartition(".")[2]: row["events"] for row in self._stats["types"]}

    def _lines(self):
        totals, types = self._totals, self._types()
        intake = open_read_only(self._data / "intake.db")
        counts = dict(intake.execute("SELECT name, count FROM intake_counts").fetchall())
        minutes = open_live(self._data, "campaign_minutes")
        (late,) = minutes.execute("SELECT late_events FROM model_state").fetchone()
        duplicates = totals["duplicates"]
        expected = {
            "lines": totals["lines"],
            "blank lines": totals["blank_lines"],
            "time_passed": totals["time_passed"],
            "facts stored": totals["facts"]["stored"],
            "impressions": totals["facts"]["impressions"],
            "clicks": totals["facts"]["clicks"],
            "late facts": totals["facts"]["late"],
            "facts left out": duplicates["facts_verbatim"] + duplicates["facts_changed"],
            "commands left out": duplicates["commands_verbatim"] + duplicates["commands_changed"],
        }
        found = {
            "lines": counts["lines"],
            "blank lines": counts["blank"],
            "time_passed": counts["time only"],
            "facts stored": counts["facts stored"],
            "impressions": types["ImpressionServed"],
            "clicks": types["ClickTracked"],
            "late facts": late,
            "facts left out": counts["facts repeated"],
            "commands left out": counts["commands repeated"],
        }
        self._compare("lines, facts, late ones, duplicates", expected, found)
        reasons = Counter(event["data"]["reason"] for event in self._tool.events("intake"))
        self._compare(
            "schema mismatches by reason", totals["schema_mismatches"]["by_reason"], dict(reasons)
        )

    def _commands(self):
        types = self._types()
        found = {command: types.get(event, 0) for command, event in ACCEPTED.items()}
        expected = {command: 0 for command in ACCEPTED} | self._totals["commands"]
        self._compare("commands accepted by type", expected, found)

    def _models(self, data, whence):
        self._campaigns(data, f"campaign overview{whence}")
        self._minutes(data, f"campaign minutes, row by row{whence}")
        self._accounts(data, f"account balances{whence}")

    def _campaigns(self, data, what):
        expected, found = {}, {}
        for name, row in self._totals["campaigns"].items():
            for field in ("account_id", *COUNTS, "budget_micros", "status"):
                expected[name, field] = row[field]
        for row in rows_of(data, "campaign_overview"):
            name = row["campaign_id"]
            found[name, "account_id"] = row["account_id"]
            found[name, "impressions"] = row["impressions"]
            found[name, "clicks"] = row["clicks"]
            found[name, "spend_micros"] = row["spent_micros"]
            found[name, "budget_micros"] = row["budget_micros"]
            found[name, "status"] = row["status"].removeprefix("CAMPAIGN_STATUS_").lower()
        self._compare(what, expected, found)

    def _minutes(self, data, what):
        with open(self._minutes_file, encoding="utf-8", newline="") as lines:
            expected = {
                (row["campaign_id"], int(row["minute_micros"])): tuple(
                    int(row[name]) for name in COUNTS
                )
                for row in csv.DictReader(lines)
            }
        found = {
            (row["campaign_id"], row["minute_micros"]): tuple(row[name] for name in COUNTS)
            for row in rows_of(data, "campaign_minutes")
        }
        totals = self._totals["campaign_minutes"]
        for figure in ("rows", "spend_micros"):
            expected[figure] = totals[figure]
        found["rows"], found["spend_micros"] = len(found), sum(row[2] for row in found.values())
        self._compare(what, expected, found)

    def _booked(self):
        """What the account's events say of each period."""
        periods = defaultdict(Counter)
        for event in self._tool.events("account"):
            kind, data = event["type"].rpartition(".")[2], event["data"]
            period = periods[f"{data.get('account_id')}.{data.get('period')}"]
            amount = int(data.get("amount_micros", 0))
            if kind == "AccountCharged":
                period["booked_micros"] += amount
                period["charges"] += 1
            elif kind == "AccountAdjusted":
                period["adjustment_micros"] += amount
            elif kind == "AccountCredited":
                period["credited_micros"] += amount
        return periods

    def _usage(self):
        """The last revision of each period's usage."""
        usage = {}
        for event in self._tool.events("billing_period"):
            data = event["data"]
            if event["type"].endswith(".UsageRecorded"):
                usage[f"{data['account_id']}.{data['period']}"] = data
        return usage

    def _periods(self):
        expected, found = {}, {}
        booked, usage, invoices = self._booked(), self._usage(), invoice_states(self._tool)
        sagas = {
            saga["instance"]: saga["state"] for saga in self._tool.json("saga", "list")["instances"]
        }
        for name, period in self._totals["periods"].items():
            for field, value in period.items():
                expected[name, field] = value
            own, used, invoice = booked[name], usage.get(name, {}), invoices.get(name, {})
            answers = {
                "metered_micros": int(used.get("metered_micros", 0)),
                "booked_micros": own["booked_micros"],
                "adjustment_micros": own["adjustment_micros"],
                "final_booked_micros": own["booked_micros"] + own["adjustment_micros"],
                "credited_micros": own["credited_micros"],
                "charges": own["charges"],
                "impressions": int(used.get("impressions", 0)),
                "clicks": int(used.get("clicks", 0)),
                "invoice_amount_micros": invoice.get("amount_micros"),
                "invoice_state": invoice.get("state"),
                "reminded": invoice.get("reminded"),
                "saga_state": sagas.get(name),
            }
            for field, value in answers.items():
                found[name, field] = value
        self._compare("billing periods, invoices, sagas", expected, found)

    def _accounts(self, data, what):
        expected, found = {}, {}
        for name, row in self._totals["accounts"].items():
            for field in ("closed", *(f"{kind}_micros" for kind in ACCOUNT)):
                expected[name, field] = row[field]
        for name, row in balances(data).items():
            found[name, "closed"] = bool(row["closed"])
            for kind in ACCOUNT:
                found[name, f"{kind}_micros"] = row[f"{kind}_micros"]
        self._compare(what, expected, found)

    def _conservation(self):
        """Each metered micro is paid, disputed or voided; each booked one invoiced or tolerated."""
        sums = Counter()
        for row in balances(self._data).values():
            for kind in ACCOUNT:
                sums[f"{kind}_micros"] += row[f"{kind}_micros"]
        for usage in self._usage().values():
            sums["metered_micros"] += int(usage.get("metered_micros", 0))
        invoices = invoice_states(self._tool).values()
        sums["voided_micros"] = sum(i["amount_micros"] for i in invoices if i["state"] == "voided")
        fields = [f"{name}_micros" for name in ("metered", "voided", *ACCOUNT)]
        totals = self._totals["conservation"]
        self._compare(
            "where the money went",
            {field: totals[field] for field in fields},
            {field: sums[field] for field in fields},
        )

    def _topics(self):
        expected = {
            row["name"]: row["events"]
            for row in self._stats["categories"]
            if not row["name"].startswith(("saga.", "$"))
        }
        found = published.records(self._broker, expected)
        self._compare("records on Kafka, each id once", expected, found)
