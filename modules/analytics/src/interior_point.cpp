#include "interior_point.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "newton_system.hpp"
#include "sizing_embedding.hpp"

namespace tieout::analytics {
namespace {

constexpr int kMaxIterations = 100;
constexpr double kResidualGoal = 1e-12;
constexpr double kComplementarityGoal = 1e-14;
constexpr double kStepShare = 0.995;  // of the longest step that stays inside
constexpr double kShortestStep = 1e-10;

// Call visit(slack, dual, slack step, dual step) for every active row, in a fixed order.
template <typename Visit>
void for_each_row(const SizingEmbedding& embedding, const SizingPoint& point,
                  const SizingPoint& step, Visit visit) {
  for (std::size_t i = 0; i < embedding.assets.size(); ++i) {
    const AssetPoint& at = point.assets[i];
    const AssetPoint& by = step.assets[i];
    for (std::size_t k = 0; k < kRowCount; ++k) {
      if (embedding.assets[i].active[k]) {
        visit(at.slack[k], at.dual[k], by.slack[k], by.dual[k]);
      }
    }
  }
  for (std::size_t k = 0; k < kGlobalRowCount; ++k) {
    if (embedding.rows[k].active) {
      visit(point.slack[k], point.dual[k], step.slack[k], step.dual[k]);
    }
  }
}

// The longest step up to 1 that keeps slacks and duals from falling below zero.
double longest_step(const SizingEmbedding& embedding, const SizingPoint& point,
                    const SizingPoint& step) {
  double length = 1.0;
  for_each_row(embedding, point, step,
               [&length](double slack, double dual, double slack_step, double dual_step) {
                 if (slack_step < 0.0) {
                   length = std::min(length, -slack / slack_step);
                 }
                 if (dual_step < 0.0) {
                   length = std::min(length, -dual / dual_step);
                 }
               });
  return length;
}

double complementarity_after(const SizingEmbedding& embedding, const SizingPoint& point,
                             const SizingPoint& step, double length) {
  double products = 0.0;
  for_each_row(embedding, point, step,
               [&](double slack, double dual, double slack_step, double dual_step) {
                 products += (slack + length * slack_step) * (dual + length * dual_step);
               });
  return products / embedding.row_count;
}

template <std::size_t N>
void add(std::array<double, N>& to, const std::array<double, N>& step, double length) {
  for (std::size_t k = 0; k < N; ++k) {
    to[k] += length * step[k];
  }
}

void advance(SizingPoint& point, const SizingPoint& step, double length) {
  for (std::size_t i = 0; i < point.assets.size(); ++i) {
    AssetPoint& at = point.assets[i];
    const AssetPoint& by = step.assets[i];
    at.w += length * by.w;
    at.t += length * by.t;
    at.s += length * by.s;
    add(at.slack, by.slack, length);
    add(at.dual, by.dual, length);
  }
  add(point.globals, step.globals, length);
  add(point.links, step.links, length);
  add(point.slack, step.slack, length);
  add(point.dual, step.dual, length);
}

InteriorPoint result_at(const SizingProgram& program, const SizingEmbedding& embedding,
                        const SizingPoint& point, int iterations) {
  InteriorPoint result;
  result.iterations = iterations;
  result.weights = program.lower;  // Right for the assets that do not move.
  SizingMultipliers& m = result.multipliers;
  m.gross_bound = point.dual[kGrossBoundRow] / embedding.scale;
  m.gross = point.dual[kExcessRow] / embedding.scale;
  m.net = point.links[kNetLink] / embedding.scale;
  m.factor = point.links[kFactorLink] / embedding.scale;
  const bool has_peak = embedding.has_global[kPeak];
  m.peak.assign(has_peak ? program.size() : 0, 0.0);
  for (std::size_t i = 0; i < embedding.assets.size(); ++i) {
    const AssetPoint& at = point.assets[i];
    result.weights[embedding.places[i]] = at.w;
    if (has_peak) {
      m.peak[embedding.places[i]] = (at.dual[6] - at.dual[7]) / embedding.scale;
    }
  }
  if (has_peak && embedding.fixed_peak > 1.0) {
    m.peak[embedding.peak_holder] =
        std::copysign(point.dual[kPeakRow] / embedding.scale, program.lower[embedding.peak_holder]);
  }
  return result;
}

}  // namespace

InteriorPoint approach_optimum(const SizingProgram& program) {
  const SizingEmbedding embedding(program);
  NewtonSystem newton(embedding);
  SizingPoint point = embedding.start();
  SizingPoint best = point;
  double best_merit = std::numeric_limits<double>::infinity();
  int iteration = 0;
  for (; iteration < kMaxIterations && !embedding.assets.empty(); ++iteration) {
    const SizingResiduals residuals = embedding.residuals_of(point);
    const double merit = std::max(residuals.largest, residuals.complementarity);
    if (!std::isfinite(merit)) {
      break;
    }
    if (merit < best_merit) {
      best_merit = merit;
      best = point;
    }
    if (residuals.largest <= kResidualGoal && residuals.complementarity <= kComplementarityGoal) {
      break;
    }
    newton.factor(point);
    const SizingPoint predictor = newton.step(point, residuals, 0.0, nullptr);
    const double reach = longest_step(embedding, point, predictor);
    const double ratio =
        complementarity_after(embedding, point, predictor, reach) / residuals.complementarity;
    const double target = ratio * ratio * ratio * residuals.complementarity;
    const SizingPoint step = newton.step(point, residuals, target, &predictor);
    const double length = std::min(1.0, kStepShare * longest_step(embedding, point, step));
    if (!(length > kShortestStep)) {
      break;
    }
    advance(point, step, length);
  }
  return result_at(program, embedding, best, iteration);
}

}  // namespace tieout::analytics
