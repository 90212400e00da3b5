"""What a proof found: JSON objects, one a line on standard output, and a summary for people."""

import json
import sys


class Broken(Exception):
    """The proof could not be carried out, or something that must never happen did."""


class Findings:
    """Prints each finding when it is made, and knows at the end whether all of them passed."""

    def __init__(self):
        self._all = []

    def add(self, check, passed, **figures):
        """`check` is a sentence that is true when it passed; `figures` are what was measured."""
        finding = {"check": check, "passed": bool(passed), **figures}
        self._all.append(finding)
        print(json.dumps(finding), flush=True)
        return finding["passed"]

    def equal(self, check, difference, **figures):
        """Passes when there is no difference; what there is goes to the log, line by line."""
        for line in difference:
            say(f"  {line}")
        if difference:
            figures["first_difference"] = difference[0]
        return self.add(check, not difference, **figures)

    def finish(self):
        """The summary, and the exit code."""
        say("")
        for finding in self._all:
            figures = ", ".join(
                f"{k} {v}" for k, v in finding.items() if k not in ("check", "passed")
            )
            verdict = "passed" if finding["passed"] else "FAILED"
            say(f"{verdict}: {finding['check']}" + (f" ({figures})" if figures else ""))
        return 0 if self._all and all(finding["passed"] for finding in self._all) else 1


def say(text):
    """A line for people: standard error, which ./dev prove keeps as the proof's log."""
    print(text, file=sys.stderr, flush=True)
