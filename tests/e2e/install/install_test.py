#!/usr/bin/env python3
"""install_test.py BUILD: what `cmake --install` leaves is enough to build on.

Everything happens outside of the source tree: the package goes to a temporary prefix, and a user's
project (project/) is copied beside it.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path()
SHOWN = 6000


def run(*command):
    return subprocess.run([str(word) for word in command], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


class InstalledPackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.prefix = cls.folder / "prefix"
        cls.project = cls.folder / "project"
        shutil.copytree(HERE / "project", cls.project)
        installed = run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        if installed.returncode != 0:
            raise AssertionError(installed.stdout[-SHOWN:])

    def configure(self, name, *options):
        return run("cmake", "-G", "Ninja", "-S", self.project, "-B", self.folder / name,
                   "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_PREFIX_PATH={self.prefix}", *options)

    def succeeds(self, result):
        self.assertEqual(result.returncode, 0, result.stdout[-SHOWN:])
        return result.stdout

    def test_a_users_project_finds_it_builds_and_runs(self):
        self.succeeds(self.configure("user"))
        self.succeeds(run("cmake", "--build", self.folder / "user"))
        said = self.succeeds(run(self.folder / "user" / "counter"))
        self.assertEqual(said, "counter-a 42 descriptors\n")

    def test_a_component_that_does_not_exist_is_refused_by_name(self):
        result = self.configure("wrong", "-DMORE_COMPONENTS=tides")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("tides", result.stdout)

    def test_every_installed_header_compiles_against_the_installed_package(self):
        include = self.prefix / "include"
        headers = sorted(path.relative_to(include) for path in include.rglob("*.hpp"))
        self.assertGreater(len(headers), 20)
        (self.project / "all.cpp").write_text(
            "".join(f"#include <{header}>\n" for header in headers) + "int main() {}\n")
        user = self.project / "CMakeLists.txt"
        user.write_text(user.read_text() + "\nadd_executable(headers all.cpp)\n"
                        "foreach(module IN LISTS tidemark_modules)\n"
                        "target_link_libraries(headers PRIVATE tidemark::${module})\n"
                        "endforeach()\n")
        self.succeeds(self.configure("all", "-DMORE_COMPONENTS=testing"))
        self.succeeds(run("cmake", "--build", self.folder / "all", "--target", "headers"))

    def test_nothing_installed_names_the_source_tree(self):
        source = str(HERE.parents[2])
        for path in self.prefix.rglob("*.cmake"):
            self.assertNotIn(source, path.read_text(), path)


if __name__ == "__main__":
    BUILD = pathlib.Path(sys.argv.pop())
    unittest.main()
