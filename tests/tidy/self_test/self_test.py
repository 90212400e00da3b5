#!/usr/bin/env python3
"""Every check finds the faults that were planted for it, and leaves sound trees alone."""

import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from planted import PLANTED  # noqa: E402
from tidy import CHECKS  # noqa: E402
from tree import Tree  # noqa: E402


def plant(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    build = root / "build"
    build.mkdir()
    (build / "compile_commands.json").write_text(
        json.dumps([{"directory": str(root), "file": "compiled.cpp"}]))
    return Tree(root, build)


class PlantedFaults(unittest.TestCase):
    """One test a check, made below."""

    def found_in(self, check, files):
        with tempfile.TemporaryDirectory() as folder:
            return sorted(CHECKS[check](plant(pathlib.Path(folder).resolve(), files)), key=str)

    def compare(self, check):
        for files, expected in PLANTED[check]:
            with self.subTest(check=check, files=sorted(files)):
                found = self.found_in(check, files)
                self.assertEqual([(finding.path, finding.line) for finding in found],
                                 [(path, line) for path, line, _ in sorted(expected)],
                                 "\n".join(map(str, found)))
                for finding, (_, _, part) in zip(found, sorted(expected)):
                    self.assertIn(part, finding.text)


class Coverage(unittest.TestCase):
    def test_every_check_has_planted_faults_and_a_sound_tree(self):
        for check in CHECKS:
            with self.subTest(check=check):
                expectations = [expected for _, expected in PLANTED.get(check, [])]
                self.assertTrue(any(expectations), "no planted fault: it may never fail")
                self.assertIn([], expectations, "no sound tree: it may always fail")


for name in PLANTED:
    setattr(PlantedFaults, f"test_{name}", lambda self, check=name: self.compare(check))


if __name__ == "__main__":
    unittest.main()
