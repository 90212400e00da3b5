#!/usr/bin/env python3
"""Clients that know nothing of the framework read what it publishes: kcat sees the records that
docs/reference/formats/kafka-record.md describes, and a Python client decodes their values with the
descriptor set that `tidemark schema export` writes."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "prove"))

from support import publication, waiting
from support.application import environment
from support.findings import Broken
from support.messages import Messages
from support.proof import Proof
from support.topics import published_topics, read_committed

DATA = "data"
PREFIX = "clients."
LINES = 5_000

# What each record has, in this order; then what it has when there is any.
ALWAYS = (
    "ce_specversion ce_id ce_type ce_source ce_subject ce_time ce_dataschema content-type"
    " ce_position ce_version ce_recordedat"
).split()
OPTIONAL = "ce_ingestedat ce_appendid ce_correlationid ce_causationid".split()
TOPICS = "account billing_period campaign intake invoice traffic".split()
FACTS = (
    "adtech.v1.ImpressionServed",
    "adtech.v1.ClickTracked",
    "tidemark.intake.v1.SchemaMismatch",
)


def publish(proof, broker):
    """One run of the ad platform over a small input."""
    files = proof.generate(LINES, accounts=5, campaigns_per_account=2, days=1)
    settings = {
        "input.file": files["out"],
        "input.exit_at_end": "true",
        "clock.source": "input",
        "kafka.bootstrap_servers": broker.address,
        "kafka.topic_prefix": PREFIX,
    }
    application = proof.application(DATA, settings).start()
    code = application.wait(120)
    if code != 0:
        raise Broken(f"the application ended with {code}; its log ends:\n{application.tail()}")


def kcat_records(address, topic):
    """Key, headers and size of each record, as kcat prints them."""
    command = ["kcat", "-b", address, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J"]
    command += ["-X", "isolation.level=read_committed"]
    done = subprocess.run(command, capture_output=True, check=True)
    return [
        json.loads(line, strict=False)
        for line in done.stdout.decode(errors="replace").splitlines()
    ]


def header_faults(record, store_id):
    """What is not as the format says; a record's headers come as a list of names and values."""
    names, values = record["headers"][::2], dict(
        zip(record["headers"][::2], record["headers"][1::2])
    )
    faults = []
    expected = [*ALWAYS, *(name for name in OPTIONAL if name in values)]
    if names != expected:
        faults.append(f"headers are {names}")
    if values["ce_source"] != f"tidemark/{store_id}":
        faults.append(f"ce_source is {values['ce_source']}")
    if not values["ce_dataschema"].startswith(f"{values['ce_type']}@"):
        faults.append(f"ce_dataschema is {values['ce_dataschema']} of {values['ce_type']}")
    if values["ce_subject"].partition("-")[2] != record["key"]:
        faults.append(f"the key is {record['key']} of {values['ce_subject']}")
    if (values["ce_type"] in FACTS) != ("ce_ingestedat" in values):
        faults.append(f"ce_ingestedat of {values['ce_type']}")
    return [f"{record['topic']}/{record['partition']}@{record['offset']}: {f}" for f in faults]


def check_kcat(proof, broker):
    log = proof.log_of(DATA)
    faults, records = [], 0
    for topic in published_topics(broker.address, PREFIX):
        for record in kcat_records(broker.address, topic):
            records += 1
            faults += header_faults(record, log.store_id())
    proof.findings.equal(
        "kcat reads records with the headers of the format", faults, records=records
    )
    expected = log.to_publish_behind(0)
    proof.findings.add("kcat reads as many records as there are events", records == expected)


def exported_descriptors(proof):
    file = proof.work / "schema.binpb"
    command = [proof.tool, "--file", proof.log_of(DATA).file, "schema", "export", file]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    if done.returncode != 0:
        raise Broken(f"tidemark schema export: {done.stdout}{done.stderr}")
    return file.read_bytes()


def check_python(proof, broker):
    messages = Messages(exported_descriptors(proof))
    undecoded, records = [], 0
    for read in read_committed(broker.address, published_topics(broker.address, PREFIX)).values():
        for record in read:
            records += 1
            kind = record.header("ce_type")
            if not messages.knows(kind):
                undecoded.append(f"{kind} is not in the descriptor set")
                continue
            message = messages.decode(kind, record.value)
            if message.SerializeToString(deterministic=True) != record.value:
                undecoded.append(
                    f"{kind} at {record.header('ce_position')} is not what was decoded"
                )
    proof.findings.equal(
        "a Python client decodes each value with the exported descriptor set",
        undecoded,
        records=records,
    )


def steps(proof):
    proof.anew(DATA, "broker")
    broker = proof.broker()
    publish(proof, broker)
    log = proof.log_of(DATA)
    waiting.until(lambda: publication.is_complete(log, broker.address), "all is published", 30)
    found = [name.removeprefix(PREFIX) for name in published_topics(broker.address, PREFIX)]
    proof.findings.add("each category has its topic", found == TOPICS, topics=" ".join(found))
    check_kcat(proof, broker)
    check_python(proof, broker)


if __name__ == "__main__":
    Proof("clients", __doc__).run(steps)
