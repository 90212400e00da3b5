"""The reference of the command line says what --help says.

    reference_test.py <application> <tool> <cli.md> [--write]
"""

import pathlib
import re
import subprocess
import sys
import unittest

MARK = "<!-- What follows is made from --help: tests/e2e/tool/reference_test.py --write -->\n"
CHANGE_OPTIONS = "#options-of-verbs-that-change-something"
ENTRY = re.compile(r"^  (\S.*?)(?:\s{2,}(\S.*))?$")


class Help:
    """What --help of one verb says."""

    def __init__(self, program, words):
        ran = subprocess.run([program, *words, "--help"], capture_output=True, text=True,
                             check=True, timeout=20)
        head, *rest = ran.stdout.split("\n\n")
        self.words = words
        self.about, usage = head.split("\n", 1)
        self.usage = usage.split()[2:]  # without "Usage:" and the program
        self.sections = {}
        for section in rest:
            title, _, lines = section.strip("\n").partition("\n")
            if title.endswith(":"):
                self.sections[title[:-1]] = self._entries(lines.splitlines())

    @staticmethod
    def _entries(lines):
        entries = []
        for line in lines:
            entry = ENTRY.match(line)
            if entry:
                entries.append([entry[1], entry[2] or ""])
            else:  # the name was too long for its text to stand beside it
                entries[-1][1] = f"{entries[-1][1]} {line.strip()}".strip()
        return entries

    def options(self):
        return [entry for entry in self.sections.get("Options", []) if "--help" not in entry[0]]

    def arguments(self):
        return [[name.replace(" TEXT", ""), about]
                for name, about in self.sections.get("Positionals", []) if about]

    def changes(self):
        """Whether it is a verb that changes something; these have options in common."""
        return any(name.startswith("--dry-run") for name, _ in self.options())


def tidy(name):
    """An option as it is typed, and its default."""
    name = name.replace(" REQUIRED", "").replace(" ...", "").replace("{", "").replace("}", "")
    default = re.search(r"=(\S+)$", name)
    name = re.sub(r"=\S+$", "", name)
    if ":" in name:
        name, choices = name.split(":", 1)
        return name.replace(" TEXT", " " + choices.replace(",", "|")), default
    return name, default


def table(entries):
    yield "| | |"
    yield "|---|---|"
    for name, about in entries:
        typed, default = tidy(name)
        typed = typed.replace("|", "\\|")
        yield f"| `{typed}` | {about}{f' (default: `{default[1]}`)' if default else ''} |"


def common_options(program):
    """Of all verbs that change something: those of one that has no others."""
    return Help(program, ["projection", "pause"]).options()


def own_options(program, help_text):
    if not help_text.changes():
        return help_text.options()
    common = [name for name, _ in common_options(program)]
    return [entry for entry in help_text.options() if entry[0] not in common]


def section(program, help_text, level):
    words = " ".join(help_text.words)
    arguments = [word for word in help_text.usage
                 if word not in help_text.words and word not in ("[OPTIONS]", "SUBCOMMAND")]
    yield f"{'#' * level} `{' '.join([words, *arguments])}`"
    yield ""
    about = help_text.about.rstrip(".")
    yield about[0].upper() + about[1:] + "."
    if help_text.changes():
        yield ""
        yield f"Changes something: takes [these options]({CHANGE_OPTIONS}) too."
    entries = help_text.arguments() + own_options(program, help_text)
    if entries:
        yield ""
        yield from table(entries)
    yield ""


def walk(program, words):
    """The verbs below one, in the order of --help."""
    for name, _ in Help(program, words).sections.get("Subcommands", []):
        yield Help(program, [*words, name])


def verbs(program, only=None):
    for verb in walk(program, []):
        if only is not None and verb.words[0] not in only:
            continue
        yield from section(program, verb, 3)
        for below in walk(program, verb.words):
            yield from section(program, below, 4)


def generate(application, tool):
    of_both = [verb.words[0] for verb in walk(application, [])]
    of_tool = [verb.words[0] for verb in walk(tool, [])]
    yield "## Options of every verb"
    yield ""
    yield "Of `tidemark`:"
    yield ""
    yield from table(Help(tool, []).options())
    yield ""
    yield "Of an application's own binary:"
    yield ""
    yield from table(Help(application, []).options())
    yield ""
    yield "## Options of verbs that change something"
    yield ""
    yield from table(common_options(tool))
    yield ""
    yield "## Verbs of an application's own binary only"
    yield ""
    yield from verbs(application, [name for name in of_both if name not in of_tool])
    yield "## Verbs of `tidemark` only"
    yield ""
    yield from verbs(tool, [name for name in of_tool if name not in of_both])
    yield "## Verbs of both"
    yield ""
    yield from verbs(tool, of_both)


class Reference(unittest.TestCase):
    maxDiff = None

    def test_the_reference_says_what_help_says(self):
        _, generated = REFERENCE.read_text(encoding="utf-8").split(MARK)
        self.assertEqual(generated, "\n" + GENERATED, "run it with --write")


if __name__ == "__main__":
    REFERENCE = pathlib.Path(sys.argv[3])
    GENERATED = "\n".join(generate(sys.argv[1], sys.argv[2])).rstrip("\n") + "\n"
    if "--write" in sys.argv:
        written, _ = REFERENCE.read_text(encoding="utf-8").split(MARK)
        REFERENCE.write_text(written + MARK + "\n" + GENERATED, encoding="utf-8")
    else:
        unittest.main(argv=sys.argv[:1])
