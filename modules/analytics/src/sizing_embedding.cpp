#include "sizing_embedding.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <utility>

namespace tieout::analytics {
namespace {

double scale_of(const SizingProgram& program) {
  double largest = 0.0;
  for (std::size_t i = 0; i < program.size(); ++i) {
    largest =
        std::max({largest, std::abs(program.edge[i]), program.curvature[i], program.trade_cost[i],
                  program.factor_penalty * program.exposure[i] * program.exposure[i]});
  }
  if (largest == 0.0) {
    largest = std::max({program.gross_penalty, program.net_penalty, program.peak_penalty});
  }
  return largest > 0.0 ? 1.0 / largest : 1.0;
}

// The largest absolute value noted; infinite once one was not a number, which must not pass as a
// small one.
class Largest {
 public:
  double note(double value) {
    largest_ = std::isnan(value) ? std::numeric_limits<double>::infinity()
                                 : std::max(largest_, std::abs(value));
    return value;
  }
  double value() const { return largest_; }

 private:
  double largest_ = 0.0;
};

}  // namespace

double GlobalRow::value_at(const Globals& globals) const noexcept {
  double value = 0.0;
  for (std::size_t g = 0; g < kGlobalCount; ++g) {
    value += coefficients[g] * globals[g];
  }
  return value;
}

SizingEmbedding::SizingEmbedding(const SizingProgram& program) : scale(scale_of(program)) {
  const bool has_peak = program.peak_penalty > 0.0;
  for (std::size_t i = 0; i < program.size(); ++i) {
    if (program.lower[i] == program.upper[i]) {
      const double w = program.lower[i];
      fixed[kGrossLink] += std::abs(w);
      fixed[kNetLink] += w;
      fixed[kFactorLink] += program.exposure[i] * w;
      if (std::abs(w) > fixed_peak) {
        fixed_peak = std::abs(w);
        peak_holder = i;
      }
      continue;
    }
    places.push_back(i);
    const bool costs = program.trade_cost[i] > 0.0;
    assets.push_back({.edge = program.edge[i] * scale,
                      .curvature = program.curvature[i] * scale,
                      .exposure = program.exposure[i],
                      .trade_cost = program.trade_cost[i] * scale,
                      .active = {true, true, costs, costs, true, true, has_peak, has_peak},
                      .bound = {0.0, 0.0, program.current[i], -program.current[i], program.upper[i],
                                -program.lower[i], 0.0, 0.0}});
    row_count += 4.0 + (costs ? 2.0 : 0.0) + (has_peak ? 2.0 : 0.0);
  }
  add_globals(program);
}

void SizingEmbedding::add_globals(const SizingProgram& program) {
  const auto add_row = [this](std::size_t place,
                              std::initializer_list<std::pair<std::size_t, double>> terms,
                              double bound) {
    GlobalRow& row = rows[place];
    row.active = true;
    row.bound = bound;
    for (const auto& [global, coefficient] : terms) {
      row.coefficients[global] = coefficient;
    }
    row_count += 1.0;
  };
  has_link[kGrossLink] = has_global[kGross] = true;
  add_row(kGrossBoundRow, {{kGross, 1.0}}, program.gross_bound - fixed[kGrossLink]);
  if (program.gross_penalty > 0.0) {
    has_global[kExcess] = true;
    cost[kExcess] = program.gross_penalty * scale;
    add_row(kExcessRow, {{kGross, 1.0}, {kExcess, -1.0}}, program.gross_free - fixed[kGrossLink]);
    add_row(kExcessRow + 1, {{kExcess, -1.0}}, 0.0);
  }
  if (program.net_zero) {
    has_link[kNetLink] = true;
  } else if (program.net_penalty > 0.0) {
    has_link[kNetLink] = has_global[kNet] = has_global[kNetSize] = true;
    cost[kNetSize] = program.net_penalty * scale;
    add_row(kNetRow, {{kNet, 1.0}, {kNetSize, -1.0}}, 0.0);
    add_row(kNetRow + 1, {{kNet, -1.0}, {kNetSize, -1.0}}, 0.0);
  }
  if (program.peak_penalty > 0.0) {
    has_global[kPeak] = true;
    cost[kPeak] = program.peak_penalty * scale;
    add_row(kPeakRow, {{kPeak, -1.0}}, -fixed_peak);
  }
  if (program.factor_penalty > 0.0) {
    has_link[kFactorLink] = has_global[kFactor] = true;
    factor_penalty = program.factor_penalty * scale;
  }
}

SizingPoint SizingEmbedding::start() const {
  SizingPoint point;
  double gross = 0.0;
  double net = fixed[kNetLink];
  double factor = fixed[kFactorLink];
  for (const Asset& asset : assets) {
    const double upper = asset.bound[4];
    const double lower = -asset.bound[5];
    const double margin = 0.1 * (upper - lower);
    AssetPoint& at = point.assets.emplace_back();
    at.w = std::clamp(0.0, lower + margin, upper - margin);
    at.t = std::abs(at.w) + 1.0;
    at.s = std::abs(at.w - asset.bound[2]) + 1.0;
    gross += at.t;
    net += at.w;
    factor += asset.exposure * at.w;
  }
  point.globals = {gross, 1.0, net, std::abs(net) + 1.0, factor, fixed_peak + 1.0};
  for (std::size_t i = 0; i < assets.size(); ++i) {
    AssetPoint& at = point.assets[i];
    const Rows values = values_of(at.w, at.t, at.s, point.globals[kPeak]);
    for (std::size_t r = 0; r < kRowCount; ++r) {
      at.slack[r] = std::max(assets[i].bound[r] - values[r], 0.1);
      at.dual[r] = assets[i].active[r] ? 1.0 : 0.0;
    }
  }
  for (std::size_t r = 0; r < kGlobalRowCount; ++r) {
    point.slack[r] = std::max(rows[r].bound - rows[r].value_at(point.globals), 1.0);
    point.dual[r] = rows[r].active ? 1.0 : 0.0;
  }
  return point;
}

SizingResiduals SizingEmbedding::residuals_of(const SizingPoint& point) const {
  SizingResiduals result;
  result.assets.resize(assets.size());
  const Globals& x = point.globals;
  const Links& y = point.links;
  Links sums = fixed;
  sums[kGrossLink] = 0.0;  // The rows of the gross bound that of the free assets.
  double products = 0.0;
  Globals gradient = cost;
  Largest largest;
  for (std::size_t i = 0; i < assets.size(); ++i) {
    const Asset& asset = assets[i];
    const AssetPoint& at = point.assets[i];
    AssetPoint& r = result.assets[i];
    const Rows& z = at.dual;
    r.w = largest.note(asset.curvature * at.w - asset.edge + z[0] - z[1] + z[2] - z[3] + z[4] -
                       z[5] + z[6] - z[7] + y[kNetLink] + asset.exposure * y[kFactorLink]);
    r.t = largest.note(y[kGrossLink] - z[0] - z[1]);
    r.s = asset.active[2] ? largest.note(asset.trade_cost - z[2] - z[3]) : 0.0;
    const Rows values = values_of(at.w, at.t, at.s, x[kPeak]);
    for (std::size_t k = 0; k < kRowCount; ++k) {
      if (asset.active[k]) {
        r.slack[k] = largest.note(values[k] + at.slack[k] - asset.bound[k]);
        products += at.slack[k] * z[k];
      }
    }
    sums[kGrossLink] += at.t;
    sums[kNetLink] += at.w;
    sums[kFactorLink] += asset.exposure * at.w;
    gradient[kPeak] -= z[6] + z[7];
  }
  sums[kGrossLink] -= x[kGross];
  sums[kNetLink] -= has_global[kNet] ? x[kNet] : 0.0;
  sums[kFactorLink] -= x[kFactor];
  gradient[kGross] -= y[kGrossLink];
  gradient[kNet] -= y[kNetLink];
  gradient[kFactor] += factor_penalty * x[kFactor] - y[kFactorLink];
  for (std::size_t k = 0; k < kGlobalRowCount; ++k) {
    if (!rows[k].active) {
      continue;
    }
    for (std::size_t g = 0; g < kGlobalCount; ++g) {
      gradient[g] += rows[k].coefficients[g] * point.dual[k];
    }
    result.slack[k] = largest.note(rows[k].value_at(x) + point.slack[k] - rows[k].bound);
    products += point.slack[k] * point.dual[k];
  }
  for (std::size_t l = 0; l < kLinkCount; ++l) {
    result.links[l] = has_link[l] ? largest.note(sums[l]) : 0.0;
  }
  for (std::size_t g = 0; g < kGlobalCount; ++g) {
    result.globals[g] = has_global[g] ? largest.note(gradient[g]) : 0.0;
  }
  result.largest = largest.value();
  result.complementarity = products / row_count;
  return result;
}

}  // namespace tieout::analytics
