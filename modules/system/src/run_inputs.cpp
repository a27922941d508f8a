#include "run_inputs.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace tieout::system {
namespace {

using runlog::BarOutcome;
using runlog::JournalEntry;

}  // namespace

Result<std::vector<JournalEntry>> read_journal(const runlog::RunReader& run) {
  std::vector<JournalEntry> entries;
  for (std::size_t i = 0; i < run.bars().size(); ++i) {
    TIEOUT_TRY(std::vector<JournalEntry> of_bar, run.journal(i));
    entries.insert(entries.end(), std::make_move_iterator(of_bar.begin()),
                   std::make_move_iterator(of_bar.end()));
  }
  return entries;
}

Hash128 hash_bars(std::span<const marketdata::BarVersion> bars) {
  Hasher hasher;
  hasher.add_u64(bars.size());
  for (const marketdata::BarVersion& bar : bars) {
    hasher.add_i64(bar.asset.value);
    hasher.add_i64(bar.end.ns);
    for (const double value : {bar.open, bar.high, bar.low, bar.close, bar.volume}) {
      hasher.add_f64(value);
    }
  }
  return hasher.digest();
}

Result<std::optional<Decision>> LiveInputs::next_decision(Timestamp bar) {
  set_pace(PacedClock::Pace::kAccelerated);
  if (!clock_.sleep_until(bar)) {
    return std::optional<Decision>();
  }
  const Timestamp deadline = bar + rule_.time_out;
  while (true) {
    // The clock is read before the store: whatever is committed up to max_seq was stamped at or
    // before now.
    const Timestamp now = clock_.now();
    TIEOUT_TRY(const std::int64_t max_seq, market_.max_seq());
    Decision decision{now, AsOf{now, max_seq}, BarOutcome::kOk, {}};
    TIEOUT_TRY(marketdata::Readiness readiness, market_.readiness(bar, universe_, decision.as_of));
    decision.laggards = std::move(readiness.laggards);
    if (decision.laggards.empty() || now >= deadline) {
      if (now > bar + rule_.bar) {
        decision.outcome = BarOutcome::kSkipped;
      } else if (!decision.laggards.empty()) {
        decision.outcome = BarOutcome::kPartial;
      }
      set_pace(PacedClock::Pace::kReal);
      return std::optional(std::move(decision));
    }
    if (!clock_.sleep_until(std::min(now + rule_.poll, deadline))) {
      return std::optional<Decision>();
    }
  }
}

void LiveInputs::set_pace(PacedClock::Pace pace) {
  if (paced_ != nullptr) {
    paced_->set_pace(pace);
  }
}

std::span<const JournalEntry> JournalInputs::entries_of(Timestamp bar) const {
  const auto first = std::ranges::lower_bound(entries_, bar, {}, &JournalEntry::bar);
  const auto last = std::ranges::upper_bound(entries_, bar, {}, &JournalEntry::bar);
  return {first, last};
}

Result<std::optional<Decision>> JournalInputs::next_decision(Timestamp bar) {
  for (const JournalEntry& entry : entries_of(bar)) {
    if (entry.kind == JournalEntry::Kind::kDecision) {
      return std::optional(Decision{entry.time, entry.as_of, entry.outcome, entry.laggards});
    }
  }
  return Error{ErrorCode::kIncompleteEvidence,
               fmt::format("faithful replay: the journal of the production run has no decision for "
                           "bar {}; needed one for every bar of the window",
                           to_iso(bar))};
}

Result<Timestamp> JournalInputs::order_time(Timestamp bar) {
  for (const JournalEntry& entry : entries_of(bar)) {
    if (entry.kind == JournalEntry::Kind::kClockRead && entry.purpose == "order") {
      return entry.time;
    }
  }
  return Error{ErrorCode::kIncompleteEvidence,
               fmt::format("faithful replay: the journal of the production run has no order clock "
                           "reading for bar {}",
                           to_iso(bar))};
}

std::string JournalInputs::check(const JournalEntry& entry) {
  if (entry.kind != JournalEntry::Kind::kMarketRead) {
    return {};
  }
  if (checked_bar_ != entry.bar) {
    checked_bar_ = entry.bar;
    reads_checked_ = 0;
  }
  std::size_t position = 0;
  for (const JournalEntry& prod : entries_of(entry.bar)) {
    if (prod.kind != JournalEntry::Kind::kMarketRead || position++ != reads_checked_) {
      continue;
    }
    ++reads_checked_;
    if (prod.content == entry.content && prod.row_count == entry.row_count) {
      return {};
    }
    return fmt::format(
        "bar {}: read '{}' gave {} rows, production read {} rows{}: the dump is not what "
        "production saw",
        to_iso(entry.bar), entry.purpose, entry.row_count, prod.row_count,
        prod.row_count == entry.row_count ? " of other content" : "");
  }
  ++reads_checked_;
  return fmt::format("bar {}: read '{}' has no counterpart in production's journal",
                     to_iso(entry.bar), entry.purpose);
}

Result<std::optional<Decision>> NominalInputs::next_decision(Timestamp bar) {
  Decision decision;
  decision.time = bar + delay_;
  decision.as_of = AsOf{decision.time};
  TIEOUT_TRY(marketdata::Readiness readiness, market_.readiness(bar, universe_, decision.as_of));
  decision.laggards = std::move(readiness.laggards);
  if (!decision.laggards.empty()) {
    decision.outcome = BarOutcome::kPartial;
  }
  return std::optional(std::move(decision));
}

}  // namespace tieout::system
