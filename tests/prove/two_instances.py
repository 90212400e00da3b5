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
LOCK_SECONDS = 2.0  # far longer than a commit
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
        # A relay that is behind and does not move is what the pauses are about.
        "health.interval": "300s",
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
        self.log = proof.log_of(FIRST)
        self.both = {
            name: proof.application(name, settings(proof, broker, "shared"))
            for name in (FIRST, SECOND)
        }
        self._relays = {}  # by owner of the lease: the instance whose relay that is

    def start(self):
        """One after the other, so that it is known whose relay got the lease."""
        self.both[FIRST].start()
        waiting.until(self._owner, "the first relay has the lease")
        self._relays[self._owner()] = FIRST
        self.both[SECOND].start()
        waiting.until(
            lambda: all("app.started" in each.log_text() for each in self.both.values()),
            "both are at work",
        )
        return self

    def publisher(self):
        """The instance whose relay has the lease; None when nobody has."""
        owner = self._owner()
        return None if owner is None else self._relays.setdefault(owner, SECOND)

    def published(self):
        """How far the relays say that they came."""
        text = self.log.property("relay.main.lease")
        return int(text.split()[2]) if text else 0

    def are_running(self):
        return all(application.is_running() for application in self.both.values())

    def _owner(self):
        found = OWNER.search(self.log.property("relay.main.lease") or b"")
        nobody = found is None or found.group(0).strip(b"0-") == b""
        return None if nobody else found.group(0)


def pause(pair, name, seconds_more):
    """Pauses the instance that publishes until the other has taken over, and some more. False when
    it stood still inside a commit: then nobody can write to the file until it goes on."""
    application = pair.both[name]
    application.pause()
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while not pair.log.is_writable():
            if time.monotonic() > deadline:
                return False
        waiting.until(
            lambda: pair.publisher() not in (None, name) or not pair.are_running(),
            "the other relay takes over",
        )
        time.sleep(seconds_more)  # into the other's work
        return True
    finally:
        application.resume()


def pause_publishers(proof, pair, pauses):
    """Pauses whoever publishes, again and again; how often the other took over, and how often not
    because the log was locked."""
    taken_over = locked = 0
    while taken_over < pauses:
        waiting.until(
            lambda: pair.publisher() or not pair.are_running(), "one of them publishes"
        )
        name = pair.publisher()
        if name is None or not pair.are_running():
            break
        if pause(pair, name, LEASE_SECONDS * proof.random.random()):
            taken_over += 1
            say(f"{name} was paused and the other published")
        else:
            locked += 1
            say(f"{name} was paused inside a commit")
        before = pair.published()
        waiting.until(
            lambda: pair.published() > before or not pair.are_running(), "something is published"
        )
        time.sleep(LEASE_SECONDS * proof.random.random())  # the two are at it together
    return taken_over, locked


def run_both(proof, broker):
    share_the_log(proof)
    pair = Pair(proof, broker).start()
    taken_over, locked = pause_publishers(proof, pair, proof.full_or_gate(10, 2))
    fenced = 0
    for name, application in pair.both.items():
        code = application.wait(RUN_SECONDS)
        if code != 0:
            raise Broken(f"the {name} ended with {code}; its log ends:\n{application.tail()}")
        fenced += len(re.findall(r"relay\.(?:fenced|lease_lost)", application.log_text()))
    proof.findings.add(
        "paused for longer than its lease, the publishing instance was taken over from",
        taken_over > 0,
        taken_over=taken_over,
        paused_inside_a_commit=locked,
        lost_the_lease_or_fenced=fenced,
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
    proof.anew(ALONE, FIRST, SECOND, "broker", "log")
    proof.generate(proof.full_or_gate(400_000, 20_000))
    broker = proof.broker()
    run_alone(proof, broker)
    run_both(proof, broker)
    check(proof, broker)


if __name__ == "__main__":
    Proof("two_instances", __doc__).run(steps)
