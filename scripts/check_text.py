#!/usr/bin/env python3
"""Check the text of every file.

A mark of work to do carries an issue number, as in "(#12)" right after it, and no path belongs to one machine.
"""

import re
import sys

import tree

# The word at the start of a comment, or before a colon or a parenthesis; in a sentence it is only a word.
MARK = r"(?:TODO|FIXME)\b(?!\(#\d+\))"
TODO = re.compile(rf"(?://|#|/\*|<!--|--)\s*{MARK}|\b{MARK}\s*[:(]")
MACHINE_PATH = re.compile(r"(?<![\w.$}/~-])/" + r"(?:work|home|root|Users)/[\w.]")
# The licence and data are not ours to word.
SKIPPED_SUFFIXES = {".gz", ".png", ".ico", ".woff2", ".parquet"}
SKIPPED_NAMES = {"LICENSE", "package-lock.json"}


def main():
    root = tree.root_from_arguments(__doc__.splitlines()[0])
    findings = []
    for path in tree.files_of(root):
        if path.suffix in SKIPPED_SUFFIXES or path.name in SKIPPED_NAMES:
            continue
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if TODO.search(line):
                findings.append(f"{path}:{number}: a TODO without an issue number")
            if MACHINE_PATH.search(line):
                findings.append(f"{path}:{number}: a path of one machine: {line.strip()}")
    return tree.report(findings)


if __name__ == "__main__":
    sys.exit(main())
