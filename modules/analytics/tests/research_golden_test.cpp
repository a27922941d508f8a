#include <set>

#include <gmock/gmock.h>

#include "research_support.hpp"

// Source: golden/README.md: the reference's ForecastEvaluatorFromPrices on the inputs beside.
namespace tieout::analytics {
namespace {

using nlohmann::json;

void set_cross_sectional(CrossSectionalOptions& sizing, ResearchOptions& options,
                         const std::string& key, const json& value) {
  if (key == "bulk_frac_to_remove") sizing.bulk_frac_to_remove = value;
  if (key == "target_gmv") sizing.target_gmv = value;
  if (key == "volatility_lower_bound") sizing.volatility_lower_bound = value;
  if (key == "bulk_fill_method") {
    sizing.bulk_fill_method = parse_fill_method(value.get<std::string>()).value();
    options.fill_removed_forward = value == "ffill";
  }
}

void set_longitudinal(LongitudinalOptions& sizing, ResearchOptions& options, const std::string& key,
                      const json& value) {
  if (key == "prediction_abs_threshold") sizing.prediction_abs_threshold = value;
  if (key == "volatility_to_spread_threshold") sizing.volatility_to_spread_threshold = value;
  if (key == "volatility_lower_bound") sizing.volatility_lower_bound = value;
  if (key == "gamma") sizing.gamma = value;
  if (key == "target_dollar_risk_per_name") sizing.target_dollar_risk_per_name = value;
  if (key == "spread_lower_bound") sizing.spread_lower_bound = value;
  if (key == "modulate_using_prediction_magnitude") {
    sizing.modulate_using_prediction_magnitude = value;
  }
  if (key == "constant_decorrelation_coefficient") {
    sizing.constant_decorrelation_coefficient = value;
  }
  if (key == "fill_method") {
    sizing.fill_method = parse_fill_method(value.get<std::string>()).value();
    options.fill_removed_forward = value == "ffill";
  }
}

void set_books(ResearchOptions& options, const std::string& key, const json& value,
               const Panel& input) {
  ResearchBooks& books = options.books;
  if (key == "quantization") {
    books.quantization = value.is_null() ? std::nullopt : std::optional<int>(value.get<int>());
  }
  if (key == "asset_id_to_share_decimals" && !value.is_null()) {
    std::map<AssetId, int> decimals;
    for (const auto& item : value.items()) {
      decimals[AssetId{parse_int(item.key()).value()}] = item.value();
    }
    books.asset_id_to_share_decimals = decimals;
    books.quantization = std::nullopt;
  }
  if (key == "liquidate_at_end_of_day") books.liquidate_at_end_of_day = value;
  if (key == "initialize_beginning_of_day_trades_to_zero") {
    books.initialize_beginning_of_day_trades_to_zero = value;
  }
  if (key == "reindex_like_input") books.reindex_like_input = value;
  if (key == "burn_in_bars") books.burn_in_bars = value;
  if (key == "burn_in_days") books.burn_in_days = value;
  if (key == "compute_extended_stats") books.compute_extended_stats = value;
  if (key == "adjust_for_splits") options.adjust_for_splits = value;
  if (key == "target_gmv_by_timestamp") {
    for (std::size_t row = 0; row < value.size(); ++row) {
      options.target_gmv.by_timestamp[input.index()[row]] = value[row];
    }
  }
}

ResearchOptions options_of(const json& params, const Panel& input) {
  ResearchOptions options;
  options.profile = ResearchProfile::kReference;
  const json& init = params.at("init");
  options.columns = {init.at("price_col"), init.at("volatility_col"), init.at("prediction_col")};
  const auto optional_column = [&](const char* key) {
    return init.contains(key) && !init.at(key).is_null()
               ? std::optional<std::string>(init.at(key).get<std::string>())
               : std::nullopt;
  };
  options.columns.spread = optional_column("spread_col");
  options.columns.buy_price = optional_column("buy_price_col");
  options.columns.sell_price = optional_column("sell_price_col");
  const json& kwargs = params.at("kwargs");
  if (kwargs.value("style", "cross_sectional") == std::string("longitudinal")) {
    options.sizing = LongitudinalOptions{};
  }
  for (const auto& item : kwargs.items()) {
    set_books(options, item.key(), item.value(), input);
    if (auto* cross = std::get_if<CrossSectionalOptions>(&options.sizing)) {
      set_cross_sectional(*cross, options, item.key(), item.value());
    } else {
      set_longitudinal(std::get<LongitudinalOptions>(options.sizing), options, item.key(),
                       item.value());
    }
  }
  return options;
}

TEST(ResearchGolden, EveryCaseOfTheReferenceIsMetUnderItsProfile) {
  const auto folder = golden_dir() / "trading";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: no shared data";
  std::set<std::filesystem::path> cases;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().rfind("fe_", 0) == 0) cases.insert(entry.path());
  }
  EXPECT_GE(cases.size(), 12U);
  for (const auto& path : cases) {
    SCOPED_TRACE(path.filename().string());
    const Panel input = read_panel(path / "input.csv");
    const json params = json::parse(read_file(path / "params.json").value());
    const auto found = research_portfolio(input, options_of(params, input));
    if (std::filesystem::exists(path / "expected_error.json")) {
      EXPECT_FALSE(found.ok());
      continue;
    }
    ASSERT_TRUE(found.ok()) << found.error().message;
    const Panel expected = read_panel(path / "expected_portfolio.csv");
    EXPECT_EQ(found->portfolio.columns(), expected.columns());
    EXPECT_EQ(found->portfolio.row_count(), expected.row_count());
    expect_panel(found->portfolio, expected, "portfolio");
    const Panel statistics = read_panel(path / "expected_stats.csv");
    EXPECT_EQ(found->statistics.row_count(), statistics.row_count());
    EXPECT_EQ(found->statistics.columns(), statistics.columns());
    expect_panel(found->statistics, statistics, "statistics");
  }
}

// Source of the arguments: dataflow.md 8.9.
ResearchOptions three_assets(const std::string& name) {
  ResearchOptions options;
  options.profile = ResearchProfile::kReference;
  options.books.burn_in_bars = 0;
  options.books.quantization = 0;
  options.books.liquidate_at_end_of_day = false;
  options.books.compute_extended_stats = true;
  CrossSectionalOptions cross;
  cross.target_gmv = 1e5;
  if (name == "xs_noquant") {
    options.books.quantization = 30;
    options.books.liquidate_at_end_of_day = true;
  }
  if (name == "xs_bulk") {
    options.books.quantization = 2;
    options.books.initialize_beginning_of_day_trades_to_zero = false;
    options.books.burn_in_bars = 1;
    cross.bulk_frac_to_remove = 0.3;
  }
  options.sizing = cross;
  if (name == "long") {
    LongitudinalOptions names;
    names.prediction_abs_threshold = 5e-4;
    names.target_dollar_risk_per_name = 10.0;
    names.volatility_lower_bound = 1e-300;  // the fixture's 0; ours is above 0
    options.sizing = names;
  }
  return options;
}

TEST(ResearchGolden, ThreeAssetsAreMet) {
  const auto folder = golden_dir() / "dataflow";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: no shared data";
  const Panel input = read_panel(folder / "fe_3assets.input.csv");
  std::size_t cases = 0;
  for (const std::string name : {"xs", "xs_noquant", "xs_bulk", "long"}) {
    const auto portfolio = folder / ("fe_3assets." + name + ".portfolio.csv");
    if (!std::filesystem::exists(portfolio)) continue;
    SCOPED_TRACE(name);
    ++cases;
    const auto found = research_portfolio(input, three_assets(name));
    ASSERT_TRUE(found.ok()) << found.error().message;
    expect_panel(found->portfolio, read_panel(portfolio), "portfolio");
    expect_panel(found->statistics, read_panel(folder / ("fe_3assets." + name + ".stats.csv")),
                 "statistics");
  }
  EXPECT_GE(cases, 2U);
}

// The reference's research portfolios of its genuine runs hold their own inputs. Source of the
// arguments: the runs' config (cross_sectional, GMV 1e7).
TEST(ResearchGolden, GenuineRunsAreMetUnderItsProfileAndAsTraded) {
  const auto folder = golden_dir() / "logs" / "results";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: no shared data";
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const std::size_t end = name.find(".research.portfolio.csv");
    if (end == std::string::npos) continue;
    SCOPED_TRACE(name);
    const Panel expected = read_panel(entry.path());
    const Panel statistics = read_panel(folder / (name.substr(0, end) + ".research.stats.csv"));
    for (const auto profile : {ResearchProfile::kReference, ResearchProfile::kAsTraded}) {
      SCOPED_TRACE(to_string(profile));
      ResearchOptions options;
      options.profile = profile;
      CrossSectionalOptions sizing;
      sizing.target_gmv = 1e7;
      options.sizing = sizing;
      options.books.liquidate_at_end_of_day = false;
      options.books.initialize_beginning_of_day_trades_to_zero = false;
      options.books.compute_extended_stats = true;
      const auto found = research_portfolio(expected, options);
      ASSERT_TRUE(found.ok()) << found.error().message;
      expect_panel(found->portfolio, expected, "portfolio");
      EXPECT_EQ(found->statistics.row_count(), statistics.row_count());
      expect_panel(found->statistics, statistics, "statistics");
      ++cases;
    }
  }
  EXPECT_GE(cases, 4U);
}

// oms.md 3.15: priced as the live portfolio marks, research decides and holds what it decided and
// held. Source of the arguments: the runs' config (GMV 1e7, 9 decimals).
TEST(ResearchGolden, ResearchHoldsWhatThePaperPortfolioHeldAtItsOwnPrices) {
  const auto folder = golden_dir() / "logs" / "results";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: no shared data";
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().find(".target_positions.csv") == std::string::npos) {
      continue;
    }
    SCOPED_TRACE(entry.path().filename().string());
    const Panel live = read_panel(entry.path());
    ResearchOptions options;
    options.profile = ResearchProfile::kAsTraded;
    CrossSectionalOptions sizing;
    sizing.target_gmv = 1e7;
    options.sizing = sizing;
    options.books.quantization = 9;
    options.books.burn_in_bars = 0;
    options.books.liquidate_at_end_of_day = false;
    options.books.initialize_beginning_of_day_trades_to_zero = false;
    const auto research = research_portfolio(live, options);
    ASSERT_TRUE(research.ok()) << research.error().message;
    for (const std::size_t c : live.columns_of("holdings_shares")) {
      const std::size_t own = *research->portfolio.find_column(live.columns()[c]);
      for (std::size_t row = 0; row < live.row_count(); ++row, ++compared) {
        // Live rounds the trade, research the position: one step of 1e-9 shares.
        EXPECT_NEAR(research->portfolio.at(row, own), live.at(row, c), 2e-9)
            << to_iso(live.index()[row]);
      }
    }
  }
  EXPECT_GT(compared, 100U);
}

}  // namespace
}  // namespace tieout::analytics
