#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/analytics/matching.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::analytics {
namespace {

/// Percentiles by nearest rank: the smallest value that p of all do not exceed.
double percentile(const std::vector<double>& ascending, double p) {
  const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(ascending.size())));
  return ascending[std::max<std::size_t>(rank, 1) - 1];
}

DriftStatistics drift_of(std::vector<double> drifts) {
  std::erase_if(drifts, [](double drift) { return std::isnan(drift); });
  if (drifts.empty()) {
    return {0, kNaN, kNaN, kNaN, kNaN};
  }
  double sum = 0;
  for (double& drift : drifts) {
    sum += drift;
    drift = std::abs(drift);
  }
  std::ranges::sort(drifts);
  return {drifts.size(), sum / static_cast<double>(drifts.size()), percentile(drifts, 0.5),
          percentile(drifts, 0.95), drifts.back()};
}

SideSummary side_of(const std::vector<Trade>& trades, std::size_t leftovers) {
  SideSummary side;
  side.count = trades.size();
  side.matched = trades.size() - leftovers;
  for (const Trade& trade : trades) {
    side.status_known += trade.status == TradeStatus::kUnknown ? 0 : 1;
    side.cancelled += trade.status == TradeStatus::kCancelled ? 1 : 0;
    side.rejected += trade.status == TradeStatus::kRejected ? 1 : 0;
    side.expired += trade.status == TradeStatus::kExpired ? 1 : 0;
  }
  return side;
}

double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? kNaN : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::string_view to_string(TradeStatus status) noexcept {
  switch (status) {
    case TradeStatus::kUnknown:
      return "unknown";
    case TradeStatus::kFilled:
      return "filled";
    case TradeStatus::kCancelled:
      return "cancelled";
    case TradeStatus::kRejected:
      return "rejected";
    case TradeStatus::kExpired:
      return "expired";
  }
  return "";
}

std::string_view to_string(MatchRule rule) noexcept {
  constexpr std::array<std::string_view, kMatchRuleCount> kNames{
      "identical", "client_id", "bar",   "parent", "replaced",
      "window",    "split",     "merge", "net",    "drift"};
  return kNames[static_cast<std::size_t>(rule)];
}

MatchBand band_of(double match_rate) noexcept {
  if (std::isnan(match_rate)) return MatchBand::kNothing;
  if (match_rate >= 0.95) return MatchBand::kReady;
  if (match_rate >= 0.80) return MatchBand::kMinor;
  return match_rate >= 0.60 ? MatchBand::kSignificant : MatchBand::kCritical;
}

std::string_view to_string(MatchBand band) noexcept {
  switch (band) {
    case MatchBand::kReady:
      return "ready";
    case MatchBand::kMinor:
      return "minor";
    case MatchBand::kSignificant:
      return "significant";
    case MatchBand::kCritical:
      return "critical";
    case MatchBand::kNothing:
      return "nothing to match";
  }
  return "";
}

MatchSummary summarise(const MatchResult& result, const std::vector<Trade>& left,
                       const std::vector<Trade>& right) {
  MatchSummary summary;
  summary.left = side_of(left, result.left.size());
  summary.right = side_of(right, result.right.size());
  std::vector<double> time;
  std::vector<double> end;
  std::vector<double> price;
  std::vector<double> quantity;
  for (const Match& match : result.matches) {
    ++summary.by_rule[static_cast<std::size_t>(match.rule)];
    const bool one_left = match.left.size() == 1;
    const bool one_right = match.right.size() == 1;
    ++(one_left ? (one_right ? summary.one_to_one : summary.one_to_many)
                : (one_right ? summary.many_to_one : summary.many_to_many));
    summary.beyond_tolerance += match.within ? 0 : 1;
    time.push_back(to_seconds(match.time_drift));
    end.push_back(to_seconds(match.end_drift));
    price.push_back(match.price_bps);
    quantity.push_back(match.quantity_difference /
                       std::max(match.left_quantity, match.right_quantity));
  }
  summary.match_rate =
      ratio(summary.left.matched + summary.right.matched, summary.left.count + summary.right.count);
  summary.precision = ratio(summary.left.matched, summary.left.count);
  summary.recall = ratio(summary.right.matched, summary.right.count);
  summary.band = band_of(summary.match_rate);
  summary.time_s = drift_of(std::move(time));
  summary.end_s = drift_of(std::move(end));
  summary.price_bps = drift_of(std::move(price));
  summary.quantity_ratio = drift_of(std::move(quantity));
  return summary;
}

std::string explain(const Match& match, std::string_view left_name, std::string_view right_name) {
  const auto drift = [&match] {
    const Duration apart = std::max(match.time_drift, -match.time_drift);
    return apart.ns == 0 ? std::string("at the same instant")
                         : fmt::format("{} s apart", to_seconds(apart));
  };
  switch (match.rule) {
    case MatchRule::kIdentical:
      return "one id and the same content";
    case MatchRule::kClientId:
      return "one client id";
    case MatchRule::kBar:
      return "the only ones of this asset, side and size at their bar";
    case MatchRule::kParent:
      return "the only ones of this asset, side and size of their parent order";
    case MatchRule::kReplaced:
      return fmt::format("cancelled and replaced: {} in {}, {} in {}", match.left.size(), left_name,
                         match.right.size(), right_name);
    case MatchRule::kWindow:
      return "of one asset, side and size, nearest in time: " + drift();
    case MatchRule::kSplit:
    case MatchRule::kMerge: {
      const bool is_split = match.rule == MatchRule::kSplit;
      return fmt::format("{} of {} add up to the one of {}",
                         is_split ? match.right.size() : match.left.size(),
                         is_split ? right_name : left_name, is_split ? left_name : right_name);
    }
    case MatchRule::kNet:
      return fmt::format("{} of {} and {} of {} add up to the same", match.left.size(), left_name,
                         match.right.size(), right_name);
    case MatchRule::kDrift:
      return fmt::format("what was left of one asset and side, of another size: {}", drift());
  }
  return "";
}

}  // namespace tieout::analytics
