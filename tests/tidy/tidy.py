#!/usr/bin/env python3
"""tidy.py CHECK --root FOLDER [--build FOLDER]: one check of the source tree's own hygiene.

`tidy.py --list` names the checks. Each prints what it found as path:line: text, and fails when
there was anything. To add one: a function in checks/, an entry here, a planted fault in self_test/.
"""

import argparse
import sys

from checks import documents, files, headers, layers, rules, sizes, test_cases
from tree import Tree

CHECKS = {
    "layers": layers.check_links,
    "includes": layers.check_includes,
    "applications": layers.check_applications,
    "module_readme": layers.check_readme,
    "file_length": sizes.check_files,
    "function_length": sizes.check_functions,
    "line_length": sizes.check_lines,
    "banned_calls": rules.check_calls,
    "determinism": rules.check_determinism,
    "silent_catches": rules.check_catches,
    "markers": rules.check_markers,
    "words": rules.check_words,
    "pragma_once": headers.check_pragma,
    "c_headers": headers.check_c_headers,
    "dead_files": files.check_dead,
    "dead_pages": documents.check_dead_pages,
    "links": documents.check_links,
    "snippets": documents.check_snippets,
    "assertions": test_cases.check_assertions,
    "case_names": test_cases.check_names,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("check", nargs="?", choices=sorted(CHECKS))
    parser.add_argument("--root", default=".")
    parser.add_argument("--build")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        print(";".join(CHECKS))
        return 0
    tree = Tree(options.root, options.build)
    findings = sorted(CHECKS[options.check](tree), key=str)
    for finding in findings:
        print(finding)
    print(f"{options.check}: {len(findings) or 'no'} findings in {len(tree.paths)} files")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
