#include "decision_log.hpp"

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::system {

std::vector<runlog::TableKind> more_tables_of(const oms::Trader& trader) {
  return trader.makes_child_orders() ? std::vector{runlog::TableKind::kChildOrders}
                                     : std::vector<runlog::TableKind>{};
}

Status write_decisions(runlog::RunWriter& log, Timestamp bar, Timestamp wall,
                       const oms::BarDecisions& decisions) {
  using runlog::TableKind;
  TIEOUT_CHECK(log.write_table(TableKind::kTargetPositions, bar, wall, decisions.target_positions));
  TIEOUT_CHECK(log.write_table(TableKind::kOrders, bar, wall, decisions.orders));
  if (!decisions.child_orders.columns.empty()) {
    TIEOUT_CHECK(log.write_table(TableKind::kChildOrders, bar, wall, decisions.child_orders));
  }
  if (!decisions.order_events.columns.empty()) {
    TIEOUT_CHECK(log.write_table(TableKind::kOrderEvents, bar, wall, decisions.order_events));
  }
  TIEOUT_CHECK(log.write_table(TableKind::kFills, bar, wall, decisions.fills));
  TIEOUT_CHECK(log.write_table(TableKind::kPortfolio, bar, wall, decisions.portfolio));
  TIEOUT_CHECK(log.write_table(TableKind::kStatistics, bar, wall, decisions.statistics));
  for (const std::string& note : decisions.notes) {
    TIEOUT_CHECK(log.log_line(fmt::format("bar {}: {}", to_iso(bar), note)));
  }
  return {};
}

runlog::JournalEntry funding_entry(Timestamp bar, const oms::FundingRate& rate) {
  runlog::JournalEntry entry;
  entry.kind = runlog::JournalEntry::Kind::kFunding;
  entry.bar = bar;
  entry.time = rate.timestamp;
  entry.laggards = {rate.asset_id};
  entry.purpose = format_double(rate.rate);
  return entry;
}

Result<oms::FundingRate> funding_of(const runlog::JournalEntry& entry) {
  const auto rate = parse_double(entry.purpose);
  if (!rate || entry.laggards.size() != 1) {
    return Error{ErrorCode::kCorruptEvidence,
                 fmt::format("journal: the funding entry of bar {} has rate '{}' and {} assets, "
                             "needed a number and one asset",
                             to_iso(entry.bar), entry.purpose, entry.laggards.size())};
  }
  return oms::FundingRate{entry.time, entry.laggards.front(), *rate};
}

runlog::JournalEntry status_entry(Timestamp bar, const oms::BarDecisions& decisions) {
  using Action = oms::BarDecisions::Action;
  runlog::JournalEntry entry;
  entry.kind = runlog::JournalEntry::Kind::kStatus;
  entry.bar = bar;
  entry.time = bar;
  const bool idle = decisions.action == Action::kTraded && decisions.submitted.empty();
  entry.purpose = idle ? "no_orders" : oms::to_string(decisions.action);
  entry.row_count = decisions.submitted.size();
  return entry;
}

}  // namespace tieout::system
