"""One generated input and the ad platform that reads it, as a process."""

import contextlib
import ctypes
import io
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools" / "demo"))

from reckoning import Reckoning  # noqa: E402  (its folder is known only now)
from tool import Tool, environment  # noqa: E402

RUN_SECONDS = 240
LIBC = ctypes.CDLL(None)


def die_with_parent():
    LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Run:
    """A folder with an input, its totals, and what the application makes of it."""

    def __init__(self, application, folder, seed, lines, settings=None):
        self.folder = Path(folder)
        self.settings = dict(settings or {})
        self.data = self.folder / "data"
        self.input = self.folder / "input.ndjson"
        self._application = application
        command = [sys.executable, ROOT / "tools/generate/generate.py"]
        command += ["--lines", str(lines), "--seed", str(seed), "--out", self.input]
        command += ["--totals", self.folder / "totals.json"]
        command += ["--minutes", self.folder / "minutes.csv"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=RUN_SECONDS)

    def start(self, source="file"):
        """The application, reading the file or ("-") its standard input."""
        settings = {
            "data.directory": self.data,
            "input.file": self.input if source == "file" else "-",
            "input.exit_at_end": "true",
            "clock.source": "input",
            "log.file": self.folder / "adtech.log",
            **self.settings,
        }
        command = [self._application, "run"]
        for name, value in settings.items():
            command += ["-s", f"{name}={value}"]
        with open(self.input, "rb") as stdin:
            return subprocess.Popen(
                command,
                stdin=stdin if source == "-" else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment(),
                preexec_fn=die_with_parent,
            )

    def finish(self, process):
        """Waits for the end; says how the log ends when it is no good one."""
        code = process.wait(RUN_SECONDS)
        if code == 0:
            return
        log = (self.folder / "adtech.log").read_text(encoding="utf-8").splitlines()
        raise AssertionError(f"the application ended with {code}:\n" + "\n".join(log[-15:]))

    def read(self, source="file"):
        self.finish(self.start(source))

    def kill_after(self, lines, source="file"):
        """Runs until so many lines are remembered, then kills it. False: it had ended before."""
        process = self.start(source)
        deadline = time.monotonic() + RUN_SECONDS
        while process.poll() is None and self.counts()["lines"] < lines:
            if time.monotonic() > deadline:
                process.kill()
                raise AssertionError(f"not {lines} lines in {RUN_SECONDS} s")
            time.sleep(0.002)
        ended = process.poll() is not None
        process.kill()
        process.wait()
        return not ended

    def counts(self):
        """What became of the lines, as the application remembers it."""
        try:
            file = sqlite3.connect(f"file:{self.data / 'intake.db'}?mode=ro", uri=True)
        except sqlite3.OperationalError:
            return Counter()
        try:
            return Counter(dict(file.execute("SELECT name, count FROM intake_counts")))
        except sqlite3.OperationalError:
            return Counter()  # it is just being made
        finally:
            file.close()

    def refused(self):
        """The commands that were refused, each once with how often it is listed."""
        file = sqlite3.connect(f"file:{self.data / 'intake.db'}?mode=ro", uri=True)
        rows = file.execute("SELECT command_id, type, code FROM intake_refused").fetchall()
        file.close()
        return Counter(rows)

    def differences(self, repetitions_too=True):
        """Which totals differ from the generator's; with or without the counts of lines."""
        settings = {"data.directory": self.data, **self.settings}
        with contextlib.redirect_stdout(io.StringIO()) as told:
            reckoning = Comparison(Tool(self._application, settings), self.folder)
            reckoning.run()
        wrong = [name for name in reckoning.wrong if repetitions_too or name not in LINE_COUNTS]
        return "" if not wrong else f"{wrong}\n{told.getvalue()}"


# What counts lines rather than what came of them.
LINE_COUNTS = ("lines", "blank lines", "time_passed", "facts left out", "commands left out")


class Comparison(Reckoning):
    """The reckoning, with the names of what differs."""

    def __init__(self, tool, folder):
        super().__init__(tool, folder)
        self.wrong = []

    def _compare(self, what, expected, found):
        super()._compare(what, expected, found)
        for name in {*expected, *found}:
            if expected.get(name) != found.get(name):
                self.wrong.append(name)
