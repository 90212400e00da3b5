"""Test cases that say something and check it."""

import re

from functions import body_end, functions
from tree import CPP, Finding, line_of

CASE = re.compile(r"\b(TEST_CASE\w*|SCENARIO\w*)\s*\(")
ASSERTS = re.compile(r"\b(?:CHECK|REQUIRE|FAIL)(?:_\w+)?\s*\(|\bstatic_assert\s*\(")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
CALL = re.compile(r"\b(\w+)\s*(?:<[^<>;{}]*>)?\s*\(")
# The assertions of given(…).when(…).then(…), which live in the framework's own testing module.
GIVEN_WHEN_THEN = {"then", "then_nothing", "then_rejected"}
NAME_WORDS_MIN = 2


def cases(tree, path):
    """(line, macro, name, body) of each test case; the body is blanked code."""
    text, code = tree.text(path), tree.code(path)
    for match in CASE.finditer(code):
        opening = code.find("{", match.end())
        if opening < 0 or match[1].endswith(("_INVOKE", "_APPLY")):
            continue
        words = LITERAL.findall(text[match.end():opening])
        yield (line_of(code, match.start()), match[1], "".join(words),
               code[opening:body_end(code, opening) + 1])


def asserting_functions(tree, paths):
    """Names of helpers that assert, themselves or through another helper."""
    bodies = {}
    for path in paths:
        for function in functions(tree.code(path)):
            bodies.setdefault(function.name.split("::")[-1], []).append(function.body)
    known = set(GIVEN_WHEN_THEN)
    while True:
        more = {name for name, texts in bodies.items() if name not in known
                and any(asserts(text, known) for text in texts)}
        if not more:
            return known
        known |= more


def asserts(body, helpers):
    return bool(ASSERTS.search(body)) or any(name in helpers for name in CALL.findall(body))


def check_assertions(tree):
    helpers = asserting_functions(tree, tree.named(*CPP, under=("tests", "framework/testing")))
    for path in tree.named(*CPP, under=("tests", "examples")):
        for line, _, name, body in cases(tree, path):
            if not asserts(body, helpers):
                yield Finding(path, line, f"'{name}' checks nothing")


def check_names(tree):
    """A name is a sentence: names are what a reader of a failure gets to see."""
    for path in tree.named(*CPP, under=("tests", "examples")):
        for line, _, name, _ in cases(tree, path):
            if len(name.split()) < NAME_WORDS_MIN:
                yield Finding(path, line, f"'{name}' is no sentence that is true")
            if ";" in name:
                yield Finding(path, line, f"'{name}' holds a ';', at which CMake splits names")
