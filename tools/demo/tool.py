"""The application's own operator verbs, for a person and for a program."""

import json
import os
import subprocess


def environment():
    """Without variables that configure applications: a run depends on its arguments alone."""
    return {name: text for name, text in os.environ.items() if not name.startswith("TIDEMARK_")}


class Tool:
    def __init__(self, application, settings):
        self._command = [str(application)]
        for name in ("data.directory", "store.url"):
            if name in settings:
                self._command += ["-s", f"{name}={settings[name]}"]

    def show(self, *verb):
        """Lets it print; its exit code."""
        return subprocess.run([*self._command, *verb], check=False, env=environment()).returncode

    def json(self, *verb):
        """Its answer."""
        return json.loads(self._lines(*verb)[0])

    def events(self, category):
        """All events of a category, oldest first."""
        lines = self._lines("store", "read", "--category", category, "--limit", "1000000")
        return [json.loads(line) for line in lines]

    def _lines(self, *verb):
        command = [*self._command, "--json", *verb]
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env=environment()
        )
        return done.stdout.splitlines()
