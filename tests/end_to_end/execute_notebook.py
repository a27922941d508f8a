#!/usr/bin/env python3
"""Run a report's notebook under Jupyter, and hold every output against the one that is stored.

execute_notebook.py NOTEBOOK: exits 0 when nbformat accepts it and all cells give their stored outputs again; a failing check
is an output too. The notebook runs in a copy of its directory. Prints "skipped: no Jupyter" where there is none.
"""

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


def main():
    notebook = pathlib.Path(sys.argv[1])
    if shutil.which("jupyter", path="/usr/bin") is None:
        print("skipped: no Jupyter")
        return 0
    check = "import nbformat, sys; nbformat.validate(nbformat.read(sys.argv[1], as_version=4))"
    subprocess.run(["/usr/bin/python3", "-c", check, notebook], check=True)
    with tempfile.TemporaryDirectory() as scratch:
        copy = pathlib.Path(scratch, "result_0")
        shutil.copytree(notebook.parent, copy)
        environment = dict(os.environ, JUPYTER_CONFIG_DIR=scratch, JUPYTER_DATA_DIR=scratch, IPYTHONDIR=scratch,
                           PYTHONDONTWRITEBYTECODE="1")
        subprocess.run(["/usr/bin/jupyter", "nbconvert", "--to", "notebook", "--execute", "--allow-errors", "--log-level",
                        "ERROR", "--output", "again.ipynb", copy / notebook.name], check=True, env=environment)
        stored = json.loads(notebook.read_text(encoding="utf-8"))
        again = json.loads((copy / "again.ipynb").read_text(encoding="utf-8"))
    different = 0
    outputs = 0
    for before, after in zip(stored["cells"], again["cells"], strict=True):
        if before["cell_type"] != "code":
            continue
        left = [output_of(output) for output in before["outputs"]]
        right = [output_of(output) for output in after["outputs"]]
        outputs += len(left)
        if left != right:
            different += 1
            print(f"cell {before['id']}: stored {str(left)[:300]}, now {str(right)[:300]}")
    print(f"{outputs} outputs, {different} cells differ")
    return 1 if different or not outputs else 0


if __name__ == "__main__":
    sys.exit(main())
