#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tieout/analytics/limit_orders.hpp"
#include "tieout/recon/quotes_file.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::cli {

/// What is held against the quotes.
struct QuotedTrading {
  std::span<const analytics::PlacedOrder> orders;  // child orders, else the run's orders
  std::span<const analytics::Execution> executions;
};

/// A run's orders and trades against quotes of the market.
struct QuoteExecution {
  Duration max_age;  // of a quote that is used
  std::vector<analytics::QuoteCoverage> coverage;
  std::map<AssetId, recon::LeftOutQuotes> left_out;
  std::size_t bars = 0;
  std::vector<analytics::LimitSummary> limits;  // of all last
  analytics::QuoteQualitySummary trades;
  analytics::ArrivalSlippage arrival;
  std::optional<analytics::FillAgreement> fills;  // where they were simulated
  std::vector<std::string> disagreements;         // one sentence each
};

enum class FillSimulation { kNo, kYes };

/// Errors: kIncompleteEvidence when fills are to be simulated and no order has a limit.
Result<QuoteExecution> quote_execution(const runlog::RunSource& run, const recon::QuotesFile& file,
                                       const analytics::QuoteBook& book,
                                       const QuotedTrading& trading, FillSimulation simulation);

std::string quote_text(const QuoteExecution& execution, const runlog::RunSource& run);
/// A JSON object; keys of docs/formats/execution_quality.md.
nlohmann::ordered_json quote_json(const QuoteExecution& execution, const runlog::RunSource& run);

}  // namespace tieout::cli
