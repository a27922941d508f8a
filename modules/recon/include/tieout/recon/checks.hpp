#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/recon/catalogue.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::recon {

struct Comparison;

/// What a check may read.
enum class CheckDepth : std::uint8_t {
  kIndex,  // manifests and bars: costs nothing beside a comparison
  kAll,    // also configs, journals, tables, and the windows of a few bars
};

enum class CheckState : std::uint8_t { kPassed, kViolated, kReported, kNotChecked };
/// "passed", "violated", "reported", "not checked".
std::string_view to_string(CheckState state) noexcept;

/// How one check came out on one run, or on the pair.
struct CheckOutcome {
  std::string id;
  std::string run;  // name of the run; "" for the pair and for market data
  CheckState state = CheckState::kNotChecked;
  std::uint64_t looked_at = 0;   // bars, rows, leaves, ...: never 0 when passed
  std::uint64_t violations = 0;  // of those
  std::string note;              // why it was not checked
};

/// Outcomes in the order in which the checks were made; findings are remarks of kind kCheck (left:
/// what was found; right: what was needed), one for each check, run and part: the first violation,
/// with their number in the note.
struct CheckReport {
  std::vector<CheckOutcome> outcomes;
  std::vector<Finding> findings;
  /// A violated check of severity FAIL.
  bool failed() const noexcept;
};

/// Check one run by itself.
/// Errors:  those of the reader. What is violated is never an error.
Result<CheckReport> check_run(const runlog::RunSource& run, const std::string& name,
                              CheckDepth depth);

struct CheckOptions {
  std::string left_name = "prod";
  std::string right_name = "sim";
  CheckDepth depth = CheckDepth::kAll;
};

/// Check two runs, each by itself, then as a pair. `comparison` (may be null) is what
/// compare_runs() found: C207 sums up its NaN cells.
/// Cost:    kIndex: O(bars x nodes) without reading a frame. kAll: every table and journal entry of
///          both runs, the windows of the first bar and of one common bar.
Result<CheckReport> run_checks(const runlog::RunSource& left, const runlog::RunSource& right,
                               const Comparison* comparison, const CheckOptions& options);

/// One version of a bar of market data.
struct MarketRow {
  AssetId asset;
  Timestamp end;  // label
  Timestamp knowledge;
  double open = 0, high = 0, low = 0, close = 0, volume = 0;
};

struct MarketCheckOptions {
  std::vector<Asset> universe;     // empty: the dump's own
  Duration period = minutes(1);    // of the rows
  Timestamp from, until;           // labels that must be there, closed; equal: those of the dump
  std::vector<Timestamp> bars;     // that the run decided, ascending
  std::vector<Timestamp> decided;  // as of when, for each of `bars`
  Duration bar = minutes(5);
};

/// Check the versions of a dump, in any order (C011, C101 to C106).
CheckReport check_market_data(std::span<const MarketRow> rows, const MarketCheckOptions& options);

}  // namespace tieout::recon
