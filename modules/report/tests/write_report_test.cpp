#include <algorithm>
#include <cstdlib>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"

#include "fixture.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

namespace fs = std::filesystem;
using testing::bumped_sim_spec;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::Pair;
using testing::prod_spec;
using testing::RunSpec;
using testing::sim_spec;
using ::testing::StartsWith;
using testing::TempDir;
using Json = nlohmann::json;

std::set<std::string> files_below(const fs::path& dir) {
  std::set<std::string> out;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) out.insert(entry.path().lexically_relative(dir).string());
  }
  return out;
}

std::string content(const fs::path& path) {
  return read_file(path).value_or("");
}

std::set<std::string> guide_files() {
  return {"log.20231110-105736.txt",
          "result_0/Master_system_reconciliation_fast.0.20231110-105736.html",
          "result_0/Master_system_reconciliation_fast.0.ipynb",
          "result_0/complete.txt",
          "result_0/config.pkl",
          "result_0/config.txt",
          "result_0/findings.jsonl",
          "result_0/report.json",
          "result_0/run_notebook.0.html.log",
          "result_0/run_notebook.0.log"};
}

class WriteReportTest : public ::testing::Test {
 protected:
  TempDir out_;
  fs::path dir_ = out_.path() / "reconciliation_notebook" / "fast";
};

TEST_F(WriteReportTest, APassingReportHasTheFilesOfTheGuideAndSuccess) {
  const Pair pair(prod_spec(), sim_spec());
  const Result<ReportFiles> files = write_report(dir_, pair.input);
  ASSERT_TRUE(files.ok()) << files.error().message;
  std::set<std::string> expected = guide_files();
  expected.insert("result_0/success.txt");
  EXPECT_EQ(files_below(dir_), expected);
  EXPECT_TRUE(files->success);
  EXPECT_EQ(content(dir_ / "result_0/success.txt"), "success");
  EXPECT_EQ(content(files->html), render_html(pair.input));
  EXPECT_THAT(content(dir_ / "result_0/run_notebook.0.html.log"), HasSubstr(files->html.string()));
  EXPECT_THAT(content(dir_ / "log.20231110-105736.txt"),
              HasSubstr("dag_builder_ctor_as_str=dataflow_amp.pipelines.mock1"));
  EXPECT_EQ(files_below(out_.path()).size(), expected.size()) << "no temporary directory is left";
}

TEST_F(WriteReportTest, AFailingReportHasNoSuccessAndEndsItsLogInTheGuidesForm) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const Result<ReportFiles> files = write_report(dir_, pair.input);
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_FALSE(files->success);
  EXPECT_EQ(files_below(dir_), guide_files());
  const std::string rule(80, '#');
  const std::string log = content(dir_ / "result_0/run_notebook.0.log");
  EXPECT_THAT(log, HasSubstr("\n------------------\n# Compare prod and sim: all layers, all nodes, "
                             "all bar timestamps.\n"));
  EXPECT_THAT(log, HasSubstr("check[\"message\"]\n------------------\n\n"));
  EXPECT_THAT(log, HasSubstr("\nAssertionErrorFailed assertion\n" + rule +
                             "\n* Failed assertion *\n104.0 == 104.01\n" +
                             "Comparison failed for node=predict.0.read_data for bar "
                             "timestamps=2018-01-22 19:40:00-05:00\n"));
  EXPECT_THAT(log, HasSubstr(" threshold=0 (exact)\n"));
  EXPECT_THAT(log, EndsWith(rule + "\n"));
}

TEST_F(WriteReportTest, ARewrittenHistoryFailsWithBothTimestamps) {
  Pair pair(prod_spec(), bumped_sim_spec());
  pair.comparison.first->finding.kind = recon::BreakKind::kHistoryRewritten;
  ASSERT_TRUE(write_report(dir_, pair.input).ok());
  EXPECT_THAT(content(dir_ / "result_0/run_notebook.0.log"),
              HasSubstr("Comparison failed for node=predict.0.read_data for "
                        "current_timestamp=2018-01-22 19:40:00-05:00 and "
                        "previous_timestamp=2018-01-22 19:35:00-05:00\n"));
}

TEST_F(WriteReportTest, AReportWithoutAComparisonIsWrittenAndFails) {
  ReportInput input;
  input.title = "nothing ran";
  input.stamp = Timestamp{1'699'631'856'000'000'000};
  const Result<ReportFiles> files = write_report(dir_, input);
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_EQ(files_below(dir_), guide_files());
  EXPECT_THAT(
      content(dir_ / "result_0/run_notebook.0.log"),
      HasSubstr(
          "* Failed assertion *\n'INCONCLUSIVE' in ('IDENTICAL', 'EQUIVALENT', 'EXPLAINED')\n"));
}

TEST_F(WriteReportTest, AnOlderReportIsReplacedWhole) {
  Pair pair(prod_spec(), sim_spec());
  ASSERT_TRUE(write_report(dir_, pair.input).ok());
  pair.comparison.verdict = recon::Verdict::kDiverged;
  pair.input.stamp = pair.input.stamp + minutes(1);
  ASSERT_TRUE(write_report(dir_, pair.input).ok());
  const std::set<std::string> files = files_below(dir_);
  EXPECT_EQ(files.count("result_0/success.txt"), 0U);
  EXPECT_EQ(files.count("log.20231110-105736.txt"), 0U);
  EXPECT_EQ(files.count("log.20231110-105836.txt"), 1U);
  EXPECT_EQ(files_below(out_.path()).size(), files.size());
}

TEST_F(WriteReportTest, ADirectoryThatHoldsSomethingElseIsLeftAlone) {
  const Pair pair(prod_spec(), sim_spec());
  ASSERT_TRUE(tieout::create_directories(dir_).ok());
  ASSERT_TRUE(write_file_atomic(dir_ / "thesis.txt", "years of work").ok());
  const Result<ReportFiles> files = write_report(dir_, pair.input);
  ASSERT_FALSE(files.ok());
  EXPECT_EQ(files.error().code, ErrorCode::kPathExists);
  EXPECT_EQ(files_below(out_.path()),
            (std::set<std::string>{"reconciliation_notebook/fast/thesis.txt"}));
}

TEST_F(WriteReportTest, AnUnwritableTargetFailsAndLeavesNothing) {
  const Pair pair(prod_spec(), sim_spec());
  ASSERT_TRUE(write_file_atomic(out_.path() / "reconciliation_notebook",
                                "a file where a directory is needed")
                  .ok());
  const Result<ReportFiles> files = write_report(dir_, pair.input);
  ASSERT_FALSE(files.ok());
  EXPECT_EQ(files_below(out_.path()), (std::set<std::string>{"reconciliation_notebook"}));
}

TEST_F(WriteReportTest, TheSlowReportIsNamedSlow) {
  Pair pair(prod_spec(), sim_spec());
  pair.input.kind = ReportKind::kSlow;
  const Result<ReportFiles> files = write_report(out_.path() / "slow", pair.input);
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->html.filename(), "Master_system_reconciliation_slow.0.20231110-105736.html");
  EXPECT_EQ(files->notebook.filename(), "Master_system_reconciliation_slow.0.ipynb");
}

TEST_F(WriteReportTest, TheNotebookIsNbformatFourFive) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const Result<ReportFiles> files = write_report(dir_, pair.input);
  ASSERT_TRUE(files.ok());
  const Json notebook = Json::parse(content(files->notebook));
  EXPECT_EQ(notebook["nbformat"], 4);
  EXPECT_EQ(notebook["nbformat_minor"], 5);
  EXPECT_TRUE(notebook["metadata"].is_object());
  std::set<std::string> ids;
  int executed = 0;
  for (const Json& cell : notebook["cells"]) {
    const std::string id = cell["id"];
    EXPECT_TRUE(ids.insert(id).second) << id;
    EXPECT_EQ(
        id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
        std::string::npos)
        << id;
    EXPECT_LE(id.size(), 64U);
    EXPECT_TRUE(cell["metadata"].is_object());
    for (const Json& line : cell["source"]) EXPECT_TRUE(line.is_string());
    if (cell["cell_type"] == "markdown") {
      EXPECT_EQ(cell.size(), 4U) << "nbformat allows no further keys";
      continue;
    }
    ASSERT_EQ(cell["cell_type"], "code");
    EXPECT_EQ(cell["execution_count"], ++executed);
    for (const Json& output : cell["outputs"]) {
      const std::string type = output["output_type"];
      EXPECT_TRUE(type == "display_data" || type == "stream" || type == "error") << type;
    }
  }
  const Json& last = notebook["cells"].back();
  EXPECT_EQ(last["outputs"][0]["ename"], "AssertionError");
  EXPECT_THAT(last["outputs"][0]["evalue"].get<std::string>(), HasSubstr("104.0 == 104.01"));
  EXPECT_THAT(content(dir_ / "result_0/run_notebook.0.log"),
              HasSubstr("Cell In[" + last["execution_count"].dump() + "]"));
}

TEST_F(WriteReportTest, ReportJsonHoldsVerdictSectionsAndComparison) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  ASSERT_TRUE(write_report(dir_, pair.input).ok());
  const Json report = Json::parse(content(dir_ / "result_0/report.json"));
  EXPECT_EQ(report["verdict"], "DIVERGED");
  EXPECT_EQ(report["success"], false);
  const auto fast = std::ranges::count_if(section_specs(), [](const SectionSpec& spec) {
    return !spec.slow_only && spec.applies == nullptr;  // these runs make no child orders
  });
  EXPECT_EQ(report["sections"].size(), static_cast<std::size_t>(fast));
  EXPECT_EQ(report["parameters"]["run_mode"], "paper_trading");
  EXPECT_TRUE(report["comparison"].is_object());
  const std::string lines = content(dir_ / "result_0/findings.jsonl");
  EXPECT_EQ(static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n')),
            pair.comparison.findings.size());
  EXPECT_TRUE(Json::parse(lines.substr(0, lines.find('\n'))).is_object());
}

TEST_F(WriteReportTest, TheSameInputsGiveTheSameFiles) {
  Pair pair(prod_spec(), bumped_sim_spec());
  pair.input.published_link = "http://example.org/report.html";
  ASSERT_TRUE(write_report(dir_, pair.input).ok());
  const fs::path again = out_.path() / "again" / "fast";
  ASSERT_TRUE(write_report(again, pair.input).ok());
  for (const std::string& file : files_below(dir_))
    EXPECT_EQ(content(dir_ / file), content(again / file)) << file;
}

bool has_python() {
  return std::system("python3 -c pass >/dev/null 2>&1") == 0;
}

TEST_F(WriteReportTest, TheConfigPickleLoadsInPythonWithBothConfigs) {
  if (!has_python()) GTEST_SKIP() << "skipped: no python3";
  const Pair pair(prod_spec(), sim_spec());
  ASSERT_TRUE(write_report(dir_, pair.input).ok());
  const std::string script = R"py(
import pickle, sys
config = pickle.load(open(sys.argv[1], "rb"))
assert config["meta"]["bar_duration"] == "5T", config["meta"]
assert config["meta"]["date_str"] == "20180123"
assert config["dag_builder_ctor_as_str"].endswith("Mock1_DagBuilder")
assert config["parameters"]["mode"] == "scheduled"
prod, sim = config["config"]["prod"], config["config"]["sim"]
assert prod["process_forecasts_node_dict"]["process_forecasts_dict"]["order_config"]["passivity_factor"] == 0.55
assert prod["dag_config"]["tags"] == [1, "two", True], prod
assert (prod["run_mode"], sim["run_mode"]) == ("paper_trading", "simulation")
)py";
  ASSERT_TRUE(write_file_atomic(out_.path() / "check.py", script).ok());
  const std::string command = "python3 " + (out_.path() / "check.py").string() + " " +
                              (dir_ / "result_0/config.pkl").string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

/// The notebook's code on its own files, with a stand-in for IPython: it must print and show what
/// is stored, for all verdicts.
TEST_F(WriteReportTest, RunningTheNotebooksCodeAgainGivesTheStoredOutputs) {
  if (!has_python()) GTEST_SKIP() << "skipped: no python3";
  Pair pair(prod_spec(), bumped_sim_spec());
  pair.input.parameters.emplace_back("set_config_values", "(\"a\",\"b\"),(str(\"it's\\n\"))");
  pair.input.parameters.emplace_back("set_config_values", "(\"c\"),(int(1))");
  pair.input.rerun_command = {"tieout", "reconcile_run_notebook", "--run-mode", "paper_trading"};
  ASSERT_TRUE(write_report(dir_, pair.input).ok());
  const std::string script = R"py(
import contextlib, io, json, os, sys, types
shown = []
display_module = types.ModuleType("IPython.display")
display_module.display = lambda data, raw: shown.append(data)
sys.modules["IPython"] = types.ModuleType("IPython")
sys.modules["IPython.display"] = display_module
os.chdir(sys.argv[1])
notebook = json.load(open("Master_system_reconciliation_fast.0.ipynb"))
namespace = {}
for cell in notebook["cells"]:
    if cell["cell_type"] != "code":
        continue
    source = "".join(cell["source"])
    shown.clear()
    printed = io.StringIO()
    failure = None
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(source, cell["id"], "exec"), namespace)
        except AssertionError as error:
            failure = str(error)
    outputs = cell["outputs"]
    assert printed.getvalue() == "".join("".join(o["text"]) for o in outputs if o["output_type"] == "stream"), cell["id"]
    stored = [{k: "".join(v) for k, v in o["data"].items()} for o in outputs if o["output_type"] == "display_data"]
    assert shown == stored, cell["id"]
    assert failure == next((o["evalue"] for o in outputs if o["output_type"] == "error"), None), cell["id"]
config = next(c for c in notebook["cells"] if c["id"] == "config")
manual = {"os": types.SimpleNamespace(environ={"__NOTEBOOK_CONFIG_PATH__": ""})}
with contextlib.redirect_stdout(io.StringIO()):
    exec("".join(config["source"]), manual)
assert manual["config"]["parameters"]["set_config_values"] == "(\"a\",\"b\"),(str(\"it's\\n\"));(\"c\"),(int(1))", manual["config"]
assert manual["config"]["rerun_command"] == ["tieout", "reconcile_run_notebook", "--run-mode", "paper_trading"]
assert "run_mode," in "".join(config["source"])
)py";
  ASSERT_TRUE(write_file_atomic(out_.path() / "check.py", script).ok());
  const std::string command =
      "python3 " + (out_.path() / "check.py").string() + " " + (dir_ / "result_0").string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace tieout::report
