"""The source tree as the checks see it: which files there are, their text, code without prose."""

import pathlib
import re
from dataclasses import dataclass
from functools import lru_cache

NOT_SOURCES = {".git", ".cache", "build", "out", "__pycache__"}
CODE = (".cpp", ".hpp", ".py", ".sh", ".cmake", ".proto")
CPP = (".cpp", ".hpp")

# A raw string, a string, a character, a line comment, a block comment: whichever begins first.
PROSE = re.compile(
    r'R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'"
    r"|//[^\n]*"
    r"|/\*.*?\*/",
    re.DOTALL)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and what to do about it."""

    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


class Tree:
    """All files under `root` that are sources; paths are relative to it, with forward slashes.

    `build` is a configured build folder, or None when a check can do without.
    """

    def __init__(self, root, build=None):
        self.root = pathlib.Path(root)
        self.build = pathlib.Path(build) if build else None
        self.paths = sorted(self._walk(self.root))

    def _walk(self, folder):
        for entry in folder.iterdir():
            if entry.is_symlink():
                continue
            if entry.is_dir():
                # A folder that holds a configured build is one, whatever its name.
                if entry.name not in NOT_SOURCES and not (entry / "CMakeCache.txt").exists():
                    yield from self._walk(entry)
            else:
                yield entry.relative_to(self.root).as_posix()

    def named(self, *endings, under=()):
        """Paths that end so, below one of the folders (or anywhere)."""
        return [path for path in self.paths if path.endswith(endings)
                and (not under or path.startswith(tuple(f"{folder}/" for folder in under)))]

    @lru_cache(maxsize=None)
    def text(self, path):
        """The file's text; empty for a file that is not text."""
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return ""

    def lines(self, path):
        """(number from 1, line) of each line."""
        return enumerate(self.text(path).splitlines(), 1)

    @lru_cache(maxsize=None)
    def code(self, path):
        """C++ with the insides of comments and literals blanked; lines stay where they are."""
        def blank(match):
            text = match.group()
            if text.startswith(("//", "/*")):
                return re.sub(r"[^\n]", " ", text)
            return text[0] + re.sub(r"[^\n]", " ", text[1:-1]) + text[-1]

        return PROSE.sub(blank, self.text(path))

    def code_lines(self, path):
        return enumerate(self.code(path).splitlines(), 1)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def findings_of(tree, paths, pattern, text, lines=None):
    """A finding for each line of `paths` that `pattern` matches; `text` may use its groups."""
    lines = lines or tree.lines
    compiled = re.compile(pattern)
    for path in paths:
        for number, line in lines(path):
            match = compiled.search(line)
            if match:
                yield Finding(path, number, match.expand(text))
