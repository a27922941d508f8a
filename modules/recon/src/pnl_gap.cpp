#include "tieout/recon/pnl_gap.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace tieout::recon {
namespace {

using analytics::GapAsset;
using analytics::GapSide;
using analytics::Trade;

/// Bars of both books, and where they are.
struct Window {
  Timestamp first, last;
};

Result<Window> common_window(const Panel& left, const Panel& right) {
  std::optional<Window> window;
  for (const Timestamp bar : left.index()) {
    if (right.find_row(bar)) {
      window = Window{window ? window->first : bar, bar};
    }
  }
  if (!window || window->first == window->last) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("pnl_gap: {} and {} bars have books, {} in both; needed two",
                             left.row_count(), right.row_count(), window ? 1 : 0)};
  }
  return *window;
}

/// One field of one asset over the rows of the window.
class Series {
 public:
  Series(const Panel& books, AssetId asset, const char* field, const Window& window)
      : first_(*books.find_row(window.first)), last_(*books.find_row(window.last)) {
    if (const auto column = books.find_column({field, asset})) {
      values_ = books.column(*column);
    }
  }

  /// Of the rows behind the first; NaN adds nothing.
  double sum() const {
    double sum = 0;
    for (std::size_t row = first_ + 1; row <= last_ && !values_.empty(); ++row) {
      sum += std::isnan(values_[row]) ? 0.0 : values_[row];
    }
    return sum;
  }
  double at_first() const {
    return values_.empty() || std::isnan(values_[first_]) ? 0.0 : values_[first_];
  }
  /// The first (last) usable price; nothing without one.
  std::optional<double> first_price() const {
    for (std::size_t row = first_; row <= last_ && !values_.empty(); ++row) {
      if (is_price(values_[row])) return values_[row];
    }
    return std::nullopt;
  }
  std::optional<double> last_price() const {
    for (std::size_t row = last_ + 1; row-- > first_ && !values_.empty();) {
      if (is_price(values_[row])) return values_[row];
    }
    return std::nullopt;
  }

 private:
  static bool is_price(double value) { return std::isfinite(value) && value > 0; }

  std::size_t first_, last_;
  std::span<const double> values_;
};

std::optional<double> last_fill_price(const std::vector<Trade>& fills, AssetId asset) {
  std::optional<double> price;
  for (const Trade& fill : fills) {
    if (fill.asset == asset) price = fill.price;
  }
  return price;
}

GapSide side_of(const TradingFrames& frames, std::vector<Trade> fills, const Window& window) {
  GapSide side;
  std::erase_if(fills, [&](const Trade& fill) {
    return fill.bar && (*fill.bar <= window.first || *fill.bar > window.last);
  });
  std::vector<AssetId> assets;
  for (const ColumnKey& key : frames.portfolio.columns()) {
    assets.push_back(key.asset);
  }
  for (const Trade& fill : fills) {
    assets.push_back(fill.asset);
  }
  std::ranges::sort(assets);
  assets.erase(std::unique(assets.begin(), assets.end()), assets.end());
  for (const AssetId asset : assets) {
    const auto series = [&](const char* field) {
      return Series(frames.portfolio, asset, field, window);
    };
    const Series prices = series("price");
    const double filled = last_fill_price(fills, asset).value_or(1.0);  // 1: nothing to value
    GapAsset own;
    own.start_shares = series("holdings_shares").at_first();
    own.start_price = prices.first_price().value_or(filled);
    own.end_price = prices.last_price().value_or(filled);
    own.fees = series("fees").sum();
    own.funding = series("funding").sum();
    own.pnl = series("pnl").sum() - own.fees - own.funding;
    side.assets[asset] = own;
  }
  side.fills = std::move(fills);
  return side;
}

}  // namespace

Result<PnlGap> pnl_gap(const TradingFrames& left, std::vector<Trade> left_fills,
                       const TradingFrames& right, std::vector<Trade> right_fills,
                       const analytics::MatchOptions& options) {
  TIEOUT_TRY(const Window window, common_window(left.portfolio, right.portfolio));
  const GapSide left_side = side_of(left, std::move(left_fills), window);
  const GapSide right_side = side_of(right, std::move(right_fills), window);
  TIEOUT_TRY(const analytics::MatchResult matching,
             analytics::match_trades(left_side.fills, right_side.fills, options));
  PnlGap gap;
  gap.first_bar = window.first;
  gap.last_bar = window.last;
  TIEOUT_TRY(gap.split, analytics::split_pnl_gap(left_side, right_side, matching));
  return gap;
}

}  // namespace tieout::recon
