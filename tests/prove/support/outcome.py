"""All that a run came to, in a form in which two runs can be compared.

Ids and times that a run made itself are left out: positions, versions, `recorded_at` and
`ingested_at`, and of what sagas did ids and event times too, because a saga's command is named
after the input that led to it, and which of two inputs comes last is decided by the race between
them. Ids of facts, of lines and of closed windows, and what follows from them, stay as they are.
"""

from .read_models import ReadModels
from .sagas import Sagas

PROJECTIONS = ("campaign_minutes", "campaign_overview", "account_balance", "metered_usage")
WINDOWED = ("campaign_minutes", "metered_usage")
INTERNAL_COLUMNS = ("_due",)
SAGA_DATA = {"billing_reconciliation": "adtech.v1.ReconciliationData"}


def outcome_of(log, directory, messages):
    """A dictionary of dictionaries: area, name, and what is there."""
    sagas = Sagas(messages, SAGA_DATA)
    events = []
    for event in log.events():
        if event.category.startswith("saga."):
            sagas.take(event)
        elif not event.category.startswith("$"):
            events.append(event)
    models = ReadModels(directory)
    found = {"event": _events(events, sagas.made, messages), "saga": sagas.outcomes()}
    found["saga in the index"] = dict(enumerate(models.sagas()))
    for projection in PROJECTIONS:
        found[f"row of {projection}"] = _rows(models, projection)
        found[f"parked of {projection}"] = dict(enumerate(models.parked(projection)))
    for projection in WINDOWED:
        windows = models.closed_windows(projection)
        found[f"closed window of {projection}"] = {
            (window["key"], window["revision"]): tuple(window.values()) for window in windows
        }
    return found


def _events(events, made_by_sagas, messages):
    """By stream, who wrote it, type and number: what was written. The order among those of one
    writer counts; that between writers of one stream is theirs to race for."""
    found, numbers = {}, {}
    for event in events:
        by_saga = event.append_id in made_by_sagas
        if by_saga:
            writer, ids = "saga", ()
        elif event.ingested_at is not None:
            writer, ids = "intake", (event.event_id, event.correlation_id, event.event_time)
        else:
            writer = "command"
            ids = (event.event_id, event.append_id, event.correlation_id, event.event_time)
        kind = (event.stream, writer, event.type)
        numbers[kind] = numbers.get(kind, 0) + 1
        found[(*kind, numbers[kind])] = (messages.as_text(event.type, event.data), *map(str, ids))
    return found


def _rows(models, projection):
    rows = {}
    for number, row in enumerate(models.rows(projection)):
        kept = {name: value for name, value in row.items() if name not in INTERNAL_COLUMNS}
        rows[number] = tuple(sorted(kept.items()))
    return rows


def differences(expected, found, most=20):
    """Lines that say what differs, at most so many."""
    lines = []
    for area in sorted({*expected, *found}):
        here, there = expected.get(area, {}), found.get(area, {})
        for name in sorted({*here, *there}, key=str):
            if here.get(name) == there.get(name):
                continue
            lines.append(f"{area} {name}: expected {here.get(name)}, found {there.get(name)}")
            if len(lines) == most:
                return lines
    return lines


def sizes(outcome):
    """How much there is of each area, for the report."""
    return {area: len(entries) for area, entries in outcome.items() if entries}
