#!/usr/bin/env python3
"""install_test.py BUILD: what `cmake --install` leaves is enough to build on.

Everything happens outside of the source tree: the package goes to a temporary prefix, where
`tidemark new` makes a project, and an example is copied.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest
from contextlib import closing

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path()
TUTORIAL = ROOT / "docs" / "tutorials" / "first-application.md"
SNIPPET = re.compile(r"^<!-- snippet: examples/template/([^#]+)#[\w-]+ -->\n```\w+\n(.*?)^```$",
                     re.DOTALL | re.MULTILINE)
SHOWN = 6000
STARTED_S_MAX = 30


def run(*command, cwd=None):
    return subprocess.run([str(word) for word in command], cwd=cwd, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


class InstalledPackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.prefix = cls.folder / "prefix"
        cls.tool = cls.prefix / "bin" / "tidemark"
        installed = run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        if installed.returncode != 0:
            raise AssertionError(installed.stdout[-SHOWN:])

    def configure(self, project, *options):
        return run("cmake", "-G", "Ninja", "-S", project, "-B", project / "build",
                   "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_PREFIX_PATH={self.prefix}", *options)

    def succeeds(self, result):
        self.assertEqual(result.returncode, 0, result.stdout[-SHOWN:])
        return result.stdout

    def builds_and_passes(self, project):
        self.succeeds(self.configure(project))
        self.succeeds(run("cmake", "--build", project / "build"))
        said = self.succeeds(run("ctest", "--test-dir", project / "build", "--verbose"))
        self.assertIn("| 0 failed |", said)

    def project_of(self, name, sources, modules):
        """A project with one program, made here."""
        project = self.folder / name
        project.mkdir()
        for path, text in sources.items():
            (project / path).write_text(text)
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.22)\n"
            f"project({name} LANGUAGES CXX)\n"
            f"find_package(tidemark CONFIG REQUIRED COMPONENTS {' '.join(modules)})\n"
            f"add_executable({name} {' '.join(sources)})\n"
            "foreach(module IN LISTS tidemark_modules)\n"
            f"  target_link_libraries({name} PRIVATE tidemark::${{module}})\n"
            "endforeach()\n")
        return project

    def test_a_new_project_builds_passes_its_tests_and_runs(self):
        said = self.succeeds(run(self.tool, "new", "orders", cwd=self.folder))
        project = self.folder / "orders"
        self.assertIn("cd orders", said)
        self.assertIn(f"-DCMAKE_PREFIX_PATH={self.prefix}", said)
        for path in project.rglob("*"):
            self.assertNotIn("lending", path.name)
            if path.is_file():
                self.assertNotIn("lending", path.read_text(), path)
        self.builds_and_passes(project)
        self.runs_through_its_input(project)
        self.runs_until_it_is_stopped(project)

    def runs_through_its_input(self, project):
        """What README.md and tutorial say: one book is kept, its reader is reminded once."""
        program = project / "build" / "orders"
        for _ in range(2):
            self.succeeds(run(program, "run", "--config", "day.toml", cwd=project))
            with closing(sqlite3.connect(project / "data" / "readers.db")) as readers:
                self.assertEqual(readers.execute("SELECT * FROM readers").fetchall(),
                                 [("ahab", 1, 1), ("jane", 0, 0)])
        self.assertIn("overdue", self.succeeds(run(program, "saga", "list", cwd=project)))
        self.succeeds(run(self.tool, "store", "verify", cwd=project))

    def runs_until_it_is_stopped(self, project):
        """Without an input the application runs until SIGTERM, and then ends well."""
        with subprocess.Popen([project / "build" / "orders", "run"], cwd=project, text=True,
                              stderr=subprocess.PIPE) as running:
            watchdog = threading.Timer(STARTED_S_MAX, running.kill)
            watchdog.start()
            try:
                for line in running.stderr:
                    if "app.started" in line:
                        running.send_signal(signal.SIGTERM)
                self.assertEqual(running.wait(STARTED_S_MAX), 0)
            finally:
                watchdog.cancel()
                running.kill()

    def test_a_project_is_not_made_under_a_bad_name_or_over_a_folder(self):
        (self.folder / "taken").mkdir(exist_ok=True)
        for name, code in (("Orders", "new.bad_name"), ("a-b", "new.bad_name"),
                           ("../up", "new.bad_name"), ("class", "new.bad_name"),
                           ("errno", "new.bad_name"), ("vector", "new.bad_name"),
                           ("a__b", "new.bad_name"), ("a" * 41, "new.bad_name"),
                           ("taken", "new.exists")):
            result = run(self.tool, "new", name, "--json", cwd=self.folder)
            self.assertEqual(result.returncode, 2, name)
            self.assertEqual(json.loads(result.stdout)["error"]["code"], code)
        self.assertEqual(os.listdir(self.folder / "taken"), [])
        self.assertFalse(list(self.folder.glob(".*partial")))

    def test_the_tutorial_leads_to_the_template(self):
        """Who writes down all that the tutorial shows has what the tests above build."""
        self.succeeds(run(self.tool, "new", "lending", cwd=self.folder))
        project = self.folder / "lending"
        tutorial = TUTORIAL.read_text()
        written = {}
        for path, code in SNIPPET.findall(tutorial):
            written[path] = written.get(path, "") + code
        made = {path.relative_to(project).as_posix(): path.read_text()
                for path in project.rglob("*") if path.is_file()}
        self.assertEqual(set(made) - set(written), {"README.md", ".gitignore", "day.jsonl"})
        self.assertIn(made["day.jsonl"], tutorial)
        for path, code in written.items():
            self.assertEqual(made[path].split(), code.split(), path)

    def test_an_example_builds_outside_of_the_tree(self):
        project = self.folder / "example"
        shutil.copytree(ROOT / "examples" / "01_counter", project)
        self.builds_and_passes(project)
        said = self.succeeds(run(project / "build" / "counter"))
        self.assertEqual(said, "counter-a + 40: 40\ncounter-a + 2: 42\n"
                               "counter-a + 99: counter.full\n")

    def test_a_component_that_does_not_exist_is_refused_by_name(self):
        project = self.project_of("wrong", {"main.cpp": "int main() {}\n"}, ["tides"])
        result = self.configure(project)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("tides", result.stdout)

    def test_every_installed_header_compiles_against_the_installed_package(self):
        include = self.prefix / "include"
        headers = sorted(path.relative_to(include) for path in include.rglob("*.hpp"))
        self.assertGreater(len(headers), 20)
        project = self.project_of("headers", {"main.cpp": "".join(
            f"#include <{header}>\n" for header in headers) + "int main() {}\n"},
            ["testing", "store_postgres"])
        self.succeeds(self.configure(project))
        self.succeeds(run("cmake", "--build", project / "build"))

    def test_nothing_installed_names_the_source_tree(self):
        for path in self.prefix.rglob("*.cmake"):
            self.assertNotIn(str(ROOT), path.read_text(), path)


if __name__ == "__main__":
    BUILD = pathlib.Path(sys.argv.pop())
    unittest.main()
