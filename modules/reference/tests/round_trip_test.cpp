#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "tieout/config/config.hpp"
#include "tieout/reference/export.hpp"
#include "tieout/runlog/writer.hpp"

#include "log_fixture.hpp"

namespace tieout::reference {
namespace {

using runlog::NodeFrame;
using runlog::TableKind;
using test::TempDir;
namespace fs = std::filesystem;

// Over the end of daylight saving time: 00:30 to 02:25 New York, with 01:00 to 01:55 twice.
constexpr Timestamp kFirst{1'699'158'600'000'000'000};  // 2023-11-05 04:30 UTC
constexpr std::size_t kBars = 36;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Hard values for a text and for Parquet: signs, halves of nothing, what is not a number.
double value_of(std::size_t bar, std::size_t node, std::size_t column) {
  switch ((bar + 3 * node + column) % 7) {
    case 0:
      return kNan;
    case 1:
      return -0.0;
    case 2:
      return std::numeric_limits<double>::denorm_min();
    case 3:
      return std::numeric_limits<double>::infinity();
    default:
      return 0.1 * static_cast<double>(bar + 1) / static_cast<double>(node + column + 3);
  }
}

template <typename T>
TypedColumn column(const char* name, std::vector<T> values) {
  return {name, std::move(values)};
}

Status write_tables(runlog::RunWriter& writer, std::size_t b, Timestamp bar) {
  const Timestamp wall = bar + milliseconds(10'100);
  const auto id = static_cast<std::int64_t>(b);
  const double price = 100.5 + static_cast<double>(b);
  Table targets;
  targets.key_count = 1;
  targets.columns = {column<std::int64_t>("asset_id", {101, 202}),
                     column<double>("holdings_shares", {price, kNan}),
                     column<double>("volatility", {b % 2 == 0 ? 1.0 : -0.0, 3.0}),
                     column<Timestamp>("wall_clock_timestamp", {wall, wall})};
  TIEOUT_CHECK(writer.write_table(TableKind::kTargetPositions, bar, wall, targets));
  Table orders;
  orders.key_count = 1;
  orders.columns = {column<std::int64_t>("order_id", {id}),
                    column<Timestamp>("creation_timestamp", {wall}),
                    column<std::int64_t>("asset_id", {101}),
                    column<std::string>("type_", {"price@twap"}),
                    column<Timestamp>("start_timestamp", {wall}),
                    column<Timestamp>("end_timestamp", {bar + minutes(5)}),
                    column<double>("curr_num_shares", {-0.0}),
                    column<double>("diff_num_shares", {price / 3})};
  TIEOUT_CHECK(writer.write_table(TableKind::kOrders, bar, wall, orders));
  Table fills;
  fills.key_count = 1;
  fills.columns = {column<std::int64_t>("fill_id", {id}),
                   column<std::int64_t>("order_id", {id}),
                   column<std::int64_t>("asset_id", {101}),
                   column<Timestamp>("timestamp", {wall}),
                   column<double>("num_shares", {price}),
                   column<double>("price", {price}),
                   column<double>("fee", {b % 2 == 0 ? 0.0 : -0.125}),
                   column<std::string>("liquidity", {b % 2 == 0 ? "" : "maker"})};
  TIEOUT_CHECK(writer.write_table(TableKind::kFills, bar, wall, fills));
  Table books;
  books.key_count = 1;
  books.columns = {column<std::int64_t>("asset_id", {101, 202}),
                   column<double>("holdings_shares", {price, 0.0}),
                   column<double>("price", {price, kNan}),
                   column<double>("holdings_notional", {price * price, 0.0}),
                   column<double>("executed_trades_shares", {0.0, 1.0}),
                   column<double>("executed_trades_notional", {b == 0 ? kNan : 1.5, kNan}),
                   column<double>("pnl", {b == 0 ? kNan : 0.25, kNan}),
                   column<double>("fees", {0.125, 0.0}),
                   column<double>("funding", {-1e-9 * price, 0.0}),
                   column<double>("net_pnl", {b == 0 ? kNan : 0.125 + 1e-9 * price, kNan})};
  TIEOUT_CHECK(writer.write_table(TableKind::kPortfolio, bar, wall, books));
  Table statistics;
  statistics.columns = {column<Timestamp>("snapshot_timestamp", {wall}),
                        column<double>("pnl", {b == 0 ? kNan : 0.25}),
                        column<double>("cash", {price}), column<double>("fees", {0.125})};
  return writer.write_table(TableKind::kStatistics, bar, wall, statistics);
}

/// A run of two nodes whose windows slide; a row of the second is revised at each bar.
Status write_run(const fs::path& dir) {
  runlog::Manifest manifest;
  manifest.constructor = "Sliding_DagBuilder";
  manifest.run_mode = "paper_trading";
  manifest.start = kFirst;
  manifest.end = kFirst + minutes(5 * (kBars - 1));
  manifest.bar = minutes(5);
  manifest.universe = {{AssetId{101}, "binance::A_USDT"}, {AssetId{202}, "binance::B_USDT"}};
  std::vector<Panel> windows;
  for (std::size_t n = 0; n < 2; ++n) {
    runlog::NodeInfo node;
    node.nid = n == 0 ? "read_data" : "clip";
    node.name = "predict." + std::to_string(n) + "." + node.nid;
    node.topological_id = n;
    node.lookback_rows = 3;
    if (n > 0) {
      node.inputs = {0};
    }
    node.columns = {{"close", AssetId{101}}, {"close", AssetId{202}}, {"count", kNoAsset}};
    windows.emplace_back(node.columns);
    manifest.nodes.push_back(std::move(node));
  }
  config::Config config;
  config.declare({"a"}, 1);
  TIEOUT_TRY(auto writer, runlog::RunWriter::create(dir, manifest, config.to_text(),
                                                    config.to_json(), runlog::Durability::kAtSeal));
  for (std::size_t b = 0; b < kBars; ++b) {
    const Timestamp bar = kFirst + minutes(5) * static_cast<std::int64_t>(b);
    for (std::size_t n = 0; n < windows.size(); ++n) {
      Panel& window = windows[n];
      NodeFrame frame;
      frame.bar = bar;
      frame.wall = bar + seconds(26);
      frame.keyframe = b == 0;
      if (window.row_count() == 6) {
        frame.dropped_front = 1;
        window.drop_front(1);
      }
      window.append_row(bar);
      const std::size_t last = window.row_count() - 1;
      for (std::size_t c = 0; c < window.column_count(); ++c) {
        window.set(last, c, value_of(b, n, c));
      }
      const bool revises = n == 1 && last > 0;
      if (revises) {
        window.set(last - 1, 0, static_cast<double>(b) * 0.7);
      }
      frame.changed = window.slice({revises ? last - 1 : last, last + 1});
      frame.window_rows = window.row_count();
      frame.window_hash = hash_panel(window);
      TIEOUT_CHECK(writer.write_node(n, frame));
    }
    TIEOUT_CHECK(write_tables(writer, b, bar));
    TIEOUT_TRY(const Hash128 hash,
               writer.commit_bar(bar, bar + seconds(40), runlog::BarOutcome::kOk));
    static_cast<void>(hash);
  }
  return writer.seal(runlog::RunOutcome::kComplete);
}

class RoundTrip : public testing::TestWithParam<NodeFormat> {
 protected:
  void SetUp() override {
    const Status written = write_run(dir_ / "log");
    ASSERT_TRUE(written.ok()) << written.error().message;
    const auto run = runlog::RunReader::open(dir_ / "log");
    ASSERT_TRUE(run.ok());
    const Status exported = export_reference_layout(*run, dir_ / "out", {.format = GetParam()});
    ASSERT_TRUE(exported.ok()) << exported.error().message;
  }
  TempDir dir_;
};

TEST_P(RoundTrip, EveryCellOfAnExportIsThatOfTheRun) {
  const auto run = runlog::RunReader::open(dir_ / "log");
  const auto log = test::open(dir_ / "out");
  ASSERT_TRUE(log.ok()) << log.error().message;
  ASSERT_EQ((*log)->bars().size(), kBars);
  EXPECT_EQ((*log)->manifest().universe, run->manifest().universe);
  EXPECT_EQ((*log)->manifest().nodes[1].lookback_rows, 3U);
  for (std::size_t b = 0; b < kBars; ++b) {
    ASSERT_EQ((*log)->bars()[b].bar, run->bars()[b].bar) << b;
    for (std::size_t n = 0; n < 2; ++n) {
      const auto window = (*log)->node_output(n, b);
      ASSERT_TRUE(window.ok()) << window.error().message;
      EXPECT_TRUE(bitwise_equal(*window, *run->node_output(n, b))) << "node " << n << " bar " << b;
    }
    for (const TableKind kind : runlog::kTableKinds) {
      if (kind != TableKind::kTimings) {
        EXPECT_EQ((*log)->table_hash(kind, b), run->table_hash(kind, b))
            << runlog::to_string(kind) << " bar " << b;
      }
    }
  }
}

TEST_P(RoundTrip, ARunAndItsExportAreIdentical) {
  const auto result = test::compare(dir_ / "log", dir_ / "out");
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->verdict, recon::Verdict::kIdentical) << result->sentence;
  EXPECT_EQ(result->cells.bitwise, result->cells.present);
  EXPECT_EQ(result->bars_both, kBars);
}

TEST_P(RoundTrip, AnExportOfAnotherFormatIsIdenticalToo) {
  const auto run = runlog::RunReader::open(dir_ / "log");
  const NodeFormat other = GetParam() == NodeFormat::kCsv ? NodeFormat::kParquet : NodeFormat::kCsv;
  ASSERT_TRUE(export_reference_layout(*run, dir_ / "other", {.format = other}).ok());
  const auto result = test::compare(dir_ / "out", dir_ / "other");
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->verdict, recon::Verdict::kIdentical) << result->sentence;
}

TEST_P(RoundTrip, AChangedCellOfADecisionDiverges) {
  const fs::path orders = dir_ / "out/process_forecasts/orders";
  const fs::path file = fs::directory_iterator(orders)->path();
  std::string text = read_file(file).value();
  text.replace(text.find("diff_num_shares=") + 16, 1, "9");
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  test::write_text(file, text);
  const auto result = test::compare(dir_ / "log", dir_ / "out");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->verdict, recon::Verdict::kDiverged);
  EXPECT_EQ(result->distinct_breaks, 1U);
}

INSTANTIATE_TEST_SUITE_P(Formats, RoundTrip,
                         testing::Values(NodeFormat::kCsv, NodeFormat::kParquet),
                         [](const auto& test) {
                           return test.param == NodeFormat::kCsv ? "csv" : "parquet";
                         });

}  // namespace
}  // namespace tieout::reference
