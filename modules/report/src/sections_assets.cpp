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
/// What a picture can show of single trades.
constexpr std::size_t kMaxBars = 96;
constexpr std::size_t kBarsBefore = 12;

/// How far the runs are apart in an asset, and how much they traded of it.
struct Weight {
  double gap = 0;     // sum over bars of |pnl of one - pnl of the other|
  double volume = 0;  // of both
};

/// The bars that are shown: all when they are few.
struct Window {
  Timestamp first, last;
  std::string words;  // "; 96 of 288 bars from ...", "" for all
};

/// Of a longer run those from shortly before the first bar at which holdings of the asset differ.
Window window_of(const Panel& left, const Panel& right, AssetId asset) {
  const auto bars = left.empty() ? right.index() : left.index();
  if (bars.empty()) return {};
  if (bars.size() <= kMaxBars) {
    const auto others = right.empty() ? bars : right.index();
    return {std::min(bars.front(), others.front()), std::max(bars.back(), others.back()), ""};
  }
  std::size_t at = 0;
  const auto mine = left.find_column({"holdings_shares", asset});
  const auto other = right.find_column({"holdings_shares", asset});
  for (std::size_t i = 0; mine && other && i < left.row_count(); ++i) {
    const auto row = right.find_row(left.index()[i]);
    if (row && left.at(i, *mine) != right.at(*row, *other)) {
      at = i < kBarsBefore ? 0 : i - kBarsBefore;
      break;
    }
  }
  at = std::min(at, bars.size() - kMaxBars);
  return {bars[at], bars[at + kMaxBars - 1],
          fmt::format("; {} of {} from {}, shortly before the holdings first differ", kMaxBars,
                      plural(bars.size(), "bar"), time_text(bars[at]))};
}

void cut(Curve& curve, const Window& window) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < curve.bars.size(); ++i) {
    if (curve.bars[i] < window.first || curve.bars[i] > window.last) continue;
    curve.bars[kept] = curve.bars[i];
    curve.values[kept++] = curve.values[i];
  }
  curve.bars.resize(kept);
  curve.values.resize(kept);
}

bool same_values(const Curve& a, const Curve& b) {
  return a.bars == b.bars && std::ranges::equal(a.values, b.values, [](double x, double y) {
           return x == y || (std::isnan(x) && std::isnan(y));
         });
}

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

/// Whether every target was reached; the first bar has none.
bool is_held(const Curve& target, const Curve& held) {
  if (target.bars != held.bars) return false;
  for (std::size_t i = 0; i < target.values.size(); ++i) {
    if (std::isfinite(target.values[i]) && target.values[i] != held.values[i]) return false;
  }
  return true;
}

/// The price that the books mark by, and the trades of both runs.
Chart price_chart(const Facts& facts, AssetId asset, const Window& window) {
  const std::array<const Side*, 2> sides{&facts.left, &facts.right};
  std::vector<Curve> curves;
  for (const Side* side : sides) {
    Curve price = curve_of("price of " + side->name, ChartRole::kOther, side->trading->portfolio,
                           {"price", asset});
    if (!any_value(price)) {
      price = curve_of(price.name, price.role, side->trading->target_positions, {"price", asset});
    }
    cut(price, window);
    const bool differs = curves.empty() || !same_values(curves[0], price);
    if (any_value(price) && differs) curves.push_back(std::move(price));
  }
  if (curves.size() == 1) curves[0].name = std::string("price");
  for (std::size_t s = 0; s < sides.size(); ++s) {
    for (const bool buys : {true, false}) {
      Curve trades = trades_of_side(sides[s]->name + (buys ? " buys" : " sells"), role_of_side(s),
                                    sides[s]->trading->portfolio, asset, buys);
      cut(trades, window);
      if (any_value(trades)) curves.push_back(std::move(trades));
    }
  }
  return chart_of(
      {"Price and trades of " + facts.asset_text(asset),
       std::string(
           "the price by which the books are marked; a triangle up (down) is the mean price "
           "of what was bought (sold) up to the bar") +
           window.words,
       ""},
      curves);
}

/// What was held, and what was wanted for the bar: the targets of the bar before.
Chart position_chart(const Facts& facts, AssetId asset, const Window& window) {
  const std::array<const Side*, 2> sides{&facts.left, &facts.right};
  std::vector<Curve> curves;
  for (std::size_t s = 0; s < sides.size(); ++s) {
    curves.push_back(curve_of(sides[s]->name, role_of_side(s), sides[s]->trading->portfolio,
                              {"holdings_shares", asset}));
  }
  for (std::size_t s = 0; s < sides.size(); ++s) {
    Curve target = curve_of("target of " + sides[s]->name, ChartRole::kOther,
                            sides[s]->trading->target_positions, {"target_holdings_shares", asset});
    for (std::size_t i = target.values.size(); i-- > 0;) {
      target.values[i] = i == 0 ? kNaN : target.values[i - 1];
    }
    if (any_value(target) && !is_held(target, curves[s])) curves.push_back(std::move(target));
  }
  for (Curve& curve : curves) cut(curve, window);
  return chart_of(
      {"Position in " + facts.asset_text(asset),
       std::string("shares held at the end of the bar; target: target_holdings_shares of the bar "
                   "before, where one was not reached") +
           window.words,
       "shares", ChartKind::kSteps},
      curves);
}

}  // namespace

Result<Blocks> assets_section(const Facts& facts) {
  if (!facts.left.trading.ok()) return facts.left.trading.error();
  if (!facts.right.trading.ok()) return facts.right.trading.error();
  const Panel& left = facts.left.trading->portfolio;
  const Panel& right = facts.right.trading->portfolio;
  const std::map<AssetId, Weight> weights = weights_of(left, right);
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
    const Window window = window_of(left, right, asset);
    out.emplace_back(price_chart(facts, asset, window));
    out.emplace_back(position_chart(facts, asset, window));
  }
  out.insert(out.begin(), Block{std::move(table)});
  return out;
}

}  // namespace tieout::report
