"""Who may use whom: the table of modules in docs/explanation/architecture.md is the law.

CMake refuses a link to a higher layer while configuring; what it cannot see is a link or a layer
that the table does not have, and an include that compiles only because somebody else linked it.
"""

import re
from dataclasses import dataclass

from tree import Finding, findings_of, line_of

TABLE = "docs/explanation/architecture.md"
ROW = re.compile(r"^\| \[?`(\w+)`(?:\]\([^)]*\))? \((\d+)\) \|[^|]*\|([^|]*)\|", re.MULTILINE)
DECLARATION = re.compile(r"tidemark_module\((\w+)\s+LAYER\s+(\d+)([^)]*)\)")
KEYWORDS = ("LINKS", "PRIVATE_LINKS", "EXTERNAL", "PRIVATE_EXTERNAL")
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]tidemark/(\w+)[/.]', re.MULTILINE)


def table_of(tree):
    """module -> (layer, allowed links), as documented."""
    if TABLE not in tree.paths:
        return None
    return {name: (int(layer), set(re.findall(r"`(\w+)`", links)))
            for name, layer, links in ROW.findall(tree.text(TABLE))}


@dataclass
class Module:
    """What a module's CMakeLists.txt says."""

    path: str
    line: int
    layer: int
    public: set
    private: set

    def links(self):
        return self.public | self.private


def links_after(keyword, words):
    links, current = set(), None
    for word in words.split():
        if word in KEYWORDS:
            current = word
        elif current == keyword:
            links.add(word)
    return links


def declarations(tree):
    """module -> Module."""
    found = {}
    for path in tree.named("/CMakeLists.txt", under=("framework",)):
        text = tree.text(path)
        for match in DECLARATION.finditer(text):
            found[match[1]] = Module(path, line_of(text, match.start()), int(match[2]),
                                     links_after("LINKS", match[3]),
                                     links_after("PRIVATE_LINKS", match[3]))
    return found


def reachable(modules, links):
    """The modules that these links bring along: they and all that they link publicly."""
    found, ahead = set(), list(links)
    while ahead:
        name = ahead.pop()
        if name in modules and name not in found:
            found.add(name)
            ahead += modules[name].public
    return found


def check_links(tree):
    table = table_of(tree)
    if table is None:
        yield Finding(TABLE, 1, "is missing: it holds the table of modules")
        return
    for name, module in declarations(tree).items():
        path, line = module.path, module.line
        if name not in table:
            yield Finding(path, line, f"module '{name}' is not in the table of {TABLE}")
            continue
        layer, allowed = table[name]
        if module.layer != layer:
            yield Finding(path, line, f"module '{name}' is layer {layer} in {TABLE}")
        for link in sorted(module.links() - allowed):
            yield Finding(path, line, f"'{name}' may not link '{link}': {TABLE} does not list it")
        for link in sorted(allowed - module.links()):
            yield Finding(path, line, f"'{name}' does not link '{link}', which {TABLE} lists")


def included_modules(tree, path):
    """(line, module) of each include of a framework header."""
    text = tree.text(path)
    return [(line_of(text, match.start(1)), match[1]) for match in INCLUDE.finditer(text)]


def check_includes(tree):
    modules = declarations(tree)
    for path in tree.named(".hpp", ".cpp", under=("framework",)):
        own = path.split("/")[1]
        if own not in modules:
            continue
        public = f"framework/{own}/include/" in path
        links = modules[own].public if public else modules[own].links()
        allowed = reachable(modules, links) | {own}
        for line, name in included_modules(tree, path):
            if name in modules and name not in allowed:
                yield Finding(path, line, f"'{own}' includes '{name}' without a"
                              f"{' public' if public else ''} link to it")


def check_applications(tree):
    """The domain sees the shape of domain logic and nothing else; nobody but tests sees testing."""
    for path in tree.named(".hpp", ".cpp", under=("domain",)):
        for line, module in included_modules(tree, path):
            if module not in ("aggregate", "base"):
                yield Finding(path, line, f"domain code may not include '{module}': it is pure")
    yield from findings_of(
        tree, tree.named("CMakeLists.txt", under=("domain",)),
        r"tidemark::(?!aggregate\b)(\w+)", r"domain code links tidemark::aggregate only, not \1")
    shipped = ("domain", "projections", "sagas", "tools")
    for path in tree.named(".hpp", ".cpp", under=shipped):
        for line, module in included_modules(tree, path):
            if module == "testing":
                yield Finding(path, line, "only tests include 'testing'")


def check_readme(tree):
    for name, module in declarations(tree).items():
        readme = module.path.replace("CMakeLists.txt", "README.md")
        if readme not in tree.paths or len(tree.text(readme).split()) < 20:
            yield Finding(module.path, module.line, f"module '{name}' needs a README.md that says "
                          "what it does, promises and does not do")
