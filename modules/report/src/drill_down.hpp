#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tieout/recon/compare.hpp"

namespace tieout::report {

struct Facts;

/// The first breaks behind a mark of a map: those of one row between two bars.
struct BreakList {
  std::string anchor;               // "at-part-3-84": row and first column
  std::string title;                // "predict.3.compute_vol, 07:00 to 07:55: 1,234 breaks"
  std::size_t row = 0;              // of the map
  std::size_t from = 0, until = 0;  // columns of the map, [from, until)
  std::uint64_t breaks = 0;
  std::vector<const recon::Finding*> shown;  // in causal order
};

/// How many breaks start in which part (or asset) at which bar. Long runs: neighbours are added up.
struct BreakMap {
  std::string key;                                // "part", "asset"
  std::vector<std::string> rows;                  // parts in causal order; assets by name
  std::vector<std::uint64_t> totals;              // [rows]
  std::vector<std::uint64_t> bars_with;           // [rows] bars with breaks
  std::vector<Timestamp> first_bars;              // [rows]
  std::vector<std::vector<std::uint64_t>> marks;  // [rows][columns]
  std::vector<BreakList> lists;                   // by row, then time
  std::size_t rows_left_out = 0;                  // with fewer breaks than those that are kept
};

/// Id of the place of all breaks of a row: "of-part-3".
std::string place_of_row(const BreakMap& map, std::size_t row);

/// What of a comparison the page leads to, bounded whatever the number of breaks: a cell's place
/// is "cell-" and its break id.
class DrillDown {
 public:
  explicit DrillDown(const Facts& facts);

  /// All bars of the comparison.
  const std::vector<Timestamp>& bars() const noexcept { return bars_; }
  /// Bars [first_of_column(c), first_of_column(c + 1)) are in column c.
  std::size_t first_of_column(std::size_t column) const noexcept;
  std::size_t columns() const noexcept { return columns_; }
  const BreakMap& by_part() const noexcept { return by_part_; }
  const BreakMap& by_asset() const noexcept { return by_asset_; }
  /// Breaks that the page explains: the first divergence and its inputs, roots, then some of every
  /// part and bar, some of every asset. In causal order.
  std::span<const recon::Finding* const> cells() const noexcept { return cells_; }
  /// Place of the break in the page; "" when it is not explained there.
  std::string anchor_of(const recon::Finding& finding) const;
  /// The same by break id.
  std::string anchor_of_id(const std::string& break_id) const;

 private:
  void fill(const Facts& facts, const recon::Comparison& comparison);
  void choose_cells(const recon::Comparison& comparison);
  void explain(const recon::Finding& finding);
  void explain_like(const recon::Comparison& comparison, const recon::Finding& copy);

  std::vector<Timestamp> bars_;
  std::size_t columns_ = 0;
  BreakMap by_part_, by_asset_;
  std::vector<const recon::Finding*> cells_;
  std::map<std::string, std::string> anchors_;  // by break id
};

/// A difference of the data of the two runs: no remark, and not of the runs as wholes.
bool is_break_of_data(const recon::Finding& finding) noexcept;

}  // namespace tieout::report
