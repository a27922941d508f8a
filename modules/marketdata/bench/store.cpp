// Rates of the stores, the feed and the dump. Each answer is compared with another way to get it: a
// wrong one ends the program with status 1. Data: generated; 1000 assets x 1440 minutes are 1.4
// million bars (about 220 MB, no cache holds them).
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "tieout/core/clock.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/marketdata/feed.hpp"
#include "tieout/marketdata/import.hpp"
#include "tieout/marketdata/stores.hpp"

namespace tieout::marketdata {
namespace {

using Bars = std::vector<BarVersion>;

constexpr Timestamp kDay{1'704'240'000'000'000'000};
constexpr Timestamp kForever{std::numeric_limits<std::int64_t>::max()};
constexpr BarWindow kAll{Timestamp{0}, kForever};

/// Wall and processor time. Processor time is what a machine that others use too allows to compare.
class Stopwatch {
 public:
  struct Elapsed {
    double wall;
    double cpu;
  };
  Elapsed elapsed() const { return {wall_now() - wall_, cpu_now() - cpu_}; }

 private:
  static double wall_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  static double cpu_now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

  double wall_ = wall_now();
  double cpu_ = cpu_now();
};

/// Times of `repeats` runs that together gave `count` things.
void report(const char* what, Stopwatch::Elapsed elapsed, std::size_t repeats, std::size_t count,
            const char* unit) {
  const auto n = static_cast<double>(repeats);
  fmt::print("{:<44} {:>10.3f} ms wall {:>10.3f} ms cpu {:>10.0f} {}/cpu s\n", what,
             elapsed.wall / n * 1e3, elapsed.cpu / n * 1e3,
             static_cast<double>(count) / elapsed.cpu, unit);
}

void require(bool good, const char* what) {
  if (!good) {
    fmt::print(stderr, "WRONG: {}\n", what);
    std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread
  }
}

template <typename T>
T take(Result<T> result) {
  require(result.ok(), result.ok() ? "" : result.error().message.c_str());
  return std::move(result).value();
}

bool same(const Bars& left, const Bars& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), bitwise_equal);
}

/// Time that runs `speed` times as fast as real time, and jumps over the waiting.
class FastClock : public Clock {
 public:
  explicit FastClock(double speed) : speed_(speed) {}
  Timestamp now() override {
    return kDay + nanoseconds(static_cast<std::int64_t>(watch_.elapsed().wall * 1e9 * speed_)) +
           jumped_;
  }
  bool sleep_until(Timestamp deadline) override {
    jumped_ = jumped_ + std::max(Duration{}, deadline - now());
    return true;
  }

 private:
  double speed_;
  Stopwatch watch_;
  Duration jumped_;
};

std::vector<AssetId> assets_of(const Bars& bars) {
  std::vector<AssetId> ids;
  for (const BarVersion& bar : bars) {
    ids.push_back(bar.asset);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

Bars versions_of(const std::vector<Arrival>& arrivals) {
  Bars out;
  out.reserve(arrivals.size());
  for (const Arrival& arrival : arrivals) {
    out.push_back(arrival.version);
  }
  return out;
}

/// Follow the day in bars of five minutes as the engine does; gives what the window holds at last.
void follow(const char* what, BarStore& store, const std::vector<AssetId>& assets, Timestamp last,
            const Bars& expected) {
  std::size_t rows = 0, steps = 0;
  AsOf since{Timestamp{0}, 0};
  const Stopwatch watch;
  for (Timestamp t = kDay; t <= last + hours(2); t = t + minutes(5)) {
    const AsOf as_of{t + seconds(11)};
    rows += take(store.read_changes(kAll, assets, since, as_of)).size();
    since = as_of;
    ++steps;
  }
  report(what, watch.elapsed(), steps, steps, "bar");
  require(rows >= expected.size(), "read_changes() lost bars");
}

void bench_stores(const std::filesystem::path& directory, std::size_t asset_count,
                  std::size_t minutes_count) {
  fmt::print("-- {} assets x {} minutes\n", asset_count, minutes_count);
  Stopwatch generating;
  const Bars bars = generate_bars(
      {.seed = 1, .asset_count = asset_count, .start = kDay, .minutes = minutes_count});
  report("generate", generating.elapsed(), 1, bars.size(), "row");
  Stopwatch planning;
  const auto arrivals = plan_arrivals(bars, take(arrival_model("bad_day", 1)));
  report("plan arrivals, bad_day", planning.elapsed(), 1, arrivals.size(), "row");
  const std::vector<AssetId> assets = assets_of(bars);

  const auto sqlite =
      take(open_sqlite_store(directory / fmt::format("{}.sqlite", asset_count), OpenMode::kCreate));
  FastClock clock(60'000);  // A day in 1.44 s.
  Stopwatch playing;
  require(play_arrivals(arrivals, *sqlite, clock).ok(), "play_arrivals() failed");
  report("play at speed 60000 into SQLite", playing.elapsed(), 1, arrivals.size(), "row");
  const auto one_go = take(
      open_sqlite_store(directory / fmt::format("{}b.sqlite", asset_count), OpenMode::kCreate));
  const Bars versions = versions_of(arrivals);
  Stopwatch appending;
  const std::size_t stored = take(one_go->append(versions));
  report("append to SQLite in one transaction", appending.elapsed(), 1, versions.size(), "row");
  require(take(sqlite->max_seq()) == static_cast<std::int64_t>(stored), "rows were lost in play");
  const auto memory = make_memory_store();
  Stopwatch remembering;
  take(memory->append(versions));
  report("append to memory", remembering.elapsed(), 1, versions.size(), "row");

  const Timestamp last = kDay + minutes(static_cast<std::int64_t>(minutes_count));
  const AsOf noon{kDay + minutes(static_cast<std::int64_t>(minutes_count / 2)) + seconds(10)};
  Stopwatch reading;
  const Bars from_sqlite = take(one_go->read(kAll, assets, noon));
  report("as-of read of half the day, SQLite", reading.elapsed(), 1, from_sqlite.size(), "row");
  Stopwatch reading_memory;
  const Bars from_memory = take(memory->read(kAll, assets, noon));
  report("as-of read of half the day, memory", reading_memory.elapsed(), 1, from_memory.size(),
         "row");
  require(same(from_sqlite, from_memory), "the stores do not agree");
  follow("read_changes per five-minute bar, SQLite", *one_go, assets, last, from_memory);
  follow("read_changes per five-minute bar, memory", *memory, assets, last, from_memory);

  constexpr std::size_t kPolls = 20;
  for (BarStore* const store : {one_go.get(), memory.get()}) {
    Stopwatch waiting;
    for (std::size_t i = 0; i < kPolls; ++i) {
      require(take(store->readiness(last + minutes(1), assets, {kForever})).laggards.size() ==
                  assets.size(),
              "no asset can be ready after the last bar");
    }
    report(store == one_go.get() ? "readiness poll, all lagging, SQLite"
                                 : "readiness poll, all lagging, memory",
           waiting.elapsed(), kPolls, kPolls, "poll");
    const AsOf now{last + hours(3)};
    Stopwatch ready;
    for (std::size_t i = 0; i < kPolls; ++i) {
      require(take(store->readiness(last - minutes(30), assets, now)).ready(),
              "every asset has a bar by then");
    }
    report(store == one_go.get() ? "readiness poll, all ready, SQLite"
                                 : "readiness poll, all ready, memory",
           ready.elapsed(), kPolls, kPolls, "poll");
  }
}

void bench_dump(const std::filesystem::path& directory) {
  fmt::print("-- dump of 10 assets x 1440 minutes\n");
  Bars bars = versions_of(
      plan_arrivals(generate_bars({.seed = 1, .asset_count = 10, .start = kDay, .minutes = 1440}),
                    take(arrival_model("normal", 1))));
  const auto store = make_memory_store();
  take(store->append(bars));
  bars = take(store->read_all_versions(kAll, assets_of(bars)));
  const auto path = directory / "test_data.csv.gz";
  Stopwatch writing;
  require(write_dump(path, bars).ok(), "write_dump() failed");
  report("write_dump", writing.elapsed(), 1, bars.size(), "row");
  Stopwatch reading;
  const Bars read = take(read_dump(path));
  report("read_dump", reading.elapsed(), 1, read.size(), "row");
  require(same(read, bars), "the dump does not come back");
  Stopwatch text;
  const std::string csv = dump_text(bars);
  report("  of it the text without gzip and file", text.elapsed(), 1, bars.size(), "row");
}

void bench_import() {
  const auto path = std::filesystem::path(TIEOUT_SHARED_DIR) /
                    "data/freqtrade_bittrex_10assets_20180120_20180130_1min.csv.gz";
  if (!std::filesystem::exists(path)) {
    fmt::print("-- import skipped: no shared data\n");
    return;
  }
  fmt::print("-- import of 10 assets x 10 days\n");
  Stopwatch watch;
  const Bars bars = take(import_bars_csv(path, {}));
  report("import_bars_csv", watch.elapsed(), 1, bars.size(), "row");
  require(bars.size() == 133'902, "rows are missing");
}

}  // namespace
}  // namespace tieout::marketdata

int main() {
  using namespace tieout::marketdata;  // NOLINT
  const auto directory =
      std::filesystem::temp_directory_path() / fmt::format("tieout_bench_{}", ::getpid());
  std::filesystem::create_directories(directory);
  bench_import();
  bench_dump(directory);
  bench_stores(directory, 10, 1440);
  bench_stores(directory, 1000, 240);
  std::filesystem::remove_all(directory);
  return 0;
}
