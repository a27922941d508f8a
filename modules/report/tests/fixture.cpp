#include "fixture.hpp"

#include <cstdlib>

#include "tieout/config/config.hpp"
#include "tieout/runlog/writer.hpp"

namespace tieout::report::testing {
namespace {

namespace fs = std::filesystem;
using runlog::TableKind;

template <typename T>
T must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << to_string(result.error());
    std::abort();
  }
  return std::move(result).value();
}

void must(const Status& status) {
  if (!status.ok()) {
    ADD_FAILURE() << to_string(status.error());
    std::abort();
  }
}

std::vector<Asset> assets_of(const RunSpec& spec) {
  // The ids are given, not derived, so that a test may use a name that is no symbol.
  return {{AssetId{1467591036}, spec.first_symbol}, {AssetId{1464553467}, "binance::ETH_USDT"}};
}

runlog::Manifest manifest_of(const RunSpec& spec, const config::Config& config) {
  runlog::Manifest m;
  m.constructor = "dataflow_amp.pipelines.mock1.mock1_pipeline.Mock1_DagBuilder";
  m.run_mode = spec.simulation ? "simulation" : "paper_trading";
  m.mode = "scheduled";
  m.stage = "preprod";
  m.replay = spec.simulation ? "faithful" : "";
  m.start = bar_at(0);
  m.end = bar_at(spec.bars - 1);
  m.bar = minutes(5);
  m.history_lookback = hours(1);
  m.universe = assets_of(spec);
  m.config_hash = to_hex(config.content_hash());
  m.start_state = "0123456789abcdef";
  m.environment = {{"compiler", "g++ 12.2.0"}, {"code_revision", "abc123"}};
  for (std::size_t id = 0; id < 2; ++id) {
    runlog::NodeInfo node;
    node.nid = id == 0 ? "read_data" : "process_forecasts";
    node.name = "predict." + std::to_string(id) + "." + node.nid;
    node.kind = id == 0 ? "source" : "process_forecasts";
    node.topological_id = id;
    if (id == 1) node.inputs = {0};
    node.lookback_rows = id;
    std::vector<std::string> fields{id == 0 ? "close" : "prediction"};
    if (id == 1 && spec.research) fields = {"prediction", "vwap", "vol"};
    for (const std::string& field : fields) {
      for (const Asset& asset : m.universe) node.columns.push_back({field, asset.id});
    }
    m.nodes.push_back(node);
  }
  return m;
}

config::Config config_of(const RunSpec& spec) {
  config::Config config;
  config.declare({"run_mode"}, spec.simulation ? "simulation" : "paper_trading");
  config.declare(
      {"process_forecasts_node_dict", "process_forecasts_dict", "order_config", "passivity_factor"},
      spec.passivity);
  config.declare({"dag_config", "tags"},
                 config::List{config::Value(1), config::Value("two"), config::Value(true)});
  config.declare({"dag_config", "bar"}, minutes(5));
  if (spec.research) {
    const std::string node = "process_forecasts_node_dict";
    const std::string dict = "process_forecasts_dict";
    config.declare({node, "prediction_col"}, "prediction");
    config.declare({node, "volatility_col"}, "vol");
    config.declare({node, dict, "optimizer_config", "params", "style"}, "cross_sectional");
    config.declare({node, dict, "optimizer_config", "params", "kwargs", "target_gmv"}, 3000.0);
    config.declare({node, dict, "share_quantization"}, 2);
    config.declare({"portfolio_config", "mark_to_market_col"}, "vwap");
  }
  return config;
}

double close_of(const RunSpec& spec, std::size_t bar, std::size_t asset) {
  const double base = 100.0 + 3.0 * static_cast<double>(asset) + static_cast<double>((bar * 7) % 5);
  return spec.bump_at == bar && asset == 0 ? base + 0.01 : base;
}

double prediction_of(std::size_t bar, std::size_t asset) {
  return (bar / 2 + asset) % 2 == 0 ? 0.5 : -0.25;
}
constexpr double kVolatility = 0.01;

Table statistics_table(std::size_t bar, double pnl) {
  const std::vector<ColumnSpec> specs{{"snapshot_timestamp", ColumnType::kTimestamp},
                                      {"pnl", ColumnType::kFloat64},
                                      {"gross_volume", ColumnType::kFloat64},
                                      {"net_volume", ColumnType::kFloat64},
                                      {"gmv", ColumnType::kFloat64},
                                      {"nmv", ColumnType::kFloat64},
                                      {"cash", ColumnType::kFloat64},
                                      {"net_wealth", ColumnType::kFloat64},
                                      {"leverage", ColumnType::kFloat64}};
  Table table = make_table(specs, 0);
  std::get<std::vector<Timestamp>>(table.columns[0].values).push_back(bar_at(bar) + seconds(10));
  const double values[] = {pnl, 1000.0 + pnl, pnl, 3000.0, 100.0 + pnl, 600.0 - pnl, 700.0, 4.0};
  for (std::size_t k = 0; k < 8; ++k)
    std::get<std::vector<double>>(table.columns[k + 1].values).push_back(values[k]);
  return table;
}

Table trades_table(TableKind kind, const RunSpec& spec, std::size_t bar) {
  const bool orders = kind == TableKind::kOrders;
  const std::vector<ColumnSpec> specs{
      {orders ? "order_id" : "fill_id", ColumnType::kInt64},
      {orders ? "creation_timestamp" : "timestamp", ColumnType::kTimestamp},
      {"asset_id", ColumnType::kInt64},
      {orders ? "diff_num_shares" : "num_shares", ColumnType::kFloat64},
      {"price", ColumnType::kFloat64}};
  Table table = make_table(specs, 1);
  for (std::size_t a = 0; a < 2; ++a) {
    std::get<std::vector<std::int64_t>>(table.columns[0].values)
        .push_back(static_cast<std::int64_t>(2 * bar + a));
    std::get<std::vector<Timestamp>>(table.columns[1].values).push_back(bar_at(bar) + seconds(10));
    std::get<std::vector<std::int64_t>>(table.columns[2].values)
        .push_back(assets_of(spec)[a].id.value);
    std::get<std::vector<double>>(table.columns[3].values).push_back(a == 0 ? 1.5 : -2.0);
    std::get<std::vector<double>>(table.columns[4].values).push_back(close_of(spec, bar, a));
  }
  return table;
}

Table positions_table(TableKind kind, const RunSpec& spec, std::size_t bar) {
  const bool targets = kind == TableKind::kTargetPositions;
  std::vector<ColumnSpec> specs{{"asset_id", ColumnType::kInt64},
                                {"holdings_shares", ColumnType::kFloat64}};
  if (targets) {
    specs.push_back({"target_holdings_shares", ColumnType::kFloat64});
    for (const char* name : {"price", "prediction", "volatility"}) {
      if (spec.research) specs.push_back({name, ColumnType::kFloat64});
    }
  } else {
    for (const char* name :
         {"holdings_notional", "executed_trades_shares", "executed_trades_notional", "pnl"}) {
      specs.push_back({name, ColumnType::kFloat64});
    }
  }
  Table table = make_table(specs, 1);
  for (std::size_t a = 0; a < 2; ++a) {
    const auto held = static_cast<double>(bar);
    std::get<std::vector<std::int64_t>>(table.columns[0].values)
        .push_back(assets_of(spec)[a].id.value);
    std::get<std::vector<double>>(table.columns[1].values).push_back(held);
    for (std::size_t k = 2; k < table.columns.size(); ++k) {
      double value = targets ? held + 1 : held * close_of(spec, bar, a);
      if (table.columns[k].name == "price") value = close_of(spec, bar, a);
      if (table.columns[k].name == "prediction") value = prediction_of(bar, a);
      if (table.columns[k].name == "volatility") value = kVolatility;
      std::get<std::vector<double>>(table.columns[k].values).push_back(value);
    }
  }
  return table;
}

Table timings_table(const RunSpec& spec, std::size_t bar) {
  const std::vector<ColumnSpec> specs{{"node", ColumnType::kString},
                                      {"compute_ms", ColumnType::kFloat64}};
  Table table = make_table(specs, 0);
  for (const char* name : {"wait", "predict.0.read_data", "predict.1.process_forecasts", "total"}) {
    std::get<std::vector<std::string>>(table.columns[0].values).emplace_back(name);
    std::get<std::vector<double>>(table.columns[1].values)
        .push_back((spec.simulation ? 0.25 : 0.5) + static_cast<double>(bar));
  }
  return table;
}

/// Write one node's row of this bar: one new row at each bar, windows that only grow.
void write_node(runlog::RunWriter& writer, const RunSpec& spec, std::size_t bar, std::size_t node,
                Panel& window) {
  runlog::NodeFrame frame;
  frame.bar = bar_at(bar);
  frame.wall = bar_at(bar) + seconds(spec.simulation ? 1 : 10);
  frame.keyframe = bar == 0;
  frame.changed = Panel(window.columns());
  for (Panel* panel : {&window, &frame.changed}) {
    panel->append_row(bar_at(bar));
    for (std::size_t a = 0; a < 2; ++a) {
      const double close = close_of(spec, bar, a);
      const std::size_t row = panel->row_count() - 1;
      panel->set(row, a, node == 0 ? close : close / 1000);
      if (node == 0 || !spec.research) continue;
      panel->set(row, a, prediction_of(bar, a));
      panel->set(row, 2 + a, close);
      panel->set(row, 4 + a, kVolatility);
    }
  }
  frame.window_rows = window.row_count();
  frame.window_hash = hash_panel(window);
  must(writer.write_node(node, frame));
}

}  // namespace

TempDir::TempDir() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = (fs::temp_directory_path() / "tieout_report_").string() +
                     test->test_suite_name() + "." + test->name() + ".XXXXXX";
  const char* made = mkdtemp(name.data());
  if (made == nullptr) {
    ADD_FAILURE() << "mkdtemp failed for " << name;
    std::abort();
  }
  path_ = made;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Timestamp bar_at(std::size_t i) {
  constexpr Timestamp kFirst{1'516'665'900'000'000'000};  // 2018-01-23 00:05:00 UTC
  return kFirst + minutes(5) * static_cast<std::int64_t>(i);
}

runlog::RunReader make_run(const fs::path& dir, const RunSpec& spec) {
  const config::Config config = config_of(spec);
  const runlog::Manifest manifest = manifest_of(spec, config);
  runlog::RunWriter writer = must(runlog::RunWriter::create(
      dir, manifest, config.to_text(), config.to_json(), runlog::Durability::kAtSeal));
  std::vector<Panel> windows{Panel(manifest.nodes[0].columns), Panel(manifest.nodes[1].columns)};
  for (std::size_t i = 0; i < spec.bars; ++i) {
    const Timestamp wall = bar_at(i) + seconds(spec.simulation ? 1 : 10);
    runlog::JournalEntry decision;
    decision.bar = bar_at(i);
    decision.time = bar_at(i) + seconds(10) + milliseconds(static_cast<std::int64_t>(100 * i));
    decision.as_of.knowledge = decision.time;
    if (i == 3) {
      decision.outcome = runlog::BarOutcome::kPartial;
      decision.laggards = {AssetId{1464553467}};
    }
    must(writer.write_journal(decision));
    for (std::size_t node = 0; node < 2; ++node) write_node(writer, spec, i, node, windows[node]);
    const double pnl = i == 0 ? std::numeric_limits<double>::quiet_NaN()
                              : static_cast<double>(i % 3) - 0.5 +
                                    (spec.bump_at.has_value() && i >= *spec.bump_at ? 0.25 : 0.0);
    for (const TableKind kind : {TableKind::kTargetPositions, TableKind::kPortfolio}) {
      must(writer.write_table(kind, bar_at(i), wall, positions_table(kind, spec, i)));
    }
    for (const TableKind kind : {TableKind::kOrders, TableKind::kFills}) {
      must(writer.write_table(kind, bar_at(i), wall, trades_table(kind, spec, i)));
    }
    if (spec.statistics)
      must(writer.write_table(TableKind::kStatistics, bar_at(i), wall, statistics_table(i, pnl)));
    must(writer.write_table(TableKind::kTimings, bar_at(i), wall, timings_table(spec, i)));
    must(writer.commit_bar(bar_at(i), wall, decision.outcome));
  }
  must(writer.seal(runlog::RunOutcome::kComplete));
  return must(runlog::RunReader::open(dir));
}

Pair::Pair(const RunSpec& prod_spec, const RunSpec& sim_spec)
    : prod(make_run(dir.path() / "prod" / "system_log_dir.scheduled", prod_spec)),
      sim(make_run(dir.path() / "simulation" / "system_log_dir.scheduled", sim_spec)) {
  recon::CompareOptions options;
  options.expected_config_differences = recon::default_expected_config_differences();
  comparison = must(recon::compare_runs(prod, sim, options));
  input.prod = &prod;
  input.sim = &sim;
  input.comparison = &comparison;
  input.title = "Mock1 paper_trading 20180123_000500.20180123_010000 scheduled";
  input.parameters = {{"dag_builder_ctor_as_str", prod.manifest().constructor},
                      {"run_mode", "paper_trading"},
                      {"mode", "scheduled"}};
  input.stamp = Timestamp{1'699'631'856'000'000'000};  // 2023-11-10 10:57:36 in New York
}

RunSpec prod_spec() {
  return {};
}

RunSpec sim_spec() {
  RunSpec spec;
  spec.simulation = true;
  return spec;
}

RunSpec bumped_sim_spec() {
  RunSpec spec = sim_spec();
  spec.bump_at = 7;
  return spec;
}

}  // namespace tieout::report::testing
