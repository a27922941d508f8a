#include "tieout/flow/dump_summary.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tieout::flow {
namespace {

using marketdata::BarVersion;

/// Length of the store's own bars: the shortest in the dump.
Duration bar_length(std::span<const BarVersion> versions) {
  Duration shortest = versions.front().end - versions.front().start;
  for (const BarVersion& version : versions) {
    shortest = std::min(shortest, version.end - version.start);
  }
  return shortest;
}

void add_gap(AssetSummary& summary, Timestamp before, Timestamp after, Duration bar) {
  if (bar.ns <= 0 || (after - before).ns < 2 * bar.ns) {
    return;
  }
  summary.gaps += static_cast<std::size_t>((after - before).ns / bar.ns) - 1;
  if (summary.gap_list.size() < kGapsListed) {
    summary.gap_list.emplace_back(before + bar, after - bar);
  }
}

AssetSummary summarise(const std::vector<const BarVersion*>& rows, Duration bar) {
  AssetSummary summary;
  summary.full_symbol = rows.front()->full_symbol;
  summary.first = rows.front()->end;
  summary.last = rows.back()->end;
  summary.versions = rows.size();
  // Rows are ordered by (end, knowledge): the first of each end is the bar's first version.
  std::vector<std::int64_t> delays;
  delays.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0 && rows[i]->end == rows[i - 1]->end) {
      continue;
    }
    delays.push_back((rows[i]->knowledge - rows[i]->end).ns);
    if (i > 0) {
      add_gap(summary, rows[i - 1]->end, rows[i]->end, bar);
    }
  }
  summary.bars = delays.size();
  std::sort(delays.begin(), delays.end());
  summary.delay_min = {delays.front()};
  summary.delay_p50 = {delays[delays.size() / 2]};
  summary.delay_p95 = {delays[(delays.size() - 1) * 95 / 100]};
  summary.delay_max = {delays.back()};
  return summary;
}

nlohmann::ordered_json json_of(const AssetSummary& item) {
  nlohmann::ordered_json gaps = nlohmann::ordered_json::array();
  for (const auto& [first, last] : item.gap_list) {
    gaps.push_back({to_iso(first), to_iso(last)});
  }
  return {{"full_symbol", item.full_symbol},
          {"first", to_iso(item.first)},
          {"last", to_iso(item.last)},
          {"bars", item.bars},
          {"versions", item.versions},
          {"gaps", item.gaps},
          {"first_gaps", gaps},
          {"delay_min_secs", to_seconds(item.delay_min)},
          {"delay_p50_secs", to_seconds(item.delay_p50)},
          {"delay_p95_secs", to_seconds(item.delay_p95)},
          {"delay_max_secs", to_seconds(item.delay_max)}};
}

}  // namespace

DumpSummary summarise_dump(std::span<const BarVersion> versions, std::span<const Asset> universe) {
  DumpSummary summary;
  summary.rows = versions.size();
  std::map<AssetId, std::vector<const BarVersion*>> by_asset;
  for (const BarVersion& version : versions) {
    by_asset[version.asset].push_back(&version);
  }
  for (const Asset& asset : universe) {
    if (by_asset.find(asset.id) == by_asset.end()) {
      summary.assets_without_rows.push_back(asset.full_symbol);
    }
  }
  const Duration bar = bar_length(versions);
  for (const auto& [asset, rows] : by_asset) {
    summary.assets.push_back(summarise(rows, bar));
  }
  std::sort(
      summary.assets.begin(), summary.assets.end(),
      [](const AssetSummary& a, const AssetSummary& b) { return a.full_symbol < b.full_symbol; });
  return summary;
}

std::string to_json(const DumpSummary& summary) {
  nlohmann::ordered_json assets = nlohmann::ordered_json::array();
  for (const AssetSummary& item : summary.assets) {
    assets.push_back(json_of(item));
  }
  nlohmann::ordered_json json{
      {"schema", 1},
      {"store", summary.store},
      {"window", {{"after", to_iso(summary.after)}, {"until", to_iso(summary.until)}}},
      {"sha256", summary.sha256},
      {"size_bytes", summary.size_bytes},
      {"rows", summary.rows},
      {"assets_without_rows", summary.assets_without_rows},
      {"assets", assets}};
  if (!summary.universe_version.empty()) {
    json["universe_version"] = summary.universe_version;
  }
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::vector<std::string> describe(const DumpSummary& summary) {
  std::size_t bars = 0;
  std::size_t gaps = 0;
  for (const AssetSummary& item : summary.assets) {
    bars += item.bars;
    gaps += item.gaps;
  }
  std::vector<std::string> lines{
      fmt::format("dumped {} bars of {} assets in {} versions ({} revisions), {} gaps, {:.1f} kB",
                  bars, summary.assets.size(), summary.rows, summary.rows - bars, gaps,
                  static_cast<double>(summary.size_bytes) / 1e3)};
  constexpr std::size_t kLinesAtMost = 20;
  for (std::size_t i = 0; i < summary.assets.size() && i < kLinesAtMost; ++i) {
    const AssetSummary& item = summary.assets[i];
    lines.push_back(fmt::format(
        "  {:<24} {:>7} bars {:>5} revisions {:>5} gaps  known after p50 "
        "{:.1f} s, max {:.1f} s, p95 {:.1f} s",
        item.full_symbol, item.bars, item.versions - item.bars, item.gaps,
        to_seconds(item.delay_p50), to_seconds(item.delay_max), to_seconds(item.delay_p95)));
  }
  if (summary.assets.size() > kLinesAtMost) {
    lines.push_back(fmt::format("  and {} more assets in test_data.json",
                                summary.assets.size() - kLinesAtMost));
  }
  for (const std::string& symbol : summary.assets_without_rows) {
    lines.push_back(fmt::format("warning: the store holds no row of {} in the window", symbol));
  }
  return lines;
}

std::vector<std::string> first_and_last_lines(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    all.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  constexpr std::size_t kEach = 3;
  if (all.size() <= 2 * kEach + 1) {
    return all;
  }
  std::vector<std::string> lines(all.begin(), all.begin() + kEach + 1);
  lines.push_back(fmt::format("... {} rows in all ...", all.size() - 1));
  lines.insert(lines.end(), all.end() - kEach, all.end());
  return lines;
}

}  // namespace tieout::flow
