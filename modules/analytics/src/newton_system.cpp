#include "newton_system.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tieout::analytics {
namespace {

/// dual / slack of two rows, as eliminating |..| needs them.
struct PairWeights {
  double first;
  double second;

  PairWeights(const AssetPoint& at, std::size_t row)
      : first(at.dual[row] / at.slack[row]), second(at.dual[row + 1] / at.slack[row + 1]) {}
  double sum() const { return first + second; }
  /// What is left on w: sum - (first - second)^2 / sum, without cancellation; 0 for inactive rows.
  double left_on_w() const { return sum() > 0.0 ? 4.0 * first * second / sum() : 0.0; }
  double ratio() const { return sum() > 0.0 ? (first - second) / sum() : 0.0; }
};

/// The part of a row's dual step that does not depend on the step of its value; the rest is
/// dual / slack times that.
double offset_of(double slack, double dual, double residual, double target, double second_order) {
  return (target - slack * dual - second_order + dual * residual) / slack;
}

}  // namespace

NewtonSystem::NewtonSystem(const SizingEmbedding& embedding)
    : embedding_(embedding),
      diagonal_(embedding.assets.size()),
      coupling_(embedding.assets.size()) {}

void NewtonSystem::factor(const SizingPoint& point) {
  for (Border& row : matrix_) {
    row.fill(0.0);
  }
  constexpr std::size_t kPeakPlace = kLinkCount + kPeak;
  for (std::size_t i = 0; i < embedding_.assets.size(); ++i) {
    const AssetPoint& at = point.assets[i];
    const PairWeights gross(at, 0);
    const PairWeights trade(at, 2);
    const PairWeights bounds(at, 4);
    const PairWeights peak(at, 6);
    const double diagonal = embedding_.assets[i].curvature + gross.left_on_w() + trade.left_on_w() +
                            bounds.sum() + peak.sum();
    Border& coupling = coupling_[i];
    coupling.fill(0.0);
    coupling[kGrossLink] = gross.ratio();
    coupling[kNetLink] = embedding_.has_link[kNetLink] ? 1.0 : 0.0;
    coupling[kFactorLink] = embedding_.has_link[kFactorLink] ? embedding_.assets[i].exposure : 0.0;
    coupling[kPeakPlace] = peak.second - peak.first;
    matrix_[kGrossLink][kGrossLink] -= 1.0 / gross.sum();
    matrix_[kPeakPlace][kPeakPlace] += peak.sum();
    for (std::size_t r = 0; r < kBorder; ++r) {
      if (coupling[r] != 0.0) {
        const double share = coupling[r] / diagonal;
        for (std::size_t c = 0; c < kBorder; ++c) {
          matrix_[r][c] -= share * coupling[c];
        }
      }
    }
    diagonal_[i] = diagonal;
  }
  add_globals(point);
  factor_border();
}

void NewtonSystem::add_globals(const SizingPoint& point) {
  const auto tie = [this](std::size_t link, std::size_t global) {
    matrix_[link][kLinkCount + global] -= 1.0;
    matrix_[kLinkCount + global][link] -= 1.0;
  };
  tie(kGrossLink, kGross);
  if (embedding_.has_global[kNet]) {
    tie(kNetLink, kNet);
  }
  if (embedding_.has_global[kFactor]) {
    tie(kFactorLink, kFactor);
    matrix_[kLinkCount + kFactor][kLinkCount + kFactor] += embedding_.factor_penalty;
  }
  for (std::size_t r = 0; r < kGlobalRowCount; ++r) {
    if (!embedding_.rows[r].active) {
      continue;
    }
    const double weight = point.dual[r] / point.slack[r];
    const Globals& row = embedding_.rows[r].coefficients;
    for (std::size_t a = 0; a < kGlobalCount; ++a) {
      for (std::size_t b = 0; b < kGlobalCount; ++b) {
        matrix_[kLinkCount + a][kLinkCount + b] += weight * row[a] * row[b];
      }
    }
  }
  // What the program does not have stays zero.
  for (std::size_t l = 0; l < kLinkCount; ++l) {
    matrix_[l][l] += embedding_.has_link[l] ? 0.0 : 1.0;
  }
  for (std::size_t g = 0; g < kGlobalCount; ++g) {
    matrix_[kLinkCount + g][kLinkCount + g] += embedding_.has_global[g] ? 0.0 : 1.0;
  }
}

// Gaussian elimination with row pivots: the border is symmetric but not definite.
void NewtonSystem::factor_border() {
  for (std::size_t k = 0; k < kBorder; ++k) {
    pivots_[k] = k;
    for (std::size_t r = k + 1; r < kBorder; ++r) {
      if (std::abs(matrix_[r][k]) > std::abs(matrix_[pivots_[k]][k])) {
        pivots_[k] = r;
      }
    }
    std::swap(matrix_[k], matrix_[pivots_[k]]);
    for (std::size_t r = k + 1; r < kBorder; ++r) {
      matrix_[r][k] /= matrix_[k][k];
      for (std::size_t c = k + 1; c < kBorder; ++c) {
        matrix_[r][c] -= matrix_[r][k] * matrix_[k][c];
      }
    }
  }
}

NewtonSystem::Border NewtonSystem::solve_border(Border rhs) const {
  for (std::size_t k = 0; k < kBorder; ++k) {
    std::swap(rhs[k], rhs[pivots_[k]]);
  }
  for (std::size_t r = 0; r < kBorder; ++r) {
    for (std::size_t c = 0; c < r; ++c) {
      rhs[r] -= matrix_[r][c] * rhs[c];
    }
  }
  for (std::size_t r = kBorder; r-- > 0;) {
    for (std::size_t c = r + 1; c < kBorder; ++c) {
      rhs[r] -= matrix_[r][c] * rhs[c];
    }
    rhs[r] /= matrix_[r][r];
  }
  return rhs;
}

double NewtonSystem::asset_side(std::size_t i, const AssetPoint& at, const AssetPoint& residual,
                                double target, const AssetPoint* predictor, AssetPoint& out) const {
  Rows& e = out.dual;
  for (std::size_t k = 0; k < kRowCount; ++k) {
    const double second = predictor == nullptr ? 0.0 : predictor->slack[k] * predictor->dual[k];
    e[k] = embedding_.assets[i].active[k]
               ? offset_of(at.slack[k], at.dual[k], residual.slack[k], target, second)
               : 0.0;
  }
  out.t = -residual.t + e[0] + e[1];
  out.s = -residual.s + e[2] + e[3];
  return -residual.w - e[0] + e[1] - e[2] + e[3] - e[4] + e[5] - e[6] + e[7] +
         PairWeights(at, 0).ratio() * out.t + PairWeights(at, 2).ratio() * out.s;
}

void NewtonSystem::finish_asset(std::size_t i, const AssetPoint& at, const AssetPoint& residual,
                                double side, const Border& border, AssetPoint& out) const {
  for (std::size_t b = 0; b < kBorder; ++b) {
    side -= coupling_[i][b] * border[b];
  }
  out.w = side / diagonal_[i];
  const PairWeights gross(at, 0);
  const PairWeights trade(at, 2);
  out.t = (out.t - border[kGrossLink]) / gross.sum() + gross.ratio() * out.w;
  out.s = trade.sum() > 0.0 ? out.s / trade.sum() + trade.ratio() * out.w : 0.0;
  const Rows values = SizingEmbedding::values_of(out.w, out.t, out.s, border[kLinkCount + kPeak]);
  for (std::size_t k = 0; k < kRowCount; ++k) {
    if (embedding_.assets[i].active[k]) {
      out.slack[k] = -residual.slack[k] - values[k];
      out.dual[k] += at.dual[k] / at.slack[k] * values[k];
    }
  }
}

SizingPoint NewtonSystem::step(const SizingPoint& point, const SizingResiduals& residuals,
                               double target, const SizingPoint* predictor) const {
  const std::size_t n = embedding_.assets.size();
  SizingPoint step;
  step.assets.resize(n);
  Border rhs{};
  for (std::size_t l = 0; l < kLinkCount; ++l) {
    rhs[l] = -residuals.links[l];
  }
  for (std::size_t g = 0; g < kGlobalCount; ++g) {
    rhs[kLinkCount + g] = -residuals.globals[g];
  }
  std::vector<double> sides(n);
  for (std::size_t i = 0; i < n; ++i) {
    AssetPoint& out = step.assets[i];
    sides[i] = asset_side(i, point.assets[i], residuals.assets[i], target,
                          predictor == nullptr ? nullptr : &predictor->assets[i], out);
    rhs[kGrossLink] -= out.t / PairWeights(point.assets[i], 0).sum();
    rhs[kLinkCount + kPeak] += out.dual[6] + out.dual[7];
    for (std::size_t b = 0; b < kBorder; ++b) {
      rhs[b] -= coupling_[i][b] * sides[i] / diagonal_[i];
    }
  }
  for (std::size_t k = 0; k < kGlobalRowCount; ++k) {
    if (!embedding_.rows[k].active) {
      continue;
    }
    const double second = predictor == nullptr ? 0.0 : predictor->slack[k] * predictor->dual[k];
    step.dual[k] = offset_of(point.slack[k], point.dual[k], residuals.slack[k], target, second);
    for (std::size_t g = 0; g < kGlobalCount; ++g) {
      rhs[kLinkCount + g] -= embedding_.rows[k].coefficients[g] * step.dual[k];
    }
  }
  const Border border = solve_border(rhs);
  std::copy_n(border.begin(), kLinkCount, step.links.begin());
  std::copy_n(border.begin() + kLinkCount, kGlobalCount, step.globals.begin());
  for (std::size_t i = 0; i < n; ++i) {
    finish_asset(i, point.assets[i], residuals.assets[i], sides[i], border, step.assets[i]);
  }
  for (std::size_t k = 0; k < kGlobalRowCount; ++k) {
    if (embedding_.rows[k].active) {
      const double value = embedding_.rows[k].value_at(step.globals);
      step.slack[k] = -residuals.slack[k] - value;
      step.dual[k] += point.dual[k] / point.slack[k] * value;
    }
  }
  return step;
}

}  // namespace tieout::analytics
