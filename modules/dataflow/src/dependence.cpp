#include "dependence.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "tieout/core/nan.hpp"

namespace tieout::dataflow {
namespace {

constexpr std::int64_t kNear = 64;  // rows on either side that are tried one by one

/// Copies of the inputs that can be changed, and the cell computed from them.
class Laboratory {
 public:
  explicit Laboratory(const CellPlace& cell) : cell_(cell), result_(cell.output->columns()) {
    for (const Panel* input : cell.inputs) {
      copies_.push_back(input->slice({0, input->row_count()}));
    }
    for (const Panel& copy : copies_) {
      pointers_.push_back(&copy);
    }
    result_.append_rows(cell.output->index());
  }

  /// The cell, computed with the rows `rows` of the output.
  double compute(RowRange rows) {
    if (cell_.node->lookback().whole_window) {
      rows = {0, result_.row_count()};
    }
    for (std::size_t c = 0; c < result_.column_count(); ++c) {
      std::ranges::fill(result_.column(c).subspan(rows.first, rows.size()), kNaN);
    }
    cell_.node->compute(pointers_, rows, result_);
    return result_.at(cell_.row, cell_.column);
  }
  double compute() { return compute({cell_.row, cell_.row + 1}); }

  /// The cell when the input row of this label holds other values.
  double compute_changed(Timestamp label, double sign) {
    std::vector<std::vector<double>> saved(copies_.size());
    for (std::size_t k = 0; k < copies_.size(); ++k) {
      if (const auto row = copies_[k].find_row(label)) {
        for (std::size_t c = 0; c < copies_[k].column_count(); ++c) {
          const double x = copies_[k].at(*row, c);
          saved[k].push_back(x);
          // Out of the range of what is there, so that a maximum or a rank moves too.
          copies_[k].set(*row, c, sign * ((std::isfinite(x) ? std::abs(x) * 8 : 0) + 1000.0));
        }
      }
    }
    const double value = compute();
    for (std::size_t k = 0; k < copies_.size(); ++k) {
      const auto row = copies_[k].find_row(label);
      for (std::size_t c = 0; c < saved[k].size(); ++c) {
        copies_[k].set(*row, c, saved[k][c]);
      }
    }
    return value;
  }

 private:
  const CellPlace& cell_;
  std::vector<Panel> copies_;
  std::vector<const Panel*> pointers_;
  Panel result_;
};

/// Position of the input row that carries the label of the output row, or the last one before it.
std::int64_t own_position(const CellPlace& cell, std::span<const Timestamp> index) {
  const Timestamp label = cell.output->index()[cell.row];
  return (std::ranges::upper_bound(index, label) - index.begin()) - 1;
}

std::int64_t first_allowed(const CellPlace& cell, std::span<const Timestamp> index,
                           std::int64_t own) {
  const Timestamp label = cell.output->index()[cell.row];
  const auto lookback = static_cast<std::int64_t>(cell.node->lookback().rows);
  for (std::size_t i = 0; i < index.size(); ++i) {
    if (cell.node->output_row(index[i]) == label) {
      return static_cast<std::int64_t>(i) - own - lookback;
    }
  }
  return -lookback;
}

std::set<std::int64_t> rows_to_try(std::int64_t own, std::int64_t count) {
  std::set<std::int64_t> rows = {0, count - 1, count / 4, count / 2, count / 4 * 3};
  for (std::int64_t row = own - kNear; row <= own + kNear; ++row) {
    if (0 <= row && row < count) {
      rows.insert(row);
    }
  }
  return rows;
}

}  // namespace

bool same_value(double left, double right) noexcept {
  return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right) ||
         (std::isnan(left) && std::isnan(right));
}

Dependence find_dependence(const CellPlace& cell) {
  Dependence found;
  const auto index = cell.inputs.front()->index();
  if (index.empty()) {
    return found;
  }
  Laboratory laboratory(cell);
  const double value = laboratory.compute();
  found.is_repeatable = same_value(laboratory.compute(), value);
  if (!found.is_repeatable) {
    return found;
  }
  const std::size_t before = std::min<std::size_t>(cell.row, kNear);
  found.is_grouped = !same_value(laboratory.compute({cell.row - before, cell.row + 1}), value);
  const std::int64_t own = own_position(cell, index);
  const auto count = static_cast<std::int64_t>(index.size());
  found.first_allowed = first_allowed(cell, index, own);
  for (const std::int64_t row : rows_to_try(own, count)) {
    const Timestamp label = index[static_cast<std::size_t>(row)];
    if (same_value(laboratory.compute_changed(label, 1.0), value) &&
        same_value(laboratory.compute_changed(label, -1.0), value)) {
      continue;
    }
    found.first = found.depends ? found.first : row - own;
    found.last = row - own;
    found.depends = true;
    found.reaches_start = found.reaches_start || row == 0;
    found.reaches_end = found.reaches_end || row == count - 1;
  }
  if (found.depends && found.last > 0) {
    found.horizon =
        index[static_cast<std::size_t>(own + found.last)] - cell.output->index()[cell.row];
  }
  return found;
}

bool is_own_input_missing(const CellPlace& cell) {
  const AssetId asset = cell.output->columns()[cell.column].asset;
  const Timestamp label = cell.output->index()[cell.row];
  for (const Panel* input : cell.inputs) {
    const auto row = input->find_row(label);
    for (std::size_t c = 0; row && c < input->column_count(); ++c) {
      if (input->columns()[c].asset == asset && std::isnan(input->at(*row, c))) {
        return true;
      }
    }
  }
  return false;
}

Suspicion suspect(const Dependence& dependence, const Node& node, bool fills_gaps) {
  if (!dependence.is_repeatable) {
    return Suspicion::kNotRepeatable;
  }
  if (dependence.depends && dependence.last > 0) {
    if (dependence.reaches_start && dependence.reaches_end) {
      return Suspicion::kWholeWindow;
    }
    if (fills_gaps) {
      return Suspicion::kBackFill;
    }
    if (dependence.first > 0) {
      return Suspicion::kNegativeShift;
    }
    return dependence.first == -dependence.last ? Suspicion::kCentredWindow
                                                : Suspicion::kReadsAhead;
  }
  if (!node.lookback().whole_window && dependence.depends &&
      dependence.first < dependence.first_allowed) {
    return Suspicion::kBeyondLookback;
  }
  return dependence.is_grouped ? Suspicion::kRowGrouping : Suspicion::kUnknown;
}

}  // namespace tieout::dataflow
