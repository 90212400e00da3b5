"""Whatever happens to a run over a generated input, its totals are the generator's."""

import random
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

from run import Run

LINES = 20_000
APPLICATION = Path(sys.argv[1])


class IntakeTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tidemark-intake-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_of(self, seed, lines=LINES):
        folder = self.folder / str(seed)
        folder.mkdir()
        return Run(APPLICATION, folder, seed, lines)

    def assert_agrees(self, run, **options):
        self.assertEqual(run.differences(**options), "")

    def test_all_totals_of_a_file_agree(self):
        for seed in (1, 2, 3):
            with self.subTest(seed=seed):
                run = self.run_of(seed)
                run.read()
                self.assert_agrees(run)

    def test_a_file_that_was_read_is_not_read_again(self):
        run = self.run_of(4)
        run.read()
        counts, refused = run.counts(), run.refused()
        run.read()
        self.assertEqual(run.counts(), counts)
        self.assertEqual(run.refused(), refused)
        self.assert_agrees(run)

    def test_all_totals_of_standard_input_agree(self):
        run = self.run_of(5)
        run.read("-")
        self.assert_agrees(run)

    def test_the_same_lines_again_by_standard_input_change_no_total(self):
        run = self.run_of(6)
        run.read()
        once, refused = run.counts(), run.refused()
        run.read("-")
        twice = run.counts()
        self.assert_agrees(run, repetitions_too=False)
        self.assertEqual(run.refused(), refused)
        answered = ("commands accepted", "commands nothing", "commands rejected")
        self.assertEqual(
            twice - once,
            once
            - Counter({name: once[name] for name in ("facts stored", *answered)})
            + Counter({"facts repeated": once["facts stored"]})
            + Counter({"commands repeated": sum(once[name] for name in answered)}),
        )

    def test_a_process_that_is_killed_again_and_again_changes_no_total(self):
        for seed in (7, 8):
            with self.subTest(seed=seed):
                run, chance = self.run_of(seed), random.Random(seed)
                at, kills = 0, 0
                while at < LINES:
                    kills += run.kill_after(at)
                    at = max(run.counts()["lines"], at) + chance.randrange(1, LINES // 6)
                run.read()
                self.assertGreater(kills, 3)
                self.assert_agrees(run)
                self.assertEqual([row for row, n in run.refused().items() if n > 1], [])

    def test_standard_input_that_is_sent_again_after_kills_changes_no_total(self):
        run = self.run_of(9)
        self.assertTrue(run.kill_after(LINES // 3, "-"))
        self.assertTrue(run.kill_after(run.counts()["lines"] + LINES // 2, "-"))
        run.read("-")
        self.assert_agrees(run, repetitions_too=False)
        self.assertGreater(run.counts()["facts repeated"], LINES // 3)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
