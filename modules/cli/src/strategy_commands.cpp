#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/numbers.hpp"
#include "tieout/system/check_strategy.hpp"

#include "commands.hpp"
#include "progress.hpp"

namespace tieout::cli {
namespace {

using dataflow::NodeCheck;
using dataflow::NodeOutcome;
using nlohmann::ordered_json;

std::string verdict_of(const dataflow::PrefixReport& report) {
  return !report.clean() ? "VIOLATED" : report.complete() ? "CLEAN" : "INCONCLUSIVE";
}

int exit_of(const dataflow::PrefixReport& report) {
  return !report.clean() ? 1 : report.complete() ? 0 : 3;
}

std::string symbol_of(const Universe& universe, AssetId asset) {
  return universe.contains(asset) ? std::string(universe.symbol_of(asset)) : std::string();
}

std::uint64_t count_nodes(const dataflow::PrefixReport& report, NodeOutcome outcome) {
  return static_cast<std::uint64_t>(std::ranges::count(report.nodes, outcome, &NodeCheck::outcome));
}

std::string sentence_of(const dataflow::PrefixReport& report) {
  if (!report.clean()) {
    return fmt::format("{} of {} nodes depend on what they may not see",
                       count_nodes(report, NodeOutcome::kViolates), report.nodes.size());
  }
  if (report.truncations == 0) {
    return "one bar proves nothing: no later data, at least two are needed";
  }
  if (!report.complete()) {
    return fmt::format("{} of {} nodes gave no value that could be checked",
                       count_nodes(report, NodeOutcome::kNotChecked), report.nodes.size());
  }
  return fmt::format("every output of {} nodes at {} bars depends on no later data",
                     report.nodes.size(), report.truncations);
}

std::string render(const system::StrategyCheck& check) {
  const dataflow::PrefixReport& report = check.report;
  std::string text =
      fmt::format("{}: {} bars {} to {}, {} assets, {}\n", check.constructor, report.bars,
                  to_iso(check.start), to_iso(check.end), check.universe.size(),
                  check.is_generated ? "generated data" : "given data");
  std::size_t width = 4;
  for (const NodeCheck& node : report.nodes) {
    width = std::max(width, node.name.size());
  }
  text += fmt::format("  {:<{}}  {:>9}  {:>11}  {:>11}  result\n", "node", width, "rows", "cells",
                      "with values");
  for (const NodeCheck& node : report.nodes) {
    text += fmt::format("  {:<{}}  {:>9}  {:>11}  {:>11}  {}{}{}\n", node.name, width, node.rows,
                        node.cells, node.values, to_string(node.outcome),
                        node.outcome == NodeOutcome::kViolates
                            ? fmt::format(" in {} rows", node.rows_different)
                            : "",
                        node.whole_window ? " (whole window)" : "");
  }
  for (const NodeCheck& node : report.nodes) {
    if (node.outcome == NodeOutcome::kViolates) {
      text += fmt::format("{} {} {}: {}\n", check_id(node.suspicion), node.name,
                          to_string(node.suspicion), node.sentence);
    }
  }
  return text + fmt::format("{}: {}\n", verdict_of(report), sentence_of(report));
}

ordered_json json_of(double value) {
  // JSON has no NaN: the text of format_double() tells all values apart.
  return format_double(value);
}

ordered_json findings_json(const NodeCheck& node, const Universe& universe) {
  ordered_json findings = ordered_json::array();
  for (const dataflow::PrefixDifference& difference : node.differences) {
    findings.push_back({{"check", check_id(node.suspicion)},
                        {"node", node.name},
                        {"suspicion", to_string(node.suspicion)},
                        {"bar", to_iso(difference.bar)},
                        {"row", to_iso(difference.row)},
                        {"column", difference.column.field},
                        {"asset", symbol_of(universe, difference.column.asset)},
                        {"at_bar", json_of(difference.at_bar)},
                        {"later", json_of(difference.later)},
                        {"known", to_iso(difference.known)}});
  }
  return findings;
}

std::string render_json(const system::StrategyCheck& check) {
  const dataflow::PrefixReport& report = check.report;
  ordered_json nodes = ordered_json::array();
  ordered_json findings = ordered_json::array();
  for (const NodeCheck& node : report.nodes) {
    ordered_json item{{"node", node.name},
                      {"whole_window", node.whole_window},
                      {"rows", node.rows},
                      {"cells", node.cells},
                      {"values", node.values},
                      {"rows_different", node.rows_different},
                      {"result", to_string(node.outcome)}};
    if (node.outcome == NodeOutcome::kViolates) {
      item["check"] = check_id(node.suspicion);
      item["suspicion"] = to_string(node.suspicion);
      item["rows_back"] = node.rows_back;
      item["rows_ahead"] = node.rows_ahead;
      item["horizon_s"] = to_seconds(node.horizon);
      item["sentence"] = node.sentence;
    }
    nodes.push_back(std::move(item));
    for (ordered_json& finding : findings_json(node, check.universe)) {
      findings.push_back(std::move(finding));
    }
  }
  const ordered_json json{{"verdict", verdict_of(report)},
                          {"sentence", sentence_of(report)},
                          {"dag_builder_ctor_as_str", check.constructor},
                          {"start", to_iso(check.start)},
                          {"end", to_iso(check.end)},
                          {"bars", report.bars},
                          {"truncations", report.truncations},
                          {"assets", check.universe.size()},
                          {"generated_data", check.is_generated},
                          {"nodes", std::move(nodes)},
                          {"findings", std::move(findings)},
                          {"warnings", check.warnings}};
  return json.dump(2) + "\n";
}

Result<std::optional<Timestamp>> parse_edge(std::string_view flag,
                                            const std::optional<std::string>& text) {
  if (!text) {
    return std::optional<Timestamp>();
  }
  const Result<Timestamp> edge = parse_ts_name(*text);
  if (!edge.ok()) {
    return Error{edge.error().code, fmt::format("{}: {}", flag, edge.error().message)};
  }
  return std::optional(*edge);
}

class CheckStrategy final : public Command {
 public:
  std::string_view name() const noexcept override { return "check_strategy"; }
  std::string_view summary() const noexcept override {
    return "Prove that no output of a strategy's nodes depends on data after its bar";
  }
  std::vector<Flag> flags() override {
    return {
        {"CTOR", &positional_, "DagBuilder of the strategy"},
        {"--dag_builder_ctor_as_str", &constructor_, "The same, as the other commands name it",
         Need::kOptional, "NAME"},
        {"--plugin", &plugins_, "Shared object with DagBuilders; repeatable", Need::kOptional,
         "SO"},
        {"--set-config-values", &overrides_, "Config overrides, joined by ';'", Need::kOptional,
         "OVERRIDES"},
        {"--market-data", &market_data_,
         "Dump (test_data.csv.gz) or CSV of bars (default: generated bars with gaps)",
         Need::kOptional, "FILE"},
        {"--start", &start_,
         "First bar, UTC (default: the first of the data with a whole history; of generated data "
         "20231108_143000)",
         Need::kOptional, "YYYYMMDD_HHMMSS"},
        {"--end", &end_,
         "Last bar, UTC (default: the last of the data; of generated data a day after the first)",
         Need::kOptional, "YYYYMMDD_HHMMSS"},
        {"--universe", &universe_, "Symbols: a file, or all of the data", Need::kOptional,
         "FILE|all"},
        {"--assets", &assets_, "Number of assets of generated data", Need::kOptional, "N"},
        {"--seed", &seed_, "Seed of generated data", Need::kOptional, "N"},
        {"--json", &json_, "Print the result as JSON"},
    };
  }
  Result<int> run(Session& session) override;

 private:
  std::string positional_, constructor_, market_data_, universe_ = "all";
  std::vector<std::string> plugins_, overrides_;
  std::optional<std::string> start_, end_;
  std::uint64_t assets_ = 5, seed_ = 1;
  bool json_ = false;
};

Result<int> CheckStrategy::run(Session& session) {
  constexpr std::uint64_t kMaxAssets = 10'000;
  if (assets_ == 0 || assets_ > kMaxAssets) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("check_strategy: --assets is {}, it must be in [1, {}]", assets_, kMaxAssets)};
  }
  if (positional_.empty() == constructor_.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "check_strategy: needed one DagBuilder, as CTOR or as --dag_builder_ctor_as_str; "
                 "'tieout list_dag_builders' lists them"};
  }
  TIEOUT_TRY(const dataflow::DagBuilderRegistry registry, make_registry(plugins_));
  system::CheckStrategyOptions options;
  options.constructor = positional_.empty() ? constructor_ : positional_;
  options.overrides = overrides_;
  TIEOUT_TRY(options.market_data, local_path("--market-data", market_data_));
  TIEOUT_TRY(options.start, parse_edge("--start", start_));
  TIEOUT_TRY(options.end, parse_edge("--end", end_));
  TIEOUT_TRY(options.universe, read_universe(universe_));
  options.asset_count = static_cast<std::size_t>(assets_);
  options.seed = seed_;
  ProgressLine line(session);
  if (session.terminal) {
    options.progress = [&](const system::Progress& progress) { line.show(progress); };
  }
  const Result<system::StrategyCheck> check =
      system::check_strategy(options, registry, session.stop);
  line.finish();
  if (!check.ok()) {
    return check.error();
  }
  for (const std::string& warning : check->warnings) {
    session.err << "tieout: warning: " << warning << '\n';
  }
  session.out << (json_ ? render_json(*check) : render(*check));
  return exit_of(check->report);
}

}  // namespace

std::unique_ptr<Command> make_check_strategy() {
  return std::make_unique<CheckStrategy>();
}

}  // namespace tieout::cli
