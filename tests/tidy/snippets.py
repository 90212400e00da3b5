#!/usr/bin/env python3
"""snippets.py --write | --check [--root FOLDER]: code in documents, taken from compiled files.

In a document, `<!-- snippet: path#name -->` stands before a fenced block. In the file at `path`,
`// [name]` and `// [/name]` (or `#` for scripts) enclose the region; the block is that region with
its common indentation taken off.
"""

import argparse
import pathlib
import re
import sys
import textwrap

from tree import Finding, Tree, line_of

BLOCK = re.compile(
    r"(?P<mark><!-- snippet: (?P<path>[^#\s]+)#(?P<name>[\w-]+) -->\n```\w*\n)"
    r"(?P<code>.*?)(?P<end>^```$)", re.DOTALL | re.MULTILINE)
MARK = re.compile(r"^<!-- snippet:", re.MULTILINE)


def region(tree, path, name):
    """The text of the region; None when the file or the region is not there."""
    if path not in tree.paths:
        return None
    found = re.search(
        rf"^[ \t]*(?://|#) \[{re.escape(name)}\]\n(.*?)^[ \t]*(?://|#) \[/{re.escape(name)}\]$",
        tree.text(path), re.DOTALL | re.MULTILINE)
    return textwrap.dedent(found[1]) if found else None


def blocks(tree):
    for path in tree.named(".md"):
        for match in BLOCK.finditer(tree.text(path)):
            yield path, match, region(tree, match["path"], match["name"])


def findings(tree):
    for path in tree.named(".md"):
        text = tree.text(path)
        whole = {match.start() for match in BLOCK.finditer(text)}
        for match in MARK.finditer(text):
            if match.start() not in whole:
                yield Finding(path, line_of(text, match.start()),
                              "a snippet is <!-- snippet: path#name --> and a fenced block below")
    for path, match, code in blocks(tree):
        line = line_of(tree.text(path), match.start())
        source = f"{match['path']}#{match['name']}"
        if code is None:
            yield Finding(path, line, f"there is no region {source}")
        elif code != match["code"]:
            yield Finding(path, line, f"differs from {source}: ./dev docs puts that right")


def write(tree):
    def renewed(match):
        code = region(tree, match["path"], match["name"])
        return match.group() if code is None else match["mark"] + code + match["end"]

    for path in tree.named(".md"):
        text = tree.text(path)
        fresh = BLOCK.sub(renewed, text)
        if fresh != text:
            (tree.root / path).write_text(fresh, encoding="utf-8")
            print(f"{path}: snippets renewed")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.write:
        write(Tree(options.root))
    wrong = list(findings(Tree(options.root)))
    for finding in wrong:
        print(finding)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
