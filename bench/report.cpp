// The budgets of reports, on one machine in one run: the fast and the slow report of a day of 25
// assets, and the page about a million breaks. Times are printed beside the budget and as a ratio
// to the comparison that they report; every answer is checked, and a wrong one ends the program
// with exit code 1.

#include "tieout/report/report.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/evidence.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/marketdata/feed.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/system/run.hpp"

#include "many_breaks.hpp"

namespace tieout {
namespace {

namespace fs = std::filesystem;
using marketdata::BarVersion;
using report::ReportKind;

constexpr const char* kBuilder = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";
constexpr int kRepeats = 3;
constexpr std::size_t kMostBytes = 1'500'000;

void check(bool holds, const std::string& what) {
  if (!holds) {
    fmt::print(stderr, "bench_report: wrong answer: {}\n", what);
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

void print(const std::string& what, double value, double budget, const std::string& note) {
  fmt::print("{:<46} {:>8.3f} s  budget {:>5.2f}  {:>5.1f} % of it  {}\n", what, value, budget,
             100 * value / budget, note);
}

std::string with_separators(std::uint64_t count) {
  const std::string digits = fmt::format("{}", count);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out.push_back(',');
    out.push_back(digits[i]);
  }
  return out;
}

/// A report that is written `kRepeats` times and checked.
void bench_report(const std::string& what, const fs::path& dir, const report::ReportInput& input,
                  double budget, double compare_seconds) {
  std::vector<double> times, cpu;
  report::ReportFiles files;
  for (int i = 0; i < kRepeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t cpu_begin = std::clock();
    files = unwrap(report::write_report(dir / report::to_string(input.kind), input));
    times.push_back(seconds_since(begin));
    cpu.push_back(static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC);
  }
  const std::string page = unwrap(read_file(files.html));
  print(fmt::format("{}: {} report", what, report::to_string(input.kind)), median(times), budget,
        fmt::format("{:.3f} s of CPU, {:.1f} x the comparison ({:.3f} s), page {:.0f} kB",
                    median(cpu), median(times) / compare_seconds, compare_seconds,
                    static_cast<double>(page.size()) / 1000));
  const std::uint64_t breaks = input.comparison->distinct_breaks;
  check(page.find(with_separators(breaks)) != std::string::npos,
        fmt::format("{} does not say that there are {} breaks", files.html.string(), breaks));
  check(page.size() <= kMostBytes, fmt::format("{} has {} bytes, needed at most {}",
                                               files.html.string(), page.size(), kMostBytes));
}

/// Every version that arrives for these final bars, numbered in the order of arrival.
std::vector<BarVersion> arrived(const std::vector<BarVersion>& bars) {
  std::vector<BarVersion> versions;
  for (const marketdata::Arrival& arrival :
       marketdata::plan_arrivals(bars, unwrap(marketdata::arrival_model("bad_day", 1)))) {
    versions.push_back(arrival.version);
    versions.back().seq = static_cast<std::int64_t>(versions.size());
  }
  return versions;
}

runlog::RunReader simulate(const fs::path& dir, const std::string& name,
                           const std::vector<BarVersion>& versions, Timestamp start) {
  check(marketdata::write_dump(dir / (name + ".csv.gz"), versions).ok(), "no dump");
  dataflow::DagBuilderRegistry registry;
  system::register_builtin_pipelines(registry);
  system::SimulationOptions options;
  options.constructor = kBuilder;
  options.start = start;
  options.end = start + hours(24) - minutes(5);
  options.dst_dir = dir / name;
  options.market_data = dir / (name + ".csv.gz");
  options.replay = system::Replay::kNominal;
  const std::atomic<bool> stop{false};
  unwrap(system::run_simulation(options, registry, stop));
  return unwrap(runlog::RunReader::open(dir / name));
}

/// Two runs of a day that differ from noon on, since one price was revised.
void bench_day(const fs::path& dir) {
  marketdata::GeneratorOptions generator;
  generator.asset_count = 25;
  generator.start = Timestamp{} + days(19'000);
  generator.minutes = 49 * 60;
  const Timestamp start = generator.start + hours(25);
  std::vector<BarVersion> versions = arrived(marketdata::generate_bars(generator));
  const runlog::RunReader prod = simulate(dir, "prod", versions, start);
  const auto changed = std::ranges::find(versions, start + hours(12), &BarVersion::end);
  check(changed != versions.end(), "no row ends at noon");
  BarVersion revised = *changed;
  revised.seq = static_cast<std::int64_t>(versions.size()) + 1;
  revised.knowledge = versions.back().knowledge + seconds(1);
  revised.close *= 1.001;
  versions.push_back(revised);
  const runlog::RunReader sim = simulate(dir, "sim", versions, start);
  check(prod.bars().size() == 288 && prod.manifest().nodes.size() == 9, "not a day of 9 nodes");

  recon::CompareOptions options;
  options.expected_config_differences = recon::default_expected_config_differences();
  const auto begin = std::chrono::steady_clock::now();
  const recon::Comparison comparison = unwrap(recon::compare_runs(prod, sim, options));
  const double compare_seconds = seconds_since(begin);
  check(comparison.verdict == recon::Verdict::kDiverged, comparison.sentence);
  report::ReportInput input;
  input.prod = &prod;
  input.sim = &sim;
  input.comparison = &comparison;
  input.title = "a day";
  input.stamp = start;
  input.market = flow::market_lookup(prod, sim, versions);
  const std::string what = fmt::format("a day, {} breaks", comparison.distinct_breaks);
  bench_report(what, dir, input, 2.0, compare_seconds);
  input.kind = ReportKind::kSlow;
  bench_report(what, dir, input, 5.0, compare_seconds);
}

void bench_many(const fs::path& dir) {
  const auto runs = unwrap(report::testing::make_many_breaks(dir / "many", {}));
  check(runs.comparison.distinct_breaks >= 1'000'000, "fewer than a million breaks");
  recon::CompareOptions options;
  options.expected_config_differences = recon::default_expected_config_differences();
  const auto begin = std::chrono::steady_clock::now();
  const recon::Comparison again = unwrap(recon::compare_runs(runs.prod, runs.sim, options));
  const double compare_seconds = seconds_since(begin);
  check(again.distinct_breaks == runs.comparison.distinct_breaks, "two counts of breaks");
  const std::string what = fmt::format("{} breaks", with_separators(again.distinct_breaks));
  bench_report(what, dir / "many", input_of(runs, ReportKind::kFast), 2.0, compare_seconds);
  bench_report(what, dir / "many", input_of(runs, ReportKind::kSlow), 5.0, compare_seconds);
}

}  // namespace
}  // namespace tieout

int main() {
  const std::filesystem::path dir =
      std::filesystem::temp_directory_path() / fmt::format("tieout_bench_report.{}", ::getpid());
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  fmt::print("reports, medians of {}\n", tieout::kRepeats);
  tieout::bench_day(dir);
  tieout::bench_many(dir);
  std::filesystem::remove_all(dir);
  return 0;
}
