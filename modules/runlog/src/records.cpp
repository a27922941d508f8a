#include "tieout/runlog/records.hpp"

namespace tieout::runlog {

std::string_view to_string(TableKind kind) noexcept {
  switch (kind) {
    case TableKind::kTargetPositions:
      return "target_positions";
    case TableKind::kOrders:
      return "orders";
    case TableKind::kFills:
      return "fills";
    case TableKind::kPortfolio:
      return "portfolio";
    case TableKind::kStatistics:
      return "statistics";
    case TableKind::kTimings:
      return "timings";
    case TableKind::kChildOrders:
      return "child_orders";
    case TableKind::kOrderEvents:
      return "order_events";
  }
  return "unknown";
}

std::string_view to_string(BarOutcome outcome) noexcept {
  switch (outcome) {
    case BarOutcome::kOk:
      return "ok";
    case BarOutcome::kPartial:
      return "partial";
    case BarOutcome::kSkipped:
      return "skipped";
  }
  return "unknown";
}

}  // namespace tieout::runlog
