"""Proofs that the tool writes, before a checker that shares no code with it."""

import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from check_proof import check

PROGRAMS = []
CHECKER = pathlib.Path(__file__).with_name("check_proof.py")


class Proofs(unittest.TestCase):
    """A small log that no application runs on."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tidemark-proof-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "tidemark.db"
        self.feed()

    def feed(self):
        subprocess.run([PROGRAMS[1], self.log], check=True, timeout=20)

    def tool(self, *arguments, code=0):
        ran = subprocess.run([PROGRAMS[0], "--file", self.log, *arguments], capture_output=True,
                             text=True, check=False, timeout=20)
        self.assertEqual(ran.returncode, code, ran.stderr)
        return ran.stdout if code == 0 else ran.stderr

    def json(self, *arguments, code=0):
        return json.loads(self.tool(*arguments, "--json", code=code))

    def key(self, name="log.example"):
        file = self.folder / name
        return file, self.json("key", "create", "--name", name, "--out", file)["verifier_key"]

    def events(self):
        return self.json("store", "info")["events"]

    def prove(self, event):
        return json.loads(self.tool("store", "prove", str(event)))

    def checker(self, proof, *key):
        return subprocess.run([sys.executable, "-B", CHECKER, *key], input=json.dumps(proof),
                              capture_output=True, text=True, check=False, timeout=20).returncode

    def refuses(self, proof, key, where):
        with self.assertRaises((ValueError, KeyError, TypeError, AttributeError), msg=where):
            check(proof, key)

    def refuses_any_change(self, proof, key):
        for field, value in proof.items():
            for changed in changes_of(value):
                self.refuses({**proof, field: changed}, key, (field, changed))
            if field != "data":  # which may be gone
                self.refuses({**proof, field: None}, key, field)


def changes_of(value):
    """All that a value becomes by one change somewhere in it."""
    if isinstance(value, str):
        for at, character in enumerate(value):
            yield value[:at] + chr(ord(character) ^ 1) + value[at + 1:]
        yield value[:-1]
    elif isinstance(value, int):
        yield from (value ^ 1 << bit for bit in range(8))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from (value[:at] + [changed] + value[at + 1:] for changed in changes_of(each))
            yield value[:at] + value[at + 1:]
            yield value[:at] + [each] + value[at:]
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from ({**value, name: changed} for changed in changes_of(each))


class WithoutAKey(Proofs):
    def test_every_event_is_proved(self):
        self.tool("store", "checkpoint")
        for position in range(1, self.events() + 1):
            check(self.prove(position))
        self.feed()
        self.tool("store", "checkpoint")
        for position in range(1, self.events() + 1):
            self.assertEqual(self.checker(self.prove(position)), 0)

    def test_a_proof_with_any_change_is_refused(self):
        self.tool("store", "checkpoint")
        for position in (1, self.events() // 2, self.events()):
            self.refuses_any_change(self.prove(position), None)
        proof = self.prove(1)
        self.assertEqual(self.checker(proof), 0)
        self.assertEqual(self.checker({**proof, "position": 2}), 1)

    def test_an_event_may_be_named_by_its_id(self):
        self.tool("store", "checkpoint")
        third = json.loads(self.tool("store", "read", "--from", "3", "--limit", "1", "--json"))
        self.assertEqual(self.prove(third["event_id"]), self.prove(3))

    def test_what_is_not_covered_is_not_proved(self):
        self.assertEqual(self.json("store", "prove", "1", code=2)["error"]["code"],
                         "store.not_covered")
        for event in ("0", "99999", "nothing", "00000000-0000-7000-8000-000000000000"):
            self.assertEqual(self.json("store", "prove", event, code=2)["error"]["code"],
                             "store.no_such_event")

    def test_a_proof_goes_to_a_file_that_is_not_there_yet(self):
        self.tool("store", "checkpoint")
        file = self.folder / "proof.json"
        self.assertEqual(self.json("store", "prove", "1", "--out", file)["file"], str(file))
        check(json.loads(file.read_text(encoding="utf-8")))
        self.assertEqual(self.json("store", "prove", "1", "--out", file, code=2)["error"]["code"],
                         "store.would_overwrite")
        nowhere = self.folder / "none" / "proof.json"
        refused = self.json("store", "prove", "1", "--out", nowhere, code=2)
        self.assertEqual(refused["error"]["code"], "store.cannot_write")

    def test_checkpoints_are_shown_and_listed(self):
        self.assertEqual(self.json("store", "checkpoint", "--list")["checkpoints"], [])
        note = self.tool("store", "checkpoint")
        issued = self.json("store", "checkpoint")
        self.assertEqual(issued["note"], note)
        self.assertEqual(issued["position"], self.events())
        listed, = self.json("store", "checkpoint", "--list")["checkpoints"]
        self.assertEqual(listed["root"], issued["root"])
        self.assertEqual(self.json("store", "verify")["checkpoints"], 1)


class WithAKey(Proofs):
    def setUp(self):
        super().setUp()
        self.file, self.verifier = self.key()
        self.tool("store", "checkpoint", "--key-file", self.file)

    def test_every_event_is_proved_and_signed(self):
        for position in range(1, self.events() + 1):
            check(self.prove(position), self.verifier)
        self.assertEqual(self.checker(self.prove(1), self.verifier), 0)

    def test_a_proof_with_any_change_is_refused(self):
        self.refuses_any_change(self.prove(self.events() // 3), self.verifier)

    def test_the_signature_of_another_is_refused(self):
        _, other = self.key("other.example")
        proof = self.prove(1)
        self.refuses(proof, other, "another name")
        mine = self.verifier.split("+", 2)
        theirs = other.split("+", 2)
        for part in range(3):
            mixed = [*mine[:part], theirs[part], *mine[part + 1:]]
            self.refuses(proof, "+".join(mixed), mixed)
        unsigned = copy.deepcopy(proof)
        unsigned["note"] = unsigned["note"].split("\u2014")[0]
        check(unsigned)
        self.refuses(unsigned, self.verifier, "unsigned")

    def test_verify_wants_the_signature_of_the_keys_given(self):
        _, other = self.key("other.example")
        whole = self.json("store", "verify", "--verifier", self.verifier)
        self.assertEqual(whole["result"], "as it was written")
        self.assertEqual(self.json("store", "verify", "--verifier", other, "--verifier",
                                   self.verifier)["checkpoints"], 1)
        refused = subprocess.run([PROGRAMS[0], "--file", self.log, "store", "verify", "--json",
                                  "--verifier", other], capture_output=True, text=True,
                                 check=False, timeout=20)
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(json.loads(refused.stdout)["code"], "verify.signature")

    def test_a_key_is_written_once_for_its_owner_alone(self):
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)
        again = self.json("key", "create", "--name", "again", "--out", self.file, code=2)
        self.assertEqual(again["error"]["code"], "key.exists")
        bad = self.json("key", "create", "--name", "a b", "--out", self.folder / "b", code=2)
        self.assertEqual(bad["error"]["code"], "key.bad_name")
        os.chmod(self.file, 0o644)
        self.feed()
        exposed = self.tool("store", "checkpoint", "--key-file", self.file, code=2)
        self.assertIn("key.exposed", exposed)
        secret = self.file.read_text(encoding="utf-8").strip().split("+")[-1]
        self.assertNotIn(secret, exposed)


if __name__ == "__main__":
    PROGRAMS = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
