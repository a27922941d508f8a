// run_process_forecasts and export over the inputs of small runs of the reference system: its log
// tree comes out byte for byte. A case whose inputs are not at hand is skipped; the run over a
// night (simulated2) is in forecasts_night_test.cpp too, from inputs that can be generated.

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/cli/command.hpp"
#include "tieout/core/file.hpp"

namespace tieout::cli {
namespace {

namespace fs = std::filesystem;

std::string forecasts_key(const std::string& keys, const std::string& value) {
  return "(\"process_forecasts_node_dict\",\"process_forecasts_dict\"," + keys + "),(" + value +
         ")";
}

std::string time_of_day(const char* text) {
  return fmt::format("datetime.time({})", text);
}

struct Case {
  const char* name;
  std::vector<std::string> overrides;
};

std::vector<std::string> simulated(int quantization, const char* order_type) {
  return {R"(("portfolio_config","initial_cash"),(float(1e6)))",
          R"(("portfolio_config","pricing_method"),(str("last")))",
          R"(("portfolio_config","mark_to_market_col"),(str("price")))",
          R"(("portfolio_config","column_remap","price"),(str("price")))",
          forecasts_key(R"("optimizer_config","apply_cc_limits")", "bool(False)"),
          forecasts_key(R"("optimizer_config","params","kwargs","target_gmv")", "float(1e5)"),
          forecasts_key(R"("order_config","order_type")", fmt::format("str(\"{}\")", order_type)),
          forecasts_key(R"("share_quantization")", fmt::format("int({})", quantization))};
}

std::vector<std::string> with_hours(std::vector<std::string> overrides, const char* trading_start,
                                    const char* trading_end) {
  const std::pair<const char*, const char*> times[] = {{"ath_start_time", "9, 30"},
                                                       {"trading_start_time", trading_start},
                                                       {"trading_end_time", trading_end},
                                                       {"ath_end_time", "16, 0"}};
  for (const auto& [key, time] : times) {
    overrides.push_back(forecasts_key(fmt::format("\"{}\"", key), time_of_day(time)));
  }
  return overrides;
}

/// The reference's paper trading: 700 dollars, marks of five-minute TWAPs, exchange limits on.
std::vector<std::string> paper_trading(const char* params) {
  return {R"(("portfolio_config","initial_cash"),(float(700.0)))",
          R"(("portfolio_config","pricing_method"),(str("twap.5T")))",
          R"(("portfolio_config","mark_to_market_col"),(str("close")))",
          forecasts_key(R"("optimizer_config","apply_cc_limits")", "bool(True)"),
          forecasts_key(R"("optimizer_config","params")", fmt::format("{{{}}}", params)),
          forecasts_key(R"("order_config","order_type")", R"(str("price@twap"))")};
}

std::vector<Case> cases() {
  auto liquidating = with_hours(simulated(2, "price@end"), "9, 40", "9, 55");
  liquidating.push_back(forecasts_key(R"("liquidate_at_trading_end_time")", "bool(True)"));
  return {{"crypto_paper_longitudinal", paper_trading(R"("style": "longitudinal", "kwargs": {
                "target_dollar_risk_per_name": 0.1, "prediction_abs_threshold": 0.35})")},
          {"crypto_paper_cross_sectional", paper_trading(R"("style": "cross_sectional", "kwargs": {
                "bulk_frac_to_remove": 0.0, "bulk_fill_method": "zero", "target_gmv": 700.0})")},
          {"simulated1", with_hours(simulated(30, "price@twap"), "9, 35", "15, 55")},
          {"simulated2", with_hours(simulated(30, "price@twap"), "9, 35", "15, 55")},
          {"window_liquidate", liquidating}};
}

std::map<std::string, std::string> files_below(const fs::path& dir) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), dir).string()] = read_file(entry.path()).value();
    }
  }
  return files;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  while (true) {
    const std::size_t end = text.find(separator, from);
    parts.push_back(text.substr(from, end - from));
    if (end == std::string::npos) {
      return parts;
    }
    from = end + 1;
  }
}

std::string join(const std::vector<std::string>& parts, const char* separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

/// What stands behind "name=" up to the next blank.
std::string value_of(const std::string& order, const std::string& name) {
  const std::size_t from = order.find(name + "=") + name.size() + 1;
  return order.substr(from, order.find(' ', from) - from);
}

/// Lines of orders by ascending asset, the numbers of the file given to them in that order.
std::string orders_by_asset(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  std::vector<long> ids;
  for (const std::string& line : lines) {
    ids.push_back(std::stol("0" + value_of(line, "order_id")));
  }
  std::sort(ids.begin(), ids.end());
  std::sort(lines.begin(), lines.end(), [](const std::string& a, const std::string& b) {
    return std::stol(value_of(a, "asset_id")) < std::stol(value_of(b, "asset_id"));
  });
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i] =
        fmt::format("Order: order_id={}{}", ids[i], lines[i].substr(lines[i].find(" creat")));
  }
  return join(lines, "\n");
}

/// The cells of a wide file with its columns by name; the first column stays first.
std::string columns_by_name(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : split(text, '\n')) {
    rows.push_back(split(line, ','));
  }
  std::vector<std::size_t> order(rows.front().size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin() + 1, order.end(),
            [&](std::size_t a, std::size_t b) { return rows[0][a] < rows[0][b]; });
  std::vector<std::string> lines;
  for (const std::vector<std::string>& row : rows) {
    std::vector<std::string> cells;
    for (const std::size_t c : order) {
      cells.push_back(c < row.size() ? row[c] : "");
    }
    lines.push_back(row.size() == order.size() ? join(cells, ",") : join(row, ","));
  }
  return join(lines, "\n");
}

/// A file of the tree with its assets in ascending order. The reference has them in the order in
/// which its portfolio happened to meet them, and numbers its orders by that; we by asset.
std::string by_asset(const std::string& kind, const std::string& text) {
  if (text.empty()) {
    return text;
  }
  if (kind == "orders") {
    return orders_by_asset(text);
  }
  if (kind == "portfolio") {
    return columns_by_name(text);
  }
  std::vector<std::string> lines = split(text, '\n');
  std::sort(lines.begin() + 1, lines.end() - 1);
  return join(lines, "\n");
}

class ForecastsGoldenTest : public testing::TestWithParam<Case> {};

TEST_P(ForecastsGoldenTest, TheReferencesTreeComesOutByteForByte) {
  const fs::path golden = fs::path(TIEOUT_SHARED_DIR) / "golden" / "oms" / GetParam().name;
  if (!fs::exists(golden)) {
    GTEST_SKIP() << "skipped: no shared data of " << GetParam().name;
  }
  const fs::path dir =
      fs::path(testing::TempDir()) / fmt::format("forecasts.{}.{}", GetParam().name, ::getpid());
  fs::remove_all(dir);
  fs::create_directories(dir);
  const std::atomic<bool> stop{false};
  std::ostringstream out;
  std::ostringstream err;
  Session session{out, err, false, [] { return Timestamp{}; }, stop};
  std::vector<std::string> arguments = {"run_process_forecasts",
                                        "--prediction",
                                        (golden / "prediction.csv").string(),
                                        "--volatility",
                                        (golden / "volatility.csv").string(),
                                        "--market_data",
                                        (golden / "market_data.csv").string(),
                                        "--dst_dir",
                                        (dir / "log").string()};
  const bool limited = fs::exists(golden / "market_info.json");
  if (limited) {
    arguments.insert(arguments.end(), {"--market_info", (golden / "market_info.json").string()});
  }
  for (const std::string& text : GetParam().overrides) {
    arguments.insert(arguments.end(), {"--set_config_value", text});
  }
  ASSERT_EQ(run(arguments, session), 0) << err.str();
  ASSERT_EQ(run({"export", (dir / "log").string(), "--dst", (dir / "tree").string()}, session), 0)
      << err.str();
  const auto needed = files_below(golden / "process_forecasts");
  const auto found = files_below(dir / "tree" / "process_forecasts");
  std::size_t equal = 0;
  for (const auto& [name, text] : needed) {
    const auto ours = found.find(name);
    ASSERT_NE(ours, found.end()) << name;
    const std::string kind = name.substr(0, name.find('/'));
    const std::string stamps = fs::path(name).filename().string();
    // A skipped bar decides nothing, its targets are a header alone; the reference writes what it
    // decided last once more.
    const std::string& targets = found.at("target_positions/" + stamps);
    if (kind != "portfolio" && std::count(targets.begin(), targets.end(), '\n') == 1) {
      EXPECT_TRUE(found.at("orders/" + stamps).empty()) << name;
      continue;
    }
    const std::string left = limited ? by_asset(kind, ours->second) : ours->second;
    const std::string right = limited ? by_asset(kind, text) : text;
    EXPECT_EQ(left, right) << name;
    equal += left == right ? 1U : 0U;
  }
  EXPECT_GE(equal, 15U);
  fs::remove_all(dir);
}

INSTANTIATE_TEST_SUITE_P(Cases, ForecastsGoldenTest, testing::ValuesIn(cases()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tieout::cli
