#!/usr/bin/env python3
"""lint.py BUILD: formatting, and static analysis of our own sources.

Framework and application sources are analysed by clang-tidy-19 with the flags of the build and the
allow-list in .clang-tidy. Analysis of one file takes seconds, so it is bounded twice: what is
unchanged since it last passed is not looked at again, and after TIDEMARK_LINT_MINUTES (default 12)
no further file is begun, oldest change last. What was left out is said.
"""

import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
PASSED = ROOT / "out" / "lint"
JOBS = int(os.environ.get("DEV_JOBS", os.cpu_count() or 2))
MINUTES = float(os.environ.get("TIDEMARK_LINT_MINUTES", "12"))
# The analyzer in full takes three times as long as everything else together.
SHALLOW = [argument for setting in ("mode=shallow", "max-nodes=15000") for flag in
           ("-Xclang", "-analyzer-config", "-Xclang", setting)
           for argument in (f"--extra-arg={flag}",)]


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def tracked(*patterns):
    listed = run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
                 cwd=ROOT)
    if listed.returncode != 0:
        sys.exit(f"lint needs git to list the sources: {listed.stderr.strip()}")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def check_format():
    names = tracked("*.cpp", "*.hpp")
    found = run(["clang-format-19", "--dry-run", "--Werror", *names], cwd=ROOT) if names else None
    if found and found.returncode != 0:
        errors = [line for line in found.stderr.splitlines() if ": error: " in line]
        wrong = sorted({line.split(":")[0] for line in errors})
        print("\n".join(f"not formatted: {name}" for name in wrong) or found.stderr)
        print("./dev format puts that right")
        return False
    print(f"formatted: {len(names)} files")
    return True


class Sources:
    """The build's own sources: how each is compiled, and what each depends on."""

    def __init__(self, build):
        self.build = build
        entries = json.loads((build / "compile_commands.json").read_text())
        # What must not compile has its own test.
        own = {ROOT / name for name in tracked("*.cpp", ":!tests/compile_fail/")}
        self.commands = {}
        for entry in entries:
            path = pathlib.Path(entry["file"])
            if path in own:
                self.commands.setdefault(path, shlex.split(entry["command"]))
        self.depends = self._read_depends()

    def _read_depends(self):
        """Own files that each object was compiled from, as ninja recorded them."""
        depends, current = {}, None
        for line in run(["ninja", "-C", str(self.build), "-t", "deps"]).stdout.splitlines():
            if not line.startswith(" "):
                current = depends.setdefault(line.split(":")[0], [])
            elif str(ROOT) in line:
                current.append(line.strip())
        return depends

    def flags(self, path):
        command = self.commands[path]
        flags = [flag for flag in command[1:] if flag not in ("-c", str(path))]
        while flags and not flags[0].startswith("-"):  # the compiler, when a launcher is first
            flags.pop(0)
        at = flags.index("-o")
        del flags[at:at + 2]
        # The precompiled headers are another compiler's.
        if "-Winvalid-pch" in flags:
            flags.remove("-Winvalid-pch")
            at = flags.index("-include")
            del flags[at:at + 2]
        return flags

    def key(self, path):
        command = self.commands[path]
        digest = hashlib.sha256("\0".join(command).encode())
        digest.update((ROOT / ".clang-tidy").read_bytes())
        for name in [str(path), *self.depends.get(command[command.index("-o") + 1], [])]:
            file = pathlib.Path(name)
            digest.update(file.read_bytes() if file.exists() else b"\0")
        return digest.hexdigest()[:32]


def analysis(sources, path):
    return run(["clang-tidy-19", "--quiet", *SHALLOW, str(path), "--",
                "-Wno-unknown-warning-option", *sources.flags(path)], cwd=sources.build)


def newest_first(paths):
    """Uncommitted files first, then by the commit that touched them last."""
    touched = tracked("--modified", "*.cpp")
    log = run(["git", "log", "--format=", "--name-only", "-n", "500"], cwd=ROOT).stdout.split()
    rank = {}
    for name in touched + log:
        rank.setdefault(ROOT / name, len(rank))
    return sorted(paths, key=lambda path: (rank.get(path, len(rank)), path))


def check_analysis(sources):
    """Analyses what has not passed as it is; False when a source does not pass."""
    paths = [path for path in sources.commands
             if path.relative_to(ROOT).parts[0] not in ("tests", "bench")]
    PASSED.mkdir(parents=True, exist_ok=True)
    began, deadline = time.monotonic(), time.monotonic() + MINUTES * 60
    left_out, wrong = [], []

    def check(path):
        passed = PASSED / sources.key(path)
        if passed.exists():
            return
        if time.monotonic() > deadline:
            left_out.append(path)
            return
        result = analysis(sources, path)
        if result.returncode == 0:
            passed.touch()
        else:
            wrong.append(path)
            said = result.stdout.strip() or result.stderr.strip()
            print(f"--- {path.relative_to(ROOT)}\n{said[:6000]}", flush=True)

    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(check, newest_first(paths)))
    if left_out:
        print(f"clang-tidy-19: {len(left_out)} files were left out after {MINUTES:g} minutes")
    print(f"clang-tidy-19: {len(paths) - len(wrong) - len(left_out)} of {len(paths)} files passed "
          f"({time.monotonic() - began:.0f} s)", flush=True)
    return not wrong


def main(build):
    results = [check_format(), check_analysis(Sources(pathlib.Path(build).resolve()))]
    print("lint: clean" if all(results) else "lint: failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
