#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tieout/frames/file.hpp"
#include "tieout/reference/profile_dag.hpp"

// Every case of the golden comparisons that is there: each has its arguments in params.json, its
// inputs, and what the reference made of them. Found at run time, so that new cases run too.
namespace tieout::reference {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> cases() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(TIEOUT_SHARED_DIR "/golden/compare", error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("cmp_", 0) == 0 || name.rfind("dag_", 0) == 0 || name.rfind("self_", 0) == 0) {
      names.push_back(name);
    }
  }
  std::ranges::sort(names);
  return names.empty() ? std::vector<std::string>{"none"} : names;
}

json read_json(const fs::path& file) {
  std::ifstream in(file);
  return json::parse(in, nullptr, false, true);
}

/// Sets the members that the keys name; a key that is not known fails the test.
class Arguments {
 public:
  explicit Arguments(const json& kwargs) : kwargs_(kwargs.is_null() ? json::object() : kwargs) {}

  void read(CompareDfsOptions& options) {
    take("row_mode", [&](const json& v) { options.row_mode = v; });
    take("column_mode", [&](const json& v) { options.column_mode = v; });
    take("diff_mode", [&](const json& v) { options.diff_mode = v; });
    take("assert_diff_threshold", [&](const json& v) {
      options.assert_diff_threshold = v.is_null() ? std::nullopt : std::optional(v.get<double>());
    });
    take("close_to_zero_threshold", [&](const json& v) { options.close_to_zero_threshold = v; });
    take("zero_vs_zero_is_zero", [&](const json& v) { options.zero_vs_zero_is_zero = v; });
    take("remove_inf", [&](const json& v) { options.remove_inf = v; });
    take("compare_nans", [&](const json& v) { options.compare_nans = v; });
    take("only_warning", [&](const json& v) { options.only_warning = v; });
    take("log_level", [](const json&) {});
  }
  void read(SubsetOptions& options) {
    const auto labels = [](const json& v) {
      std::vector<std::string> texts;
      for (const json& label : v.is_array() ? v : json::array({v})) {
        texts.push_back(label.is_string() ? label.get<std::string>() : label.dump());
      }
      return texts;
    };
    take("start_timestamp",
         [&](const json& v) { options.start_timestamp = parse_iso(v.get<std::string>()).value(); });
    take("end_timestamp",
         [&](const json& v) { options.end_timestamp = parse_iso(v.get<std::string>()).value(); });
    take("columns_level0", [&](const json& v) { options.columns_level0 = labels(v); });
    take("columns_level1", [&](const json& v) { options.columns_level1 = labels(v); });
    take("keep_order", [&](const json& v) { options.keep_order = v; });
  }
  template <typename Set>
  void take(const std::string& key, Set set) {
    if (const auto found = kwargs_.find(key); found != kwargs_.end()) {
      if (!found->is_null() || key == "assert_diff_threshold") {
        set(*found);
      }
      kwargs_.erase(key);
    }
  }
  ~Arguments() { EXPECT_TRUE(kwargs_.empty()) << "not known: " << kwargs_.dump(); }

 private:
  json kwargs_;
};

frames::Frame read_input(const fs::path& file) {
  auto frame = frames::read_frame(file);
  EXPECT_TRUE(frame.ok()) << frame.error().message;
  if (!frame->index) {
    const std::string first = frame->columns.front().label.front();
    EXPECT_TRUE(frames::set_index(*frame, first).ok());
  }
  split_levels(*frame);
  return std::move(frame).value();
}

double number(const frames::FrameColumn& column, std::size_t row) {
  if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&column.values)) {
    return static_cast<double>((*whole)[row]);
  }
  return std::get<std::vector<double>>(column.values)[row];
}

/// A column of NaN alone is read as text or nulls.
double expected_number(const frames::FrameColumn& column, std::size_t row) {
  if (column.is_null(row) || column.type() == ColumnType::kString) {
    return std::nan("");
  }
  return number(column, row);
}

void expect_number(double actual, double expected, const std::string& where) {
  if (std::isnan(expected) || std::isinf(expected)) {
    EXPECT_TRUE(std::isnan(expected) ? std::isnan(actual) : actual == expected)
        << where << ": " << actual << " instead of " << expected;
    return;
  }
  EXPECT_NEAR(actual, expected, 1e-9 * std::fabs(expected)) << where;
  EXPECT_EQ(std::signbit(actual), std::signbit(expected)) << where;
}

void expect_frame(const frames::Frame& actual, const fs::path& file) {
  const frames::Frame expected = read_input(file);
  ASSERT_EQ(actual.columns.size(), expected.columns.size()) << file;
  ASSERT_EQ(actual.row_count(), expected.row_count()) << file;
  EXPECT_EQ(actual.index->values, expected.index->values) << file;
  EXPECT_EQ(actual.index->label, expected.index->label) << file;
  for (std::size_t c = 0; c < expected.columns.size(); ++c) {
    EXPECT_EQ(frames::to_string(actual.columns[c].label),
              frames::to_string(expected.columns[c].label));
    for (std::size_t row = 0; row < expected.row_count(); ++row) {
      expect_number(number(actual.columns[c], row), expected_number(expected.columns[c], row),
                    file.string() + " " + frames::to_string(expected.columns[c].label) + " row " +
                        std::to_string(row));
    }
  }
}

std::string stripped(std::string text) {
  text.erase(0, text.find_first_not_of('\n'));
  text.erase(text.find_last_not_of('\n') + 1);
  return text;
}

/// What was raised, against expected_error.json and expected.json; true when something was expected
/// to be raised.
bool check_raised(const fs::path& dir, const std::optional<Raised>& raised,
                  const std::vector<std::string>& warnings) {
  json expected = json::object();
  for (const char* name : {"expected_error.json", "expected.json", "expected_summary.json"}) {
    if (fs::exists(dir / name)) {
      expected.update(read_json(dir / name));
    }
  }
  const bool raises = expected.value("raises", false);
  EXPECT_EQ(raised.has_value(), raises) << (raised ? raised->message : "nothing raised");
  if (expected.contains("warning_logged")) {
    EXPECT_EQ(!warnings.empty(), expected["warning_logged"].get<bool>());
  }
  if (raises && raised) {
    EXPECT_EQ(raised->type, expected.value("error_type", raised->type));
    const std::string text = stripped(expected.value("message", ""));
    // The texts that hold whole frames or directories of another machine are not compared.
    if (text.find("df1=\n") == std::string::npos && raised->type == "AssertionError") {
      EXPECT_EQ(stripped(raised->message), text);
    }
  }
  return raises;
}

void run_cmp(const fs::path& dir, const json& params) {
  CompareDfsOptions options;
  SubsetOptions subset;
  Arguments(params.value("kwargs", json())).read(options);
  Arguments(params.value("compare_dfs_kwargs", json())).read(options);
  Arguments(params.value("subset_multiindex_df_kwargs", json())).read(subset);
  const frames::Frame left = read_input(dir / "input1.csv");
  const frames::Frame right = read_input(dir / "input2.csv");
  const bool multi = params["function"].get<std::string>().find("multiindex") != std::string::npos;
  const DfsComparison result = multi ? compare_multiindex_dfs(left, right, subset, options)
                                     : compare_dfs(left, right, options);
  if (check_raised(dir, result.raised, result.warnings)) {
    return;
  }
  expect_frame(result.diff, dir / "expected.csv");
  const json summary = fs::exists(dir / "expected_summary.json")
                           ? read_json(dir / "expected_summary.json")
                           : json::object();
  if (summary.contains("max_abs_diff")) {
    const json& value = summary["max_abs_diff"];
    expect_number(result.max_abs_diff,
                  value.is_number() ? value.get<double>()
                  : value == "inf"  ? HUGE_VAL
                                    : std::nan(""),
                  "max_abs_diff");
  }
}

void run_dag_stats(const fs::path& dir, const json& params) {
  CompareDfsOptions options;
  options.diff_mode = params.value("diff_mode", "diff");
  json last;
  for (const char* level : {"node", "bar_timestamp", "time", "column", "asset_id"}) {
    if (!params["levels"].contains(level)) {
      continue;
    }
    const json arguments = params["levels"][level].is_object() ? params["levels"][level] : last;
    last = arguments;
    const auto text = [&](const char* key) {
      return arguments.contains(key) ? std::optional(arguments[key].get<std::string>())
                                     : std::nullopt;
    };
    const auto stats = compute_dag_output_diff_stats(
        dir / "input/prod/dag/node_io/node_io.data", dir / "input/sim/dag/node_io/node_io.data",
        level, text("node"), text("bar_timestamp"), options);
    ASSERT_TRUE(stats.ok()) << stats.error().message;
    ASSERT_FALSE(stats->raised) << stats->raised->message;
    const fs::path file = dir / ("expected_" + std::string(level) + ".csv");
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    std::size_t row = 0;
    for (; std::getline(in, line); ++row) {
      ASSERT_LT(row, stats->stats.size()) << file;
      const std::size_t comma = line.rfind(',');
      EXPECT_EQ(stats->stats[row].key, line.substr(0, comma));
      const std::string value = line.substr(comma + 1);
      expect_number(stats->stats[row].max_abs_diff, value.empty() ? std::nan("") : std::stod(value),
                    file.string() + " " + line);
    }
    EXPECT_EQ(row, stats->stats.size()) << file;
  }
}

/// "predict.0.read_data,2023-08-15 10:30:00-04:00,6,2,0.0,0,0".
std::string summary_line(const DagBarDiff& bar) {
  return bar.node + "," + bar.bar + "," + std::to_string(bar.rows) + "," +
         std::to_string(bar.columns);
}

void run_dag_compare(const fs::path& dir, const json& params) {
  DagCompareOptions options;
  options.node_name = params.value("node_name", "all");
  options.bar_timestamp = params.value("bar_timestamp", "all");
  Arguments arguments(params.value("kwargs", json()));
  arguments.take("diff_threshold", [&](const json& v) { options.diff_threshold = v; });
  arguments.read(options.compare);
  std::vector<fs::path> paths;
  for (const char* name : {"prod", "sim"}) {
    paths.push_back(dir / params["dag_path_dict"].value(name, name));
  }
  std::vector<DagBarDiff> bars;
  const auto result = compare_dag_outputs(paths[0], paths[1], options,
                                          [&](const DagBarDiff& bar) { bars.push_back(bar); });
  ASSERT_TRUE(result.ok()) << result.error().message;
  if (check_raised(dir, result->raised, result->warnings)) {
    return;
  }
  std::ifstream in(dir / "expected_summary.csv");
  std::string line;
  std::getline(in, line);
  std::size_t row = 0;
  for (; std::getline(in, line); ++row) {
    ASSERT_LT(row, bars.size());
    EXPECT_EQ(line.rfind(summary_line(bars[row]), 0), 0U) << line;
    std::string stamp;
    for (const char c : bars[row].bar.substr(0, 19)) {
      stamp += c == ' ' ? "_" : (c == '-' || c == ':') ? "" : std::string(1, c);
    }
    expect_frame(bars[row].diff, dir / ("expected_diff." + bars[row].node + "." + stamp + ".csv"));
  }
  EXPECT_EQ(row, bars.size());
}

void run_self(const fs::path& dir, const json& params) {
  SelfConsistencyOptions options;
  options.node_name = params.value("node_name", "");
  options.bar_timestamp = params.value("bar_timestamp", "all");
  Arguments arguments(params.value("kwargs", json()));
  arguments.take("diff_threshold", [&](const json& v) { options.diff_threshold = v; });
  arguments.take("trading_freq", [&](const json& v) { options.trading_freq = v; });
  arguments.read(options.compare);
  const auto result = check_dag_output_self_consistency(
      node_data_dir(fs::exists(dir / "input/prod") ? dir / "input/prod" : dir / "input"), options);
  ASSERT_TRUE(result.ok()) << result.error().message;
  check_raised(dir, result->raised, result->warnings);
}

class ProfileGolden : public testing::TestWithParam<std::string> {};

TEST_P(ProfileGolden, IsReproduced) {
  const fs::path dir = fs::path(TIEOUT_SHARED_DIR) / "golden/compare" / GetParam();
  if (!fs::exists(dir)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const json params = read_json(dir / "params.json");
  const std::string function = params["function"];
  if (function.find("compare_dfs") != std::string::npos ||
      function.find("compare_multiindex_dfs") != std::string::npos) {
    run_cmp(dir, params);
  } else if (function.find("diff_stats") != std::string::npos) {
    run_dag_stats(dir, params);
  } else if (function.find("compare_dag_outputs") != std::string::npos) {
    run_dag_compare(dir, params);
  } else if (function.find("self_consistency") != std::string::npos) {
    run_self(dir, params);
  } else if (function.find("load_dag_outputs") != std::string::npos) {
    const auto frame = load_dag_outputs(node_data_dir(dir / "input/prod"), params["node_name"]);
    ASSERT_TRUE(frame.ok()) << frame.error().message;
    expect_frame(*frame, dir / "expected.csv");
  } else if (function.find("get_execution_time_for_all_dag_nodes") != std::string::npos) {
    const auto frame = node_execution_times(node_data_dir(dir / "input/prod"));
    ASSERT_TRUE(frame.ok()) << frame.error().message;
    expect_frame(*frame, dir / "expected.csv");
  } else {
    GTEST_SKIP() << "skipped: not a comparison: " << function;
  }
}

INSTANTIATE_TEST_SUITE_P(Shared, ProfileGolden, testing::ValuesIn(cases()), [](const auto& test) {
  std::string name = test.param;
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

/// The genuine logs: each node of each against itself, in the reference's own words, and the
/// largest difference of each node and bar from the clean simulation.
class ProfileLogs : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!fs::exists(kLogs / "results/summary.json")) {
      GTEST_SKIP() << "skipped: no shared data";
    }
  }
  static fs::path data_of(const std::string& name) {
    return node_data_dir(kLogs / name / "system_log_dir.manual");
  }
  inline static const fs::path kLogs = fs::path(TIEOUT_SHARED_DIR) / "golden/logs";
};

TEST_P(ProfileLogs, EachNodeIsAsConsistentAsTheReferenceSays) {
  const json summary = read_json(kLogs / "results/summary.json");
  std::size_t checked = 0;
  for (const auto& [node, expected] : summary[GetParam()]["self_consistency"].items()) {
    SelfConsistencyOptions options;
    options.node_name = node;
    options.compare.diff_mode = "pct_change";
    options.compare.assert_diff_threshold = std::nullopt;
    const auto result = check_dag_output_self_consistency(data_of(GetParam()), options);
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(!result->raised, expected["ok"].get<bool>()) << node;
    if (result->raised && !expected["ok"].get<bool>()) {
      EXPECT_EQ(result->raised->type, expected["error_type"]);
      EXPECT_NE(result->raised->message.find(expected["message"].get<std::string>()),
                std::string::npos)
          << result->raised->message << "\n"
          << expected["message"];
    }
    ++checked;
  }
  EXPECT_EQ(checked, 9U);
}

TEST_P(ProfileLogs, EachBarDiffersFromTheCleanSimulationAsTheReferenceSays) {
  DagCompareOptions options;
  options.diff_threshold = HUGE_VAL;
  options.compare.diff_mode = "pct_change";
  options.compare.assert_diff_threshold = std::nullopt;
  std::map<std::string, DagBarDiff> bars;
  const auto result = compare_dag_outputs(
      data_of(GetParam()), data_of("sim_clean"), options,
      [&](const DagBarDiff& bar) { bars.emplace(bar.node + "," + bar.bar, bar); });
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_FALSE(result->raised);
  std::ifstream in(kLogs / "results" / (std::string(GetParam()) + ".vs_sim.dag_max_diff.csv"));
  std::string line;
  std::getline(in, line);
  std::size_t rows = 0;
  for (; std::getline(in, line); ++rows) {
    std::vector<std::string> fields{""};
    for (const char c : line) {
      if (c == ',') {
        fields.emplace_back();
      } else {
        fields.back() += c;
      }
    }
    const auto found = bars.find(fields[0] + "," + fields[1]);
    ASSERT_NE(found, bars.end()) << line;
    expect_number(found->second.max_abs_diff, std::stod(fields[2]), line);
    EXPECT_EQ(std::to_string(found->second.rows), fields[5]) << line;
    EXPECT_EQ(std::to_string(found->second.columns), fields[6]) << line;
  }
  EXPECT_EQ(rows, bars.size());
}

TEST_P(ProfileLogs, NodesTookAsLongAsTheReferenceSays) {
  const json summary = read_json(kLogs / "results/summary.json");
  const auto frame = node_execution_times(data_of(GetParam()));
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  const json& expected = summary[GetParam()]["execution_time_mean"]["value"];
  ASSERT_EQ(frame->columns.size(), expected.size());
  for (const frames::FrameColumn& column : frame->columns) {
    double sum = 0;
    for (std::size_t row = 0; row < frame->row_count(); ++row) {
      sum += number(column, row);
    }
    EXPECT_NEAR(sum / static_cast<double>(frame->row_count()),
                expected[column.label.front()].get<double>(), 5e-5 + 1e-9)
        << "rounded to four digits";
  }
}

INSTANTIATE_TEST_SUITE_P(Shared, ProfileLogs, testing::Values("prod_clean", "prod_late_bar"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace tieout::reference
