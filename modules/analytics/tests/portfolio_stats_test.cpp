#include "tieout/analytics/portfolio_stats.hpp"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "golden_panel.hpp"

namespace tieout::analytics {
namespace {

PortfolioStatsOptions reference_options(const std::string& frequency) {
  return {parse_frequency(frequency).value(), Zone::kNewYork, DrawdownStart::kFirstValue,
          Rounding::kTwoDecimals};
}

/// "group|name,value,value..." or "group,name,value" (with a first line of column numbers).
void expect_table(const std::filesystem::path& path, const PortfolioStatistics& got,
                  const std::string& skip) {
  const std::string text = read_file(path).value();
  CsvReader reader(text);
  ASSERT_TRUE(reader.next().value());
  const bool two_keys = reader.fields()[0] != "index";
  std::size_t rows = 0;
  while (reader.next().value()) {
    const std::string first(reader.fields()[0]);
    const std::string key = two_keys ? first + "|" + std::string(reader.fields()[1]) : first;
    const std::size_t split = key.find('|');
    for (std::size_t p = 0; p < got.portfolios.size(); ++p) {
      const Statistic* statistic =
          find_statistic(got.values[p], key.substr(0, split), key.substr(split + 1));
      ASSERT_NE(statistic, nullptr) << key;
      const std::string_view cell = reader.fields()[p + (two_keys ? 2 : 1)];
      const double want = cell.empty() ? std::nan("") : parse_double(cell).value();
      if (key != skip) {
        EXPECT_TRUE(std::isnan(want)
                        ? std::isnan(statistic->value)
                        : statistic->value == want ||
                              std::abs(statistic->value - want) <= 1e-9 * std::abs(want))
            << got.portfolios[p] << " " << key << ": " << statistic->value << " for " << want;
      }
    }
    ++rows;
  }
  EXPECT_EQ(rows, got.values.front().size()) << "a statistic is on one side only";
}

TEST(PortfolioStats, MatchGoldenCases) {
  std::size_t seen = 0;
  for (const auto& folder : golden_cases("stats_")) {
    if (!std::filesystem::exists(folder / "expected_stats.csv")) {
      continue;
    }
    SCOPED_TRACE(folder.filename().string());
    ++seen;
    const Panel input = read_golden_panel(folder / "input.csv");
    std::vector<NamedMetrics> portfolios;
    if (input.columns()[0].field.find('|') == std::string::npos) {
      portfolios.push_back({"value", input});
    } else {
      for (const char* name : {"prod", "research"}) {
        portfolios.push_back({name, portfolio_of(input, name)});
      }
    }
    const auto got =
        compute_portfolio_stats(portfolios, reference_options(golden_param(folder, "freq")));
    ASSERT_TRUE(got.ok()) << got.error().message;
    // The slope of a straight line over the error of a straight line is 0 / 0.
    const bool straight = folder.filename() == "stats_05_constant_pnl";
    expect_table(folder / "expected_stats.csv", *got, straight ? "ratios|kratio" : "");
  }
  if (seen == 0) {
    GTEST_SKIP() << "skipped: no shared data";
  }
}

TEST(PortfolioStats, MatchTheReferencesOwnTest) {
  const auto folder = golden_dir() / "dataflow";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const Panel input = read_golden_panel(folder / "stats_computer.input.csv");
  const auto got = compute_portfolio_stats({{"0", input}}, reference_options("1T"));
  expect_table(folder / "stats_computer.output.csv", got.value(), "");
}

// Portfolios with other first bars are put on the union of their bars, as the reference does when
// it sets them side by side after its burn-in.
TEST(PortfolioStats, MatchTheReferenceSideBySide) {
  const auto folder = golden_dir() / "logs" / "results";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  for (const char* run : {"prod_clean", "prod_late_bar"}) {
    SCOPED_TRACE(run);
    std::vector<NamedMetrics> portfolios;
    portfolios.push_back(
        {"prod", read_golden_panel(folder / (std::string(run) + ".prod.stats.csv"))});
    portfolios.push_back({"sim", read_golden_panel(folder / "sim_clean.stats.csv")});
    portfolios.push_back(
        {"research", read_golden_panel(folder / (std::string(run) + ".research.stats.csv"))});
    const auto got = compute_portfolio_stats(portfolios, reference_options("5T"));
    expect_table(folder / (std::string(run) + ".stats_side_by_side.csv"), got.value(), "");
  }
}

Panel metrics_of(std::initializer_list<double> pnl) {
  Panel panel({{"pnl"}, {"gross_volume"}, {"net_volume"}, {"gmv"}, {"nmv"}});
  for (const double x : pnl) {
    panel.append_row(Timestamp{} + minutes(5 * static_cast<std::int64_t>(panel.row_count())));
    const std::size_t row = panel.row_count() - 1;
    panel.set(row, 0, x);
    panel.set(row, 1, 10);
    panel.set(row, 2, 0);
    panel.set(row, 3, 200);
    panel.set(row, 4, 20);
  }
  return panel;
}

TEST(PortfolioStats, OursIsUnroundedAndCountsAFirstLoss) {
  PortfolioStatsOptions options{parse_frequency("5T").value()};
  const auto ours = compute_portfolio_stats({{"a", metrics_of({-1.0, 1.0 / 3.0})}}, options);
  const auto value = [&](const PortfolioStatistics& table, const char* group, const char* name) {
    return find_statistic(table.values[0], group, name)->value;
  };
  EXPECT_EQ(value(*ours, "dollar", "max_drawdown"), 1.0);
  EXPECT_EQ(value(*ours, "percentage", "max_drawdown"), 0.5);
  EXPECT_DOUBLE_EQ(value(*ours, "dollar", "pnl_mean"), -1.0 / 3.0);
  EXPECT_EQ(value(*ours, "percentage", "turnover_mean"), 5.0);
  EXPECT_EQ(value(*ours, "percentage", "market_bias_mean"), 10.0);
  const auto theirs =
      compute_portfolio_stats({{"a", metrics_of({-1.0, 1.0 / 3.0})}}, reference_options("5T"));
  EXPECT_EQ(value(*theirs, "dollar", "max_drawdown"), 0.0);
  EXPECT_EQ(value(*theirs, "dollar", "pnl_mean"), -0.33);
}

TEST(PortfolioStats, AMissingColumnAndNoBarsAreErrors) {
  const PortfolioStatsOptions options{parse_frequency("5T").value()};
  const auto missing = compute_portfolio_stats({{"prod", Panel({{"pnl"}})}}, options);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_NE(missing.error().message.find("prod has no column gross_volume"), std::string::npos);
  EXPECT_EQ(compute_portfolio_stats({{"prod", metrics_of({})}}, options).error().code,
            ErrorCode::kMissingData);
  EXPECT_FALSE(compute_portfolio_stats({}, options).ok());
}

TEST(StatisticCatalogue, NamesAreUniqueAndEveryFieldIsSaid) {
  std::map<std::pair<std::string_view, std::string_view>, int> seen;
  for (const StatisticInfo& info : statistic_catalogue()) {
    EXPECT_EQ(++seen[std::pair(info.group, info.name)], 1) << info.name;
    EXPECT_FALSE(info.convention.empty()) << info.name;
    EXPECT_FALSE(info.source.empty()) << info.name;
  }
}

TEST(StatisticCatalogue, TheDocumentHasItsTables) {
  const auto page = std::filesystem::path(TIEOUT_SOURCE_DIR) / "docs" / "formats" / "statistics.md";
  const std::string text = read_file(page).value();
  EXPECT_TRUE(text.ends_with(statistic_catalogue_markdown()))
      << page << " is not up to date: its tables come from tieout list_statistics --markdown";
}

}  // namespace
}  // namespace tieout::analytics
