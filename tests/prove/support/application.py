"""The application as a process of its own, which can be paused and killed."""

import ctypes
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from .findings import Broken

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)
STOP_SECONDS = 60.0


def environment():
    """Ours without the variables that are meant for tests: the application knows its own only."""
    return {name: text for name, text in os.environ.items() if not name.startswith("TIDEMARK_")}


def _die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Application:
    """One instance of the ad platform. It dies with the proof."""

    def __init__(self, binary, settings, log, stdin=subprocess.DEVNULL):
        self._command = [str(binary), "run"]
        for name, value in settings.items():
            self._command += ["-s", f"{name}={value}"]
        self._log = Path(log)
        self._stdin = stdin
        self._process = None

    def start(self):
        """Starts it, and does not wait for anything."""
        if self.is_running():
            raise Broken("the application runs already")
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=self._stdin,
                stdout=log,
                stderr=log,
                env=environment(),
                preexec_fn=_die_with_parent,
            )
        return self

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self):
        return self._process.pid

    @property
    def exit_code(self):
        """None while it runs."""
        return self._process.poll()

    def must_run(self):
        """`Broken`, with the end of its log, when it ended by itself."""
        if not self.is_running():
            raise Broken(
                f"the application ended with {self.exit_code}; its log ends:\n{self.tail()}"
            )

    def wait(self, seconds):
        """Waits until it ends by itself; its exit code."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Broken(
                f"the application did not end in {seconds:.0f} s; its log ends:\n{self.tail()}"
            )

    def kill(self):
        """SIGKILL, as the machine's own end would be. False when it had ended by itself."""
        running = self.is_running()
        if running:
            self._process.kill()
        self._process.wait()
        return running

    def stop(self, seconds=STOP_SECONDS):
        """SIGTERM; its exit code."""
        if self.is_running():
            self._process.terminate()
        return self.wait(seconds)

    def pause(self):
        """SIGSTOP: it does nothing, and everybody else's time goes on. Returns when it stands."""
        self._process.send_signal(signal.SIGSTOP)
        while self._state() not in ("T", "t", "Z"):
            time.sleep(0.001)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def peak_memory_mib(self):
        """The most that was resident since it started."""
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        return int(found.group(1)) // 1024

    def log_text(self):
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def tail(self, lines=15):
        return "\n".join(self.log_text().splitlines()[-lines:])

    def _state(self):
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
