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

TEST(TraderSettings, MarketInformationSwitchesTheLimitsOn) {
  TraderOptions options;
  options.market_info[AssetId{1}] = {.min_amount = 0.001, .min_cost = 10.0, .amount_precision = 3};
  TraderSettings settings = read_trader_settings(declared(), options).value();
  EXPECT_TRUE(settings.apply_exchange_limits);
  EXPECT_EQ(settings.targets.market_info.size(), 1U);
  EXPECT_TRUE(settings.notes.empty());
  settings =
      read_trader_settings(
          with(forecasts("\"optimizer_config\",\"apply_cc_limits\"", "bool(False)")), options)
          .value();
  EXPECT_FALSE(settings.apply_exchange_limits);
  EXPECT_TRUE(settings.targets.market_info.empty());
  settings =
      read_trader_settings(
          with(forecasts("\"optimizer_config\",\"asset_class\"", "str(\"equities\")")), options)
          .value();
  EXPECT_FALSE(settings.apply_exchange_limits);
}

TEST(TraderSettings, WithoutDecimalsTheMarketInformationMustSayThem) {
  const Config config = with(forecasts("\"share_quantization\"", "None"));
  EXPECT_EQ(read_trader_settings(config).error().code, ErrorCode::kInvalidConfig);
  TraderOptions options;
  options.market_info[AssetId{1}] = {};
  EXPECT_TRUE(read_trader_settings(config, options).ok());
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
        Unusable{"backend",
                 forecasts("\"optimizer_config\",\"backend\"", "str(\"batch_optimizer\")"),
                 "optimizer_config.backend"},
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
