// run_process_forecasts and export over the inputs of small runs of the reference system: its log
// tree comes out byte for byte.

#include <algorithm>
#include <atomic>
#include <map>
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

std::vector<Case> cases() {
  auto liquidating = with_hours(simulated(2, "price@end"), "9, 40", "9, 55");
  liquidating.push_back(forecasts_key(R"("liquidate_at_trading_end_time")", "bool(True)"));
  return {{"simulated1", with_hours(simulated(30, "price@twap"), "9, 35", "15, 55")},
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

class ForecastsGoldenTest : public testing::TestWithParam<Case> {};

TEST_P(ForecastsGoldenTest, TheReferencesTreeComesOutByteForByte) {
  const fs::path golden = fs::path(TIEOUT_SHARED_DIR) / "golden" / "oms" / GetParam().name;
  if (!fs::exists(golden)) {
    GTEST_SKIP() << "skipped: no shared data";
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
    EXPECT_EQ(ours->second, text) << name;
    equal += ours->second == text ? 1U : 0U;
  }
  EXPECT_GE(equal, 15U);
  fs::remove_all(dir);
}

INSTANTIATE_TEST_SUITE_P(Cases, ForecastsGoldenTest, testing::ValuesIn(cases()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tieout::cli
