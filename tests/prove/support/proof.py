"""What every proof starts with: its arguments, its folder, its input and its programs."""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .application import Application
from .broker import Broker
from .event_log import EventLog
from .findings import Broken, Findings, say

ROOT = Path(__file__).resolve().parents[3]
GENERATE = ROOT / "tools" / "generate" / "generate.py"
PROGRESS = "progress.json"


class Proof:
    """One run of a proof. In full it works in a folder that stays, and carries on there when it was
    stopped; in the gate in one that goes."""

    def __init__(self, name, about, add_arguments=lambda parser: None):
        parser = argparse.ArgumentParser(description=about)
        parser.add_argument("--gate", action="store_true", help="the small count of the gate")
        parser.add_argument("--seed", type=int, default=20261121)
        parser.add_argument("--build", type=Path, default=None, help="default: $DEV_BUILD")
        parser.add_argument("--work", type=Path, help="default: out/prove/work/NAME; it is kept")
        add_arguments(parser)
        self.arguments = parser.parse_args()
        build = self.arguments.build or os.environ.get("DEV_BUILD") or ROOT / "build/release"
        self.adtech = Path(build).resolve() / "examples" / "adtech" / "adtech"
        self.tool = Path(build).resolve() / "tools" / "tidemark" / "tidemark"
        self.random = random.Random(self.arguments.seed)
        self.findings = Findings()
        self._temporary = self.arguments.gate and not self.arguments.work
        if self._temporary:
            self.work = Path(tempfile.mkdtemp(prefix=f"tidemark-{name}-"))
        else:
            self.work = self.arguments.work or ROOT / "out" / "prove" / "work" / name
        self._begin_or_carry_on()

    @property
    def gate(self):
        return self.arguments.gate

    def full_or_gate(self, full, gate):
        return gate if self.gate else full

    def broker(self):
        return Broker(self.work / "broker").start()

    def application(self, name, settings, **options):
        """One that keeps its data in the folder `name`, unless told otherwise."""
        settings = {"data.directory": self.work / name, "http.enabled": "false", **settings}
        log = self.work / "log" / f"{name}.log"
        return Application(self.adtech, settings, log, **options)

    def log_of(self, name):
        return EventLog(self.work / name / "tidemark.db")

    def generate(self, lines, **options):
        """The input and its totals; made once."""
        files = {kind: self.work / name for kind, name in INPUT_FILES.items()}
        if not files["totals"].exists():
            command = [sys.executable, GENERATE, "--lines", str(lines)]
            command += ["--seed", str(self.arguments.seed % 1000)]
            for option, value in {**options, **files}.items():
                command += [f"--{option.replace('_', '-')}", str(value)]
            subprocess.run(command, check=True)
        return files

    def anew(self, *names):
        """Removes what an earlier run left under these names in the folder."""
        for path in (self.work / name for name in names):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def progress(self):
        """What an earlier run in this folder remembered."""
        file = self.work / PROGRESS
        return json.loads(file.read_text()) if file.exists() else {}

    def remember(self, **progress):
        file = self.work / PROGRESS
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps({**self.progress(), **progress}))
        partial.replace(file)

    def run(self, steps):
        """Carries the proof out and ends the program."""
        try:
            steps(self)
        except Broken as broken:
            say(f"broken: {broken}")
            self.findings.add("the proof could be carried out", False, reason=str(broken)[:300])
        code = self.findings.finish()
        if self._temporary and code == 0:
            shutil.rmtree(self.work, ignore_errors=True)
        else:
            say(f"what it worked on is in {self.work}")
        sys.exit(code)

    def _begin_or_carry_on(self):
        """Carries on only with the same seed and the same binary; else begins anew."""
        if not self.adtech.exists():
            sys.exit(f"there is no {self.adtech}: build it, or say --build")
        binary = self.adtech.stat()
        mine = [self.arguments.seed, self.gate, binary.st_size, binary.st_mtime_ns]
        if self.work.exists() and self.progress().get("of") != mine:
            shutil.rmtree(self.work)
        self.work.mkdir(parents=True, exist_ok=True)
        if self.progress():
            say(f"carrying on in {self.work}")
        self.remember(of=mine)
        say(f"seed {self.arguments.seed}")


INPUT_FILES = {"out": "input.ndjson", "totals": "totals.json", "minutes": "minutes.csv"}
