#include "tieout/recon/research_leg.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tieout/config/config.hpp"

#include "node_walk.hpp"

namespace tieout::recon {
namespace {

using analytics::CrossSectionalOptions;
using analytics::LongitudinalOptions;
using config::Config;
using config::Path;

const char* const kNode = "process_forecasts_node_dict";
const char* const kDict = "process_forecasts_dict";

Path params_key(std::initializer_list<std::string> rest) {
  Path path = {kNode, kDict, "optimizer_config", "params"};
  path.insert(path.end(), rest);
  return path;
}

/// A number, written as int or float; `target` keeps its default where the key has no value.
Status read_number(const Config& config, const Path& path, double& target) {
  const config::Value* value = config.find(path);
  if (value == nullptr) return {};
  if (const auto number = config.get_float(path); number.ok()) {
    target = *number;
    return {};
  }
  if (const auto whole = config.get_int(path); whole.ok()) {
    target = static_cast<double>(*whole);
    return {};
  }
  return Error{ErrorCode::kInvalidConfig,
               fmt::format("research_setup: {} is no number", config::to_string(path))};
}

Status read_fill_method(const Config& config, const Path& path, analytics::FillMethod& method,
                        bool& forward) {
  const auto text = config.get_string(path);
  if (!text.ok()) return {};
  TIEOUT_TRY(method, analytics::parse_fill_method(*text));
  forward = *text == "ffill";
  return {};
}

Result<analytics::PomoOptions> read_sizing(const Config& config, bool& fill_forward) {
  const std::string style = config.get_string(params_key({"style"})).value_or("cross_sectional");
  const auto number = [&config](const char* key, double& target) {
    return read_number(config, params_key({"kwargs", key}), target);
  };
  if (style == "cross_sectional") {
    CrossSectionalOptions options;
    TIEOUT_CHECK(number("bulk_frac_to_remove", options.bulk_frac_to_remove));
    TIEOUT_CHECK(number("target_gmv", options.target_gmv));
    TIEOUT_CHECK(number("volatility_lower_bound", options.volatility_lower_bound));
    TIEOUT_CHECK(read_fill_method(config, params_key({"kwargs", "bulk_fill_method"}),
                                  options.bulk_fill_method, fill_forward));
    return analytics::PomoOptions{options};
  }
  if (style != "longitudinal") {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("research_setup: {} is '{}', needed cross_sectional or longitudinal",
                             config::to_string(params_key({"style"})), style)};
  }
  LongitudinalOptions options;
  TIEOUT_CHECK(number("prediction_abs_threshold", options.prediction_abs_threshold));
  TIEOUT_CHECK(number("volatility_to_spread_threshold", options.volatility_to_spread_threshold));
  TIEOUT_CHECK(number("volatility_lower_bound", options.volatility_lower_bound));
  TIEOUT_CHECK(number("gamma", options.gamma));
  TIEOUT_CHECK(number("target_dollar_risk_per_name", options.target_dollar_risk_per_name));
  TIEOUT_CHECK(number("spread_lower_bound", options.spread_lower_bound));
  TIEOUT_CHECK(
      number("constant_decorrelation_coefficient", options.constant_decorrelation_coefficient));
  TIEOUT_CHECK(read_fill_method(config, params_key({"kwargs", "fill_method"}), options.fill_method,
                                fill_forward));
  const auto modulate =
      config.get_bool(params_key({"kwargs", "modulate_using_prediction_magnitude"}));
  options.modulate_using_prediction_magnitude = modulate.ok() && *modulate;
  return analytics::PomoOptions{options};
}

Result<analytics::SinglePeriodOptions> read_optimizer(const Config& config) {
  analytics::SinglePeriodOptions options;
  double correlation = -1.0;
  const std::vector<std::pair<const char*, double*>> numbers = {
      {"target_gmv", &options.target_gmv},
      {"dollar_neutrality_penalty", &options.dollar_neutrality_penalty},
      {"constant_correlation", &correlation},
      {"constant_correlation_penalty", &options.constant_correlation_penalty},
      {"relative_holding_penalty", &options.relative_holding_penalty},
      {"relative_holding_max_frac_of_gmv", &options.relative_holding_max_frac_of_gmv},
      {"target_gmv_upper_bound_penalty", &options.target_gmv_upper_bound_penalty},
      {"target_gmv_hard_upper_bound_multiple", &options.target_gmv_hard_upper_bound_multiple},
      {"transaction_cost_penalty", &options.transaction_cost_penalty},
      {"volatility_risk_penalty", &options.volatility_risk_penalty},
      {"spread_cost_penalty", &options.spread_cost_penalty},
      {"turnover_penalty", &options.turnover_penalty}};
  for (const auto& item : numbers) {
    TIEOUT_CHECK(read_number(config, params_key({"kwargs", item.first}), *item.second));
    TIEOUT_CHECK(read_number(config, params_key({item.first}), *item.second));
  }
  if (correlation >= 0.0) options.constant_correlation = correlation;
  for (const Path& path :
       {params_key({"kwargs", "dollar_neutral"}), params_key({"dollar_neutral"})}) {
    if (config.find(path) != nullptr) {
      TIEOUT_TRY(options.dollar_neutral, config.get_bool(path));
    }
  }
  return options;
}

bool has_field(const Panel& outputs, const std::string& field) {
  return std::any_of(outputs.columns().begin(), outputs.columns().end(), [&](const ColumnKey& key) {
    return key.field == field && key.asset != kNoAsset;
  });
}

Result<analytics::ResearchColumns> read_columns(const Config& config, const Panel& outputs) {
  analytics::ResearchColumns columns;
  TIEOUT_TRY(columns.prediction, config.get_string({kNode, "prediction_col"}));
  TIEOUT_TRY(columns.volatility, config.get_string({kNode, "volatility_col"}));
  const auto spread = config.get_optional_string({kNode, "spread_col"});
  if (spread.ok() && spread->has_value() && has_field(outputs, **spread)) columns.spread = *spread;
  const std::vector<std::string> prices = {
      config.get_string({"dag_config", "process_forecasts", "price_col"}).value_or(""),
      columns.volatility.substr(0, columns.volatility.find(".ret_0")),
      config.get_string({"portfolio_config", "mark_to_market_col"}).value_or("")};
  const auto price = std::find_if(prices.begin(), prices.end(), [&](const std::string& name) {
    return name != columns.volatility && has_field(outputs, name);
  });
  if (price == prices.end()) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("research_setup: the last node has no price among '{}'",
                             fmt::join(prices, "', '"))};
  }
  columns.price = *price;
  return columns;
}

/// Decimals of a share by asset: what the exchange takes, where the run traded by that.
/// Returns: nothing, and a note, when the config does not hold them for each of the assets.
std::optional<std::map<AssetId, int>> read_decimals(const Config& config, const Panel& outputs,
                                                    const std::string& price,
                                                    std::vector<std::string>& notes) {
  const auto limited = config.get_bool({kNode, kDict, "optimizer_config", "apply_cc_limits"});
  std::map<AssetId, int> decimals;
  std::vector<std::int64_t> unknown;
  for (const std::size_t c : outputs.columns_of(price)) {
    const AssetId asset = outputs.columns()[c].asset;
    const auto own =
        config.get_int({"market_info", std::to_string(asset.value), "amount_precision"});
    if (own.ok()) {
      decimals[asset] = static_cast<int>(std::clamp<std::int64_t>(*own, -300, 300));
    } else {
      unknown.push_back(asset.value);
    }
  }
  if (limited.ok() && *limited && unknown.empty() && !decimals.empty()) {
    return decimals;
  }
  notes.push_back(
      decimals.empty() || !limited.ok() || !*limited
          ? std::string("Research shares are not rounded: the run's decimals come of its market "
                        "information, which the config does not hold.")
          : fmt::format("Research shares are not rounded: the config's market information lacks "
                        "asset {}.",
                        fmt::join(unknown, ", ")));
  return std::nullopt;
}

analytics::ResearchBooks read_books(const Config& config, const Panel& outputs,
                                    const std::string& price, std::vector<std::string>& notes) {
  analytics::ResearchBooks books;
  books.liquidate_at_end_of_day = false;
  books.initialize_beginning_of_day_trades_to_zero = false;
  books.burn_in_bars = 1;
  books.compute_extended_stats = true;
  if (const auto decimals = config.get_int({kNode, kDict, "share_quantization"}); decimals.ok()) {
    books.quantization = static_cast<int>(std::clamp<std::int64_t>(*decimals, -30, 30));
    return books;
  }
  books.asset_id_to_share_decimals = read_decimals(config, outputs, price, notes);
  books.quantization =
      books.asset_id_to_share_decimals ? std::optional<int>() : std::optional<int>(30);
  return books;
}

}  // namespace

Result<Panel> read_last_outputs(const runlog::RunSource& run) {
  const auto& nodes = run.manifest().nodes;
  if (nodes.empty()) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("read_last_outputs: '{}' has no DAG node", run.directory().string())};
  }
  const runlog::NodeInfo& node = nodes.back();
  std::vector<ColumnKey> keys;
  std::vector<std::size_t> sources;
  for (std::size_t c = 0; c < node.columns.size(); ++c) {
    if (!node.types.empty() && node.types[c] != ColumnType::kFloat64) continue;
    keys.push_back(node.columns[c]);
    sources.push_back(c);
  }
  Panel outputs(std::move(keys));
  WindowCursor cursor(run, node.topological_id);
  std::vector<Timestamp> touched;
  for (std::size_t bar = 0; bar < run.bars().size(); ++bar) {
    if (!run.has_window(node.topological_id, bar)) continue;
    touched.clear();
    TIEOUT_CHECK(cursor.advance(bar, touched));
    const Panel& window = cursor.window();
    if (window.empty() || window.column_count() != node.columns.size()) continue;
    const Timestamp row = window.index().back();
    if (!outputs.empty() && row <= outputs.index().back()) continue;
    outputs.append_row(row);
    for (std::size_t c = 0; c < sources.size(); ++c) {
      outputs.set(outputs.row_count() - 1, c, window.at(window.row_count() - 1, sources[c]));
    }
  }
  if (outputs.empty()) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("read_last_outputs: '{}' holds no output of {}",
                             run.directory().string(), node.name)};
  }
  return outputs;
}

Result<ResearchSetup> research_setup(const runlog::RunSource& run, const Panel& outputs) {
  TIEOUT_TRY(const Config config, Config::from_json(run.config_json()));
  ResearchSetup setup;
  TIEOUT_TRY(const analytics::ResearchColumns columns, read_columns(config, outputs));
  const analytics::ResearchBooks books = read_books(config, outputs, columns.price, setup.notes);
  const std::string backend =
      config.get_string({kNode, kDict, "optimizer_config", "backend"}).value_or("pomo");
  if (backend == "batch_optimizer") {
    TIEOUT_TRY(const analytics::SinglePeriodOptions optimizer, read_optimizer(config));
    setup.options = analytics::OptimizerResearchOptions{columns, optimizer, books};
    return setup;
  }
  analytics::ResearchOptions options;
  options.profile = analytics::ResearchProfile::kAsTraded;
  options.columns = columns;
  options.books = books;
  TIEOUT_TRY(options.sizing, read_sizing(config, options.fill_removed_forward));
  setup.options = options;
  return setup;
}

Result<analytics::ResearchPortfolio> compute_research(const Panel& frame,
                                                      const ResearchSetup& setup) {
  if (const auto* optimizer = std::get_if<analytics::OptimizerResearchOptions>(&setup.options)) {
    return analytics::research_portfolio_with_optimizer(frame, *optimizer);
  }
  return analytics::research_portfolio(frame, std::get<analytics::ResearchOptions>(setup.options));
}

Result<ResearchLeg> compute_research_leg(const runlog::RunSource& run) {
  ResearchLeg leg;
  TIEOUT_TRY(leg.outputs, read_last_outputs(run));
  TIEOUT_TRY(leg.setup, research_setup(run, leg.outputs));
  TIEOUT_TRY(leg.research, compute_research(leg.outputs, leg.setup));
  return leg;
}

}  // namespace tieout::recon
