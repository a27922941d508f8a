"""A recorded run: what each node computed and what was traded."""

from __future__ import annotations

import difflib
import json
import os
from functools import cached_property
from typing import Any, Union

import numpy as np
import pandas as pd

from tieout import _core
from tieout._frames import nanoseconds, panel_frame, table_frame, utc

Bar = Union[int, str, pd.Timestamp, np.datetime64]


class Run:
    """A run log, or a log of the reference system. Read-only; a run in progress shows the bars so far."""

    def __init__(self, directory: str | os.PathLike[str]):
        """Errors: TieoutError (FileNotFound, NotARunLog, CorruptEvidence)."""
        self._run = _core.Run(os.fspath(directory))

    def __repr__(self) -> str:
        last = f", {self.bars[0]} to {self.bars[-1]}" if len(self.bars) else ""
        state = "sealed" if self.sealed else "not sealed"
        return f"<tieout.Run {self.directory}: {len(self.bars)} bars{last}, {len(self.nodes)} nodes, {state}>"

    @property
    def directory(self) -> str:
        """Where the log lies."""
        return self._run.directory

    @property
    def sealed(self) -> bool:
        """No more bars will come."""
        return self._run.sealed

    @cached_property
    def bars(self) -> pd.DatetimeIndex:
        """The bars with something recorded, by their END, ascending."""
        return utc(self._run.bars)

    @property
    def bar_duration(self) -> pd.Timedelta:
        """Length of a bar."""
        return pd.Timedelta(self._run.bar_ns, unit="ns")

    @cached_property
    def nodes(self) -> list[str]:
        """Names in topological order: "predict.2.compute_ret_0"."""
        return self._run.nodes

    @cached_property
    def universe(self) -> pd.Series:
        """Full symbols by asset id."""
        pairs = self._run.universe
        return pd.Series([symbol for _, symbol in pairs], index=[asset for asset, _ in pairs], name="full_symbol", dtype=object)

    @property
    def notes(self) -> list[str]:
        """What the log lacks or what had to be cut, one sentence each."""
        return self._run.notes

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The identity of the run: strategy, window, code, environment, hashes."""
        return json.loads(self._run.manifest_json())

    @cached_property
    def config(self) -> dict[str, Any]:
        """The config, as nested dicts."""
        return json.loads(self._run.config_json())

    @property
    def content_hashes(self) -> pd.Series:
        """One hash for each bar: equal for bars of equal content, in whichever run."""
        return pd.Series(self._run.content_hashes, index=self.bars, name="content_hash", dtype=object)

    def node(self, name: str | int) -> int:
        """The position of a node, by its name, the end of it ("compute_vol") or its number. Errors: KeyError."""
        if isinstance(name, int):
            if not 0 <= name < len(self.nodes):
                raise KeyError(f"node {name}: the run has {len(self.nodes)}")
            return name
        found = [i for i, known in enumerate(self.nodes) if known == name or known.endswith("." + name)]
        if len(found) != 1:
            near = difflib.get_close_matches(name, self.nodes + [n.split(".")[-1] for n in self.nodes], 3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise KeyError(f"{len(found)} nodes are named {name!r}, needed one of {self.nodes}{hint}")
        return found[0]

    def bar(self, bar: Bar) -> int:
        """The position of a bar, by position (negative: from the end) or time. Errors: KeyError."""
        count = len(self.bars)
        if isinstance(bar, (int, np.integer)):
            if not -count <= bar < count:
                raise KeyError(f"bar {bar}: the run has {count}")
            return int(bar) % count
        position = int(np.searchsorted(self._run.bars.astype("int64"), nanoseconds(bar)))
        if position == count or self.bars[position].value != nanoseconds(bar):
            near = f"; the next one is {self.bars[position]}" if position < count else ""
            raise KeyError(f"{bar} is no bar of the run{near}")
        return position

    def df_out(self, node: str | int, bar: Bar = -1, *, symbols: bool = False) -> pd.DataFrame:
        """What a node gave out at a bar, its whole window.

        Shapes:  rows by time, columns by (field, asset); `symbols`: assets by full symbol instead of id.
        Errors:  KeyError for a node or bar that is not there; TieoutError when the log lacks it.
        """
        panel = self._run.df_out(self.node(node), self.bar(bar))
        return panel_frame(panel, dict(self.universe) if symbols else None)

    def last_rows(self, node: str | int, *, symbols: bool = False) -> pd.DataFrame:
        """The last row of a node's output at each bar: what the run believed then, rows by bar."""
        rows = [self.df_out(node, i, symbols=symbols).iloc[-1:] for i in range(len(self.bars))
                if self._run.has_window(self.node(node), i)]
        return pd.concat(rows) if rows else pd.DataFrame()

    def table(self, name: str, bar: Bar | None = None) -> pd.DataFrame:
        """target_positions, orders, child_orders, fills, portfolio, statistics or timings of a bar, or of all bars
        (then with a first column `bar`). Errors: ValueError for an unknown name."""
        if bar is not None:
            table = self._run.table(name, self.bar(bar))
            return pd.DataFrame() if table is None else table_frame(table)
        parts = []
        for i, time in enumerate(self.bars):
            table = self._run.table(name, i)
            if table is not None:
                part = table_frame(table)
                part.insert(0, "bar", time)
                parts.append(part)
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    @cached_property
    def _trading(self) -> dict[str, Any]:
        return self._run.trading_frames()

    @property
    def portfolio(self) -> pd.DataFrame:
        """Holdings, marks, trades and PnL by bar; columns by (field, asset)."""
        return panel_frame(self._trading["portfolio"])

    @property
    def target_positions(self) -> pd.DataFrame:
        """What was wanted at each bar; columns by (field, asset)."""
        return panel_frame(self._trading["target_positions"])

    @property
    def statistics(self) -> pd.DataFrame:
        """pnl, gross_volume, net_volume, gmv, nmv, cash, net_wealth, leverage by bar."""
        return panel_frame(self._trading["statistics"])

    @property
    def orders(self) -> pd.DataFrame:
        """All orders, behind the bar that made them."""
        return table_frame(self._trading["orders"])

    @property
    def fills(self) -> pd.DataFrame:
        """All fills, behind the bar that collected them."""
        return table_frame(self._trading["fills"])

    def journal(self, bar: Bar) -> pd.DataFrame:
        """What the engine consumed at a bar, in order; empty when the log does not record it."""
        entries = pd.DataFrame(self._run.journal(self.bar(bar)))
        for name in [c for c in entries.columns if c.endswith("_ns")]:
            entries[name[:-3]] = pd.to_datetime(entries.pop(name), utc=True)
        return entries


def open_run(directory: str | os.PathLike[str]) -> Run:
    """Open a run log, or a log of the reference system."""
    return Run(directory)


def open_reconciliation(path: str | os.PathLike[str]) -> tuple[Run, Run]:
    """Both runs (production, simulation) of the reconciliation that `path` is, or lies in."""
    left, right = _core.find_runs(os.fspath(path))
    return Run(left), Run(right)


def verify_log(directory: str | os.PathLike[str]) -> None:
    """Prove every checksum and the hash chains of a run log. Errors: TieoutError (CorruptEvidence)."""
    _core.verify(os.fspath(directory))
