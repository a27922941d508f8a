#include <cmath>

#include <fmt/format.h>

#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

#include "row_positions.hpp"

// Nodes around a node: the reference's drop_nans and join_output_with_input.

namespace tieout::dataflow {
namespace {

class DropNans final : public Node {
 public:
  DropNans(std::vector<std::string> fields, NodePtr inner)
      : fields_(std::move(fields)), inner_(std::move(inner)) {}

  std::string_view kind() const noexcept override { return inner_->kind(); }
  // How far back a row reaches depends on how many rows were dropped.
  Lookback lookback() const noexcept override { return Lookback::window(); }

  Result<std::vector<ColumnKey>> output_columns(
      std::span<const std::vector<ColumnKey>> inputs) const override {
    for (const std::string& field : fields_) {
      if (!find_field(inputs[0], field)) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("node {}: field '{}' is not among the input's: {}", kind(), field,
                                 list_fields(inputs[0]))};
      }
    }
    return inner_->output_columns(inputs);
  }

  void compute(std::span<const Panel* const> inputs, RowRange rows, Panel& output) const override {
    const Panel& input = *inputs[0];
    const std::vector<std::size_t> positions = row_positions(input, output, rows);
    for (const AssetId asset : assets_of(input.columns(), fields_.front())) {
      compute_asset(input, asset, positions, output);
    }
  }

 private:
  void compute_asset(const Panel& input, AssetId asset, std::span<const std::size_t> positions,
                     Panel& output) const {
    std::vector<std::span<const double>> columns;
    for (const std::string& field : fields_) {
      const auto column = input.find_column({field, asset});
      TIEOUT_ASSERT(column);
      columns.push_back(input.column(*column));
    }
    std::vector<std::size_t> kept;  // output rows without a NaN
    for (std::size_t row = 0; row < positions.size(); ++row) {
      bool has_all = true;
      for (const auto& column : columns) {
        has_all = has_all && !std::isnan(column[positions[row]]);
      }
      if (has_all) {
        kept.push_back(row);
      }
    }
    if (kept.empty()) {
      return;
    }
    // Rows of NaN stand before the first one, so that it has a whole lookback, as a shift in the
    // reference sees it.
    const std::size_t padding = inner_->lookback().rows;
    std::vector<Timestamp> index;
    for (std::size_t i = padding; i > 0; --i) {
      index.push_back(output.index()[kept.front()] - nanoseconds(static_cast<std::int64_t>(i)));
    }
    for (const std::size_t row : kept) {
      index.push_back(output.index()[row]);
    }
    Panel dense(make_columns(fields_, std::span(&asset, 1)));
    dense.append_rows(index);
    for (std::size_t f = 0; f < columns.size(); ++f) {
      for (std::size_t i = 0; i < kept.size(); ++i) {
        dense.set(padding + i, f, columns[f][positions[kept[i]]]);
      }
    }
    const auto keys = inner_->output_columns(std::span(&dense.columns(), 1));
    TIEOUT_ASSERT(keys.ok());
    Panel result(*keys);
    result.append_rows(std::span(index).subspan(padding));
    const Panel* dense_input = &dense;
    inner_->compute(std::span(&dense_input, 1), {0, kept.size()}, result);
    for (std::size_t c = 0; c < result.column_count(); ++c) {
      const auto column = output.find_column(result.columns()[c]);
      TIEOUT_ASSERT(column);
      for (std::size_t i = 0; i < kept.size(); ++i) {
        output.set(kept[i], *column, result.at(i, c));
      }
    }
  }

  std::vector<std::string> fields_;
  NodePtr inner_;
};

class Joined final : public Node {
 public:
  explicit Joined(NodePtr inner) : inner_(std::move(inner)) {}

  std::string_view kind() const noexcept override { return inner_->kind(); }
  Lookback lookback() const noexcept override { return inner_->lookback(); }
  Timestamp output_row(Timestamp input_row) const noexcept override {
    return inner_->output_row(input_row);
  }
  Duration output_period() const noexcept override { return inner_->output_period(); }

  Result<std::vector<ColumnKey>> output_columns(
      std::span<const std::vector<ColumnKey>> inputs) const override {
    TIEOUT_TRY(std::vector<ColumnKey> columns, inner_->output_columns(inputs));
    for (const ColumnKey& key : columns) {
      if (find_field(inputs[0], key.field)) {
        return Error{
            ErrorCode::kSchemaMismatch,
            fmt::format(
                "node {}: field '{}' is in the output and in the input that it is joined with",
                kind(), key.field)};
      }
    }
    columns.insert(columns.end(), inputs[0].begin(), inputs[0].end());
    return columns;
  }

  void compute(std::span<const Panel* const> inputs, RowRange rows, Panel& output) const override {
    inner_->compute(inputs, rows, output);
    const Panel& input = *inputs[0];
    const std::size_t first = output.column_count() - input.column_count();
    const std::vector<std::size_t> positions = row_positions(input, output, rows);
    for (std::size_t c = 0; c < input.column_count(); ++c) {
      const auto in = input.column(c);
      const auto out = output.column(first + c);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        out[rows.first + i] = in[positions[i]];
      }
    }
  }

 private:
  NodePtr inner_;
};

}  // namespace

NodePtr make_drop_nans(std::vector<std::string> fields, NodePtr inner) {
  TIEOUT_ASSERT(!fields.empty());
  return std::make_unique<DropNans>(std::move(fields), std::move(inner));
}

NodePtr make_joined(NodePtr inner) {
  return std::make_unique<Joined>(std::move(inner));
}

}  // namespace tieout::dataflow
