#!/usr/bin/env python3
"""Hold every notebook below some directories against nbformat.

check_notebooks.py COUNT DIRECTORY...: exits 0 when there are COUNT notebooks, nbformat accepts each as 4.5, its cells have ids
of their own, and each cell of code was executed in turn. Prints "skipped: no nbformat" where Debian's package is missing.
"""

import json
import pathlib
import subprocess
import sys

# Debian's interpreter has the package, whatever runs this.
VALIDATE = """
import sys
try:
    import nbformat
except ImportError:
    sys.exit(77)
for path in sys.argv[1:]:
    nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))
"""


def problems_of(notebook):
    """What nbformat does not look at."""
    if (notebook["nbformat"], notebook["nbformat_minor"]) != (4, 5):
        yield f"nbformat {notebook['nbformat']}.{notebook['nbformat_minor']}"
    ids = [cell["id"] for cell in notebook["cells"]]
    for twice in sorted({each for each in ids if ids.count(each) > 1}):
        yield f"two cells have the id '{twice}'"
    counts = [cell["execution_count"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts {counts}"


def main():
    expected = int(sys.argv[1])
    paths = sorted(path for directory in sys.argv[2:] for path in pathlib.Path(directory).rglob("*.ipynb"))
    if len(paths) != expected:
        sys.exit(f"{len(paths)} notebooks, expected {expected}: {[str(path) for path in paths]}")
    done = subprocess.run(["/usr/bin/python3", "-W", "error", "-c", VALIDATE, *paths], check=False)
    if done.returncode == 77:
        print("skipped: no nbformat")
        return 0
    failed = done.returncode != 0
    for path in paths:
        for problem in problems_of(json.loads(path.read_text(encoding="utf-8"))):
            print(f"{path}: {problem}")
            failed = True
    print(f"{len(paths)} notebooks, {'not all' if failed else 'all'} valid")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
