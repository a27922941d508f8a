"""Read runs of tieout, and of the reference system, compare them, and look at what came of it.

    import tieout

    prod, sim = tieout.open_reconciliation("RECON/C1b/paper_trading/20180123_000000.20180123_235500")
    comparison = tieout.compare(prod, sim)
    comparison.verdict                      # "DIVERGED"
    comparison.findings                     # a pandas.DataFrame, one row for each break
    prod.df_out("compute_vol", "2018-01-23 00:35")
    report = tieout.report(prod, sim)       # what `tieout reconcile_run_notebook` computes
    report.section("fast.13")               # text, HTML and tables

Nothing here computes what the engine does not: the numbers are those of the command line. Frames are pandas
objects whose cells are the engine's memory where that is possible. Times are UTC. Expected failures are
`TieoutError`s. Long calls release the GIL; threads may share a `Run`.
"""

from tieout._core import TieoutError
from tieout.comparison import Comparison, compare, explain, run_checks
from tieout.reports import Report, Section, report
from tieout.run import Run, open_reconciliation, open_run, verify_log
from tieout.statistics import portfolio_stats, research_portfolio

__all__ = [
    "Comparison",
    "Report",
    "Run",
    "Section",
    "TieoutError",
    "compare",
    "explain",
    "open_reconciliation",
    "open_run",
    "portfolio_stats",
    "report",
    "research_portfolio",
    "run_checks",
    "verify_log",
]
