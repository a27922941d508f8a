#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "chart_curves.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMaxAssets = 3;

/// How far the runs are apart in an asset, and how much they traded of it.
struct Weight {
  double gap = 0;     // sum over bars of |pnl of one - pnl of the other|
  double volume = 0;  // of both
};

std::map<AssetId, Weight> weights_of(const Panel& left, const Panel& right) {
  std::map<AssetId, Weight> out;
  std::map<AssetId, std::map<Timestamp, double>> gaps;
  for (const auto& [books, sign] : {std::pair(&left, 1.0), std::pair(&right, -1.0)}) {
    for (const std::size_t c : books->columns_of("pnl")) {
      const AssetId asset = books->columns()[c].asset;
      for (std::size_t row = 0; row < books->row_count(); ++row) {
        const double pnl = books->at(row, c);
        if (!std::isnan(pnl)) gaps[asset][books->index()[row]] += sign * pnl;
      }
    }
    for (const std::size_t c : books->columns_of("executed_trades_notional")) {
      Weight& weight = out[books->columns()[c].asset];
      for (const double notional : books->column(c)) {
        if (!std::isnan(notional)) weight.volume += std::abs(notional);
      }
    }
  }
  for (const auto& [asset, by_bar] : gaps) {
    for (const auto& item : by_bar) out[asset].gap += std::abs(item.second);
  }
  return out;
}

/// The mean price of what was bought (sold) at each bar; NaN where nothing was.
Curve trades_of_side(const std::string& name, ChartRole role, const Panel& books, AssetId asset,
                     bool buys) {
  const Curve shares = curve_of("", role, books, {"executed_trades_shares", asset});
  const Curve notional = curve_of("", role, books, {"executed_trades_notional", asset});
  Curve out{name, role, shares.bars, std::vector<double>(shares.bars.size(), kNaN),
            buys ? SeriesDraw::kUp : SeriesDraw::kDown};
  for (std::size_t i = 0; i < shares.bars.size() && i < notional.values.size(); ++i) {
    if (buys ? shares.values[i] > 0 : shares.values[i] < 0) {
      out.values[i] = notional.values[i] / shares.values[i];
    }
  }
  return out;
}

bool any_value(const Curve& curve) {
  return std::ranges::any_of(curve.values, [](double x) { return std::isfinite(x); });
}

/// The price that the books mark by, and the trades of both runs.
Chart price_chart(const Facts& facts, AssetId asset) {
  const std::array<const Side*, 2> sides{&facts.left, &facts.right};
  std::vector<Curve> curves;
  for (const Side* side : sides) {
    Curve price = curve_of("price of " + side->name, ChartRole::kOther, side->trading->portfolio,
                           {"price", asset});
    if (!any_value(price)) {
      price = curve_of(price.name, price.role, side->trading->target_positions, {"price", asset});
    }
    const bool differs =
        curves.empty() || curves[0].bars != price.bars ||
        !std::ranges::equal(curves[0].values, price.values, [](double a, double b) {
          return a == b || (std::isnan(a) && std::isnan(b));
        });
    if (any_value(price) && differs) curves.push_back(std::move(price));
  }
  if (curves.size() == 1) curves[0].name = std::string("price");
  for (std::size_t s = 0; s < sides.size(); ++s) {
    for (const bool buys : {true, false}) {
      Curve trades = trades_of_side(sides[s]->name + (buys ? " buys" : " sells"), role_of_side(s),
                                    sides[s]->trading->portfolio, asset, buys);
      if (any_value(trades)) curves.push_back(std::move(trades));
    }
  }
  return chart_of(
      {"Price and trades of " + facts.asset_text(asset),
       "the price by which the books are marked; a triangle up (down) is the mean price "
       "of what was bought (sold) up to the bar",
       ""},
      curves);
}

/// What was held, and what was wanted for the bar: the targets of the bar before.
Chart position_chart(const Facts& facts, AssetId asset) {
  const std::array<const Side*, 2> sides{&facts.left, &facts.right};
  std::vector<Curve> curves;
  for (std::size_t s = 0; s < sides.size(); ++s) {
    curves.push_back(curve_of(sides[s]->name, role_of_side(s), sides[s]->trading->portfolio,
                              {"holdings_shares", asset}));
  }
  for (const Side* side : sides) {
    Curve target = curve_of("target of " + side->name, ChartRole::kOther,
                            side->trading->target_positions, {"target_holdings_shares", asset});
    for (std::size_t i = target.values.size(); i-- > 0;) {
      target.values[i] = i == 0 ? kNaN : target.values[i - 1];
    }
    if (any_value(target)) curves.push_back(std::move(target));
  }
  return chart_of({"Position in " + facts.asset_text(asset),
                   "shares held at the end of the bar; target: target_holdings_shares of the bar "
                   "before",
                   "shares", ChartKind::kSteps},
                  curves);
}

}  // namespace

Result<Blocks> assets_section(const Facts& facts) {
  TIEOUT_TRY(const recon::TradingFrames left, facts.left.trading);
  TIEOUT_TRY(const recon::TradingFrames right, facts.right.trading);
  const std::map<AssetId, Weight> weights = weights_of(left.portfolio, right.portfolio);
  std::vector<AssetId> assets;
  for (const auto& item : weights) {
    if (item.first != kCash && item.first != kNoAsset) assets.push_back(item.first);
  }
  if (assets.empty()) {
    return Error{ErrorCode::kIncompleteEvidence, "assets: no run wrote a portfolio with assets"};
  }
  std::ranges::stable_sort(assets, std::greater<>(), [&](AssetId asset) {
    return std::pair(weights.at(asset).gap, weights.at(asset).volume);
  });
  const std::size_t count = assets.size();
  assets.resize(std::min(count, kMaxAssets));
  TableBlock table;
  table.caption = fmt::format(
      "{} of {}: the largest sum over bars of |PnL of {} - PnL of {}|, then "
      "the largest volume",
      assets.size(), plural(count, "asset"), facts.left.name, facts.right.name);
  table.columns = {{"asset", Align::kCode},
                   {"sum of |gaps|", Align::kNumber},
                   {"volume of both", Align::kNumber}};
  Blocks out;
  for (const AssetId asset : assets) {
    const Weight& weight = weights.at(asset);
    table.rows.push_back(
        {facts.asset_text(asset), money_text(weight.gap), money_text(weight.volume)});
    out.emplace_back(price_chart(facts, asset));
    out.emplace_back(position_chart(facts, asset));
  }
  out.insert(out.begin(), Block{std::move(table)});
  return out;
}

}  // namespace tieout::report
