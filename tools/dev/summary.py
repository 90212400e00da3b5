#!/usr/bin/env python3
"""summary.py RESULTS.xml…: what ctest found, as cases per label, failures first.

ctest knows entries; an entry may be one doctest case or a whole program of them, and an entry whose
filter matched nothing would count as passed. So the cases are counted from what the programs
printed, and an entry that ran none is a failure. The last line is 'N passed, N failed, N skipped'.
"""

import os
import pathlib
import re
import sys
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field

DOCTEST = re.compile(
    r"\[doctest\] test cases: +(\d+) \| +(\d+) passed \| +(\d+) failed", re.MULTILINE)
UNITTEST = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
UNITTEST_FAILED = re.compile(r"^FAILED \(([^)]*)\)", re.MULTILINE)
SHOWN_FAILURES = 20


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass
class Run:
    """One ctest run: its cases by label, and the entries that did not pass."""

    preset: str
    labels: dict = field(default_factory=dict)
    failures: list = field(default_factory=list)
    skips: list = field(default_factory=list)

    def total(self):
        total = Tally()
        for tally in self.labels.values():
            total.add(tally)
        return total


def label_of(case):
    labels = case.find("./properties/property[@name='cmake_labels']")
    if labels is not None and labels.get("value"):
        return labels.get("value").split(";")[0]
    return case.get("name", "").split("/")[0]


def passed_cases(output):
    """Cases of an entry that ctest calls passed; 0 when a doctest filter matched nothing."""
    doctest = DOCTEST.findall(output)
    if doctest:
        return sum(int(passed) for _, passed, _ in doctest)
    unittest = UNITTEST.findall(output)
    return sum(map(int, unittest)) if unittest else 1


def failed_cases(output):
    """Passed and failed cases of an entry that failed; a crash is one failed case."""
    doctest = DOCTEST.findall(output)
    if doctest:
        passed = sum(int(count) for _, count, _ in doctest)
        return Tally(passed=passed, failed=max(1, sum(int(count) for _, _, count in doctest)))
    ran, failed = UNITTEST.search(output), UNITTEST_FAILED.search(output)
    if ran and failed:
        count = sum(int(n) for kind, n in re.findall(r"(\w+)=(\d+)", failed[1])
                    if kind in ("failures", "errors"))
        return Tally(passed=int(ran[1]) - count, failed=max(1, count))
    return Tally(failed=1)


def judge(case, run):
    output = case.findtext("system-out") or ""
    status, name = case.get("status"), case.get("name")
    if status == "run":
        cases = passed_cases(output)
        if cases == 0:
            run.failures.append((name, "its filter matched no test case, so nothing ran"))
            return Tally(failed=1)
        return Tally(passed=cases)
    if status in ("notrun", "disabled"):
        if case.find("skipped") is not None and "SKIP" in case.find("skipped").get("message", ""):
            run.skips.append((name, output.strip().splitlines()[-1:] or ["no reason given"]))
            return Tally(skipped=1)
        run.failures.append((name, "not run: " + (case.find("skipped").get("message", "")
                                                  if case.find("skipped") is not None else status)))
        return Tally(failed=1)
    run.failures.append((name, output))
    return failed_cases(output)


def read(path):
    run = Run(preset=path.stem)
    try:
        cases = list(xml.parse(path).getroot().iter("testcase"))
    except (OSError, xml.ParseError) as error:
        run.failures.append((path.stem, f"ctest left no results ({error}); see out/log/"))
        run.labels["(none)"] = Tally(failed=1)
        return run
    for case in cases:
        run.labels.setdefault(label_of(case), Tally()).add(judge(case, run))
    if not cases:
        run.failures.append((path.stem, "no test ran"))
        run.labels["(none)"] = Tally(failed=1)
    return run


def report(runs):
    for run in runs:
        for name, output in run.failures[:SHOWN_FAILURES]:
            said = output.strip() or "no output: timed out?"
            print(f"\n--- FAILED {name} ({run.preset})\n{said}")
        if len(run.failures) > SHOWN_FAILURES:
            print(f"\n… and {len(run.failures) - SHOWN_FAILURES} more, in out/log/")
        for name, reason in run.skips:
            print(f"skipped {name} ({run.preset}): {reason[0]}")
    print("\ncases per label:")
    for run in runs:
        for label in sorted(run.labels):
            print(f"  {run.preset:8}{label:14}{run.labels[label]}")


def main(paths):
    runs = [read(pathlib.Path(path)) for path in paths]
    report(runs)
    total = Tally()
    for run in runs:
        total.add(run.total())
    refused = os.environ.get("CI") == "true" and any(
        run.labels.get("integration", Tally()).skipped for run in runs)
    if refused:
        print("\nintegration tests were skipped, which CI=true does not allow")
    print(f"\n{total}")
    return 1 if total.failed or refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
