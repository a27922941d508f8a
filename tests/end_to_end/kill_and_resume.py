#!/usr/bin/env python3
"""Kill reconcile_run_all everywhere, resume it, and compare the tree with that of an undisturbed run.

The program runs with kill_at.so preloaded: time stands still, so that stamps are equal, and every call that changes the
file system has a number. An undisturbed run writes the list of those calls. Then, for a choice of numbers, the same command
is ended at that call (SIGKILL; SIGINT for some), run again with --resume, and the two trees must be equal byte for byte:
names, contents, and permissions. What differs by design is left out: the process id in the lock file, and in status.json the
number and the history of tries.

    kill_and_resume.py --tieout BIN --preload SO --run PROD_RUN_DIR --scratch DIR [--every N]

Without --every the numbers are: in each stage and between two of them the first call, the middle one and the last one. With it,
every N-th call.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

STAGES = ["reconcile_create_dirs", "reconcile_copy_prod_data", "reconcile_dump_market_data", "reconcile_run_sim",
          "reconcile_run_notebook.fast", "reconcile_run_notebook.slow", "reconcile_ls"]
COMMAND = ["reconcile_run_all", "--dag-builder-ctor-as-str",
           "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder", "--run-mode", "paper_trading",
           "--start-timestamp-as-str", "20231108_131000", "--end-timestamp-as-str", "20231108_150500", "--mode", "scheduled",
           "--prod-data-source-dir", "system_reconciliation", "--dst-root-dir", "dst", "--run-notebook",
           "--mark-as-last-24-hour-run"]
RUN = pathlib.Path("C1b/paper_trading/20231108_131000.20231108_150500")


def fail(message):
    print(message)
    sys.exit(1)


class Program:
    def __init__(self, arguments):
        self.tieout = str(arguments.tieout.resolve())
        self.preload = str(arguments.preload.resolve())
        self.dir = arguments.scratch
        self.dst = self.dir / "dst"

    def clean(self):
        if self.dst.exists():
            subprocess.run(["chmod", "-R", "u+w", str(self.dst)], check=True)
            shutil.rmtree(self.dst)
        self.dst.mkdir()

    def run(self, *flags, **variables):
        environment = {**os.environ, "LD_PRELOAD": self.preload, "LC_ALL": "C.UTF-8", "TZ": "UTC",
                       # A sanitizer wants to be loaded first; it is not the point here.
                       "ASAN_OPTIONS": "verify_asan_link_order=0",
                       **{name: str(value) for name, value in variables.items()}}
        return subprocess.run([self.tieout, *COMMAND, *flags], cwd=self.dir, env=environment, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=300)

    def status(self):
        return json.loads((self.dst / RUN / "status.json").read_text())


def tree_of(root):
    """Everything below `root`: path to (kind, permissions, content)."""
    tree = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        mode = oct(path.lstat().st_mode & 0o7777)
        if path.is_dir():
            tree[name] = ("directory", mode, b"")
            continue
        content = path.read_bytes()
        if path.name.endswith(".lock"):
            content = b"process id"
        elif path.name == "status.json":
            status = json.loads(content)
            for stage in status["stages"]:
                del stage["attempts"], stage["history"]
            content = json.dumps(status, indent=1).encode()
        tree[name] = ("file", mode, content)
    return tree


def difference(expected, found):
    lines = [f"missing: {name}" for name in expected if name not in found]
    lines += [f"too much: {name}" for name in found if name not in expected]
    for name in expected:
        if name in found and expected[name] != found[name]:
            what = "permissions" if expected[name][2] == found[name][2] else "content"
            lines.append(f"{what}: {name} {expected[name][1]} {found[name][1]}")
    return lines


def points_of(trace, every):
    """Numbers of the calls at which the program is ended."""
    calls = [line.split(" ", 2) for line in trace.read_text().splitlines()]
    if every:
        return [int(number) for number, *_ in calls[::every]]
    # status.json is replaced when a stage begins and when it ends: the boundaries. Between them: just after, in the middle, and
    # just before the next one.
    boundaries = [int(number) for number, call, path in calls if call == "rename" and path.endswith("status.json")]
    points = {1, boundaries[0], len(calls)}
    for a, b in zip(boundaries, boundaries[1:]):
        points.update({a + 1, (a + b) // 2, b})
    return sorted(points)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tieout", required=True, type=pathlib.Path)
    parser.add_argument("--preload", required=True, type=pathlib.Path)
    parser.add_argument("--run", required=True, type=pathlib.Path, help="directory of the case prod_run")
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--every", type=int, default=0)
    arguments = parser.parse_args()

    program = Program(arguments)
    if arguments.scratch.exists():
        subprocess.run(["chmod", "-R", "u+w", str(arguments.scratch)], check=True)
        shutil.rmtree(arguments.scratch)
    arguments.scratch.mkdir(parents=True)
    program.dir = arguments.scratch.resolve()
    program.dst = program.dir / "dst"
    # Under the paths that the run recorded: its store is named absolutely.
    shutil.copytree(arguments.run / "system_reconciliation", program.dir / "system_reconciliation")

    program.clean()
    trace = program.dir / "calls.txt"
    done = program.run(KILL_AT_TRACE=trace)
    if done.returncode != 0:
        fail(f"the undisturbed run ended with {done.returncode}\n{done.stdout}{done.stderr}")
    expected = tree_of(program.dst)
    program.clean()
    again = program.run()
    if again.returncode != 0 or difference(expected, tree_of(program.dst)):
        fail("two undisturbed runs differ:\n" + "\n".join(difference(expected, tree_of(program.dst))))

    points = points_of(trace, arguments.every)
    interrupts = set(points[1::4])
    hit = {}
    for point in points:
        by_signal = point in interrupts
        program.clean()
        cut = program.run(KILL_AT=point, KILL_AT_SIGNAL=int(signal.SIGINT if by_signal else signal.SIGKILL))
        where = f"call {point} ({'SIGINT' if by_signal else 'SIGKILL'})"
        # A signal that asks comes too late for a stage that is at its end: then the run is whole.
        if cut.returncode not in ((130, 0) if by_signal else (-signal.SIGKILL,)):
            fail(f"{where}: exit {cut.returncode}\n{cut.stdout}{cut.stderr}")
        try:
            last = program.status()["stages"][-1]
            key = f"{last['name']} {last['status']}"
        except (FileNotFoundError, IndexError):
            key = "before the first stage"
        hit[key] = hit.get(key, 0) + 1
        resumed = program.run("--resume")
        if resumed.returncode != 0:
            fail(f"{where}, in {key}: --resume ended with {resumed.returncode}\n{resumed.stdout}{resumed.stderr}")
        lines = difference(expected, tree_of(program.dst))
        if lines:
            fail(f"{where}, in {key}: the tree differs from that of an undisturbed run\n" + "\n".join(lines)
                 + f"\n--- resumed\n{resumed.stdout}{resumed.stderr}")
    for key in sorted(hit):
        print(f"{hit[key]:5} {key}")
    print(f"{len(points)} cuts ({len(interrupts)} by SIGINT) of {len(trace.read_text().splitlines())} calls: "
          "every resumed tree equals the undisturbed one")
    missing = [stage for stage in STAGES[1:-1] if f"{stage} running" not in hit]
    if missing:
        fail(f"no cut fell inside of {', '.join(missing)}")
    subprocess.run(["chmod", "-R", "u+w", str(program.dir)], check=True)
    shutil.rmtree(program.dir)


if __name__ == "__main__":
    main()
