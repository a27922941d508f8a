"""The report of a reconciliation, section by section: what its notebook shows."""

from __future__ import annotations

import difflib
import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any, Iterator

import pandas as pd

from tieout import _core
from tieout.comparison import Comparison, RunOrPath, _directory


class Section:
    """One section of a report. Jupyter shows its tables and figures."""

    def __init__(self, raw: dict[str, Any]):
        self._raw = raw

    @property
    def id(self) -> str:
        """Stable: "fast.13"."""
        return self._raw["id"]

    @property
    def title(self) -> str:
        """Its heading."""
        return self._raw["title"]

    @property
    def ok(self) -> bool:
        """False when it could not be computed."""
        return self._raw["ok"]

    @property
    def lacks(self) -> str:
        """Why it could not be computed; empty when it could."""
        return self._raw["lacks"]

    @property
    def text(self) -> str:
        """The whole section as text, with aligned columns."""
        return self._raw["text"]

    @cached_property
    def tables(self) -> list[pd.DataFrame]:
        """Its tables in order, rows by the heading in their first column, cells as the report prints them.

        `attrs["caption"]` says what a table is. Numbers that are not rounded: `Report.comparison`, `tieout.Run`.
        """
        frames = []
        for caption, columns, rows in self._raw["tables"]:
            width = len(columns)
            cells = [list(row[:width]) + [""] * (width - len(row)) for row in rows]
            frame = pd.DataFrame(cells, columns=columns, dtype=object)
            if width:
                frame.index = pd.Index(frame.iloc[:, 0], name=columns[0])
                frame = frame.iloc[:, 1:]
            frame.attrs["caption"] = caption
            frames.append(frame)
        return frames

    def __repr__(self) -> str:
        return self.text.rstrip("\n")

    def _repr_html_(self) -> str:
        return self._raw["html"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self._raw["html"]}


class Report:
    """Two runs compared and checked, and the sections of the report on them; each is computed when it is asked for."""

    def __init__(self, core: _core.Report, kind: str):
        self._report = core
        self.kind = kind

    @property
    def verdict(self) -> str:
        """IDENTICAL, EQUIVALENT, EXPLAINED, DIVERGED or INCONCLUSIVE."""
        return self._report.verdict

    @property
    def sentence(self) -> str:
        """Why, in one line."""
        return self._report.sentence

    @property
    def exit_code(self) -> int:
        """That of `tieout reconcile_run_notebook`: 0, 1 diverged, 3 inconclusive."""
        return self._report.exit_code

    @property
    def complaints(self) -> list[str]:
        """What was left out because it could not be read: a dump of market data that is damaged."""
        return self._report.complaints

    @cached_property
    def sections(self) -> list[str]:
        """Ids in the order of the page."""
        return self._report.section_ids

    @cached_property
    def summary(self) -> Section:
        """The first screen: verdict, sentence, facts."""
        return Section(self._report.summary())

    def section(self, section_id: str) -> Section:
        """A section by its id. Errors: KeyError that names what is near."""
        if section_id not in self.sections:
            near = difflib.get_close_matches(section_id, self.sections, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise KeyError(f"{section_id!r} is no section of this report{hint} It has {', '.join(self.sections)}")
        return Section(self._report.section(section_id))

    def __iter__(self) -> Iterator[Section]:
        return (self.section(section_id) for section_id in self.sections)

    @cached_property
    def comparison(self) -> Comparison:
        """The comparison with every count, and the findings of the checks among its findings."""
        raw, lines = self._report.comparison()
        return Comparison(json.loads(raw), lines)

    @property
    def findings(self) -> pd.DataFrame:
        """One row for each break and remark, in causal order; the columns of docs/formats/findings.md."""
        return self.comparison.findings

    def check(self) -> None:
        """Raise AssertionError with values, node and bar of the first divergence when the verdict does not pass."""
        message = self._report.failed_check
        if message:
            raise AssertionError(message)

    def __bool__(self) -> bool:
        raise TypeError("a report is neither true nor false: look at .verdict or .exit_code, or call .check()")

    def __repr__(self) -> str:
        return f"<tieout.Report {self.kind}: {self.verdict}: {self.sentence}>"

    def _repr_html_(self) -> str:
        return self.summary._repr_html_()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.summary._repr_mimebundle_()


def _located(path: str, base: str | os.PathLike[str] | None) -> str:
    """The absolute path: from the working directory, or, when nothing is there, from `base`."""
    if base is not None and not os.path.exists(path) and os.path.exists(Path(base, path)):
        return os.path.abspath(Path(base, path))
    return os.path.abspath(path)


def report(prod: RunOrPath, sim: RunOrPath, *, kind: str = "fast", policy: str | os.PathLike[str] | None = None,
           market_data: str | os.PathLike[str] | None = None, noise_floor: str | os.PathLike[str] | None = None,
           check_self_consistency: bool = False, base: str | os.PathLike[str] | None = None) -> Report:
    """Compare two run logs and make the report that `tieout reconcile_run_notebook` makes of them.

    kind:        "fast", or "slow" with every node at every bar and against the bar before.
    policy:      what may differ; without it nothing may.
    market_data: the dump that the simulation was fed with (test_data.csv.gz): evidence about the first divergence, and
                 the checks of the market data. Left out when it cannot be read; see `Report.complaints`.
    noise_floor: what `tieout noise_floor` left.
    base:        where relative paths lead that lead nowhere from the working directory: a notebook that was copied away
                 from its reconciliation finds the logs by it.
    Errors:      TieoutError for logs, a policy or a noise floor that cannot be read; a difference is never an error.
    """
    def located(path: str | os.PathLike[str] | None) -> str | None:
        return None if path is None else _located(os.fspath(path), base)

    core = _core.Report(_located(_directory(prod), base), _located(_directory(sim), base), kind=kind,
                        policy=located(policy), market_data=located(market_data), noise_floor=located(noise_floor),
                        check_self_consistency=check_self_consistency)
    return Report(core, kind)
