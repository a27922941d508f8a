#include "support.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "tieout/runlog/writer.hpp"

namespace tieout::recon::test {
namespace {

using runlog::JournalEntry;
using runlog::NodeInfo;
using runlog::TableKind;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// A number for a cell that depends on nothing but its place.
double draw(std::uint64_t seed, std::uint64_t stream, Timestamp row, std::size_t column) {
  const auto counter = static_cast<std::uint64_t>(row.ns / 1'000'000'000) * 64 + column;
  return CounterRng(seed, stream).normal(counter);
}

NodeInfo node_info(std::size_t id, const std::string& nid, std::vector<std::size_t> inputs,
                   std::size_t lookback, std::vector<std::string> fields) {
  NodeInfo info;
  info.name = "predict." + std::to_string(id) + "." + nid;
  info.nid = nid;
  info.kind = id == 0 ? "source" : nid;
  info.topological_id = id;
  info.inputs = std::move(inputs);
  info.lookback_rows = lookback;
  for (const std::string& field : fields) {
    for (const AssetId asset : {kBtc, kEth}) {
      info.columns.push_back({field, asset});
    }
  }
  return info;
}

runlog::Manifest make_manifest(const RunOptions& options) {
  runlog::Manifest manifest;
  manifest.constructor = "tests.pipelines.T1.T1_pipeline.T1_DagBuilder";
  manifest.run_mode = "paper_trading";
  manifest.mode = "scheduled";
  manifest.start = first_bar();
  manifest.end = options.bars == 0 ? first_bar() : bar_at(options.bars - 1);
  manifest.bar = bar_period();
  manifest.history_lookback = minutes(static_cast<std::int64_t>(options.rows) * 5);
  manifest.universe = {{kBtc, "binance::BTC_USDT"}, {kEth, "binance::ETH_USDT"}};
  manifest.nodes = {node_info(0, "read_data", {}, 0, {"close", "volume"}),
                    node_info(1, "compute_ret", {0}, 1, {"ret"}),
                    node_info(2, "zscore", {1}, 0, {"z"}),
                    node_info(3, "predict", {1, 2}, 2, {"prediction", "volatility"})};
  manifest.nodes[2].whole_window = true;
  manifest.start_state = "flat";
  return manifest;
}

Panel make_window(const RunOptions& options, const NodeInfo& info, std::size_t bar) {
  Panel window(info.columns);
  const std::size_t first = bar + 1 >= options.rows ? bar + 1 - options.rows : 0;
  for (std::size_t r = first; r <= bar; ++r) {
    window.append_row(bar_at(r));
    for (std::size_t c = 0; c < window.column_count(); ++c) {
      // The whole-window node says something else about every row at each bar.
      const std::uint64_t stream = info.topological_id + (info.whole_window ? 100 * (bar + 1) : 0);
      double value = draw(options.seed, stream, bar_at(r), c);
      if (value > 2) {
        value = kNaN;
      } else if (value < -2.2) {
        value = -0.0;
      }
      window.set(window.row_count() - 1, c, value);
    }
  }
  return window;
}

Table make_orders(const RunOptions& options, std::size_t bar) {
  const auto id = static_cast<std::int64_t>(bar) * 2;
  const Timestamp now = bar_at(bar) + seconds(2);
  return {{{"order_id", std::vector<std::int64_t>{id, id + 1}},
           {"asset_id", std::vector<std::int64_t>{kBtc.value, kEth.value}},
           {"side", std::vector<std::string>{"B", "S"}},
           {"diff_num_shares", std::vector<double>{draw(options.seed, 50, bar_at(bar), 0),
                                                   draw(options.seed, 50, bar_at(bar), 1)}},
           {"is_maker", std::vector<std::uint8_t>{1, 0}},
           {"creation_timestamp", std::vector<Timestamp>{now, now}}},
          1};
}

std::map<TableKind, Table> make_tables(const RunOptions& options, std::size_t bar) {
  const auto number = [&](std::uint64_t stream, std::size_t column) {
    return draw(options.seed, stream, bar_at(bar), column);
  };
  const std::vector<std::int64_t> assets{kBtc.value, kEth.value};
  std::map<TableKind, Table> tables;
  tables[TableKind::kTargetPositions] = {
      {{"asset_id", assets},
       {"price", std::vector<double>{number(51, 0), number(51, 1)}},
       {"target_holdings_shares", std::vector<double>{number(52, 0), kNaN}},
       {"wall_clock_timestamp",
        std::vector<Timestamp>{bar_at(bar) + seconds(2), bar_at(bar) + seconds(2)}}},
      1};
  tables[TableKind::kOrders] = make_orders(options, bar);
  if (bar % 2 == 1) {  // A bar that books no fills writes no table.
    tables[TableKind::kFills] = {
        {{"fill_id", std::vector<std::int64_t>{static_cast<std::int64_t>(bar)}},
         {"asset_id", std::vector<std::int64_t>{kBtc.value}},
         {"price", std::vector<double>{number(53, 0)}}},
        1};
  }
  if (options.events && bar % 2 == 1) {
    const Timestamp end = bar_at(bar);
    tables[TableKind::kOrderEvents] = {
        {{"order_id", std::vector<std::int64_t>{static_cast<std::int64_t>(bar) * 2 - 2,
                                                static_cast<std::int64_t>(bar) * 2 - 2}},
         {"event", std::vector<std::string>{"partial", "expired"}},
         {"timestamp", std::vector<Timestamp>{end, end}},
         {"asset_id", std::vector<std::int64_t>{kBtc.value, kBtc.value}},
         {"num_shares", std::vector<double>{number(57, 0), number(57, 1)}},
         {"reason", std::vector<std::string>{"0.1 of a volume of 100.0 is allowed", "the end"}}},
        3};
  }
  tables[TableKind::kPortfolio] = {
      {{"asset_id", assets},
       {"holdings_shares", std::vector<double>{number(54, 0), number(54, 1)}},
       {"pnl", std::vector<double>{number(55, 0), number(55, 1)}}},
      1};
  tables[TableKind::kStatistics] = {
      {{"pnl", std::vector<double>{number(56, 0)}}, {"n_trades", std::vector<std::int64_t>{2}}}, 0};
  return tables;
}

std::vector<JournalEntry> make_journal(const RunOptions& options, std::size_t bar) {
  JournalEntry decision;
  decision.kind = JournalEntry::Kind::kDecision;
  decision.bar = bar_at(bar);
  decision.time = bar_at(bar) + seconds(1);
  decision.as_of = {decision.time, static_cast<std::int64_t>(bar) * 10};
  JournalEntry source = decision;
  source.kind = JournalEntry::Kind::kMarketRead;
  source.purpose = "source";
  source.row_count = 2;
  source.content = {options.seed, bar};
  JournalEntry clock = decision;
  clock.kind = JournalEntry::Kind::kClockRead;
  clock.time = bar_at(bar) + seconds(2);
  clock.purpose = "order";
  JournalEntry mark = source;
  mark.purpose = "mark";
  mark.content = {options.seed + 1, bar};
  return {decision, source, clock, mark};
}

config::Config make_config() {
  config::Config config;
  config.declare({"run_mode"}, "paper_trading");
  config.declare({"system_log_dir"}, "/prod");
  config.declare({"trading_period"}, "5T");
  config.declare({"dag_config", "zscore", "tau"}, 32.0);
  config.declare({"dag_config", "predict", "weights"}, config::List{1.0, 2.0});
  config.declare({"process_forecasts_node_dict", "target_gmv"}, 3000.0);
  return config;
}

bool same_row(const Panel& a, std::size_t row_a, const Panel& b, std::size_t row_b) {
  std::vector<double> left(a.column_count());
  std::vector<double> right(b.column_count());
  a.copy_row(row_a, left);
  b.copy_row(row_b, right);
  return hash_row({}, left) == hash_row({}, right);
}

/// What turns `before` into `after`: changed rows where that is possible, else a keyframe.
runlog::NodeFrame make_frame(Timestamp bar, const Panel& before, const Panel& after) {
  runlog::NodeFrame frame;
  frame.bar = bar;
  frame.wall = bar + seconds(3);
  frame.window_rows = after.row_count();
  frame.window_hash = hash_panel(after);
  while (frame.dropped_front < before.row_count() &&
         !after.find_row(before.index()[frame.dropped_front])) {
    ++frame.dropped_front;
  }
  std::size_t kept = 0;
  for (std::size_t r = frame.dropped_front; r < before.row_count(); ++r) {
    kept += after.find_row(before.index()[r]).has_value() ? 1U : 0U;
  }
  frame.keyframe = before.empty() || kept + frame.dropped_front != before.row_count();
  if (frame.keyframe) {
    frame.dropped_front = 0;
    frame.changed = after;
    return frame;
  }
  frame.changed = Panel(after.columns());
  std::vector<double> row(after.column_count());
  for (std::size_t r = 0; r < after.row_count(); ++r) {
    const auto old_row = before.find_row(after.index()[r]);
    if (old_row && same_row(before, *old_row, after, r)) {
      continue;
    }
    frame.changed.append_row(after.index()[r]);
    after.copy_row(r, row);
    for (std::size_t c = 0; c < row.size(); ++c) {
      frame.changed.set(frame.changed.row_count() - 1, c, row[c]);
    }
  }
  return frame;
}

}  // namespace

TempDir::TempDir() {
  // In memory where there is such a place: a seal waits for the disk a dozen times.
  std::error_code ignored;
  const std::filesystem::path memory = "/dev/shm";
  const bool in_memory = std::filesystem::is_directory(memory, ignored);
  std::string name =
      ((in_memory ? memory : std::filesystem::temp_directory_path()) / "tieout_recon_XXXXXX")
          .string();
  path_ = ::mkdtemp(name.data());
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Timestamp first_bar() {
  return parse_iso("2018-01-23 00:00:00+00:00").value();
}
Duration bar_period() {
  return minutes(5);
}
Timestamp bar_at(std::size_t index) {
  return first_bar() + bar_period() * static_cast<std::int64_t>(index);
}

RunData make_run(const RunOptions& options) {
  RunData run;
  run.manifest = make_manifest(options);
  run.config = make_config();
  for (std::size_t b = 0; b < options.bars; ++b) {
    BarData bar;
    bar.bar = bar_at(b);
    for (const NodeInfo& info : run.manifest.nodes) {
      bar.windows.push_back(make_window(options, info, b));
    }
    bar.tables = make_tables(options, b);
    bar.journal = make_journal(options, b);
    run.bars.push_back(std::move(bar));
  }
  return run;
}

runlog::RunReader write_run(const std::filesystem::path& dir, const RunData& run) {
  auto writer = runlog::RunWriter::create(dir, run.manifest, run.config.to_text(),
                                          run.config_json.value_or(run.config.to_json()),
                                          runlog::Durability::kAtSeal);
  EXPECT_TRUE(writer.ok()) << writer.error().message;
  std::vector<Panel> before;
  for (const NodeInfo& info : run.manifest.nodes) {
    before.emplace_back(info.columns);
  }
  for (const BarData& bar : run.bars) {
    for (const JournalEntry& entry : bar.journal) {
      EXPECT_TRUE(writer->write_journal(entry).ok());
    }
    for (std::size_t n = 0; n < before.size(); ++n) {
      EXPECT_TRUE(writer->write_node(n, make_frame(bar.bar, before[n], bar.windows[n])).ok());
      before[n] = bar.windows[n];
    }
    for (const auto& [kind, table] : bar.tables) {
      EXPECT_TRUE(writer->write_table(kind, bar.bar, bar.bar + seconds(3), table).ok());
    }
    EXPECT_TRUE(writer->commit_bar(bar.bar, bar.bar + seconds(4), bar.outcome).ok());
  }
  if (run.seal) {
    EXPECT_TRUE(writer->seal(*run.seal).ok());
  }
  auto reader = runlog::RunReader::open(dir);
  EXPECT_TRUE(reader.ok()) << reader.error().message;
  return std::move(*reader);
}

void check_identities(const Comparison& comparison) {
  std::uint64_t breaks = 0;
  CellCounts cells;
  // Child orders and order events are layers of the runs that have them.
  const auto count_of = [&comparison](Layer wanted) {
    return static_cast<std::size_t>(
        std::ranges::count(comparison.layers, wanted, &LayerResult::layer));
  };
  ASSERT_EQ(comparison.layers.size(),
            kLayers.size() - 2 + count_of(Layer::kChildOrders) + count_of(Layer::kOrderEvents));
  for (const LayerResult& result : comparison.layers) {
    const CellCounts& c = result.cells;
    EXPECT_EQ(c.compared, c.bitwise + c.within + c.ignored + c.waived + (c.outside - c.missing))
        << to_string(result.layer);
    EXPECT_GE(c.present, c.compared + c.missing) << to_string(result.layer);
    EXPECT_GE(c.outside, c.nan_one_side + c.type_mismatch + c.missing) << to_string(result.layer);
    breaks += result.distinct_breaks;
    if (result.layer >= Layer::kInputs) {
      cells += c;
    }
  }
  EXPECT_EQ(breaks, comparison.distinct_breaks);
  EXPECT_EQ(cells, comparison.cells);
  std::uint64_t in_bars = layer(comparison, Layer::kConfig).distinct_breaks;
  for (const BarResult& bar : comparison.bars) {
    in_bars += bar.distinct_breaks;
  }
  if (!comparison.bars.empty()) {
    EXPECT_EQ(in_bars, comparison.distinct_breaks);
  }
  const auto kept = static_cast<std::uint64_t>(std::ranges::count_if(
      comparison.findings, [](const Finding& finding) { return !finding.remark; }));
  if (!comparison.findings_truncated) {
    EXPECT_EQ(kept, comparison.distinct_breaks);
  }
  EXPECT_EQ(comparison.first.has_value(), comparison.distinct_breaks > 0);
  EXPECT_EQ(comparison.distinct_breaks == 0, comparison.roots == 0 && comparison.consequences == 0);
}

Comparison compare(const RunData& left, const RunData& right, const CompareOptions& options) {
  const TempDir dir;
  const runlog::RunReader left_run = write_run(dir / "left", left);
  const runlog::RunReader right_run = write_run(dir / "right", right);
  const auto comparison = compare_runs(left_run, right_run, options);
  EXPECT_TRUE(comparison.ok()) << comparison.error().message;
  if (!comparison.ok()) {
    return {};
  }
  check_identities(*comparison);
  return *comparison;
}

const LayerResult& layer(const Comparison& comparison, Layer wanted) {
  const auto found = std::ranges::find(comparison.layers, wanted, &LayerResult::layer);
  EXPECT_NE(found, comparison.layers.end()) << to_string(wanted);
  return *found;
}

const NodeResult& node(const Comparison& comparison, const std::string& name) {
  const auto found = std::ranges::find(comparison.nodes, name, &NodeResult::name);
  EXPECT_NE(found, comparison.nodes.end()) << name;
  return *found;
}

Panel permute_columns(const Panel& panel, const std::vector<std::size_t>& order) {
  std::vector<ColumnKey> columns;
  for (const std::size_t c : order) {
    columns.push_back(panel.columns()[c]);
  }
  Panel result(columns);
  result.append_rows(panel.index());
  for (std::size_t c = 0; c < order.size(); ++c) {
    std::ranges::copy(panel.column(order[c]), result.column(c).begin());
  }
  return result;
}

Table permute_rows(const Table& table, const std::vector<std::size_t>& order) {
  Table result = table;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::visit(
        [&](auto& values) {
          const auto& from = std::get<std::decay_t<decltype(values)>>(table.columns[c].values);
          values.clear();
          for (const std::size_t row : order) {
            values.push_back(from[row]);
          }
        },
        result.columns[c].values);
  }
  return result;
}

}  // namespace tieout::recon::test
