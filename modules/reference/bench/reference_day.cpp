#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <duckdb.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tieout/core/random.hpp"
#include "tieout/core/zone.hpp"
#include "tieout/frames/file.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/reference/log_reader.hpp"

// A generated day in the reference layout, compared over all nodes and bars with the
// self-consistency of both sides, through recon::compare_runs:
//
//   equal      the right files are the left ones, byte for byte (own files, not links)
//   rewritten  the right files have other bytes everywhere, and the same cells
//   differing  from the middle bar on one row of every node differs
//   first      as differing, without self-consistency, up to the first divergence
//
// Windows are 1152 rows x 20 fields x 25 assets that move by one row from bar to bar. Full scale
// (--bars 288 --nodes 9) needs about 40 GB below --dir. Each answer is checked; a separate process
// makes each day, so that the peak memory is that of the comparison.
namespace tieout::reference {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFields = 20;
constexpr std::size_t kAssets = 25;
constexpr std::size_t kColumns = kFields * kAssets;

struct Scale {
  std::size_t bars = 24, nodes = 3, rows = 1152;
  fs::path dir = fs::temp_directory_path();
  std::string only;  // one variant
  std::uint64_t window_bytes() const { return rows * (kColumns + 1) * sizeof(double); }
  std::uint64_t files() const { return bars * nodes; }
};

void check(bool holds, const std::string& what) {
  if (!holds) {
    std::fprintf(stderr, "bench_reference_reference_day: wrong answer: %s\n", what.c_str());
    std::abort();
  }
}

Timestamp row_at(std::size_t row) {
  return Timestamp{1'692'109'800'000'000'000} + minutes(5) * static_cast<std::int64_t>(row);
}

/// All rows that the windows of one node slide over: prices on a grid of ticks in every fourth
/// field, returns and volatilities in the others.
std::vector<std::vector<double>> make_walks(const Scale& scale, std::size_t node) {
  std::vector<std::vector<double>> walks;
  for (std::size_t c = 0; c < kColumns; ++c) {
    const CounterRng random(1 + node, c);
    std::vector<double>& walk = walks.emplace_back();
    double value = 100.0 + static_cast<double>(c);
    for (std::size_t row = 0; row < scale.rows + scale.bars; ++row) {
      value += 0.05 * random.normal(row);
      const bool is_price = c / kAssets % 4 == 0;
      walk.push_back(is_price ? std::round(value * 100) / 100 : value / 97);
    }
  }
  return walks;
}

frames::Frame window_of(const std::vector<std::vector<double>>& walks, const Scale& scale,
                        std::size_t bar) {
  frames::Frame frame;
  frame.level_names = {"", ""};
  frame.zone = "America/New_York";
  std::vector<Timestamp> index;
  for (std::size_t row = 0; row < scale.rows; ++row) {
    index.push_back(row_at(bar + row));
  }
  frame.index = frames::FrameColumn{{"end_datetime"}, std::move(index), {}};
  for (std::size_t c = 0; c < kColumns; ++c) {
    const auto first = walks[c].begin() + static_cast<std::ptrdiff_t>(bar);
    std::vector<double> cells(first, first + static_cast<std::ptrdiff_t>(scale.rows));
    if (c == kColumns - 1) {
      cells.back() = std::numeric_limits<double>::quiet_NaN();
    }
    frame.columns.push_back({{fmt::format("field_{}", c / kAssets), fmt::format("{}", c % kAssets)},
                             std::move(cells),
                             {}});
  }
  return frame;
}

fs::path file_of(const fs::path& log, std::size_t node, std::size_t bar, std::size_t rows) {
  const std::string stamp = to_local_ts_name(row_at(bar + rows - 1), Zone::kNewYork);
  return log / "dag/node_io/node_io.data" /
         fmt::format("predict.{}.stage_{}.df_out.{}.{}.parquet", node, node, stamp, stamp);
}

enum class Side { kLeft, kRewritten, kDiffering };

/// Write one node's files. The last window's last cell is NaN, which a rewritten file keeps as it
/// is and the left one writes as a null: the same cell, other bytes.
void write_node(const Scale& scale, const fs::path& log, std::size_t node, Side side) {
  auto walks = make_walks(scale, node);
  const std::size_t middle = scale.bars / 2;
  if (side == Side::kDiffering) {
    walks[7][middle + scale.rows - 1] += 1e-9;  // the row that the middle bar adds
  }
  const std::size_t first = side == Side::kDiffering ? middle : 0;
  for (std::size_t bar = first; bar < scale.bars; ++bar) {
    const auto nans =
        side == Side::kRewritten ? frames::NanCells::kKeep : frames::NanCells::kAsNull;
    const Status written = frames::write_parquet(window_of(walks, scale, bar),
                                                 file_of(log, node, bar, scale.rows), nans);
    check(written.ok(), written.ok() ? "" : written.error().message);
  }
}

/// Make a log in a process of its own.
void write_log(const Scale& scale, const fs::path& log, Side side) {
  fs::create_directories(log / "dag/node_io/node_io.data");
  std::FILE* config = std::fopen((log / "system_config.output.txt").c_str(), "w");
  std::fputs("dag_builder_class (marked_as_used=False, writer=None, val_type=str): Bench\n",
             config);
  std::fclose(config);
  const pid_t child = ::fork();
  if (child == 0) {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 2; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t node = t; node < scale.nodes; node += 2) {
          write_node(scale, log, node, side);
        }
      });
    }
    threads.clear();
    std::_Exit(0);
  }
  int status = 0;
  check(::waitpid(child, &status, 0) == child && status == 0, "the day could not be written");
}

/// Own copies of the files of bars [first, last).
void copy_files(const Scale& scale, const fs::path& from, const fs::path& to, std::size_t last) {
  fs::create_directories(to / "dag/node_io/node_io.data");
  fs::copy_file(from / "system_config.output.txt", to / "system_config.output.txt",
                fs::copy_options::overwrite_existing);
  for (std::size_t node = 0; node < scale.nodes; ++node) {
    for (std::size_t bar = 0; bar < last; ++bar) {
      fs::copy_file(file_of(from, node, bar, scale.rows), file_of(to, node, bar, scale.rows));
    }
  }
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}
double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// Seconds of one thread of DuckDB for a plain SELECT * of one file, file by file.
double duckdb_seconds_per_file(const Scale& scale, const fs::path& log) {
  constexpr std::size_t kMost = 48;
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  duckdb_set_config(config, "threads", "1");
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  check(duckdb_open_ext(nullptr, &database, config, nullptr) == DuckDBSuccess, "duckdb_open");
  duckdb_destroy_config(&config);
  check(duckdb_connect(database, &connection) == DuckDBSuccess, "duckdb_connect");
  const std::size_t count = std::min<std::size_t>(kMost, scale.bars);
  const double start = cpu_seconds();
  for (std::size_t bar = 0; bar < count; ++bar) {
    const std::string sql =
        "SELECT * FROM read_parquet('" + file_of(log, 0, bar, scale.rows).string() + "')";
    duckdb_result result{};
    check(duckdb_query(connection, sql.c_str(), &result) == DuckDBSuccess, "duckdb_query");
    check(duckdb_row_count(&result) == scale.rows, "DuckDB's rows");
    duckdb_destroy_result(&result);
  }
  const double seconds = (cpu_seconds() - start) / static_cast<double>(count);
  duckdb_disconnect(&connection);
  duckdb_close(&database);
  return seconds;
}

/// Compare, check the answer, print. `decoded` windows had to be decoded at least.
void run(const Scale& scale, const char* name, const fs::path& left, const fs::path& right,
         std::uint64_t decoded, double duckdb_per_file) {
  const std::string_view variant = name;
  const double cpu_start = cpu_seconds();
  const double start = wall_seconds();
  const auto strings = std::make_shared<StringPool>();
  const auto l = open_run(left, strings);
  const auto r = open_run(right, strings);
  check(l.ok(), l.ok() ? "" : l.error().message);
  check(r.ok(), r.ok() ? "" : r.error().message);
  recon::CompareOptions options;
  options.stop_at_first = variant == "first";
  options.check_self_consistency = variant != "first";
  const auto result = recon::compare_runs(**l, **r, options);
  const double wall = wall_seconds() - start;
  const double cpu = cpu_seconds() - cpu_start;
  check(result.ok(), result.ok() ? "" : result.error().message);
  const bool differs = variant == "differing" || variant == "first";
  check(result->verdict == (differs ? recon::Verdict::kDiverged : recon::Verdict::kIdentical),
        result->sentence);
  const std::uint64_t cells = scale.files() * scale.rows * kColumns;
  if (variant != "first") {
    check(result->cells.present == cells && result->bars_both == scale.bars, "cells");
  }
  if (differs) {
    check(result->first &&
              to_iso(result->first->finding.bar) == to_iso(row_at(scale.bars / 2 + scale.rows - 1)),
          "the first divergence");
  }
  if (variant == "differing") {
    check(result->distinct_breaks == scale.nodes, "one break in each node");
    check(result->cells.outside == scale.nodes * (scale.bars - scale.bars / 2), "cells outside");
  }
  const double bytes = static_cast<double>(decoded * scale.window_bytes());
  fmt::print(
      "{:<10} {:8.2f} s wall {:8.2f} s cpu {:6} windows decoded {:6.2f} GB/s {:7.1f} x plain "
      "DuckDB {:7.0f} MiB peak\n",
      name, wall, cpu, decoded, bytes / 1e9 / wall,
      static_cast<double>(decoded) * duckdb_per_file / cpu, peak_mib());
  std::fflush(stdout);
}

void run_in_child(const Scale& scale, const char* name, const fs::path& left, const fs::path& right,
                  std::uint64_t decoded, double duckdb_per_file) {
  if (!scale.only.empty() && scale.only != name) {
    return;
  }
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    run(scale, name, left, right, decoded, duckdb_per_file);
    std::_Exit(0);
  }
  int status = 0;
  check(::waitpid(child, &status, 0) == child && status == 0, name);
}

bool wants(const Scale& scale, const char* name) {
  return scale.only.empty() || scale.only == name;
}

void bench(const Scale& scale) {
  const fs::path root = scale.dir / fmt::format("tieout_reference_day_{}", ::getpid());
  const auto log = [&](const char* name) { return root / name / "system_log_dir.manual"; };
  const double start = wall_seconds();
  write_log(scale, log("left"), Side::kLeft);
  std::uint64_t file_bytes = 0;
  for (const auto& entry : fs::directory_iterator(log("left") / "dag/node_io/node_io.data")) {
    file_bytes += entry.file_size();
  }
  fmt::print(
      "{} bars x {} nodes x {} rows x {} columns: {:.2f} GB of cells, {:.2f} GB in {} files a "
      "side, made in {:.0f} s\n",
      scale.bars, scale.nodes, scale.rows, kColumns,
      static_cast<double>(scale.files() * scale.window_bytes()) / 1e9,
      static_cast<double>(file_bytes) / 1e9, scale.files(), wall_seconds() - start);
  // In a child, so that its memory is not counted; the number comes back through a pipe.
  int ends[2];
  check(::pipe(ends) == 0, "pipe");
  if (::fork() == 0) {
    const double seconds = duckdb_seconds_per_file(scale, log("left"));
    std::_Exit(::write(ends[1], &seconds, sizeof seconds) == sizeof seconds ? 0 : 1);
  }
  double duckdb = 0;
  check(::read(ends[0], &duckdb, sizeof duckdb) == sizeof duckdb, "the time of DuckDB");
  int status = 0;
  ::wait(&status);
  fmt::print("plain DuckDB, one thread: {:.1f} ms for each file, {:.2f} GB/s\n", duckdb * 1e3,
             static_cast<double>(scale.window_bytes()) / 1e9 / duckdb);

  // The windows of one side, for its self-consistency.
  const std::uint64_t files = scale.files();
  if (wants(scale, "equal")) {
    copy_files(scale, log("left"), log("equal"), scale.bars);
    run_in_child(scale, "equal", log("left"), log("equal"), files, duckdb);
    fs::remove_all(root / "equal");
  }
  if (wants(scale, "rewritten")) {
    write_log(scale, log("rewritten"), Side::kRewritten);
    run_in_child(scale, "rewritten", log("left"), log("rewritten"), 2 * files, duckdb);
    fs::remove_all(root / "rewritten");
  }
  if (wants(scale, "differing") || wants(scale, "first")) {
    write_log(scale, log("differing"), Side::kDiffering);
    copy_files(scale, log("left"), log("differing"), scale.bars / 2);
    run_in_child(scale, "differing", log("left"), log("differing"), 2 * files, duckdb);
    run_in_child(scale, "first", log("left"), log("differing"), 4 * scale.nodes, duckdb);
  }
  fs::remove_all(root);
}

int usage(const char* program) {
  std::fprintf(stderr,
               "usage: %s [--bars N] [--nodes N] [--rows N] [--dir DIR] [--variant "
               "equal|rewritten|differing|first]; full scale is --bars 288 --nodes 9\n",
               program);
  return 2;
}

}  // namespace

int bench_main(int argc, char** argv) {
  Scale scale;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--bars") {
      scale.bars = std::strtoul(argv[i + 1], nullptr, 10);
    } else if (flag == "--nodes") {
      scale.nodes = std::strtoul(argv[i + 1], nullptr, 10);
    } else if (flag == "--rows") {
      scale.rows = std::strtoul(argv[i + 1], nullptr, 10);
    } else if (flag == "--dir") {
      scale.dir = argv[i + 1];
    } else if (flag == "--variant") {
      scale.only = argv[i + 1];
    } else {
      return usage(argv[0]);
    }
  }
  if (argc % 2 == 0 || scale.bars < 2 || scale.nodes == 0 || scale.rows == 0) {
    return usage(argv[0]);
  }
  bench(scale);
  return 0;
}

}  // namespace tieout::reference

int main(int argc, char** argv) {
  return tieout::reference::bench_main(argc, argv);
}
