#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/core/time.hpp"

namespace tieout::reference {

/// The files of child orders below process_forecasts/ (oms.md 4.3); nothing is opened.
struct ChildIndex {
  std::vector<std::filesystem::path> orders;  // oms_child_orders/, and ours that were skipped
  std::vector<std::filesystem::path> fills;   // child_order_fills/ccxt_fills/
  std::vector<std::filesystem::path> trades;  // child_order_fills/ccxt_trades/
  std::vector<std::string> notes;

  bool empty() const noexcept { return orders.empty(); }
};

/// List the directories once. Errors: kCorruptEvidence (C005) naming files of oms_child_orders/
/// that have another name than "{asset}_{bar}.{wall}.json".
Result<ChildIndex> index_children(const std::filesystem::path& decisions);

/// The table child_orders of each bar.
///
/// Rule:    the bar in a file's name is the one that ordered; what became of its child orders is
///          known at the next bar of the log, and told there, as our own logs do. With the bar
///          "None" it is the first bar after the order was made. Rows go by creation, then order
///          id. Orders of the last bar have no bar that tells them: they are left out.
/// Returns: one table for each of `bars`.
/// Errors:  kCorruptEvidence naming the file and what is wrong with it; two orders of one id.
Result<std::vector<Table>> read_children(const ChildIndex& index, std::span<const Timestamp> bars);

/// How many of the orders' names say the last bar of the log, or a later one.
std::size_t count_after_last(const ChildIndex& index, Timestamp last_bar);

}  // namespace tieout::reference
