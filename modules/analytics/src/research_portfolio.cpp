#include "tieout/analytics/research_portfolio.hpp"

#include <cmath>

#include <fmt/format.h>

#include "tieout/analytics/bar_metrics.hpp"
#include "tieout/core/assert.hpp"

#include "research_grid.hpp"

namespace tieout::analytics {
namespace {

Status check_schedule(const ResearchOptions& options) {
  if (options.target_gmv.empty()) return {};
  if (!std::holds_alternative<CrossSectionalOptions>(options.sizing)) {
    return Error{
        ErrorCode::kInvalidConfig,
        "research_portfolio: target_gmv by time is given, the style longitudinal has none"};
  }
  const auto check = [](double gmv) -> Status {
    if (gmv >= 0.0 && std::isfinite(gmv)) return {};
    return Error{
        ErrorCode::kInvalidConfig,
        fmt::format("research_portfolio: target_gmv by time has {}, needed numbers >= 0", gmv)};
  };
  for (const auto& item : options.target_gmv.by_timestamp) TIEOUT_CHECK(check(item.second));
  for (const auto& item : options.target_gmv.by_time_of_day) TIEOUT_CHECK(check(item.second));
  return {};
}

bool always(double /*value*/) {
  return true;
}
bool positive(double value) {
  return value > 0.0;
}
bool not_negative(double value) {
  return value >= 0.0;
}

/// Take out of the input what is no number of its kind.
void ignore_bad(Grid& grid, bool (*allowed)(double), std::string_view name, std::string_view text,
                NoteCounter& notes) {
  for (std::size_t a = 0; a < grid.assets(); ++a) {
    for (double& value : grid.column(a)) {
      if (std::isnan(value) || (std::isfinite(value) && allowed(value))) continue;
      value = kNaN;
      notes.add(name, text);
    }
  }
}

Status refuse_infinities(const ResearchInput& input) {
  for (std::size_t a = 0; a < input.assets.size(); ++a) {
    for (std::size_t row = 0; row < input.rows(); ++row) {
      if (!std::isinf(input.prediction.at(row, a))) continue;
      return Error{
          ErrorCode::kMalformedData,
          fmt::format("research_portfolio: the prediction of asset {} at {} is infinite, which "
                      "the reference cannot rank",
                      input.assets[a].value, to_iso(input.bars[row]))};
    }
  }
  return {};
}

std::vector<ColumnKey> keys_of(const std::vector<AssetId>& assets, const std::string& field) {
  std::vector<ColumnKey> keys;
  for (const AssetId asset : assets) keys.push_back({field, asset});
  return keys;
}

Panel panel_of(const ResearchInput& input, const Grid& grid, double factor) {
  Panel panel(keys_of(input.assets, "value"));
  panel.append_rows(input.bars);
  for (std::size_t a = 0; a < input.assets.size(); ++a) {
    for (std::size_t row = 0; row < input.rows(); ++row) {
      panel.set(row, a, factor * grid.at(row, a));
    }
  }
  return panel;
}

Result<Panel> all_statistics(const ResearchInput& input, const ResearchBooks& books,
                             const BookFrames& frames) {
  const Panel positions = panel_of(input, frames.holdings_notional, 1.0);
  const Panel flows = panel_of(input, frames.trades_notional, -1.0);
  const Panel pnl = panel_of(input, frames.pnl, 1.0);
  Panel spread;
  BarFrames bars{&positions, &flows, &pnl, nullptr};
  if (!input.spread.empty()) {
    spread = panel_of(input, input.spread, 1.0);
    bars.spread = &spread;
  }
  return compute_bar_metrics(
      bars, books.compute_extended_stats ? BarMetricsScope::kExtended : BarMetricsScope::kBasic);
}

}  // namespace

void ignore_bad_input(ResearchInput& input, NoteCounter& notes) {
  constexpr std::string_view kPrices =
      "prices that are not above zero, or infinite: taken as missing";
  ignore_bad(input.price, positive, "ignored_prices", kPrices, notes);
  ignore_bad(input.buy_price, positive, "ignored_prices", kPrices, notes);
  ignore_bad(input.sell_price, positive, "ignored_prices", kPrices, notes);
  ignore_bad(input.prediction, always, "ignored_predictions",
             "infinite predictions: taken as missing", notes);
  ignore_bad(input.volatility, not_negative, "ignored_volatilities",
             "volatilities below zero, or infinite: taken as missing", notes);
  ignore_bad(input.spread, not_negative, "ignored_spreads",
             "spreads below zero, or infinite: taken as missing", notes);
}

Result<ResearchProfile> parse_research_profile(std::string_view text) {
  for (const ResearchProfile profile :
       {ResearchProfile::kClean, ResearchProfile::kAsTraded, ResearchProfile::kReference}) {
    if (to_string(profile) == text) return profile;
  }
  return Error{
      ErrorCode::kInvalidConfig,
      fmt::format("research_portfolio: profile '{}' is not known, needed clean, as_traded or "
                  "reference",
                  text)};
}

std::string_view to_string(ResearchProfile profile) noexcept {
  switch (profile) {
    case ResearchProfile::kClean:
      return "clean";
    case ResearchProfile::kAsTraded:
      return "as_traded";
    case ResearchProfile::kReference:
      return "reference";
  }
  return "clean";
}

Result<ResearchPortfolio> assemble(const Panel& frame, const ResearchInput& input,
                                   const ResearchColumns& columns, const ResearchBooks& books,
                                   const BookFrames& frames) {
  if (books.burn_in_days > input.dates.back()) {
    return Error{ErrorCode::kMissingData,
                 fmt::format("research_portfolio: burn_in_days is {}, the frame has {} dates",
                             books.burn_in_days, input.dates.back() + 1)};
  }
  std::vector<ColumnKey> keys;
  const auto add_keys = [&](const std::string& field) {
    for (ColumnKey& key : keys_of(input.assets, field)) keys.push_back(std::move(key));
  };
  const std::vector<std::pair<std::string, const std::string*>> inputs = {
      {"price", &columns.price},
      {"volatility", &columns.volatility},
      {"prediction", &columns.prediction}};
  for (const auto& item : inputs) add_keys(item.first);
  const std::vector<std::pair<std::string, const Grid*>> outputs = {
      {"holdings_shares", &frames.holdings_shares},
      {"holdings_notional", &frames.holdings_notional},
      {"executed_trades_shares", &frames.trades_shares},
      {"executed_trades_notional", &frames.trades_notional},
      {"pnl", &frames.pnl}};
  for (const auto& item : outputs) add_keys(item.first);
  if (columns.spread) add_keys("spread");

  ResearchPortfolio out;
  out.portfolio = Panel(std::move(keys));
  out.portfolio.append_rows(frame.index());
  std::size_t next = 0;
  const auto copy_input = [&](const std::string& field) {
    for (const AssetId asset : input.assets) {
      const auto source = frame.find_column({field, asset});
      TIEOUT_ASSERT(source.has_value());
      const auto values = frame.column(*source);
      std::copy(values.begin(), values.end(), out.portfolio.column(next++).begin());
    }
  };
  for (const auto& item : inputs) copy_input(*item.second);
  const auto is_kept = [&](std::size_t row) {
    return row >= books.burn_in_bars && input.dates[row] >= books.burn_in_days;
  };
  for (const auto& item : outputs) {
    for (std::size_t a = 0; a < input.assets.size(); ++a, ++next) {
      for (std::size_t row = 0; row < input.rows(); ++row) {
        if (is_kept(row)) out.portfolio.set(input.source_rows[row], next, item.second->at(row, a));
      }
    }
  }
  if (columns.spread) copy_input(*columns.spread);

  TIEOUT_TRY(const Panel statistics, all_statistics(input, books, frames));
  out.statistics = Panel(statistics.columns());
  if (books.reindex_like_input) out.statistics.append_rows(frame.index());
  for (std::size_t row = 0; row < input.rows(); ++row) {
    if (!is_kept(row)) continue;
    if (!books.reindex_like_input) out.statistics.append_row(input.bars[row]);
    const std::size_t to =
        books.reindex_like_input ? input.source_rows[row] : out.statistics.row_count() - 1;
    for (std::size_t c = 0; c < statistics.column_count(); ++c) {
      out.statistics.set(to, c, statistics.at(row, c));
    }
  }
  return out;
}

Result<ResearchPortfolio> research_portfolio(const Panel& frame, const ResearchOptions& options) {
  TIEOUT_CHECK(check_options(options.sizing));
  TIEOUT_CHECK(check_schedule(options));
  TIEOUT_TRY(ResearchInput input, trim_input(frame, options.columns, options.books.zone));
  TIEOUT_TRY(const ShareRounding rounding, ShareRounding::of(options.books, input.assets));
  NoteCounter notes;
  const bool as_reference = options.profile == ResearchProfile::kReference;
  if (as_reference) {
    TIEOUT_CHECK(refuse_infinities(input));
  } else {
    ignore_bad_input(input, notes);
  }
  const Grid targets = research_targets(input, options, notes);
  BookFrames books;
  if (as_reference) {
    TIEOUT_TRY(books, reference_books(input, options, rounding, targets, notes));
  } else {
    books = clean_books(input, options, rounding, targets, notes);
  }
  TIEOUT_TRY(ResearchPortfolio out, assemble(frame, input, options.columns, options.books, books));
  out.notes = notes.take();
  return out;
}

}  // namespace tieout::analytics
