#include "tieout/dataflow/window_node.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "row_positions.hpp"

namespace tieout::dataflow {
namespace {

using Schemas = std::span<const std::vector<ColumnKey>>;

/// The one input that holds `field`.
Result<std::size_t> input_of(Schemas inputs, std::string_view field, std::string_view kind) {
  std::optional<std::size_t> found;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (!find_field(inputs[k], field)) {
      continue;
    }
    if (found) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("node {}: field '{}' is in inputs {} and {}, needed in one only",
                               kind, field, *found, k)};
    }
    found = k;
  }
  if (!found) {
    std::string known;
    for (const auto& columns : inputs) {
      known += (known.empty() ? "" : ", ") + list_fields(columns);
    }
    return Error{
        ErrorCode::kSchemaMismatch,
        fmt::format("node {}: field '{}' is not among the input's: {}", kind, field, known)};
  }
  return *found;
}

}  // namespace

WindowNode::WindowNode(std::vector<std::string> inputs, std::vector<std::string> outputs,
                       std::size_t lookback_rows)
    : inputs_(std::move(inputs)), outputs_(std::move(outputs)), lookback_rows_(lookback_rows) {
  TIEOUT_ASSERT(!inputs_.empty() && !outputs_.empty());
}

Result<std::vector<ColumnKey>> WindowNode::output_columns(Schemas inputs) const {
  std::vector<AssetId> assets;
  for (const std::string& field : inputs_) {
    TIEOUT_TRY(const std::size_t input, input_of(inputs, field, kind()));
    const std::vector<AssetId> of_field = assets_of(inputs[input], field);
    if (assets.empty()) {
      assets = of_field;
    } else if (assets != of_field) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("node {}: fields '{}' and '{}' have different assets", kind(),
                               inputs_.front(), field)};
    }
  }
  return make_columns(outputs_, assets);
}

void WindowNode::compute(std::span<const Panel* const> inputs, RowRange rows, Panel& output) const {
  struct In {
    const Panel* panel = nullptr;
    std::size_t first_column = 0;
    std::size_t input = 0;
    std::span<const double> column;
  };
  std::vector<std::vector<std::size_t>> positions(inputs.size());
  std::vector<In> ins;
  std::size_t asset_count = 0;
  for (const std::string& field : inputs_) {
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (const auto block = find_field(inputs[k]->columns(), field)) {
        ins.push_back({inputs[k], block->first, k, {}});
        asset_count = block->count;
        if (positions[k].empty()) {
          positions[k] = row_positions(*inputs[k], output, rows);
        }
        break;
      }
    }
  }
  TIEOUT_ASSERT(ins.size() == inputs_.size());
  std::vector<std::size_t> first_outputs;
  for (const std::string& field : outputs_) {
    const auto block = find_field(output.columns(), field);
    TIEOUT_ASSERT(block && block->count == asset_count);
    first_outputs.push_back(block->first);
  }

  std::vector<std::span<const double>> windows(ins.size());
  std::vector<double> cells(outputs_.size());
  std::vector<std::span<double>> outs(outputs_.size());
  for (std::size_t asset = 0; asset < asset_count; ++asset) {
    for (In& in : ins) {
      in.column = in.panel->column(in.first_column + asset);
    }
    for (std::size_t o = 0; o < outs.size(); ++o) {
      outs[o] = output.column(first_outputs[o] + asset);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::size_t f = 0; f < ins.size(); ++f) {
        const std::size_t position = positions[ins[f].input][i];
        TIEOUT_ASSERT(position >= lookback_rows_);
        windows[f] = ins[f].column.subspan(position - lookback_rows_, lookback_rows_ + 1);
      }
      std::ranges::fill(cells, std::numeric_limits<double>::quiet_NaN());
      compute_cells(windows, cells);
      for (std::size_t o = 0; o < outs.size(); ++o) {
        outs[o][rows.first + i] = cells[o];
      }
    }
  }
}

Result<std::vector<ColumnKey>> SeriesNode::output_columns(Schemas inputs) const {
  TIEOUT_TRY(const std::size_t input, input_of(inputs, input_, kind()));
  return make_columns(std::span(&output_, 1), assets_of(inputs[input], input_));
}

void SeriesNode::compute(std::span<const Panel* const> inputs, RowRange rows, Panel& output) const {
  const auto out_block = find_field(output.columns(), output_);
  TIEOUT_ASSERT(out_block && rows == (RowRange{0, output.row_count()}));
  for (const Panel* input : inputs) {
    const auto block = find_field(input->columns(), input_);
    if (!block) {
      continue;
    }
    // The output's rows may be fewer than the input's when there are several inputs.
    const std::vector<std::size_t> positions = row_positions(*input, output, rows);
    std::vector<double> in(rows.size());
    for (std::size_t asset = 0; asset < block->count; ++asset) {
      const auto column = input->column(block->first + asset);
      for (std::size_t i = 0; i < in.size(); ++i) {
        in[i] = column[positions[i]];
      }
      compute_series(in, output.column(out_block->first + asset));
    }
    return;
  }
}

}  // namespace tieout::dataflow
