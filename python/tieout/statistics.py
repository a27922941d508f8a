"""Statistics of portfolios, and the research portfolio."""

from __future__ import annotations

import pandas as pd

from tieout import _core
from tieout._frames import panel_frame
from tieout.comparison import RunOrPath, _directory


def portfolio_stats(*runs: RunOrPath, names: list[str] | None = None, freq: str = "") -> pd.DataFrame:
    """The statistics of `tieout portfolio_stats`: one row each by (group, name), one column for each run.

    names:   of the columns; prod and sim for two runs, else run1, run2, ...
    freq:    bins ("5T", "1H", "D", "B"); "": the runs' bar.
    Returns: also `difference` and the rows of group `tracking` (in `difference`) for two runs; `unit` and `convention`.
    Errors:  TieoutError.
    """
    if not runs:
        raise ValueError("portfolio_stats: no run is given, needed one or more")
    if names is None:
        names = ["prod", "sim"] if len(runs) == 2 else [f"run{i + 1}" for i in range(len(runs))]
    if len(names) != len(runs) or len(set(names)) != len(names):
        raise ValueError(f"portfolio_stats: {len(runs)} runs and the names {names}; needed one for each, no two alike")
    portfolios, tracking = _core.portfolio_stats([_directory(run) for run in runs], names, freq)
    frame = pd.DataFrame(portfolios[0])[["group", "name"]]
    for name, rows in zip(names, portfolios):
        frame[name] = [row["value"] for row in rows]
    if len(runs) == 2:
        frame["difference"] = frame[names[0]] - frame[names[1]]
    frame["unit"] = [row["unit"] for row in portfolios[0]]
    frame["convention"] = [row["convention"] for row in portfolios[0]]
    if tracking:
        of_both = pd.DataFrame(tracking).rename(columns={"value": "difference"})
        frame = pd.concat([frame, of_both.drop(columns="sample")], ignore_index=True)
    return frame.set_index(["group", "name"])


def research_portfolio(run: RunOrPath) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """The portfolio that the run's forecasts would have held, by the run's own config.

    Returns: (statistics by bar, portfolio by bar with columns (field, asset), notes). Errors: TieoutError.
    """
    research = _core.research_portfolio(_directory(run))
    return panel_frame(research["statistics"]), panel_frame(research["portfolio"]), research["notes"]
