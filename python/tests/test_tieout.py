"""The package on two reconciliations of one run: $NOMINAL, which diverged, and $FAITHFUL, which is identical.

tests/end_to_end/python_module.case makes them and runs this.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import unittest

import numpy as np
import pandas as pd

import tieout
from tieout import _core

NOMINAL = os.environ["NOMINAL"]
FAITHFUL = os.environ["FAITHFUL"]


def command_line(*words):
    """What the program prints as JSON."""
    done = subprocess.run(["tieout", *words], capture_output=True, text=True, check=False)
    return json.loads(done.stdout)


class RunTest(unittest.TestCase):
    def setUp(self):
        self.prod, self.sim = tieout.open_reconciliation(NOMINAL)

    def test_a_window_is_what_export_writes(self):
        with tempfile.TemporaryDirectory() as out:
            subprocess.run(["tieout", "export", self.prod.directory, "--dst", out + "/log", "--format", "csv"],
                           check=True, capture_output=True)
            pattern = "dag/node_io/node_io.data/predict.3.compute_vol.df_out.20231108_100500.*.csv*"
            file = next(pathlib.Path(out, "log").glob(pattern))
            exported = pd.read_csv(file, header=[0, 1], index_col=0)
        frame = self.prod.df_out("compute_vol", "2023-11-08 15:05")
        self.assertEqual(frame.shape, exported.shape)
        self.assertGreater(np.isfinite(frame.values).sum(), 100)
        np.testing.assert_allclose(frame.values, exported.values, rtol=1e-12)  # the layout has 15 digits
        self.assertEqual([int(a) for _, a in exported.columns], list(frame.columns.get_level_values("asset")))
        self.assertEqual(list(pd.to_datetime(exported.index, utc=True)), list(frame.index))

    def test_cells_are_the_engines_memory_and_outlive_the_run(self):
        run = tieout.open_run(self.prod.directory)
        panel = run._run.df_out(3, 5)
        frame = tieout.run.panel_frame(panel)
        self.assertTrue(np.shares_memory(frame.values, panel["values"]))
        with self.assertRaises(ValueError):
            panel["values"][0, 0] = 1.0
        before = frame.values.copy()
        del run, panel
        np.testing.assert_array_equal(frame.values, before)

    def test_a_node_is_found_by_its_short_name_and_a_bar_by_time_or_position(self):
        self.assertEqual(self.prod.node("compute_vol"), 3)
        self.assertEqual(self.prod.node("predict.3.compute_vol"), 3)
        self.assertEqual(self.prod.bar("2023-11-08T13:15:00Z"), 1)
        self.assertEqual(self.prod.bar(pd.Timestamp("2023-11-08 08:15", tz="America/New_York")), 1)
        self.assertEqual(self.prod.bar(-1), 23)

    def test_what_is_not_there_is_a_key_error_that_helps(self):
        with self.assertRaisesRegex(KeyError, "did you mean compute_vol"):
            self.prod.df_out("compute_voll")
        with self.assertRaisesRegex(KeyError, "the next one is 2023-11-08 13:20"):
            self.prod.df_out("compute_vol", "2023-11-08 13:16")
        with self.assertRaisesRegex(KeyError, "the run has 24"):
            self.prod.df_out("compute_vol", 24)
        with self.assertRaisesRegex(ValueError, "needed one of target_positions"):
            self.prod.table("trades")

    def test_a_missing_directory_is_a_tieout_error(self):
        with self.assertRaises(tieout.TieoutError) as caught:
            tieout.open_run("/nonexistent")
        self.assertEqual(caught.exception.name, "FileNotFound")
        self.assertEqual(caught.exception.exit_code, 2)

    def test_a_changed_byte_is_corrupt_evidence(self):
        with tempfile.TemporaryDirectory() as scratch:
            copy = pathlib.Path(scratch, "system_log_dir.scheduled")
            shutil.copytree(self.prod.directory, copy)
            subprocess.run(["chmod", "-R", "u+w", scratch], check=True)
            tieout.verify_log(copy)
            segment = sorted((copy / "nodes").iterdir())[0]
            content = bytearray(segment.read_bytes())
            content[len(content) // 2] ^= 1
            segment.write_bytes(content)
            with self.assertRaises(tieout.TieoutError) as caught:
                tieout.verify_log(copy)
        self.assertEqual(caught.exception.name, "CorruptEvidence")
        self.assertEqual(caught.exception.exit_code, 4)

    def test_the_books_add_up(self):
        books = self.prod.statistics
        np.testing.assert_allclose(books["net_wealth"], books["nmv"] + books["cash"], rtol=1e-9)
        pnl = self.prod.portfolio["pnl"].sum(axis=1)
        np.testing.assert_allclose(pnl[1:], books["pnl"][1:], rtol=1e-9, atol=1e-9)

    def test_stacked_tables_hold_the_tables_of_the_bars(self):
        fills = self.prod.table("fills")
        self.assertGreater(len(fills), 0)
        one = self.prod.table("fills", fills["bar"].iloc[0])
        self.assertEqual(list(one["fill_id"]), list(fills["fill_id"][: len(one)]))
        self.assertEqual(str(self.prod.orders["creation_timestamp"].dtype), "datetime64[ns, UTC]")

    def test_the_journal_says_what_was_read_as_of_when(self):
        entries = self.prod.journal("2023-11-08 13:25")
        self.assertEqual(entries["kind"].iloc[0], "decision")
        decided = entries["as_of"].iloc[0]
        self.assertGreater(decided, pd.Timestamp("2023-11-08 13:25", tz="UTC"))

    def test_threads_may_share_a_run(self):
        expected = [self.prod.df_out(n, b).values.copy() for n in range(9) for b in range(24)]
        failures = []

        def read_all():
            for i, (n, b) in enumerate((n, b) for n in range(9) for b in range(24)):
                if not np.array_equal(self.prod.df_out(n, b).values, expected[i], equal_nan=True):
                    failures.append((n, b))

        threads = [threading.Thread(target=read_all) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_the_last_rows_are_what_the_run_believed(self):
        believed = self.prod.last_rows("process_forecasts", symbols=True)
        self.assertEqual(len(believed), 24)
        self.assertEqual(list(believed.index), list(self.prod.bars))
        self.assertTrue(str(believed.columns[0][1]).count("::") == 1)


class ComparisonTest(unittest.TestCase):
    def setUp(self):
        self.prod, self.sim = tieout.open_reconciliation(NOMINAL)

    def test_it_says_what_the_command_says(self):
        comparison = tieout.compare(self.prod, self.sim)
        printed = command_line("compare", self.prod.directory, self.sim.directory, "--json")
        self.assertEqual(comparison.verdict, "DIVERGED")
        self.assertEqual(comparison.exit_code, 1)
        for name in ("sentence", "coverage", "layers", "nodes", "distinct_breaks", "roots", "first"):
            self.assertEqual(comparison.raw[name], printed[name], name)
        self.assertEqual(len(comparison.findings[~comparison.findings["remark"]]), printed["findings_kept"])
        self.assertIn("DIVERGED", comparison._repr_html_())

    def test_identical_runs_have_equal_hashes_and_no_findings(self):
        prod, sim = tieout.open_reconciliation(FAITHFUL)
        comparison = tieout.compare(prod, sim)
        self.assertEqual((comparison.verdict, comparison.exit_code), ("IDENTICAL", 0))
        self.assertEqual(len(comparison.findings), 0)
        pd.testing.assert_series_equal(prod.content_hashes, sim.content_hashes)

    def test_a_bar_with_a_finding_has_another_hash(self):
        differ = self.prod.content_hashes != self.sim.content_hashes
        findings = tieout.compare(self.prod, self.sim).findings
        self.assertTrue(set(findings["bar"]) <= set(differ[differ].index))

    def test_a_comparison_is_neither_true_nor_false(self):
        with self.assertRaises(TypeError):
            bool(tieout.compare(self.prod, self.sim))

    def test_a_policy_that_is_wrong_is_refused(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as policy:
            policy.write("nonsense = 1\n")
            policy.flush()
            with self.assertRaises(tieout.TieoutError) as caught:
                tieout.compare(self.prod, self.sim, policy=policy.name)
        self.assertEqual(caught.exception.exit_code, 2)

    def test_findings_are_kept_up_to_the_limit_and_all_are_counted(self):
        comparison = tieout.compare(self.prod, self.sim, max_findings=3)
        self.assertEqual(len(comparison.findings), 3)
        self.assertTrue(comparison.raw["findings_truncated"])
        self.assertGreater(comparison.raw["distinct_breaks"], 3)

    def test_a_cell_is_explained_by_symbol(self):
        symbol = self.prod.universe.iloc[0]
        cell = tieout.explain(self.prod, self.sim, node="compute_vol", bar="2023-11-08 15:05", asset=symbol)["cell"]
        self.assertEqual(cell["asset"], int(self.prod.universe.index[0]))
        self.assertTrue(cell["inputs"])
        with self.assertRaises(KeyError):
            tieout.explain(self.prod, self.sim, asset="binance::NO_SUCH")

    def test_statistics_are_those_of_the_command(self):
        ours = tieout.portfolio_stats(self.prod, self.sim)
        printed = command_line("portfolio_stats", self.prod.directory, self.sim.directory, "--json")
        rows = {(r["group"], r["name"]): r for r in printed["statistics"]}
        self.assertEqual(len(ours), len(rows))
        for key in (("ratios", "sharpe_ratio"), ("dollar", "max_drawdown")):
            self.assertEqual(list(ours.loc[key, ["prod", "sim"]]), rows[key]["values"])
        with self.assertRaises(ValueError):
            tieout.portfolio_stats(self.prod, self.sim, names=["a", "a"])

    def test_the_research_portfolio_has_the_runs_bars(self):
        statistics, portfolio, _ = tieout.research_portfolio(self.prod)
        self.assertTrue(set(statistics.index) <= set(self.prod.bars))
        self.assertGreater(portfolio["holdings_notional"].notna().values.sum(), 0)

    def test_checks_name_their_state(self):
        outcomes, findings = tieout.run_checks(self.prod, self.sim)
        self.assertIn("passed", set(outcomes["state"]))
        self.assertTrue(set(findings["check"]) <= set(outcomes["id"]))

    def test_plots_draw_both_runs(self):
        try:
            import matplotlib
        except ImportError:
            self.skipTest("skipped: no matplotlib")
        matplotlib.use("Agg")
        from tieout import plots

        axes = plots.pnl(self.prod, self.sim)
        self.assertEqual(len(axes[0].lines), 2)
        self.assertEqual(len(plots.breaks(tieout.compare(self.prod, self.sim)).lines), 1)

    def test_the_stub_names_what_the_module_has(self):
        stub = pathlib.Path(tieout.__file__).with_name("_core.pyi").read_text(encoding="utf-8")
        for name in [n for n in dir(_core) if not n.startswith("_")]:
            self.assertRegex(stub, rf"(def|class) {name}\b")
        for name in [n for n in dir(_core.Run) if not n.startswith("_")]:
            self.assertRegex(stub, rf"def {name}\b")


if __name__ == "__main__":
    unittest.main()
