#include <cmath>

#include <fmt/format.h>

#include "research_grid.hpp"

// The reference's steps over whole columns, in its order, because the order is the rule: what is
// NaN after one step decides the next. Kept apart from the clean books, which walk bar by bar.
namespace tieout::analytics {
namespace {

/// pandas' a.subtract(b, fill_value=0): one missing side is 0, two are missing.
double minus_filled(double a, double b) noexcept {
  if (std::isnan(a)) return std::isnan(b) ? kNaN : 0.0 - b;
  return std::isnan(b) ? a - 0.0 : a - b;
}

void fill_forward(Grid& grid, std::size_t limit, const std::vector<std::size_t>* within) {
  if (limit == 0) return;
  for (std::size_t a = 0; a < grid.assets(); ++a) {
    std::size_t age = limit;
    double last = kNaN;
    for (std::size_t row = 0; row < grid.rows(); ++row) {
      if (within != nullptr && row > 0 && (*within)[row] != (*within)[row - 1]) last = kNaN;
      double& value = grid.at(row, a);
      if (!std::isnan(value)) {
        last = value;
        age = 0;
      } else if (!std::isnan(last) && age < limit) {
        value = last;
        ++age;
      }
    }
  }
}

Grid shifted(const Grid& grid) {
  Grid out(grid.rows(), grid.assets());
  for (std::size_t a = 0; a < grid.assets(); ++a) {
    for (std::size_t row = 1; row < grid.rows(); ++row) out.at(row, a) = grid.at(row - 1, a);
  }
  return out;
}

class ReferenceBooks {
 public:
  ReferenceBooks(const ResearchInput& input, const ResearchOptions& options, NoteCounter& notes)
      : input_(input), options_(options), notes_(notes) {}

  Result<BookFrames> compute(const ShareRounding& rounding, const Grid& targets) {
    BookFrames frames(input_.rows(), input_.assets.size());
    Grid wanted(input_.rows(), input_.assets.size());
    each([&](std::size_t row, std::size_t a) {
      wanted.at(row, a) = rounding.as_reference(targets.at(row, a) / input_.price.at(row, a), a);
    });
    frames.holdings_shares = shifted(wanted);
    adjust_overnight(frames.holdings_shares);
    TIEOUT_CHECK(hold_unfilled(frames.holdings_shares));
    trade(frames);
    TIEOUT_TRY(const Grid prices, execution_prices(frames.holdings_shares));
    each([&](std::size_t row, std::size_t a) {
      frames.trades_notional.at(row, a) = frames.trades_shares.at(row, a) * prices.at(row, a);
      frames.holdings_notional.at(row, a) =
          frames.holdings_shares.at(row, a) * input_.price.at(row, a);
    });
    const Grid before = shifted(frames.holdings_notional);
    each([&](std::size_t row, std::size_t a) {
      frames.pnl.at(row, a) =
          minus_filled(minus_filled(frames.holdings_notional.at(row, a), before.at(row, a)),
                       frames.trades_notional.at(row, a));
    });
    count_hidden(frames);
    return frames;
  }

 private:
  template <typename F>
  void each(const F& f) const {
    for (std::size_t a = 0; a < input_.assets.size(); ++a) {
      for (std::size_t row = 0; row < input_.rows(); ++row) f(row, a);
    }
  }

  void adjust_overnight(Grid& holdings) {
    if (options_.books.liquidate_at_end_of_day) {
      each([&](std::size_t row, std::size_t a) {
        if (input_.last_of_date(row)) holdings.at(row, a) = 0.0;
        if (input_.first_of_date(row)) holdings.at(row, a) *= 0.0;
      });
    } else if (options_.adjust_for_splits) {
      split(holdings);
    }
    fill_forward(holdings, options_.ffill_limit, &input_.dates);
  }

  /// The last date before that of `row` at which any asset has holdings; its end, or nothing.
  double holdings_before(const std::vector<double>& end_of_date,
                         const std::vector<bool>& date_has_holdings, std::size_t date) const {
    if (!date_has_holdings[date]) return kNaN;
    while (date > 0) {
      --date;
      if (date_has_holdings[date]) return end_of_date[date];
    }
    return kNaN;
  }

  /// The first bar of each date holds what the date before ended with, times the split.
  void split(Grid& holdings) {
    const std::size_t date_count = input_.dates.back() + 1;
    std::vector<bool> date_has_holdings(date_count, false);
    each([&](std::size_t row, std::size_t a) {
      if (!std::isnan(holdings.at(row, a))) date_has_holdings[input_.dates[row]] = true;
    });
    for (std::size_t a = 0; a < input_.assets.size(); ++a) {
      std::vector<double> first(date_count, kNaN);
      std::vector<double> last(date_count, kNaN);
      std::vector<double> end_of_date(date_count, kNaN);
      for (std::size_t row = 0; row < input_.rows(); ++row) {
        const std::size_t date = input_.dates[row];
        const double price = input_.price.at(row, a);
        if (std::isnan(first[date])) first[date] = price;
        if (!std::isnan(price)) last[date] = price;
        if (!std::isnan(holdings.at(row, a))) end_of_date[date] = holdings.at(row, a);
      }
      for (std::size_t row = 0; row < input_.rows(); ++row) {
        if (!input_.first_of_date(row)) continue;
        const std::size_t date = input_.dates[row];
        const double change = date == 0 ? kNaN : (first[date] - last[date - 1]) / last[date - 1];
        const double factor = std::nearbyint(1.0 / (1.0 + change));
        if (factor == 0.0) {
          notes_.add("vanished_by_split",
                     "overnight positions that the reference's split rule multiplies by 0, as the "
                     "price rose to twice its value or more");
        }
        holdings.at(row, a) = holdings_before(end_of_date, date_has_holdings, date) * factor;
      }
    }
  }

  Status hold_unfilled(Grid& holdings) {
    if (input_.buy_price.empty()) return {};
    constexpr std::size_t kMarkFill = 2;
    constexpr int kMostRounds = 100;
    Grid marks = input_.price;
    fill_forward(marks, kMarkFill, nullptr);
    const Grid ideal = holdings;
    const auto cannot_fill = [&](const Grid& side, std::size_t row, std::size_t a) {
      return std::isnan(input_.last_of_date(row) ? marks.at(row, a) : side.at(row, a));
    };
    for (int round = 1;; ++round) {
      Grid forced = holdings;
      std::size_t count = 0;
      each([&](std::size_t row, std::size_t a) {
        if (row == 0) return;
        const double change = holdings.at(row, a) - holdings.at(row - 1, a);
        if ((change > 0.0 && cannot_fill(input_.buy_price, row, a)) ||
            (change < 0.0 && cannot_fill(input_.sell_price, row, a))) {
          forced.at(row, a) = kNaN;
          ++count;
        }
      });
      if (count == 0) return {};
      if (round + 1 >= kMostRounds) {
        return Error{
            ErrorCode::kMalformedData,
            fmt::format("research_portfolio: the reference's underfill rule still moves {} "
                        "positions after {} rounds; the profile clean has no such limit",
                        count, kMostRounds)};
      }
      fill_forward(forced, 1, nullptr);
      each([&](std::size_t row, std::size_t a) {
        holdings.at(row, a) = std::isnan(forced.at(row, a)) ? ideal.at(row, a) : forced.at(row, a);
      });
    }
  }

  void trade(BookFrames& frames) {
    const Grid before = shifted(frames.holdings_shares);
    each([&](std::size_t row, std::size_t a) {
      double traded = minus_filled(frames.holdings_shares.at(row, a), before.at(row, a));
      if (input_.first_of_date(row) && options_.books.initialize_beginning_of_day_trades_to_zero) {
        if (traded != 0.0 && !std::isnan(traded)) {
          notes_.add(
              "unbooked_overnight_changes",
              "positions that change at the first bar of a date without a trade, so that the "
              "change is PnL");
        }
        traded *= 0.0;
      }
      frames.trades_shares.at(row, a) = traded;
    });
  }

  Result<Grid> execution_prices(const Grid& holdings) {
    Grid prices = input_.price;
    fill_forward(prices, options_.ffill_limit, nullptr);
    if (!input_.buy_price.empty()) {
      TIEOUT_TRY(prices, spliced(holdings, prices));
    }
    fill_forward(prices, options_.ffill_limit, nullptr);
    return prices;
  }

  /// Buy prices where a position grows, sell prices where it shrinks, the mark at each side's own
  /// last bar of a date; nothing where the position stays or begins.
  Result<Grid> spliced(const Grid& holdings, const Grid& marks) {
    const std::vector<bool> buy_ends = ends_of_dates(input_.buy_price);
    const std::vector<bool> sell_ends = ends_of_dates(input_.sell_price);
    Grid prices(input_.rows(), input_.assets.size());
    std::size_t without = 0;
    each([&](std::size_t row, std::size_t a) {
      const double change = row == 0 ? kNaN : holdings.at(row, a) - holdings.at(row - 1, a);
      if (!(change > 0.0) && !(change < 0.0)) return;
      const Grid& side = change > 0.0 ? input_.buy_price : input_.sell_price;
      const bool at_mark = (change > 0.0 ? buy_ends : sell_ends)[row];
      prices.at(row, a) = at_mark ? marks.at(row, a) : side.at(row, a);
      without += std::isnan(prices.at(row, a)) ? 1U : 0U;
    });
    if (without > 0) {
      return Error{
          ErrorCode::kMalformedData,
          fmt::format("research_portfolio: {} trades have no buy or sell price and cannot be "
                      "held under the reference's rule; the profile clean waits",
                      without)};
    }
    return prices;
  }

  std::vector<bool> ends_of_dates(const Grid& side) const {
    std::vector<bool> ends(input_.rows(), false);
    std::size_t date_seen = input_.dates.back() + 1;
    for (std::size_t row = input_.rows(); row-- > 0;) {
      bool any = false;
      for (std::size_t a = 0; a < input_.assets.size(); ++a)
        any = any || !std::isnan(side.at(row, a));
      if (any && input_.dates[row] != date_seen) {
        ends[row] = true;
        date_seen = input_.dates[row];
      }
    }
    return ends;
  }

  void count_hidden(const BookFrames& frames) {
    std::vector<std::size_t> price_age(input_.assets.size(), 0);
    each([&](std::size_t row, std::size_t a) {
      const double held = frames.holdings_shares.at(row, a);
      const bool has_price = !std::isnan(input_.price.at(row, a));
      price_age[a] = has_price ? 0 : price_age[a] + 1;
      if (!has_price && !std::isnan(held) && held != 0.0) {
        notes_.add(
            "vanished_positions",
            "cells where a held position has no value because the bar has no price: PnL loses "
            "it and finds it again");
      }
      const double traded = frames.trades_shares.at(row, a);
      if (std::isnan(traded) || traded == 0.0) return;
      if (input_.buy_price.empty() && price_age[a] > 0 &&
          !std::isnan(frames.trades_notional.at(row, a))) {
        notes_.add("trades_at_older_price", "trades executed at the price of an earlier bar");
        notes_.add("trades_at_twice_filled_price",
                   "trades executed at a price older than ffill_limit bars",
                   price_age[a] > options_.ffill_limit ? 1 : 0);
      }
      if (std::isnan(frames.trades_notional.at(row, a))) {
        notes_.add("unpriced_trades", "trades without a price: their whole value becomes PnL");
      }
      if (std::isnan(held)) {
        notes_.add("positions_dropped",
                   "positions given up because a target was missing for too long or over night");
      }
    });
  }

  const ResearchInput& input_;
  const ResearchOptions& options_;
  NoteCounter& notes_;
};

}  // namespace

Result<BookFrames> reference_books(const ResearchInput& input, const ResearchOptions& options,
                                   const ShareRounding& rounding, const Grid& targets,
                                   NoteCounter& notes) {
  return ReferenceBooks(input, options, notes).compute(rounding, targets);
}

}  // namespace tieout::analytics
