#!/usr/bin/env python3
"""compile_cost.py BUILD [--case NAME]: what compiling one unit of an application costs.

Runs the very command that the build has for the unit, without the compiler's cache, three times,
and prints the least processor time and the most memory, one JSON object a line. The units must have
been built before, for what is generated.
"""

import argparse
import json
import os
import pathlib
import shlex
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNITS = {
    "smallest aggregate": "examples/template/book.cpp",
    "smallest projection": "examples/template/readers.cpp",
    "smallest saga": "examples/template/loan.cpp",
    "aggregate with six commands": "domain/adtech/campaign.cpp",
    "saga with 26 rows": "sagas/billing_reconciliation.cpp",
    "wiring of an application": "examples/adtech/wiring.cpp",
}
RUNS = 3


def command_of(build, unit, output):
    """The build's own command, less the cache and with another output."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if pathlib.Path(entry["directory"], entry["file"]).resolve() == ROOT / unit:
            words = shlex.split(entry["command"])
            if pathlib.Path(words[0]).name == "ccache":
                del words[0]
            words[words.index("-o") + 1] = str(output)
            return words, entry["directory"]
    sys.exit(f"{unit} is not in {build}/compile_commands.json: configure the build first")


def measure(words, folder):
    """(seconds, MiB) of one run: processor time, and the largest process, the compiler proper."""
    process = os.fork()
    if process == 0:
        os.chdir(folder)
        os.execvp(words[0], words)
    _, status, usage = os.wait4(process, 0)
    if status != 0:
        sys.exit(f"this failed: {shlex.join(words)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--case", choices=UNITS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in [options.case] if options.case else UNITS:
            words, at = command_of(options.build, UNITS[name], pathlib.Path(folder, "unit.o"))
            runs = [measure(words, at) for _ in range(RUNS)]
            for value, unit in ((min(seconds for seconds, _ in runs), "s"),
                                (max(memory for _, memory in runs), "MiB")):
                print(json.dumps({"bench": "compile", "case": name, "value": round(value, 1),
                                  "unit": unit, "file": UNITS[name]}), flush=True)


if __name__ == "__main__":
    main()
