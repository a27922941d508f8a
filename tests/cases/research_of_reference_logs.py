#!/usr/bin/env python3
"""Compare `tieout research_portfolio LOG --burn-in-bars 3 --quantization 30` with what the reference computed for that log.

usage: research_of_reference_logs.py LOGS    (golden/logs; the program is found on the PATH)
"""
import csv
import json
import pathlib
import subprocess
import sys


def close(left, right):
    if left is None or right == "":
        return left is None and right == ""
    return abs(left - float(right)) <= max(1e-6, 1e-9 * abs(float(right)))


def check(frame, path):
    columns = {name: i for i, name in enumerate(frame["columns"])}
    rows = dict(zip(frame["index"], frame["values"]))
    cells = 0
    with open(path, newline="") as file:
        reader = csv.reader(file)
        names = next(reader)[1:]
        for line in reader:
            for name, text in zip(names, line[1:]):
                found = rows[line[0]][columns[name]]
                if not close(found, text):
                    sys.exit(f"{path.name} {line[0]} {name}: {found}, needed {text}")
                cells += 1
    return cells


def main():
    logs = pathlib.Path(sys.argv[1])
    cells = 0
    for path in sorted((logs / "results").glob("*.research.portfolio.csv")):
        name = path.name.split(".")[0]
        (log,) = (logs / name).glob("system_log_dir.*")
        out = subprocess.run(["tieout", "research_portfolio", str(log), "--burn-in-bars", "3",
                              "--quantization", "30", "--json"],
                             check=True, capture_output=True, text=True).stdout
        result = json.loads(out)
        cells += check(result["portfolio"], path)
        cells += check(result["statistics"], logs / "results" / f"{name}.research.stats.csv")
    if cells < 1000:
        sys.exit(f"only {cells} cells were compared")
    print(f"{cells} cells agree")


main()
