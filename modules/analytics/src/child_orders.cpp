#include "tieout/analytics/child_orders.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "field_columns.hpp"

namespace tieout::analytics {
namespace {

double mean(double sum, std::size_t count) noexcept {
  return count == 0 ? kNaN : sum / static_cast<double>(count);
}

const OrderFills* find_fills(std::span<const OrderFills> fills, const std::string& order_id) {
  const auto found = std::ranges::lower_bound(fills, order_id, {}, &OrderFills::order_id);
  return found != fills.end() && found->order_id == order_id ? &*found : nullptr;
}

/// A summary while its means are sums.
struct Sums {
  WaveSummary row;
  double time_to_fill_s = 0.0;
  double life_s = 0.0;

  void add(const PlacedOrder& child, const OrderFills* fill) {
    ++row.children;
    const double limit = child.limit_price.value_or(0.0);
    const double notional = std::fabs(child.shares) * limit;
    double& largest = child.shares > 0 ? row.largest_buy : row.largest_sell;
    largest = std::max(largest, notional);
    if (!child.accepted) {
      ++row.rejected;
      return;
    }
    ++row.accepted;
    row.wanted += notional;
    life_s += to_seconds(child.updated - child.placed);
    if (fill != nullptr) {
      ++row.filled;
      row.executed += std::fabs(fill->shares) * limit;
      time_to_fill_s += to_seconds(fill->first - child.placed);
    }
  }

  WaveSummary finished() const {
    WaveSummary out = row;
    out.fill_rate = row.wanted > 0 ? row.executed / row.wanted : kNaN;
    out.time_to_fill_s = mean(time_to_fill_s, row.filled);
    out.life_s = mean(life_s, row.accepted);
    return out;
  }
};

}  // namespace

std::vector<WaveSummary> summarize_waves(std::span<const PlacedOrder> children,
                                         std::span<const OrderFills> fills,
                                         std::span<const std::int64_t> skipped_waves) {
  std::map<std::int64_t, Sums> waves;
  Sums all;
  for (const PlacedOrder& child : children) {
    const OrderFills* fill = find_fills(fills, child.id);
    waves[child.wave].add(child, fill);
    all.add(child, fill);
  }
  for (const std::int64_t wave : skipped_waves) {
    ++waves[wave].row.skipped;
    ++all.row.skipped;
  }
  std::vector<WaveSummary> out;
  for (auto& [wave, sums] : waves) {
    sums.row.wave = wave;
    out.push_back(sums.finished());
  }
  out.push_back(all.finished());
  return out;
}

double TimeToFill::quantile(double share) const noexcept {
  // The first i with share(i) >= share; the product of a rounded share may lie a hair above a whole
  // number of orders.
  const double needed = std::ceil(share * static_cast<double>(orders) - 1e-9);
  const auto count = static_cast<std::size_t>(std::max(needed, 1.0));
  return count > seconds.size() ? kNaN : seconds[count - 1];
}

std::vector<TimeToFill> time_to_fill(std::span<const PlacedOrder> orders,
                                     std::span<const OrderFills> fills, TimeToFillGroup group) {
  std::map<std::pair<AssetId, std::int64_t>, std::pair<TimeToFill, double>> groups;
  if (group == TimeToFillGroup::kAll) {
    groups[{kNoAsset, -1}];
  }
  for (const PlacedOrder& order : orders) {
    if (!order.accepted) {
      continue;
    }
    const AssetId asset = group == TimeToFillGroup::kAsset ? order.asset : kNoAsset;
    const std::int64_t wave = group == TimeToFillGroup::kWave ? order.wave : -1;
    auto& [row, life_s] = groups[{asset, wave}];
    row.asset = asset;
    row.wave = wave;
    ++row.orders;
    life_s += to_seconds(order.updated - order.placed);
    if (const OrderFills* fill = find_fills(fills, order.id)) {
      row.seconds.push_back(to_seconds(fill->first - order.placed));
    }
  }
  std::vector<TimeToFill> out;
  for (auto& item : groups) {
    auto& [row, life_s] = item.second;
    row.life_s = mean(life_s, row.orders);
    std::ranges::sort(row.seconds);
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace tieout::analytics
