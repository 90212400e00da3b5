"""Moments as the formats write them."""

from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def utc_text(micros):
    """ISO 8601 in UTC, with six digits of a second unless all are 0; None stays None."""
    if micros is None:
        return None
    moment = EPOCH + timedelta(microseconds=micros)
    fraction = f".{moment.microsecond:06}" if moment.microsecond else ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"
