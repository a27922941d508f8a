#!/usr/bin/env python3
"""Check that every C++ source is built: its path stands in the CMakeLists.txt of its folder or of one above."""

import pathlib
import re
import sys

import tree

CHECKED = {"modules", "apps", "examples", "python", "tests"}


def is_named(root, path):
    """True when a CMakeLists.txt between `path` and `root` names the source, relative to itself."""
    for parent in path.parents:
        cmake = root / parent / "CMakeLists.txt"
        if cmake.is_file():
            name = path.relative_to(parent).as_posix()
            text = re.sub(r"#.*", "", cmake.read_text())
            # A compile-failure test is named without its folder and suffix.
            names = [name, path.stem] if path.parent.name == "nocompile" else [name]
            if any(re.search(rf"(?<![\w./-]){re.escape(n)}(?![\w./-])", text) for n in names):
                return True
    return False


def main():
    root = tree.root_from_arguments(__doc__.splitlines()[0])
    findings = [f"{path}: no CMakeLists.txt builds it" for path in tree.files_of(root)
                if path.suffix in {".cpp", ".cc", ".c"} and path.parts[0] in CHECKED
                and not is_named(root, pathlib.PurePosixPath(path))]
    return tree.report(findings)


if __name__ == "__main__":
    sys.exit(main())
