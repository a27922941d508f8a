#include "journal_diff.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace tieout::recon {
namespace {

using runlog::JournalEntry;

/// Kind, purpose, and the how-manieth of its kind: what an entry is aligned by.
struct Key {
  JournalEntry::Kind kind{};
  std::string purpose;
  std::size_t occurrence = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// A clock reading is an instant and nothing else.
bool is_compared(JournalEntry::Kind kind) {
  return kind != JournalEntry::Kind::kClockRead;
}

std::map<Key, const JournalEntry*> by_key(std::span<const JournalEntry> entries) {
  std::map<Key, const JournalEntry*> found;
  for (const JournalEntry& entry : entries) {
    // There is one decision and one status; what the status says is compared, not aligned by.
    const bool is_one =
        entry.kind == JournalEntry::Kind::kDecision || entry.kind == JournalEntry::Kind::kStatus;
    Key key{entry.kind, is_one ? "" : entry.purpose, 0};
    while (found.contains(key)) {
      ++key.occurrence;
    }
    found.emplace(std::move(key), &entry);
  }
  return found;
}

std::string_view part_of(const Key& key) {
  switch (key.kind) {
    case JournalEntry::Kind::kMarketRead:
      return "journal.market_read";
    case JournalEntry::Kind::kStatus:
      return "journal.status";
    case JournalEntry::Kind::kFunding:
      return "journal.funding";
    case JournalEntry::Kind::kDecision:
    case JournalEntry::Kind::kClockRead:
      break;
  }
  return "journal.decision";
}

std::string text_of(const Key& key) {
  std::string text = key.purpose.empty() ? "" : fmt::format("purpose={}", key.purpose);
  if (key.occurrence > 0) {
    text += fmt::format("#{}", key.occurrence + 1);
  }
  return text;
}

std::string content_text(const JournalEntry& entry) {
  return fmt::format("{} rows, content {}", entry.row_count, to_hex(entry.content).substr(0, 12));
}

std::string_view outcome_text(runlog::BarOutcome outcome) {
  switch (outcome) {
    case runlog::BarOutcome::kOk:
      return "ok";
    case runlog::BarOutcome::kPartial:
      return "partial";
    case runlog::BarOutcome::kSkipped:
      return "skipped";
  }
  return "unknown";
}

std::vector<std::int64_t> laggard_ids(const JournalEntry& entry) {
  std::vector<std::int64_t> ids;
  for (const AssetId asset : entry.laggards) {
    ids.push_back(asset.value);
  }
  std::ranges::sort(ids);
  return ids;
}

std::string laggard_text(const JournalEntry& entry) {
  return fmt::format("[{}]", fmt::join(laggard_ids(entry), ","));
}

std::string entry_text(const JournalEntry& entry) {
  switch (entry.kind) {
    case JournalEntry::Kind::kMarketRead:
      return content_text(entry);
    case JournalEntry::Kind::kStatus:
      return entry.purpose;
    case JournalEntry::Kind::kFunding:
      return fmt::format("{} of {} at {}", entry.purpose, laggard_text(entry), to_iso(entry.time));
    case JournalEntry::Kind::kDecision:
    case JournalEntry::Kind::kClockRead:
      break;
  }
  return std::string(outcome_text(entry.outcome));
}

void compare_entries(const Key& key, const JournalEntry& left, const JournalEntry& right,
                     JournalDiff& diff) {
  const bool is_own_clock =
      key.kind == JournalEntry::Kind::kDecision || key.kind == JournalEntry::Kind::kClockRead;
  if (is_own_clock && left.time != right.time) {
    diff.clocks.push_back({left.time, right.time});
  }
  if (!is_compared(key.kind)) {
    return;
  }
  const auto found = [&] { return diff.breaks.size() + diff.other_answers.size(); };
  const std::size_t before = found();
  const auto add = [&](std::vector<JournalBreak>& breaks, std::string_view column,
                       std::string left_text, std::string right_text) {
    breaks.push_back({BreakKind::kValue, std::string(part_of(key)), std::string(column),
                      text_of(key), std::move(left_text), std::move(right_text)});
  };
  if (key.kind == JournalEntry::Kind::kMarketRead) {
    if (left.content != right.content || left.row_count != right.row_count) {
      add(left.as_of == right.as_of ? diff.breaks : diff.other_answers, "content",
          content_text(left), content_text(right));
    }
  } else if (key.kind == JournalEntry::Kind::kStatus || key.kind == JournalEntry::Kind::kFunding) {
    const bool is_rate = key.kind == JournalEntry::Kind::kFunding;
    if (left.purpose != right.purpose || (is_rate && entry_text(left) != entry_text(right))) {
      add(diff.breaks, is_rate ? "rate" : "status", entry_text(left), entry_text(right));
    }
  } else {
    if (left.outcome != right.outcome) {
      add(diff.breaks, "outcome", std::string(outcome_text(left.outcome)),
          std::string(outcome_text(right.outcome)));
    }
    if (laggard_ids(left) != laggard_ids(right)) {
      add(diff.breaks, "laggards", laggard_text(left), laggard_text(right));
    }
  }
  if (found() == before && (left.time != right.time || !(left.as_of == right.as_of))) {
    ++diff.other_instants;
  }
}

/// Whether both bars were decided as of the same instant, as far as the journals say.
bool decided_alike(const std::map<Key, const JournalEntry*>& left,
                   const std::map<Key, const JournalEntry*>& right) {
  const Key decision{JournalEntry::Kind::kDecision, "", 0};
  const auto l = left.find(decision);
  const auto r = right.find(decision);
  return l == left.end() || r == right.end() || l->second->as_of == r->second->as_of;
}

}  // namespace

JournalDiff diff_journal(std::span<const JournalEntry> left, std::span<const JournalEntry> right) {
  JournalDiff diff;
  if (std::ranges::equal(left, right)) {
    diff.entries = static_cast<std::uint64_t>(
        std::ranges::count_if(left, [](const JournalEntry& e) { return is_compared(e.kind); }));
    return diff;
  }
  const auto left_entries = by_key(left);
  const auto right_entries = by_key(right);
  // Whether a read is made at all may depend on the clock too.
  const bool same_clock = decided_alike(left_entries, right_entries);
  const auto one_sided = [&](const Key& key) -> std::vector<JournalBreak>& {
    const bool is_read = key.kind == JournalEntry::Kind::kMarketRead;
    return is_read && !same_clock ? diff.other_answers : diff.breaks;
  };
  for (const auto& [key, entry] : left_entries) {
    diff.entries += is_compared(key.kind) ? 1U : 0U;
    const auto other = right_entries.find(key);
    if (other != right_entries.end()) {
      compare_entries(key, *entry, *other->second, diff);
    } else if (is_compared(key.kind)) {
      one_sided(key).push_back({BreakKind::kMissingRight, std::string(part_of(key)), "",
                                text_of(key), entry_text(*entry), "(none)"});
    }
  }
  for (const auto& [key, entry] : right_entries) {
    if (is_compared(key.kind) && !left_entries.contains(key)) {
      ++diff.entries;
      one_sided(key).push_back({BreakKind::kMissingLeft, std::string(part_of(key)), "",
                                text_of(key), "(none)", entry_text(*entry)});
    }
  }
  return diff;
}

}  // namespace tieout::recon
