#!/usr/bin/env python3
"""campaign_minutes is rebuilt over a long log while a writer appends and a reader polls. Every read
finds a whole model. Killed (SIGKILL) at seeded points of its builds, the application leaves the old
model or the new one live, each of them whole."""

import subprocess
import time

from support import waiting
from support.application import environment
from support.event_log import open_read_only
from support.findings import Broken, say
from support.load import Feeder
from support.messages import Messages
from support.poller import CATEGORY, PROJECTION, READ, Poller
from support.proof import Proof
from support.read_models import ReadModels

DATA = "data"
BUILD_SECONDS = 900.0
INGEST_SECONDS = 3600.0
LINES_PER_SECOND = 500  # of the writer that goes on meanwhile
MINUTE_MICROS = 60_000_000
CLICK = "adtech.v1.ClickTracked"
COLUMNS = "impressions", "clicks", "spend_micros"
NOBODY_THERE = "operation.no_application"
SPARE_LINES = 0.3  # of the input, which the writer still has to bring


class Model:
    """The builds of the read model, as its files say."""

    def __init__(self, proof):
        self._proof = proof
        self.log = proof.log_of(DATA)
        self.models = ReadModels(proof.work / DATA)

    def states(self):
        return self.models.states(PROJECTION)

    def filling(self):
        return next((n for n, state in self.states().items() if state == "filling"), None)

    def live(self):
        return next((n for n, state in self.states().items() if state == "live"), None)

    def request_rebuild(self):
        """As an operator asks for it. A build before the live one is kept until it is given up."""
        if "previous" in self.states().values():
            self._ask("retire")
        self._ask("rebuild")
        return self.filling() or self.live()

    def share_built(self):
        """How far the build under way is, 0 to 1; 1 when there is none."""
        for _, state, file in self.models.files(PROJECTION):
            if state == "filling":
                return _checkpoint(file) / max(1, self.log.high_water())
        return 1.0

    def live_is_caught_up(self):
        return self.models.checkpoint(PROJECTION) >= self.log.last_of(CATEGORY)

    def faults(self):
        """What is wrong with the models as they lie there; nothing when old or new is whole."""
        states = list(self.states().values())
        found = [] if states.count("live") == 1 else [f"{states.count('live')} models are live"]
        for number, state, file in self.models.files(PROJECTION):
            connection = open_read_only(file)
            try:
                counted, position, _ = connection.execute(READ).fetchone()
            finally:
                connection.close()
            expected = self.log.count(CATEGORY, 0, position)
            if counted != expected:
                found.append(
                    f"{state} generation {number} counts {counted} of {expected} at {position}"
                )
        return found

    def _ask(self, verb):
        """Until the application is there: one that was just started does not answer yet."""
        command = [self._proof.tool, "--file", self.log.file, "projection", verb, PROJECTION]
        command += ["--reason", "the proof asks for it", "--wait", "60s"]

        def is_done():
            done = subprocess.run(command, capture_output=True, text=True, env=environment())
            if done.returncode != 0 and NOBODY_THERE not in done.stderr:
                raise Broken(f"projection {verb} was refused: {done.stdout}{done.stderr}")
            return done.returncode == 0

        waiting.until(is_done, f"the application takes 'projection {verb}'")


def _checkpoint(file):
    try:
        connection = open_read_only(file)
    except Exception:
        return 0  # it is being made
    try:
        row = connection.execute("SELECT position FROM feed_checkpoint").fetchone()
        return row[0] if row else 0
    except Exception:
        return 0
    finally:
        connection.close()


def fill(proof, application, model):
    """Brings the log to its length: all that lies in the input is stored and projected."""
    facts = proof.full_or_gate(1_000_000, 50_000)
    waiting.until(
        lambda: model.log.high_water() >= facts,
        f"the log holds {facts} events",
        INGEST_SECONDS,
        interval=0.2,
        running=application,
    )
    waiting.until(
        lambda: waiting.is_still(model.log.high_water) and model.live_is_caught_up(),
        "all of the input is stored and projected",
        INGEST_SECONDS,
        running=application,
    )


def measure_rebuild(proof, application, model):
    """One build from beginning to end, while the reader reads and the writer writes."""
    before, high_water = model.live(), model.log.high_water()
    poller = Poller(model.log, model.models).start()
    began = time.monotonic()
    model.request_rebuild()
    waiting.until(lambda: model.live() != before, "it is live", BUILD_SECONDS, running=application)
    seconds = time.monotonic() - began
    appended = model.log.high_water() - high_water
    time.sleep(1.0)  # some reads of the new model
    poller.stop()
    application.must_run()
    proof.findings.equal(
        "every read found a whole model while it was rebuilt",
        poller.wrong,
        reads=poller.reads,
        slowest_read_ms=round(poller.slowest_seconds * 1000),
        files_read=len(poller.files),
    )
    proof.findings.add(
        "the model was rebuilt and became live in one step",
        model.live() > before and len(poller.files) == 2,
        events=high_water,
        seconds=round(seconds, 1),
        events_per_second=round(high_water / seconds),
        appended_meanwhile=appended,
        peak_memory_mib=application.peak_memory_mib(),
    )


def kill_builds(proof, application, model):
    """Kills while a model is built; after each kill what lies there is looked at."""
    kills = proof.full_or_gate(20, 3)
    shares = [proof.random.random() for _ in range(kills)]
    most = proof.full_or_gate(0.5, 0.05)  # seconds behind the share that was drawn
    jitters = [proof.random.random() * most for _ in range(kills)]
    poller = Poller(model.log, model.models).start()
    faults, during = [], 0
    for number, (share, jitter) in enumerate(zip(shares, jitters), 1):
        if model.filling() is None:
            model.request_rebuild()
        waiting.until(
            lambda: model.share_built() >= share,
            "the build is so far",
            BUILD_SECONDS,
            running=application,
        )
        time.sleep(jitter)
        application.kill()
        found, built = model.faults(), model.share_built()
        during += model.filling() is not None
        faults += [f"kill {number}: {fault}" for fault in found]
        say(f"killed {number} of {kills}: {model.states()}, {built:.0%} built")
        application.start()
    waiting.until(lambda: model.filling() is None, "the last build is done", BUILD_SECONDS, 0.1)
    poller.stop()
    faults += model.faults()
    proof.findings.equal(
        "killed at any point, the old model or the new one is live, and whole",
        faults,
        kills=kills,
        with_a_build_under_way=during,
    )
    proof.findings.equal(
        "every read found a whole model while the application was killed",
        poller.wrong,
        reads=poller.reads,
        models_seen=len(poller.files),
    )


def check_rows(proof, model):
    """The model that came out of all that holds, row by row, what the log's facts add up to."""
    messages, expected = Messages.of_the_project(), {}
    for event in model.log.events():
        if event.category != CATEGORY:
            continue
        fact = messages.decode(event.type, event.data)
        key = fact.campaign_id, event.event_time // MINUTE_MICROS * MINUTE_MICROS
        row = expected.setdefault(key, [0, 0, 0])
        row[event.type == CLICK] += 1
        row[2] += fact.price_micros
    found = {
        (row["campaign_id"], row["minute_micros"]): [row[column] for column in COLUMNS]
        for row in model.models.rows(PROJECTION)
    }
    wrong = [
        f"{key}: the log says {expected.get(key)}, the model {found.get(key)}"
        for key in {*expected, *found}
        if expected.get(key) != found.get(key)
    ]
    proof.findings.equal(
        "the model holds row by row what the log adds up to", wrong[:20], rows=len(found)
    )


def steps(proof):
    lines = proof.full_or_gate(1_500_000, 90_000)
    proof.anew(DATA, "growing.ndjson")
    source = proof.generate(lines)["out"]
    growing = proof.work / "growing.ndjson"
    rest = split(source, growing, round(lines * (1 - SPARE_LINES)), proof.work / "rest.ndjson")
    application = proof.application(DATA, {"input.file": growing, "input.follow": "true"}).start()
    model = Model(proof)
    fill(proof, application, model)
    writer = Feeder(rest, growing, LINES_PER_SECOND).start()
    measure_rebuild(proof, application, model)
    kill_builds(proof, application, model)
    writer.stop()
    proof.findings.add("the writer went on to the end", not writer.ran_dry, lines=writer.lines)
    waiting.until(
        lambda: waiting.is_still(model.log.high_water) and model.live_is_caught_up(),
        "the last events are in the model",
        running=application,
    )
    application.must_run()
    proof.findings.add("the application ended in order", application.stop() == 0)
    check_rows(proof, model)


def split(source, first, lines, second):
    """The first lines of a file to one file, the others to another."""
    with open(source, "rb") as whole, open(first, "wb") as head, open(second, "wb") as tail:
        for number, line in enumerate(whole):
            (head if number < lines else tail).write(line)
    return second


if __name__ == "__main__":
    Proof("rebuild", __doc__).run(steps)
