#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "sizing_embedding.hpp"

namespace tieout::analytics {

/// The linear system of one Newton step: a diagonal, one entry for each asset, with a border of
/// nine rows, the links and the globals. The assets are eliminated one by one.
class NewtonSystem {
 public:
  explicit NewtonSystem(const SizingEmbedding& embedding);

  /// Prepare for steps from this point. Cost: O(n).
  void factor(const SizingPoint& point);

  /// The step that removes the residuals and brings each slack * dual to `target`, less the product
  /// of the predictor's own two steps (second order; null: none). Cost: O(n).
  SizingPoint step(const SizingPoint& point, const SizingResiduals& residuals, double target,
                   const SizingPoint* predictor) const;

 private:
  static constexpr std::size_t kBorder = kLinkCount + kGlobalCount;  // links first
  using Border = std::array<double, kBorder>;

  void add_globals(const SizingPoint& point);
  void factor_border();
  Border solve_border(Border rhs) const;
  /// Right-hand side of one asset; `out` holds the rows' offsets in dual, those of t and s in
  /// place.
  double asset_side(std::size_t i, const AssetPoint& at, const AssetPoint& residual, double target,
                    const AssetPoint* predictor, AssetPoint& out) const;
  void finish_asset(std::size_t i, const AssetPoint& at, const AssetPoint& residual, double side,
                    const Border& border, AssetPoint& out) const;

  const SizingEmbedding& embedding_;
  std::vector<double> diagonal_;  // of w, after t and s are eliminated
  std::vector<Border> coupling_;  // of w with the border
  std::array<Border, kBorder> matrix_{};
  std::array<std::size_t, kBorder> pivots_{};
};

}  // namespace tieout::analytics
