#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/analytics/pomo.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/zone.hpp"

namespace tieout::analytics {

/// Whose rules hold (docs/formats/research_portfolio.md lists every difference).
enum class ResearchProfile {
  kClean,      // ours: exact ranks, a gap loses no position and makes no PnL
  kAsTraded,   // our books, forecasts ranked as the live optimizer ranks them: the third leg of a
               // reconciliation
  kReference,  // the reference's, quirks and all
};

/// "clean", "as_traded", "reference". Errors: kInvalidConfig.
Result<ResearchProfile> parse_research_profile(std::string_view text);
std::string_view to_string(ResearchProfile profile) noexcept;

/// Fields of the input frame.
struct ResearchColumns {
  std::string price = "price";
  std::string volatility = "volatility";
  std::string prediction = "prediction";
  std::optional<std::string> spread = std::nullopt;
  /// Prices at which a bar's buys and sells were filled, both or none; a missing price is no fill.
  std::optional<std::string> buy_price = std::nullopt;
  std::optional<std::string> sell_price = std::nullopt;
};

/// A GMV for each bar: by its timestamp, or by its local time of day; a bar without one has no
/// targets.
struct GmvSchedule {
  std::map<Timestamp, double> by_timestamp = {};
  std::map<Duration, double> by_time_of_day = {};
  bool empty() const noexcept { return by_timestamp.empty() && by_time_of_day.empty(); }
};

/// What happens to a portfolio beside its targets: shared by both research portfolios.
struct ResearchBooks {
  /// Decimals of a share, for all assets or for each; exactly one is given.
  std::optional<int> quantization = 30;
  std::optional<std::map<AssetId, int>> asset_id_to_share_decimals = std::nullopt;
  /// Hold nothing at the last and first bar of each date.
  bool liquidate_at_end_of_day = true;
  /// Trade nothing at the first bar of each date.
  bool initialize_beginning_of_day_trades_to_zero = true;
  bool reindex_like_input = false;
  std::size_t burn_in_bars = 3;
  std::size_t burn_in_days = 0;
  bool compute_extended_stats = false;
  /// Where a date begins and ends.
  Zone zone = Zone::kNewYork;
};

struct ResearchOptions {
  ResearchProfile profile = ResearchProfile::kClean;
  ResearchColumns columns = {};
  PomoOptions sizing = CrossSectionalOptions{};
  /// "ffill": a forecast that a filter removed is the last one that was kept; the fill method of
  /// `sizing` is then kNan.
  bool fill_removed_forward = false;
  /// Cross-sectional only: in place of the target_gmv of `sizing`.
  GmvSchedule target_gmv = {};
  ResearchBooks books = {};
  /// Multiply overnight holdings by the share split that the overnight price change suggests.
  bool adjust_for_splits = false;
  /// Bars that a position is kept without a target.
  std::size_t ffill_limit = 4;
};

/// Something that happened to cells of the input or of the result, in words.
struct ResearchNote {
  std::string name;  // "vanished_positions"
  std::size_t count = 0;
  std::string text;  // without the count: "cells where a held position has no value, as ..."
};

/// Columns (field, asset): price, volatility, prediction, holdings_shares, holdings_notional,
/// executed_trades_shares, executed_trades_notional, pnl, [spread]; rows of the input. Statistics:
/// columns pnl, gross_volume, net_volume, gmv, nmv, extended: gpc, npc, wnl, [tc].
struct ResearchPortfolio {
  Panel portfolio;
  Panel statistics;
  /// Clean: what the input lacked. Reference: what its rule hides in this input. Only counts > 0.
  std::vector<ResearchNote> notes;
};

/// Positions and PnL of forecasts as if each target were filled in full at the next bar's price.
///
/// Shapes:  frame [bars x (field, asset)]; every field has the same assets.
/// Units:   notionals and PnL in the price's currency, holdings in shares.
/// Rule:    docs/formats/research_portfolio.md. A target of bar t, in shares at the price of t, is
///          held at t + 1; pnl(t) = V(t) - V(t-1) - E(t).
/// Nulls:   NaN is missing; so is, except under kReference, an infinite number, a price that is not
///          positive and a negative volatility.
/// Errors:  kInvalidConfig naming the option; kSchemaMismatch naming the column; kMissingData when
///          no bar has price, prediction and volatility, or burn_in_days leaves no date;
///          kMalformedData under kReference where its underfill rule does not end.
/// Cost:    bars x assets, a row sort for each bar; O(frame) memory.
/// Source:  dataflow.md 5.7, 5.8 (ForecastEvaluatorFromPrices).
Result<ResearchPortfolio> research_portfolio(const Panel& frame, const ResearchOptions& options);

/// The text form of the reference's tests: frames under "# holdings_shares=" ... "# statistics=",
/// two decimals, times in `zone`.
std::string to_text(const ResearchPortfolio& portfolio, Zone zone);

}  // namespace tieout::analytics
