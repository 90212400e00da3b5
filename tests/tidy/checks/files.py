"""Files that nobody builds, includes or runs."""

import json
import pathlib
import re

from tree import CPP, Finding

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def compiled_files(tree):
    """Absolute paths that the build compiles."""
    if tree.build is None or not (tree.build / "compile_commands.json").exists():
        return None
    entries = json.loads((tree.build / "compile_commands.json").read_text())
    return {pathlib.Path(entry["directory"], entry["file"]).resolve() for entry in entries}


def mentions(tree, name, by, but):
    """Whether a file of `by`, other than `but`, holds `name` as a word."""
    word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    return any(path != but and word.search(tree.text(path)) for path in by)


def dead_sources(tree, scripts):
    compiled = compiled_files(tree)
    if compiled is None:
        yield Finding("compile_commands.json", 1, "is missing: configure the build first")
        return
    for path in tree.named(".cpp"):
        if (tree.root / path).resolve() not in compiled and not mentions(
                tree, path.rsplit("/", 1)[-1], scripts, path):
            yield Finding(path, 1, "nobody compiles it")


def dead_headers(tree):
    included = {name for path in tree.named(*CPP) for name in INCLUDE.findall(tree.text(path))}
    tails = {included_name.removeprefix("../") for included_name in included}
    for path in tree.named(".hpp"):
        parts = path.split("/")
        if not any("/".join(parts[at:]) in tails for at in range(len(parts))):
            if "/include/" not in path or path.count("/include/tidemark/") == 0:
                yield Finding(path, 1, "nobody includes it")
            elif not is_public(tree, path):
                yield Finding(path, 1, "nobody includes it, and no document names it")


def is_public(tree, path):
    """A public header that nothing here includes must at least be told of."""
    return mentions(tree, path.split("/include/")[-1], tree.named(".md"), path) or mentions(
        tree, path.rsplit("/", 1)[-1], tree.named(".md"), path)


def dead_protos(tree, scripts):
    users = scripts + tree.named(".proto")
    for path in tree.named(".proto"):
        if not mentions(tree, path.rsplit("/", 1)[-1], users, path):
            yield Finding(path, 1, "nobody compiles or imports it")


def dead_scripts(tree, scripts):
    runners = scripts + tree.named(".py", ".md", ".yml", ".yaml")
    for path in tree.named(".py", ".sh"):
        name = path.rsplit("/", 1)[-1]
        stem = name.removesuffix(".py")
        run_by_place = name == "__init__.py" or path.startswith("tests/prove/")
        if not run_by_place and not mentions(tree, name, runners, path) and not mentions(
                tree, stem, runners, path):
            yield Finding(path, 1, "nobody runs or imports it")


def check_dead(tree):
    scripts = tree.named("CMakeLists.txt", ".cmake", ".sh") + [
        path for path in ("dev", ".ci/run") if path in tree.paths]
    yield from dead_sources(tree, scripts)
    yield from dead_headers(tree)
    yield from dead_protos(tree, scripts)
    yield from dead_scripts(tree, scripts)
