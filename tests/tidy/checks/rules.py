"""Calls that have a better one, and words that have no place here."""

import re
from dataclasses import dataclass

from tree import CPP, Finding, findings_of, line_of

SHIPPED = ("framework", "domain", "projections", "sagas", "tools", "examples")
OURS = SHIPPED + ("tests", "bench")
PURE = ("framework", "domain", "projections", "sagas")
# Where a program meets its terminal.
CONSOLE = ("framework/admin/src/console.cpp", "framework/app/src/run.cpp")


@dataclass(frozen=True)
class Ban:
    pattern: str
    instead: str
    under: tuple = OURS
    allowed: tuple = ()  # beginnings of paths


BANS = (
    Ban(r"\b(?:system_clock|high_resolution_clock)::now", "ask a Clock&",
        allowed=("framework/base/src/clock.cpp",)),
    Ban(r"\bsteady_clock::now", "ask a Clock&", allowed=("framework/base/src/clock.cpp",)),
    Ban(r"\b(?:gettimeofday|clock_gettime|std::time)\s*\(", "ask a Clock&",
        allowed=("framework/base/src/clock.cpp",)),
    Ban(r"\bsleep_(?:for|until)\s*\(|\b(?:u|nano)?sleep\s*\(",
        "wait on a Wakeup or a condition with a deadline", allowed=("framework/runtime/src/",)),
    Ban(r"\bstd::j?thread\b|\bpthread_create\b", "make it a worker: only runtime makes threads",
        under=SHIPPED + ("bench",),
        allowed=("framework/runtime/", "bench/threads.hpp")),  # a user's threads
    Ban(r"\bstd::async\b", "make it a worker"),
    Ban(r"\bstd::random_device\b|\bstd::mt19937", "take a Random&",
        allowed=("framework/base/src/random.cpp",)),
    Ban(r"(?<![\w.>])s?rand\s*\(", "take a Random&"),
    Ban(r"\bvolatile\b", "use std::atomic",
        # A signature of SQLite's VFS.
        allowed=("framework/sqlite/src/memory_file", "framework/sqlite/src/file_layer.cpp")),
    Ban(r"\b(?:v|f|s|sn|vsn)?printf\s*\(|\bstd::(?:cout|cerr|clog)\b",
        "log through observe, format with fmt", under=PURE,
        allowed=("framework/base/src/assert.cpp", *CONSOLE)),
    Ban(r"\bgetenv\s*\(", "read it through the configuration",
        under=PURE, allowed=("framework/runtime/src/", "framework/testing/", *CONSOLE)),
    Ban(r"\bstd::(?:strtol|strtoul|atoi|atol|atof|stoi|stol|stoll|stoul|stoull|stod)\b"
        r"|(?<![\w:])ato[ilf]\s*\(", "use std::from_chars and look at its answer", under=SHIPPED),
    Ban(r"\b(?:strcpy|strcat|sprintf|gets)\s*\(", "use std::string"),
    Ban(r"\bassert\s*\(", "use TIDEMARK_ASSERT, which also holds in release"),
    Ban(r"\bstd::(?:abort|exit|_Exit|terminate)\s*\(|(?<![\w:.>])_?exit\s*\(",
        "throw a Failure, or TIDEMARK_ASSERT",
        under=PURE, allowed=("framework/base/src/assert.cpp", "framework/app/src/application.cpp")),
)

DETERMINISM = (
    Ban(r"\bstd::\w+_distribution\b", "use Random::below: libraries differ in their distributions",
        under=PURE),
    Ban(r"\bstd::(?:ranges::)?(?:shuffle|random_shuffle|sample)\b",
        "draw from Random&: libraries differ in their shuffles", under=PURE),
    Ban(r"\bstd::hash\s*<", "its value may differ between libraries and runs",
        under=("domain", "projections", "sagas")),
    Ban(r"\bstd::unordered_(?:map|set|multimap|multiset)\b",
        "iterate in an order that is the same everywhere: std::map, or a sorted vector",
        under=("domain", "projections", "sagas")),
    Ban(r"\b(?:float|double)\b", "money and counts are integers", under=("domain", "sagas")),
    Ban(r"\bthis_thread::get_id\b|\bgetpid\s*\(", "an id of the machine is not an id of the domain",
        under=("domain", "projections", "sagas")),
)


def apply(tree, bans):
    for ban in bans:
        paths = [path for path in tree.named(*CPP, under=ban.under)
                 if not path.startswith(ban.allowed)] if ban.allowed else tree.named(
                     *CPP, under=ban.under)
        yield from findings_of(tree, paths, f"({ban.pattern})", rf"'\1': {ban.instead}",
                               lines=tree.code_lines)


def check_calls(tree):
    yield from apply(tree, BANS)


def check_determinism(tree):
    yield from apply(tree, DETERMINISM)


# Brackets around one letter keep these patterns from finding themselves.
MARKERS = r"\b([T]ODO|[F]IXME|[X]XX|[H]ACK)\b"
WORDS = (
    (r"(?<![\w.])(/[w]ork/|/[r]oot/|/[h]ome/\w)", r"'\1' is a path of one machine"),
    (r"(\.\./[s]hared\b)", r"'\1' is outside of this project"),
    (r"\b([r]epo1?\.maven|[r]egistry\.npmjs|[p]ypi\.org|[d]eb\.debian|[c]rates\.io|"
     r"[p]roxy\.golang|[p]kg\.dev)", r"'\1': registries are set up outside of the project"),
    (r"(?i)\b([s]ub-?agents?|[l]lm|[c]hatgpt|[c]laude|[c]opilot|[a]i[- ](?:agent|assistant))\b",
     r"'\1': the project speaks of itself alone"),
    (r"(?i)\b([i]ssue #?\d+|[a]s (?:requested|discussed|instructed))\b",
     r"'\1': a reader does not have that conversation; say the reason"),
)


def prose_files(tree):
    binary = (".png", ".jpg", ".bin", ".binpb", ".db", ".gz", ".jar", ".svg", ".csv", ".jsonl")
    return [path for path in tree.paths if not path.endswith(binary)
            and path != "LICENSE" and not path.startswith("tests/tidy/self_test/")]


def check_markers(tree):
    yield from findings_of(tree, prose_files(tree), MARKERS,
                           r"'\1': do it, or write down why not")


def check_words(tree):
    for pattern, text in WORDS:
        yield from findings_of(tree, prose_files(tree), pattern, text)


SILENT_CATCH = re.compile(r"\bcatch\s*\([^)]*\)\s*\{\s*\}")


def check_catches(tree):
    for path in tree.named(*CPP):
        text = tree.text(path)
        for match in SILENT_CATCH.finditer(text):
            yield Finding(path, line_of(text, match.start()),
                          "an exception is dropped without a word: handle it, or say why")
