#include "tieout/analytics/research_portfolio.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/random.hpp"

// The research portfolio of a day, 288 bars of 25 assets, against the bare sizing of the same bars
// (cross_sectional_targets), in processor time of one thread. Runs of the two alternate; printed
// are the medians. The answer is checked: the GMV of every bar, and PnL by the sum of its parts.
namespace tieout::analytics {
namespace {

constexpr std::size_t kBars = 288;
constexpr std::size_t kAssets = 25;
constexpr int kPairs = 25;
constexpr double kAskedSeconds = 0.050;

void check(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "bench_analytics_research_portfolio: wrong answer: %s\n", what);
    std::abort();
  }
}

Panel make_day() {
  std::vector<ColumnKey> keys;
  for (const char* field : {"price", "volatility", "prediction"}) {
    for (std::size_t a = 1; a <= kAssets; ++a) {
      keys.push_back({field, AssetId{static_cast<std::int64_t>(a)}});
    }
  }
  Panel frame(keys);
  for (std::size_t row = 0; row < kBars; ++row) {
    frame.append_row(Timestamp{} + minutes(5) * static_cast<std::int64_t>(row));
  }
  const CounterRng random(1, 1);
  std::uint64_t next = 0;
  for (std::size_t a = 0; a < kAssets; ++a) {
    double price = 100.0;
    for (std::size_t row = 0; row < kBars; ++row) {
      price *= 1.0 + 0.002 * (random.uniform(next++) - 0.5);
      frame.set(row, a, price);
      frame.set(row, kAssets + a, 0.001 + 0.002 * random.uniform(next++));
      frame.set(row, 2 * kAssets + a, random.uniform(next++) - 0.5);
    }
  }
  return frame;
}

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double size_all_bars(const Panel& frame) {
  const CrossSectionalOptions options;
  double gmv = 0.0;
  std::vector<double> row(frame.column_count());
  for (std::size_t i = 0; i < kBars; ++i) {
    frame.copy_row(i, row);
    const auto targets =
        cross_sectional_targets(options, std::span(row).subspan(2 * kAssets, kAssets),
                                std::span(row).subspan(kAssets, kAssets));
    for (const double target : targets) gmv += std::abs(target);
  }
  return gmv;
}

void check_answer(const ResearchPortfolio& portfolio) {
  const Panel& statistics = portfolio.statistics;
  const auto column = [&](const char* name) {
    return statistics.column(*statistics.find_column({name}));
  };
  double pnl = 0.0;
  double paid = 0.0;
  for (std::size_t row = 0; row < kBars; ++row) {
    check(row == 0 || std::abs(column("gmv")[row] / 1e6 - 1.0) < 0.01, "gmv of a bar");
    pnl += column("pnl")[row];
    paid += column("net_volume")[row];
  }
  check(std::abs(pnl - (column("nmv").back() - paid)) < 1e-3, "sum of pnl");
}

bool run(ResearchProfile profile, const Panel& frame) {
  ResearchOptions options;
  options.profile = profile;
  options.books.burn_in_bars = 0;
  options.books.liquidate_at_end_of_day = false;
  options.books.initialize_beginning_of_day_trades_to_zero = false;
  options.books.zone = Zone::kUtc;
  std::vector<double> sizing;
  std::vector<double> research;
  for (int pair = 0; pair < kPairs; ++pair) {
    const double start = thread_seconds();
    const double gmv = size_all_bars(frame);
    const double middle = thread_seconds();
    const auto portfolio = research_portfolio(frame, options);
    research.push_back(thread_seconds() - middle);
    sizing.push_back(middle - start);
    check(std::abs(gmv / (1e6 * kBars) - 1.0) < 1e-9, "gmv of the bare sizing");
    check(portfolio.ok(), "research_portfolio");
    if (profile != ResearchProfile::kReference) check_answer(*portfolio);
  }
  const double seconds = median(research);
  fmt::print("{:<10} {:6.2f} ms, {:4.2f} x the bare sizing ({:.2f} ms); asked {:.0f} ms {}\n",
             to_string(profile), 1e3 * seconds, seconds / median(sizing), 1e3 * median(sizing),
             1e3 * kAskedSeconds, seconds <= kAskedSeconds ? "ok" : "MISSED");
  return seconds <= kAskedSeconds;
}

int run() {
  const Panel frame = make_day();
  fmt::print("research portfolio of {} bars x {} assets, medians of {} pairs\n", kBars, kAssets,
             kPairs);
  bool ok = true;
  for (const auto profile :
       {ResearchProfile::kClean, ResearchProfile::kAsTraded, ResearchProfile::kReference}) {
    ok = run(profile, frame) && ok;
  }
  return ok ? 0 : 1;
}

}  // namespace
}  // namespace tieout::analytics

int main() {
  return tieout::analytics::run();
}
