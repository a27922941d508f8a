#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/dataflow/node.hpp"

namespace tieout::dataflow {

/// The columns of one field in a panel: they stand together, one for each asset.
struct FieldColumns {
  std::size_t first = 0;
  std::size_t count = 0;
};

std::optional<FieldColumns> find_field(std::span<const ColumnKey> columns, std::string_view field);

/// Base of most nodes: for each asset and row, some numbers out of a short window of some fields.
///
/// A field is looked for in all inputs, and must be in exactly one of them. All fields must have
/// the same assets.
class WindowNode : public Node {
 public:
  /// Output row t of an asset is a function of rows t - lookback_rows .. t of `inputs` of that
  /// asset.
  WindowNode(std::vector<std::string> inputs, std::vector<std::string> outputs,
             std::size_t lookback_rows);

  Lookback lookback() const noexcept final { return Lookback::of_rows(lookback_rows_); }
  Result<std::vector<ColumnKey>> output_columns(
      std::span<const std::vector<ColumnKey>> inputs) const final;
  void compute(std::span<const Panel* const> inputs, RowRange rows, Panel& output) const final;

 protected:
  /// Compute the cells of one asset at one row.
  ///
  /// Shapes: windows [inputs][lookback_rows + 1], the last value is that of the row itself; outputs
  /// [outputs], preset to NaN.
  virtual void compute_cells(std::span<const std::span<const double>> windows,
                             std::span<double> outputs) const = 0;

 private:
  std::vector<std::string> inputs_;
  std::vector<std::string> outputs_;
  std::size_t lookback_rows_;
};

/// Base of infinite-memory filters: one series in, one out, over the whole window of each asset.
class SeriesNode : public Node {
 public:
  SeriesNode(std::string input, std::string output)
      : input_(std::move(input)), output_(std::move(output)) {}

  Lookback lookback() const noexcept final { return Lookback::window(); }
  Result<std::vector<ColumnKey>> output_columns(
      std::span<const std::vector<ColumnKey>> inputs) const final;
  void compute(std::span<const Panel* const> inputs, RowRange rows, Panel& output) const final;

 protected:
  /// Shapes: in [n], out [n], preset to NaN.
  virtual void compute_series(std::span<const double> in, std::span<double> out) const = 0;

 private:
  std::string input_;
  std::string output_;
};

}  // namespace tieout::dataflow
