#include "tieout/analytics/pnl_gap.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "sums.hpp"

namespace tieout::analytics {
namespace {

constexpr std::array<std::string_view, kGapPartCount> kNames{
    "prices",  "quantities", "only_left", "only_right", "fees",
    "funding", "carried",    "marks",     "unexplained"};

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, "split_pnl_gap: " + std::move(message)};
}

/// Signed shares and their mean price.
struct Block {
  double shares = 0;
  double price = 0;
};

Block block_of(const std::vector<Trade>& fills, const std::vector<std::size_t>& indices) {
  CompensatedSum shares;
  CompensatedSum notional;
  for (const std::size_t i : indices) {
    shares.add(fills[i].quantity);
    notional.add(fills[i].quantity * fills[i].price);
  }
  return {shares.value(), notional.value() / shares.value()};
}

/// The parts of one asset as they come.
class AssetGap {
 public:
  AssetGap(AssetId asset, const GapAsset& left, const GapAsset& right)
      : asset_(asset), left_(left), right_(right) {
    const double left_move = left.end_price - left.start_price;
    const double right_move = right.end_price - right.start_price;
    add(GapPart::kCarried,
        (left.start_shares - right.start_shares) * 0.5 * (left_move + right_move));
    add(GapPart::kMarks, 0.5 * (left.start_shares + right.start_shares) * (left_move - right_move));
    add(GapPart::kFees, right.fees - left.fees);
    add(GapPart::kFunding, right.funding - left.funding);
  }

  void add_pairing(const Block& left, const Block& right) {
    const double shares = 0.5 * (left.shares + right.shares);
    add(GapPart::kPrices, -shares * (left.price - right.price));
    add(GapPart::kQuantities,
        (left.shares - right.shares) *
            (0.5 * (left_.end_price + right_.end_price) - 0.5 * (left.price + right.price)));
    add(GapPart::kMarks, shares * (left_.end_price - right_.end_price));
  }
  void add_left(const Trade& fill) {
    add(GapPart::kOnlyLeft, fill.quantity * (left_.end_price - fill.price));
  }
  void add_right(const Trade& fill) {
    add(GapPart::kOnlyRight, -fill.quantity * (right_.end_price - fill.price));
  }

  GapSplit take() {
    GapSplit split;
    split.asset = asset_;
    split.left_pnl = left_.pnl;
    split.right_pnl = right_.pnl;
    split.gap = left_.pnl - right_.pnl;
    CompensatedSum rest;
    rest.add(left_.pnl);
    rest.add(-right_.pnl);
    for (std::size_t part = 0; part < kGapPartCount; ++part) {
      split.parts[part] = sums_[part].value();
      rest.add(-split.parts[part]);
    }
    split.parts[static_cast<std::size_t>(GapPart::kUnexplained)] = rest.value();
    split.gross = gross_ + std::abs(left_.pnl) + std::abs(right_.pnl);
    return split;
  }

 private:
  void add(GapPart part, double value) {
    sums_[static_cast<std::size_t>(part)].add(value);
    gross_ += std::abs(value);
  }

  AssetId asset_;
  GapAsset left_, right_;
  std::array<CompensatedSum, kGapPartCount> sums_;
  double gross_ = 0;
};

Status check_side(const GapSide& side, std::string_view name) {
  for (const auto& [asset, own] : side.assets) {
    for (const double price : {own.start_price, own.end_price}) {
      if (!std::isfinite(price) || price <= 0) {
        return invalid(fmt::format("asset {} of the {} is valued at {}, needed a price above 0",
                                   asset.value, name, price));
      }
    }
  }
  for (std::size_t i = 0; i < side.fills.size(); ++i) {
    const Trade& fill = side.fills[i];
    if (!std::isfinite(fill.price) || fill.price <= 0) {
      return invalid(fmt::format("fill {} of the {} has the price {}, needed one above 0", i + 1,
                                 name, fill.price));
    }
    if (!side.assets.contains(fill.asset)) {
      return invalid(fmt::format("fill {} of the {} is of asset {}, of which its books say nothing",
                                 i + 1, name, fill.asset.value));
    }
  }
  return {};
}

/// An asset of one run alone: the other neither holds nor trades it, at the same prices.
GapAsset absent(const GapAsset& known) {
  return {.start_shares = 0,
          .start_price = known.start_price,
          .end_price = known.end_price,
          .fees = 0,
          .funding = 0,
          .pnl = 0};
}

GapSplit total_of(const std::vector<GapSplit>& assets) {
  GapSplit total;
  CompensatedSum left, right;
  std::array<CompensatedSum, kGapPartCount> parts;
  for (const GapSplit& own : assets) {
    left.add(own.left_pnl);
    right.add(own.right_pnl);
    total.gross += own.gross;
    for (std::size_t part = 0; part < kGapPartCount; ++part) {
      parts[part].add(own.parts[part]);
    }
  }
  total.left_pnl = left.value();
  total.right_pnl = right.value();
  total.gap = total.left_pnl - total.right_pnl;
  for (std::size_t part = 0; part < kGapPartCount; ++part) {
    total.parts[part] = parts[part].value();
  }
  return total;
}

}  // namespace

std::string_view to_string(GapPart part) noexcept {
  return kNames[static_cast<std::size_t>(part)];
}

Result<PnlGapSplit> split_pnl_gap(const GapSide& left, const GapSide& right,
                                  const MatchResult& matching) {
  TIEOUT_CHECK(check_side(left, "left"));
  TIEOUT_CHECK(check_side(right, "right"));
  std::map<AssetId, AssetGap> gaps;
  for (const auto& [asset, own] : left.assets) {
    const auto other = right.assets.find(asset);
    gaps.emplace(asset,
                 AssetGap(asset, own, other == right.assets.end() ? absent(own) : other->second));
  }
  for (const auto& [asset, own] : right.assets) {
    gaps.emplace(asset, AssetGap(asset, absent(own), own));  // unless the left has it
  }
  for (const Match& match : matching.matches) {
    gaps.at(left.fills[match.left.front()].asset)
        .add_pairing(block_of(left.fills, match.left), block_of(right.fills, match.right));
  }
  for (const Leftover& leftover : matching.left) {
    const Trade& fill = left.fills[leftover.index];
    gaps.at(fill.asset).add_left(fill);
  }
  for (const Leftover& leftover : matching.right) {
    const Trade& fill = right.fills[leftover.index];
    gaps.at(fill.asset).add_right(fill);
  }
  PnlGapSplit split;
  for (auto& item : gaps) {
    split.assets.push_back(item.second.take());
  }
  split.total = total_of(split.assets);
  return split;
}

}  // namespace tieout::analytics
