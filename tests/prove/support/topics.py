"""Reads topics as any reader of committed records does."""

from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from .findings import Broken

PROGRESS = "tidemark.relay"
ASK_SECONDS = 30.0


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
    """All committed records of the topics, by partition and in order; reads up to their ends."""
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
            consumer.assign(wanted)
            _read_to_the_ends(consumer, records)
        return records
    finally:
        consumer.close()


def _read_to_the_ends(consumer, records):
    missing = set(records)
    while missing:
        messages = consumer.consume(num_messages=10_000, timeout=ASK_SECONDS)
        if not messages:
            raise Broken(f"no end of {sorted(missing)} within {ASK_SECONDS:.0f} s")
        for message in messages:
            place = message.topic(), message.partition()
            if message.error() is None:
                records[place].append(_record(message))
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
