#include "many_breaks.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "tieout/config/config.hpp"
#include "tieout/runlog/writer.hpp"

namespace tieout::report::testing {
namespace {

namespace fs = std::filesystem;
using runlog::TableKind;

enum class Head { kProd, kSim };

constexpr Timestamp kFirst{1'516'665'900'000'000'000};  // 2018-01-23 00:05:00 UTC

Timestamp bar_at(std::size_t i) {
  return kFirst + minutes(5) * static_cast<std::int64_t>(i);
}

AssetId asset_at(std::size_t i) {
  return AssetId{static_cast<std::int64_t>(1000 + i)};
}

runlog::Manifest manifest_of(const ManyBreaksSpec& spec, Head head, const config::Config& config) {
  runlog::Manifest m;
  m.constructor = "tests.ManyBreaks_DagBuilder";
  m.run_mode = head == Head::kSim ? "simulation" : "paper_trading";
  m.mode = "scheduled";
  m.stage = "preprod";
  m.replay = head == Head::kSim ? "faithful" : "";
  m.start = bar_at(0);
  m.end = bar_at(spec.bars - 1);
  m.bar = minutes(5);
  m.history_lookback = hours(1);
  m.config_hash = to_hex(config.content_hash());
  m.start_state = "0123456789abcdef";
  for (std::size_t a = 0; a < spec.assets; ++a)
    m.universe.push_back({asset_at(a), fmt::format("binance::A{:02}_USDT", a)});
  for (std::size_t n = 0; n < spec.nodes; ++n) {
    runlog::NodeInfo node;
    node.nid = n == 0 ? "read_data" : fmt::format("feature_{}", n);
    node.name = fmt::format("predict.{}.{}", n, node.nid);
    node.kind = n == 0 ? "source" : "feature";
    node.topological_id = n;
    if (n > 0) node.inputs = {n - 1};
    node.lookback_rows = n == 0 ? 0 : 1;
    for (std::size_t f = 0; f < (n == 0 ? 1 : spec.fields); ++f) {
      for (std::size_t a = 0; a < spec.assets; ++a)
        node.columns.push_back({n == 0 ? "close" : fmt::format("feature_{}", f), asset_at(a)});
    }
    m.nodes.push_back(std::move(node));
  }
  return m;
}

double value_at(std::size_t bar, std::size_t node, std::size_t column) {
  return 100.0 + static_cast<double>((bar * 7 + node * 13 + column * 3) % 101) / 8;
}

/// The bar's new row of a node, and its window moved on.
runlog::NodeFrame frame_of(const ManyBreaksSpec& spec, Head head, std::size_t bar, std::size_t node,
                           Panel& window) {
  runlog::NodeFrame frame;
  frame.bar = bar_at(bar);
  frame.wall = bar_at(bar) + seconds(head == Head::kSim ? 1 : 10);
  frame.keyframe = bar == 0;
  frame.changed = Panel(window.columns());
  frame.changed.append_row(bar_at(bar));
  for (std::size_t c = 0; c < window.column_count(); ++c) {
    double value = value_at(bar, node, c);
    const bool differs = head == Head::kSim && bar >= spec.differs_from &&
                         (node > 0 || (bar == spec.differs_from && c == 0));
    if (differs) value *= 1.000001;
    frame.changed.set(0, c, value);
  }
  if (window.row_count() == spec.window_rows) {
    window.drop_front(1);
    frame.dropped_front = 1;
  }
  window.append_row(bar_at(bar));
  for (std::size_t c = 0; c < window.column_count(); ++c)
    window.set(window.row_count() - 1, c, frame.changed.at(0, c));
  frame.window_rows = window.row_count();
  frame.window_hash = hash_panel(window);
  return frame;
}

/// A table with a row for each asset; `value` gives what stands in it.
template <typename Value>
Table by_asset(const ManyBreaksSpec& spec, std::initializer_list<const char*> columns,
               const Value& value) {
  Table table;
  table.key_count = 1;
  std::vector<std::int64_t> ids;
  for (std::size_t a = 0; a < spec.assets; ++a) ids.push_back(asset_at(a).value);
  table.columns.push_back({"asset_id", ids});
  std::size_t k = 0;
  for (const char* name : columns) {
    std::vector<double> values;
    for (std::size_t a = 0; a < spec.assets; ++a) values.push_back(value(a, k));
    table.columns.push_back({name, values});
    ++k;
  }
  return table;
}

Table statistics_of(std::size_t bar, double pnl) {
  Table table;
  table.columns.push_back(
      {"snapshot_timestamp", std::vector<Timestamp>{bar_at(bar) + seconds(10)}});
  const std::pair<const char*, double> values[] = {
      {"pnl", bar == 0 ? std::numeric_limits<double>::quiet_NaN() : pnl},
      {"gross_volume", 1000 + pnl},
      {"net_volume", pnl},
      {"gmv", 3000},
      {"nmv", 100 + pnl},
      {"cash", 600 - pnl},
      {"net_wealth", 700},
      {"leverage", 4}};
  for (const auto& [name, value] : values) table.columns.push_back({name, std::vector{value}});
  return table;
}

Status write_bar(const ManyBreaksSpec& spec, Head head, std::size_t bar,
                 std::vector<Panel>& windows, runlog::RunWriter& writer) {
  const Timestamp wall = bar_at(bar) + seconds(head == Head::kSim ? 1 : 10);
  runlog::JournalEntry decision;
  decision.bar = bar_at(bar);
  decision.time = bar_at(bar) + seconds(10);
  decision.as_of.knowledge = decision.time;
  TIEOUT_CHECK(writer.write_journal(decision));
  for (std::size_t n = 0; n < spec.nodes; ++n)
    TIEOUT_CHECK(writer.write_node(n, frame_of(spec, head, bar, n, windows[n])));
  const bool differs = head == Head::kSim && bar >= spec.differs_from;
  const double more = differs ? 0.25 : 0;
  const auto held = static_cast<double>(bar % 17);
  TIEOUT_CHECK(writer.write_table(
      TableKind::kTargetPositions, bar_at(bar), wall,
      by_asset(spec, {"holdings_shares", "price", "target_holdings_shares"},
               [&](std::size_t a, std::size_t k) {
                 return k == 0 ? held : k == 1 ? value_at(bar, 0, a) : held + 1 + more;
               })));
  TIEOUT_CHECK(writer.write_table(
      TableKind::kPortfolio, bar_at(bar), wall,
      by_asset(spec,
               {"holdings_shares", "holdings_notional", "executed_trades_shares",
                "executed_trades_notional", "pnl"},
               [&](std::size_t a, std::size_t k) {
                 const double price = value_at(bar, 0, a);
                 const double values[] = {held + more, (held + more) * price, 1, price, more};
                 return values[k];
               })));
  const double pnl = static_cast<double>(bar % 3) - 0.5 + more;
  TIEOUT_CHECK(
      writer.write_table(TableKind::kStatistics, bar_at(bar), wall, statistics_of(bar, pnl)));
  TIEOUT_TRY([[maybe_unused]] const Hash128 content,
             writer.commit_bar(bar_at(bar), wall, decision.outcome));
  return {};
}

Result<runlog::RunReader> make_run(const fs::path& dir, const ManyBreaksSpec& spec, Head head) {
  config::Config config;
  config.declare({"run_mode"}, head == Head::kSim ? "simulation" : "paper_trading");
  const runlog::Manifest manifest = manifest_of(spec, head, config);
  TIEOUT_TRY(runlog::RunWriter writer,
             runlog::RunWriter::create(dir, manifest, config.to_text(), config.to_json(),
                                       runlog::Durability::kAtSeal));
  std::vector<Panel> windows;
  for (const runlog::NodeInfo& node : manifest.nodes) windows.emplace_back(node.columns);
  for (std::size_t bar = 0; bar < spec.bars; ++bar)
    TIEOUT_CHECK(write_bar(spec, head, bar, windows, writer));
  TIEOUT_CHECK(writer.seal(runlog::RunOutcome::kComplete));
  return runlog::RunReader::open(dir);
}

}  // namespace

Result<ManyBreaks> make_many_breaks(const fs::path& dir, const ManyBreaksSpec& spec) {
  TIEOUT_TRY(runlog::RunReader prod, make_run(dir / "prod", spec, Head::kProd));
  TIEOUT_TRY(runlog::RunReader sim, make_run(dir / "sim", spec, Head::kSim));
  recon::CompareOptions options;
  options.expected_config_differences = recon::default_expected_config_differences();
  TIEOUT_TRY(recon::Comparison comparison, recon::compare_runs(prod, sim, options));
  return ManyBreaks{std::move(prod), std::move(sim), std::move(comparison)};
}

ReportInput input_of(const ManyBreaks& runs, ReportKind kind) {
  ReportInput input;
  input.kind = kind;
  input.prod = &runs.prod;
  input.sim = &runs.sim;
  input.comparison = &runs.comparison;
  input.title = "Many breaks";
  input.parameters = {{"run_mode", "paper_trading"}, {"mode", "scheduled"}};
  input.stamp = Timestamp{1'699'631'856'000'000'000};
  // Three versions of the row that ends with the bar: the last came after production decided.
  input.market = [](const recon::Finding& finding) -> Result<MarketRows> {
    MarketRows out;
    const Timestamp row = finding.row.value_or(finding.bar);
    for (std::size_t version = 1; version <= 3; ++version) {
      const Timestamp known = row + seconds(static_cast<std::int64_t>(5 * version));
      out.rows.push_back({row, known, finding.asset, version, version < 3, true, 100.25, 101.5,
                          99.75, 100.5 + static_cast<double>(version), 1234.5});
    }
    out.left_decision = "decided as of " + to_iso(finding.bar + seconds(10));
    out.right_decision = "nominal replay: the last version of every row";
    return out;
  };
  return input;
}

}  // namespace tieout::report::testing
