// Size and cost of the run log for a day in the reference's shape: 288 bars, 9 nodes, windows of
// 1152 rows x 25 assets x 20 fields, one new row for each bar. Checks its own answers and ends with
// 1 when one is wrong or a budget is missed.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "tieout/core/random.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/runlog/writer.hpp"

namespace tieout::runlog {
namespace {

constexpr std::size_t kBars = 288;
constexpr std::size_t kNodes = 9;
constexpr std::size_t kRows = 1152;
constexpr std::size_t kAssets = 25;
constexpr std::size_t kFields = 20;
// The budget is 50 x against Parquet; the reference's own files (golden/logs) take 0.33 bytes for
// each byte of the window.
constexpr double kSizeBudget = 50 / 0.33;
const Timestamp kStart{1'516'665'600'000'000'000};

bool g_failed = false;

void check(bool good, const char* what) {
  if (!good) {
    fmt::print("FAILED: {}\n", what);
    g_failed = true;
  }
}

/// The value of a Result, or the end of the program.
template <typename T>
T must(Result<T> result) {
  if (!result.ok()) {
    fmt::print("FAILED: {}\n", result.error().message);
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*result);
  }
}

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// A node's window, with the row hashes kept so that the window hash costs 16 bytes a row and not
/// the row.
struct Window {
  Panel panel;
  std::deque<Hash128> rows;
  CounterRng random{0, 0};
  std::uint64_t draws = 0;

  void append(Timestamp t) {
    panel.append_row(t);
    std::vector<double> row(panel.column_count());
    for (std::size_t c = 0; c < row.size(); ++c) {
      row[c] = random.normal(draws++);
      panel.set(panel.row_count() - 1, c, row[c]);
    }
    rows.push_back(hash_row(t, row));
  }
  Hash128 hash() const {
    Hasher hasher;
    hasher.add_hash(hash_columns(panel.columns()));
    hasher.add_u64(rows.size());
    for (const Hash128& row : rows) {
      hasher.add_hash(row);
    }
    return hasher.digest();
  }
};

Manifest make_manifest() {
  Manifest manifest;
  manifest.start = kStart;
  manifest.end = kStart + minutes(5) * (kBars - 1);
  manifest.bar = minutes(5);
  for (std::size_t a = 0; a < kAssets; ++a) {
    manifest.universe.push_back({AssetId{static_cast<std::int64_t>(1000 + a)}, "x::A"});
  }
  for (std::size_t n = 0; n < kNodes; ++n) {
    NodeInfo node;
    node.topological_id = n;
    node.nid = fmt::format("stage_{}", n);
    node.name = fmt::format("predict.{}.{}", n, node.nid);
    for (std::size_t f = 0; f < kFields; ++f) {
      for (const Asset& asset : manifest.universe) {
        node.columns.push_back({fmt::format("field_{}", f), asset.id});
      }
    }
    manifest.nodes.push_back(std::move(node));
  }
  return manifest;
}

Table make_decisions(std::size_t bar) {
  Table table;
  table.key_count = 1;
  table.columns.push_back({"asset_id", std::vector<std::int64_t>{}});
  for (const char* name :
       {"holdings_shares", "price", "holdings_notional", "prediction", "volatility", "spread",
        "target_holdings_notional", "target_trades_notional", "target_trades_shares"}) {
    table.columns.push_back({name, std::vector<double>(kAssets, static_cast<double>(bar))});
  }
  for (std::size_t a = 0; a < kAssets; ++a) {
    std::get<1>(table.columns[0].values).push_back(static_cast<std::int64_t>(1000 + a));
  }
  return table;
}

struct Recorded {
  std::uint64_t bytes = 0;
  double seconds_per_bar = 0;  // without the keyframes of the first bar
  double first_bar_seconds = 0;
  double seal_seconds = 0;
  std::vector<Panel> last;  // windows at the last bar
};

Recorded record(const std::filesystem::path& dir, Durability durability) {
  Recorded recorded;
  const Manifest manifest = make_manifest();
  std::vector<Window> windows(kNodes);
  for (std::size_t n = 0; n < kNodes; ++n) {
    windows[n].panel = Panel(manifest.nodes[n].columns);
    windows[n].random = CounterRng(1, n);
    for (std::size_t r = 1; r < kRows; ++r) {
      windows[n].append(kStart - minutes(5) * static_cast<std::int64_t>(kRows - r));
    }
  }
  RunWriter writer = must(RunWriter::create(dir, manifest, "", "", durability));
  for (std::size_t b = 0; b < kBars; ++b) {
    const Timestamp bar = kStart + minutes(5) * static_cast<std::int64_t>(b);
    std::vector<NodeFrame> frames(kNodes);
    for (std::size_t n = 0; n < kNodes; ++n) {
      Window& window = windows[n];
      window.append(bar);
      NodeFrame& frame = frames[n];
      frame.bar = bar;
      frame.keyframe = b == 0;
      if (b > 0) {
        window.panel.drop_front(1);
        window.rows.pop_front();
        frame.dropped_front = 1;
      }
      const std::size_t rows = window.panel.row_count();
      frame.changed = b == 0 ? window.panel : window.panel.slice({rows - 1, rows});
      frame.window_rows = rows;
      frame.window_hash = window.hash();
    }
    const Table decisions = make_decisions(b);
    const Stopwatch watch;
    for (std::size_t n = 0; n < kNodes; ++n) {
      must(writer.write_node(n, frames[n]));
    }
    for (const TableKind kind : tables_of(manifest)) {
      must(writer.write_table(kind, bar, bar, decisions));
    }
    must(writer.commit_bar(bar, bar, BarOutcome::kOk));
    (b == 0 ? recorded.first_bar_seconds : recorded.seconds_per_bar) += watch.seconds();
  }
  recorded.seconds_per_bar /= kBars - 1;
  const Stopwatch watch;
  must(writer.seal(RunOutcome::kComplete));
  recorded.seal_seconds = watch.seconds();
  recorded.bytes = writer.bytes_written();
  for (Window& window : windows) {
    recorded.last.push_back(std::move(window.panel));
  }
  return recorded;
}

double best_of(int repeats, const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < repeats; ++i) {
    const Stopwatch watch;
    work();
    best = std::min(best, watch.seconds());
  }
  return best;
}

int run(const std::filesystem::path& dir) {
  const Recorded production = record(dir / "prod", Durability::kEachBar);
  const Recorded simulation = record(dir / "sim", Durability::kAtSeal);
  check(production.bytes == simulation.bytes, "equal runs have equal sizes");
  constexpr double kWindowBytes = 8.0 * kBars * kNodes * kRows * (kAssets * kFields + 1);
  const double ratio = kWindowBytes / static_cast<double>(production.bytes);
  fmt::print("data: {} bars x {} nodes x {} rows x {} columns\n", kBars, kNodes, kRows,
             kAssets * kFields);
  fmt::print(
      "size: {:.1f} MB, the windows of every bar {:.1f} MB: {:.0f} x smaller (budget {:.0f})\n",
      static_cast<double>(production.bytes) / 1e6, kWindowBytes / 1e6, ratio, kSizeBudget);
  check(ratio >= kSizeBudget, "the log is at least 50 x smaller than Parquet windows");
  for (const auto& [name, cost] :
       {std::pair{"each bar synced", &production}, std::pair{"synced at seal", &simulation}}) {
    fmt::print("record, {}: {:.3f} ms a bar, first bar {:.1f} ms, seal {:.1f} ms\n", name,
               cost->seconds_per_bar * 1e3, cost->first_bar_seconds * 1e3,
               cost->seal_seconds * 1e3);
  }

  const double index = best_of(5, [&] {
    check(must(RunReader::open(dir / "prod")).bars().size() == kBars, "all bars are there");
  });
  const double all = best_of(3, [&] { must(RunReader::open(dir / "prod", Verify::kAll)); });
  fmt::print("open: index {:.2f} ms, everything proved {:.1f} ms ({:.1f} GB/s)\n", index * 1e3,
             all * 1e3, static_cast<double>(production.bytes) / all / 1e9);
  const double equal = best_of(5, [&] {
    const RunReader left = must(RunReader::open(dir / "prod"));
    const RunReader right = must(RunReader::open(dir / "sim"));
    bool same = left.bars().size() == right.bars().size();
    for (std::size_t i = 0; same && i < left.bars().size(); ++i) {
      same = left.bars()[i].content_hash == right.bars()[i].content_hash;
    }
    check(same, "two equal runs have equal hashes");
  });
  fmt::print("prove two equal runs equal: {:.2f} ms\n", equal * 1e3);

  const RunReader reader = must(RunReader::open(dir / "prod"));
  const double last = best_of(3, [&] {
    check(bitwise_equal(must(reader.node_output(0, kBars - 1)), production.last[0]),
          "the window at the last bar comes back to the bit");
  });
  fmt::print("df_out of one node at the last bar: {:.1f} ms\n", last * 1e3);
  return g_failed ? 1 : 0;
}

}  // namespace
}  // namespace tieout::runlog

int main() {
  const auto dir =
      std::filesystem::temp_directory_path() / fmt::format("tieout_bench_runlog_{}", ::getpid());
  const int code = tieout::runlog::run(dir);
  std::filesystem::remove_all(dir);
  return code;
}
