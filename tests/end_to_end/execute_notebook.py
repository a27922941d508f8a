#!/usr/bin/env python3
"""Run a report's notebook under Jupyter, and hold every output against the one that is stored.

execute_notebook.py NOTEBOOK [--copied] [--but ID ...]: exits 0 when all cells give their stored outputs again, but those of
the given ids, which must not; a failing check is an output too. The notebook runs where it lies and is not changed, or, with
--copied, in a copy of its directory that lies elsewhere. The package tieout is that of the build whose program is in PATH.
Prints "skipped: ..." where Jupyter or the package is missing.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def output_of(output):
    """An output without what depends on the kernel: counters and the frames of a traceback."""
    kind = output["output_type"]
    if kind == "error":
        return kind, output["ename"], output["evalue"]
    if kind == "stream":
        return kind, output["name"], "".join(output["text"])
    return kind, {mime: "".join(data) for mime, data in output["data"].items()}


def execute(notebook, scratch, package):
    """The notebook as it is after Jupyter ran it."""
    environment = dict(os.environ, JUPYTER_CONFIG_DIR=scratch, JUPYTER_DATA_DIR=scratch, IPYTHONDIR=scratch,
                       PYTHONDONTWRITEBYTECODE="1", PYTHONPATH=str(package))
    subprocess.run(["/usr/bin/jupyter", "nbconvert", "--to", "notebook", "--execute", "--allow-errors", "--log-level", "ERROR",
                    "--output-dir", scratch, "--output", "again.ipynb", notebook], check=True, env=environment)
    return json.loads(pathlib.Path(scratch, "again.ipynb").read_text(encoding="utf-8"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("notebook", type=pathlib.Path)
    parser.add_argument("--copied", action="store_true")
    parser.add_argument("--but", nargs="+", default=[])
    arguments = parser.parse_args()
    notebook = arguments.notebook
    if shutil.which("jupyter", path="/usr/bin") is None:
        print("skipped: no Jupyter")
        return 0
    package = pathlib.Path(shutil.which("tieout")).resolve().parent.parent / "python"
    stored = json.loads(notebook.read_text(encoding="utf-8"))
    needs_package = any("import tieout" in "".join(cell["source"]) for cell in stored["cells"])
    if needs_package and not list(package.glob("tieout/_core*.so")):
        print("skipped: no Python module")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.copied:
            copy = pathlib.Path(scratch, "copy")
            shutil.copytree(notebook.parent, copy)
            notebook = copy / notebook.name
        again = execute(notebook, scratch, package)
    wrong = 0
    outputs = 0
    for before, after in zip(stored["cells"], again["cells"], strict=True):
        if before["cell_type"] != "code":
            continue
        left = [output_of(output) for output in before["outputs"]]
        right = [output_of(output) for output in after["outputs"]]
        outputs += len(left)
        if (left != right) != (before["id"] in arguments.but):
            wrong += 1
            print(f"cell {before['id']}: stored {str(left)[:300]}, now {str(right)[:300]}")
    print(f"{outputs} outputs, {wrong} cells not as expected")
    return 1 if wrong or not outputs else 0


if __name__ == "__main__":
    sys.exit(main())
