#!/usr/bin/env python3
"""prove.py [NAME]: runs the long proofs, each once per commit, and writes the report.

A proof is a script tests/prove/NAME.sh. It prints JSON objects, one a line, each a finding with at
least "check" and "passed"; other lines are kept as its log. It passes when it exits with 0, has
printed a finding, and none says "passed": false. Its result is out/prove/NAME.json. A proof whose
result is of the present commit is not run again, so a run that was stopped carries on; with
uncommitted changes nothing can be carried over.
"""

import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "out" / "prove"


def present_commit():
    """The commit, and whether the tree is exactly it."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout.strip()
    changes = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True,
                             text=True, check=True).stdout.strip()
    return head, not changes


def earlier(name, commit, clean):
    path = OUT / f"{name}.json"
    if not clean or not path.exists():
        return None
    result = json.loads(path.read_text())
    return result if result["commit"] == commit and result["clean"] and result["passed"] else None


def finding_of(line):
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and "check" in value and "passed" in value else None


def prove(name, commit, clean):
    began, findings = time.monotonic(), []
    with open(OUT / f"{name}.log", "w", encoding="utf-8") as log, subprocess.Popen(
            [ROOT / "tests" / "prove" / f"{name}.sh"], cwd=ROOT, stdout=subprocess.PIPE,
            stderr=log, text=True) as process:
        for line in process.stdout:
            finding = finding_of(line)
            if finding is None:
                log.write(line)
            else:
                findings.append(finding)
    passed = process.returncode == 0 and bool(findings) and all(f["passed"] for f in findings)
    result = {"name": name, "commit": commit, "clean": clean, "passed": passed,
              "exit": process.returncode, "seconds": round(time.monotonic() - began, 1),
              "findings": findings}
    partial = OUT / f"{name}.json.partial"
    partial.write_text(json.dumps(result, indent=1) + "\n")
    partial.replace(OUT / f"{name}.json")
    return result


def text_of(finding):
    rest = {key: value for key, value in finding.items() if key not in ("check", "passed")}
    figures = ", ".join(f"{key} {value}" for key, value in rest.items())
    return f"{'passed' if finding['passed'] else 'FAILED'}: {finding['check']}" + (
        f" ({figures})" if figures else "")


def write_report(results, commit, clean):
    lines = ["# What was proved", "",
             f"Commit `{commit}`" + ("." if clean else ", with uncommitted changes."), ""]
    for result in results:
        lines += [f"## {result['name']}: {'passed' if result['passed'] else 'FAILED'}", "",
                  f"{result['seconds']} s, exit code {result['exit']}.", ""]
        lines += [f"- {text_of(finding)}" for finding in result["findings"]] + [""]
    (OUT / "report.md").write_text("\n".join(lines))


def main(wanted):
    names = sorted(path.stem for path in (ROOT / "tests" / "prove").glob("*.sh"))
    if not names:
        sys.exit("there are no proofs in this tree yet (tests/prove/*.sh)")
    if wanted and wanted not in names:
        sys.exit(f"no proof '{wanted}'; there are: {', '.join(names)}")
    OUT.mkdir(parents=True, exist_ok=True)
    commit, clean = present_commit()
    results = []
    for name in [wanted] if wanted else names:
        result = earlier(name, commit, clean)
        print(f"proving {name} … ", end="", flush=True)
        done = "known from before" if result else "done"
        result = result or prove(name, commit, clean)
        results.append(result)
        print(f"{done if result['passed'] else 'FAILED'} ({result['seconds']} s)")
        for finding in result["findings"]:
            print(f"  {text_of(finding)}")
        if not result["passed"]:
            print(f"  its log is out/prove/{name}.log")
        write_report(results, commit, clean)
    failed = sum(not result["passed"] for result in results)
    print(f"{len(results) - failed} passed, {failed} failed (out/prove/report.md)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))
