#!/usr/bin/env python3
"""Writes an input file for the ad platform, and the totals that a correct run must reach."""

import argparse
import json
import signal
import sys
from contextlib import nullcontext
from datetime import date
from random import Random

import totals
from agenda import Agenda
from billing import Billing
from console import Console
from desk import Desk
from story import Options, Story, StoryError
from tally import Tally
from traffic import Traffic
from wire import DAY, EPOCH, MINUTE

MINUTES_AFTER_TRAFFIC = 30  # the last day's bookings and closings


class Output:
    """Counts lines on their way to a binary file."""

    def __init__(self, file):
        self._file = file
        self.lines = 0

    def write(self, lines):
        self.lines += len(lines)
        self._file.write("".join(lines).encode("utf-8", "surrogateescape"))


class Run:
    """Tells one story from beginning to end."""

    def __init__(self, options):
        random = Random(options.seed)
        self.story = Story(options, random)
        self.tally = Tally(len(self.story.campaigns), options.days * DAY // MINUTE)
        self._agenda = Agenda()
        self._desk = Desk(options, self.tally, self._agenda, random)
        self._traffic = Traffic(self.story, self.tally, random)
        self.billing = Billing(self.story, self.tally, self._agenda, self._desk)
        Console(self.story, self._agenda, self._desk).plan(self._traffic)
        self.billing.plan(self._traffic, random)

    def write(self, output):
        """Writes all lines, exactly as many as were asked for."""
        start = self.story.options.start
        output.write(self._agenda.due(start))
        minutes = self.tally.minutes
        for minute in range(minutes + MINUTES_AFTER_TRAFFIC):
            output.write(self._agenda.due(start + (minute + 1) * MINUTE))
            output.write(self._traffic.minute(minute))
        if self._traffic.exhausted_minute is None or self._traffic.exhausted_minute >= 1440:
            raise StoryError("no budget is used up on the first day: raise --lines")
        self._fill(output)
        output.write(self._agenda.due(self.story.end + 1))
        assert output.lines == self.story.options.lines

    def _fill(self, output):
        """Time passes until the end of the story, in as many steps as lines are left."""
        missing = self.story.options.lines - output.lines
        missing -= len(self._agenda) + len(self._desk.repeats_to_come)
        begin = self.story.traffic_end + MINUTES_AFTER_TRAFFIC * MINUTE
        for step in range(1, missing + 1):
            self._desk.put_time_passed(begin + (self.story.end - begin) * step // missing)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes")
    parser.add_argument("--lines", type=int, default=1_000_000, help="of the whole file")
    parser.add_argument("--accounts", type=int, default=8)
    parser.add_argument("--campaigns-per-account", type=int, default=4)
    parser.add_argument("--days", type=int, default=2, help="of traffic")
    parser.add_argument("--start", type=date.fromisoformat, default="2026-11-01", help="day 1")
    parser.add_argument("--late", type=float, default=0.003, help="share of late facts")
    parser.add_argument("--duplicates", type=float, default=0.005, help="share of repeated facts")
    parser.add_argument("--malformed", type=float, default=0.001, help="share of broken lines")
    parser.add_argument("--out", required=True, metavar="FILE", help="NDJSON; - is standard output")
    parser.add_argument("--totals", metavar="FILE", help="JSON; see README.md")
    parser.add_argument("--minutes", metavar="FILE", help="CSV of all campaign minutes")
    return parser.parse_args(arguments)


def options_of(arguments):
    return Options(
        seed=arguments.seed,
        lines=arguments.lines,
        accounts=arguments.accounts,
        campaigns_per_account=arguments.campaigns_per_account,
        days=arguments.days,
        start=(arguments.start - EPOCH).days * DAY,
        late=arguments.late,
        duplicates=arguments.duplicates,
        malformed=arguments.malformed,
    )


def main(arguments):
    arguments = parse(arguments)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader such as `head` may stop early
    try:
        run = Run(options_of(arguments))
        is_stdout = arguments.out == "-"
        with nullcontext(sys.stdout.buffer) if is_stdout else open(arguments.out, "wb") as file:
            output = Output(file)
            run.write(output)
        result = totals.build(run.story, run.tally, run.billing, output.lines)
    except StoryError as error:
        sys.exit(f"generate: {error}")
    if arguments.totals:
        with open(arguments.totals, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=2)
            file.write("\n")
    if arguments.minutes:
        with open(arguments.minutes, "w", encoding="utf-8") as file:
            totals.write_minutes(run.story, run.tally, file)


if __name__ == "__main__":
    main(sys.argv[1:])
