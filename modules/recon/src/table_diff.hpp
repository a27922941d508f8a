#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/table.hpp"
#include "tieout/recon/compare.hpp"

#include "cell.hpp"
#include "journal_diff.hpp"
#include "rules.hpp"

namespace tieout::recon {

/// A difference between two tables of one kind at one bar.
struct TableBreak {
  BreakKind kind = BreakKind::kValue;
  std::string column;  // "" for a whole row or the key itself
  std::string key;     // "order_id=12"; "" for a column or a table of one row without a key
  AssetId asset = kNoAsset;
  std::string left, right;
  Distance distance;
  Judged judged = {};                  // never kWithin
  std::size_t rule = CellRule::kNone;  // of a cell: position in Policy::rules
  std::string note = {};
};

/// What the cells of two tables are judged by.
struct TableRules {
  RuleBook* book = nullptr;  // null: exact
  Layer layer = Layer::kOrders;
  Timestamp bar;
  /// Timestamps that differ as one of these pairs does are within (ClockRule::kOwnClock).
  std::span<const ClockPair> clocks = {};
  /// What a policy's `node` selects; empty: the layer's name.
  std::string_view part = {};
};

/// Rows of orders or fills that both sides have under different ids.
struct Renumbering {
  std::uint64_t renumbered = 0;  // rows
  std::uint64_t alike = 0;       // rows of both sides that are equal in all but ids
  std::uint64_t rows = 0;        // of the side that has more
  std::string key;               // "order_id"
  /// Right - left, where it is the same for all; nothing when ids were shifted in several ways.
  std::optional<std::int64_t> shift;
  bool has_one_shift = true;
  void operator+=(const Renumbering& other);
};

/// What TableDiff counts.
struct TableCounts {
  CellCounts cells;
  std::uint64_t ignorable = 0;  // of compared: their rule ignores differences
  std::uint64_t by_clock = 0;   // of within: by the clock rule
  Renumbering renumbering = {};
};

/// Compares the tables of one kind, bar by bar.
///
/// Rule:  columns are aligned by name, rows by the values of the key columns. A row whose key
/// occurs once
///        on each side is compared cell by cell. Where a key occurs more often, equal rows cancel
///        out, the rest is paired in the order of their content, and a group that does not cancel
///        out completely is a kDuplicate break besides. Rows without a key are one group (a single
///        row on each side is simply compared). A column of one side only, and a column of another
///        type, is one break until it heals. Orders and fills whose ids name other assets on the
///        other side are aligned by asset instead (renumbered_rows.hpp); an id that differs is
///        then a break whatever the policy says.
/// Cost:  O(rows log rows) for each pair of tables.
class TableDiff {
 public:
  /// Compare; both tables must be well formed. A table without columns is one that was not written.
  /// Errors: those of RuleBook::find().
  Result<TableCounts> compare(const Table& left, const Table& right, const TableRules& rules,
                              std::vector<TableBreak>& breaks);

 private:
  /// Columns of both sides with one type, to the vectors; returns how many have two types.
  std::uint64_t align_columns(const Table& left, const Table& right,
                              std::vector<const TypedColumn*>& left_columns,
                              std::vector<const TypedColumn*>& right_columns,
                              std::vector<TableBreak>& breaks);
  /// A column that differs as a whole, and how; a break when it was not so at the bar before.
  void note_column(const std::string& name, BreakKind kind, const std::string& left,
                   const std::string& right, std::vector<TableBreak>& breaks);

  std::map<std::string, BreakKind> known_,
      now_;  // columns that differ as a whole, last bar and this
};

}  // namespace tieout::recon
