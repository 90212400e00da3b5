"""Ids and times as they stand in a line."""

from datetime import date, timedelta
from functools import lru_cache

SECOND = 1_000  # all times here are milliseconds since the epoch
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = date(1970, 1, 1)
VARIANT_BITS = 1 << 63
LOW_62_BITS = (1 << 62) - 1

@lru_cache(maxsize=512)
def minute_text(minute):
    """The beginning of an ISO 8601 time, up to the seconds, for a minute since the epoch."""
    days, minute_of_day = divmod(minute, 1440)
    day = EPOCH + timedelta(days=days)
    return f"{day.isoformat()}T{minute_of_day // 60:02d}:{minute_of_day % 60:02d}:"


def time_text(at):
    """ISO 8601 in UTC; whole seconds have no fraction."""
    minute, rest = divmod(at, MINUTE)
    second, millisecond = divmod(rest, SECOND)
    fraction = f".{millisecond:03d}" if millisecond else ""
    return f"{minute_text(minute)}{second:02d}{fraction}Z"


def day_text(at):
    """The day in UTC that holds `at`, as a billing period is named."""
    return minute_text(at // MINUTE)[:10]


def event_id(random, at):
    """A UUID of version 7: the millisecond `at`, then 74 random bits."""
    bits = random.getrandbits(74)
    tail = f"{bits & LOW_62_BITS | VARIANT_BITS:016x}"
    return f"{at >> 16:08x}-{at & 0xFFFF:04x}-7{bits >> 62:03x}-{tail[:4]}-{tail[4:]}"
