"""Files of the project, for the checks beside this file."""

import argparse
import pathlib
import subprocess


def root_from_arguments(description):
    """The folder to check: --root, by default the project itself."""
    parser = argparse.ArgumentParser(description=description)
    default = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--root", type=pathlib.Path, default=default, help="folder to check (default: the project)")
    return parser.parse_args().root.resolve()


def files_of(root):
    """Paths relative to `root`, sorted: what git tracks, or all files where there is no git."""
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-z"]
        names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
        paths = [pathlib.PurePosixPath(name) for name in names if name and (root / name).is_file()]
        # The planted violations of the gates are checked one by one, as roots of their own.
        return sorted(path for path in paths if not path.is_relative_to("tests/gates"))
    skipped = {"build", ".git", "node_modules", "__pycache__"}
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(pathlib.PurePosixPath(path) for path in paths if not skipped.intersection(path.parts)
                  and not path.is_relative_to("tests/gates"))


def report(findings):
    """Print the findings; the exit code."""
    for finding in findings:
        print(finding)
    return 1 if findings else 0
