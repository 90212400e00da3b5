"""The generator's totals are what an independent reader of its file arrives at."""

import csv
import json
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from functools import wraps
from pathlib import Path

from input_rules import micros
from outcome import Outcome, day_number
from recount import DAY, MINUTE, SECOND, Recount

GENERATE = Path(__file__).resolve().parents[3] / "tools" / "generate" / "generate.py"
HOUR = 60 * MINUTE
SMALL = ("--accounts", "5", "--campaigns-per-account", "2", "--days", "1")


def generate(*arguments):
    return subprocess.run(
        [sys.executable, GENERATE, *arguments], capture_output=True, check=False, timeout=60
    )


class Sample:
    """One generated file with its totals and its recount."""

    def __init__(self, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            out, totals, minutes = (Path(folder) / n for n in ("in.ndjson", "t.json", "m.csv"))
            files = "--out", out, "--totals", totals, "--minutes", minutes
            done = generate(*arguments, *files)
            assert done.returncode == 0, done.stderr.decode()
            self.data = out.read_bytes()
            self.totals = json.loads(totals.read_text(encoding="utf-8"))
            with open(minutes, encoding="utf-8", newline="") as file:
                self.minutes = list(csv.reader(file))
        self.recount = Recount(self.data)
        self.outcome = Outcome(self.recount.requests)


def for_each_sample(check):
    """Makes a test of a check that takes one sample."""

    @wraps(check)
    def test(self):
        for sample in self.samples:
            with self.subTest(options=sample.totals["options"]):
                check(self, sample)

    return test


def first_period(totals):
    return min(invoice_id.rsplit(".", 1)[1] for invoice_id in totals["periods"])


class GeneratorTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.samples = [
            Sample("--lines", "20000", "--seed", "1"),
            Sample("--lines", "4000", "--seed", "7", *SMALL, "--malformed", "0.1"),
            Sample("--lines", "12000", "--seed", "42", "--days", "3", "--start", "2027-02-27"),
            Sample("--lines", "3000", "--seed", "3", *SMALL, "--duplicates", "0", "--late", "0"),
            Sample("--lines", "4000", "--seed", "5", *SMALL, "--days", "4", "--late", "0.3"),
            Sample("--lines", "3000", "--seed", "4", *SMALL, "--malformed", "0", "--late", "0.05"),
        ]

    @for_each_sample
    def test_the_file_has_exactly_the_lines_that_were_asked_for(self, sample):
        self.assertEqual(sample.recount.lines, sample.totals["options"]["lines"])
        self.assertEqual(sample.recount.lines, sample.totals["lines"])
        self.assertEqual(sample.recount.blank_lines, sample.totals["blank_lines"])
        self.assertEqual(sample.recount.types["time_passed"], sample.totals["time_passed"])

    @for_each_sample
    def test_the_broken_lines_break_the_rules_that_the_totals_name(self, sample):
        mismatches = sample.totals["schema_mismatches"]
        named = {reason: n for reason, n in mismatches["by_reason"].items() if n}
        self.assertEqual(dict(sample.recount.reasons), named)
        self.assertEqual(sample.recount.reasons.total(), mismatches["total"])
        self.assertEqual(len(named), 7 if sample.totals["options"]["malformed"] else 0)

    @for_each_sample
    def test_repeated_lines_are_counted_apart_from_what_they_repeat(self, sample):
        duplicates = dict(sample.totals["duplicates"])
        self.assertEqual(duplicates.pop("lines"), sample.recount.repeated.total())
        self.assertEqual({k: n for k, n in duplicates.items() if n}, dict(sample.recount.repeated))
        self.assertEqual(any(duplicates.values()), sample.totals["options"]["duplicates"] > 0)

    @for_each_sample
    def test_facts_and_their_lateness_agree(self, sample):
        self.assertEqual(
            sample.totals["facts"],
            {
                "stored": len(sample.recount.facts),
                "impressions": sample.recount.types["impression_served"],
                "clicks": sample.recount.types["click_tracked"],
                "late": sample.recount.late,
            },
        )
        self.assertEqual(sample.recount.late > 0, sample.totals["options"]["late"] > 0)

    @for_each_sample
    def test_a_fact_is_less_than_a_minute_behind_or_clearly_late(self, sample):
        for fact in sample.recount.facts:
            if fact.is_late:
                self.assertTrue(240 * SECOND <= fact.behind <= 540 * SECOND)
            else:
                self.assertLess(fact.behind, 60 * SECOND)

    @for_each_sample
    def test_no_late_fact_comes_after_eight_past_midnight_of_its_day(self, sample):
        for fact in sample.recount.facts:
            end = (fact.at // DAY + 1) * DAY
            self.assertLess(fact.at + fact.behind, end + 8 * MINUTE)

    @for_each_sample
    def test_campaign_minutes_agree_row_by_row(self, sample):
        rows = [
            [campaign, str(minute), *map(str, row)]
            for (campaign, minute), row in sorted(sample.recount.minutes.items())
        ]
        self.assertEqual(sample.minutes[1:], rows)
        self.assertEqual(sample.totals["campaign_minutes"]["rows"], len(rows))
        spend = sum(row[2] for row in sample.recount.minutes.values())
        self.assertEqual(sample.totals["campaign_minutes"]["spend_micros"], spend)

    @for_each_sample
    def test_the_minutes_to_look_at_are_the_first_the_last_and_the_busiest(self, sample):
        for campaign, spots in sample.totals["campaign_minutes"]["spots"].items():
            rows = {m: row for (c, m), row in sample.recount.minutes.items() if c == campaign}
            most = max(row[0] + row[1] for row in rows.values())
            busiest = min(m for m, row in rows.items() if row[0] + row[1] == most)
            for name, minute in ("first", min(rows)), ("last", max(rows)), ("busiest", busiest):
                impressions, clicks, spend = rows[minute]
                expected = {
                    "minute_micros": minute,
                    "impressions": impressions,
                    "clicks": clicks,
                    "spend_micros": spend,
                }
                self.assertEqual(spots[name], expected)

    @for_each_sample
    def test_campaigns_agree(self, sample):
        expected = {}
        for campaign, state in sample.outcome.campaigns.items():
            rows = [row for (c, _), row in sample.recount.minutes.items() if c == campaign]
            spend = sum(row[2] for row in rows)
            status = "paused" if state.is_paused else "open"
            expected[campaign] = {
                "account_id": sample.recount.owners[campaign],
                "impressions": sum(row[0] for row in rows),
                "clicks": sum(row[1] for row in rows),
                "spend_micros": spend,
                "budget_micros": state.budget_micros,
                "status": "exhausted" if spend >= state.budget_micros else status,
            }
        self.assertEqual(sample.totals["campaigns"], expected)

    @for_each_sample
    def test_the_small_budget_is_used_up_on_the_first_day_and_not_much_exceeded(self, sample):
        exhausted = [
            (campaign, row)
            for campaign, row in sample.totals["campaigns"].items()
            if row["status"] == "exhausted"
        ]
        self.assertEqual(len(exhausted), 1)
        (campaign, row), first_day = exhausted[0], day_number(first_period(sample.totals))
        spend = sum(
            cost
            for (c, minute), (_, _, cost) in sample.recount.minutes.items()
            if c == campaign and minute // DAY == first_day
        )
        self.assertGreaterEqual(spend, row["budget_micros"])
        self.assertLess(row["spend_micros"], 2 * row["budget_micros"])

    @for_each_sample
    def test_nothing_of_a_period_comes_after_its_closing(self, sample):
        for invoice_id, bill in sample.outcome.bills.items():
            account, period = invoice_id.rsplit(".", 1)
            impressions, clicks, spend = sample.recount.periods[account, day_number(period)]
            self.assertEqual(bill.metered_micros, spend)
            self.assertEqual(sample.totals["periods"][invoice_id]["impressions"], impressions)
            self.assertEqual(sample.totals["periods"][invoice_id]["clicks"], clicks)

    @for_each_sample
    def test_periods_and_invoices_agree(self, sample):
        expected = {i: sample.outcome.totals(b) for i, b in sample.outcome.bills.items()}
        for invoice_id, row in sample.totals["periods"].items():
            row = {k: v for k, v in row.items() if k not in ("impressions", "clicks")}
            self.assertEqual(row, expected.pop(invoice_id))
        self.assertEqual(expected, {})

    @for_each_sample
    def test_each_charge_is_what_its_hour_cost_but_for_the_two_known_errors(self, sample):
        hours = Counter()
        for (campaign, minute), (_, _, spend) in sample.recount.minutes.items():
            hours[campaign, minute // HOUR] += spend
        for bill in sample.outcome.bills.values():
            for charge_id, amount in bill.charges.items():
                campaign, hour = charge_id.split(".")
                hours[campaign, micros(f"{hour}:00:00Z") // HOUR] -= amount
        money = sample.totals["conservation"]
        errors = sorted(-amount for amount in hours.values() if amount)
        self.assertEqual(errors, [money["ledger_error_micros"], money["tolerated_micros"]])

    @for_each_sample
    def test_accounts_agree(self, sample):
        for account_id, row in sample.totals["accounts"].items():
            bills = [
                sample.outcome.totals(bill)
                for invoice_id, bill in sample.outcome.bills.items()
                if invoice_id.startswith(account_id + ".")
            ]

            def total(field, *states):
                return sum(b[field] for b in bills if not states or b["invoice_state"] in states)

            expected = {
                "closed": sample.outcome.accounts[account_id].is_closed,
                "charged_micros": total("booked_micros"),
                "adjusted_micros": total("adjustment_micros"),
                "credited_micros": total("credited_micros"),
                "invoiced_micros": total("metered_micros", "paid", "disputed"),
                "paid_micros": total("metered_micros", "paid"),
                "disputed_micros": total("metered_micros", "disputed"),
            }
            self.assertEqual(row, expected)

    @for_each_sample
    def test_every_turn_of_the_story_is_taken(self, sample):
        rows = sample.totals["periods"].values()
        apart = sorted(row["booked_micros"] - row["metered_micros"] for row in rows)
        self.assertEqual(apart[1:], [0] * (len(apart) - 2) + [400])
        self.assertLessEqual(apart[0], -10_000)
        states = [row["invoice_state"] for row in rows]
        self.assertEqual((states.count("voided"), states.count("disputed")), (1, 1))
        self.assertEqual(sum(row["reminded"] for row in rows), 2)

    @for_each_sample
    def test_the_money_is_all_there(self, sample):
        money = sample.totals["conservation"]
        metered = sum(row["spend_micros"] for row in sample.totals["campaigns"].values())
        self.assertEqual(money["metered_micros"], metered)
        ends = money["paid_micros"] + money["disputed_micros"] + money["voided_micros"]
        self.assertEqual(ends, metered)

    @for_each_sample
    def test_the_commands_are_counted_by_type(self, sample):
        names = {
            "open_account": "OpenAccount",
            "close_account": "CloseAccount",
            "open_campaign": "OpenCampaign",
            "fund_campaign": "FundCampaign",
            "change_budget": "ChangeBudget",
            "pause_campaign": "PauseCampaign",
            "resume_campaign": "ResumeCampaign",
            "charge_booked": "ChargeAccount",
            "period_closed": "ClosePeriod",
            "payment_received": "PayInvoice",
            "adjustment_approved": "ApproveAdjustment",
        }
        counted = {names[t]: n for t, n in sample.recount.types.items() if t in names}
        self.assertEqual(sample.totals["commands"], counted)

    @for_each_sample
    def test_the_last_line_says_that_the_story_is_over(self, sample):
        at, document, _ = sample.recount.requests[-1]
        first_day = day_number(first_period(sample.totals))
        end = (first_day + sample.totals["options"]["days"] + 38) * DAY
        self.assertEqual((document["event_type"], at), ("time_passed", end))
        self.assertEqual(sample.outcome.end, end)

    def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(self):
        arguments = "--lines", "3000", *SMALL, "--out", "-", "--seed"
        first, again, other = (generate(*arguments, seed).stdout for seed in ("8", "8", "9"))
        self.assertTrue(first)
        self.assertTrue(first == again)
        self.assertFalse(first == other)

    def test_options_without_room_for_the_story_are_refused(self):
        for arguments, word in (
            (("--lines", "100"), "--lines"),
            (("--accounts", "4"), "--accounts"),
            (("--campaigns-per-account", "1"), "--campaigns-per-account"),
            (("--days", "0"), "--days"),
            (("--late", "0.6"), "--late"),
        ):
            done = generate(*arguments, "--out", "-")
            self.assertEqual((done.returncode, done.stdout), (1, b""))
            self.assertIn(word, done.stderr.decode())


if __name__ == "__main__":
    unittest.main()
