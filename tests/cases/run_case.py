#!/usr/bin/env python3
"""Run one text case: shell commands, each with its exit code and fragments of its output.

A case file (tests/cases/README.md has the form):

    # What the case claims.
    setup: mkdir -p root                     must exit with 0
    run: tieout reconcile_ls \\
        --tag x                              a line that ends in a backslash goes on
    exit: 2                                  of the run before; 0 when it is not said
    out: text   err: text                    fragments that must be there (one a line)
    no-out: text   no-err: text              fragments that must not
    check: test ! -e root/x                  must exit with 0

Commands run in bash, in an empty directory of the case, with `tieout` on the PATH and $FIXTURES and $SHARED set.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def fail(message):
    print(message)
    sys.exit(1)


def parse(path):
    """Steps of the case: lists of [kind, text, line number, expectations]."""
    steps = []
    lines = path.read_text().splitlines()
    i = 0
    while i < len(lines):
        number = i + 1
        line = lines[i]
        while line.endswith("\\") and i + 1 < len(lines):
            i += 1
            line += "\n" + lines[i]
        i += 1
        if not line.strip() or line.startswith("#"):
            continue
        kind, separator, text = line.partition(":")
        text = text.strip()
        if not separator:
            fail(f"{path}:{number}: no ':' in '{line}'")
        if kind in ("setup", "run", "check", "needs"):
            steps.append([kind, text, number, []])
        elif kind in ("exit", "out", "err", "no-out", "no-err"):
            if not steps or steps[-1][0] != "run":
                fail(f"{path}:{number}: '{kind}' does not follow a run")
            steps[-1][3].append((kind, text, number))
        else:
            fail(f"{path}:{number}: '{kind}' is no step of a case")
    if not any(kind == "run" for kind, *_ in steps):
        fail(f"{path}: a case without a run claims nothing")
    return steps


def run_step(path, step, environment, directory):
    kind, text, number, expectations = step
    done = subprocess.run(["bash", "-c", text], cwd=directory, env=environment, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
    report = (f"{path}:{number}: {kind}: {text}\n--- exit {done.returncode}\n--- out\n{done.stdout}"
              f"--- err\n{done.stderr}---\n")
    expected_exit = 0
    problems = []
    for what, fragment, at in expectations:
        if what == "exit":
            expected_exit = int(fragment)
            continue
        stream = done.stdout if what.endswith("out") else done.stderr
        if (fragment in stream) == what.startswith("no-"):
            problems.append(f"{path}:{at}: {what}: {fragment}")
    if done.returncode != expected_exit:
        problems.append(f"{path}:{number}: exit {done.returncode}, expected {expected_exit}")
    # Every failure of the program itself ends in one line that begins with its name.
    if kind == "run" and expected_exit in (2, 4):
        last = done.stderr.strip().splitlines()[-1:] or [""]
        if not last[0].startswith("tieout: "):
            problems.append(f"{path}:{number}: the error is not one line 'tieout: ...': '{last[0]}'")
    if problems:
        fail("\n".join(problems) + "\n" + report)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tieout", required=True, type=pathlib.Path)
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--fixtures", type=pathlib.Path, default=pathlib.Path("/nonexistent"))
    parser.add_argument("--shared", type=pathlib.Path, default=pathlib.Path("/nonexistent"))
    parser.add_argument("--keep", action="store_true", help="keep the directory: it is a fixture")
    parser.add_argument("case", type=pathlib.Path)
    arguments = parser.parse_args()

    steps = parse(arguments.case)
    directory = arguments.scratch / arguments.case.stem
    if directory.exists():
        subprocess.run(["chmod", "-R", "u+w", str(directory)], check=True)
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    environment = dict(os.environ, PATH=f"{arguments.tieout.resolve().parent}:{os.environ['PATH']}",
                       FIXTURES=str(arguments.fixtures), SHARED=str(arguments.shared), CASES=str(arguments.case.resolve().parent),
                       DIR=str(directory), LC_ALL="C.UTF-8", TZ="UTC")
    for step in steps:
        if step[0] == "needs":
            path = os.path.expandvars(step[1].replace("$SHARED", str(arguments.shared)))
            if not os.path.exists(path):
                print("skipped: no shared data")
                sys.exit(SKIPPED)
            continue
        run_step(arguments.case, step, environment, directory)
    if not arguments.keep:
        subprocess.run(["chmod", "-R", "u+w", str(directory)], check=True)
        shutil.rmtree(directory)
    print(f"{arguments.case}: {sum(kind == 'run' for kind, *_ in steps)} runs as claimed")


if __name__ == "__main__":
    main()
