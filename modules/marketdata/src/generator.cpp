#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/marketdata/feed.hpp"

#include "decimal_ticks.hpp"
#include "draws.hpp"

// Prices are a random walk of whole ticks. Only + - * / and sqrt are used, which IEEE 754 defines
// to the last bit, and no function of libm: a seed gives the same bars on every platform. Normal
// numbers are sums of four uniform ones.
namespace tieout::marketdata {
namespace {

constexpr std::size_t kSectors = 8;
constexpr std::size_t kSteps =
    6;  // Of ten seconds: enough for open, high, low and close to differ.
constexpr double kRootSteps = 2.449489742783178;
constexpr double kBp = 1e-4;
constexpr double kHalfLifeFactor =
    0.98851402035289613;  // 0.5^(1/60): volatility forgets half in an hour.
// Relative volatility by hour of the day, UTC (market_data_synthetic_generator.md 3).
constexpr std::array<double, 24> kHourOfDay{.91,  .75,  .70,  .85,  .76,  .70,  .68,  .70,
                                            1.00, .81,  .97,  .94,  .91,  1.13, 1.29, 1.20,
                                            1.12, 1.10, 1.13, 1.29, 1.31, 1.14, 1.21, .94};

CounterRng stream(std::uint64_t seed, std::uint64_t who, Purpose purpose) {
  return {seed, (who << 8) | static_cast<std::uint64_t>(purpose)};
}

double unit(std::uint32_t word) {
  return static_cast<double>(word) * 0x1p-32;
}

/// Nearly normal, sd 1: the sum of the block's four uniforms.
double bell(const std::array<std::uint32_t, 4>& words) {
  const double sum = unit(words[0]) + unit(words[1]) + unit(words[2]) + unit(words[3]);
  return (sum - 2.0) * 1.7320508075688772;
}

/// Fatter tails than bell(), about the same sd.
double fat_bell(const std::array<std::uint32_t, 4>& words) {
  const double z = bell(words);
  return z * (0.64 + 0.124 * z * z);
}

/// What the seed says about one asset, and where its walk is.
struct AssetState {
  AssetId id;
  std::string full_symbol;
  std::uint64_t number = 0;
  DecimalTicks grid;
  double sigma = 0;        // Standard deviation of a one-minute return.
  double half_spread = 0;  // Ticks.
  double quiet_start = 0;  // Probability that a minute without trades follows one with trades.
  double lots_per_minute = 0;
  std::size_t sector = 0;
  double mid = 0;             // Ticks.
  double volatility = 0;      // AR(1) state, sd 1.
  double activity = 0;        // AR(1) state of the volume, sd 1.
  std::size_t quiet_run = 0;  // Minutes without trades up to now.
};

AssetState make_asset(std::uint64_t seed, std::uint64_t number, std::string symbol, AssetId id) {
  const CounterRng rng = stream(seed, number, Purpose::kAssetTraits);
  AssetState asset;
  asset.id = id;
  asset.full_symbol = std::move(symbol);
  asset.number = number;
  const double rank = rng.uniform(0);  // 0 is the most liquid.
  const double u = rng.uniform(1);
  asset.sigma = (8.0 + 47.0 * u * u * u) * kBp;  // Median 14 bp.
  constexpr std::array<double, 3> kScale{1.0, 10.0, 100.0};
  const auto scale = static_cast<std::size_t>(rng.uniform(2) * 3.0);
  asset.mid = std::floor((1000.0 + 9000.0 * rng.uniform(3)) * kScale[scale]);
  asset.grid.decimals = 1 + static_cast<int>(rng.uniform(4) * 6.0);
  asset.half_spread = (0.03 + 2.5 * rank * rank * rank * rank) * kBp;
  // The most liquid third trades in every minute; the last has no trade in 17 % of them, in runs of
  // mean 1 / 0.73.
  const double illiquid = std::max(0.0, (rank - 1.0 / 3.0) * 1.5);
  const double quiet = 0.17 * illiquid * illiquid;
  asset.quiet_start = 0.73 * quiet / (1.0 - quiet);
  asset.lots_per_minute = 200.0 + 200'000.0 * (1.0 - rank) * (1.0 - rank) * rng.uniform(5);
  asset.sector = static_cast<std::size_t>(rng.uniform(6) * static_cast<double>(kSectors));
  return asset;
}

/// What all assets share in one minute.
struct MinuteFactors {
  std::uint64_t counter = 0;
  std::array<double, kSteps> market{};
  std::array<std::array<double, kSteps>, kSectors> sector{};
  double hour = 1;
};

MinuteFactors factors_at(std::uint64_t seed, Timestamp start) {
  MinuteFactors factors;
  factors.counter = static_cast<std::uint64_t>(floor_to(start, minutes(1)).ns / minutes(1).ns);
  const std::int64_t hour = floor_to(start, hours(1)).ns / hours(1).ns;
  factors.hour = kHourOfDay[static_cast<std::size_t>(((hour % 24) + 24) % 24)];
  const CounterRng market = stream(seed, 0, Purpose::kMarket);
  for (std::size_t step = 0; step < kSteps; ++step) {
    factors.market[step] = fat_bell(market.block(factors.counter * kSteps + step));
    for (std::size_t s = 0; s < kSectors; ++s) {
      const CounterRng sector = stream(seed, s + 1, Purpose::kSector);
      factors.sector[s][step] = fat_bell(sector.block(factors.counter * kSteps + step));
    }
  }
  return factors;
}

struct Ticks {
  std::int64_t open = 0, high = 0, low = 0, close = 0;
};

/// Walk the mid through the minute; a trade in every step hits the bid or lifts the ask. Gives the
/// trades' bar.
Ticks walk(AssetState& asset, std::uint64_t seed, const MinuteFactors& factors) {
  // Shares of the variance: market 0.4, sector 0.1, own 0.5.
  constexpr double kMarket = 0.6324555320336759, kSector = 0.31622776601683794,
                   kOwn = 0.7071067811865476;
  const CounterRng rng = stream(seed, asset.number, Purpose::kMinute);
  const double level = std::clamp(1.0 + 0.5 * asset.volatility, 0.3, 4.0);
  const double step_sigma = asset.sigma * factors.hour * level / kRootSteps;
  Ticks bar;
  for (std::size_t step = 0; step < kSteps; ++step) {
    const auto words = rng.block(factors.counter * kSteps + step);
    const double shock = kMarket * factors.market[step] +
                         kSector * factors.sector[asset.sector][step] + kOwn * fat_bell(words);
    asset.mid = std::max(100.0, asset.mid * (1.0 + step_sigma * shock));
    const bool lifts_ask = (words[0] & 1U) != 0;  // The lowest bit hardly moves the shock.
    const double half_spread = asset.mid * asset.half_spread;
    const double edge = lifts_ask ? std::floor(asset.mid + half_spread + 0.5)
                                  : std::ceil(asset.mid - half_spread - 0.5);
    const auto price = static_cast<std::int64_t>(edge);
    if (step == 0) {
      bar = {price, price, price, price};
    }
    bar.high = std::max(bar.high, price);
    bar.low = std::min(bar.low, price);
    bar.close = price;
  }
  return bar;
}

/// Whether the asset trades in this minute.
bool trades(AssetState& asset, std::uint64_t seed, std::uint64_t counter) {
  constexpr double kQuietGoesOn = 0.27;
  constexpr std::size_t kLongestQuiet = 9;
  const double draw = stream(seed, asset.number, Purpose::kTrades).uniform(counter);
  const double probability = asset.quiet_run > 0 ? kQuietGoesOn : asset.quiet_start;
  const bool quiet = draw < probability && asset.quiet_run < kLongestQuiet;
  asset.quiet_run = quiet ? asset.quiet_run + 1 : 0;
  return !quiet;
}

/// Volume in thousandths: more when much moves, with a memory of its own.
double volume_of(AssetState& asset, std::uint64_t seed, std::uint64_t counter, const Ticks& bar) {
  constexpr double kMemory = 0.5;
  constexpr double kFresh = 0.8660254037844386;  // sqrt(1 - kMemory^2)
  const double z = bell(stream(seed, asset.number, Purpose::kVolume).block(counter));
  asset.activity = kMemory * asset.activity + kFresh * z;
  const double range = static_cast<double>(bar.high - bar.low) / (asset.mid * asset.sigma);
  const double positive = 1.0 + 0.3 * asset.activity;
  const double shape = positive * positive * positive * positive * (0.3 + 0.5 * range);
  const double lots = std::floor(asset.lots_per_minute * std::max(0.0, shape)) + 1.0;
  return lots / 1000.0;
}

void step_volatility(AssetState& asset, std::uint64_t seed, std::uint64_t counter) {
  constexpr double kShock = 0.1511;  // sqrt(1 - kHalfLifeFactor^2)
  const double z = bell(stream(seed, asset.number, Purpose::kVolatility).block(counter));
  asset.volatility = kHalfLifeFactor * asset.volatility + kShock * z;
}

/// Assets 1, 2, ..., without those whose id is taken by an earlier one; ascending by id.
std::vector<AssetState> make_assets(const GeneratorOptions& options) {
  std::vector<AssetState> assets;
  std::set<AssetId> taken;
  for (std::uint64_t number = 1; assets.size() < options.asset_count; ++number) {
    std::string symbol = fmt::format("synth::A{:04}_USDT", number);
    const auto id = asset_id_of(symbol);
    TIEOUT_ASSERT(id.ok());
    if (taken.insert(*id).second) {
      assets.push_back(make_asset(options.seed, number, std::move(symbol), *id));
    }
  }
  std::ranges::sort(assets, {}, &AssetState::id);
  return assets;
}

}  // namespace

std::vector<BarVersion> generate_bars(const GeneratorOptions& options) {
  TIEOUT_ASSERT(TimeGrid{minutes(1)}.contains(options.start));
  std::vector<AssetState> assets = make_assets(options);
  std::vector<BarVersion> bars;
  bars.reserve(assets.size() * options.minutes);
  for (std::size_t minute = 0; minute < options.minutes; ++minute) {
    const Timestamp start = options.start + minutes(static_cast<std::int64_t>(minute));
    const MinuteFactors factors = factors_at(options.seed, start);
    for (AssetState& asset : assets) {
      step_volatility(asset, options.seed, factors.counter);
      const Ticks ticks = walk(asset, options.seed, factors);
      const double volume = volume_of(asset, options.seed, factors.counter, ticks);
      if (!trades(asset, options.seed, factors.counter)) {
        continue;
      }
      BarVersion& bar = bars.emplace_back();
      bar.asset = asset.id;
      bar.full_symbol = asset.full_symbol;
      bar.start = start;
      bar.end = start + minutes(1);
      bar.open = asset.grid.from_ticks(ticks.open);
      bar.high = asset.grid.from_ticks(ticks.high);
      bar.low = asset.grid.from_ticks(ticks.low);
      bar.close = asset.grid.from_ticks(ticks.close);
      bar.volume = volume;
      bar.end_download = bar.end;
      bar.knowledge = bar.end;
    }
  }
  return bars;
}

}  // namespace tieout::marketdata
