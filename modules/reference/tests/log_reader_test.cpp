#include "tieout/reference/log_reader.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <map>

#include <gmock/gmock.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/gzip.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"

#include "log_fixture.hpp"

namespace tieout::reference {
namespace {

using runlog::RunSource;
using runlog::TableKind;
using test::compare;
using test::HandLog;
using test::kGolden;
using test::open;
using test::TempDir;
using test::write_text;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kClean = kGolden / "logs/prod_clean/system_log_dir.manual";

bool has_goldens() {
  std::error_code ignored;
  return fs::is_directory(kClean, ignored);
}

constexpr char kRow1[] = "2023-08-15 10:30:00-04:00,1.5\n";
constexpr char kRow2[] = "2023-08-15 10:35:00-04:00,2.5\n";
constexpr char kRow3[] = "2023-08-15 10:40:00-04:00,3.5\n";

TEST(OpenLog, ReadsAGenuineLog) {
  if (!has_goldens()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const auto log = open(kClean);
  ASSERT_TRUE(log.ok()) << log.error().message;
  const RunSource& run = **log;
  EXPECT_EQ(run.bars().size(), 24U);
  EXPECT_EQ(to_iso(run.bars().front().bar), "2023-08-15 14:30:00+00:00");
  EXPECT_EQ(run.manifest().nodes.size(), 9U);
  EXPECT_EQ(run.manifest().nodes[4].name, "predict.4.compute_ret_0");
  EXPECT_EQ(run.manifest().nodes[4].inputs, std::vector<std::size_t>{3});
  EXPECT_EQ(run.manifest().constructor, "Mock2_DagBuilder");
  EXPECT_EQ(run.manifest().bar.ns, minutes(5).ns);
  EXPECT_EQ(run.manifest().history_lookback.ns, days(2).ns);
  EXPECT_EQ(run.manifest().universe.size(), 6U);
  EXPECT_EQ(run.manifest().mode, "manual");
  // README of the goldens and results/summary.json: the sizes of the frames.
  EXPECT_EQ(run.window_cells(0, 3), 2880U * 42U);
  EXPECT_EQ(run.window_cells(8, 3), 576U * 78U);
  EXPECT_EQ(run.table_cells(TableKind::kOrders, 6), 6U * 8U);
}

/// Each twin of a bar (csv.gz beside Parquet) holds the same cells.
TEST(OpenLog, AWindowIsWhatItsCsvTwinSays) {
  if (!has_goldens()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const auto log = open(kClean);
  ASSERT_TRUE(log.ok());
  std::size_t cells = 0;
  for (const auto& entry : fs::directory_iterator(kClean / "dag/node_io/node_io.data")) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".csv.gz") || name.find("resample") == std::string::npos) {
      continue;
    }
    const std::string text = gunzip(read_file(entry.path()).value(), 1U << 30).value();
    CsvReader csv(text);
    for (int header = 0; header < 3; ++header) {
      ASSERT_TRUE(*csv.next());
    }
    const std::string stamp = name.substr(name.find("df_out.") + 7, 15);
    const Timestamp bar = *parse_local_ts_name(stamp, Zone::kNewYork, AmbiguousLocal::kEarlier);
    std::size_t i = 0;
    while ((*log)->bars()[i].bar != bar) {
      ++i;
    }
    const auto window = (*log)->node_output(3, i);
    ASSERT_TRUE(window.ok()) << window.error().message;
    std::size_t row = 0;
    for (; *csv.next(); ++row) {
      ASSERT_EQ(to_local_iso(window->index()[row], Zone::kNewYork), csv.fields()[0]);
      for (std::size_t c = 0; c < window->column_count(); ++c, ++cells) {
        const std::string_view cell = csv.fields()[c + 1];
        const double value = window->at(row, c);
        ASSERT_TRUE(cell.empty() ? std::isnan(value) : parse_double(cell) == value)
            << name << " row " << row << " column " << c << ": " << value << " and " << cell;
      }
    }
    EXPECT_EQ(row, window->row_count());
  }
  EXPECT_EQ(cells, 3U * 576U * 42U);
}

TEST(OpenLog, ApplyingTheFramesGivesEveryWindow) {
  if (!has_goldens()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const auto log = open(kGolden / "logs/prod_late_bar");  // the parent of the one log
  ASSERT_TRUE(log.ok());
  const RunSource& run = **log;
  for (const std::size_t node : {std::size_t{0}, std::size_t{3}, std::size_t{8}}) {
    Panel window(run.manifest().nodes[node].columns);
    std::size_t changed = 0;
    for (std::size_t bar = 0; bar < run.bars().size(); ++bar) {
      const auto frame = run.node_frame(node, bar);
      ASSERT_TRUE(frame.ok()) << frame.error().message;
      EXPECT_EQ(frame->keyframe, bar == 0);
      EXPECT_EQ(frame->window_rows, frame->keyframe ? frame->changed.row_count()
                                                    : run.node_output(node, bar)->row_count());
      changed += bar > 0 ? frame->changed.row_count() : 0;
      ASSERT_TRUE(runlog::apply_frame(*frame, window).ok());
      const auto output = run.node_output(node, bar);
      ASSERT_TRUE(output.ok());
      ASSERT_EQ(output->index().size(), window.index().size());
      for (std::size_t c = 0; c < window.column_count(); ++c) {
        ASSERT_EQ(0, std::memcmp(window.column(c).data(), output->column(c).data(),
                                 window.row_count() * sizeof(double)))
            << "node " << node << " bar " << bar << " column " << c;
      }
    }
    EXPECT_LT(changed, 100U) << "a bar changes few rows";
  }
}

TEST(OpenLog, TimestampsAreWordsOfTheirType) {
  if (!has_goldens()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const auto log = open(kClean);
  ASSERT_TRUE(log.ok());
  const runlog::NodeInfo& source = (*log)->manifest().nodes[0];
  ASSERT_EQ(source.types.size(), 42U);
  const ColumnKey key{"start_datetime", AssetId{0}};
  const auto window = (*log)->node_output(0, 0);
  const std::size_t column = *window->find_column(key);
  EXPECT_EQ(source.types[column], ColumnType::kTimestamp);
  EXPECT_EQ(to_iso({std::bit_cast<std::int64_t>(window->at(0, column))}),
            "2023-08-13 14:30:00+00:00");
  EXPECT_TRUE((*log)->manifest().nodes[3].types.empty());
  EXPECT_EQ((*log)->strings(), nullptr);
}

TEST(Compare, TheSameRunTwiceIsIdentical) {
  if (!has_goldens()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const auto result = compare(kGolden / "logs/prod_clean", kGolden / "logs/sim_clean");
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->verdict, recon::Verdict::kIdentical) << result->sentence;
  EXPECT_EQ(result->bars_both, 24U);
  for (const recon::LayerResult& layer : result->layers) {
    EXPECT_EQ(layer.cells.outside, 0U) << recon::to_string(layer.layer);
  }
  EXPECT_EQ(result->cells.present, result->cells.bitwise);
}

/// Which windows differ is what the reference's own comparison found.
TEST(Compare, ALateBarDivergesWhereTheReferenceSaysSo) {
  if (!has_goldens()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  std::map<std::string, Timestamp> expected;  // first bar at which a node differs
  const std::string text =
      read_file(kGolden / "logs/results/prod_late_bar.vs_sim.dag_max_diff.csv").value();
  CsvReader csv(text);
  ASSERT_TRUE(*csv.next());
  while (*csv.next()) {
    const bool differs = *parse_double(csv.fields()[2]) != 0 || csv.fields()[4] != "0";
    if (differs) {
      expected.emplace(std::string(csv.fields()[0]), *parse_iso(csv.fields()[1]));
    }
  }
  ASSERT_EQ(expected.size(), 9U);
  const auto result = compare(kGolden / "logs/prod_late_bar", kGolden / "logs/sim_clean");
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->verdict, recon::Verdict::kDiverged);
  ASSERT_EQ(result->nodes.size(), 9U);
  for (const recon::NodeResult& node : result->nodes) {
    ASSERT_TRUE(node.first_bar) << node.name;
    EXPECT_EQ(to_iso(*node.first_bar), to_iso(expected.at(node.name))) << node.name;
  }
  ASSERT_TRUE(result->first);
  EXPECT_EQ(result->first->finding.part, "predict.0.read_data") << result->first->sentence;
  EXPECT_EQ(result->first->finding.left, "nan");
}

TEST(Compare, TheFirstDivergenceEndsTheWalkWhenOnlyThatIsAskedFor) {
  const TempDir dir;
  for (const char* side : {"left", "right"}) {
    const HandLog log(dir / side);
    const bool left = std::string_view(side) == "left";
    log.node("predict.0.a", "20230815_103000", kRow1);
    log.node("predict.0.a", "20230815_103500",
             std::string(kRow1) + (left ? kRow2 : "2023-08-15 10:35:00-04:00,2.25\n"));
    log.node("predict.0.a", "20230815_104000", std::string(kRow2) + kRow3);
    log.node("predict.0.a", "20230815_104500", left ? kRow3 : kRow1);
  }
  const auto strings = std::make_shared<StringPool>();
  const auto left = open_run(dir / "left", strings);
  const auto right = open_run(dir / "right", strings);
  recon::CompareOptions options;
  options.stop_at_first = true;
  const auto result = recon::compare_runs(**left, **right, options);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->verdict, recon::Verdict::kDiverged);
  EXPECT_EQ(result->bars_not_compared, 2U);
  EXPECT_EQ(result->distinct_breaks, 1U);
  EXPECT_EQ(result->first->finding.right, "2.25");
  EXPECT_EQ(result->coverage, 0.5);
  EXPECT_THAT(result->sentence, HasSubstr("2 later bars not compared"));
  EXPECT_THAT(recon::to_json(*result), HasSubstr("bars_not_compared"));
  options.stop_at_first = false;
  EXPECT_EQ(recon::compare_runs(**left, **right, options)->bars_not_compared, 0U);
}

TEST(Compare, AGoldenPairOfNodeOutputsAgreesAcrossFormats) {
  const fs::path dir = kGolden / "compare/dag_01_identical";
  if (!has_goldens()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const char* data = "dag/node_io/node_io.data";
  const auto result = compare(dir / "input/prod" / data, dir / "input_csv/sim" / data);
  ASSERT_TRUE(result.ok()) << result.error().message;
  // There is no config to compare: that is not agreement.
  EXPECT_EQ(result->verdict, recon::Verdict::kInconclusive);
  EXPECT_EQ(result->distinct_breaks, 0U) << result->sentence;
  EXPECT_EQ(result->bars_both, 4U);
  EXPECT_EQ(result->cells.bitwise, result->cells.present);
}

TEST(OpenLog, OneFileOfABarIsReadAlsoWhereACsvTwinLies) {
  if (!has_goldens()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const TempDir dir;
  const std::string stem = "predict.3.resample.df_out.20230815_103000.20230815_103010";
  fs::create_directories(dir / "dag/node_io/node_io.data");
  const fs::path from = kClean / "dag/node_io/node_io.data";
  fs::copy_file(from / (stem + ".parquet"),
                dir / ("dag/node_io/node_io.data/" + stem + ".parquet"));
  write_text(dir / ("dag/node_io/node_io.data/" + stem + ".csv.gz"), "not read");
  const auto log = open(dir.path());
  ASSERT_TRUE(log.ok()) << log.error().message;
  EXPECT_EQ((*log)->window_cells(0, 0), 576U * 42U);
}

TEST(OpenLog, ATruncatedFileIsCorruptEvidenceThatNamesIt) {
  if (!has_goldens()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const std::string stem = "predict.3.resample.df_out.20230815_103000.20230815_103010.parquet";
  const std::string bytes = read_file(kClean / "dag/node_io/node_io.data" / stem).value();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    const TempDir dir;
    write_text(dir / ("dag/node_io/node_io.data/" + stem), bytes.substr(0, size));
    const auto log = open(dir.path());
    ASSERT_FALSE(log.ok()) << size;
    EXPECT_EQ(log.error().code, ErrorCode::kCorruptEvidence) << log.error().message;
    EXPECT_THAT(log.error().message, HasSubstr(stem));
  }
}

TEST(OpenLog, ALaterTruncatedFileStopsTheComparison) {
  const TempDir dir;
  const HandLog log(dir / "log");
  log.node("predict.0.a", "20230815_103000", kRow1);
  log.node("predict.0.a", "20230815_103500", std::string(kRow1) + "2023-08-15 10:35");
  const auto result = compare(log.dir(), log.dir());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kCorruptEvidence);
  EXPECT_THAT(result.error().message, HasSubstr("predict.0.a.df_out.20230815_103500.csv"));
}

TEST(OpenLog, RowsThatDoNotIncreaseAreNamed) {
  for (const auto& [rows, what] :
       {std::pair(std::string(kRow1) + kRow1,
                  "rows 0 and 1 are 2023-08-15 14:30:00+00:00 and "
                  "2023-08-15 14:30:00+00:00"),
        std::pair(std::string(kRow1) + kRow3 + kRow2, "rows 1 and 2 are")}) {
    const TempDir dir;
    const HandLog log(dir / "log");
    log.node("predict.0.a", "20230815_103000", rows);
    const auto opened = open(log.dir());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::kCorruptEvidence);
    EXPECT_THAT(opened.error().message, HasSubstr(what));
  }
}

TEST(OpenLog, TwoFilesOfOneBarAreCorruptEvidence) {
  const TempDir dir;
  const HandLog log(dir / "log");
  log.node("predict.0.a", "20230815_103000.20230815_103010", kRow1);
  log.node("predict.0.a", "20230815_103000.20230815_103011", kRow1);
  const auto opened = open(log.dir());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorruptEvidence);
  EXPECT_THAT(opened.error().message,
              AllOf(HasSubstr("103010.csv"), HasSubstr("103011.csv"), HasSubstr("C005")));
}

TEST(OpenLog, NamesThatCannotBeParsedAreListedUpToFive) {
  const TempDir dir;
  const HandLog log(dir / "log");
  log.node("predict.0.a", "20230815_103000", kRow1);
  for (int i = 0; i < 7; ++i) {
    write_text(log.data() / ("odd \xC3\xA9 '" + std::to_string(i) + ".csv"), "x");
  }
  const auto opened = open(log.dir());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorruptEvidence);
  EXPECT_THAT(opened.error().message, AllOf(HasSubstr("7 files"), HasSubstr("'4.csv"),
                                            testing::Not(HasSubstr("'5.csv")), HasSubstr("...")));
}

TEST(OpenLog, DirectoriesThatAreNoLogsSayWhatWasLookedFor) {
  const TempDir dir;
  const auto empty = open(dir.path());
  ASSERT_FALSE(empty.ok());
  EXPECT_EQ(empty.error().code, ErrorCode::kNotARunLog);
  EXPECT_THAT(empty.error().message, AllOf(HasSubstr("process_forecasts"), HasSubstr("df_out")));
  EXPECT_EQ(open(dir / "nothing").error().code, ErrorCode::kFileNotFound);
  write_text(dir / "file", "x");
  EXPECT_EQ(open(dir / "file").error().code, ErrorCode::kNotARunLog);
  fs::create_directories(dir / "log/dag/node_io/node_io.data");
  const auto hollow = open(dir / "log");
  ASSERT_FALSE(hollow.ok());
  EXPECT_EQ(hollow.error().code, ErrorCode::kNotARunLog);
  const auto neither = open_run(dir.path() / "log", std::make_shared<StringPool>());
  EXPECT_THAT(neither.error().message, HasSubstr("manifest.json"));
}

TEST(OpenLog, TwoLogsInOneDirectoryAreNamed) {
  const TempDir dir;
  for (const char* mode : {"manual", "scheduled"}) {
    const HandLog log(dir / (std::string("system_log_dir.") + mode));
    log.node("predict.0.a", "20230815_103000", kRow1);
  }
  const auto opened = open(dir.path());
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message,
              AllOf(HasSubstr("system_log_dir.manual"), HasSubstr("system_log_dir.scheduled")));
}

TEST(OpenLog, EveryDirectoryOfTheDagMayBeGiven) {
  const TempDir dir;
  const HandLog log(dir / "system_log_dir.manual");
  log.node("predict.0.a", "20230815_103000", kRow1);
  for (const char* part :
       {"", "system_log_dir.manual", "system_log_dir.manual/dag",
        "system_log_dir.manual/dag/node_io", "system_log_dir.manual/dag/node_io/node_io.data"}) {
    const auto opened = open(dir / part);
    ASSERT_TRUE(opened.ok()) << part << ": " << opened.error().message;
    EXPECT_EQ((*opened)->window_cells(0, 0), 1U) << part;
  }
}

TEST(OpenLog, NodesAreInTheOrderOfTheirNumbers) {
  const TempDir dir;
  const HandLog log(dir / "log");
  for (const char* name : {"predict.10.z", "predict.9.a", "predict.0.s", "fit.0.s"}) {
    log.node(name, "20230815_103000", kRow1);
  }
  const auto opened = open(log.dir());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  std::vector<std::string> names;
  for (const runlog::NodeInfo& node : (*opened)->manifest().nodes) {
    EXPECT_EQ(node.topological_id, names.size());
    names.push_back(node.name);
  }
  EXPECT_THAT(names, testing::ElementsAre("fit.0.s", "predict.0.s", "predict.9.a", "predict.10.z"));
  EXPECT_TRUE((*opened)->manifest().nodes[1].inputs.empty()) << "fit is no input of predict";
  EXPECT_EQ((*opened)->manifest().nodes[3].inputs, std::vector<std::size_t>{2});
}

TEST(OpenLog, AHalfCopiedLogLacksWindowsAndSaysSo) {
  const TempDir dir;
  const HandLog log(dir / "log");
  log.node("predict.0.a", "20230815_103000", kRow1);
  log.node("predict.0.a", "20230815_103500", std::string(kRow1) + kRow2);
  log.node("predict.0.a", "20230815_104000", std::string(kRow1) + kRow2 + kRow3);
  log.node("predict.1.b", "20230815_103000", kRow1);
  log.node("predict.1.b", "20230815_104000", std::string(kRow2) + kRow3);
  const auto opened = open(log.dir());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  const RunSource& run = **opened;
  EXPECT_TRUE(run.has_window(0, 1));
  EXPECT_FALSE(run.has_window(1, 1));
  EXPECT_EQ(run.node_frame(1, 1).error().code, ErrorCode::kIncompleteEvidence);
  EXPECT_EQ(run.node_output(1, 1).error().code, ErrorCode::kIncompleteEvidence);
  EXPECT_NE(run.window_hash(1, 1), run.window_hash(1, 0));
  EXPECT_THAT(run.notes(), Contains(HasSubstr("predict.1.b has no file at 1 of 3 bars")));
  // What changed since the last bar that is there.
  const auto frame = run.node_frame(1, 2);
  ASSERT_TRUE(frame.ok());
  EXPECT_EQ(frame->dropped_front, 1U);
  EXPECT_EQ(frame->changed.row_count(), 2U);
  EXPECT_EQ(run.manifest().outcome, runlog::RunOutcome::kComplete);
  fs::remove(log.data() / "predict.1.b.df_out.20230815_104000.csv");
  EXPECT_EQ((*open(log.dir()))->manifest().outcome, runlog::RunOutcome::kInterrupted);
}

TEST(OpenLog, AColumnOfIntegersThatBecomesFloatsStaysTheSameNumbers) {
  const TempDir dir;
  const HandLog log(dir / "log");
  log.node("predict.0.a", "20230815_103000", "2023-08-15 10:30:00-04:00,7\n");
  log.node("predict.0.a", "20230815_103500",
           "2023-08-15 10:30:00-04:00,7.0\n2023-08-15 10:35:00-04:00,\n");
  const auto opened = open(log.dir());
  ASSERT_TRUE(opened.ok());
  ASSERT_EQ((*opened)->manifest().nodes[0].types, std::vector{ColumnType::kInt64});
  const auto frame = (*opened)->node_frame(0, 1);
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  ASSERT_EQ(frame->changed.row_count(), 1U) << "7 and 7.0 are one number";
  EXPECT_EQ(std::bit_cast<std::int64_t>(frame->changed.at(0, 0)), kNullWord);
}

TEST(OpenLog, AColumnThatChangesItsTypeNamesFileColumnAndTypes) {
  for (const auto& [cell, type] : {std::pair("x", "string"), std::pair("7.5", "float64")}) {
    const TempDir dir;
    const HandLog log(dir / "log");
    log.node("predict.0.a", "20230815_103000", "2023-08-15 10:30:00-04:00,7\n");
    log.node("predict.0.a", "20230815_103500",
             std::string("2023-08-15 10:30:00-04:00,") + cell + "\n");
    const auto result = compare(log.dir(), log.dir());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kCorruptEvidence);
    EXPECT_THAT(result.error().message,
                AllOf(HasSubstr("20230815_103500.csv"), HasSubstr("close[101]"), HasSubstr(type),
                      HasSubstr("int64")));
  }
}

TEST(OpenLog, AColumnThatComesOrGoesIsNamed) {
  const TempDir dir;
  const HandLog log(dir / "log");
  log.node("predict.0.a", "20230815_103000", kRow1);
  log.node("predict.0.a", "20230815_103500", kRow1, "open");
  const auto frame = (*open(log.dir()))->node_frame(0, 1);
  ASSERT_FALSE(frame.ok());
  EXPECT_EQ(frame.error().code, ErrorCode::kCorruptEvidence);
  EXPECT_THAT(frame.error().message, HasSubstr("lacks column 'close[101]'"));
}

TEST(OpenLog, BothPassesOfTheRepeatedHourAreBars) {
  const TempDir dir;
  const HandLog log(dir / "log");
  log.node("predict.0.a", "20231105_015500.20231105_015510", "2023-11-05 01:55:00-04:00,1\n");
  log.node("predict.0.a", "20231105_015500.20231105_015511", "2023-11-05 01:55:00-05:00,2\n");
  log.node("predict.0.a", "20231105_010000.20231105_010010", "2023-11-05 01:00:00-05:00,3\n");
  const auto opened = open(log.dir());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  ASSERT_EQ((*opened)->bars().size(), 3U);
  EXPECT_EQ(to_iso((*opened)->bars()[1].bar), "2023-11-05 05:55:00+00:00");
  EXPECT_EQ(to_iso((*opened)->bars()[2].bar), "2023-11-05 06:55:00+00:00");
  EXPECT_EQ((*opened)->node_output(0, 2)->index()[0], (*opened)->bars()[2].bar);
  EXPECT_THAT((*opened)->notes(), Contains(HasSubstr("daylight saving time")));
}

TEST(OpenLog, ADecisionFileThatCannotBeReadIsAnErrorAndNeverEqual) {
  const TempDir dir;
  for (const char* side : {"left", "right"}) {
    const HandLog log(dir / side);
    log.node("predict.0.a", "20230815_103000", kRow1);
    write_text(log.dir() / "process_forecasts/orders/20230815_103000.20230815_103010.csv",
               "Order: order_id=x");
  }
  const auto result = compare(dir / "left", dir / "right");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kCorruptEvidence);
  EXPECT_THAT(result.error().message, AllOf(HasSubstr("orders"), HasSubstr("creation_timestamp")));
}

TEST(OpenLog, ALogWithoutDecisionsSaysSo) {
  const TempDir dir;
  const HandLog log(dir / "log");
  log.node("predict.0.a", "20230815_103000", kRow1);
  EXPECT_THAT((*open(log.dir()))->notes(), Contains(HasSubstr("no process_forecasts")));
}

TEST(OpenLog, TheTimesAndSizesOfTheNodesAreAnUncomparedTable) {
  if (!has_goldens()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const auto log = open(kClean);
  ASSERT_TRUE(log.ok());
  const auto timings = (*log)->table(TableKind::kTimings, 0);
  ASSERT_TRUE(timings.ok() && timings->has_value());
  EXPECT_EQ((*timings)->row_count(), 9U);
  EXPECT_EQ(std::get<std::vector<double>>((*timings)->find("run_node_seconds")->values)[0], 1.771);
  EXPECT_EQ(std::get<std::vector<double>>((*timings)->find("rss_gb")->values)[0], 0.321);
  EXPECT_EQ(std::get<std::vector<double>>((*timings)->find("rows")->values)[3], 576);
  EXPECT_EQ(std::get<std::vector<double>>((*timings)->find("columns")->values)[3], 42);
}

}  // namespace
}  // namespace tieout::reference
