#!/usr/bin/env python3
"""SIGKILL at seeded moments while the application ingests, relays, projects and runs sagas against
a real broker, and is started again each time. At the end bills, rows, saga states and topics are
those of a run that nobody disturbed, and those that the generator expects."""

import signal
import time

from support import outcome, publication, totals, waiting
from support.findings import Broken, say
from support.messages import Messages
from support.proof import Proof

QUIET, KILLED = "quiet", "killed"
JITTER_SECONDS = 0.25
SAGA_JITTER_SECONDS = 0.02
HITS_MIN = 0.9  # of the kills
LEASE = "1s"
RUN_SECONDS = 1800.0


def settings(proof, broker, name):
    return {
        "input.file": proof.work / "input.ndjson",
        "input.exit_at_end": "true",
        "clock.source": "input",
        "kafka.bootstrap_servers": broker.address,
        "kafka.topic_prefix": f"{name}.",
        "kafka.lease": LEASE,
    }


def run_undisturbed(proof, broker):
    if proof.progress().get("quiet_seconds"):
        return
    began = time.monotonic()
    application = proof.application(QUIET, settings(proof, broker, QUIET)).start()
    code = application.wait(RUN_SECONDS)
    if code != 0:
        raise Broken(f"the undisturbed run ended with {code}; its log ends:\n{application.tail()}")
    proof.remember(quiet_seconds=round(time.monotonic() - began, 1))


def draw_moments(proof, kills):
    """Where in the log to kill, and how long behind it: half anywhere, half where sagas worked,
    which is a small part of the log and soon over."""
    log, random = proof.log_of(QUIET), proof.random
    of_sagas = [event.position for event in log.events() if event.category.startswith("saga.")]
    anywhere = range(1, log.high_water())
    moments = [(random.choice(anywhere), JITTER_SECONDS) for _ in range(kills - kills // 2)]
    moments += [(random.choice(of_sagas), SAGA_JITTER_SECONDS) for _ in range(kills // 2)]
    return [(position, random.random() * most) for position, most in sorted(moments)]


def run_killed(proof, broker, kills):
    """Kills, starts again, and at the end lets it come to its end."""
    moments = draw_moments(proof, kills)
    application = proof.application(KILLED, settings(proof, broker, KILLED))
    log = proof.log_of(KILLED)
    done, hits = proof.progress().get("kills", [0, 0])  # a hit: it had not ended by itself
    for position, jitter in moments[done:]:
        application.start()
        waiting.until(
            lambda: log.high_water() >= position or not application.is_running(),
            f"the log reaches position {position}",
            RUN_SECONDS,
        )
        time.sleep(jitter)
        at = log.high_water()
        hits += application.kill()
        if application.exit_code not in (-signal.SIGKILL, 0):
            raise Broken(f"it ended with {application.exit_code}:\n{application.tail()}")
        done += 1
        proof.remember(kills=[done, hits])
        say(f"killed {done} of {kills} at position {at}")
    code = application.start().wait(RUN_SECONDS)
    if code != 0:
        raise Broken(f"the last run ended with {code}; its log ends:\n{application.tail()}")
    proof.findings.add(
        "the kills met it at work", hits >= kills * HITS_MIN, kills=kills, hits=hits
    )


def check(proof, broker):
    messages = Messages.of_the_project()
    found = {}
    for name in (QUIET, KILLED):
        found[name] = outcome.outcome_of(proof.log_of(name), proof.work / name, messages)
        wrong = totals.differences(
            found[name], proof.work / "totals.json", proof.work / "minutes.csv"
        )
        proof.findings.equal(f"the {name} run comes to the generator's totals", wrong)
        wrong, records = publication.differences(proof.log_of(name), broker.address, f"{name}.")
        proof.findings.equal(
            f"the topics hold the log of the {name} run, each event once and in order",
            wrong,
            records=records,
        )
    proof.findings.equal(
        "bills, rows, closed windows and sagas of the killed run are those of the quiet one",
        outcome.differences(found[QUIET], found[KILLED]),
        events=proof.log_of(KILLED).high_water(),
        rows=len(found[KILLED]["row of campaign_minutes"]),
        sagas=len(found[KILLED]["saga"]),
        quiet_seconds=proof.progress()["quiet_seconds"],
    )


def steps(proof):
    kills = proof.arguments.kills or proof.full_or_gate(50, 5)
    proof.generate(proof.full_or_gate(100_000, 6_000))
    broker = proof.broker()
    run_undisturbed(proof, broker)
    run_killed(proof, broker, kills)
    check(proof, broker)


if __name__ == "__main__":
    Proof("kill", __doc__, lambda parser: parser.add_argument("--kills", type=int)).run(steps)
