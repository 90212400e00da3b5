#!/usr/bin/env python3
"""Two instances at once. A second one on the same folder is refused, and disturbs nothing. Two with
read models of their own share the log and the broker: one relay publishes, the other stands by;
whichever publishes is paused (SIGSTOP) for longer than its lease and goes on in the middle of the
other's work. Nothing is published twice, nothing is lost, and both come to what one alone comes to.
"""

import os
import re
import time

from support import outcome, publication, totals, waiting
from support.findings import Broken, say
from support.messages import Messages
from support.proof import Proof

ALONE, FIRST, SECOND = "alone", "first", "second"
LEASE_SECONDS = 1.0
REFUSED_SECONDS = 20.0
RUN_SECONDS = 900.0
OWNER = re.compile(rb"[0-9a-f-]{36}$")


def settings(proof, broker, prefix):
    return {
        "input.file": proof.work / "input.ndjson",
        "input.exit_at_end": "true",
        "clock.source": "input",
        "kafka.bootstrap_servers": broker.address,
        "kafka.topic_prefix": f"{prefix}.",
        "kafka.lease": f"{int(LEASE_SECONDS)}s",
    }


def run_alone(proof, broker):
    """The run that the others are compared with; a second instance on its folder is refused."""
    mine = settings(proof, broker, ALONE)
    application = proof.application(ALONE, mine).start()
    log = proof.log_of(ALONE)
    waiting.until(lambda: log.high_water() > 100, "the first instance works")
    other = proof.application(ALONE, mine | {"log.file": proof.work / "log" / "refused.log"})
    refused = other.start().wait(REFUSED_SECONDS)
    application.must_run()
    proof.findings.add(
        "a second instance on the same folder is refused while the first goes on",
        refused not in (0, None) and "projection.locked" in application.log_text(),
        exit_code=refused,
    )
    code = application.wait(RUN_SECONDS)
    if code != 0:
        raise Broken(f"the run alone ended with {code}; its log ends:\n{application.tail()}")


def share_the_log(proof):
    """The second's log is the first's file; what else lies in its folder is its own."""
    for name in (FIRST, SECOND):
        (proof.work / name).mkdir()
    os.symlink(proof.work / FIRST / "tidemark.db", proof.work / SECOND / "tidemark.db")


class Pair:
    """Two applications on one log and one broker."""

    def __init__(self, proof, broker):
        self._log = proof.log_of(FIRST)
        self.both = {
            name: proof.application(name, settings(proof, broker, "shared"))
            for name in (FIRST, SECOND)
        }
        self._relays = {}  # by name: the owner of the lease when that instance got it

    def start(self):
        """One after the other, so that it is known whose relay got the lease."""
        for name, application in self.both.items():
            application.start()
            if name == FIRST:
                waiting.until(self._owner, "the first relay has the lease")
                self._relays[self._owner()] = name
        return self

    def publisher(self):
        """The instance whose relay has the lease; None when nobody has."""
        owner = self._owner()
        if owner is None:
            return None
        return self._relays.setdefault(owner, SECOND)

    def are_running(self):
        return all(application.is_running() for application in self.both.values())

    def _owner(self):
        found = OWNER.search(self._log.property("relay.main.lease") or b"")
        nobody = found is None or found.group(0).strip(b"0-") == b""
        return None if nobody else found.group(0)


def pause_publishers(proof, pair, pauses):
    """Pauses whoever publishes until the other has taken over; answers how often that was done."""
    done = 0
    for _ in range(pauses):
        paused = waiting.until(pair.publisher, "one of them publishes", 60.0)
        if not pair.are_running():
            break
        application = pair.both[paused]
        application.pause()
        try:
            waiting.until(
                lambda: pair.publisher() not in (None, paused) or not pair.are_running(),
                "the other relay takes over",
                60.0,
            )
            time.sleep(LEASE_SECONDS * proof.random.random())  # into the other's work
        finally:
            application.resume()
        done += 1
        say(f"{paused} was paused and the other published")
        time.sleep(LEASE_SECONDS * proof.random.random())  # the two are at it together
    return done


def run_both(proof, broker):
    share_the_log(proof)
    pair = Pair(proof, broker).start()
    pauses = pause_publishers(proof, pair, proof.full_or_gate(10, 2))
    fenced = 0
    for name, application in pair.both.items():
        code = application.wait(RUN_SECONDS)
        if code != 0:
            raise Broken(f"the {name} ended with {code}; its log ends:\n{application.tail()}")
        fenced += len(re.findall(r"relay\.(?:fenced|lease_lost)", application.log_text()))
    proof.findings.add(
        "the publishing instance was paused", pauses > 0, pauses=pauses, fenced=fenced
    )


def check(proof, broker):
    messages = Messages.of_the_project()
    alone = outcome.outcome_of(proof.log_of(ALONE), proof.work / ALONE, messages)
    files = proof.work / "totals.json", proof.work / "minutes.csv"
    proof.findings.equal(
        "one instance alone comes to the generator's totals", totals.differences(alone, *files)
    )
    wrong, records = publication.differences(proof.log_of(FIRST), broker.address, "shared.")
    proof.findings.equal(
        "the topics hold the shared log, each event once and in order", wrong, records=records
    )
    for name in (FIRST, SECOND):
        found = outcome.outcome_of(proof.log_of(name), proof.work / name, messages)
        proof.findings.equal(
            f"bills, rows, closed windows and sagas of the {name} are those of one alone",
            outcome.differences(alone, found),
        )


def steps(proof):
    proof.anew(ALONE, FIRST, SECOND, "broker")
    proof.generate(proof.full_or_gate(60_000, 6_000))
    broker = proof.broker()
    run_alone(proof, broker)
    run_both(proof, broker)
    check(proof, broker)


if __name__ == "__main__":
    Proof("two_instances", __doc__).run(steps)
