#!/usr/bin/env python3
"""The ad platform's main job, from one file of input to reconciled bills, and the reckoning.

Generates days of an ad platform's life, runs the application over them, shows what an operator
looks at, and compares every total with the generator's own. Exit code 1 when one differs.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pictures
from dashboard import Dashboard
from reckoning import Reckoning
from tool import Tool, environment

ROOT = Path(__file__).resolve().parents[2]


def main():
    arguments = parse()
    folder = Path(arguments.folder).resolve()
    programs = Path(arguments.binaries).resolve() / "examples/adtech"
    application = programs / "adtech"
    if not application.exists():
        sys.exit(f"{application} is not built: ./dev demo builds it")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    broker = dashboard = None
    try:
        generate(arguments, folder)
        if arguments.kafka:
            broker = start_broker(folder)
            dashboard = Dashboard(programs / "adtech_dashboard", folder, broker)
        settings = settings_of(arguments, folder, broker)
        run(application, settings, folder)
        if dashboard:
            finish(dashboard)
        tool = Tool(application, settings)
        show(tool, folder)
        rebuild(tool)
        whole = verify(tool)
        agreed = reckon(Reckoning(tool, folder, broker, dashboard and dashboard.data))
        if agreed and whole:
            what_next(application, folder)
        return 0 if agreed and whole else 1
    except subprocess.CalledProcessError as error:
        print(f"\n{error.cmd[0]} ended with {error.returncode}", file=sys.stderr)
        return 1
    finally:
        if dashboard:
            dashboard.stop()
        if broker:
            subprocess.run([BROKER, "stop", folder / "kafka"], check=False)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kafka", action="store_true", help="publish to a broker of its own")
    parser.add_argument("--store", help="the address of an empty store, postgresql://…")
    parser.add_argument("--lines", type=int, default=1_000_000, help="of the input")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--binaries", default=ROOT / "build/release", help="the build to use")
    parser.add_argument("--folder", default=ROOT / "out/demo", help="is emptied first")
    return parser.parse_args()


CANNOT_BE_HAD = 3  # of broker.sh
SKIPPED = 77  # what ctest takes for "not here"
BROKER = ROOT / "tools/kafka/broker.sh"


def start_broker(folder):
    heading("a Kafka broker of its own")
    started = subprocess.run(
        [BROKER, "start", folder / "kafka"],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "KAFKA_OWNER_PID": str(os.getpid())},
    )
    if started.returncode == CANNOT_BE_HAD:
        sys.exit(1 if os.environ.get("DEV_REQUIRE_KAFKA") == "1" else SKIPPED)
    started.check_returncode()
    address = started.stdout.split()[-1]
    print(f"listens at {address}")
    return address


def generate(arguments, folder):
    heading(f"{arguments.lines:,} lines of an ad platform's life")
    began = time.monotonic()
    subprocess.run(
        [
            sys.executable,
            ROOT / "tools/generate/generate.py",
            *("--lines", str(arguments.lines)),
            *("--seed", str(arguments.seed)),
            *("--out", folder / "input.ndjson"),
            *("--totals", folder / "totals.json"),
            *("--minutes", folder / "minutes.csv"),
        ],
        check=True,
    )
    megabytes = (folder / "input.ndjson").stat().st_size / 1e6
    print(f"{folder / 'input.ndjson'}: {megabytes:,.0f} MB in {time.monotonic() - began:.1f} s")


def settings_of(arguments, folder, broker):
    settings = {
        "data.directory": folder / "data",
        "input.file": folder / "input.ndjson",
        "input.exit_at_end": "true",
        "clock.source": "input",
        "log.file": folder / "adtech.log",
        "run.progress": "true",
    }
    if arguments.store:
        settings["store.url"] = arguments.store
    if broker:
        settings["kafka.bootstrap_servers"] = broker
    return settings


def run(application, settings, folder):
    heading("the application: commands, facts, read models, sagas; forty days of timers")
    command = [application, "run"]
    for name, value in settings.items():
        command += ["-s", f"{name}={value}"]
    began = time.monotonic()
    ended = subprocess.run(command, check=False, env=environment())
    if ended.returncode != 0:
        log = folder / "adtech.log"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        print("\n".join(lines[-15:]), file=sys.stderr)
        raise subprocess.CalledProcessError(ended.returncode, command)
    print(f"done in {time.monotonic() - began:.1f} s")


def show(tool, folder):
    heading("spend per minute, from the read model campaign_minutes")
    pictures.minute_chart(folder / "data")
    heading("invoices, from the log")
    pictures.invoices(tool)
    heading("saga list")
    tool.show("saga", "list")
    for dispute in pictures.disputes(tool):
        heading(f"the dispute: the ledger and what was metered of {dispute.period}")
        dispute.show()
        heading(f"how it was settled: saga history billing_reconciliation {dispute.period}")
        tool.show("saga", "history", "billing_reconciliation", dispute.period)


def rebuild(tool):
    heading("a read model, built anew from the log")
    reason = "the demo shows its rate"
    tool.show("projection", "rebuild", "campaign_minutes", "--follow", "--reason", reason)


def verify(tool):
    heading("store verify: positions, versions, hash chain")
    return tool.show("store", "verify") == 0


def finish(dashboard):
    heading("the same read models in another service, from the topics")
    print(f"it held all records {dashboard.catch_up():.1f} s after the platform ended")
    code = dashboard.stop()
    if code != 0:
        raise subprocess.CalledProcessError(code, ["adtech_dashboard"])


def reckon(reckoning):
    heading("the reckoning: every total against the generator's")
    reckoning.run()
    return reckoning.agrees


def what_next(application, folder):
    data = folder / "data"
    shown = os.path.relpath(application)
    place = f"-s data.directory={os.path.relpath(data)}"
    heading("what to try next")
    for verb, about in (
        ("trace bill-acct-01.2026-11-01", "one bill from its cause to its rows"),
        ("saga why billing_reconciliation acct-04.2026-11-01", "what an unpaid bill waits for"),
        ("saga chart billing_reconciliation", "the workflow as a Mermaid chart"),
        ("store read --category intake", "the lines that broke the format"),
        ("describe", "what is wired to what"),
        ("doctor", "what is wrong, and what to do"),
    ):
        print(f"  {shown} {place} {verb:<52} {about}")


def heading(text):
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
