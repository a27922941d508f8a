#include "run_config.hpp"

#include <fmt/format.h>

#include "tieout/config/override.hpp"
#include "tieout/oms/exchange_limits.hpp"
#include "tieout/oms/make_broker.hpp"
#include "tieout/oms/process_forecasts.hpp"
#include "tieout/oms/restrictions.hpp"
#include "tieout/system/forecast_batch.hpp"
#include "tieout/system/run.hpp"

namespace tieout::system {
namespace {

using config::Config;
using config::Value;

/// Keys that belong to the run and not to the strategy. Those that a simulation must change are the
/// "expected differences" of the comparison (docs/formats/comparison.md).
void declare_run_config(Config& config) {
  config.declare({"dag_builder_class"}, "");
  config.declare({"run_mode"}, "");
  config.declare({"system_log_dir"}, "");
  for (const char* label : {"strategy", "liveness", "instance_type", "trade_date", "exchange",
                            "stage", "account_type", "secret_id"}) {
    config.declare({"cf_config", label}, "");
  }
  config.declare({"dag_runner_config", "start_time"}, "");
  config.declare({"dag_runner_config", "run_duration_in_secs"}, 0);
  config.declare({"dag_runner_config", "bar_duration_in_secs"}, 0);
  config.declare({"market_data_config", "store"}, "");
  config.declare({"market_data_config", "feed"}, "");
  config.declare({"market_data_config", "speed_up_factor"}, 1.0);
  config.declare({"market_data_config", "sleep_in_secs"}, 0.1);
  config.declare({"market_data_config", "time_out_in_secs"}, 60.0);
  config.declare({"market_data_config", "universe_hash"}, "");
  config.declare({"replay_config", "replay"}, "");
  config.declare({"replay_config", "delay_in_secs"}, 0.0);
  config.declare({"replay_config", "fills"}, "");
}

}  // namespace

Result<Config> make_config(const dataflow::DagBuilder& builder) {
  Config config;
  config.declare({"trading_period"}, "5T");
  declare_run_config(config);
  oms::declare_trading_config(config);
  builder.declare_config(config);
  TIEOUT_CHECK(record_label(config, {"dag_builder_class"}, std::string(builder.constructor())));
  return config;
}

std::filesystem::path default_oms_db(const std::filesystem::path& dst_dir) {
  const std::filesystem::path log = std::filesystem::absolute(dst_dir).lexically_normal();
  return log.parent_path() / ("oms." + log.filename().string() + ".sqlite");
}

Result<std::filesystem::path> oms_database(const Config& config, const std::filesystem::path& given,
                                           const std::filesystem::path& dst_dir) {
  TIEOUT_TRY(const std::string kind,
             config.get_string({"portfolio_config", "broker_config", "kind"}));
  if (kind != "database") {
    if (!given.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("--oms_db is '{}', and portfolio_config.broker_config.kind '{}', "
                               "which has no tables",
                               given.string(), kind)};
    }
    return std::filesystem::path();
  }
  if (!given.empty()) {
    return given;
  }
  const std::filesystem::path path = default_oms_db(dst_dir);
  std::error_code code;
  if (std::filesystem::exists(path, code)) {
    return Error{ErrorCode::kPathExists,
                 fmt::format("the OMS tables '{}' exist; needed a new file: remove it, or name it "
                             "with --oms_db to go on with it",
                             path.string())};
  }
  return path;
}

Status record_label(Config& config, const config::Path& path, Value value) {
  return config.set(path, std::move(value), "command line");
}

Config make_batch_config() {
  Config config;
  config.declare({"trading_period"}, "5T");
  declare_run_config(config);
  oms::declare_trading_config(config);
  config.declare({"process_forecasts_node_dict", "process_forecasts_dict", "execution_mode"},
                 "batch");
  config.declare({"dag_builder_class"}, "process_forecasts");
  return config;
}

Status record_rules(Config& config, const RuleFiles& files, const Config* production) {
  if (!files.market_info.empty()) {
    TIEOUT_TRY(const auto info, oms::read_market_info(files.market_info));
    oms::record_market_info(config, info, "--market_info");
  } else if (production != nullptr) {
    TIEOUT_TRY(const auto info, oms::recorded_market_info(*production));
    oms::record_market_info(config, info, "production");
  }
  if (!files.restrictions.empty()) {
    TIEOUT_TRY(const auto restrictions, oms::read_restrictions(files.restrictions));
    oms::record_restrictions(config, restrictions, "--restrictions");
  } else if (production != nullptr) {
    TIEOUT_TRY(const auto restrictions, oms::recorded_restrictions(*production));
    oms::record_restrictions(config, restrictions, "production");
  }
  return {};
}

Status record_table_restrictions(Config& config, const std::filesystem::path& oms_db,
                                 Timestamp start) {
  TIEOUT_TRY(const oms::BrokerSettings settings,
             oms::read_broker_settings(config, {.database = oms_db, .replayed_fills = {}}));
  if (oms_db.empty() || settings.kind != oms::BrokerSettings::Kind::kDatabase) {
    return {};
  }
  TIEOUT_TRY(const auto restrictions, oms::read_table_restrictions(settings, start));
  oms::record_restrictions(config, restrictions, "table restrictions");
  return {};
}

Result<RunConfig> configure(const dataflow::DagBuilder& builder,
                            const std::vector<std::string>& overrides) {
  TIEOUT_TRY(Config config, make_config(builder));
  return configure(std::move(config), overrides);
}

Result<RunConfig> configure(Config config, const std::vector<std::string>& overrides) {
  RunConfig run;
  run.config = std::move(config);
  for (const std::string& text : overrides) {
    TIEOUT_TRY(config::ParsedOverrides parsed, config::parse_overrides(text));
    TIEOUT_CHECK(config::apply_overrides(run.config, parsed.overrides, "--set_config_value"));
    run.warnings.insert(run.warnings.end(), parsed.warnings.begin(), parsed.warnings.end());
  }
  TIEOUT_TRY(const std::string period, run.config.get_string({"trading_period"}));
  const Result<Duration> bar = parse_period(period);
  if (!bar.ok()) {
    return Error{ErrorCode::kInvalidConfig, "trading_period: " + bar.error().message};
  }
  run.bar = *bar;
  TIEOUT_CHECK(record_label(run.config, {"dag_runner_config", "bar_duration_in_secs"},
                            run.bar.ns / seconds(1).ns));
  return run;
}

}  // namespace tieout::system
