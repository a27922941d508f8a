#include "tieout/analytics/bar_metrics.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "golden_panel.hpp"

namespace tieout::analytics {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Two assets over the given rows of (first, second), one second apart.
Panel two_assets(std::initializer_list<std::pair<double, double>> rows) {
  Panel panel({{"x", AssetId{101}}, {"x", AssetId{202}}});
  for (const auto& [first, second] : rows) {
    panel.append_row(Timestamp{} + seconds(static_cast<std::int64_t>(panel.row_count())));
    panel.set(panel.row_count() - 1, 0, first);
    panel.set(panel.row_count() - 1, 1, second);
  }
  return panel;
}

/// The rows of `pnl` at these instants.
Panel pnl_at(std::initializer_list<std::pair<const char*, double>> rows) {
  Panel panel({{"pnl"}, {"gmv"}});
  for (const auto& [at, value] : rows) {
    panel.append_row(parse_iso(at).value());
    panel.set(panel.row_count() - 1, 0, value);
    panel.set(panel.row_count() - 1, 1, 2.0 * value);
  }
  return panel;
}

void expect_near_panel(const Panel& got, const Panel& expected) {
  ASSERT_EQ(got.row_count(), expected.row_count());
  ASSERT_TRUE(std::ranges::equal(got.index(), expected.index()));
  for (std::size_t c = 0; c < expected.column_count(); ++c) {
    const auto column = got.find_column(expected.columns()[c]);
    ASSERT_TRUE(column.has_value()) << to_string(expected.columns()[c]);
    for (std::size_t r = 0; r < expected.row_count(); ++r) {
      const double want = expected.at(r, c);
      EXPECT_TRUE(std::isnan(want)
                      ? std::isnan(got.at(r, *column))
                      : std::abs(got.at(r, *column) - want) <= 1e-9 * std::max(1.0, std::abs(want)))
          << to_string(expected.columns()[c]) << " row " << r << ": " << got.at(r, *column)
          << " for " << want;
    }
  }
}

TEST(BarMetrics, SumSignsAndCostsByHand) {
  // Bought 500 of the second for 300 received from the first: net volume = -(300 - 500) = 200.
  const Panel positions = two_assets({{-300, 700}});
  const Panel flows = two_assets({{300, -500}});
  const Panel pnl = two_assets({{-4, 1}});
  const Panel spread = two_assets({{0.01, 0.02}});
  const Panel metrics =
      compute_bar_metrics({&positions, &flows, &pnl, &spread}, BarMetricsScope::kExtended).value();
  const auto value = [&](const char* name) { return metrics.at(0, *metrics.find_column({name})); };
  EXPECT_EQ(value("pnl"), -3);
  EXPECT_EQ(value("gross_volume"), 800);
  EXPECT_EQ(value("net_volume"), 200);
  EXPECT_EQ(value("gmv"), 1000);
  EXPECT_EQ(value("nmv"), 400);
  EXPECT_EQ(value("gpc"), 2);
  EXPECT_EQ(value("npc"), 0);
  EXPECT_EQ(value("wnl"), 0);
  EXPECT_DOUBLE_EQ(value("tc"), 0.5 * (300 * 0.01 + 500 * 0.02));
}

TEST(BarMetrics, NanIsLeftOutAndNothingButNanIsNan) {
  const Panel x = two_assets({{kNan, 5}, {kNan, kNan}, {0, kNan}});
  const Panel metrics = compute_bar_metrics({&x, &x, &x, nullptr}, BarMetricsScope::kBasic).value();
  ASSERT_EQ(metrics.column_count(), 5U) << "no extended columns were asked for";
  for (std::size_t c = 0; c < 5; ++c) {
    EXPECT_EQ(std::abs(metrics.at(0, c)), 5.0) << c;
    EXPECT_TRUE(std::isnan(metrics.at(1, c))) << c;
    EXPECT_EQ(metrics.at(2, c), 0.0) << c;
    EXPECT_FALSE(std::signbit(metrics.at(2, c))) << c << ": no trades are a volume of 0, not -0";
  }
}

TEST(BarMetrics, TheOrderOfTheAssetsDoesNotChangeABit) {
  const Panel forward = two_assets({{0.1, 0.7}});
  Panel backward({{"y", AssetId{202}}, {"y", AssetId{101}}});
  backward.append_rows(forward.index());
  backward.set(0, 0, 0.7);
  backward.set(0, 1, 0.1);
  const auto one =
      compute_bar_metrics({&forward, &forward, &backward, nullptr}, BarMetricsScope::kExtended);
  const auto two =
      compute_bar_metrics({&backward, &backward, &forward, nullptr}, BarMetricsScope::kExtended);
  EXPECT_TRUE(bitwise_equal(one.value(), two.value()));
}

TEST(BarMetrics, RowsOrAssetsThatDifferAreAnErrorThatNamesThePanel) {
  const Panel x = two_assets({{1, 2}});
  const Panel longer = two_assets({{1, 2}, {3, 4}});
  Panel other({{"x", AssetId{101}}});
  other.append_rows(x.index());
  const auto message = [&](const BarFrames& frames) {
    const auto result = compute_bar_metrics(frames, BarMetricsScope::kExtended);
    return result.ok() ? std::string() : result.error().message;
  };
  EXPECT_NE(message({&x, &longer, &x, nullptr}).find("flows has 2 rows"), std::string::npos);
  EXPECT_NE(message({&x, &x, &other, nullptr}).find("pnl has 1 columns"), std::string::npos);
  EXPECT_NE(message({&x, &x, &x, &other}).find("spread has 1 columns"), std::string::npos);
  EXPECT_NE(message({nullptr, &x, &x, nullptr}).find("positions is missing"), std::string::npos);
  EXPECT_EQ(message({&x, &x, &x, &x}), "");
}

TEST(BarMetrics, MatchGoldenCases) {
  std::size_t seen = 0;
  for (const auto& folder : golden_cases("stats_")) {
    if (!std::filesystem::exists(folder / "input_positions.csv")) {
      continue;
    }
    SCOPED_TRACE(folder.filename().string());
    ++seen;
    const std::string params = read_file(folder / "params.json").value();
    const bool extended = params.find("\"compute_extended_stats\": true") != std::string::npos;
    const Panel positions = read_golden_panel(folder / "input_positions.csv");
    const Panel flows = read_golden_panel(folder / "input_flows.csv");
    const Panel pnl = read_golden_panel(folder / "input_pnl.csv");
    const bool has_spread = std::filesystem::exists(folder / "input_spread.csv");
    const Panel spread = has_spread ? read_golden_panel(folder / "input_spread.csv") : Panel();
    const Result<Panel> metrics =
        compute_bar_metrics({&positions, &flows, &pnl, has_spread ? &spread : nullptr},
                            extended ? BarMetricsScope::kExtended : BarMetricsScope::kBasic);
    ASSERT_TRUE(metrics.ok()) << metrics.error().message;
    const Panel expected = read_golden_panel(folder / "expected.csv");
    EXPECT_EQ(metrics->column_count(), expected.column_count());
    expect_near_panel(*metrics, expected);
  }
  if (seen == 0) {
    GTEST_SKIP() << "skipped: no shared data";
  }
}

TEST(ResampleMetrics, MatchGoldenCases) {
  std::size_t seen = 0;
  for (const auto& folder : golden_cases("stats_")) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with("expected_") || name.find("stats") != std::string::npos ||
          name.find("drawdown") != std::string::npos) {
        continue;
      }
      SCOPED_TRACE(folder.filename().string() + "/" + name);
      ++seen;
      const std::string frequency = name == "expected_resampled.csv"
                                        ? golden_param(folder, "freq")
                                        : name.substr(9, name.size() - 9 - 4);
      const Panel input = read_golden_panel(folder / "input.csv");
      const Panel expected = read_golden_panel(entry.path());
      const bool portfolios = input.columns()[0].field.find('|') != std::string::npos;
      for (const std::string portfolio : {"prod", "research"}) {
        const Panel metrics = portfolios ? portfolio_of(input, portfolio) : input;
        const Panel want = portfolios ? portfolio_of(expected, portfolio) : expected;
        const auto got =
            resample_bar_metrics(metrics, parse_frequency(frequency).value(), Zone::kNewYork);
        expect_near_panel(got.value(), want);
      }
    }
  }
  if (seen == 0) {
    GTEST_SKIP() << "skipped: no shared data";
  }
}

TEST(ResampleMetrics, BinsAreClosedAndLabelledOnTheLeftFromLocalMidnight) {
  const Panel bars = pnl_at({{"2023-08-14 09:35:00-04:00", 1},
                             {"2023-08-14 09:45:00-04:00", 2},
                             {"2023-08-14 10:20:00-04:00", 4}});
  const Panel got =
      resample_bar_metrics(bars, parse_frequency("15T").value(), Zone::kNewYork).value();
  const Panel expected = pnl_at({{"2023-08-14 09:30:00-04:00", 1},
                                 {"2023-08-14 09:45:00-04:00", 2},
                                 {"2023-08-14 10:00:00-04:00", kNan},
                                 {"2023-08-14 10:15:00-04:00", 4}});
  expect_near_panel(got, expected);
}

TEST(ResampleMetrics, TheWeekendBelongsToFriday) {
  // 2023-08-18 is a Friday; 2023-08-20 a Sunday. Source: pandas 1.5.3, resample("B").
  const Panel bars = pnl_at({{"2023-08-19 10:00:00+00:00", 1},
                             {"2023-08-20 23:59:00+00:00", 2},
                             {"2023-08-23 00:00:00+00:00", 4}});
  const Panel got = resample_bar_metrics(bars, parse_frequency("B").value(), Zone::kUtc).value();
  Panel expected = pnl_at({{"2023-08-18 00:00:00+00:00", 3},
                           {"2023-08-21 00:00:00+00:00", kNan},
                           {"2023-08-22 00:00:00+00:00", kNan},
                           {"2023-08-23 00:00:00+00:00", 4}});
  expected.set(0, 1, 3);  // gmv is a mean: (2 + 4) / 2
  expect_near_panel(got, expected);
}

TEST(ResampleMetrics, DaysFollowTheLocalClockThroughTheChangeOfTheHour) {
  // Clocks went back in New York on 2023-11-05, which had 25 hours.
  const Panel bars = pnl_at({{"2023-11-04 12:00:00-04:00", 1},
                             {"2023-11-05 00:00:00-04:00", 2},
                             {"2023-11-05 23:30:00-05:00", 4},
                             {"2023-11-06 00:00:00-05:00", 8}});
  const Panel got =
      resample_bar_metrics(bars, parse_frequency("D").value(), Zone::kNewYork).value();
  Panel expected = pnl_at({{"2023-11-04 00:00:00-04:00", 1},
                           {"2023-11-05 00:00:00-04:00", 6},
                           {"2023-11-06 00:00:00-05:00", 8}});
  expected.set(1, 1, 6);
  expected.set(0, 1, 2);
  expected.set(2, 1, 16);
  expect_near_panel(got, expected);
}

TEST(ResampleMetrics, NothingGivesNothingAndTooManyBinsAreAnError) {
  const Frequency second = parse_frequency("1S").value();
  EXPECT_EQ(resample_bar_metrics(Panel({{"pnl"}}), second, Zone::kUtc)->row_count(), 0U);
  const Panel years = pnl_at({{"2000-01-01 00:00:00+00:00", 1}, {"2023-01-01 00:00:00+00:00", 1}});
  const auto result = resample_bar_metrics(years, second, Zone::kUtc);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
}

// Source: dataflow.md 5.10.
TEST(Frequency, YearsHaveTheReferencesNumberOfPoints) {
  const auto points = [](const char* text) {
    return points_per_year(parse_frequency(text).value());
  };
  EXPECT_EQ(points("1T"), 525780.125);
  EXPECT_EQ(points("5T"), 105156.125);
  EXPECT_EQ(points("15T"), 35052.125);
  EXPECT_EQ(points("60T"), 8763.125);
  EXPECT_EQ(points("H"), 8763.125);
  EXPECT_EQ(points("D"), 365.25);
  EXPECT_EQ(points("B"), 260.875);
}

TEST(Frequency, OnlyDivisorsAndMultiplesOfADayAreTaken) {
  for (const char* text : {"", "7T", "36H", "0T", "-5T", "BB", "fast", "5"}) {
    const auto frequency = parse_frequency(text);
    ASSERT_FALSE(frequency.ok()) << text;
    EXPECT_EQ(frequency.error().code, ErrorCode::kInvalidArgument) << text;
  }
  for (const char* text : {"B", "5T", "10S", "1D", "7D", "60T"}) {
    EXPECT_EQ(to_string(parse_frequency(text).value()), text);
  }
}

}  // namespace
}  // namespace tieout::analytics
