#include "sizing_program.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tieout::analytics {
namespace {

/// The smallest value over [lower, upper] of curvature w^2 / 2 - edge w + trade_cost |w - current|
/// + gross |w|. It lies at a bound, at a kink, or where a smooth piece is level.
double smallest_part(double curvature, double edge, double trade_cost, double current, double gross,
                     double lower, double upper) {
  double smallest = std::numeric_limits<double>::infinity();
  const auto try_at = [&](double weight) {
    const double w = std::clamp(weight, lower, upper);
    smallest = std::min(smallest, 0.5 * curvature * w * w - edge * w +
                                      trade_cost * std::abs(w - current) + gross * std::abs(w));
  };
  try_at(lower);
  try_at(upper);
  try_at(0.0);
  try_at(current);
  if (curvature > 0.0) {
    for (const double trade_side : {-trade_cost, trade_cost}) {
      for (const double gross_side : {-gross, gross}) {
        try_at((edge - trade_side - gross_side) / curvature);
      }
    }
  }
  return smallest;
}

}  // namespace

SizingCost cost_of(const SizingProgram& program, const std::vector<double>& weights) {
  SizingCost cost;
  const auto add = [&cost](double term) {
    cost.value += term;
    cost.magnitude += std::abs(term);
  };
  double gross = 0.0;
  double net = 0.0;
  double factor = 0.0;
  double peak = 0.0;
  for (std::size_t i = 0; i < program.size(); ++i) {
    const double w = weights[i];
    add(0.5 * program.curvature[i] * w * w);
    add(-program.edge[i] * w);
    add(program.trade_cost[i] * std::abs(w - program.current[i]));
    gross += std::abs(w);
    net += w;
    factor += program.exposure[i] * w;
    peak = std::max(peak, std::abs(w));
  }
  add(0.5 * program.factor_penalty * factor * factor);
  add(program.gross_penalty * std::max(gross - program.gross_free, 0.0));
  add(program.net_penalty * std::abs(net));
  add(program.peak_penalty * std::max(peak - 1.0, 0.0));
  return cost;
}

double violation_of(const SizingProgram& program, const std::vector<double>& weights) {
  double gross = 0.0;
  double net = 0.0;
  double violation = 0.0;
  for (std::size_t i = 0; i < program.size(); ++i) {
    gross += std::abs(weights[i]);
    net += weights[i];
    violation = std::max({violation, program.lower[i] - weights[i], weights[i] - program.upper[i]});
  }
  violation = std::max(violation, gross - program.gross_bound);
  return program.net_zero ? std::max(violation, std::abs(net)) : violation;
}

double lower_bound_of(const SizingProgram& program, SizingMultipliers multipliers) {
  const double gross_share = std::clamp(multipliers.gross, 0.0, program.gross_penalty);
  const double bound_share = std::max(multipliers.gross_bound, 0.0);
  const double net = program.net_zero
                         ? multipliers.net
                         : std::clamp(multipliers.net, -program.net_penalty, program.net_penalty);
  double peak_sum = 0.0;
  for (const double share : multipliers.peak) {
    peak_sum += std::abs(share);
  }
  const double peak_scale = peak_sum > program.peak_penalty ? program.peak_penalty / peak_sum : 1.0;
  double bound = -gross_share * program.gross_free - bound_share * program.gross_bound;
  if (program.factor_penalty > 0.0) {
    bound -= 0.5 * multipliers.factor * multipliers.factor / program.factor_penalty;
  }
  for (std::size_t i = 0; i < program.size(); ++i) {
    double edge = program.edge[i] - net;
    if (program.factor_penalty > 0.0) {
      edge -= multipliers.factor * program.exposure[i];
    }
    if (!multipliers.peak.empty()) {
      const double share = multipliers.peak[i] * peak_scale;
      edge -= share;
      bound -= std::abs(share);
    }
    bound += smallest_part(program.curvature[i], edge, program.trade_cost[i], program.current[i],
                           gross_share + bound_share, program.lower[i], program.upper[i]);
  }
  return bound;
}

double smallest_gross(const SizingProgram& program) {
  double gross = 0.0;
  double net = 0.0;
  double room_down = 0.0;
  double room_up = 0.0;
  for (std::size_t i = 0; i < program.size(); ++i) {
    const double w = std::clamp(0.0, program.lower[i], program.upper[i]);
    gross += std::abs(w);
    net += w;
    room_down += w - program.lower[i];
    room_up += program.upper[i] - w;
  }
  if (!program.net_zero) {
    return gross;
  }
  // What is held by its bound on one side can only be balanced by more on the other.
  const double room = net > 0.0 ? room_down : room_up;
  return room < std::abs(net) ? std::numeric_limits<double>::infinity() : gross + std::abs(net);
}

}  // namespace tieout::analytics
