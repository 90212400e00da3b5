"""A Kafka broker of this proof alone, on 127.0.0.1 and free ports (tools/kafka/broker.sh)."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from .findings import Broken, say

ROOT = Path(__file__).resolve().parents[3]
BROKER_SH = ROOT / "tools" / "kafka" / "broker.sh"
CANNOT_BE_HAD = 3  # of broker.sh
SKIPPED = 77  # of ctest


class Broker:
    """Runs in `folder`, which is kept: started there again, it has the same ports and data."""

    def __init__(self, folder):
        self._folder = Path(folder)
        self._guard = None
        self.address = None

    def start(self):
        """Blocks until it answers. Where there can be none the program ends: skipped, or failed
        when DEV_REQUIRE_KAFKA is 1."""
        self._folder.mkdir(parents=True, exist_ok=True)
        done = self._run("start", check=False)
        if done.returncode == CANNOT_BE_HAD:
            required = os.environ.get("DEV_REQUIRE_KAFKA") == "1"
            say(f"{'failed' if required else 'skipped'}: no Kafka broker could be had, see above")
            sys.exit(1 if required else SKIPPED)
        if done.returncode != 0:
            raise Broken("the broker did not start")
        self.address = done.stdout.strip()
        if self._guard is None:
            self._guard = self._watch()
        return self

    def stop(self):
        self._run("stop")

    def kill(self):
        """Ends it at once, as a power cut does."""
        self._run("kill")

    def pause(self):
        """SIGSTOP: connections stay, and nobody answers."""
        os.kill(self._pid(), signal.SIGSTOP)

    def resume(self):
        os.kill(self._pid(), signal.SIGCONT)

    def _pid(self):
        return int((self._folder / "pid").read_text())

    def _run(self, verb, check=True):
        done = subprocess.run(
            [BROKER_SH, verb, self._folder], stdout=subprocess.PIPE, text=True, check=False
        )
        if check and done.returncode != 0:
            raise Broken(f"broker.sh {verb} failed")
        return done

    def _watch(self):
        """Ends the broker when this process is gone, however it went: the pipe closes."""
        return subprocess.Popen(
            ["sh", "-c", 'cat >/dev/null; exec "$0" kill "$1"', BROKER_SH, self._folder],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
