#pragma once

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tieout/analytics/gaussian_rank.hpp"
#include "tieout/analytics/research_portfolio.hpp"
#include "tieout/core/numbers.hpp"

// The slow, obvious research portfolio: one asset at a time, series as maps from bar to number, a
// missing number is absent. Cross-sectional, without spread; written from
// docs/formats/research_portfolio.md.
namespace tieout::analytics::oracle {

using Series = std::map<Timestamp, double>;
using Frame = std::map<AssetId, Series>;

struct Books {
  Frame holdings_shares, holdings_notional, executed_trades_shares, executed_trades_notional, pnl;
};

struct Input {
  std::vector<Timestamp> bars;  // with a price, after the first prediction and volatility
  Frame price, volatility, prediction, buy, sell;
};

inline std::optional<double> get(const Series& series, Timestamp bar) {
  const auto it = series.find(bar);
  return it == series.end() ? std::nullopt : std::optional<double>(it->second);
}

inline Frame frame_of(const Panel& panel, const std::string& field) {
  Frame frame;
  for (const std::size_t c : panel.columns_of(field)) {
    Series& series = frame[panel.columns()[c].asset];
    for (std::size_t row = 0; row < panel.row_count(); ++row) {
      if (!std::isnan(panel.at(row, c))) series[panel.index()[row]] = panel.at(row, c);
    }
  }
  return frame;
}

inline std::optional<Timestamp> first_of(const Frame& frame, const std::vector<Timestamp>& bars) {
  for (const Timestamp bar : bars) {
    for (const auto& item : frame) {
      if (get(item.second, bar)) return bar;
    }
  }
  return std::nullopt;
}

inline Input input_of(const Panel& panel) {
  Input input;
  input.price = frame_of(panel, "price");
  input.volatility = frame_of(panel, "volatility");
  input.prediction = frame_of(panel, "prediction");
  input.buy = frame_of(panel, "buy");
  input.sell = frame_of(panel, "sell");
  std::vector<Timestamp> active;
  for (const Timestamp bar : panel.index()) {
    if (first_of(input.price, {bar})) active.push_back(bar);
  }
  const auto prediction = first_of(input.prediction, active);
  const auto volatility = first_of(input.volatility, active);
  for (const Timestamp bar : active) {
    if (prediction && volatility && bar >= *prediction && bar >= *volatility) {
      input.bars.push_back(bar);
    }
  }
  return input;
}

/// Dollars that each asset should be at the bar.
inline std::map<AssetId, double> targets_at(const Input& input, const ResearchOptions& options,
                                            Timestamp bar) {
  const auto& sizing = std::get<CrossSectionalOptions>(options.sizing);
  const bool exact = options.profile == ResearchProfile::kClean;
  std::vector<double> row;
  for (const auto& item : input.prediction) {
    row.push_back(get(item.second, bar).value_or(std::nan("")));
  }
  const std::vector<double> ranked = row.size() > 1 ? gaussian_rank(row) : row;
  std::size_t valid = 0;
  for (const double x : row) valid += std::isnan(x) ? 0U : 1U;
  std::map<AssetId, double> weights;
  double sum = 0.0;
  std::size_t i = 0;
  for (const auto& item : input.prediction) {
    const double x = row[i];
    double sign = std::isnan(ranked[i]) ? std::nan("") : double((ranked[i] > 0) - (ranked[i] < 0));
    ++i;
    if (exact && !std::isnan(x)) {
      int below = 0;
      int above = 0;
      for (const double other : row) {
        below += other < x ? 1 : 0;
        above += other > x ? 1 : 0;
      }
      sign = valid == 1 ? double((x > 0) - (x < 0)) : double((below > above) - (below < above));
    }
    const auto volatility = get(input.volatility.at(item.first), bar);
    if (std::isnan(sign) || !volatility) continue;
    const double bounded = std::max(*volatility, sizing.volatility_lower_bound);
    weights[item.first] = sign / (bounded * bounded);
    sum += std::abs(weights[item.first]);
  }
  std::map<AssetId, double> targets;
  for (const auto& item : weights) {
    if (sum > 0.0) targets[item.first] = item.second / (sum / sizing.target_gmv);
  }
  return targets;
}

/// Whole shares wanted after each bar, by the price of that bar.
inline Frame wanted_shares(const Input& input, const ResearchOptions& options) {
  Frame wanted;
  for (const Timestamp bar : input.bars) {
    for (const auto& item : targets_at(input, options, bar)) {
      const auto price = get(input.price.at(item.first), bar);
      if (price) {
        wanted[item.first][bar] = round_decimals(item.second / *price, *options.books.quantization);
      }
    }
  }
  return wanted;
}

inline Timestamp date_of(Timestamp bar, const ResearchOptions& options) {
  return local_midnight(bar, options.books.zone);
}

/// The clean books of one asset.
inline void keep_books(Books& books, const Input& input, const ResearchOptions& options,
                       AssetId asset, const Series& wanted) {
  double held = 0.0;
  double value = 0.0;
  std::size_t idle = 0;
  for (std::size_t i = 0; i < input.bars.size(); ++i) {
    const Timestamp bar = input.bars[i];
    const bool first = i == 0 || date_of(bar, options) != date_of(input.bars[i - 1], options);
    const bool last =
        i + 1 == input.bars.size() || date_of(bar, options) != date_of(input.bars[i + 1], options);
    const auto target = i == 0 ? std::nullopt : get(wanted, input.bars[i - 1]);
    double wish = held;
    if (first && options.books.initialize_beginning_of_day_trades_to_zero) {
      wish = held;
    } else if (options.books.liquidate_at_end_of_day && (first || last)) {
      wish = 0.0;
    } else if (target) {
      wish = *target;
      idle = 0;
    } else if (++idle > options.ffill_limit) {
      wish = 0.0;
    }
    const auto price = get(input.price.at(asset), bar);
    auto fill = price;
    if (price && !last && options.columns.buy_price) {
      fill = get(wish > held ? input.buy.at(asset) : input.sell.at(asset), bar);
    }
    const double before = held;
    if (wish != held && fill) held = wish;
    double mark = 0.0;
    for (std::size_t k = 0; k <= i; ++k)
      mark = get(input.price.at(asset), input.bars[k]).value_or(mark);
    const double cost = held == before ? 0.0 : (held - before) * *fill;
    books.holdings_shares[asset][bar] = held;
    books.holdings_notional[asset][bar] = held * mark;
    books.executed_trades_shares[asset][bar] = held - before;
    books.executed_trades_notional[asset][bar] = cost;
    books.pnl[asset][bar] = held * mark - value - cost;
    value = held * mark;
  }
}

/// The last number of the `limit` bars before, but for those of another date when asked so.
inline std::optional<double> filled(const Series& series, const std::vector<Timestamp>& bars,
                                    std::size_t i, std::size_t limit,
                                    const ResearchOptions* same_date) {
  for (std::size_t back = 0; back <= limit && back <= i; ++back) {
    const Timestamp bar = bars[i - back];
    if (same_date != nullptr && date_of(bar, *same_date) != date_of(bars[i], *same_date)) break;
    if (const auto value = get(series, bar)) return value;
  }
  return std::nullopt;
}

/// The reference's books of one asset, without buy and sell prices and splits.
inline void keep_reference_books(Books& books, const Input& input, const ResearchOptions& options,
                                 AssetId asset, const Series& wanted) {
  const auto& bars = input.bars;
  Series raw;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const bool first = i == 0 || date_of(bars[i], options) != date_of(bars[i - 1], options);
    const bool last =
        i + 1 == bars.size() || date_of(bars[i], options) != date_of(bars[i + 1], options);
    if (i > 0 && get(wanted, bars[i - 1])) raw[bars[i]] = *get(wanted, bars[i - 1]);
    if (!options.books.liquidate_at_end_of_day) continue;
    if (last) raw[bars[i]] = 0.0;
    if (first && get(raw, bars[i])) raw[bars[i]] *= 0.0;
  }
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const Timestamp bar = bars[i];
    const bool first = i == 0 || date_of(bar, options) != date_of(bars[i - 1], options);
    const auto held = filled(raw, bars, i, options.ffill_limit, &options);
    if (held) books.holdings_shares[asset][bar] = *held;
    const auto before = i == 0 ? std::nullopt : get(books.holdings_shares[asset], bars[i - 1]);
    const auto price = get(input.price.at(asset), bar);
    if (held && price) books.holdings_notional[asset][bar] = *held * *price;
    std::optional<double> cost;
    if (held || before) {
      double traded = held.value_or(0.0) - before.value_or(0.0);
      if (first && options.books.initialize_beginning_of_day_trades_to_zero) traded *= 0.0;
      books.executed_trades_shares[asset][bar] = traded;
      const auto fill = filled(input.price.at(asset), bars, i, 2 * options.ffill_limit, nullptr);
      if (fill) cost = traded * *fill;
    }
    if (cost) books.executed_trades_notional[asset][bar] = *cost;
    const auto value = get(books.holdings_notional[asset], bar);
    const auto value_before =
        i == 0 ? std::nullopt : get(books.holdings_notional[asset], bars[i - 1]);
    if (value || value_before || cost) {
      books.pnl[asset][bar] = value.value_or(0.0) - value_before.value_or(0.0) - cost.value_or(0.0);
    }
  }
}

inline Books research(const Panel& panel, const ResearchOptions& options) {
  const Input input = input_of(panel);
  const Frame wanted = wanted_shares(input, options);
  Books books;
  for (const auto& item : input.price) {
    const auto own = wanted.find(item.first);
    const Series series = own == wanted.end() ? Series{} : own->second;
    if (options.profile == ResearchProfile::kReference) {
      keep_reference_books(books, input, options, item.first, series);
    } else {
      keep_books(books, input, options, item.first, series);
    }
  }
  return books;
}

}  // namespace tieout::analytics::oracle
