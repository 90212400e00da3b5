"""Whether the topics hold what the log holds: each event once, in order, with all that it says."""

from confluent_kafka import KafkaException

from .event_log import EventLog
from .findings import say
from .moments import utc_text
from .topics import PROGRESS, has_topic, published_topics, read_committed


def is_published(category):
    return not category.startswith(("saga.", "$"))


def topic_of(category, prefix):
    return prefix + category.replace("$", "-")


def progress(log: EventLog, address):
    """The position up to which the relay says that everything is published; 0 when nobody can say,
    as while a broker that was away finds its partitions again."""
    try:
        if not log.exists() or not has_topic(address, PROGRESS):
            return 0
        records = read_committed(address, [PROGRESS])[PROGRESS, 0]
    except KafkaException as error:
        say(f"no progress to be read: {error}")
        return 0
    key = str(log.store_id())
    values = [record.value.split() for record in records if record.key.startswith(key)]
    return int(values[-1][1]) if values else 0


def is_complete(log: EventLog, address):
    """Whether the relay says that nothing is left to publish of what the log holds now."""
    return log.to_publish_behind(progress(log, address)) == 0


def differences(log: EventLog, address, prefix, most=20):
    """Lines that say where topics and log disagree, and how many records there are."""
    records = read_committed(address, published_topics(address, prefix))
    expected = {
        str(event.event_id): event for event in log.events() if is_published(event.category)
    }
    found, places = [], {}  # by stream: the partition it is in
    for place, read in records.items():
        found += _check_order(place, read)
        for record in read:
            found += _check_record(record, expected.pop(record.header("ce_id"), None), prefix)
            stream = record.header("ce_subject")
            if places.setdefault(stream, place) != place:
                found.append(f"{stream} is in two partitions")
    for event in expected.values():
        found.append(f"position {event.position} ({event.type}) is missing")
    return found[:most], sum(len(read) for read in records.values())


def _check_order(place, read):
    positions = [int(record.header("ce_position")) for record in read]
    return [
        f"{place}: position {later} comes behind {earlier}"
        for earlier, later in zip(positions, positions[1:])
        if later <= earlier
    ]


def _check_record(record, event, prefix):
    where = f"{record.topic}/{record.partition}@{record.offset}"
    if event is None:
        return [f"{where}: {record.header('ce_id')} is twice there, or not in the log"]
    expected = {
        "topic": topic_of(event.category, prefix),
        "key": event.key,
        "value": event.data,
        "ce_specversion": "1.0",
        "ce_type": event.type,
        "ce_subject": event.stream,
        "ce_position": str(event.position),
        "ce_version": str(event.version),
        "ce_appendid": str(event.append_id),
        "ce_time": utc_text(event.event_time),
        "ce_recordedat": utc_text(event.recorded_at),
        "ce_ingestedat": utc_text(event.ingested_at),
        "ce_correlationid": event.correlation_id or None,
        "ce_causationid": event.causation_id or None,
        "content-type": "application/protobuf",
    }
    names = ("topic", "key", "value")
    said = {name: getattr(record, name) for name in names}
    said |= {name: record.header(name) for name in expected if name not in names}
    return [
        f"{where}: {name} is {said[name]!r}, the log says {value!r}"
        for name, value in expected.items()
        if said[name] != value
    ]
