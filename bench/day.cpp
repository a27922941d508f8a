// The budgets of the main job, on one machine in one run: simulate a day of 10 assets, compare two
// logs of it, and compute bars of 1,000 assets. Every number is printed beside the budget and,
// where there is one, beside a peer in the same run (full recomputation); every answer is checked,
// and a wrong one ends the program with exit code 1.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tieout/marketdata/dump.hpp"
#include "tieout/marketdata/feed.hpp"
#include "tieout/marketdata/import.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/system/run.hpp"

namespace tieout {
namespace {

namespace fs = std::filesystem;
using marketdata::BarVersion;

constexpr const char* kBuilder = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";
constexpr int kRepeats = 5;

void check(bool holds, const std::string& what) {
  if (!holds) {
    fmt::print(stderr, "bench_day: wrong answer: {}\n", what);
    std::exit(1);
  }
}

template <typename T>
T unwrap(Result<T> result) {
  check(result.ok(), result.ok() ? "" : to_string(result.error()));
  return std::move(result).value();
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double resident_gib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1024.0 * 1024.0);
}

void print(const char* what, double value, double budget, const char* unit,
           const std::string& note = "") {
  fmt::print("{:<58} {:>9.4f} {:<4} budget {:>6.3f}  {:>5.1f} % of it  {}\n", what, value, unit,
             budget, 100 * value / budget, note);
}

/// Every version that arrives for these final bars, numbered in the order of arrival.
std::vector<BarVersion> arrived(const std::vector<BarVersion>& bars, const char* profile) {
  std::vector<BarVersion> versions;
  for (const marketdata::Arrival& arrival :
       marketdata::plan_arrivals(bars, unwrap(marketdata::arrival_model(profile, 1)))) {
    versions.push_back(arrival.version);
    versions.back().seq = static_cast<std::int64_t>(versions.size());
  }
  return versions;
}

class Day {
 public:
  explicit Day(fs::path dir) : dir_(std::move(dir)) {
    fs::remove_all(dir_);
    fs::create_directories(dir_);
    system::register_builtin_pipelines(registry_);
  }
  ~Day() { fs::remove_all(dir_); }
  Day(const Day&) = delete;
  Day& operator=(const Day&) = delete;

  void write(const std::string& dump, const std::vector<BarVersion>& versions) const {
    check(marketdata::write_dump(dir_ / dump, versions).ok(), "the dump cannot be written");
  }

  /// Simulate into a fresh log; returns seconds.
  double simulate(const std::string& dump, const std::string& log, Timestamp start, Timestamp end,
                  dataflow::Recompute recompute, system::ProgressSink progress = {}) const {
    fs::remove_all(dir_ / log);
    system::SimulationOptions options;
    options.constructor = kBuilder;
    options.start = start;
    options.end = end;
    options.dst_dir = dir_ / log;
    options.market_data = dir_ / dump;
    options.replay = system::Replay::kNominal;
    options.recompute = recompute;
    options.progress = std::move(progress);
    const std::atomic<bool> stop{false};
    const auto begin = std::chrono::steady_clock::now();
    unwrap(system::run_simulation(options, registry_, stop));
    return seconds_since(begin);
  }

  runlog::RunReader open(const std::string& log) const {
    return unwrap(runlog::RunReader::open(dir_ / log));
  }

 private:
  fs::path dir_;
  dataflow::DagBuilderRegistry registry_;
};

bool same_bars(const runlog::RunReader& left, const runlog::RunReader& right) {
  return std::ranges::equal(left.bars(), right.bars(), {}, &runlog::BarRecord::content_hash,
                            &runlog::BarRecord::content_hash);
}

struct DayData {
  std::vector<BarVersion> bars;
  Timestamp start, end;
  std::string name;
};

/// 10 assets from a day before the first bar on: real bars when they are there.
DayData ten_assets() {
  DayData data;
  data.start = unwrap(parse_ts_name("20180123_000000"));
  data.end = data.start + hours(24) - minutes(5);
  const fs::path shared = fs::path(TIEOUT_SHARED_DIR) / "data" /
                          "freqtrade_bittrex_10assets_20180120_20180130_1min.csv.gz";
  if (fs::exists(shared)) {
    data.name = "real bars";
    data.bars = unwrap(marketdata::import_bars_csv(shared, {}));
  } else {
    data.name = "generated bars (skipped: no shared data)";
    marketdata::GeneratorOptions generator;
    generator.start = data.start - days(2);
    generator.minutes = 4320;  // 3 days
    data.bars = marketdata::generate_bars(generator);
  }
  std::erase_if(data.bars, [&](const BarVersion& bar) {
    return bar.end <= data.start - hours(25) || bar.end > data.end;
  });
  return data;
}

void bench_day(const fs::path& dir) {
  const Day day(dir);
  const DayData data = ten_assets();
  std::vector<BarVersion> versions = arrived(data.bars, "bad_day");
  day.write("day.csv.gz", versions);
  // The same day with one price of noon revised at last.
  const Timestamp noon = data.start + hours(12);
  const auto changed = std::ranges::find(versions, noon, &BarVersion::end);
  check(changed != versions.end(), "no row ends at noon");
  BarVersion revised = *changed;
  revised.seq = static_cast<std::int64_t>(versions.size()) + 1;
  revised.knowledge = versions.back().knowledge + seconds(1);
  revised.close *= 1.001;
  versions.push_back(revised);
  day.write("revised.csv.gz", versions);

  std::vector<double> incremental, full, equal, different;
  for (int i = 0; i < kRepeats; ++i) {
    incremental.push_back(day.simulate("day.csv.gz", "incremental", data.start, data.end,
                                       dataflow::Recompute::kIncremental));
    full.push_back(
        day.simulate("day.csv.gz", "full", data.start, data.end, dataflow::Recompute::kFull));
  }
  day.simulate("revised.csv.gz", "revised", data.start, data.end,
               dataflow::Recompute::kIncremental);
  const runlog::RunReader left = day.open("incremental"), same = day.open("full"),
                          other = day.open("revised");
  check(left.bars().size() == 288, "the day does not have 288 bars");
  check(same_bars(left, same), "incremental and full recomputation differ");
  recon::CompareOptions options;
  options.expected_config_differences = recon::default_expected_config_differences();
  for (int i = 0; i < kRepeats; ++i) {
    auto begin = std::chrono::steady_clock::now();
    const recon::Comparison identical = unwrap(recon::compare_runs(left, same, options));
    equal.push_back(seconds_since(begin));
    check(identical.verdict == recon::Verdict::kIdentical, "equal runs: " + identical.sentence);
    begin = std::chrono::steady_clock::now();
    const recon::Comparison diverged = unwrap(recon::compare_runs(left, other, options));
    different.push_back(seconds_since(begin));
    check(diverged.verdict == recon::Verdict::kDiverged && diverged.first.has_value() &&
              diverged.first->finding.part == "predict.0.read_data" &&
              diverged.first->finding.column == "close" &&
              diverged.first->finding.asset == revised.asset && diverged.first->finding.row == noon,
          "the revised row is not the first divergence: " + diverged.sentence);
  }
  fmt::print("a day: 10 assets, 288 bars, 9 nodes, {}; medians of {}\n", data.name, kRepeats);
  print("simulate the day (dump read and log written)", median(incremental), 1.0, "s",
        fmt::format("full recomputation {:.4f} s, incremental / full {:.3f}", median(full),
                    median(incremental) / median(full)));
  print("compare two equal logs", median(equal), 0.1, "s");
  print("compare two logs that differ from noon on", median(different), 0.1, "s");
}

void bench_thousand(const fs::path& dir) {
  const Day day(dir);
  marketdata::GeneratorOptions generator;
  generator.asset_count = 1000;
  generator.start = Timestamp{} + days(19'000);
  generator.minutes = 1500;  // 25 hours
  const Timestamp start = generator.start + hours(24) + minutes(30);
  const Timestamp end = generator.start + hours(25);
  day.write("thousand.csv.gz", arrived(marketdata::generate_bars(generator), "clean"));
  const auto bar_times = [&](const std::string& log, dataflow::Recompute recompute) {
    std::vector<double> times;
    auto last = std::chrono::steady_clock::now();
    day.simulate("thousand.csv.gz", log, start, end, recompute,
                 [&](const system::Progress& progress) {
                   if (progress.bars_done > 1) {  // The first bar computes a day of history.
                     times.push_back(seconds_since(last));
                   }
                   last = std::chrono::steady_clock::now();
                 });
    return times;
  };
  const std::vector<double> incremental =
      bar_times("incremental", dataflow::Recompute::kIncremental);
  const double memory = resident_gib();
  const std::vector<double> full = bar_times("full", dataflow::Recompute::kFull);
  check(incremental.size() == 6, "not every bar was computed");
  check(same_bars(day.open("incremental"), day.open("full")),
        "incremental and full recomputation differ");
  fmt::print("1,000 generated assets, one day of one-minute history; medians of {} bars\n",
             incremental.size());
  print("one bar: read, compute, trade, record", median(incremental), 0.25, "s",
        fmt::format("full recomputation {:.4f} s, incremental / full {:.3f}", median(full),
                    median(incremental) / median(full)));
  print("resident memory (with the dump's rows in memory)", memory, 2.0, "GiB");
}

}  // namespace
}  // namespace tieout

int main() {
  const std::filesystem::path dir =
      std::filesystem::temp_directory_path() / fmt::format("tieout_bench_day.{}", ::getpid());
  tieout::bench_day(dir);
  tieout::bench_thousand(dir);
  return 0;
}
