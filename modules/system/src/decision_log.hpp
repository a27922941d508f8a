#pragma once

#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/oms/process_forecasts.hpp"
#include "tieout/runlog/records.hpp"
#include "tieout/runlog/writer.hpp"

namespace tieout::system {

/// The tables that the run's log has beside those of every log.
std::vector<runlog::TableKind> more_tables_of(const oms::Trader& trader);

/// Write the decision tables of a bar, timings apart, and its notes.
Status write_decisions(runlog::RunWriter& log, Timestamp bar, Timestamp wall,
                       const oms::BarDecisions& decisions);

/// The journal's entry of a funding rate that was booked, and back. Errors of the latter:
/// kCorruptEvidence.
runlog::JournalEntry funding_entry(Timestamp bar, const oms::FundingRate& rate);
Result<oms::FundingRate> funding_of(const runlog::JournalEntry& entry);

/// The journal's entry of what became of the bar.
runlog::JournalEntry status_entry(Timestamp bar, const oms::BarDecisions& decisions);

}  // namespace tieout::system
