#include "tieout/analytics/pomo.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "golden_support.hpp"

namespace tieout::analytics {
namespace {

const std::vector<double> kVolatilities = {0.001, 0.0015, 0.0008, 0.002};
const std::vector<double> kFirst = {0.9, -1.1, 0.6, 0.1};
const std::vector<double> kSecond = {-0.8, -0.2, 0.7, 0.0};

void expect_near(const std::vector<double>& found, const std::vector<double>& expected,
                 double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], expected[i], tolerance) << i;
  }
}

// Source: oms.md 3.1, the probe table of the reference, printed with six decimals.
TEST(CrossSectional, ReproducesTheProbeTable) {
  CrossSectionalOptions options;
  options.target_gmv = 1e5;
  expect_near(cross_sectional_targets(options, kFirst, kVolatilities),
              {30703.624733, -13646.055437, 47974.413646, -7675.906183}, 5e-7);
  expect_near(cross_sectional_targets(options, kSecond, kVolatilities),
              {-30703.624733, -13646.055437, 47974.413646, 7675.906183}, 5e-7);
  options.bulk_frac_to_remove = 0.4;
  expect_near(cross_sectional_targets(options, kFirst, kVolatilities),
              {69230.769231, -30769.230769, 0, 0}, 5e-7);
  expect_near(cross_sectional_targets(options, kSecond, kVolatilities),
              {-39024.390244, 0, 60975.609756, 0}, 5e-7);
}

TEST(CrossSectional, RemovedByNanHasNoTarget) {
  CrossSectionalOptions options;
  options.bulk_frac_to_remove = 0.4;
  options.bulk_fill_method = FillMethod::kNan;
  const auto targets = cross_sectional_targets(options, kFirst, kVolatilities);
  EXPECT_TRUE(std::isnan(targets[2]) && std::isnan(targets[3]));
  EXPECT_NEAR(targets[0] - targets[1], options.target_gmv, 1e-6);
}

TEST(CrossSectional, OneAssetIsNotRanked) {
  const CrossSectionalOptions options;
  EXPECT_EQ(
      cross_sectional_targets(options, std::vector<double>{-0.2}, std::vector<double>{0.01})[0],
      -1e6);
  EXPECT_TRUE(std::isnan(
      cross_sectional_targets(options, std::vector<double>{0.0}, std::vector<double>{0.01})[0]));
  EXPECT_TRUE(cross_sectional_targets(options, {}, {}).empty());
}

TEST(CrossSectional, EqualForecastsAreAllShort) {
  const std::vector<double> same = {0.5, 0.5};
  const auto targets = cross_sectional_targets({}, same, std::vector<double>{0.01, 0.01});
  EXPECT_THAT(targets, testing::Each(testing::DoubleNear(-5e5, 1e-6)));
}

TEST(CrossSectional, MedianOfThreeHasNoPosition) {
  const auto targets = cross_sectional_targets({}, std::vector<double>{0.3, -1.0, 0.1},
                                               std::vector<double>{0.01, 0.01, 0.01});
  EXPECT_EQ(targets[2], 0.0);
}

TEST(CrossSectional, ZeroVolatilityIsBoundedBelow) {
  const auto targets =
      cross_sectional_targets({}, std::vector<double>{1.0, -1.0}, std::vector<double>{0.0, 1e-5});
  EXPECT_NEAR(targets[0], 5e5, 1e-6);
}

// oms.md 8.3. The seeds are printed by SCOPED_TRACE.
TEST(CrossSectional, AbsoluteTargetsSumToTheGmvAndOrderDoesNotMatter) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random(seed);
    const std::size_t n = 2 + static_cast<std::size_t>(seed % 40);
    std::vector<double> predictions(n);
    std::vector<double> volatilities(n);
    for (std::size_t i = 0; i < n; ++i) {
      predictions[i] = random.uniform() - 0.5;
      volatilities[i] = 1e-4 + 0.01 * random.uniform();
    }
    CrossSectionalOptions options;
    options.target_gmv = 3000.0;
    const auto targets = cross_sectional_targets(options, predictions, volatilities);
    double gmv = 0.0;
    for (const double target : targets) {
      gmv += std::abs(target);
    }
    EXPECT_NEAR(gmv, 3000.0, 3000.0 * 1e-12);
    std::vector<double> reversed_predictions(predictions.rbegin(), predictions.rend());
    std::vector<double> reversed_volatilities(volatilities.rbegin(), volatilities.rend());
    const auto reversed =
        cross_sectional_targets(options, reversed_predictions, reversed_volatilities);
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_NEAR(targets[i], reversed[n - 1 - i], 1e-9);
    }
  }
}

// Source: oms.md 3.2, the probe of the reference.
TEST(Longitudinal, ReproducesTheProbes) {
  LongitudinalOptions options;
  options.prediction_abs_threshold = 0.15;
  expect_near(longitudinal_targets(options, kFirst, kVolatilities),
              {100000, -66666.666667, 125000, 0}, 5e-7);
  options.modulate_using_prediction_magnitude = true;
  expect_near(longitudinal_targets(options, kFirst, kVolatilities),
              {90000, -73333.333333, 75000, 0}, 5e-7);
}

TEST(Longitudinal, DecorrelationReproducesTheProbe) {
  expect_near(decorrelate(kFirst, 0.5), {1.175072, -1.653355, 0.750808, 0.043702}, 5e-7);
  EXPECT_EQ(decorrelate(kFirst, 0.0), kFirst);
  EXPECT_EQ(decorrelate(std::vector<double>{0.7}, 0.5), std::vector<double>{0.7});
}

TEST(Longitudinal, ThresholdsRemoveAndFillMethodDecidesWhatRemains) {
  LongitudinalOptions options;
  options.gamma = 100.0;  // |0.9| * 0.001 / 1e-4 = 9 is not above it.
  EXPECT_THAT(longitudinal_targets(options, kFirst, kVolatilities), testing::Each(0.0));
  options.fill_method = FillMethod::kNan;
  EXPECT_THAT(longitudinal_targets(options, kFirst, kVolatilities),
              testing::Each(testing::IsNan()));
  options = {};
  options.volatility_to_spread_threshold =
      9.0;  // 0.001 / 1e-4 = 10 is above, 0.0008 / 1e-4 = 8 is not.
  const auto targets = longitudinal_targets(options, kFirst, kVolatilities);
  EXPECT_GT(targets[0], 0.0);
  EXPECT_EQ(targets[2], 0.0);
  const std::vector<double> wide(4, 1.0);
  EXPECT_THAT(longitudinal_targets(options, kFirst, kVolatilities, wide), testing::Each(0.0));
}

TEST(PomoOptions, OutOfRangeIsRefusedByName) {
  CrossSectionalOptions cross;
  cross.target_gmv = 0.0;
  EXPECT_THAT(check_options(cross).error().message, testing::HasSubstr("target_gmv is 0.0"));
  cross = {};
  cross.bulk_frac_to_remove = 1.0;
  EXPECT_EQ(check_options(cross).error().code, ErrorCode::kInvalidConfig);
  LongitudinalOptions names;
  names.constant_decorrelation_coefficient = 1.0;
  EXPECT_THAT(check_options(names).error().message,
              testing::HasSubstr("constant_decorrelation_coefficient"));
  names = {};
  names.gamma = std::nan("");
  EXPECT_FALSE(check_options(names).ok());
  EXPECT_TRUE(check_options(CrossSectionalOptions{}).ok());
  EXPECT_TRUE(check_options(LongitudinalOptions{}).ok());
  EXPECT_FALSE(parse_fill_method("bfill").ok());
  EXPECT_EQ(parse_fill_method("ffill").value(), FillMethod::kNan);
}

// The research portfolio holds at bar t + 1 what the optimizer targets at t: round(target / price,
// 30 decimals).
class ResearchPortfolioGolden : public testing::TestWithParam<const char*> {};

TEST_P(ResearchPortfolioGolden, HoldingsAreTheTargetsOfTheBarBefore) {
  const auto folder = golden_dir() / "trading" / GetParam();
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const auto kwargs =
      nlohmann::json::parse(read_file((folder / "params.json")).value()).at("kwargs");
  PomoOptions options;
  if (kwargs.value("style", "cross_sectional") == std::string("longitudinal")) {
    LongitudinalOptions names;
    names.constant_decorrelation_coefficient =
        kwargs.value("constant_decorrelation_coefficient", 0.0);
    names.modulate_using_prediction_magnitude =
        kwargs.value("modulate_using_prediction_magnitude", false);
    options = names;
  }
  const std::string text = read_file((folder / "expected_portfolio.csv")).value();
  CsvReader csv(text);
  ASSERT_TRUE(csv.next().value());
  std::map<std::string, std::vector<std::size_t>> columns;
  for (std::size_t i = 1; i < csv.fields().size(); ++i) {
    columns[std::string(csv.fields()[i].substr(0, csv.fields()[i].find('|')))].push_back(i);
  }
  std::vector<double> expected_next;
  std::size_t compared = 0;
  while (csv.next().value()) {
    const auto read = [&](const std::string& name) {
      std::vector<double> values;
      for (const std::size_t i : columns.at(name)) {
        values.push_back(parse_double(csv.fields()[i]).value_or(std::nan("")));
      }
      return values;
    };
    const std::vector<double> holdings = read("holdings_shares");
    for (std::size_t i = 0; i < expected_next.size(); ++i) {
      EXPECT_NEAR(holdings[i], expected_next[i], 1e-12 * std::abs(holdings[i]))
          << csv.fields()[0] << " asset " << i;
      ++compared;
    }
    const std::vector<double> prices = read("price");
    expected_next = std::holds_alternative<CrossSectionalOptions>(options)
                        ? cross_sectional_targets(std::get<CrossSectionalOptions>(options),
                                                  read("prediction"), read("volatility"))
                        : longitudinal_targets(std::get<LongitudinalOptions>(options),
                                               read("prediction"), read("volatility"));
    for (std::size_t i = 0; i < prices.size(); ++i) {
      expected_next[i] = round_decimals(expected_next[i] / prices[i], 30);
    }
  }
  EXPECT_GT(compared, 10U);
}

INSTANTIATE_TEST_SUITE_P(Cases, ResearchPortfolioGolden,
                         testing::Values("fe_05_odd_universe_and_ties",
                                         "fe_11_longitudinal_decorrelate"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace tieout::analytics
