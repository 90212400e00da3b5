"""Files, functions and lines that a reader can take in."""

import ast

from functions import functions
from tree import CODE, CPP, Finding

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100


def code_files(tree):
    return tree.named(*CODE, "CMakeLists.txt") + [path for path in ("dev", ".ci/run")
                                                  if path in tree.paths]


def check_files(tree):
    for path in code_files(tree):
        lines = len(tree.text(path).splitlines())
        if lines > FILE_LINES_MAX:
            yield Finding(path, lines, f"{lines} lines; at most {FILE_LINES_MAX}: split it")


def python_functions(tree, path):
    for node in ast.walk(ast.parse(tree.text(path))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def check_functions(tree):
    found = [(path, function.name, function.line, function.lines)
             for path in tree.named(*CPP) for function in functions(tree.code(path))]
    found += [(path, *function) for path in tree.named(".py")
              for function in python_functions(tree, path)]
    for path, name, line, lines in found:
        if lines > FUNCTION_LINES_MAX:
            yield Finding(path, line, f"'{name}' has {lines} lines; at most {FUNCTION_LINES_MAX}")


def check_lines(tree):
    for path in code_files(tree):
        for number, line in tree.lines(path):
            if len(line) > COLUMNS_MAX:
                yield Finding(path, number, f"{len(line)} columns; at most {COLUMNS_MAX}")
