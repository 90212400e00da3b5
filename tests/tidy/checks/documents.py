"""Documents that lead somewhere and show code that compiles."""

import posixpath
import re

import snippets
from tree import Finding, line_of

FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.DOTALL | re.MULTILINE)
CODE_SPAN = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$", re.MULTILINE)
ELSEWHERE = re.compile(r"^[a-z][a-z+.-]*:", re.IGNORECASE)
ENTRY = ("README.md", "docs/README.md")


def prose(tree, path):
    """The document without its code, lines kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return CODE_SPAN.sub(blank, FENCE.sub(blank, tree.text(path)))


def links(tree, path):
    """(line, target) of each link to a place in this tree."""
    text = prose(tree, path)
    for pattern in (LINK, REFERENCE):
        for match in pattern.finditer(text):
            if not ELSEWHERE.match(match[1]):
                yield line_of(text, match.start()), match[1]


def anchors(tree, path):
    """The anchors that headings get, as forges make them."""
    found = set()
    for heading in HEADING.findall(FENCE.sub("", tree.text(path))):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = sum(1 for other in found if other == slug or other.startswith(f"{slug}-"))
        found.add(f"{slug}-{count}" if slug in found else slug)
    return found


def resolve(path, target):
    base = posixpath.dirname(path)
    return posixpath.normpath(posixpath.join(base, target)) if target else path


def check_links(tree):
    known = set(tree.paths)
    folders = {posixpath.dirname(path) for path in known}
    folders |= {"/".join(folder.split("/")[:depth]) for folder in folders
                for depth in range(1, folder.count("/") + 1)}
    for path in tree.named(".md"):
        for line, target in links(tree, path):
            name, _, anchor = target.partition("#")
            place = resolve(path, name)
            if place not in known and place not in folders and place != ".":
                yield Finding(path, line, f"'{target}' leads nowhere")
            elif anchor and place.endswith(".md") and anchor not in anchors(tree, place):
                yield Finding(path, line, f"'{target}': no such heading")


def check_dead_pages(tree):
    """Every page can be reached from the README by links."""
    known = set(tree.paths)
    reached, ahead = set(), [path for path in ENTRY if path in known]
    while ahead:
        path = ahead.pop()
        if path in reached:
            continue
        reached.add(path)
        for _, target in links(tree, path):
            place = resolve(path, target.partition("#")[0])
            ahead += [page for page in (place, f"{place}/README.md")
                      if page in known and page.endswith(".md")]
    for path in tree.named(".md"):
        if path not in reached:
            yield Finding(path, 1, "no page that README.md leads to has a link to this one")


def check_snippets(tree):
    yield from snippets.findings(tree)
