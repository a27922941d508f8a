#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/runlog/reader.hpp"

#include "record.hpp"
#include "run_market_data.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using marketdata::BarVersion;

/// What the dump holds of one asset.
struct AssetSummary {
  std::string full_symbol;
  std::size_t bars = 0;           // distinct bar ends
  std::size_t versions = 0;       // rows
  std::size_t gaps = 0;           // bars that are missing between its first and its last
  Duration delay_p50, delay_max;  // knowledge of the first version minus the bar's end
};

/// Length of the store's own bars: the shortest in the dump.
Duration bar_length(const std::vector<BarVersion>& versions) {
  Duration shortest = versions.front().end - versions.front().start;
  for (const BarVersion& version : versions) {
    shortest = std::min(shortest, version.end - version.start);
  }
  return shortest;
}

AssetSummary summarise(const std::vector<const BarVersion*>& rows, Duration bar) {
  AssetSummary summary;
  summary.full_symbol = rows.front()->full_symbol;
  summary.versions = rows.size();
  // Rows are ordered by (end, knowledge): the first of each end is the bar's first version.
  std::vector<std::int64_t> delays;
  delays.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 0 || rows[i]->end != rows[i - 1]->end) {
      delays.push_back((rows[i]->knowledge - rows[i]->end).ns);
    }
  }
  summary.bars = delays.size();
  const std::size_t expected =
      bar.ns <= 0
          ? summary.bars
          : static_cast<std::size_t>((rows.back()->end - rows.front()->end).ns / bar.ns) + 1;
  summary.gaps = expected > summary.bars ? expected - summary.bars : 0;
  std::sort(delays.begin(), delays.end());
  summary.delay_p50 = {delays[delays.size() / 2]};
  summary.delay_max = {delays.back()};
  return summary;
}

std::vector<AssetSummary> summaries_of(const std::vector<BarVersion>& versions) {
  std::map<AssetId, std::vector<const BarVersion*>> by_asset;
  for (const BarVersion& version : versions) {
    by_asset[version.asset].push_back(&version);
  }
  const Duration bar = bar_length(versions);
  std::vector<AssetSummary> summaries;
  summaries.reserve(by_asset.size());
  for (const auto& [asset, rows] : by_asset) {
    summaries.push_back(summarise(rows, bar));
  }
  std::sort(summaries.begin(), summaries.end(), [](const AssetSummary& a, const AssetSummary& b) {
    return a.full_symbol < b.full_symbol;
  });
  return summaries;
}

std::string summary_json(const std::vector<AssetSummary>& summaries,
                         const marketdata::BarWindow& window, const fs::path& store,
                         const std::string& sha256) {
  nlohmann::ordered_json assets = nlohmann::ordered_json::array();
  for (const AssetSummary& item : summaries) {
    assets.push_back({{"full_symbol", item.full_symbol},
                      {"bars", item.bars},
                      {"versions", item.versions},
                      {"gaps", item.gaps},
                      {"delay_p50_secs", to_seconds(item.delay_p50)},
                      {"delay_max_secs", to_seconds(item.delay_max)}});
  }
  const nlohmann::ordered_json json{
      {"schema", 1},
      {"store", store.string()},
      {"window", {{"after", to_iso(window.first)}, {"until", to_iso(window.last)}}},
      {"sha256", sha256},
      {"assets", assets}};
  return json.dump(2) + "\n";
}

void say_summary(const std::vector<AssetSummary>& summaries, const Context& context) {
  std::size_t bars = 0;
  std::size_t versions = 0;
  std::size_t gaps = 0;
  for (const AssetSummary& item : summaries) {
    bars += item.bars;
    versions += item.versions;
    gaps += item.gaps;
  }
  context.say(fmt::format("dumped {} bars of {} assets in {} versions ({} revisions), {} gaps",
                          bars, summaries.size(), versions, versions - bars, gaps));
  constexpr std::size_t kLinesAtMost = 20;
  for (std::size_t i = 0; i < summaries.size() && i < kLinesAtMost; ++i) {
    const AssetSummary& item = summaries[i];
    context.say(fmt::format(
        "  {:<24} {:>7} bars {:>5} revisions {:>5} gaps  known after p50 {:.1f} s, max {:.1f} s",
        item.full_symbol, item.bars, item.versions - item.bars, item.gaps,
        to_seconds(item.delay_p50), to_seconds(item.delay_max)));
  }
  if (summaries.size() > kLinesAtMost) {
    context.say(
        fmt::format("  and {} more assets in test_data.json", summaries.size() - kLinesAtMost));
  }
}

}  // namespace

Result<StageOutcome> dump_market_data(const Reconciliation& recon, const Context& context) {
  const TargetLayout layout = target_layout(recon.run);
  StageOutcome outcome;
  const fs::path summary_file = layout.simulation / "test_data.json";
  outcome.outputs = {layout.test_data, summary_file};
  std::error_code code;
  if (fs::exists(layout.test_data, code)) {
    if (!recon.existing.incremental) {
      return Error{ErrorCode::kPathExists,
                   fmt::format("Path '{}' already exist!", layout.test_data.string())};
    }
    context.say(fmt::format("kept '{}'", layout.test_data.string()));
    return outcome;
  }
  TIEOUT_TRY(const runlog::RunReader prod, runlog::RunReader::open(layout.prod_log_dir));
  TIEOUT_TRY(const fs::path store_path, store_of(kDumpMarketData, recon.market_data_store, prod));
  const marketdata::BarWindow window = window_of(prod, recon.run.start, recon.run.end);
  TIEOUT_TRY(const std::vector<BarVersion> versions,
             read_versions(kDumpMarketData, store_path, window,
                           recon.universe.empty() ? prod.manifest().universe : recon.universe));
  TIEOUT_CHECK(tieout::create_directories(layout.simulation));
  TIEOUT_CHECK(marketdata::write_dump(layout.test_data, versions));
  TIEOUT_TRY(const std::string bytes, read_file(layout.test_data));
  const std::vector<AssetSummary> summaries = summaries_of(versions);
  TIEOUT_CHECK(write_file_atomic(summary_file,
                                 summary_json(summaries, window, store_path, sha256_hex(bytes))));
  say_summary(summaries, context);
  outcome.inputs_sha256 = sha256_hex(fmt::format(
      "{} {} {} {}", store_path.string(), window.first.ns, window.last.ns, sha256_hex(bytes)));
  if (recon.prevent_overwriting) {
    TIEOUT_CHECK(set_write_bits(layout.test_data, WriteBits::kRemove));
  }
  return outcome;
}

}  // namespace tieout::flow
