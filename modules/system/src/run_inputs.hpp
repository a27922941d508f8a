#pragma once

#include <atomic>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tieout/core/as_of.hpp"
#include "tieout/core/clock.hpp"
#include "tieout/core/result.hpp"
#include "tieout/marketdata/source.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/runlog/records.hpp"

#include "clocks.hpp"

namespace tieout::system {

/// A bar may be computed now, with what is known as of this.
struct Decision {
  Timestamp time;
  AsOf as_of;
  runlog::BarOutcome outcome = runlog::BarOutcome::kOk;
  std::vector<AssetId> laggards;
};

/// Where the engine's inputs come from: the only difference between production and simulation.
class RunInputs {
 public:
  virtual ~RunInputs() = default;

  /// Wait until `bar` may be computed. Nothing when the run is asked to stop.
  virtual Result<std::optional<Decision>> next_decision(Timestamp bar) = 0;
  /// The clock reading that dates the bar's orders.
  virtual Result<Timestamp> order_time(Timestamp bar) = 0;
  /// Market data; every read states an as-of.
  virtual marketdata::MarketDataSource& market() = 0;
  /// Told about each journal entry that the engine writes; a replay holds it against production's.
  /// Returns a warning or "".
  virtual std::string check(const runlog::JournalEntry& entry) = 0;
};

/// When a late bar is still worth trading, and how long to wait for laggards.
struct ReadinessRule {
  Duration bar;
  Duration poll;      // between looks at the store
  Duration time_out;  // after the bar end: go on without the laggards
};

/// Production: polls the store on the clock. While the engine works on a decision, an accelerated
/// clock runs at real pace.
class LiveInputs final : public RunInputs {
 public:
  /// `paced` is the same clock when it can change its pace, or null.
  LiveInputs(Clock& clock, PacedClock* paced, marketdata::MarketDataSource& market,
             std::vector<AssetId> universe, ReadinessRule rule)
      : clock_(clock),
        paced_(paced),
        market_(market),
        universe_(std::move(universe)),
        rule_(rule) {}

  Result<std::optional<Decision>> next_decision(Timestamp bar) override;
  Result<Timestamp> order_time(Timestamp) override { return clock_.now(); }
  marketdata::MarketDataSource& market() override { return market_; }
  std::string check(const runlog::JournalEntry&) override { return {}; }

 private:
  void set_pace(PacedClock::Pace pace);

  Clock& clock_;
  PacedClock* paced_;
  marketdata::MarketDataSource& market_;
  std::vector<AssetId> universe_;
  ReadinessRule rule_;
};

/// Faithful replay: decisions and clock readings come from production's journal.
class JournalInputs final : public RunInputs {
 public:
  /// `entries` are all journal entries of the production run, in order.
  JournalInputs(std::vector<runlog::JournalEntry> entries, marketdata::MarketDataSource& market)
      : entries_(std::move(entries)), market_(market) {}

  /// Errors: kIncompleteEvidence when the journal has no decision for the bar.
  Result<std::optional<Decision>> next_decision(Timestamp bar) override;
  Result<Timestamp> order_time(Timestamp bar) override;
  marketdata::MarketDataSource& market() override { return market_; }
  std::string check(const runlog::JournalEntry& entry) override;

 private:
  std::span<const runlog::JournalEntry> entries_of(Timestamp bar) const;

  std::vector<runlog::JournalEntry> entries_;
  marketdata::MarketDataSource& market_;
  std::size_t reads_checked_ =
      0;  // market reads of the current bar that were held against the journal
  Timestamp checked_bar_;
};

/// A run that goes on where another one was cut: its journal up to the last bar that it committed,
/// then other inputs.
class RestartInputs final : public RunInputs {
 public:
  RestartInputs(JournalInputs journal, Timestamp last_journaled, RunInputs& then)
      : journal_(std::move(journal)), last_journaled_(last_journaled), then_(then) {}

  Result<std::optional<Decision>> next_decision(Timestamp bar) override {
    return at(bar).next_decision(bar);
  }
  Result<Timestamp> order_time(Timestamp bar) override { return at(bar).order_time(bar); }
  marketdata::MarketDataSource& market() override { return then_.market(); }
  std::string check(const runlog::JournalEntry& entry) override {
    return at(entry.bar).check(entry);
  }

 private:
  RunInputs& at(Timestamp bar) {
    return bar <= last_journaled_ ? static_cast<RunInputs&>(journal_) : then_;
  }

  JournalInputs journal_;
  Timestamp last_journaled_;
  RunInputs& then_;
};

/// Nominal replay: an ideal clock; every bar is decided a flat delay after its end.
class NominalInputs final : public RunInputs {
 public:
  NominalInputs(Duration delay, marketdata::MarketDataSource& market, std::vector<AssetId> universe)
      : delay_(delay), market_(market), universe_(std::move(universe)) {}

  Result<std::optional<Decision>> next_decision(Timestamp bar) override;
  Result<Timestamp> order_time(Timestamp bar) override { return bar + delay_; }
  marketdata::MarketDataSource& market() override { return market_; }
  std::string check(const runlog::JournalEntry&) override { return {}; }

 private:
  Duration delay_;
  marketdata::MarketDataSource& market_;
  std::vector<AssetId> universe_;
};

/// Any inputs, until someone asks to stop.
class StoppableInputs final : public RunInputs {
 public:
  StoppableInputs(RunInputs& inputs, const std::atomic<bool>& stop)
      : inputs_(inputs), stop_(stop) {}

  Result<std::optional<Decision>> next_decision(Timestamp bar) override {
    if (stop_.load(std::memory_order_relaxed)) {
      return std::optional<Decision>();
    }
    return inputs_.next_decision(bar);
  }
  Result<Timestamp> order_time(Timestamp bar) override { return inputs_.order_time(bar); }
  marketdata::MarketDataSource& market() override { return inputs_.market(); }
  std::string check(const runlog::JournalEntry& entry) override { return inputs_.check(entry); }

 private:
  RunInputs& inputs_;
  const std::atomic<bool>& stop_;
};

/// All entries of a run's journal, in order.
Result<std::vector<runlog::JournalEntry>> read_journal(const runlog::RunReader& run);

/// Content of a market read for the journal: what was read, not when it became known.
Hash128 hash_bars(std::span<const marketdata::BarVersion> bars);

}  // namespace tieout::system
