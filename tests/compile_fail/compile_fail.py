#!/usr/bin/env python3
"""compile_fail.py --build FOLDER CASE.cpp: the case does not compile, and says why at once.

See README.md for what a case holds.
"""

import argparse
import json
import pathlib
import re
import shlex
import subprocess
import sys

EXPECTED = re.compile(r"^// error: (.+)$", re.MULTILINE)
# As much of a compiler's answer as a person looks at.
SHOWN = 3000


def flags_of(build, case):
    """How the build would compile the case, without the compiler and without outputs."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]) == case:
            words = shlex.split(entry["command"])
            words = words[next(at for at, word in enumerate(words) if word.startswith("-")):]
            del words[words.index("-o"):words.index("-o") + 2]
            return [word for word in words if word not in ("-c", str(case))]
    sys.exit(f"{case} is not in compile_commands.json")


def compile_with(compiler, flags, case, build):
    return subprocess.run([compiler, *flags, "-fsyntax-only", str(case)], cwd=build, text=True,
                          capture_output=True, check=False, env={"PATH": "/usr/bin:/bin",
                                                                 "LC_ALL": "C"})


def without_namespaces(text):
    return re.sub(r"\b\w+::", "", text).replace("> >", ">>")


def first_error(output):
    """The first error line, and that line with the notes that follow it."""
    lines = output.splitlines()
    at = next((at for at, line in enumerate(lines) if re.search(r"\berror: ", line)), None)
    if at is None:
        return "", ""
    end = next((later for later in range(at + 1, len(lines))
                if re.search(r"\b(error|warning): ", lines[later])), len(lines))
    return without_namespaces(lines[at]), without_namespaces("\n".join(lines[at:end]))


def complaints(build, case, expected):
    """What is wrong with the case; nothing when it fails as it should."""
    flags = flags_of(build, case)
    clang_flags = [*flags, "-Wno-unknown-warning-option"]
    repaired = compile_with("g++", [*flags, "-DREPAIRED"], case, build)
    if repaired.returncode != 0:
        yield f"it does not compile when repaired either:\n{repaired.stderr[:SHOWN]}"
    for compiler, arguments in (("g++", flags), ("clang++-19", clang_flags)):
        result = compile_with(compiler, arguments, case, build)
        line, block = first_error(result.stderr)
        if result.returncode == 0:
            yield f"{compiler} compiles it"
        elif expected not in (line if compiler == "g++" else block):
            yield f"{compiler} does not name '{expected}' at once:\n{result.stderr[:SHOWN]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("case", type=pathlib.Path)
    options = parser.parse_args()
    expected = EXPECTED.search(options.case.read_text())
    if not expected:
        sys.exit(f"{options.case} does not say what to expect: // error: TEXT")
    found = list(complaints(options.build, options.case, without_namespaces(expected[1])))
    print("\n".join(found) or f"refused as it should be: {expected[1]}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
