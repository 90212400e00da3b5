"""Reads topics as any reader of committed records does."""

import time
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from .findings import Broken

PROGRESS = "tidemark.relay"
ASK_SECONDS = 30.0
BATCH_SECONDS = 0.1  # a batch is handed over after this time, however small it is


@dataclass(frozen=True)
class Record:
    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    headers: tuple  # of pairs (name, text), in order

    def header(self, name):
        """The first header of that name; None when there is none."""
        return next((text for other, text in self.headers if other == name), None)


def has_topic(address, name):
    return (
        name in AdminClient({"bootstrap.servers": address}).list_topics(timeout=ASK_SECONDS).topics
    )


def published_topics(address, prefix=""):
    """The names of the topics that events are published to."""
    known = AdminClient({"bootstrap.servers": address}).list_topics(timeout=ASK_SECONDS).topics
    names = (name for name in known if not name.startswith("__") and name != PROGRESS)
    return sorted(name for name in names if name.startswith(prefix))


def read_committed(address, topics):
    """All committed records of the topics, by partition and in order: at least what was committed
    when it began."""
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": "tidemark-proof",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    try:
        known = consumer.list_topics(timeout=ASK_SECONDS).topics
        wanted = [
            TopicPartition(topic, partition, 0)
            for topic in topics
            for partition in known[topic].partitions
        ]
        records = {(each.topic, each.partition): [] for each in wanted}
        if wanted:
            ends = {place: _end(consumer, *place) for place in records}
            consumer.assign(wanted)
            _read_to_the_ends(consumer, records, ends)
        return records
    finally:
        consumer.close()


def _end(consumer, topic, partition):
    """The offset behind the last record, committed or not."""
    return consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=ASK_SECONDS)[1]


def _read_to_the_ends(consumer, records, ends):
    """A partition is done at its committed end, or behind the end that it had: one that is written
    to all the time never shows its end."""
    missing = set(records)
    heard = time.monotonic()
    while missing:
        messages = consumer.consume(num_messages=10_000, timeout=BATCH_SECONDS)
        if messages:
            heard = time.monotonic()
        elif time.monotonic() > heard + ASK_SECONDS:
            raise Broken(f"no end of {sorted(missing)} within {ASK_SECONDS:.0f} s")
        for message in messages:
            place = message.topic(), message.partition()
            if message.error() is None:
                records[place].append(_record(message))
                if message.offset() + 1 >= ends[place]:
                    missing.discard(place)
            elif message.error().code() == KafkaError._PARTITION_EOF:
                missing.discard(place)
            else:
                raise KafkaException(message.error())


def _record(message):
    headers = tuple((name, text.decode()) for name, text in message.headers() or ())
    return Record(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        key=(message.key() or b"").decode(),
        value=message.value() or b"",
        headers=headers,
    )
