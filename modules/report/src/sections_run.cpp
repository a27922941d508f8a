#include <array>
#include <filesystem>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include "sections.hpp"

namespace tieout::report {
namespace {

using runlog::JournalEntry;
using runlog::RunReader;

struct JournalSummary {
  std::array<std::size_t, 3> outcomes{};      // by BarOutcome
  std::vector<double> delay_s;                // decision instant after the bar's end
  std::map<AssetId, std::uint64_t> laggards;  // bars at which the asset was late
  std::array<std::uint64_t, 4> entries{};     // by JournalEntry::Kind
  std::map<Timestamp, std::string> statuses;  // what became of each bar
};

Result<JournalSummary> read_journal(const Side& side) {
  TIEOUT_TRY(const RunReader* run, need_run(side));
  JournalSummary out;
  for (std::size_t i = 0; i < run->bars().size(); ++i) {
    const auto outcome = static_cast<std::size_t>(run->bars()[i].outcome);
    if (outcome < out.outcomes.size()) ++out.outcomes[outcome];
    TIEOUT_TRY(const std::vector<JournalEntry> entries, run->journal(i));
    for (const JournalEntry& entry : entries) {
      const auto kind = static_cast<std::size_t>(entry.kind);
      if (kind < out.entries.size()) ++out.entries[kind];
      if (entry.kind == JournalEntry::Kind::kStatus) out.statuses[entry.bar] = entry.purpose;
      if (entry.kind != JournalEntry::Kind::kDecision) continue;
      out.delay_s.push_back(to_seconds(entry.time - entry.bar));
      for (const AssetId asset : entry.laggards) ++out.laggards[asset];
    }
  }
  return out;
}

std::string seconds_text(double s) {
  return duration_text({static_cast<std::int64_t>(s * 1e9)});
}

std::vector<std::string> journal_column(const JournalSummary& journal) {
  const Spread delay = spread_of(journal.delay_s);
  const auto delay_text = [&delay](double value) {
    return delay.count == 0 ? std::string("no decision") : seconds_text(value);
  };
  std::uint64_t laggard_bars = 0;
  for (const auto& item : journal.laggards) laggard_bars += item.second;
  const auto entries_of = [&journal](JournalEntry::Kind kind) {
    return count_text(journal.entries[static_cast<std::size_t>(kind)]);
  };
  return {count_text(journal.outcomes[0]),
          count_text(journal.outcomes[1]),
          count_text(journal.outcomes[2]),
          count_text(laggard_bars),
          delay_text(delay.p50),
          delay_text(delay.p95),
          delay_text(delay.max),
          entries_of(JournalEntry::Kind::kMarketRead),
          entries_of(JournalEntry::Kind::kClockRead)};
}

/// Bytes of the regular files below `dir`, by their first path component. The names sort, so the
/// order is fixed.
Result<std::map<std::string, std::uint64_t>> sizes_below(const std::filesystem::path& dir) {
  std::map<std::string, std::uint64_t> out;
  std::error_code error;
  std::filesystem::recursive_directory_iterator it(dir, error);
  for (; !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    const std::uint64_t size = it->file_size(error);
    if (error) break;
    out[it->path().lexically_relative(dir).begin()->string()] += size;
  }
  if (error) {
    return Error{ErrorCode::kFileUnreadable,
                 fmt::format("sizes_below: cannot list {}: {}", dir.string(), error.message())};
  }
  return out;
}

/// How many bars were traded, skipped, late, ... on each side, and which bars the sides disagree
/// on.
void add_statuses(const Facts& facts,
                  const std::array<std::map<Timestamp, std::string>, 2>& statuses, Blocks& out) {
  constexpr std::size_t kMaxRows = 50;
  std::map<std::string, std::array<std::uint64_t, 2>> counts;
  std::map<Timestamp, std::array<std::string, 2>> bars;
  for (std::size_t s = 0; s < statuses.size(); ++s) {
    for (const auto& item : statuses[s]) {
      ++counts[item.second][s];
      bars[item.first][s] = item.second;
    }
  }
  if (counts.empty()) return;
  TableBlock table;
  table.caption = "What became of the bars";
  table.columns = {
      {"status"}, {facts.left.name, Align::kNumber}, {facts.right.name, Align::kNumber}};
  for (const auto& item : counts) {
    table.rows.push_back({item.first, count_text(item.second[0]), count_text(item.second[1])});
  }
  out.emplace_back(std::move(table));
  TableBlock unlike;
  unlike.columns = {{"bar", Align::kTime}, {facts.left.name}, {facts.right.name}};
  std::size_t differing = 0;
  for (const auto& item : bars) {
    if (item.second[0] == item.second[1] || ++differing > kMaxRows) continue;
    const auto cell = [](const std::string& status) {
      return Cell{status.empty() ? "no such bar" : status, Tone::kBad};
    };
    unlike.rows.push_back({time_text(item.first), cell(item.second[0]), cell(item.second[1])});
  }
  if (differing == 0) return;
  unlike.caption = plural(differing, "bar") + " with another status" +
                   (differing > kMaxRows ? fmt::format(": first {}", kMaxRows) : "");
  out.emplace_back(std::move(unlike));
}

}  // namespace

Result<Blocks> journal_section(const Facts& facts) {
  constexpr std::array kNames{"bars decided with every asset ready",
                              "bars decided without late assets (partial)",
                              "bars skipped as too late",
                              "late assets, summed over bars",
                              "decision after bar end, p50",
                              "decision after bar end, p95",
                              "decision after bar end, max",
                              "market data reads",
                              "clock reads"};
  const std::array<const Side*, 2> sides{&facts.left, &facts.right};
  std::array<std::vector<std::string>, 2> columns;
  std::map<AssetId, std::array<std::uint64_t, 2>> laggards;
  std::array<std::map<Timestamp, std::string>, 2> statuses;
  Blocks out;
  for (std::size_t s = 0; s < sides.size(); ++s) {
    const Result<JournalSummary> journal = read_journal(*sides[s]);
    if (!journal.ok()) {
      out.emplace_back(Paragraph{"Not available: " + journal.error().message, Tone::kWarn});
      columns[s].assign(kNames.size(), "not available");
      continue;
    }
    columns[s] = journal_column(*journal);
    for (const auto& item : journal->laggards) laggards[item.first][s] = item.second;
    statuses[s] = journal->statuses;
  }
  TableBlock table;
  table.caption = "Journal: what each run consumed and when it decided";
  table.columns = {{"what"}, {facts.left.name, Align::kNumber}, {facts.right.name, Align::kNumber}};
  for (std::size_t i = 0; i < kNames.size(); ++i)
    table.rows.push_back({kNames[i], columns[0][i], columns[1][i]});
  out.emplace_back(std::move(table));
  add_statuses(facts, statuses, out);
  if (!laggards.empty()) {
    TableBlock late;
    late.caption = "Late assets";
    late.columns = {{"asset", Align::kCode},
                    {"bars in " + facts.left.name, Align::kNumber},
                    {"bars in " + facts.right.name, Align::kNumber}};
    for (const auto& item : laggards) {
      late.rows.push_back(
          {facts.asset_text(item.first), count_text(item.second[0]), count_text(item.second[1])});
    }
    out.emplace_back(
        Fold{plural(laggards.size(), "asset") + " late at least once", {std::move(late)}});
  }
  out.emplace_back(Paragraph{"Quantiles by nearest rank.", Tone::kMuted});
  return out;
}

Result<Blocks> footprint_section(const Facts& facts) {
  TableBlock table;
  table.caption = "Size of the run logs on disk";
  table.columns = {
      {"side"}, {"part", Align::kCode}, {"size", Align::kNumber}, {"per bar", Align::kNumber}};
  for (const Side* side : {&facts.left, &facts.right}) {
    if (side->run == nullptr) continue;
    TIEOUT_TRY(const auto sizes, sizes_below(side->run->directory()));
    const std::size_t bars = side->run->bars().size();
    const auto per_bar = [bars](std::uint64_t size) {
      return bars == 0 ? std::string() : bytes_text(size / bars);
    };
    std::uint64_t total = 0;
    for (const auto& item : sizes) {
      total += item.second;
      table.rows.push_back({side->name, item.first, bytes_text(item.second), per_bar(item.second)});
    }
    table.rows.push_back({side->name, "all", bytes_text(total), per_bar(total)});
  }
  if (table.rows.empty())
    return Error{ErrorCode::kIncompleteEvidence, "there is no run log of either side"};
  return Blocks{table};
}

}  // namespace tieout::report
