#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tieout/recon/finding.hpp"

namespace tieout::recon {

/// Where a check of the catalogue is made.
enum class CheckPlace : std::uint8_t {
  kComparison,  // compare_runs(): a difference of the two runs is a break
  kRun,         // run_checks(): of one run or of a pair, a remark
  kMarketData,  // check_market_data(): of a dump, a remark
  kElsewhere,   // another part of tieout makes it: `where` says which
  kLater,       // not made yet: `where` says what it waits for
};
/// "comparison", "run", "market data", "elsewhere", "later".
std::string_view to_string(CheckPlace place) noexcept;

/// One check of the catalogue.
struct CheckInfo {
  std::string_view id;     // "C202"
  std::string_view level;  // "L2": raw rows, nodes, targets, ..., as the catalogue numbers them
  Layer layer = Layer::kNodes;
  std::string_view title;      // what must hold
  std::string_view tolerance;  // "exact", "1e-9", ...
  Severity severity = Severity::kFail;
  CheckPlace place = CheckPlace::kLater;
  std::string_view where;  // how it is made, or what it waits for
};

/// All checks, ascending by id.
std::span<const CheckInfo> check_catalogue() noexcept;
/// nullptr for an id that the catalogue does not have.
const CheckInfo* find_check(std::string_view id) noexcept;
/// Of the check; kFail for an unknown one.
Severity default_severity(std::string_view id) noexcept;

/// The catalogue as the Markdown table of docs/formats/checks.md.
std::string check_catalogue_markdown();

}  // namespace tieout::recon
