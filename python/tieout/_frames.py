"""From the engine's plain dicts to pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def utc(times: np.ndarray) -> pd.DatetimeIndex:
    """datetime64[ns] in UTC as an index that says so."""
    return pd.DatetimeIndex(times).tz_localize("UTC")


def panel_frame(panel: dict[str, Any], symbols: dict[int, str] | None = None) -> pd.DataFrame:
    """A panel as a frame: rows by time; columns by field, or by (field, asset) when any column has an asset.

    The float64 cells are the engine's memory, not a copy, unless a column has another type.
    """
    assets = panel["assets"]
    if all(asset is None for asset in assets):
        columns = pd.Index(panel["fields"], name="field", dtype=object)
    else:
        names = [symbols.get(a, a) if symbols and a is not None else a for a in assets]
        columns = pd.MultiIndex.from_arrays([panel["fields"], names], names=["field", "asset"])
    frame = pd.DataFrame(panel["values"], index=utc(panel["index"]), columns=columns, copy=False)
    if panel["typed"]:
        frame = frame.copy()
        parts = [frame.iloc[:, i] for i in range(frame.shape[1])]
        for position, values in panel["typed"].items():
            parts[position] = pd.Series(values, index=frame.index, name=frame.columns[position])
        frame = pd.concat(parts, axis=1)
        frame.columns = columns
    return frame


def table_frame(table: dict[str, Any]) -> pd.DataFrame:
    """A table as a frame, columns in the log's order; times in UTC."""
    frame = pd.DataFrame(table)
    for name in frame.columns:
        if frame[name].dtype.kind == "M":
            frame[name] = frame[name].dt.tz_localize("UTC")
    return frame


def nanoseconds(time: Any) -> int:
    """Nanoseconds since 1970 of what pandas reads as a time; without a zone it is UTC."""
    stamp = pd.Timestamp(time)
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return stamp.value
