#!/usr/bin/env python3
"""fuzz.py [--seconds N] [--build FOLDER] [--findings] [--keep] NAME…: runs fuzz targets, at the
same time, from their corpus, each for so many seconds.

What a target finds on its way stays in out/fuzz/NAME and is where its next run begins; --keep
merges what of it reaches new code into tests/fuzz/corpus/NAME. An input that fails is left in
out/fuzz and named. --findings prints one JSON finding a target, for ./dev prove.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
OUT = ROOT / "out" / "fuzz"
STATISTIC = re.compile(r"^stat::(\w+): +(\d+)$", re.MULTILINE)
COVERED = re.compile(r"\bcov: (\d+)")
INPUT_SECONDS_MAX = 20
GRACE_SECONDS = 120


class Target:
    """One target while it runs."""

    def __init__(self, name, program, seconds):
        self.name, self.seconds = name, seconds
        self.found = OUT / name
        self.found.mkdir(parents=True, exist_ok=True)
        self.log = OUT / f"{name}.log"
        with open(self.log, "w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [program, f"-max_total_time={seconds}", f"-timeout={INPUT_SECONDS_MAX}",
                 "-print_final_stats=1", f"-artifact_prefix={OUT}/{name}-", self.found,
                 CORPUS / name], stdout=log, stderr=subprocess.STDOUT)

    def finish(self):
        """Its finding."""
        try:
            code = self._process.wait(self.seconds + GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        said = self.log.read_text(encoding="utf-8", errors="replace")
        figures = dict(STATISTIC.findall(said))
        covered = COVERED.findall(said)
        runs = int(figures.get("number_of_executed_units", 0))
        if code != 0:
            print("\n".join(said.splitlines()[-60:]), file=sys.stderr)
        return {"check": f"no input of the fuzz target {self.name} fails",
                "passed": code == 0 and runs > 0, "seconds": self.seconds, "inputs": runs,
                "inputs_that_failed": 0 if code == 0 else 1,
                "covered_edges": int(covered[-1]) if covered else 0}


def keep(name, program):
    subprocess.run([program, "-set_cover_merge=1", CORPUS / name, OUT / name], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "fuzz")
    parser.add_argument("--findings", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("names", nargs="+", metavar="NAME")
    arguments = parser.parse_args()
    programs = {name: arguments.build / "tests" / "fuzz" / f"fuzz_{name}"
                for name in arguments.names}
    for program in programs.values():
        if not program.exists():
            sys.exit(f"there is no {program}: ./dev build fuzz fuzz_targets")
    targets = [Target(name, program, arguments.seconds) for name, program in programs.items()]
    findings = [target.finish() for target in targets]
    for finding in findings:
        print(json.dumps(finding) if arguments.findings else finding, flush=True)
    passed = all(finding["passed"] for finding in findings)
    if passed and arguments.keep:
        for name, program in programs.items():
            keep(name, program)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
