"""The tool and the ad platform on a store in PostgreSQL."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

from server import PASSWORD, Server

E2E = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(E2E / "intake"), str(E2E / "tool")]

from check_proof import check  # noqa: E402  (its folder is known only now)
from run import Run, environment  # noqa: E402

APPLICATION, TOOL, FEEDER = sys.argv[1:4]
SERVER = Server()
LINES = 5_000
PATIENCE_SECONDS = 60


class OnPostgres(unittest.TestCase):
    schemas = 0

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tidemark-pg-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        OnPostgres.schemas += 1
        self.schema = f"store_{OnPostgres.schemas}"
        self.address = SERVER.address(self.schema)

    def ran(self, *command, code=0, **variables):
        ran = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                             check=False, timeout=PATIENCE_SECONDS,
                             env={**environment(), **variables})
        self.assertEqual(ran.returncode, code, ran.stdout + ran.stderr)
        self.assertNotIn(PASSWORD, ran.stdout + ran.stderr)
        return ran

    def tool(self, log, *verb, code=0, **variables):
        ran = self.ran(TOOL, "--file", log, "--directory", self.folder, *verb, code=code,
                       **variables)
        return ran.stdout if code == 0 else ran.stderr

    def json(self, log, *verb, code=0, **variables):
        return json.loads(self.tool(log, *verb, "--json", code=code, **variables))

    def error(self, log, *verb, **variables):
        return self.json(log, *verb, code=2, **variables)["error"]


class Copies(OnPostgres):
    """A log that no application runs on, from a file and back."""

    def setUp(self):
        super().setUp()
        self.file = self.folder / "tidemark.db"
        self.feed()

    def feed(self):
        subprocess.run([FEEDER, self.file], check=True, timeout=PATIENCE_SECONDS)

    def test_a_file_goes_there_and_back(self):
        self.tool(self.file, "store", "checkpoint")
        there = self.json(self.file, "store", "copy", self.address, "--verify")
        self.assertEqual(there["target"], SERVER.shown(self.schema))
        self.assertEqual(there["verified"], "as it was written")
        self.feed()
        again = self.json(self.file, "store", "copy", self.address)
        self.assertGreater(again["copied"], 0)
        self.assertLess(again["copied"], again["events"])
        back = self.folder / "back.db"
        self.json(self.address, "store", "copy", back, "--verify")
        exported = self.tool(self.file, "store", "export")
        self.assertEqual(self.tool(self.address, "store", "export"), exported)
        self.assertEqual(self.tool(back, "store", "export"), exported)
        self.assertEqual(self.json(back, "store", "checkpoint", "--list"),
                         self.json(self.file, "store", "checkpoint", "--list"))

    def test_every_verb_that_reads_reads_it(self):
        self.tool(self.file, "store", "copy", self.address)
        info = self.json(self.address, "store", "info")
        self.assertEqual(info["engine"], "postgres")
        self.assertEqual(info["head"], self.json(self.file, "store", "info")["head"])
        for verb in (["store", "streams"], ["store", "consumers"], ["store", "skipped"],
                     ["store", "stats"], ["store", "read", "--limit", "5"],
                     ["store", "tail", "--limit", "3"]):
            self.assertEqual(self.tool(self.address, *verb) == "", False, verb)
        issued = self.json(self.address, "store", "checkpoint")
        self.assertEqual(issued["position"], info["events"])
        for event in (1, info["events"]):
            check(json.loads(self.tool(self.address, "store", "prove", str(event))))
        verified = self.json(self.address, "store", "verify")
        self.assertEqual(verified["result"], "as it was written")
        self.assertEqual(verified["checkpoints"], 1)

    def test_a_password_comes_from_the_usual_places(self):
        bare = SERVER.address(self.schema, password=False)
        self.assertEqual(self.error(self.file, "store", "copy", bare)["code"],
                         "store.access_denied")
        self.json(self.file, "store", "copy", bare, PGPASSWORD=PASSWORD)
        file = self.folder / "pgpass"
        file.write_text(f"*:*:*:tidemark:{PASSWORD}\n", encoding="utf-8")
        file.chmod(0o600)
        self.json(bare, "store", "info", PGPASSFILE=str(file))
        named = self.ran(TOOL, "store", "info", "--json", TIDEMARK_STORE_URL=self.address)
        self.assertEqual(json.loads(named.stdout)["engine"], "postgres")
        backup = self.folder / "backup.db"
        self.tool(self.file, "store", "backup", backup)
        self.ran(TOOL, "store", "restore", backup, "--into", self.folder / "restored",
                 TIDEMARK_STORE_URL=self.address)
        self.assertTrue((self.folder / "restored" / "tidemark.db").exists())

    def test_the_tool_makes_the_schema(self):
        self.assertEqual(self.error(self.address, "store", "upgrade")["code"], "store.missing")
        made = self.json(self.address, "store", "upgrade", "--create")
        self.assertEqual((made["engine"], made["result"]), ("postgres", "made"))
        self.assertEqual(self.json(self.address, "store", "info")["store_id"], made["store_id"])

    def test_what_cannot_be_is_refused(self):
        self.assertEqual(self.error(self.address, "store", "info")["code"], "store.missing")
        self.tool(self.file, "store", "copy", self.address)
        backup = self.error(self.address, "store", "backup", self.folder / "b.db")
        self.assertEqual(backup["code"], "store.files_only")
        self.assertEqual(backup["field"], SERVER.shown(self.schema))
        self.assertIn("pg_dump", backup["hint"])
        self.assertEqual(self.error(self.address, "store", "copy", self.address)["code"],
                         "store.same_store")
        other_name = self.address + "&application_name=copy"
        self.assertEqual(self.error(self.address, "store", "copy", other_name)["code"],
                         "store.same_store")
        from_server = self.error(self.file, "store", "restore", self.address, "--into",
                                 self.folder / "restored")
        self.assertEqual(from_server["code"], "store.files_only")
        wrong = self.address.replace(PASSWORD, "wrong")
        self.assertIn("code", self.error(wrong, "store", "info"))
        bad = self.address.replace(":" + str(SERVER.port), ":no-port")
        self.assertIn("code", self.error(bad, "store", "info"))
        self.assertEqual(self.error(self.address + "!", "store", "info")["code"],
                         "store.bad_address")
        other = self.folder / "other.db"
        subprocess.run([FEEDER, other], check=True, timeout=PATIENCE_SECONDS)
        self.assertEqual(self.error(other, "store", "copy", self.address)["code"],
                         "store.other_store")


class Platform(OnPostgres):
    """The ad platform from its input to its bills."""

    def run_of(self, seed):
        return Run(APPLICATION, self.folder, seed, LINES, {"store.url": self.address})

    def application(self, run, *verb, code=0, settings=()):
        command = [APPLICATION, "-s", f"data.directory={run.data}", "-s",
                   f"store.url={self.address}"]
        for setting in settings:
            command += ["-s", setting]
        return self.ran(*command, *verb, code=code)

    def reported(self, run):
        listed = json.loads(self.application(run, "store", "consumers", "--json").stdout)
        return {each["consumer"]: each["position"] for each in listed["consumers"]}

    def test_input_becomes_bills_also_across_a_crash(self):
        run = self.run_of(21)
        self.assertTrue(run.kill_after(LINES // 3))
        run.read()
        self.assertEqual(run.differences(), "")
        self.assertFalse((run.data / "tidemark.db").exists())
        verified = json.loads(self.application(run, "store", "verify", "--json").stdout)
        self.assertEqual(verified["result"], "as it was written")
        self.assertNotIn(PASSWORD, (self.folder / "adtech.log").read_text(encoding="utf-8"))
        shown = self.application(run, "config", "show")
        self.assertIn("store.url", shown.stdout)
        self.application(run, "doctor")
        self.changes(run)
        asked = self.error(self.address, "store", "compact", "--reason", "nobody is there",
                           "--wait", "300ms")
        self.assertEqual(asked["code"], "operation.no_answer")

    def changes(self, run):
        """What is changed by the application's own binary, which does not run."""
        listed = self.application(run, "store", "streams", "--category", "invoice", "--json")
        stream = json.loads(listed.stdout)["streams"][0]
        because = ["--reason", "a test", "--json"]
        self.application(run, "store", "delete", stream["stream"], "--force", *because)
        archived = json.loads(self.application(run, "store", "archive", "--before", "3",
                                               "--file-events", "1", "--dry-run", *because,
                                               code=1).stdout)
        self.assertEqual(archived["code"], "store.bad_change")
        self.assertNotIn("files", archived)
        compacted = json.loads(self.application(run, "store", "compact", *because).stdout)
        self.assertEqual(compacted["result"], "done")
        read = self.application(run, "store", "read", "--from", str(stream["last_position"]),
                                "--limit", "1", "--json")
        self.assertEqual(json.loads(read.stdout)["hidden"], "deleted")
        rebuilt = self.application(run, "projection", "rebuild", "campaign_minutes", "--follow",
                                   *because)
        self.assertIn("live", rebuilt.stdout)
        verified = json.loads(self.application(run, "store", "verify", "--json").stdout)
        self.assertEqual(verified["result"], "as it was written")

    def test_it_goes_on_where_it_was_on_a_file(self):
        run = Run(APPLICATION, self.folder, 22, LINES)
        self.assertTrue(run.kill_after(LINES // 2))
        self.ran(TOOL, "--file", run.data / "tidemark.db", "store", "copy", self.address,
                 "--verify")
        os.rename(run.data / "tidemark.db", self.folder / "before.db")
        run.settings["store.url"] = self.address
        run.read()
        self.assertEqual(run.differences(), "")

    def test_a_second_process_reads_the_same_log(self):
        run = self.run_of(25)
        run.read()
        alone = self.reported(run)
        second = self.folder / "second"
        instance = ["run.instance=two", f"data.directory={second}"]
        command = [APPLICATION, "run", "-s", f"store.url={self.address}"]
        for setting in instance:
            command += ["-s", setting]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=environment())
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        head = json.loads(self.application(run, "store", "info", "--json").stdout)["high_water"]

        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.reported(run).get("projection/campaign_minutes@two", 0) < head:
            self.assertLess(time.monotonic(), deadline, self.reported(run))
            time.sleep(0.1)
        both = self.reported(run)
        self.assertEqual({name: both[name] for name in alone}, alone)
        refused = self.application(run, "projection", "rebuild", "campaign_minutes", "--reason",
                                   "a test", "--json", code=2, settings=instance)
        self.assertEqual(json.loads(refused.stderr)["error"]["code"], "operation.other_process")
        process.terminate()
        self.assertEqual(process.wait(PATIENCE_SECONDS), 0)
        self.assertEqual(run.differences(), "")


class ReadModels(OnPostgres):
    """The ad platform with its log in a file and its read models in the server."""

    def setUp(self):
        super().setUp()
        self.url = SERVER.address(self.schema).split("?")[0]
        self.where = {"projection.url": self.url, "projection.schema_prefix": self.schema}

    def application(self, run, *verb, code=0):
        command = [APPLICATION, "-s", f"data.directory={run.data}"]
        for name, value in run.settings.items():
            command += ["-s", f"{name}={value}"]
        return self.ran(*command, *verb, code=code).stdout

    def shown(self, run):
        """What is known of the live model, but where it lies."""
        shown = json.loads(self.application(run, "projection", "show", "campaign_minutes",
                                            "--json"))
        lies_at = shown.pop("live_file")
        return shown["rows"], lies_at

    def test_they_are_those_of_files_across_a_crash_and_a_rebuild(self):
        beside = self.folder / "beside"
        beside.mkdir()
        files = Run(APPLICATION, beside, 31, LINES)
        files.read()
        run = Run(APPLICATION, self.folder, 31, LINES, self.where)
        self.assertTrue(run.kill_after(LINES // 3))
        run.read()
        rows, lies_at = self.shown(run)
        self.assertGreater(rows, 0)
        self.assertEqual(rows, self.shown(files)[0])
        self.assertEqual(lies_at, f"schema {self.schema}_campaign_minutes_v1_g1")
        self.assertEqual(list(run.data.glob("*.v1.g1.db")), [])
        because = ["--reason", "a test", "--json"]
        rebuilt = self.application(run, "projection", "rebuild", "campaign_minutes", "--follow",
                                   *because)
        self.assertIn("live", rebuilt)
        self.assertEqual(self.shown(run), (rows, f"schema {self.schema}_campaign_minutes_v1_g2"))
        self.application(run, "projection", "retire", "campaign_minutes", *because)
        self.application(run, "doctor")
        self.assertNotIn(PASSWORD, self.application(run, "config", "show"))


if __name__ == "__main__":
    try:
        outcome = unittest.main(argv=sys.argv[:1], verbosity=2, exit=False).result
    finally:
        SERVER.close()
    sys.exit(0 if outcome.wasSuccessful() else 1)
