#include "tieout/reference/export.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/gzip.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"

#include "sample.hpp"

namespace tieout::reference {
namespace {

namespace test = runlog::test;
using runlog::BarOutcome;
using runlog::Durability;
using runlog::Manifest;
using runlog::NodeFrame;
using runlog::NodeInfo;
using runlog::RunReader;
using runlog::RunWriter;
using runlog::TableKind;
using runlog::Verify;

namespace fs = std::filesystem;
using test::TempDir;

const fs::path kGolden =
    fs::path(TIEOUT_SHARED_DIR) / "golden/logs/sim_clean/system_log_dir.manual";

constexpr Timestamp kBar{1'692'109'800'000'000'000};  // 2023-08-15 10:30 in New York

Manifest manifest_with(std::vector<ColumnKey> columns) {
  Manifest manifest;
  manifest.bar = minutes(5);
  NodeInfo node;
  node.name = "predict.0.resample";
  node.columns = std::move(columns);
  manifest.nodes.push_back(std::move(node));
  return manifest;
}

Timestamp stamp(const std::string& text) {
  const auto time = parse_iso(text);
  EXPECT_TRUE(time.ok()) << text;
  return *time;
}

/// A table whose columns have these types, from the reference's CSV.
Table table_from_csv(const std::string& text, const std::vector<ColumnSpec>& schema) {
  Table table = make_table(schema, 1);
  CsvReader csv(text);
  EXPECT_TRUE(*csv.next());
  while (*csv.next()) {
    for (std::size_t c = 0; c < schema.size(); ++c) {
      const std::string value(csv.fields()[c]);
      auto& values = table.columns[c].values;
      if (auto* ints = std::get_if<std::vector<std::int64_t>>(&values)) {
        ints->push_back(*parse_int(value));
      } else if (auto* times = std::get_if<std::vector<Timestamp>>(&values)) {
        times->push_back(stamp(value));
      } else {
        std::get<0>(values).push_back(value.empty() ? std::nan("") : *parse_double(value));
      }
    }
  }
  return table;
}

/// The value after "name=" up to the next " name=" of an Order line.
std::string order_field(const std::string& line, const std::string& name, const std::string& next) {
  const std::size_t begin = line.find(" " + name + "=") + name.size() + 2;
  return line.substr(begin, line.find(" " + next + "=") - begin);
}

Table orders_from_text(const std::string& text) {
  const std::vector<ColumnSpec> schema{{"order_id", ColumnType::kInt64},
                                       {"creation_timestamp", ColumnType::kTimestamp},
                                       {"asset_id", ColumnType::kInt64},
                                       {"type_", ColumnType::kString},
                                       {"start_timestamp", ColumnType::kTimestamp},
                                       {"end_timestamp", ColumnType::kTimestamp},
                                       {"curr_num_shares", ColumnType::kFloat64},
                                       {"diff_num_shares", ColumnType::kFloat64}};
  Table table = make_table(schema, 1);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    for (std::size_t c = 0; c < schema.size(); ++c) {
      const std::string value =
          order_field(line, schema[c].name, c + 1 < schema.size() ? schema[c + 1].name : "tz");
      auto& values = table.columns[c].values;
      switch (schema[c].type) {
        case ColumnType::kInt64:
          std::get<1>(values).push_back(*parse_int(value));
          break;
        case ColumnType::kTimestamp:
          std::get<4>(values).push_back(stamp(value));
          break;
        case ColumnType::kString:
          std::get<3>(values).push_back(value);
          break;
        default:
          std::get<0>(values).push_back(*parse_double(value));
      }
    }
    at = end + 1;
  }
  return table;
}

std::vector<std::string> fields_of(CsvReader& csv) {
  std::vector<std::string> fields;
  for (const std::string_view field : csv.fields()) {
    fields.emplace_back(field);
  }
  return fields;
}

/// A node's df_out from the reference's CSV.
Panel panel_from_csv(const std::string& text) {
  CsvReader csv(text);
  EXPECT_TRUE(*csv.next());
  const auto names = fields_of(csv);
  EXPECT_TRUE(*csv.next());
  std::vector<ColumnKey> columns;
  for (std::size_t c = 1; c < names.size(); ++c) {
    columns.push_back({names[c], AssetId{*parse_int(csv.fields()[c])}});
  }
  EXPECT_TRUE(*csv.next());
  Panel panel(columns);
  while (*csv.next()) {
    panel.append_row(stamp(std::string(csv.fields()[0])));
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const std::string_view value = csv.fields()[c + 1];
      panel.set(panel.row_count() - 1, c, value.empty() ? std::nan("") : *parse_double(value));
    }
  }
  return panel;
}

NodeFrame keyframe(const Panel& window, Timestamp bar, Timestamp wall) {
  return {.bar = bar,
          .wall = wall,
          .keyframe = true,
          .dropped_front = 0,
          .changed = window,
          .window_rows = window.row_count(),
          .window_hash = hash_panel(window)};
}

/// Export the log in `dir`/log to `dir`/out.
void export_log(const TempDir& dir, const ExportOptions& options = {}) {
  const auto reader = RunReader::open(dir / "log", Verify::kAll);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  const Status exported = export_reference_layout(*reader, dir / "out", options);
  ASSERT_TRUE(exported.ok()) << exported.error().message;
}

TEST(Export, ANodeIsWrittenByteForByteAsTheReferenceDoes) {
  const std::string name = "predict.6.adjust_rets.df_out.20230815_103500.20261122_022720.csv.gz";
  const auto gz = read_file(kGolden / "dag/node_io/node_io.data" / name);
  if (!gz.ok()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const std::string expected = gunzip(*gz, 1 << 30).value();
  const Panel window = panel_from_csv(expected);
  ASSERT_GT(window.row_count(), 100U);
  Manifest manifest = manifest_with(window.columns());
  manifest.nodes[0].name = "predict.6.adjust_rets";
  manifest.nodes[0].topological_id = 0;
  const TempDir dir;
  {
    auto writer = RunWriter::create(dir / "log", manifest, "", "", Durability::kAtSeal);
    ASSERT_TRUE(writer.ok());
    const Timestamp wall =
        *parse_local_ts_name("20261122_022720", Zone::kNewYork, AmbiguousLocal::kEarlier);
    ASSERT_TRUE(writer->write_node(0, keyframe(window, kBar + minutes(5), wall)).ok());
    ASSERT_TRUE(writer->commit_bar(kBar + minutes(5), wall, BarOutcome::kOk).ok());
  }
  export_log(dir);
  const auto written = read_file(dir / ("out/dag/node_io/node_io.data/" + name));
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(gunzip(*written, 1 << 30).value(), expected);
}

const std::vector<ColumnSpec> kTargetSchema{{"asset_id", ColumnType::kInt64},
                                            {"holdings_shares", ColumnType::kFloat64},
                                            {"price", ColumnType::kFloat64},
                                            {"holdings_notional", ColumnType::kFloat64},
                                            {"wall_clock_timestamp", ColumnType::kTimestamp},
                                            {"prediction", ColumnType::kFloat64},
                                            {"volatility", ColumnType::kFloat64},
                                            {"spread", ColumnType::kFloat64},
                                            {"target_holdings_notional", ColumnType::kFloat64},
                                            {"target_trades_notional", ColumnType::kFloat64},
                                            {"target_trades_shares", ColumnType::kFloat64},
                                            {"target_holdings_shares", ColumnType::kFloat64}};

/// The portfolio table of a bar from the reference's four one-row files.
Table portfolio_from_golden(const std::string& name) {
  Table table;
  table.key_count = 1;
  for (const char* field : {"holdings_shares", "holdings_notional", "executed_trades_shares",
                            "executed_trades_notional"}) {
    const std::string text =
        read_file(kGolden / "process_forecasts/portfolio" / field / name).value();
    std::vector<double> values(6);  // the first bar's executed_trades_notional has no row
    CsvReader csv(text);
    EXPECT_TRUE(*csv.next());
    const auto header = fields_of(csv);
    if (*csv.next()) {
      for (std::size_t c = 1; c < header.size(); ++c) {
        values[c - 1] = *parse_double(csv.fields()[c]);
      }
    }
    if (table.columns.empty()) {
      std::vector<std::int64_t> ids;
      for (std::size_t c = 1; c < header.size(); ++c) {
        ids.push_back(*parse_int(header[c]));
      }
      table.columns.push_back({"asset_id", ids});
    }
    table.columns.push_back({field, values});
  }
  return table;
}

/// Numbers by value: the reference prints a column of whole numbers as integers when pandas gave it
/// an integer type.
std::string with_floats(const std::string& text) {
  CsvReader csv(text);
  std::string out;
  while (*csv.next()) {
    for (const std::string_view field : csv.fields()) {
      const auto number = parse_double(field);
      out += (number.has_value() ? format_double(*number) : std::string(field)) + ",";
    }
    out += '\n';
  }
  return out;
}

TEST(Export, DecisionsAreWrittenAsTheReferenceDoes) {
  const fs::path golden = kGolden / "process_forecasts";
  if (!fs::exists(golden)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const std::vector<std::string> names{"20230815_103000.20230815_103010.csv",
                                       "20230815_103500.20230815_103510.csv"};
  std::vector<ColumnSpec> statistics_schema{{"snapshot_timestamp", ColumnType::kTimestamp}};
  for (const char* name :
       {"pnl", "gross_volume", "net_volume", "gmv", "nmv", "cash", "net_wealth", "leverage"}) {
    statistics_schema.push_back({name, ColumnType::kFloat64});
  }
  const TempDir dir;
  {
    auto writer = RunWriter::create(dir / "log", manifest_with({}), "dag_config:\n", "{}",
                                    Durability::kAtSeal);
    ASSERT_TRUE(writer.ok());
    for (std::size_t b = 0; b < names.size(); ++b) {
      const Timestamp bar = kBar + minutes(5) * static_cast<std::int64_t>(b);
      const auto text = [&](const char* part) {
        return read_file(golden / part / names[b]).value();
      };
      const auto write = [&](TableKind kind, const Table& table) {
        ASSERT_TRUE(writer->write_table(kind, bar, bar, table).ok());
      };
      write(TableKind::kTargetPositions, table_from_csv(text("target_positions"), kTargetSchema));
      write(TableKind::kOrders, orders_from_text(text("orders")));
      write(TableKind::kPortfolio, portfolio_from_golden(names[b]));
      write(TableKind::kStatistics,
            table_from_csv(text("portfolio/statistics"), statistics_schema));
      ASSERT_TRUE(writer->commit_bar(bar, bar + hours(1), BarOutcome::kOk).ok());
    }
  }
  export_log(dir);
  for (const std::string& name : names) {
    for (const char* part : {"orders", "portfolio/holdings_shares", "portfolio/holdings_notional",
                             "portfolio/executed_trades_shares",
                             "portfolio/executed_trades_notional", "portfolio/statistics"}) {
      const auto written = read_file(dir.path() / "out/process_forecasts" / part / name);
      ASSERT_TRUE(written.ok()) << written.error().message;
      EXPECT_EQ(*written, read_file(golden / part / name).value()) << part;
    }
    const auto written = read_file(dir.path() / "out/process_forecasts/target_positions" / name);
    ASSERT_TRUE(written.ok());
    const std::string expected = read_file(golden / "target_positions" / name).value();
    EXPECT_EQ(with_floats(*written), with_floats(expected));
    EXPECT_EQ(written->substr(0, written->find('\n')), expected.substr(0, expected.find('\n')));
  }
  EXPECT_EQ(read_file(dir / "out/config_version.txt").value(),
            read_file(kGolden / "config_version.txt").value());
  EXPECT_EQ(read_file(dir / "out/system_config.output.txt").value(), "dag_config:\n");
}

/// The window of bar `b`: rows 0..b, the first dropped from bar 3 on.
struct SlidingRun {
  Panel window{std::vector<ColumnKey>{{"close", AssetId{101}}, {"n", kNoAsset}}};
  NodeFrame step(std::size_t b) {
    const Timestamp bar = kBar + minutes(5) * static_cast<std::int64_t>(b);
    NodeFrame frame{.bar = bar,
                    .wall = bar + seconds(26),
                    .keyframe = b == 0,
                    .dropped_front = 0,
                    .changed = Panel(window.columns()),
                    .window_rows = 0,
                    .window_hash = {}};
    if (b >= 3) {
      frame.dropped_front = 1;
      window.drop_front(1);
    }
    window.append_row(bar);
    const std::size_t last = window.row_count() - 1;
    window.set(last, 0, static_cast<double>(b) + 0.5);
    if (b == 2) {
      window.set(0, 0, -7);  // a revision
    }
    frame.changed = b == 2 ? window : window.slice({last, last + 1});
    frame.window_rows = window.row_count();
    frame.window_hash = hash_panel(window);
    return frame;
  }
};

TEST(Export, EachFileHoldsTheWindowAtItsBar) {
  const TempDir dir;
  SlidingRun sliding;
  std::vector<Panel> windows;
  {
    auto writer = RunWriter::create(dir / "log", manifest_with(sliding.window.columns()), "", "",
                                    Durability::kAtSeal);
    ASSERT_TRUE(writer.ok());
    for (std::size_t b = 0; b < 6; ++b) {
      const Timestamp bar = kBar + minutes(5) * static_cast<std::int64_t>(b);
      if (b != 4) {
        ASSERT_TRUE(writer->write_node(0, sliding.step(b)).ok());
      }
      ASSERT_TRUE(writer->commit_bar(bar, bar + seconds(40), BarOutcome::kOk).ok());
      windows.push_back(sliding.window);
    }
  }
  export_log(dir);
  const auto text_of = [&](const char* stamps) {
    const auto gz =
        read_file(dir / (std::string("out/dag/node_io/node_io.data/predict.0.resample.df_out.") +
                         stamps + ".csv.gz"));
    EXPECT_TRUE(gz.ok()) << stamps;
    return gz.ok() ? gunzip(*gz, 1 << 20).value() : std::string();
  };
  EXPECT_EQ(text_of("20230815_104000.20230815_104026"),
            ",close,n\n,101,\nend_datetime,,\n"
            "2023-08-15 10:30:00-04:00,-7.0,\n2023-08-15 10:35:00-04:00,1.5,\n"
            "2023-08-15 10:40:00-04:00,2.5,\n");
  EXPECT_EQ(text_of("20230815_104500.20230815_104526"),
            ",close,n\n,101,\nend_datetime,,\n2023-08-15 10:35:00-04:00,1.5,\n"
            "2023-08-15 10:40:00-04:00,2.5,\n2023-08-15 10:45:00-04:00,3.5,\n");
  // Bar 4 has no frame: the window is that of bar 3, at the commit's wall time.
  EXPECT_EQ(text_of("20230815_105000.20230815_105040"), text_of("20230815_104500.20230815_104526"));
}

TEST(Export, EveryNthBarAndNoNodesWriteFewerFiles) {
  const TempDir dir;
  SlidingRun sliding;
  {
    auto writer = RunWriter::create(dir / "log", manifest_with(sliding.window.columns()), "", "",
                                    Durability::kAtSeal);
    ASSERT_TRUE(writer.ok());
    for (std::size_t b = 0; b < 7; ++b) {
      const NodeFrame frame = sliding.step(b);
      ASSERT_TRUE(writer->write_node(0, frame).ok());
      ASSERT_TRUE(writer->commit_bar(frame.bar, frame.wall, BarOutcome::kOk).ok());
    }
  }
  const auto count = [&](const ExportOptions& options) {
    export_log(dir, options);
    std::size_t files = 0;
    for (const auto& [name, text] : test::files_of(dir / "out")) {
      files += name.ends_with(".csv.gz") ? 1U : 0U;
    }
    fs::remove_all(dir / "out");
    return files;
  };
  EXPECT_EQ(count({}), 7U);
  EXPECT_EQ(count({.nodes = true, .every_nth_bar = 3}), 3U);
  EXPECT_EQ(count({.nodes = false, .every_nth_bar = 1}), 0U);
}

TEST(Export, TheRepeatedHourOfADstEndKeepsEveryFile) {
  // 2023-11-05 05:30Z and 06:30Z are both 01:30 in New York.
  const TempDir dir;
  {
    auto writer = RunWriter::create(dir / "log", manifest_with({{"close", AssetId{1}}}), "", "",
                                    Durability::kAtSeal);
    ASSERT_TRUE(writer.ok());
    for (const char* text : {"2023-11-05T05:30:00Z", "2023-11-05T06:30:00Z"}) {
      Panel window(std::vector<ColumnKey>{{"close", AssetId{1}}});
      window.append_row(stamp(text));
      ASSERT_TRUE(writer->write_node(0, keyframe(window, stamp(text), stamp(text))).ok());
      ASSERT_TRUE(writer->commit_bar(stamp(text), stamp(text), BarOutcome::kOk).ok());
    }
  }
  export_log(dir);
  const std::string stem =
      "out/dag/node_io/node_io.data/predict.0.resample.df_out.20231105_013000.";
  const auto first = read_file(dir / (stem + "20231105_013000.csv.gz"));
  const auto second = read_file(dir / (stem + "20231105_013001.csv.gz"));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(gunzip(*first, 1 << 20)->find("01:30:00-04:00"), std::string::npos);
  EXPECT_NE(gunzip(*second, 1 << 20)->find("01:30:00-05:00"), std::string::npos);
}

TEST(Export, ATargetThatHoldsSomethingIsRefusedAndLeftAlone) {
  const TempDir dir;
  test::write_sample(dir / "log", {}, 1, test::Ending::kSealed);
  fs::create_directories(dir / "out");
  test::write_text(dir / "out/mine.txt", "mine");
  const auto reader = RunReader::open(dir / "log");
  ASSERT_TRUE(reader.ok());
  const Status refused = export_reference_layout(*reader, dir / "out", {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kPathExists);
  EXPECT_EQ(test::files_of(dir / "out").size(), 1U);
}

TEST(Export, AFailedExportLeavesNothing) {
  // The sample's orders lack the columns of an order.
  const TempDir dir;
  const test::SampleRun run = test::write_sample(dir / "log", {}, 12, test::Ending::kSealed);
  const bool any_order = std::ranges::any_of(run.bars(), [](const test::SampleBar& bar) {
    const auto orders = bar.tables.find(TableKind::kOrders);
    return orders != bar.tables.end() && orders->second.has_value() &&
           orders->second->row_count() > 0;
  });
  ASSERT_TRUE(any_order);
  const auto reader = RunReader::open(dir / "log");
  ASSERT_TRUE(reader.ok());
  const Status failed = export_reference_layout(*reader, dir / "out/", {});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1)
      << "only the log is there";
}

}  // namespace
}  // namespace tieout::reference
