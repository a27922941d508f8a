"""Compare two runs, and say why a cell differs."""

from __future__ import annotations

import html
import json
import os
from functools import cached_property
from typing import Any, Union

import pandas as pd

from tieout import _core
from tieout._frames import nanoseconds
from tieout.run import Run

RunOrPath = Union[Run, str, "os.PathLike[str]"]


def _directory(run: RunOrPath) -> str:
    return run.directory if isinstance(run, Run) else os.fspath(run)


def _findings(lines: str) -> pd.DataFrame:
    frame = pd.DataFrame([json.loads(line) for line in lines.splitlines()])
    for name in ("bar", "row"):
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], utc=True)
    if "asset" in frame:
        frame["asset"] = frame["asset"].astype("Int64")
    return frame


class Comparison:
    """What `compare` found. `raw` is the JSON object of docs/formats/comparison.md."""

    def __init__(self, raw: dict[str, Any], finding_lines: str):
        self.raw = raw
        self._lines = finding_lines

    @property
    def verdict(self) -> str:
        """IDENTICAL, EQUIVALENT, EXPLAINED, DIVERGED or INCONCLUSIVE."""
        return self.raw["verdict"]

    @property
    def sentence(self) -> str:
        """Why, in one line."""
        return self.raw["sentence"]

    @property
    def exit_code(self) -> int:
        """That of `tieout compare`: 0, 1 diverged, 3 inconclusive."""
        return self.raw["exit_code"]

    @property
    def coverage(self) -> float:
        """Compared cells by a rule / cells that are there."""
        return self.raw["coverage"]

    @property
    def layers(self) -> pd.DataFrame:
        """Verdict and cell counts of each layer, in causal order."""
        return pd.json_normalize(self.raw["layers"]).set_index("layer")

    @property
    def nodes(self) -> pd.DataFrame:
        """Cell counts of each node, in topological order."""
        frame = pd.json_normalize(self.raw["nodes"])
        return frame.set_index("name") if len(frame) else frame

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row for each break that was kept, in causal order; the columns of docs/formats/findings.md."""
        return _findings(self._lines)

    @property
    def first_divergence(self) -> dict[str, Any] | None:
        """The earliest break in causal order and what it is made of."""
        return self.raw["first"]

    def __bool__(self) -> bool:
        raise TypeError("a comparison is neither true nor false: look at .verdict or .exit_code")

    def __repr__(self) -> str:
        return f"{self.verdict}: {self.sentence}"

    def _repr_html_(self) -> str:
        return f"<p><b>{html.escape(self.verdict)}</b>: {html.escape(self.sentence)}</p>" + self.layers.to_html()


def compare(left: RunOrPath, right: RunOrPath, *, left_name: str = "prod", right_name: str = "sim",
            policy: str | os.PathLike[str] | None = None, max_findings: int = 100_000, stop_at_first: bool = False,
            check_self_consistency: bool = True) -> Comparison:
    """Compare two runs completely: every cell of every node, bar, target, order, fill and book.

    Rule:    docs/formats/comparison.md. Without a policy file nothing may differ.
    Errors:  TieoutError for evidence that cannot be read or a policy that is wrong; a difference is never an error.
    """
    raw, lines = _core.compare(_directory(left), _directory(right), left_name=left_name, right_name=right_name,
                               policy=None if policy is None else os.fspath(policy), max_findings=max_findings,
                               stop_at_first=stop_at_first, check_self_consistency=check_self_consistency)
    return Comparison(json.loads(raw), lines)


def explain(left: RunOrPath, right: RunOrPath, *, node: str | None = None, bar: Any = None, asset: int | str | None = None,
            column: str | None = None) -> dict[str, Any]:
    """Why two runs differ, or what one cell is computed from on both sides: the JSON object of `tieout explain`.

    asset: id or full symbol. What is left out is chosen: the first divergence. Errors: TieoutError, KeyError.
    """
    if isinstance(asset, str):
        run = left if isinstance(left, Run) else Run(left)
        ids = run.universe.index[run.universe == asset]
        if len(ids) != 1:
            raise KeyError(f"{asset!r} is no symbol of the universe {list(run.universe)}")
        asset = int(ids[0])
    text = _core.explain(_directory(left), _directory(right), node=node, bar_ns=None if bar is None else nanoseconds(bar),
                         asset=asset, column=column)
    return json.loads(text)


def run_checks(run: RunOrPath, other: RunOrPath | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hold one run, or two, against the catalogue of checks. Returns: (outcomes, findings), docs/formats/checks.md."""
    outcomes, lines = _core.run_checks(_directory(run), None if other is None else _directory(other))
    return pd.DataFrame(outcomes), _findings(lines)
