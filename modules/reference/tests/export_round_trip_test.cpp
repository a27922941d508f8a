// What is exported is read back as the run that it came from.
#include <algorithm>
#include <bit>
#include <cmath>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "tieout/config/config.hpp"
#include "tieout/core/zone.hpp"
#include "tieout/frames/file.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/reference/export.hpp"
#include "tieout/reference/log_reader.hpp"
#include "tieout/reference/profile_dag.hpp"

#include "config_import.hpp"
#include "sample.hpp"

namespace tieout::reference {
namespace {

namespace fs = std::filesystem;
namespace test = runlog::test;
using runlog::RunReader;
using runlog::RunWriter;
using runlog::TableKind;
using test::TempDir;

constexpr std::size_t kBars = 30;
const char* const kData = "dag/node_io/node_io.data";

/// A config with a leaf of every type.
config::Config every_type() {
  config::Config config;
  config.declare({"dag_config", "resample", "rule"}, "5T");
  config.declare({"dag_config", "resample", "min_count"}, 1);
  config.declare({"dag_config", "compute_vol", "tau"}, 0.1);
  config.declare({"dag_config", "compute_vol", "vwap.ret_0"}, "vwap.ret_0.vol");
  config.declare({"drop_nans"}, true);
  config.declare({"nothing"}, config::Value{});
  config.declare({"empty"}, "");
  config.declare({"start"}, Timestamp{1'516'665'600'100'000'000});
  config.declare({"lookback"}, days(2) + minutes(5));
  config.declare({"short"}, milliseconds(100));
  config.declare({"behind"}, -minutes(5));
  config.declare({"open"}, config::TimeOfDay{hours(9) + minutes(30)});
  return config;
}

Table timings_of(const runlog::Manifest& manifest, std::size_t bar) {
  std::vector<std::string> names;
  std::vector<double> milliseconds;
  for (std::size_t n = 0; n < manifest.nodes.size(); ++n) {
    names.push_back(manifest.nodes[n].name);
    milliseconds.push_back(0.001 * static_cast<double>(1 + n + 100 * bar));
  }
  names.emplace_back("read_market_data");  // a part of the bar that is no node
  milliseconds.push_back(7);
  Table table;
  table.columns = {{"node", names}, {"compute_ms", milliseconds}};
  table.key_count = 1;
  return table;
}

/// A run whose windows slide, are revised and replaced, with NaN, infinities, -0 and denormals, at
/// `dir`/log. The tables of the random run have no columns that the layout has: only timings.
void write_run(const TempDir& dir, std::uint64_t seed) {
  test::SampleOptions options;
  options.seed = seed;
  options.node_count = 4;
  options.asset_count = 3;
  options.max_rows = 9;
  test::write_sample(dir / "random", options, kBars, test::Ending::kSealed);
  const auto random = RunReader::open(dir / "random");
  ASSERT_TRUE(random.ok()) << random.error().message;
  const config::Config config = every_type();
  auto writer = RunWriter::create(dir / "log", random->manifest(), config.to_text(),
                                  config.to_json(), runlog::Durability::kAtSeal);
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  for (std::size_t b = 0; b < kBars; ++b) {
    const runlog::BarRecord& bar = random->bars()[b];
    for (std::size_t n = 0; n < options.node_count; ++n) {
      if (const auto frame = random->node_frame(n, b); frame.ok()) {
        ASSERT_TRUE(writer->write_node(n, *frame).ok());
      }
    }
    ASSERT_TRUE(
        writer
            ->write_table(TableKind::kTimings, bar.bar, bar.wall, timings_of(random->manifest(), b))
            .ok());
    ASSERT_TRUE(writer->commit_bar(bar.bar, bar.wall, bar.outcome).ok());
  }
  ASSERT_TRUE(writer->seal(runlog::RunOutcome::kComplete).ok());
}

Status export_run(const TempDir& dir, const ExportOptions& options) {
  TIEOUT_TRY(const RunReader run, RunReader::open(dir / "log"));
  return export_reference_layout(run, dir / "out", options);
}

recon::Comparison compare_with_export(const TempDir& dir) {
  const auto run = RunReader::open(dir / "log");
  EXPECT_TRUE(run.ok());
  auto exported = open_log(dir / "out", std::make_shared<StringPool>());
  EXPECT_TRUE(exported.ok()) << exported.error().message;
  auto comparison = recon::compare_runs(*run, **exported, {});
  EXPECT_TRUE(comparison.ok()) << comparison.error().message;
  return std::move(*comparison);
}

const recon::LayerResult& layer_of(const recon::Comparison& comparison, recon::Layer layer) {
  return *std::ranges::find(comparison.layers, layer, &recon::LayerResult::layer);
}

std::uint64_t cells_of(const RunReader& run, std::size_t first_node, std::size_t end_node) {
  std::uint64_t cells = 0;
  for (std::size_t n = first_node; n < end_node; ++n) {
    for (std::size_t b = 0; b < run.bars().size(); ++b) {
      cells += run.window_cells(n, b);
    }
  }
  return cells;
}

class ExportedNodes : public ::testing::TestWithParam<NodeFormat> {};

TEST_P(ExportedNodes, EveryCellOfEveryNodeAtEveryBarIsIdentical) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const TempDir dir;
    write_run(dir, seed);
    const Status exported = export_run(dir, {.format = GetParam()});
    ASSERT_TRUE(exported.ok()) << exported.error().message;
    const recon::Comparison comparison = compare_with_export(dir);
    EXPECT_EQ(comparison.bars_both, kBars);
    const auto run = RunReader::open(dir / "log");
    ASSERT_TRUE(run.ok());
    // The source node is the layer `inputs`. What cannot be equal in a log of this layout: it has
    // no journal, no outcome of a bar, no finer wall times than seconds, and no timings of ours.
    const auto& inputs = layer_of(comparison, recon::Layer::kInputs);
    const auto& nodes = layer_of(comparison, recon::Layer::kNodes);
    EXPECT_EQ(inputs.verdict, recon::Verdict::kIdentical) << inputs.note;
    EXPECT_EQ(nodes.verdict, recon::Verdict::kIdentical) << nodes.note;
    EXPECT_EQ(inputs.cells.bitwise, cells_of(*run, 0, 1));
    EXPECT_EQ(nodes.cells.bitwise, cells_of(*run, 1, 4));
    EXPECT_GT(nodes.cells.bitwise, 1000U);
    EXPECT_EQ(layer_of(comparison, recon::Layer::kConfig).cells.outside, 0U);
  }
}

TEST_P(ExportedNodes, OneChangedBitOfAnExportedCellIsADivergence) {
  const TempDir dir;
  write_run(dir, 1);
  ASSERT_TRUE(export_run(dir, {.format = GetParam()}).ok());
  // The last file in the order of names that is read and has rows.
  const std::string suffix = GetParam() == NodeFormat::kCsv ? ".csv.gz" : ".parquet";
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(dir.path() / "out" / kData)) {
    if (entry.path().string().ends_with(suffix)) {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  bool changed = false;
  for (; !files.empty() && !changed; files.pop_back()) {
    frames::CsvOptions csv;
    csv.header_rows = 2;
    auto frame = frames::read_frame(files.back(), csv);
    ASSERT_TRUE(frame.ok()) << frame.error().message;
    for (frames::FrameColumn& column : frame->columns) {
      auto* values = std::get_if<std::vector<double>>(&column.values);
      if (!changed && values != nullptr && !values->empty() && std::isfinite(values->back())) {
        const auto bits = std::bit_cast<std::uint64_t>(values->back());
        values->back() = std::bit_cast<double>(bits ^ 1U);
        changed = true;
      }
    }
    fs::remove(files.back());
    const Status written = suffix == ".csv.gz" ? frames::write_csv(*frame, files.back())
                                               : frames::write_parquet(*frame, files.back());
    ASSERT_TRUE(written.ok()) << written.error().message;
  }
  ASSERT_TRUE(changed);
  const recon::Comparison comparison = compare_with_export(dir);
  EXPECT_EQ(layer_of(comparison, recon::Layer::kNodes).cells.outside, 1U);
}

TEST_P(ExportedNodes, EqualRunsGiveEqualBytes) {
  const TempDir dir;
  write_run(dir, 3);
  ASSERT_TRUE(export_run(dir, {.format = GetParam()}).ok());
  const auto first = test::files_of(dir / "out");
  fs::remove_all(dir / "out");
  ASSERT_TRUE(export_run(dir, {.format = GetParam()}).ok());
  EXPECT_EQ(first, test::files_of(dir / "out"));
  const auto count = [&](const char* suffix) {
    return std::ranges::count_if(first,
                                 [&](const auto& file) { return file.first.ends_with(suffix); });
  };
  const auto files = static_cast<std::ptrdiff_t>(4 * kBars);
  EXPECT_EQ(count(".csv.gz"), GetParam() == NodeFormat::kParquet ? 0 : files);
  EXPECT_EQ(count(".parquet"), GetParam() == NodeFormat::kCsv ? 0 : files);
  // Sizes, two profiles each, config (two) and its version.
  EXPECT_EQ(count(".txt"), 3 * files + 3);
}

TEST_P(ExportedNodes, AFileThatCannotBeWrittenLeavesNothing) {
  // A limit on the file size makes write(2) fail half way, as a full disk does.
  const TempDir dir;
  write_run(dir, 1);
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 300;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status failed = export_run(dir, {.format = GetParam()});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kFileUnwritable);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 2)
      << "only the two logs are there";
}

INSTANTIATE_TEST_SUITE_P(Export, ExportedNodes,
                         ::testing::Values(NodeFormat::kCsv, NodeFormat::kParquet,
                                           NodeFormat::kBoth),
                         [](const auto& test) {
                           return test.param == NodeFormat::kCsv       ? "csv"
                                  : test.param == NodeFormat::kParquet ? "parquet"
                                                                       : "both";
                         });

TEST(ExportedLog, ExecutionTimesAndSizesAreFoundByTheReferencesReaders) {
  const TempDir dir;
  write_run(dir, 2);
  ASSERT_TRUE(export_run(dir, {.format = NodeFormat::kParquet}).ok());
  const auto times = node_execution_times(dir.path() / "out" / kData);
  ASSERT_TRUE(times.ok()) << times.error().message;
  ASSERT_EQ(times->columns.size(), 5U);
  ASSERT_EQ(times->row_count(), kBars);
  const auto& stage = std::get<std::vector<double>>(times->columns[3].values);  // all_nodes is 0
  EXPECT_EQ(times->columns[3].label, frames::ColumnLabel{"stage_2"});
  EXPECT_DOUBLE_EQ(stage[7], 1e-6 * (1 + 2 + 100 * 7));
  const auto run = RunReader::open(dir / "log");
  const auto log = open_log(dir / "out", std::make_shared<StringPool>());
  ASSERT_TRUE(run.ok() && log.ok());
  for (std::size_t b = 0; b < kBars; ++b) {
    const auto table = (*log)->table(TableKind::kTimings, b);
    ASSERT_TRUE(table.ok() && table->has_value());
    for (std::size_t n = 0; n < 4; ++n) {
      const Panel window = run->node_output(n, b).value();
      EXPECT_EQ(std::get<0>((*table)->find("rows")->values)[n],
                static_cast<double>(window.row_count()));
      EXPECT_EQ(std::get<0>((*table)->find("columns")->values)[n],
                static_cast<double>(window.column_count()));
    }
  }
}

TEST(ExportedLog, TheConfigIsReadBackWithItsTypes) {
  const TempDir dir;
  write_run(dir, 1);
  ASSERT_TRUE(export_run(dir, {.nodes = false}).ok());
  const std::string text = read_file(dir / "out/system_config.output.txt").value();
  EXPECT_EQ(read_file(dir / "out/system_config.input.txt").value(), text);
  for (const config::LeafDiff& diff : config::diff(every_type(), parse_config_text(text))) {
    ADD_FAILURE() << diff.path.back() << " " << to_string(diff.kind) << "\n" << text;
  }
  EXPECT_NE(text.find("  resample (marked_as_used=False, writer=None, "
                      "val_type=core.config.config_.Config): \n"
                      "    rule (marked_as_used=False, writer=default, val_type=str): 5T\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("Timedelta): -1 days +23:55:00\n"), std::string::npos) << text;
}

const fs::path kGoldenData = fs::path(TIEOUT_SHARED_DIR) /
                             "golden/logs/sim_clean/system_log_dir.manual/dag/node_io/node_io.data";

/// The pandas metadata of a Parquet file; the footer holds it as plain text.
nlohmann::json pandas_meta(const fs::path& file) {
  const std::string bytes = read_file(file).value();
  const std::size_t begin = bytes.find("{\"index_columns\"");
  EXPECT_NE(begin, std::string::npos) << file;
  for (std::size_t end = bytes.find('}', begin); end != std::string::npos;
       end = bytes.find('}', end + 1)) {
    auto json = nlohmann::json::parse(bytes.substr(begin, end + 1 - begin), nullptr, false);
    if (!json.is_discarded()) {
      json.erase("creator");
      return json;
    }
  }
  ADD_FAILURE() << file;
  return {};
}

TEST(ExportedLog, AWindowHasTheSchemaMetadataAndValuesOfTheReferencesFile) {
  const std::string name = "predict.6.adjust_rets.df_out.20230815_103500.20261122_022720.parquet";
  const auto golden = frames::read_parquet(kGoldenData / name);
  if (!golden.ok()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  runlog::Manifest manifest;
  manifest.bar = minutes(5);
  runlog::NodeInfo node;
  node.name = "predict.6.adjust_rets";
  for (const frames::FrameColumn& column : golden->columns) {
    node.columns.push_back({column.label[0], AssetId{std::stoll(column.label[1])}});
  }
  Panel window(node.columns);
  window.append_rows(std::get<std::vector<Timestamp>>(golden->index->values));
  for (std::size_t c = 0; c < node.columns.size(); ++c) {
    std::ranges::copy(std::get<std::vector<double>>(golden->columns[c].values),
                      window.column(c).begin());
  }
  manifest.nodes.push_back(node);
  const Timestamp bar =
      *parse_local_ts_name("20230815_103500", Zone::kNewYork, AmbiguousLocal::kEarlier);
  const Timestamp wall =
      *parse_local_ts_name("20261122_022720", Zone::kNewYork, AmbiguousLocal::kEarlier);
  const TempDir dir;
  {
    auto writer = RunWriter::create(dir / "log", manifest, "", "", runlog::Durability::kAtSeal);
    ASSERT_TRUE(writer.ok());
    runlog::NodeFrame frame;
    frame.bar = bar;
    frame.wall = wall;
    frame.keyframe = true;
    frame.changed = window;
    frame.window_rows = window.row_count();
    frame.window_hash = hash_panel(window);
    ASSERT_TRUE(writer->write_node(0, frame).ok());
    ASSERT_TRUE(writer->commit_bar(bar, wall, runlog::BarOutcome::kOk).ok());
  }
  ASSERT_TRUE(export_run(dir, {.format = NodeFormat::kParquet}).ok());
  const fs::path file = dir.path() / "out" / kData / name;
  EXPECT_EQ(pandas_meta(file), pandas_meta(kGoldenData / name));
  const auto ours = frames::read_parquet(file);
  ASSERT_TRUE(ours.ok()) << ours.error().message;
  EXPECT_EQ(ours->zone, "America/New_York");
  EXPECT_EQ(ours->zone, golden->zone);
  EXPECT_EQ(ours->level_names, golden->level_names);
  EXPECT_EQ(ours->index->label, golden->index->label);
  EXPECT_EQ(ours->index->values, golden->index->values);
  ASSERT_EQ(ours->columns.size(), golden->columns.size());
  for (std::size_t c = 0; c < ours->columns.size(); ++c) {
    EXPECT_EQ(ours->columns[c].label, golden->columns[c].label);
    const auto& left = std::get<std::vector<double>>(ours->columns[c].values);
    const auto& right = std::get<std::vector<double>>(golden->columns[c].values);
    EXPECT_TRUE(std::ranges::equal(left, right, [](double a, double b) {
      return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
    })) << c;
  }
  // The lines of the sizes that the reference has too, up to the one that is read.
  const auto sizes = [&](const fs::path& parquet) {
    const std::string text = read_file(fs::path(parquet).replace_extension(".txt")).value();
    return text.substr(0, text.find('\n', text.find("shape=(")));
  };
  EXPECT_EQ(sizes(file), sizes(kGoldenData / name));
}

}  // namespace
}  // namespace tieout::reference
