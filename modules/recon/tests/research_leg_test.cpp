#include "tieout/recon/research_leg.hpp"

#include <cmath>

#include "fake_source.hpp"

namespace tieout::recon {
namespace {

using test::bar_at;
using test::FakeLog;
using test::FakeSource;
using test::kBtc;
using test::kEth;

const char* const kNode = "process_forecasts_node_dict";
const char* const kDict = "process_forecasts_dict";

void declare_info(config::Config& config, AssetId asset, int decimals) {
  config.declare({"market_info", std::to_string(asset.value), "amount_precision"}, decimals);
}

/// A run of one node whose config says what the tests do not.
struct ForecastRun {
  config::Config config;
  ForecastRun() {
    config.declare({kNode, "prediction_col"}, "prediction");
    config.declare({kNode, "volatility_col"}, "vol");
    config.declare({kNode, "spread_col"}, "spread");
    config.declare({"portfolio_config", "mark_to_market_col"}, "price");
  }
  void set_param(const char* key, config::Value value) {
    config.declare({kNode, kDict, "optimizer_config", "params", key}, std::move(value));
  }

  FakeSource source() const {
    FakeLog log;
    log.run.config = config;
    runlog::NodeInfo node;
    node.name = "predict.0.process_forecasts";
    node.nid = "process_forecasts";
    for (const char* field : {"price", "vol", "prediction", "spread"}) {
      node.columns.push_back({field, kBtc});
      node.columns.push_back({field, kEth});
    }
    log.run.manifest.nodes = {node};
    for (std::size_t i = 0; i < 8; ++i) {
      test::BarData bar;
      bar.bar = bar_at(i);
      Panel window(node.columns);
      window.append_row(bar.bar);
      const double move = static_cast<double>(i % 3);
      const double row[] = {100.0 + move, 50.0 - move, 0.01,  0.02,
                            0.5 - move,   move - 0.8,  0.001, 0.002};
      for (std::size_t c = 0; c < std::size(row); ++c) {
        window.set(0, c, row[c]);
      }
      bar.windows = {window};
      log.run.bars.push_back(std::move(bar));
    }
    return FakeSource(std::move(log));
  }
  ResearchLeg leg() const {
    auto leg = compute_research_leg(source());
    EXPECT_TRUE(leg.ok()) << leg.error().message;
    return leg.ok() ? std::move(*leg) : ResearchLeg{};
  }
};

ForecastRun optimizer_run() {
  ForecastRun run;
  run.config.declare({kNode, kDict, "optimizer_config", "backend"}, "batch_optimizer");
  run.config.declare({kNode, kDict, "share_quantization"}, 9);
  run.set_param("target_gmv", 1000.0);
  run.set_param("target_gmv_hard_upper_bound_multiple", 1.0);
  run.set_param("relative_holding_max_frac_of_gmv", 1.0);
  return run;
}

double gross_of(const ResearchLeg& leg) {
  double gross = 0;
  for (const std::size_t c : leg.research.portfolio.columns_of("executed_trades_notional")) {
    for (const double value : leg.research.portfolio.column(c)) {
      gross += std::isnan(value) ? 0.0 : std::abs(value);
    }
  }
  return gross;
}

TEST(ResearchLegTest, TheOptimizersFurtherTermsAreThoseOfTheRun) {
  ForecastRun run = optimizer_run();
  run.set_param("volatility_risk_penalty", 0.5);
  run.set_param("spread_cost_penalty", 2);
  run.set_param("turnover_penalty", 0.25);
  run.set_param("dollar_neutral", true);
  const FakeSource source = run.source();
  const Panel outputs = read_last_outputs(source).value();
  const auto setup = research_setup(source, outputs).value();
  const auto& options = std::get<analytics::OptimizerResearchOptions>(setup.options);
  EXPECT_EQ(options.optimizer.volatility_risk_penalty, 0.5);
  EXPECT_EQ(options.optimizer.spread_cost_penalty, 2.0);
  EXPECT_EQ(options.optimizer.turnover_penalty, 0.25);
  EXPECT_TRUE(options.optimizer.dollar_neutral);
  EXPECT_EQ(options.columns.spread, "spread");
}

TEST(ResearchLegTest, EachTermIsFeltInTheResearchPortfolio) {
  const double without = gross_of(optimizer_run().leg());
  ASSERT_GT(without, 0.0);
  for (const char* key : {"volatility_risk_penalty", "spread_cost_penalty", "turnover_penalty"}) {
    ForecastRun run = optimizer_run();
    run.set_param(key, 1e6);
    EXPECT_LT(gross_of(run.leg()), 0.5 * without) << key;
  }
  ForecastRun neutral = optimizer_run();
  neutral.set_param("dollar_neutral", true);
  const ResearchLeg leg = neutral.leg();
  const auto nmv = leg.research.statistics.find_column({"nmv"});
  ASSERT_TRUE(nmv);
  const Panel& statistics = leg.research.statistics;
  for (std::size_t row = 0; row < statistics.row_count(); ++row) {
    const double gmv = statistics.at(row, *statistics.find_column({"gmv"}));
    // What was neutral at the price of the decision is held at the next one: within the move.
    EXPECT_LE(std::abs(statistics.at(row, *nmv)), 0.05 * gmv + 1e-9) << row;
  }
}

TEST(ResearchLegTest, SharesAreRoundedByTheMarketInformationThatTheRunRecorded) {
  ForecastRun run;
  run.config.declare({kNode, kDict, "optimizer_config", "apply_cc_limits"}, true);
  declare_info(run.config, kBtc, 1);
  declare_info(run.config, kEth, 0);
  const ResearchLeg leg = run.leg();
  EXPECT_TRUE(leg.setup.notes.empty());
  const Panel& portfolio = leg.research.portfolio;
  std::size_t held = 0;
  for (const auto& [asset, scale] : {std::pair(kBtc, 10.0), std::pair(kEth, 1.0)}) {
    const auto column = portfolio.find_column({"holdings_shares", asset});
    ASSERT_TRUE(column);
    for (const double shares : portfolio.column(*column)) {
      if (!std::isnan(shares)) {
        EXPECT_NEAR(shares * scale, std::nearbyint(shares * scale), 1e-9);
        held += shares != 0.0 ? 1U : 0U;
      }
    }
  }
  EXPECT_GT(held, 4U);
}

TEST(ResearchLegTest, WithoutDecimalsForEveryAssetANoteSaysSo) {
  ForecastRun run;
  run.config.declare({kNode, kDict, "optimizer_config", "apply_cc_limits"}, true);
  ASSERT_EQ(run.leg().setup.notes.size(), 1U);
  EXPECT_NE(run.leg().setup.notes[0].find("which the config does not hold"), std::string::npos);
  declare_info(run.config, kBtc, 1);
  ASSERT_EQ(run.leg().setup.notes.size(), 1U);
  EXPECT_NE(run.leg().setup.notes[0].find("lacks asset 6051632686"), std::string::npos);
}

}  // namespace
}  // namespace tieout::recon
