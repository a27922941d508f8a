"""Reports of the package against those that the program wrote: $NOMINAL, which diverged, and $FAITHFUL, which is identical."""

import gzip
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import threading
import unittest

import pandas as pd

import tieout
from tieout import _core

NOMINAL = pathlib.Path(os.environ["NOMINAL"])
FAITHFUL = pathlib.Path(os.environ["FAITHFUL"])


def result_of(tree):
    return tree / "reconciliation_notebook/fast/result_0"


def config_of(tree):
    return pickle.loads((result_of(tree) / "config.pkl").read_bytes())


def report_of(tree):
    """As the notebook of the tree makes it."""
    return tieout.report(**config_of(tree)["report"])


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.report = report_of(NOMINAL)
        cls.stored = json.loads((result_of(NOMINAL) / "report.json").read_text(encoding="utf-8"))

    def test_it_says_what_the_program_wrote(self):
        self.assertEqual(self.report.verdict, "DIVERGED")
        self.assertEqual(self.report.exit_code, 1)
        self.assertEqual(self.report.sentence, self.stored["sentence"])
        self.assertEqual(self.report.complaints, [])
        self.assertEqual(self.report.sections, [section["id"] for section in self.stored["sections"]])
        for section, stored in zip(self.report, self.stored["sections"], strict=True):
            self.assertEqual((section.id, section.title, section.ok, section.lacks, section.text),
                             tuple(stored[key] for key in ("id", "title", "ok", "lacks", "text")))
            self.assertEqual(section._repr_html_(), f'<div class="tieout">\n{stored["html"]}</div>\n')
        self.assertEqual(self.report.summary.text, self.stored["summary"]["text"])

    def test_jupyter_shows_a_section_by_text_and_html(self):
        section = self.report.section("fast.13")
        self.assertEqual(set(section._repr_mimebundle_()), {"text/plain", "text/html"})
        self.assertEqual(repr(section), section.text.rstrip("\n"))
        self.assertIn("DIVERGED", repr(self.report))
        self.assertIn("<style>", self.report._repr_html_())

    def test_tables_are_frames_with_the_cells_of_the_page(self):
        section = self.report.section("fast.13")
        self.assertTrue(section.tables)
        captions = [table.attrs["caption"] for table in section.tables]
        self.assertTrue(all(caption and caption in section.text for caption in captions), captions)
        for each in self.report:
            rows = sum(len(table) + 1 for table in each.tables)  # and the heads
            self.assertEqual(rows, each._repr_html_().count("<tr>"), each.id)
        layers = self.report.section("layers").tables[0]
        self.assertIn("nodes", list(layers.index))
        self.assertTrue((layers.loc["nodes"] == "DIVERGED").any(), layers)

    def test_findings_are_those_of_the_program(self):
        lines = (result_of(NOMINAL) / "findings.jsonl").read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(self.report.findings), len(lines))
        self.assertEqual(self.report.comparison.verdict, "DIVERGED")

    def test_the_check_raises_the_assertion_of_the_guide(self):
        with self.assertRaises(AssertionError) as caught:
            self.report.check()
        self.assertEqual(str(caught.exception), self.stored["check"]["message"])
        self.assertIn("* Failed assertion *", str(caught.exception))
        self.assertIsNone(report_of(FAITHFUL).check())

    def test_a_slow_report_has_the_sections_of_one(self):
        slow = tieout.report(*tieout.open_reconciliation(NOMINAL), kind="slow")
        self.assertIn("slow.6", slow.sections)
        self.assertNotIn("slow.6", self.report.sections)
        self.assertTrue(slow.section("slow.6").ok)

    def test_what_is_not_there_is_said(self):
        with self.assertRaisesRegex(KeyError, "did you mean fast.1"):
            self.report.section("fast.111")
        prod, sim = tieout.open_reconciliation(NOMINAL)
        with self.assertRaisesRegex(ValueError, "needed one of fast, slow"):
            tieout.report(prod, sim, kind="observer")
        with self.assertRaises(tieout.TieoutError) as caught:
            tieout.report(prod, "no_such_log")
        self.assertEqual(caught.exception.exit_code, 2)
        with self.assertRaises(TypeError):
            bool(self.report)

    def test_a_dump_that_is_damaged_is_left_out_and_said(self):
        prod, sim = tieout.open_reconciliation(NOMINAL)
        with tempfile.TemporaryDirectory() as scratch:
            dump = pathlib.Path(scratch, "test_data.csv.gz")
            dump.write_bytes(gzip.compress(b"nonsense\n"))
            report = tieout.report(prod, sim, market_data=dump)
        self.assertEqual(len(report.complaints), 1)
        self.assertIn("test_data.csv.gz", report.complaints[0])
        self.assertEqual(report.verdict, "DIVERGED")

    def test_a_policy_is_obeyed_and_a_wrong_one_refused(self):
        prod, sim = tieout.open_reconciliation(NOMINAL)
        with tempfile.TemporaryDirectory() as scratch:
            policy = pathlib.Path(scratch, "policy.toml")
            policy.write_text('version = 1\n[[rule]]\nrule = "ignore"\nreason = "all of it"\n', encoding="utf-8")
            report = tieout.report(prod, sim, policy=policy)
            self.assertNotEqual(report.verdict, "DIVERGED")
            policy.write_text("nonsense = 1\n", encoding="utf-8")
            with self.assertRaises(tieout.TieoutError):
                tieout.report(prod, sim, policy=policy)

    def test_relative_paths_lead_from_here_or_else_from_the_base(self):
        arguments = config_of(NOMINAL)["report"]
        self.assertFalse(os.path.isabs(arguments["prod"]))
        with self.assertRaises(tieout.TieoutError):
            tieout.report(**dict(arguments, base=None))
        here = os.getcwd()
        os.chdir(result_of(NOMINAL))
        try:
            report = tieout.report(**dict(arguments, base="/nonexistent"))
        finally:
            os.chdir(here)
        self.assertEqual(report.section("fast.1").text, self.report.section("fast.1").text)

    def test_threads_may_share_a_report(self):
        report = report_of(NOMINAL)
        texts = []

        def read_all():
            texts.append([section.text for section in report])

        threads = [threading.Thread(target=read_all) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(texts, [[section["text"] for section in self.stored["sections"]]] * 4)

    def test_without_the_package_the_notebook_says_what_to_do(self):
        notebook = json.loads(next(result_of(NOMINAL).glob("*.ipynb")).read_text(encoding="utf-8"))
        imports = next("".join(cell["source"]) for cell in notebook["cells"] if cell["id"] == "imports")
        done = subprocess.run([sys.executable, "-I", "-c", imports], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("ImportError: This notebook needs the Python package tieout: install the wheel", done.stderr)

    def test_parameters_may_be_given_by_hand(self):
        notebook = json.loads(next(result_of(NOMINAL).glob("*.ipynb")).read_text(encoding="utf-8"))
        source = next("".join(cell["source"]) for cell in notebook["cells"] if cell["id"] == "config")
        manual = {"os": type("os", (), {"environ": {"__NOTEBOOK_CONFIG_PATH__": ""}})}
        exec(compile(source, "config", "exec"), manual)  # the notebook's own text
        stored = config_of(NOMINAL)
        for name in ("report", "rerun_command", "parameters"):
            self.assertEqual(manual["config"][name], stored[name], name)

    def test_the_stub_names_what_the_report_has(self):
        stub = pathlib.Path(tieout.__file__).with_name("_core.pyi").read_text(encoding="utf-8")
        for name in [n for n in dir(_core.Report) if not n.startswith("_")]:
            self.assertRegex(stub, rf"def {name}\b")

    def test_cells_of_a_table_are_text(self):
        for section in self.report:
            for table in section.tables:
                self.assertIsInstance(table, pd.DataFrame)
                self.assertTrue(all(isinstance(cell, str) for cell in table.to_numpy().ravel()), section.id)


if __name__ == "__main__":
    unittest.main()
