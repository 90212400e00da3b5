"""Lines that break the rules of docs/reference/formats/input.md, several ways for each reason.

A way is a function from a valid document (a dict, which it may change) to the text of the line.
Bytes that are no UTF-8 stand in the text as lone surrogates, as `surrogateescape` writes them.
"""

import json

LINE_BYTES_MAX = 64 * 1024
LITERAL = "@literal@"


def dump(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def raw(data):
    return data.decode("utf-8", "surrogateescape")


def owner_of(document, path):
    """The object that holds the field `path`, and the field's name in it."""
    *outer, name = path.split(".")
    for part in outer:
        document = document[part]
    return document, name


def without(path):
    def break_line(document):
        owner, name = owner_of(document, path)
        del owner[name]
        return dump(document)

    return break_line


def having(path, value):
    def break_line(document):
        owner, name = owner_of(document, path)
        owner[name] = value
        return dump(document)

    return break_line


def literal(path, text):
    """Puts in JSON that `json.dumps` would not write."""

    def break_line(document):
        return having(path, LITERAL)(document).replace(f'"{LITERAL}"', text)

    return break_line


def both(first, second):
    """Breaks two rules; `second` writes the line."""

    def break_line(document):
        first(document)
        return second(document)

    return break_line


def requesting(event_type, payload, break_line):
    """Breaks a request instead of a fact."""

    def break_request(document):
        document["event_type"] = event_type
        document["payload"] = dict(payload)
        return break_line(document)

    return break_request


def charge(break_line):
    payload = {
        "account_id": "acct-01",
        "period": "2026-11-01",
        "charge_id": "broken",
        "amount_micros": 1_000_000,
        "currency": "EUR",
    }
    return requesting("charge_booked", payload, break_line)


def payment(break_line):
    payload = {"invoice_id": "acct-01.2026-11-01", "amount_micros": 1, "payment_id": "broken"}
    return requesting("payment_received", payload, break_line)


def spoiled(data):
    """A valid line with bytes in the source's name that are no UTF-8."""

    def break_line(document):
        return having("source", "caf" + raw(data))(document)

    return break_line


def padded(filler):
    """A valid line but for its length."""
    return having("padding", filler * (LINE_BYTES_MAX // len(filler.encode()) + 100))


LINE_TOO_LONG = (
    padded("x"),
    lambda document: "x" * (LINE_BYTES_MAX + 500),
    padded("é"),
    lambda document: raw(b"\xff") + "{" * (LINE_BYTES_MAX + 3_000),
)
BAD_ENCODING = (
    spoiled(b"\xe9"),  # Latin-1
    spoiled(b"\xc0\xaf"),  # overlong
    spoiled(b"\xed\xa0\x80"),  # a surrogate
    lambda document: raw(b"\x80\x81 no JSON either"),
    spoiled(b"\xf0\x9f\x98"),  # cut off
    spoiled(b"\xff\xfe"),
)
NOT_JSON = (
    lambda document: dump(document)[:-40],
    lambda document: "GET /impression HTTP/1.1",
    lambda document: dump([document]),
    lambda document: "null",
    lambda document: dump(document)[:-1] + ",}",
    lambda document: dump(document) * 2,
    lambda document: dump(document).replace('"', "'"),
    lambda document: '"impression_served"',
    lambda document: having("source", LITERAL)(document).replace(LITERAL, "tab\there"),
    lambda document: "42",
)
MISSING_FIELD = (
    without("event_id"),
    without("payload.price_micros"),
    without("event_type"),
    without("timestamp"),
    charge(without("payload.charge_id")),
    without("source"),
    without("user_id"),
    without("payload.campaign_id"),
    without("session_id"),
    without("payload"),
    without("schema_version"),
    payment(without("payload.amount_micros")),
    without("correlation_id"),
    without("payload.currency"),
    without("payload.account_id"),
    both(having("timestamp", "yesterday"), without("session_id")),
    both(having("schema_version", 2), without("payload.price_micros")),
    lambda document: "{}",
)
BAD_VALUE = (
    having("payload.price_micros", -1),
    having("timestamp", "yesterday"),
    having("event_id", "not-a-uuid"),
    literal("payload.price_micros", "1250.0"),
    having("source", ""),
    charge(having("payload.amount_micros", "1000000")),
    literal("payload.price_micros", "1e3"),
    having("user_id", 17),
    having("timestamp", "2026-11-01T10:00:00"),
    having("payload.price_micros", 9_223_372_036_854_775_808),
    having("correlation_id", "é" * 65),
    having("session_id", ["s"]),
    having("event_id", ""),
    requesting("time_passed", {}, having("payload", 3)),
    having("timestamp", 1_793_491_200),
    having("payload.price_micros", True),
    having("source", "s" * 65),
    charge(having("payload.period", "2026-13-01")),
    having("payload.campaign_id", ""),
    having("timestamp", "2026-11-01T25:00:00Z"),
    having("schema_version", "1"),
    having("payload.currency", 978),
    having("correlation_id", None),
    having("event_id", "019a3c1e000070008000000000000000"),
    having("timestamp", "2026-02-30T10:00:00Z"),
    having("event_type", 5),
    literal("payload.price_micros", "1" + "0" * 30),
    payment(having("payload.invoice_id", 7)),
    having("schema_version", 1.5),
    both(having("payload.price_micros", "12"), having("schema_version", 2)),
    both(having("event_type", "impression_viewed"), having("timestamp", "soon")),
)
UNKNOWN_TYPE = (
    having("event_type", "impression_viewed"),
    having("event_type", "IMPRESSION_SERVED"),
    both(having("event_type", "bid_won"), having("payload", {})),
    having("event_type", "adtech.v1.ImpressionServed"),
    both(having("event_type", "bid_lost"), having("schema_version", 2)),
)
UNKNOWN_SCHEMA_VERSION = (
    having("schema_version", 2),
    having("schema_version", 0),
    charge(having("schema_version", 3)),
    having("schema_version", -1),
)

WAYS = {
    "intake.line_too_long": LINE_TOO_LONG,
    "intake.bad_encoding": BAD_ENCODING,
    "intake.not_json": NOT_JSON,
    "intake.missing_field": MISSING_FIELD,
    "intake.bad_value": BAD_VALUE,
    "intake.unknown_type": UNKNOWN_TYPE,
    "intake.unknown_schema_version": UNKNOWN_SCHEMA_VERSION,
}
# The reasons in the order in which they come round: each once, then the frequent ones again.
ROUND = tuple(WAYS) + 2 * (
    "intake.not_json",
    "intake.missing_field",
    "intake.bad_value",
    "intake.bad_encoding",
    "intake.missing_field",
    "intake.bad_value",
    "intake.unknown_type",
    "intake.unknown_schema_version",
)


class Malformed:
    """Deals out broken lines: the reasons in turn, and of each reason its ways in turn."""

    def __init__(self):
        self._dealt = 0
        self._next_way = dict.fromkeys(WAYS, 0)

    def line(self, document):
        """The reason, and the line with its newline."""
        reason = ROUND[self._dealt % len(ROUND)]
        self._dealt += 1
        ways = WAYS[reason]
        break_line = ways[self._next_way[reason] % len(ways)]
        self._next_way[reason] += 1
        return reason, break_line(document) + "\n"
