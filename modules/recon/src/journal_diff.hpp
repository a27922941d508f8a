#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tieout/recon/finding.hpp"
#include "tieout/runlog/records.hpp"

namespace tieout::recon {

/// A difference between what two runs consumed at one bar.
struct JournalBreak {
  BreakKind kind = BreakKind::kValue;
  std::string part;    // "journal.market_read", "journal.decision", "journal.status", ...
  std::string column;  // "content", "outcome", "laggards", "status", "rate"; "" when the entry is
                       // on one side only
  std::string key;     // "purpose=source", and "#2" for the second of its kind
  std::string left, right;
};

/// One reading of the clock on either side.
struct ClockPair {
  Timestamp left, right;
};

/// What was compared of the journals of one bar, beside the breaks.
struct JournalDiff {
  std::vector<JournalBreak> breaks;
  /// Market reads that gave other rows because they were made as of another instant: not breaks,
  /// for another question was asked; what they changed shows in the cells.
  std::vector<JournalBreak> other_answers;
  std::uint64_t entries = 0;  // market reads and decisions on at least one side
  std::uint64_t other_instants =
      0;  // entries that agree, but were made at another instant or as-of
  /// Instants that both runs read from their clocks for the same purpose, and that differ.
  std::vector<ClockPair> clocks;
};

/// Compare the market reads by purpose and order, the decisions, what became of the bar, and the
/// funding rates that were booked. What was read as of the same
/// instant counts (content and row count); when it was read does not: instants belong to the clock
/// of each run.
JournalDiff diff_journal(std::span<const runlog::JournalEntry> left,
                         std::span<const runlog::JournalEntry> right);

}  // namespace tieout::recon
