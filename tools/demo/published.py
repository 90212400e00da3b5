"""Counts what a read_committed reader finds on topics."""

import time

PATIENCE_SECONDS = 120.0


def records(servers, topics):
    """How many records with different ids each topic holds; -1 when an id stands there twice."""
    from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "reckoning",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": False,
        }
    )
    try:
        known = consumer.list_topics(timeout=30).topics
        wanted = [
            TopicPartition(topic, partition, OFFSET_BEGINNING)
            for topic in topics
            if topic in known
            for partition in known[topic].partitions
        ]
        ids = {topic: set() for topic in topics}
        twice = set()
        consumer.assign(wanted)
        ends = {
            (p.topic, p.partition): consumer.get_watermark_offsets(p, timeout=30)[1] for p in wanted
        }
        waiting = {place for place, end in ends.items() if end > 0}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while waiting and time.monotonic() < deadline:
            for message in consumer.consume(10_000, timeout=0.2):
                if message.error():
                    continue
                name = dict(message.headers() or ()).get("ce_id")
                if name in ids[message.topic()]:
                    twice.add(message.topic())
                ids[message.topic()].add(name)
            # Ends of transactions take offsets too: only the position tells.
            for at in consumer.position([TopicPartition(*place) for place in waiting]):
                if at.offset >= ends[at.topic, at.partition]:
                    waiting.discard((at.topic, at.partition))
        return {topic: -1 if topic in twice else len(found) for topic, found in ids.items()}
    finally:
        consumer.close()
