#!/usr/bin/env python3
"""The broker stands still under load, once silent (SIGSTOP) and once gone (stopped, and started on
the same folder). Appends go on at the same rate, the relay catches up when the broker is back, and
the topics then hold the log, each event once and in order."""

import time

from support import publication, waiting
from support.findings import say
from support.load import Feeder, Pulse
from support.proof import Proof

DATA = "data"
PREFIX = "load."
FACTS = "traffic"  # what they cause depends on the hour of the story, so it is not the measure
CATCH_UP_SECONDS = 300.0
WARM_UP_EVENTS = 2_000
# The load is fixed and well below what the machine can do: then the rate of appends is that of the
# load, unless something holds them up.
RATIO_MIN = 0.9
STALL_SECONDS_MAX = 2.0


def settings(broker, input_file):
    return {
        "input.file": input_file,
        "input.follow": "true",
        "kafka.bootstrap_servers": broker.address,
        "kafka.topic_prefix": PREFIX,
        "kafka.lease": "2s",
    }


def measure(proof, broker, pulse, how):
    """One standstill: the rate before it, during it, and how long the relay needs afterwards."""
    log, seconds = proof.log_of(DATA), proof.full_or_gate(30.0, 4.0)
    calm = proof.full_or_gate(15.0, 4.0)
    began = time.monotonic()
    time.sleep(calm)  # the measured time itself
    stopped = time.monotonic()
    broker.pause() if how == "silent" else broker.kill()
    time.sleep(seconds)
    back = time.monotonic()
    behind = log.high_water()
    broker.resume() if how == "silent" else broker.start()
    waiting.until(
        lambda: publication.progress(log, broker.address) >= behind,
        "the relay has caught up",
        CATCH_UP_SECONDS,
        interval=0.2,
    )
    caught_up = time.monotonic()
    before, during = pulse.rate(FACTS, began, stopped), pulse.rate(FACTS, stopped, back)
    stall = pulse.longest_stall(stopped, back)
    proof.findings.add(
        f"appends go on while the broker is {how}",
        during >= RATIO_MIN * before and stall <= STALL_SECONDS_MAX,
        seconds=seconds,
        facts_per_second_before=round(before),
        facts_per_second_during=round(during),
        ratio=round(during / before, 3),
        longest_stall_seconds=round(stall, 2),
        caught_up_after_seconds=round(caught_up - back, 1),
    )


def steps(proof):
    rate = proof.full_or_gate(4_000, 1_000)
    source = proof.generate(proof.full_or_gate(1_000_000, 60_000))["out"]
    proof.anew(DATA, "broker", "growing.ndjson")
    broker = proof.broker()
    target = proof.work / "growing.ndjson"
    target.touch()
    log = proof.log_of(DATA)
    application = proof.application(DATA, settings(broker, target)).start()
    feeder = Feeder(source, target, rate).start()
    pulse = Pulse(log).start()
    waiting.until(
        lambda: publication.progress(log, broker.address) > WARM_UP_EVENTS,
        "the relay publishes",
        running=application,
    )
    for how in ("silent", "gone"):
        measure(proof, broker, pulse, how)
        application.must_run()
    feeder.stop()
    proof.findings.add("the load lasted", not feeder.ran_dry, lines=feeder.lines)
    waiting.until(
        lambda: waiting.is_still(log.high_water) and publication.is_complete(log, broker.address),
        "everything is published",
        CATCH_UP_SECONDS,
        running=application,
        interval=0.5,
    )
    pulse.stop()
    say(f"the application ended with {application.stop()}")
    wrong, records = publication.differences(log, broker.address, PREFIX)
    proof.findings.equal(
        "the topics hold the log, each event once and in order",
        wrong,
        records=records,
        events=log.high_water(),
    )


if __name__ == "__main__":
    Proof("broker_stopped", __doc__).run(steps)
