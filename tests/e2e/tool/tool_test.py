"""Every verb of the tool, on an ad platform that runs, and on one that does not."""

import contextlib
import fcntl
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from world import PERIOD, World

PROGRAMS = []
SAGA = "billing_reconciliation"
WHY = ("--reason", "a test")


class Tool(unittest.TestCase):
    """One application for all cases of a class: fed once, put back by each case."""

    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory(prefix="tidemark-tool-")
        cls.addClassCleanup(cls._folder.cleanup)
        cls.world = World(cls._folder.name, PROGRAMS)
        cls.addClassCleanup(cls.world.stop)
        cls.world.start()
        cls.world.feed()

    def done(self, answer):
        self.assertEqual(answer.code, 0, answer.err + answer.out)
        return answer

    def refused(self, answer, code):
        self.assertEqual(answer.code, 2, answer.out)
        self.assertEqual(answer.error["code"], code)
        self.assertTrue(answer.error["hint"])
        return answer.error


class LookingAtARunningApplication(Tool):
    def both(self, *arguments):
        """Both programs give the same answer."""
        by_tool = self.done(self.world.tool(*arguments, "--json")).json
        by_itself = self.done(self.world.application(*arguments, "--json")).json
        self.assertEqual(by_tool.keys(), by_itself.keys())
        self.done(self.world.tool(*arguments))
        return by_tool

    def test_store_info_says_whose_log_it_is(self):
        info = self.both("store", "info")
        self.assertEqual(info["application"], "adtech")
        self.assertEqual(info["durability"], "full")
        self.assertEqual(info["events"], info["high_water"])

    def test_store_stats_counts_by_category_and_type(self):
        categories = self.both("store", "stats")["categories"]
        counts = {each["name"]: each["events"] for each in categories}
        self.assertEqual(counts["impression"], 8)

    def test_store_streams_lists_versions(self):
        listed = self.both("store", "streams", "--category", "impression")["streams"]
        self.assertEqual([(each["stream"], each["version"]) for each in listed],
                         [("impression-c1", 5), ("impression-c9", 3)])

    def test_store_read_shows_payloads(self):
        answer = self.world.tool("store", "read", "--type", "CampaignOpened", "--json")
        opened, = self.done(answer).lines
        self.assertEqual(opened["data"]["name"], "spring")
        self.assertEqual(opened["correlation_id"], "talk-1")

    def test_store_tail_stops_after_so_many(self):
        answer = self.world.application("store", "tail", "--back", "3", "--limit", "3", "--json")
        self.assertEqual(len(self.done(answer).lines), 3)

    def test_store_verify_reads_the_whole_log(self):
        self.assertEqual(self.both("store", "verify")["result"], "as it was written")

    def test_projections_are_listed_with_what_they_set_aside(self):
        listed = {each["projection"]: each for each in
                  self.both("projection", "list")["projections"]}
        self.assertEqual(len(listed), 4)
        self.assertEqual(listed["campaign_minutes"]["parked"], 2)
        self.assertEqual(self.both("projection", "show", "campaign_minutes")["rows"], 2)

    def test_sagas_are_listed_counted_shown_and_explained(self):
        listed = self.both("saga", "list", SAGA, "--status", "suspended")["instances"]
        self.assertEqual([each["instance"] for each in listed], [f"ghost.{PERIOD}"])
        self.assertEqual(sum(each["instances"] for each in self.both("saga", "count")["counts"]), 2)
        shown = self.both("saga", "show", SAGA, f"a1.{PERIOD}")
        self.assertEqual(shown["data"]["metered_micros"], "700")
        self.assertEqual(len(shown["timers"]), 1)
        history = self.both("saga", "history", SAGA, f"a1.{PERIOD}")["history"]
        self.assertEqual([each["version"] for each in history], list(range(1, len(history) + 1)))
        why = self.both("saga", "why", SAGA, f"ghost.{PERIOD}")
        self.assertEqual(why["code"], "saga.unexpected_rejection")
        self.assertIn("saga retry", why["because"])

    def test_a_saga_is_drawn(self):
        self.assertIn("[*] --> collecting", self.both("saga", "chart", SAGA)["mermaid"])
        self.assertIn("digraph", self.both("saga", "chart", SAGA, "--format", "dot")["dot"])

    def test_timers_are_listed(self):
        timer, = self.both("timer", "list")["timers"]
        self.assertEqual(timer["instance"], f"a1.{PERIOD}")
        self.assertEqual(self.both("timer", "list", "--overdue")["timers"], [])

    def test_reactions_are_listed_with_what_was_refused(self):
        listed = self.both("reaction", "list")["reactions"]
        self.assertEqual([each["reaction"] for each in listed],
                         ["meter_spend/campaign_minutes", "report_usage/metered_usage"])
        for each in listed:
            refused = self.both("reaction", "refused", each["reaction"])["refused"]
            self.assertEqual(len(refused), each["refused"])

    def test_parked_work_is_listed_and_shown(self):
        listed = self.both("parked", "list", "projection/campaign_minutes")["parked"]
        self.assertEqual([each["state"] for each in listed], ["parked", "queued"])
        shown = self.both("parked", "show", listed[0]["entry"])
        self.assertEqual(shown["data"]["price_micros"], str(2**63 - 1))

    def test_an_application_that_read_no_input_lists_none(self):
        self.assertEqual(self.both("input", "list")["inputs"], [])
        self.refused(self.world.tool("input", "refused", "--json"), "input.unknown")

    def test_a_conversation_is_traced_from_command_to_row(self):
        traced = self.both("trace", "talk-2")
        closed = next(step for step in traced["steps"] if step["type"].endswith("PeriodClosed"))
        step, = closed["children"]
        self.assertEqual(step["kind"], "step")
        stated = step["children"][0]
        self.assertTrue(stated["command"].endswith("StatePeriod"))
        rows = {each["projection"]: each["row"] for each in traced["rows"]}
        self.assertEqual(rows["metered_usage"]["account_id"], "a1")

    def test_a_trace_tells_what_was_set_aside(self):
        standings = {each["projection"]: each["standing"] for each in
                     self.both("trace", "traffic")["rows"]}
        self.assertEqual(standings["campaign_minutes"], "set aside: 2 events")
        self.assertEqual(standings["campaign_overview"], "has it")

    def test_describe_tells_who_hears_what(self):
        wiring = self.both("describe")["wiring"]
        account = next(each for each in wiring if each.get("name") == "account")
        stated = next(each for each in account["children"]
                      if each.get("event") == "adtech.v1.PeriodStated")
        self.assertEqual(stated["heard_by"], [f"saga {SAGA}"])

    def test_exported_descriptors_decode_stored_rows(self):
        exported = self.world.data.parent / "types.binpb"
        answer = self.done(self.world.tool("schema", "export", str(exported), "--json"))
        self.assertEqual(answer.json["size_bytes"], exported.stat().st_size)
        types = ["adtech.v1.CampaignOpened", "adtech.v1.RecordSpend", "adtech.v1.CampaignMinute",
                 "adtech.v1.ReconciliationData", "tidemark.saga.v1.Transitioned"]
        for name in types:
            subprocess.run(["protoc", f"--descriptor_set_in={exported}", f"--decode={name}"],
                           input=b"", check=True, capture_output=True)
        nowhere = self.world.tool("schema", "export", "/nowhere/types.binpb", "--json")
        self.refused(nowhere, "schema.cannot_write")

    def test_doctor_says_what_is_wrong_and_what_to_do(self):
        answer = self.world.tool("doctor", "--json")
        self.assertEqual(answer.code, 1)
        found = {(each["code"], each["subject"]) for each in answer.json["findings"]}
        self.assertIn(("saga.suspended", SAGA), found)
        self.assertIn(("parked.waiting", "projection/campaign_minutes"), found)
        self.assertTrue(all(each["hint"] for each in answer.json["findings"]))
        self.assertEqual(self.world.application("doctor", "--full").code, 1)

    def test_the_configuration_is_shown_with_its_origins(self):
        shown = self.done(self.world.application("config", "show", "--json")).json["settings"]
        origins = {each["name"]: each["origin"] for each in shown}
        self.assertEqual(origins["data.directory"], "flag")
        self.assertEqual(origins["store.durability"], "default")

    def test_output_that_cannot_be_written_is_an_error(self):
        self.assertEqual(self.world.tool_into("/dev/null", "store", "read"), 0)
        self.assertEqual(self.world.tool_into("/dev/full", "store", "read"), 2)

    def test_mistakes_are_named(self):
        self.assertEqual(self.refused(self.world.tool("stor", "--json"), "usage")["field"], "stor")
        wrong = self.world.tool("store", "read", "--limit", "x", "--json")
        self.assertEqual(self.refused(wrong, "usage")["field"], "--limit")
        unknown = self.world.tool("projection", "show", "minutes", "--json")
        self.assertIn("campaign_minutes", self.refused(unknown, "projection.unknown")["hint"])
        self.refused(self.world.tool("trace", "nobody", "--json"), "trace.unknown")
        self.refused(self.world.tool("store", "info", "--json", file="/nowhere.db"),
                     "store.missing")
        self.refused(self.world.application("store", "info", "--json", "-s", "log.level=loud"),
                     "config.bad_choice")


class ChangingARunningApplication(Tool):
    def change(self, *arguments):
        answer = self.done(self.world.tool(*arguments, *WHY, "--json")).json
        self.assertEqual(answer["result"], "done")
        return answer

    def test_a_change_needs_a_reason(self):
        answer = self.world.tool("projection", "pause", "campaign_minutes", "--json")
        self.assertEqual(self.refused(answer, "operation.no_reason")["field"], "--reason")

    def test_a_dry_run_changes_nothing(self):
        before = len(self.world.tool("operation", "list", "--json").json["operations"])
        answer = self.done(self.world.tool("projection", "rebuild", "metered_usage", *WHY,
                                           "--dry-run", "--json")).json
        self.assertTrue(answer["application_runs"])
        after = len(self.world.tool("operation", "list", "--json").json["operations"])
        self.assertEqual(before, after)

    def test_a_projection_is_paused_and_resumed(self):
        for verb in (self.world.tool, self.world.application):
            self.done(verb("projection", "pause", "campaign_overview", *WHY, "--by", "ann"))
            build = self.world.projection("campaign_overview")["live"]
            self.assertIn("a test (ann, operation", build["paused"])
            self.done(verb("projection", "resume", "campaign_overview", *WHY))
            self.assertIsNone(self.world.projection("campaign_overview")["live"]["paused"])

    def test_a_projection_is_rebuilt_rolled_back_and_its_old_build_retired(self):
        name = "account_balance"
        live = self.world.projection(name)["live"]["generation"]
        self.change("projection", "rebuild", name)
        self.world.wait_for(
            lambda: self.world.projection(name)["live"]["generation"] == live + 1, "the new build")
        self.change("projection", "rollback", name)
        self.assertEqual(self.world.projection(name)["live"]["generation"], live)
        self.change("projection", "retire", name)
        self.assertNotIn("previous", self.world.projection(name))

    def test_what_cannot_be_done_is_refused_with_its_reason(self):
        answer = self.world.tool("projection", "cancel", "metered_usage", *WHY, "--json")
        self.assertEqual(answer.code, 1)
        self.assertEqual(answer.json["result"], "refused")
        self.assertEqual(answer.json["code"], "projection.no_rebuild")

    def test_parked_work_is_tried_again_and_dropped(self):
        def listed():
            return self.world.tool("parked", "list", "projection/campaign_minutes",
                                   "--json").json["parked"]
        first = listed()[0]["entry"]
        self.change("parked", "retry", first)
        self.world.wait_for(lambda: listed()[0]["attempts"] == 2, "a second attempt")
        queued = listed()[1]["entry"]
        answer = self.world.tool("parked", "drop", queued, *WHY, "--json")
        self.assertEqual(answer.json["code"], "parked.not_first")
        self.change("parked", "drop", first)
        self.world.wait_for(lambda: [each["state"] for each in listed()] == ["parked"],
                            "the next entry to be tried")
        self.change("parked", "drop", queued)
        self.world.wait_for(lambda: listed() == [], "an empty list")

    def test_saga_instances_are_paused_resumed_retried_and_cancelled(self):
        waiting, ghost = f"a1.{PERIOD}", f"ghost.{PERIOD}"
        self.change("saga", "pause", SAGA, waiting)
        self.assertEqual(self.world.instance(waiting)["status"], "paused")
        self.change("saga", "resume", SAGA, waiting)
        self.assertEqual(self.world.instance(waiting)["status"], "running")
        version = self.world.instance(ghost)["version"]
        self.change("saga", "retry", SAGA, ghost)
        self.world.wait_for(lambda: self.world.instance(ghost)["version"] >= version + 2
                            and self.world.instance(ghost)["status"] == "suspended",
                            "a second suspension")
        self.change("saga", "cancel", SAGA, ghost)
        self.assertEqual(self.world.instance(ghost)["status"], "cancelled")

    def test_the_log_keeps_who_asked_for_what_and_why(self):
        made = self.done(self.world.tool("projection", "resume", "metered_usage", "--reason",
                                         "audit", "--by", "eve", "--json")).json
        shown = self.done(self.world.tool("operation", "show", made["operation_id"],
                                          "--json")).json
        self.assertEqual((shown["by"], shown["reason"], shown["result"]), ("eve", "audit", "done"))
        self.assertEqual(self.done(self.world.tool("operation", "list", "--limit", "1", "--json"))
                         .json["operations"][0]["operation_id"], made["operation_id"])
        read = self.world.tool("store", "read", "--category", "$operation", "--backward",
                               "--limit", "3", "--json")
        self.assertEqual([each["type"].split(".")[-1] for each in self.done(read).lines],
                         ["OperationFinished", "OperationStarted", "OperationRequested"])


class OperatingTheStore(Tool):
    """The log of an application that runs: copied, given up in parts, carried elsewhere."""

    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix="tidemark-copy-")
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)

    def change(self, *arguments):
        answer = self.done(self.world.tool(*arguments, *WHY, "--json")).json
        self.assertEqual((answer["result"], answer["executed_by"]), ("done", "the application"))
        return answer

    def test_a_backup_is_brought_up_to_date_and_restored(self):
        folder = self.folder()
        backup = folder / "backup" / "tidemark.db"
        first = self.done(self.world.tool("store", "backup", f"{folder}/backup/", "--json")).json
        self.assertEqual(first["copied"], first["events"])
        self.change("projection", "resume", "metered_usage")
        second = self.done(self.world.application("store", "backup", str(backup), "--verify",
                                                  "--json")).json
        self.assertEqual(second["copied"], second["events"] - first["events"])
        self.assertEqual(second["verified"], "as it was written")
        self.assertEqual([each.name for each in backup.parent.iterdir()], ["tidemark.db"])
        restored = folder / "restored"
        command = ("store", "restore", str(backup), "--into", str(restored), "--json")
        answer = self.done(self.world.tool(*command)).json
        self.assertEqual(answer["copied"], second["events"])
        self.assertIn(f"position {second['events']} is lost", answer["what_follows"][0]["what"])
        self.refused(self.world.tool(*command), "store.exists")
        self.assertFalse((restored / "tidemark.db.restore").exists())
        for left in ("tidemark.db-wal", "tidemark.db-journal"):
            beside = folder / left / left
            beside.parent.mkdir()
            beside.write_bytes(b"of the old log")
            refused = self.refused(self.world.tool("store", "restore", str(backup), "--into",
                                                   str(beside.parent), "--json"), "store.exists")
            self.assertEqual(refused["field"], str(beside))
            self.assertEqual([each.name for each in beside.parent.iterdir()], [left])
        used = folder / "used"
        used.mkdir()
        with open(used / "operations.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # as an application has it that runs there
            self.refused(self.world.tool("store", "restore", str(backup), "--into", str(used),
                                         "--json"), "store.in_use")
        self.assertEqual([each.name for each in used.iterdir()], ["operations.lock"])
        info = self.done(self.world.tool("store", "info", "--json",
                                         file=restored / "tidemark.db")).json
        self.assertEqual(info["store_id"],
                         self.world.tool("store", "info", "--json").json["store_id"])
        again = World(folder, PROGRAMS)
        again.data = restored
        self.addCleanup(again.stop)
        again.start()
        again.wait_for(lambda: {each["lag"] for each in again.tool(
            "projection", "list", "--json").json["projections"]} == {0}, "read models")
        self.assertEqual(again.tool("store", "verify").code, 0)

    def test_a_backup_that_an_older_program_made_is_restored(self):
        folder = self.folder()
        golden = pathlib.Path(__file__).parents[2] / "golden/files/store-format-1.db"
        backup = folder / "old.db"
        shutil.copy(golden, backup)
        answer = self.done(self.world.tool("store", "restore", str(backup), "--into",
                                           str(folder / "data"), "--verify", "--json")).json
        self.assertEqual((answer["copied"], answer["verified"]), (6, "as it was written"))
        self.assertFalse((folder / "data/tidemark.db.older").exists())
        self.assertEqual(backup.read_bytes(), golden.read_bytes())

    def test_a_log_of_an_older_program_is_upgraded(self):
        log = self.folder() / "tidemark.db"
        self.refused(self.world.tool("store", "upgrade", "--json", file=log), "store.missing")
        shutil.copy(pathlib.Path(__file__).parents[2] / "golden/files/store-format-1.db", log)
        older = self.world.tool("store", "info", "--json", file=log)
        self.refused(older, "store.older_format")
        self.assertIn("store upgrade", older.error["hint"])
        results = [self.done(self.world.tool("store", "upgrade", "--json", file=log)).json
                   for _ in range(2)]
        self.assertEqual([(each["format"], each["result"]) for each in results],
                         [(2, "brought up to date"), (2, "is up to date")])
        self.assertEqual(self.done(self.world.tool("store", "info", "--json", file=log))
                         .json["events"], 6)

    def test_a_backup_of_an_older_program_is_more_than_its_first_file(self):
        folder = self.folder()
        golden = pathlib.Path(__file__).parents[2] / "golden/files/store-format-1.db"
        shutil.copy(golden, folder / "old.db")
        with contextlib.closing(sqlite3.connect(folder / "old.db")) as log:
            self.assertEqual(log.execute("PRAGMA journal_mode = wal").fetchone(), ("wal",))
            log.execute("INSERT INTO properties VALUES('late', x'01')")
            log.commit()
            for end in ("", "-wal"):  # as they lie there while somebody has the file open
                shutil.copy(folder / f"old.db{end}", folder / f"backup.db{end}")
        command = ("store", "restore", str(folder / "backup.db"), "--into", str(folder / "data"))
        # A file that is in the way of the copy when it comes, as one that was stopped leaves it.
        (folder / "data").mkdir()
        (folder / "data/tidemark.db.older-wal").write_bytes(b"of another copy")
        self.done(self.world.tool(*command, "--json"))
        with contextlib.closing(sqlite3.connect(folder / "data/tidemark.db")) as log:
            late = log.execute("SELECT value FROM properties WHERE name = 'late'").fetchall()
        self.assertEqual(late, [(b"\1",)])
        with open(folder / "old.db", "r+b") as damaged:
            damaged.truncate(8192)
        other = ("store", "restore", str(folder / "old.db"), "--into", str(folder / "other"))
        self.assertNotEqual(self.world.tool(*other, "--json").code, 0)
        self.assertEqual([each.name for each in (folder / "other").glob("*.older*")], [])

    def test_a_restore_beside_newer_files_says_what_stops(self):
        folder = self.folder()
        self.done(self.world.tool("store", "backup", str(folder / "old.db")))
        other = World(folder, PROGRAMS)
        self.addCleanup(other.stop)
        self.done(other.tool("store", "restore", str(folder / "old.db"), "--into",
                             str(other.data)))
        other.start()
        self.done(other.tool("projection", "resume", "metered_usage", *WHY))
        other.wait_for(lambda: all(each["lag"] == 0 for each in other.tool(
            "projection", "list", "--json").json["projections"]), "read models")
        self.assertEqual(other.stop(), 0)
        (other.data / "tidemark.db").rename(folder / "newer.db")
        answer = self.done(self.world.tool("store", "restore", str(folder / "old.db"), "--into",
                                           str(other.data), "--json")).json
        told = {each["about"]: each["what"] for each in answer["what_follows"]}
        self.assertIn("projection rebuild", told["projection/campaign_minutes"])

    def test_a_backup_of_another_log_and_of_itself_is_refused(self):
        folder = self.folder()
        self.refused(self.world.tool("store", "backup", str(self.world.data), "--json"),
                     "store.same_file")
        other = World(folder, PROGRAMS)
        self.addCleanup(other.stop)
        other.start()
        other.stop()
        self.refused(self.world.tool("store", "backup", str(other.data), "--json"),
                     "store.other_store")

    def test_consumers_are_registered_and_stand_in_the_way(self):
        names = [each["consumer"] for each in self.done(
            self.world.tool("store", "consumers", "--json")).json["consumers"]]
        self.assertEqual(names, ["index/delayed", "index/sagas", "projection/account_balance",
                                 "projection/campaign_minutes", "projection/campaign_overview",
                                 "projection/metered_usage", f"saga/{SAGA}"])
        self.refused(self.world.tool("store", "forget", "projection/old", *WHY, "--json"),
                     "store.no_such_consumer")

    def test_a_stream_is_deleted_and_its_data_go(self):
        stream = "impression-c9"
        self.world.wait_for(lambda: self.world.tool("store", "delete", stream, *WHY,
                                                    "--dry-run").code == 0,
                            "consumers to have reported")
        self.change("store", "delete", stream)
        self.change("store", "compact")
        shown = self.done(self.world.tool("store", "read", "--category", "impression",
                                          "--json")).lines
        hidden = [each for each in shown if each["stream"] == stream]
        self.assertEqual({each["hidden"] for each in hidden}, {"deleted"})
        self.assertIn("a test (operation", hidden[0]["hidden_because"])
        self.assertEqual(self.world.tool("store", "verify").code, 0)

    def test_old_events_move_into_cold_files_while_the_application_runs(self):
        before = self.done(self.world.tool("store", "read", "--limit", "20", "--json")).lines
        self.world.wait_for(lambda: self.world.tool("store", "archive", "--before", "21",
                                                    "--file-events", "10", *WHY,
                                                    "--dry-run").code == 0,
                            "consumers to have reported")
        self.change("store", "archive", "--before", "21", "--file-events", "10")
        info = self.done(self.world.tool("store", "info", "--json")).json
        self.assertEqual((info["cold_files"], info["cold_events"]), (2, 20))
        self.assertEqual(len(list(self.world.data.glob("tidemark.cold-*.db"))), 2)
        self.assertEqual(self.done(self.world.tool("store", "read", "--limit", "20",
                                                   "--json")).lines, before)
        self.assertEqual(self.world.tool("store", "verify").code, 0)

    def test_an_event_is_passed_over_and_read_again(self):
        event = self.world.tool("store", "read", "--type", "CampaignOpened", "--json").lines[0]
        self.change("store", "skip", event["event_id"], "--force")
        skipped, = self.done(self.world.tool("store", "skipped", "--json")).json["skipped"]
        self.assertEqual(skipped["position"], event["position"])
        self.change("store", "skip", event["event_id"], "--undo")
        self.assertEqual(self.world.tool("store", "skipped", "--json").json["skipped"], [])

    def test_what_is_kept_of_a_stream_is_said(self):
        self.change("store", "retain", "impression-c1", "--max-age", "90d")
        self.change("store", "retain", "impression-c1", "--off")
        self.assertEqual(self.refused(self.world.tool("store", "retain", "impression-c1", *WHY,
                                                      "--json"), "usage")["field"],
                         "--max-count")

    def test_events_are_carried_into_another_log(self):
        folder = self.folder()
        exported = folder / "events.jsonl"
        exported.write_text(self.done(self.world.tool("store", "export", "--category",
                                                      "campaign")).out, encoding="utf-8")
        count = len(exported.read_text(encoding="utf-8").splitlines())
        self.assertGreater(count, 0)
        other = World(folder, PROGRAMS)
        self.addCleanup(other.stop)
        other.start()
        command = ("store", "import", str(exported), "--recorded-now", *WHY, "--json")
        self.assertEqual(self.done(other.tool(*command)).json["stored"], count)
        again = self.done(other.application(*command)).json
        self.assertEqual((again["stored"], again["there_already"]), (0, count))
        kept = other.tool("operation", "list", "--json").json["operations"]
        self.assertEqual([(each["verb"], each["result"]) for each in kept],
                         [("store import", "done")] * 2)
        other.wait_for(lambda: all(each["lag"] == 0 for each in other.tool(
            "projection", "list", "--json").json["projections"]), "read models")


class WithoutARunningApplication(Tool):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.world.stop() != 0:
            raise AssertionError("the application did not stop cleanly")

    def test_the_tool_names_the_applications_own_verb(self):
        answer = self.world.tool("projection", "pause", "campaign_minutes", *WHY, "--json")
        error = self.refused(answer, "operation.no_application")
        self.assertIn("adtech projection pause", error["hint"])

    def test_the_applications_own_binary_does_it_itself(self):
        self.done(self.world.application("projection", "pause", "campaign_minutes", *WHY))
        self.assertIsNotNone(self.world.projection("campaign_minutes")["live"]["paused"])
        self.done(self.world.application("projection", "resume", "campaign_minutes", *WHY))
        made = self.done(self.world.application("saga", "pause", SAGA, f"a1.{PERIOD}", *WHY,
                                                "--json")).json
        self.assertEqual(made["executed_by"], "this process")
        self.assertEqual(self.world.instance(f"a1.{PERIOD}")["status"], "paused")
        self.done(self.world.application("saga", "resume", SAGA, f"a1.{PERIOD}", *WHY))

    def test_reports_need_the_files_only(self):
        for verb in (["store", "info"], ["projection", "list"], ["saga", "list"], ["describe"],
                     ["trace", "talk-1"], ["timer", "list"], ["parked", "list"]):
            self.done(self.world.tool(*verb))

    def test_doctor_notes_that_nobody_runs(self):
        answer = self.world.tool("doctor", "--json").json
        self.assertIn("application.not_running", [each["code"] for each in answer["findings"]])

    def test_a_damaged_read_model_is_found(self):
        listed = self.world.tool("projection", "show", "metered_usage", "--json").json
        live = pathlib.Path(listed["live_file"])
        whole = live.read_bytes()
        try:
            live.write_bytes(b"\0" * 100 + whole[100:])
            answer = self.world.tool("doctor", "--json")
            self.assertEqual(answer.code, 1)
            self.assertIn(live.name, [each["subject"] for each in answer.json["findings"]])
        finally:
            live.write_bytes(whole)

    def test_a_read_model_that_nobody_lists_is_found(self):
        stray = self.world.data / "campaign_minutes.v1.g77.db"
        stray.write_bytes(b"")
        answer = self.world.tool("doctor", "--json").json
        stray.unlink()
        self.assertIn(("projection.unlisted_file", stray.name),
                      [(each["code"], each["subject"]) for each in answer["findings"]])

    def test_read_models_without_their_list_are_found(self):
        models = self.world.data / "models.db"
        kept = models.rename(models.with_name("kept"))
        self.addCleanup(kept.rename, models)
        answer = self.world.tool("doctor", "--json")
        self.assertEqual(answer.code, 1)
        self.assertIn("projection.missing_list",
                      [each["code"] for each in answer.json["findings"]])

    def test_a_file_of_another_user_is_not_called_damaged(self):
        file = self.world.data / "sagas.v1.db"
        self.addCleanup(file.chmod, file.stat().st_mode)
        file.chmod(0)
        answer = self.world.tool_that_may_not_open_everything("doctor", "--json")
        self.assertEqual(answer.code, 1)
        self.assertEqual([each["code"] for each in answer.json["findings"]
                          if each["subject"] == file.name], ["file.no_permission"])


class OfAFreshApplication(unittest.TestCase):
    def test_the_doctor_finds_nothing(self):
        with tempfile.TemporaryDirectory(prefix="tidemark-tool-") as folder:
            world = World(folder, PROGRAMS)
            self.addCleanup(world.stop)
            world.start()
            world.wait_for(lambda: world.tool("doctor", "--json").code == 0, "a clean bill")

    def test_wiring_and_types_are_known_before_the_first_start(self):
        with tempfile.TemporaryDirectory(prefix="tidemark-tool-") as folder:
            world = World(folder, PROGRAMS)
            self.assertEqual(world.application("describe").code, 0)
            exported = pathlib.Path(folder, "types.binpb")
            self.assertEqual(world.application("schema", "export", str(exported)).code, 0)
            self.assertEqual(world.tool("describe", "--json").error["code"], "store.missing")


if __name__ == "__main__":
    PROGRAMS.extend(sys.argv[1:4])
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=1)
