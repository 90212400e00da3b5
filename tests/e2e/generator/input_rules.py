"""The rules of docs/reference/formats/input.md, written down as plainly as they stand there."""

import json
import re
from datetime import date, datetime, timedelta, timezone

LINE_BYTES_MAX = 64 * 1024
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def micros(text):
    """Microseconds since the epoch; ValueError when it is no time."""
    if not TIME.fullmatch(text):
        raise ValueError(text)
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def is_whole(value, least=-(2**63)):
    return type(value) is int and least <= value < 2**63


def is_amount(value):
    return is_whole(value)


def is_not_negative(value):
    return is_whole(value, 0)


def is_text(value):
    return isinstance(value, str)


def is_name(value):
    return is_text(value) and value != ""


def is_uuid(value):
    return is_text(value) and UUID.fullmatch(value) is not None


def is_time(value):
    try:
        return is_text(value) and micros(value) >= 0
    except ValueError:
        return False


def is_day(value):
    try:
        return is_text(value) and DAY.fullmatch(value) and bool(date.fromisoformat(value))
    except ValueError:
        return False


ENVELOPE = {
    "event_id": is_uuid,
    "event_type": is_text,
    "timestamp": is_time,
    "source": lambda value: is_text(value) and 1 <= len(value) <= 64,
    "user_id": is_text,
    "session_id": is_text,
    "payload": lambda value: isinstance(value, dict),
    "schema_version": is_whole,
    "correlation_id": lambda value: is_text(value) and len(value.encode()) <= 128,
}
FACT = {
    "campaign_id": is_name,
    "account_id": is_name,
    "price_micros": is_not_negative,
    "currency": is_name,
}
PERIOD = {"account_id": is_name, "period": is_day}
PAYLOADS = {
    "impression_served": FACT,
    "click_tracked": FACT,
    "open_account": {
        "account_id": is_name,
        "currency": is_name,
        "tolerance_micros": is_not_negative,
    },
    "close_account": {"account_id": is_name, "reason": is_text},
    "open_campaign": {
        "campaign_id": is_name,
        "account_id": is_name,
        "name": is_text,
        "currency": is_name,
    },
    "fund_campaign": {"campaign_id": is_name, "amount_micros": is_amount},
    "change_budget": {"campaign_id": is_name, "budget_micros": is_not_negative},
    "pause_campaign": {"campaign_id": is_name, "reason": is_text},
    "resume_campaign": {"campaign_id": is_name},
    "charge_booked": {
        **PERIOD,
        "charge_id": is_name,
        "amount_micros": is_amount,
        "currency": is_name,
    },
    "period_closed": PERIOD,
    "payment_received": {
        "invoice_id": is_name,
        "amount_micros": is_amount,
        "payment_id": is_name,
    },
    "adjustment_approved": {**PERIOD, "approved_by": is_name},
    "time_passed": {},
}
FACT_TYPES = ("impression_served", "click_tracked")


def refuse(text):
    raise ValueError(text)


def judge(line):
    """(reason, None) for a line that breaks a rule, else (None, document). `line`: bytes."""
    if len(line) > LINE_BYTES_MAX:
        return "intake.line_too_long", None
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return "intake.bad_encoding", None
    try:
        document = json.loads(text, parse_constant=refuse)
    except ValueError:
        return "intake.not_json", None
    if not isinstance(document, dict):
        return "intake.not_json", None
    return judge_fields(document)


def judge_fields(document):
    event_type = document.get("event_type")
    is_known = isinstance(event_type, str) and event_type in PAYLOADS
    payload_rules = PAYLOADS[event_type] if is_known else {}
    payload = document.get("payload")
    if any(name not in document for name in ENVELOPE):
        return "intake.missing_field", None
    if isinstance(payload, dict) and any(name not in payload for name in payload_rules):
        return "intake.missing_field", None
    if any(not is_good(document[name]) for name, is_good in ENVELOPE.items()):
        return "intake.bad_value", None
    if any(not is_good(payload[name]) for name, is_good in payload_rules.items()):
        return "intake.bad_value", None
    if not is_known:
        return "intake.unknown_type", None
    if document["schema_version"] != 1:
        return "intake.unknown_schema_version", None
    return None, document
