#include "tieout/oms/replayed_fills_broker.hpp"

#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

Error bad_fill(const Fill& fill, Timestamp bar, std::string_view what) {
  return {ErrorCode::kMalformedData,
          fmt::format("replayed fills: fill {} of bar {} {}", fill.fill_id, to_iso(bar), what)};
}

Status check_fill(const Fill& fill, Timestamp bar) {
  if (!std::isfinite(fill.num_shares) || fill.num_shares == 0.0) {
    return bad_fill(fill, bar,
                    fmt::format("is of {} shares, needed a finite number other than 0",
                                format_double(fill.num_shares)));
  }
  if (!std::isfinite(fill.price) || fill.price <= 0.0) {
    return bad_fill(
        fill, bar,
        fmt::format("has the price {}, needed a finite number > 0", format_double(fill.price)));
  }
  if (!std::isfinite(fill.fee)) {
    return bad_fill(fill, bar,
                    fmt::format("has the fee {}, needed a finite number", format_double(fill.fee)));
  }
  return {};
}

/// What the fills of one asset come to.
struct Sum {
  double shares = 0.0;
  double notional = 0.0;

  std::string text() const {
    if (shares == 0.0) {
      return "nothing";
    }
    return fmt::format("{} shares at {}", format_double(shares), format_double(notional / shares));
  }
  friend bool operator==(const Sum&, const Sum&) = default;
};

std::map<AssetId, Sum> by_asset(const std::vector<Fill>& fills) {
  std::map<AssetId, Sum> sums;
  for (const Fill& fill : fills) {
    Sum& sum = sums[fill.asset_id];
    sum.shares += fill.num_shares;
    sum.notional += fill.num_shares * fill.price;
  }
  return sums;
}

/// Where the recorded fills are not what this run's orders would have come to.
void note_differences(const std::vector<Fill>& booked, const std::vector<Fill>& simulated,
                      std::vector<std::string>& notes) {
  std::map<AssetId, Sum> recorded = by_asset(booked);
  std::map<AssetId, Sum> expected = by_asset(simulated);
  for (const auto& entry : expected) {
    recorded.try_emplace(entry.first);
  }
  for (const auto& [asset, sum] : recorded) {
    const Sum other = expected[asset];
    if (!(sum == other)) {
      notes.push_back(fmt::format(
          "asset {}: production filled {}, the orders of this run would have filled {}: "
          "production's fills are booked",
          asset.value, sum.text(), other.text()));
    }
  }
}

}  // namespace

Result<std::unique_ptr<Broker>> ReplayedFillsBroker::create(std::vector<BarFills> bars,
                                                            std::unique_ptr<Broker> simulated) {
  std::set<std::int64_t> ids;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    if (i > 0 && bars[i].bar <= bars[i - 1].bar) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("replayed fills: bar {} follows bar {}, needed ascending bars",
                               to_iso(bars[i].bar), to_iso(bars[i - 1].bar))};
    }
    for (const Fill& fill : bars[i].fills) {
      TIEOUT_CHECK(check_fill(fill, bars[i].bar));
      if (!ids.insert(fill.fill_id).second) {
        return Error{ErrorCode::kDuplicateId,
                     fmt::format("replayed fills: fill {} of asset {} is booked twice, the second "
                                 "time at bar {}",
                                 fill.fill_id, fill.asset_id.value, to_iso(bars[i].bar))};
      }
    }
  }
  return std::unique_ptr<Broker>(new ReplayedFillsBroker(std::move(bars), std::move(simulated)));
}

Status ReplayedFillsBroker::begin(Timestamp bar) {
  TIEOUT_CHECK(simulated_->begin(bar));
  bar_ = bar;
  before_ = state_;
  return {};
}

Status ReplayedFillsBroker::commit() {
  return simulated_->commit();
}

Status ReplayedFillsBroker::rollback() {
  state_ = before_;
  return simulated_->rollback();
}

Status ReplayedFillsBroker::submit(const std::vector<Order>& orders, Timestamp now) {
  return simulated_->submit(orders, now);
}

Result<Broker::Collected> ReplayedFillsBroker::collect(Timestamp now, const AsOf& as_of,
                                                       PriceSource& prices) {
  TIEOUT_TRY(Collected collected, simulated_->collect(now, as_of, prices));
  const std::vector<Fill> simulated = std::exchange(collected.fills, {});
  // As the fills: what befell production's orders, not what would have befallen those of this run.
  collected.events.clear();
  State next = state_;
  for (; next.next_bar < bars_.size() && bars_[next.next_bar].bar <= bar_; ++next.next_bar) {
    for (const Fill& fill : bars_[next.next_bar].fills) {
      if (fill.timestamp > now || (next.last_collect && fill.timestamp <= *next.last_collect)) {
        return Error{
            ErrorCode::kInvalidArgument,
            fmt::format(
                "replayed fills: fill {} of bar {} is stamped {}, needed a stamp after {} "
                "and up to {}: replay the fills with production's clock (--replay faithful)",
                fill.fill_id, to_iso(bars_[next.next_bar].bar), to_iso(fill.timestamp),
                next.last_collect ? to_iso(*next.last_collect) : "the start", to_iso(now))};
      }
      collected.fills.push_back(fill);
    }
    const std::vector<OrderEvent>& events = bars_[next.next_bar].events;
    collected.events.insert(collected.events.end(), events.begin(), events.end());
  }
  next.last_collect = now;
  note_differences(collected.fills, simulated, collected.notes);
  state_ = next;
  return collected;
}

}  // namespace tieout::oms
