"""An ad platform in a folder of its own, and its two programs: the application's and the tool."""

import json
import os
import pathlib
import subprocess
import time

PATIENCE_SECONDS = 20
PERIOD = "2026-11-01"


class Answer:
    """What a run of a program came to."""

    def __init__(self, ran):
        self.code = ran.returncode
        self.out = ran.stdout
        self.err = ran.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self):
        return json.loads(self.err)["error"]


class World:
    def __init__(self, folder, programs):
        self._application, self._tool, self._feeder = programs
        self.data = pathlib.Path(folder, "data")
        self._process = None

    def start(self):
        log = open(self.data.parent / "log", "ab")
        self._process = subprocess.Popen(
            [self._application, "run", "-s", f"data.directory={self.data}",
             "-s", "feed.attempts_max=1"], stdout=log, stderr=log)
        log.close()
        self.wait_for(lambda: self.tool("doctor", "--json").json["runs"], "a running application")

    def stop(self):
        if self._process is None:
            return None
        self._process.terminate()
        code = self._process.wait(PATIENCE_SECONDS)
        self._process = None
        return code

    def feed(self):
        subprocess.run([self._feeder, self.data / "tidemark.db"], check=True)
        self.wait_for(self._is_settled, "a settled application")

    def tool(self, *arguments, file=None):
        """Runs the stand-alone tool."""
        return self._run([self._tool, "--file", file or self.data / "tidemark.db", *arguments])

    def tool_that_may_not_open_everything(self, *arguments):
        """Runs the tool as somebody whom the modes of files count for, even if we are root."""
        bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
        return self._run([*(bound if os.geteuid() == 0 else []), self._tool, "--file",
                          self.data / "tidemark.db", *arguments])

    def tool_into(self, device, *arguments):
        """Runs the stand-alone tool with its output into a file; its exit code."""
        command = [self._tool, "--file", self.data / "tidemark.db", *arguments]
        with open(device, "w", encoding="utf-8") as output:
            return subprocess.run(command, stdout=output, stderr=subprocess.DEVNULL, check=False,
                                  timeout=PATIENCE_SECONDS).returncode

    def application(self, *arguments):
        """Runs a verb of the application's own binary."""
        return self._run([self._application, "-s", f"data.directory={self.data}", *arguments])

    def projection(self, name):
        """The builds of a read model, by state."""
        builds = self.tool("projection", "show", name, "--json").json["projections"]
        return {build["state"]: build for build in builds}

    def instance(self, name):
        return self.tool("saga", "show", "billing_reconciliation", name, "--json").json

    def wait_for(self, condition, what):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except (ValueError, KeyError):  # no answer yet
                pass
            time.sleep(0.02)
        raise AssertionError(f"waited in vain for {what}; see {self.data.parent / 'log'}")

    def _is_settled(self):
        listed = self.tool("projection", "list", "--json").json["projections"]
        ghost = self.instance(f"ghost.{PERIOD}")["status"]
        waiting = self.instance(f"a1.{PERIOD}")["state"]
        return (all(each["lag"] == 0 for each in listed) and ghost == "suspended"
                and waiting == "awaiting_approval")

    @staticmethod
    def _run(command):
        return Answer(subprocess.run(command, capture_output=True, text=True, check=False,
                                     timeout=PATIENCE_SECONDS))
