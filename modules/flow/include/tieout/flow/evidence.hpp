#pragma once

#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/flow/known_rows.hpp"
#include "tieout/marketdata/bar.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/report/report.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::flow {

/// What the market data says about a row on which the two runs differ.
enum class DataCause {
  kNone,     // the same version was visible to both
  kLate,     // its first version became known after production decided
  kRevised,  // production used a version that a later one replaced
  kMissing,  // it never arrived
};
std::string_view to_string(DataCause cause) noexcept;

/// Classify a row by its versions (ascending by (knowledge, seq)) and production's decision.
DataCause classify(const std::vector<marketdata::BarVersion>& versions, const AsOf& prod_decision);

/// The rows as a report shows them.
report::MarketRows market_rows(const KnownRows& known);

/// Look up the market data behind any finding, with the cause where the finding is a cell of a
/// source node. `prod` and `sim` must outlive what is returned.
report::MarketLookup market_lookup(const runlog::RunReader& prod, const runlog::RunReader& sim,
                                   std::vector<marketdata::BarVersion> dump);

/// Explain the first divergence when it is in, or comes through, a source node: the versions of the
/// row's bar, what was known at the decisions of both sides, and the cause. Empty when the
/// divergence is not about market data. Errors: those of reading the journals.
Result<std::vector<report::Evidence>> explain_first_divergence(
    const recon::Comparison& comparison, const runlog::RunReader& prod,
    const runlog::RunReader& sim, const std::vector<marketdata::BarVersion>& dump);

}  // namespace tieout::flow
