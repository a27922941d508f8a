#include "tieout/oms/limit_price.hpp"

#include <cmath>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

constexpr Duration kStep = milliseconds(100);
constexpr double kStepsInASecond = 10.0;

Error refuse(std::string_view key, double found, std::string_view needed) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("limit price: {} is {}, needed {}", key, format_double(found), needed)};
}

double mean_of(std::span<const TopOfBook> quotes, double TopOfBook::*side) {
  std::vector<double> values;
  values.reserve(quotes.size());
  for (const TopOfBook& quote : quotes) {
    values.push_back(quote.*side);
  }
  return mean_price(values);
}

void by_spread(const SpreadPriceOptions& options, std::span<const TopOfBook> quotes, Side side,
               LimitPrice& price) {
  const auto used = [&options](double latest, double mean) {
    return std::abs(latest - mean) / latest > options.max_deviation ? mean : latest;
  };
  price.passivity_factor = options.passivity_factor;
  price.bid_price_mean = mean_of(quotes, &TopOfBook::bid_price);
  price.ask_price_mean = mean_of(quotes, &TopOfBook::ask_price);
  price.used_bid_price = used(price.latest_bid_price, price.bid_price_mean);
  price.used_ask_price = used(price.latest_ask_price, price.ask_price_mean);
  const bool buys = side == Side::kBuy;
  const double near = buys ? price.used_bid_price : price.used_ask_price;
  const double far = buys ? price.used_ask_price : price.used_bid_price;
  price.limit_price = near * options.passivity_factor + far * (1.0 - options.passivity_factor);
}

// Squares of the steps of one side on the grid of 100 ms, where the last quote of a step stands for
// it and is carried forward: steps without a quote add nothing.
double sum_of_squares(std::span<const TopOfBook> quotes, double TopOfBook::*side) {
  double sum = 0.0;
  double before = std::nan("");
  for (std::size_t i = 0; i < quotes.size(); ++i) {
    const bool last_of_step = i + 1 == quotes.size() || floor_to(quotes[i + 1].timestamp, kStep) !=
                                                            floor_to(quotes[i].timestamp, kStep);
    if (!last_of_step) {
      continue;
    }
    if (!std::isnan(before)) {
      const double step = quotes[i].*side - before;
      sum += step * step;
    }
    before = quotes[i].*side;
  }
  return sum;
}

void by_volatility(std::span<const TopOfBook> quotes, const WaveOfAsset& wave, double multiple,
                   LimitPrice& price) {
  const Timestamp first = floor_to(quotes.front().timestamp, kStep);
  const Timestamp last = floor_to(quotes.back().timestamp, kStep);
  const std::int64_t steps = (last - first).ns / kStep.ns;
  const auto count = static_cast<double>(steps);
  const double bid_sum = sum_of_squares(quotes, &TopOfBook::bid_price);
  const double ask_sum = sum_of_squares(quotes, &TopOfBook::ask_price);
  price.volatility_multiple = multiple;
  price.num_data_points_resampled = steps + 1;
  price.scaling_multiplier = std::sqrt(kStepsInASecond * to_seconds(wave.frequency));
  price.latest_mid_price = (price.latest_ask_price + price.latest_bid_price) / 2.0;
  price.spread = price.latest_ask_price - price.latest_bid_price;
  price.spread_bps = 1e4 * price.spread / price.latest_mid_price;
  if (steps == 0) {
    return;
  }
  price.bid_vol = std::sqrt(bid_sum / count) * price.scaling_multiplier;
  price.bid_vol_bps = 1e4 * price.bid_vol / price.latest_bid_price;
  price.ask_vol = std::sqrt(ask_sum / count) * price.scaling_multiplier;
  price.ask_vol_bps = 1e4 * price.ask_vol / price.latest_ask_price;
  price.total_vol = std::sqrt((bid_sum + ask_sum) / (count + count)) * price.scaling_multiplier;
  price.total_vol_bps = 1e4 * price.total_vol / price.latest_mid_price;
  price.total_vol_to_spread_bps = price.total_vol_bps / price.spread_bps;
  price.limit_price = wave.side == Side::kBuy ? price.latest_ask_price - price.total_vol * multiple
                                              : price.latest_bid_price + price.total_vol * multiple;
}

}  // namespace

std::string_view name_of(const LimitPriceOptions& options) noexcept {
  return std::holds_alternative<SpreadPriceOptions>(options) ? "LimitPriceComputerUsingSpread"
                                                             : "LimitPriceComputerUsingVolatility";
}

Status check_limit_price(const LimitPriceOptions& options) {
  if (const auto* spread = std::get_if<SpreadPriceOptions>(&options)) {
    if (!(spread->passivity_factor >= 0.0 && spread->passivity_factor <= 1.0)) {
      return refuse("passivity_factor", spread->passivity_factor, "a number in [0, 1]");
    }
    if (!(spread->max_deviation > 0.0 && spread->max_deviation < 1.0)) {
      return refuse("max_deviation", spread->max_deviation, "a number in (0, 1)");
    }
    return {};
  }
  const auto& multiples = std::get<VolatilityPriceOptions>(options).multiples;
  if (multiples.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "limit price: volatility_multiple is empty, needed a number or a list of them"};
  }
  for (const double multiple : multiples) {
    if (!(multiple >= 0.0 && std::isfinite(multiple))) {
      return refuse("volatility_multiple", multiple, "finite numbers of 0 or more");
    }
  }
  return {};
}

Result<LimitPrice> compute_limit_price(const LimitPriceOptions& options,
                                       std::span<const TopOfBook> quotes, const WaveOfAsset& wave) {
  TIEOUT_ASSERT(!quotes.empty());
  const TopOfBook& latest = quotes.back();
  LimitPrice price;
  price.wave_id = wave.wave_id;
  price.num_data_points = static_cast<std::int64_t>(quotes.size());
  price.exchange_timestamp = latest.timestamp;
  price.knowledge_timestamp = latest.knowledge;
  price.end_download_timestamp = latest.end_download;
  price.latest_bid_price = latest.bid_price;
  price.latest_ask_price = latest.ask_price;
  price.latest_bid_size = latest.bid_size;
  price.latest_ask_size = latest.ask_size;
  if (const auto* spread = std::get_if<SpreadPriceOptions>(&options)) {
    by_spread(*spread, quotes, wave.side, price);
  } else {
    const auto& multiples = std::get<VolatilityPriceOptions>(options).multiples;
    const std::size_t place = multiples.size() == 1 ? 0 : static_cast<std::size_t>(wave.wave_id);
    if (wave.wave_id < 0 || place >= multiples.size()) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("limit price: volatility_multiple has {} entries, none for wave {}",
                               multiples.size(), wave.wave_id)};
    }
    by_volatility(quotes, wave, multiples[place], price);
  }
  price.limit_price = round_decimals(price.limit_price, wave.price_decimals);
  return price;
}

}  // namespace tieout::oms
