"""Valid lines that few senders write: the same fact in a form that a hasty reader refuses."""

import json


def padded(document):
    document["payload"]["debug"] = "x" * 60_000
    return json.dumps(document)


def spaced(document):
    return "  " + json.dumps(document, separators=(" , ", "\t: ")) + " \t"


def reversed_fields(document):
    document["payload"] = dict(reversed(document["payload"].items()))
    return json.dumps(dict(reversed(document.items())))


def escaped(document):
    text = json.dumps(document)
    return text.replace("impression_served", "\\u0069mpression_served").replace(
        "click_tracked", "\\u0063lick_tracked"
    )


def wide_source(document):
    document["source"] = "ü" * 64
    return json.dumps(document, ensure_ascii=False)


def full_correlation_id(document):
    document["correlation_id"] = "é" * 64
    return json.dumps(document, ensure_ascii=False)


def unknown_fields(document):
    document["trace"] = {"parent": None, "flags": [1, 2.5, True]}
    document["payload"]["price"] = "12.50"
    return json.dumps(document)


def upper_case_id(document):
    document["event_id"] = document["event_id"].upper()
    return json.dumps(document)


FORMS = (
    spaced,
    unknown_fields,
    reversed_fields,
    escaped,
    wide_source,
    full_correlation_id,
    upper_case_id,
    padded,
)


class Unusual:
    """Deals out the forms in turn."""

    def __init__(self):
        self._dealt = 0

    def line(self, plain):
        """`plain` again, in another form, with its newline."""
        form = FORMS[self._dealt % len(FORMS)]
        self._dealt += 1
        return form(json.loads(plain)) + "\n"
