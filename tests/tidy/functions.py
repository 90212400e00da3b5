"""Functions of a C++ file, found by their braces: enough for rules about their size and content."""

import re
from dataclasses import dataclass

from tree import line_of

CONTROL = re.compile(r"\b(if|for|while|switch|catch|constexpr)\s*$")
# What may stand between a parameter list and a body.
AFTER_PARAMETERS = re.compile(
    r"\)\s*(const|noexcept|override|final|mutable|constexpr|&&?|requires\b[^;{}]*"
    r"|->\s*[\w:<>,\s*&]+|\s)*$")
NAME = re.compile(r"([~\w:]+|operator\s*\S+)\s*$")


@dataclass
class Function:
    name: str
    line: int  # of the opening brace
    lines: int
    body: str


def matching_parenthesis(code, close):
    """Where the parenthesis that `close` closes was opened; -1 when nowhere."""
    depth = 0
    for at in range(close, -1, -1):
        if code[at] == ")":
            depth += 1
        elif code[at] == "(":
            depth -= 1
            if depth == 0:
                return at
    return -1


def body_end(code, opening):
    depth = 0
    for at in range(opening, len(code)):
        if code[at] == "{":
            depth += 1
        elif code[at] == "}":
            depth -= 1
            if depth == 0:
                return at
    return len(code) - 1


def head_of(code, opening):
    """The text between the last statement or block and this brace."""
    start = max(code.rfind(mark, 0, opening) for mark in ";{}")
    return start + 1


def name_before(code, opening):
    """The name of the function whose body opens at `opening`; None when it is no function's."""
    start = head_of(code, opening)
    head = code[start:opening]
    if not AFTER_PARAMETERS.search(head):
        return None
    # The first parenthesis at depth 0: the parameters', also when initialisers follow.
    first = head.find("(")
    if first < 0:
        return None
    before = head[:first].rstrip()
    if CONTROL.search(before) or before.endswith(("]", "=", ",", "(", "return")):
        return None
    name = NAME.search(before)
    # A suite is a namespace in the shape of a call.
    return name.group(1) if name and name.group(1) != "TEST_SUITE" else None


def functions(code):
    """Every outermost function of blanked code, in order. Lambdas belong to the function around."""
    found, at = [], 0
    while True:
        opening = code.find("{", at)
        if opening < 0:
            return found
        name = name_before(code, opening)
        if name is None:
            at = opening + 1
            continue
        end = body_end(code, opening)
        body = code[opening:end + 1]
        found.append(Function(name, line_of(code, opening), body.count("\n") + 1, body))
        at = end + 1
