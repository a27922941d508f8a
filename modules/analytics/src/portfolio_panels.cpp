#include "tieout/analytics/portfolio_panels.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"

#include "sums.hpp"

namespace tieout::analytics {
namespace {

enum Column : std::size_t {
  kPnl,
  kPnlBps,
  kCumulativePnl,
  kCumulativePnlPercent,
  kCumulativeGrossVolume,
  kTurnoverPercent,
  kCumulativeNetVolume,
  kNetVolumePercent,
  kGmv,
  kGmvDeviation,
  kNmv,
  kNmvPercent
};

std::vector<ColumnKey> panel_columns() {
  return {{"pnl"},
          {"pnl_bps"},
          {"cumulative_pnl"},
          {"cumulative_pnl_percent"},
          {"cumulative_gross_volume"},
          {"turnover_percent"},
          {"cumulative_net_volume"},
          {"net_volume_percent"},
          {"gmv"},
          {"gmv_deviation"},
          {"nmv"},
          {"nmv_percent"}};
}

/// Running sum that is NaN before its first number.
class Running {
 public:
  double add(double value) {
    if (!std::isnan(value)) {
      sum_.add(value);
      any_ = true;
    }
    return any_ ? sum_.value() : kNaN;
  }

 private:
  CompensatedSum sum_;
  bool any_ = false;
};

double ratio(double factor, double value, double by) {
  return by == 0.0 ? kNaN : factor * value / by;
}

}  // namespace

Result<Panel> compute_portfolio_panels(const Panel& metrics) {
  constexpr std::array<std::string_view, 5> kNeeded{"pnl", "gross_volume", "net_volume", "gmv",
                                                    "nmv"};
  std::array<std::span<const double>, kNeeded.size()> in;
  for (std::size_t i = 0; i < kNeeded.size(); ++i) {
    const auto column = metrics.find_column({std::string(kNeeded[i])});
    if (!column) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("portfolio_panels: the metrics have no column {}", kNeeded[i])};
    }
    in[i] = metrics.column(*column);
  }
  const auto& [pnl, gross, net, gmv, nmv] = in;
  Panel out(panel_columns());
  out.append_rows(metrics.index());
  Running pnl_sum;
  Running gross_sum;
  Running net_sum;
  CompensatedSum gmv_sum;
  double gmv_count = 0.0;
  for (std::size_t t = 0; t < out.row_count(); ++t) {
    const bool holds = gmv[t] != 0.0 && !std::isnan(gmv[t]);
    if (holds) {
      gmv_sum.add(gmv[t]);
      gmv_count += 1.0;
    }
    const double mean = holds ? gmv_sum.value() / gmv_count : kNaN;
    const double earned = pnl_sum.add(pnl[t]);
    out.set(t, kPnl, pnl[t]);
    out.set(t, kPnlBps, ratio(1e4, pnl[t], gross[t]));
    out.set(t, kCumulativePnl, earned);
    out.set(t, kCumulativePnlPercent, ratio(100.0, earned, mean));
    out.set(t, kCumulativeGrossVolume, gross_sum.add(gross[t]));
    out.set(t, kTurnoverPercent, ratio(100.0, gross[t], mean));
    out.set(t, kCumulativeNetVolume, net_sum.add(net[t]));
    out.set(t, kNetVolumePercent, ratio(100.0, net[t], holds ? gmv[t] : kNaN));
    out.set(t, kGmv, gmv[t]);
    out.set(t, kGmvDeviation, ratio(1.0, gmv[t], mean));
    out.set(t, kNmv, nmv[t]);
    out.set(t, kNmvPercent, ratio(100.0, nmv[t], holds ? gmv[t] : kNaN));
  }
  return out;
}

}  // namespace tieout::analytics
