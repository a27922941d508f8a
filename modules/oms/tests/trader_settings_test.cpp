#include "tieout/oms/trader_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/config/override.hpp"
#include "tieout/oms/process_forecasts.hpp"

namespace tieout::oms {
namespace {

using config::Config;
using config::Value;

Config declared() {
  Config config;
  declare_trading_config(config);
  return config;
}

Config with(std::string_view overrides) {
  Config config = declared();
  const auto parsed = config::parse_overrides(overrides);
  EXPECT_TRUE(parsed.ok()) << parsed.error().message;
  const Status applied = config::apply_overrides(config, parsed->overrides, "test");
  EXPECT_TRUE(applied.ok()) << applied.error().message;
  return config;
}

std::string forecasts(std::string_view keys, std::string_view value) {
  return std::string("(\"process_forecasts_node_dict\",\"process_forecasts_dict\",") +
         std::string(keys) + "),(" + std::string(value) + ")";
}

// oms.md 6.2: what the production script sets.
TEST(TraderSettings, DefaultsAreThoseOfTheProductionScript) {
  const TraderSettings settings = read_trader_settings(declared()).value();
  EXPECT_EQ(settings.pricing.column, "close");
  EXPECT_EQ(settings.pricing.twap, minutes(5));
  EXPECT_EQ(settings.initial_cash, 700.0);
  EXPECT_EQ(settings.columns.price, "close");
  EXPECT_EQ(settings.order_type, "price@twap");
  EXPECT_EQ(settings.order_duration, minutes(5));
  const auto& cross = std::get<analytics::CrossSectionalOptions>(settings.targets.optimizer);
  EXPECT_EQ(cross.target_gmv, 3000.0);
  EXPECT_EQ(cross.bulk_frac_to_remove, 0.0);
  EXPECT_EQ(settings.targets.share_quantization, 8);
  EXPECT_FALSE(settings.hours.has_value());
  EXPECT_FALSE(settings.liquidate_at_trading_end_time);
  EXPECT_THAT(settings.notes,
              testing::ElementsAre(testing::HasSubstr("exchange limits are not applied")));
  EXPECT_TRUE(check_settings(settings, Universe::from_ids({AssetId{1}})).ok());
}

TEST(TraderSettings, TheGuidesOverridesOfPassivityAndStyleAloneWork) {
  const Config config =
      with(forecasts("\"order_config\",\"passivity_factor\"", "float(0.55)") + ";" +
           forecasts("\"optimizer_config\",\"params\",\"style\"", "str(\"longitudinal\")"));
  const TraderSettings settings = read_trader_settings(config).value();
  const auto& names = std::get<analytics::LongitudinalOptions>(settings.targets.optimizer);
  EXPECT_EQ(names.target_dollar_risk_per_name, 100.0);
  EXPECT_EQ(names.volatility_lower_bound, 1e-4);
}

TEST(TraderSettings, ASubconfigOfKwargsReplacesTheDefaults) {
  const Config config =
      with(forecasts("\"optimizer_config\",\"params\",\"style\"", "str(\"longitudinal\")") + ";" +
           forecasts("\"optimizer_config\",\"params\",\"kwargs\"",
                     "{\"target_dollar_risk_per_name\": float(1.0), \"prediction_abs_threshold\": "
                     "float(0.35)}"));
  const auto names = std::get<analytics::LongitudinalOptions>(
      read_trader_settings(config).value().targets.optimizer);
  EXPECT_EQ(names.target_dollar_risk_per_name, 1.0);
  EXPECT_EQ(names.prediction_abs_threshold, 0.35);
  EXPECT_EQ(names.gamma, 0.0);
}

TEST(TraderSettings, EveryOptimizerKeyIsRead) {
  const std::string kwargs = "\"optimizer_config\",\"params\",\"kwargs\"";
  Config config = with(forecasts(kwargs + ",\"bulk_frac_to_remove\"", "float(0.4)") + ";" +
                       forecasts(kwargs + ",\"target_gmv\"", "float(1000.0)") + ";" +
                       forecasts(kwargs + ",\"bulk_fill_method\"", "str(\"nan\")") + ";" +
                       forecasts(kwargs + ",\"volatility_lower_bound\"", "float(0.002)"));
  const auto cross = std::get<analytics::CrossSectionalOptions>(
      read_trader_settings(config).value().targets.optimizer);
  EXPECT_EQ(cross.bulk_frac_to_remove, 0.4);
  EXPECT_EQ(cross.target_gmv, 1000.0);
  EXPECT_EQ(cross.bulk_fill_method, analytics::FillMethod::kNan);
  EXPECT_EQ(cross.volatility_lower_bound, 0.002);
  config = with(forecasts("\"optimizer_config\",\"params\",\"style\"", "str(\"longitudinal\")") +
                ";" + forecasts(kwargs + ",\"volatility_to_spread_threshold\"", "float(0.1)") +
                ";" + forecasts(kwargs + ",\"gamma\"", "float(0.2)") + ";" +
                forecasts(kwargs + ",\"fill_method\"", "str(\"ffill\")") + ";" +
                forecasts(kwargs + ",\"spread_lower_bound\"", "float(0.3)") + ";" +
                forecasts(kwargs + ",\"modulate_using_prediction_magnitude\"", "bool(True)") + ";" +
                forecasts(kwargs + ",\"constant_decorrelation_coefficient\"", "float(0.4)"));
  const auto names = std::get<analytics::LongitudinalOptions>(
      read_trader_settings(config).value().targets.optimizer);
  EXPECT_EQ(names.volatility_to_spread_threshold, 0.1);
  EXPECT_EQ(names.gamma, 0.2);
  EXPECT_EQ(names.fill_method, analytics::FillMethod::kNan);
  EXPECT_EQ(names.spread_lower_bound, 0.3);
  EXPECT_TRUE(names.modulate_using_prediction_magnitude);
  EXPECT_EQ(names.constant_decorrelation_coefficient, 0.4);
}

TEST(TraderSettings, TradingTimesAreAllOrNone) {
  Config config = declared();
  const auto key = [](const char* name) {
    return config::Path{"process_forecasts_node_dict", "process_forecasts_dict", name};
  };
  ASSERT_TRUE(config.set(key("ath_start_time"), config::TimeOfDay{hours(9)}, "test").ok());
  EXPECT_EQ(read_trader_settings(config).error().code, ErrorCode::kInvalidConfig);
  ASSERT_TRUE(config.set(key("trading_start_time"), config::TimeOfDay{hours(10)}, "test").ok());
  ASSERT_TRUE(config.set(key("trading_end_time"), config::TimeOfDay{hours(11)}, "test").ok());
  ASSERT_TRUE(config.set(key("ath_end_time"), config::TimeOfDay{hours(12)}, "test").ok());
  const TraderSettings settings = read_trader_settings(config).value();
  ASSERT_TRUE(settings.hours.has_value());
  EXPECT_EQ(settings.hours->ath_start, hours(9));
  EXPECT_EQ(settings.hours->trading_start, hours(10));
  EXPECT_EQ(settings.hours->trading_end, hours(11));
  EXPECT_EQ(settings.hours->ath_end, hours(12));
  EXPECT_TRUE(settings.hours->contains(hours(10)));
  EXPECT_TRUE(settings.hours->contains(hours(11)));
  EXPECT_FALSE(settings.hours->contains(hours(11) + nanoseconds(1)));
  EXPECT_FALSE(settings.hours->contains(hours(10) - nanoseconds(1)));
}

// oms.md 1.4: assigned if missing.
TEST(TraderSettings, EquitiesThatNobodyConfiguredTradeTheirHours) {
  const std::string equities =
      forecasts("\"optimizer_config\",\"asset_class\"", "str(\"equities\")");
  const TraderSettings settings = read_trader_settings(with(equities)).value();
  ASSERT_TRUE(settings.hours.has_value());
  EXPECT_EQ(settings.hours->ath_start, hours(9) + minutes(30));
  EXPECT_EQ(settings.hours->trading_start, hours(9) + minutes(30));
  EXPECT_EQ(settings.hours->trading_end, hours(15) + minutes(55));
  EXPECT_EQ(settings.hours->ath_end, hours(16));
  EXPECT_EQ(settings.targets.share_quantization, 9);
  const TraderSettings whole =
      read_trader_settings(with(equities + ";" + forecasts("\"share_quantization\"", "int(0)")))
          .value();
  EXPECT_EQ(whole.targets.share_quantization, 0) << "what is set stays";
  EXPECT_FALSE(read_trader_settings(declared()).value().hours) << "crypto trades around the clock";
}

TEST(TraderSettings, TheExecutionModeIsRead) {
  EXPECT_EQ(read_trader_settings(declared()).value().execution_mode, ExecutionMode::kRealTime);
  const Config batch = with(forecasts("\"execution_mode\"", "str(\"batch\")"));
  EXPECT_EQ(read_trader_settings(batch).value().execution_mode, ExecutionMode::kBatch);
}

TEST(TraderSettings, AGivenStateReplacesTheConfiguredCash) {
  TraderOptions options;
  options.initial_cash = 123.5;
  options.initial_holdings = {{AssetId{1}, -2.0}};
  const auto given = read_trader_settings(declared(), options);
  ASSERT_TRUE(given.ok()) << given.error().message;
  EXPECT_EQ(given->initial_cash, 123.5);
  EXPECT_EQ(given->initial_holdings, options.initial_holdings);
  EXPECT_EQ(read_trader_settings(declared(), {})->initial_cash, 700.0);
}

TEST(TraderSettings, MarketInformationGivesTheLotsOfPartialFills) {
  config::Config config = declared();
  record_market_info(config, {{AssetId{1}, {0.001, 10.0, 3}}, {AssetId{22}, {1.0, 5.0, -1}}},
                     "test");
  const auto settings = read_trader_settings(config, {});
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_EQ(settings->broker.share_decimals,
            (std::map<AssetId, int>{{AssetId{1}, 3}, {AssetId{22}, -1}}));
}

TEST(TraderSettings, FundingRatesAreOrderedAndChecked) {
  const auto refused = [](std::vector<FundingRate> rates) {
    TraderOptions options;
    options.funding = std::move(rates);
    const auto trader =
        Trader::create(declared(), Universe::from_ids({AssetId{1}}), minutes(5), options);
    return trader.ok() ? std::string() : trader.error().message;
  };
  const FundingRate early{Timestamp{1}, AssetId{1}, 1e-4};
  const FundingRate late{Timestamp{2}, AssetId{1}, 1e-4};
  EXPECT_EQ(refused({late, early}), "");
  EXPECT_THAT(refused({early, late, early}), testing::HasSubstr("given twice"));
  EXPECT_THAT(refused({{Timestamp{1}, AssetId{2}, 1e-4}}), testing::HasSubstr("universe"));
  EXPECT_THAT(refused({{Timestamp{1}, AssetId{1}, std::nan("")}}), testing::HasSubstr("finite"));
}

Config with_market_info(Config config, MarketInfo info) {
  record_market_info(config, {{AssetId{1}, info}}, "test");
  return config;
}

TEST(TraderSettings, MarketInformationSwitchesTheLimitsOn) {
  const MarketInfo info{.min_amount = 0.001, .min_cost = 10.0, .amount_precision = 3};
  TraderSettings settings = read_trader_settings(with_market_info(declared(), info)).value();
  EXPECT_TRUE(settings.apply_exchange_limits);
  EXPECT_EQ(settings.targets.market_info, (std::map<AssetId, MarketInfo>{{AssetId{1}, info}}));
  EXPECT_TRUE(settings.notes.empty());
  settings =
      read_trader_settings(
          with_market_info(
              with(forecasts("\"optimizer_config\",\"apply_cc_limits\"", "bool(False)")), info))
          .value();
  EXPECT_FALSE(settings.apply_exchange_limits);
  EXPECT_TRUE(settings.targets.market_info.empty());
  settings =
      read_trader_settings(
          with_market_info(
              with(forecasts("\"optimizer_config\",\"asset_class\"", "str(\"equities\")")), info))
          .value();
  EXPECT_FALSE(settings.apply_exchange_limits);
}

TEST(TraderSettings, WithoutDecimalsTheMarketInformationMustSayThem) {
  const Config config = with(forecasts("\"share_quantization\"", "None"));
  EXPECT_EQ(read_trader_settings(config).error().code, ErrorCode::kInvalidConfig);
  EXPECT_TRUE(read_trader_settings(with_market_info(config, {})).ok());
}

TEST(TraderSettings, DecimalsAreOfAllAssetsOrOfEach) {
  const std::string own =
      forecasts("\"asset_id_to_share_decimals\"", "[[1, 3], [2, 0.01], [3, 10.0]]");
  const std::string none = forecasts("\"share_quantization\"", "None");
  const TraderSettings settings = read_trader_settings(with(own + ";" + none)).value();
  EXPECT_EQ(settings.targets.share_decimals,
            (std::map<AssetId, int>{{AssetId{1}, 3}, {AssetId{2}, 2}, {AssetId{3}, -1}}));
  EXPECT_TRUE(check_settings(settings, Universe::from_ids({AssetId{1}, AssetId{2}})).ok());
  EXPECT_THAT(
      check_settings(settings, Universe::from_ids({AssetId{1}, AssetId{4}})).error().message,
      testing::HasSubstr("asset_id_to_share_decimals: found no entry, needed one for"));
  EXPECT_THAT(read_trader_settings(with(own)).error().message,
              testing::HasSubstr("exactly one: set share_quantization to None"));
}

std::string batch_params(std::string_view more = "") {
  return forecasts("\"optimizer_config\",\"backend\"", "str(\"batch_optimizer\")") + ";" +
         forecasts(
             "\"optimizer_config\",\"params\"",
             std::string("{\"dollar_neutrality_penalty\": 0.0, \"constant_correlation\": 0.5, "
                         "\"constant_correlation_penalty\": 50, "
                         "\"relative_holding_penalty\": 0.0, "
                         "\"relative_holding_max_frac_of_gmv\": 0.1, \"target_gmv\": 100000, "
                         "\"target_gmv_upper_bound_penalty\": 0.0, "
                         "\"target_gmv_hard_upper_bound_multiple\": 1.05, "
                         "\"transaction_cost_penalty\": 0.5, \"solver\": \"ECOS\"") +
                 std::string(more) + "}");
}

// oms.md 6.3: the deployed settings.
TEST(TraderSettings, TheDeployedBatchOptimizerIsRead) {
  const TraderSettings settings =
      read_trader_settings(with(batch_params(", \"verbose\": True"))).value();
  const auto& batch = std::get<analytics::SinglePeriodOptions>(settings.targets.optimizer);
  EXPECT_EQ(batch.target_gmv, 100000.0);
  EXPECT_EQ(batch.constant_correlation, 0.5);
  EXPECT_EQ(batch.constant_correlation_penalty, 50.0);
  EXPECT_EQ(batch.relative_holding_max_frac_of_gmv, 0.1);
  EXPECT_EQ(batch.target_gmv_hard_upper_bound_multiple, 1.05);
  EXPECT_EQ(batch.transaction_cost_penalty, 0.5);
  EXPECT_EQ(batch.volatility_risk_penalty, 0.0);
  EXPECT_FALSE(batch.dollar_neutral);
  EXPECT_TRUE(settings.targets.note_sizing_stats);
  EXPECT_THAT(settings.notes, testing::Contains(testing::HasSubstr("solver 'ECOS' is not used")));
}

TEST(TraderSettings, EveryAdditionToTheBatchOptimizerIsRead) {
  const TraderSettings settings =
      read_trader_settings(
          with(batch_params(", \"volatility_risk_penalty\": 1.0, \"spread_cost_penalty\": 2.0, "
                            "\"turnover_penalty\": 3.0, \"dollar_neutral\": True")))
          .value();
  const auto& batch = std::get<analytics::SinglePeriodOptions>(settings.targets.optimizer);
  EXPECT_EQ(batch.volatility_risk_penalty, 1.0);
  EXPECT_EQ(batch.spread_cost_penalty, 2.0);
  EXPECT_EQ(batch.turnover_penalty, 3.0);
  EXPECT_TRUE(batch.dollar_neutral);
}

TEST(TraderSettings, TheTradeFilterIsOffUnlessItIsSet) {
  EXPECT_FALSE(read_trader_settings(declared()).value().targets.filter.needs_volume());
  const TradeFilter filter =
      read_trader_settings(
          with(forecasts("\"trade_filter\",\"max_spread_in_bps\"", "float(5.0)") + ";" +
               forecasts("\"trade_filter\",\"min_traded_notional\"", "float(1000.0)") + ";" +
               forecasts("\"trade_filter\",\"max_frac_of_traded_notional\"", "float(0.1)") + ";" +
               forecasts("\"trade_filter\",\"lookback\"", "str(\"30T\")") + ";" +
               forecasts("\"trade_filter\",\"volume_col\"", "str(\"amount\")")))
          .value()
          .targets.filter;
  EXPECT_EQ(filter.max_spread_in_bps, 5.0);
  EXPECT_EQ(filter.min_traded_notional, 1000.0);
  EXPECT_EQ(filter.max_frac_of_traded_notional, 0.1);
  EXPECT_EQ(filter.lookback, minutes(30));
  EXPECT_EQ(filter.volume_column, "amount");
}

TEST(TraderSettings, HowLimitsAreAppliedIsRead) {
  const LimitOptions limits =
      read_trader_settings(
          with(forecasts("\"optimizer_config\",\"cc_limits_venue\"", "str(\"testnet\")") + ";" +
               forecasts("\"optimizer_config\",\"cc_limits_mode\"", "str(\"round\")") + ";" +
               forecasts("\"optimizer_config\",\"cc_limits_raise_sells_only\"", "bool(True)")))
          .value()
          .targets.limits;
  EXPECT_EQ(limits.venue, LimitOptions::Venue::kTestnet);
  EXPECT_EQ(limits.rounding, LimitOptions::Rounding::kRound);
  EXPECT_TRUE(limits.raise_sells_only);
}

struct Unusable {
  const char* name;
  std::string override_text;
  const char* key;
};
class UnusableConfig : public testing::TestWithParam<Unusable> {};

TEST_P(UnusableConfig, IsRefusedByKey) {
  const auto trader =
      Trader::create(with(GetParam().override_text), Universe::from_ids({AssetId{1}}), minutes(5));
  ASSERT_FALSE(trader.ok());
  EXPECT_EQ(trader.error().code, ErrorCode::kInvalidConfig);
  EXPECT_THAT(trader.error().message, testing::HasSubstr(GetParam().key));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, UnusableConfig,
    testing::Values(
        Unusable{"backend", forecasts("\"optimizer_config\",\"backend\"", "str(\"simplex\")"),
                 "optimizer_config.backend"},
        Unusable{"batch_without_params",
                 forecasts("\"optimizer_config\",\"backend\"", "str(\"batch_optimizer\")"),
                 "params.target_gmv: found nothing"},
        Unusable{"batch_multiple",
                 batch_params() + ";" +
                     forecasts("\"optimizer_config\",\"params\",\"target_gmv_hard_upper_bound_"
                               "multiple\"",
                               "float(0.9)"),
                 "target_gmv_hard_upper_bound_multiple is 0.9"},
        Unusable{"batch_solver",
                 batch_params() + ";" +
                     forecasts("\"optimizer_config\",\"params\",\"solver\"", "str(\"MOSEK\")"),
                 "params.solver"},
        Unusable{"correlation_alone",
                 batch_params() + ";" +
                     forecasts("\"optimizer_config\",\"params\"",
                               "{\"target_gmv\": 1.0, \"dollar_neutrality_penalty\": 0.0, "
                               "\"relative_holding_penalty\": 0.0, "
                               "\"relative_holding_max_frac_of_gmv\": 1.0, "
                               "\"target_gmv_upper_bound_penalty\": 0.0, "
                               "\"target_gmv_hard_upper_bound_multiple\": 1.0, "
                               "\"transaction_cost_penalty\": 0.0, \"constant_correlation\": 0.5}"),
                 "constant_correlation_penalty"},
        Unusable{"negative_step", forecasts("\"asset_id_to_share_decimals\"", "[[1, -0.01]]"),
                 "asset_id_to_share_decimals: found a step of -0.01 shares"},
        Unusable{"step_of_no_power", forecasts("\"asset_id_to_share_decimals\"", "[[1, 0.25]]"),
                 "a step of 0.25"},
        Unusable{"asset_twice", forecasts("\"asset_id_to_share_decimals\"", "[[1, 2], [1, 2]]"),
                 "asset 1 twice"},
        Unusable{"no_pair", forecasts("\"asset_id_to_share_decimals\"", "[1, 2]"),
                 "pairs [asset id, decimals]"},
        Unusable{"testnet_check",
                 forecasts("\"optimizer_config\",\"cc_limits_venue\"", "str(\"testnet\")"),
                 "cc_limits_mode"},
        Unusable{"venue", forecasts("\"optimizer_config\",\"cc_limits_venue\"", "str(\"x\")"),
                 "cc_limits_venue"},
        Unusable{"filter_bound",
                 forecasts("\"trade_filter\",\"min_traded_notional\"", "float(-1.0)"),
                 "trade_filter.min_traded_notional"},
        Unusable{"filter_lookback", forecasts("\"trade_filter\",\"lookback\"", "str(\"0T\")"),
                 "trade_filter.lookback"},
        Unusable{"style",
                 forecasts("\"optimizer_config\",\"params\",\"style\"", "str(\"diagonal\")"),
                 "params.style"},
        Unusable{"asset_class", forecasts("\"optimizer_config\",\"asset_class\"", "str(\"bonds\")"),
                 "asset_class"},
        Unusable{
            "gmv",
            forecasts("\"optimizer_config\",\"params\",\"kwargs\",\"target_gmv\"", "float(-1)"),
            "target_gmv"},
        Unusable{"fill",
                 forecasts("\"optimizer_config\",\"params\",\"kwargs\",\"bulk_fill_method\"",
                           "str(\"x\")"),
                 "bulk_fill_method"},
        Unusable{"order_type", forecasts("\"order_config\",\"order_type\"", "str(\"limit@end\")"),
                 "order_type"},
        Unusable{"duration", forecasts("\"order_config\",\"order_duration_in_mins\"", "int(0)"),
                 "order_duration_in_mins"},
        Unusable{"frequency",
                 forecasts("\"order_config\",\"execution_frequency\"", "str(\"often\")"),
                 "execution_frequency"},
        Unusable{"passivity", forecasts("\"order_config\",\"passivity_factor\"", "float(1.5)"),
                 "passivity_factor"},
        Unusable{"mode", forecasts("\"execution_mode\"", "str(\"both\")"), "execution_mode"},
        Unusable{"decimals", forecasts("\"share_quantization\"", "int(31)"), "share_quantization"},
        Unusable{"liquidate", forecasts("\"liquidate_at_trading_end_time\"", "bool(True)"),
                 "liquidate_at_trading_end_time"},
        Unusable{"vwap", "(\"portfolio_config\",\"pricing_method\"),(str(\"vwap.5T\"))",
                 "pricing_method"},
        Unusable{"twap_of_nothing", "(\"portfolio_config\",\"pricing_method\"),(str(\"twap.\"))",
                 "pricing_method"},
        Unusable{"cash", "(\"portfolio_config\",\"initial_cash\"),(float(\"nan\"))",
                 "initial_cash"},
        Unusable{"database",
                 "(\"portfolio_config\",\"retrieve_initial_holdings_from_db\"),(bool(True))",
                 "from_db"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tieout::oms
