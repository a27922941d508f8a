#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tieout/core/table.hpp"

#include "journal_diff.hpp"

namespace tieout::recon {

/// A row of both tables, or of one.
struct RowPair {
  std::optional<std::size_t> left, right;
  bool renumbered = false;  // the keys differ
  bool alike = false;       // on both sides, and equal in all that is not an id
  /// Of a renumbered row: its place among the rows of its asset, from 1; 0 when it is the only one.
  std::size_t place = 0;
};

/// Align the orders or fills of one bar whose ids name other assets on the other side: numbers that
/// were shifted.
///
/// Rule:    docs/formats/comparison.md, "Ids that are shifted". Within an asset: rows that are
///          equal; rows that are equal in all but ids; rows of one key; what is left in the order
///          of the keys. Then rows of one key whatever the asset. An own clock's reading equals the
///          other's.
/// Returns: nothing when every key names the same asset on both sides, when a key occurs twice, or
///          when the tables have no `asset_id` beside one int64 key: then the key alone aligns.
/// Cost:    O(rows log rows).
std::optional<std::vector<RowPair>> pair_renumbered_rows(const Table& left, const Table& right,
                                                         const std::string& key,
                                                         std::span<const ClockPair> clocks);

/// An int64 column that numbers something: "order_id", "fill_id", but not "asset_id".
bool is_id_column(const TypedColumn& column) noexcept;

}  // namespace tieout::recon
