"""Plots with matplotlib, which only this module needs."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tieout.comparison import Comparison
from tieout.run import Run


def pnl(prod: Run, sim: Run, ax: Any = None) -> Any:
    """Cumulative PnL of both runs and, below on its own axis, their gap. Returns: the axes."""
    import matplotlib.pyplot as plt

    axes = plt.subplots(2, 1, sharex=True, height_ratios=[3, 1])[1] if ax is None else ax
    both = pd.DataFrame({"prod": prod.statistics["pnl"], "sim": sim.statistics["pnl"]}).fillna(0.0).cumsum()
    both.plot(ax=axes[0], style=["-", "--"], ylabel="cumulative PnL")
    (both["prod"] - both["sim"]).plot(ax=axes[1], ylabel="prod - sim", color="tab:red")
    return axes


def breaks(comparison: Comparison, ax: Any = None) -> Any:
    """Distinct breaks by the bar at which they start. Returns: the axes."""
    import matplotlib.pyplot as plt

    axes = plt.subplots()[1] if ax is None else ax
    bars = pd.DataFrame(comparison.raw["bars"])
    bars["bar"] = pd.to_datetime(bars["bar"], utc=True)
    bars.set_index("bar")["distinct_breaks"].plot(ax=axes, drawstyle="steps-post", ylabel="breaks that start")
    return axes
