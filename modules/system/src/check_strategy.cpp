#include "tieout/system/check_strategy.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tieout/core/random.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/marketdata/feed.hpp"
#include "tieout/marketdata/import.hpp"
#include "tieout/marketdata/replay.hpp"

#include "market_prices.hpp"
#include "run_config.hpp"
#include "window.hpp"

namespace tieout::system {
namespace {

using dataflow::Observation;
using marketdata::BarVersion;

constexpr std::string_view kWho = "check_strategy";
/// 2023-11-08 09:30 in New York, a Wednesday: strategies that trade its day have values.
constexpr Timestamp kGeneratedStart{1'699'453'800'000'000'000};

/// Of one use of the generator's seed; draws are keyed by (seed, asset, use) and the instant.
double draw(std::uint64_t seed, AssetId asset, std::uint64_t use, Timestamp t) {
  const CounterRng rng(seed * 8 + use, static_cast<std::uint64_t>(asset.value));
  return rng.uniform(static_cast<std::uint64_t>(t.ns / seconds(1).ns));
}

/// Bars with what a feed lacks now and then: single minutes, and whole bars of an asset. A node
/// that fills gaps shows only where there are some.
std::vector<BarVersion> generate(const CheckStrategyOptions& options, Timestamp first,
                                 Timestamp last, Duration bar) {
  marketdata::GeneratorOptions generator;
  generator.seed = options.seed;
  generator.asset_count = options.asset_count;
  generator.start = floor_to(first, minutes(1));
  generator.minutes = static_cast<std::size_t>((last - generator.start).ns / minutes(1).ns);
  std::vector<BarVersion> rows = marketdata::generate_bars(generator);
  std::erase_if(rows, [&](const BarVersion& row) {
    return row.end > last || draw(options.seed, row.asset, 1, row.end) < 1.0 / 31 ||
           draw(options.seed, row.asset, 2, ceil_to(row.end, bar)) < 1.0 / 37;
  });
  return rows;
}

/// A dump, or a CSV of final bars.
Result<std::vector<BarVersion>> read_rows(const std::filesystem::path& path) {
  Result<std::vector<BarVersion>> rows = marketdata::read_dump(path);
  if (!rows.ok() && rows.error().code == ErrorCode::kSchemaMismatch) {
    rows = marketdata::import_bars_csv(path, {});
  }
  if (!rows.ok()) {
    return rows;
  }
  if (rows->empty()) {
    return Error{ErrorCode::kMissingData,
                 fmt::format("{}: '{}' holds no bar", kWho, path.string())};
  }
  return marketdata::nominal_versions(std::move(rows).value(), Duration{});
}

Result<Universe> universe_of(const CheckStrategyOptions& options,
                             const std::vector<BarVersion>& rows) {
  std::vector<std::string> symbols;
  for (const Asset& asset : options.universe) {
    symbols.push_back(asset.full_symbol);
  }
  for (std::size_t i = 0; options.universe.empty() && i < rows.size(); ++i) {
    symbols.push_back(rows[i].full_symbol);
  }
  std::ranges::sort(symbols);
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  return Universe::from_symbols(symbols);
}

/// First and last bar where the options do not say: a whole history before the first one if that
/// leaves a tenth of the data, else half of the data.
std::pair<Timestamp, Timestamp> default_window(const std::vector<BarVersion>& rows,
                                               Duration history, Duration bar) {
  const Timestamp first = rows.front().end;
  const Timestamp last = floor_to(rows.back().end, bar);
  const Duration span = last - first;
  const Duration before = history.ns <= span.ns / 10 * 9 ? history : Duration{span.ns / 2};
  return {std::min(ceil_to(first + before, bar), last), last};
}

/// The source's rows out of bars: a field that bars lack is generated.
class RowMaker {
 public:
  static Result<RowMaker> create(const dataflow::SourceSpec& source, std::uint64_t seed,
                                 std::vector<std::string>& warnings) {
    RowMaker maker(seed);
    for (const std::string& field : source.fields) {
      const auto member = bar_column(field);
      maker.members_.push_back(member.ok() ? *member : nullptr);
      if (!member.ok()) {
        warnings.push_back(
            fmt::format("market data have no column '{}': generated values stand in", field));
      }
    }
    return maker;
  }

  Observation make(const BarVersion& bar) const {
    Observation row{bar.end, bar.asset, {}};
    row.values.reserve(members_.size());
    for (std::size_t f = 0; f < members_.size(); ++f) {
      row.values.push_back(members_[f] != nullptr ? bar.*members_[f]
                                                  : draw(seed_, bar.asset, 3 + f, bar.end) - 0.5);
    }
    return row;
  }

 private:
  explicit RowMaker(std::uint64_t seed) : seed_(seed) {}
  std::uint64_t seed_;
  std::vector<double BarVersion::*> members_;
};

/// What the data and the options come to.
struct Plan {
  std::vector<BarVersion> rows;
  std::vector<Timestamp> bars;
  Universe universe;
};

Result<Plan> make_plan(const CheckStrategyOptions& options, Duration bar, Duration history,
                       std::vector<std::string>& warnings) {
  Plan plan;
  Timestamp start;
  Timestamp end;
  if (options.market_data.empty()) {
    start = options.start.value_or(ceil_to(kGeneratedStart, bar));
    end = options.end.value_or(floor_to(start + days(1) - nanoseconds(1), bar));
  } else {
    TIEOUT_TRY(plan.rows, read_rows(options.market_data));
    std::tie(start, end) = default_window(plan.rows, history, bar);
    start = options.start.value_or(start);
    end = options.end.value_or(end);
  }
  TIEOUT_TRY(plan.bars, expected_bars(kWho, start, end, bar));
  if (options.market_data.empty()) {
    plan.rows = generate(options, start - history, end, bar);
  }
  TIEOUT_TRY(plan.universe, universe_of(options, plan.rows));
  std::erase_if(plan.rows,
                [&](const BarVersion& row) { return !plan.universe.contains(row.asset); });
  TIEOUT_TRY(std::string holes, check_coverage(kWho, plan.rows, plan.bars, bar));
  if (!holes.empty()) {
    warnings.push_back(std::move(holes));
  }
  if (plan.rows.front().start > start - history) {
    warnings.push_back(fmt::format(
        "the data begin at {}, the strategy looks back to {}: the first bars have less history",
        to_iso(plan.rows.front().start), to_iso(start - history)));
  }
  return plan;
}

}  // namespace

Result<StrategyCheck> check_strategy(const CheckStrategyOptions& options,
                                     const dataflow::DagBuilderRegistry& registry,
                                     const std::atomic<bool>& stop) {
  TIEOUT_TRY(const dataflow::DagBuilder* const builder, registry.find(options.constructor));
  TIEOUT_TRY(const RunConfig run, configure(*builder, options.overrides));
  StrategyCheck result;
  result.constructor = options.constructor;
  result.bar = run.bar;
  result.is_generated = options.market_data.empty();
  result.warnings = run.warnings;

  // The history is in the DAG, which needs a universe, which comes from the data, whose length
  // depends on the history: it does not depend on the universe.
  TIEOUT_TRY(const Universe probe, Universe::from_symbols({"synth::A0001_USDT"}));
  TIEOUT_TRY(dataflow::Dag first, builder->build(run.config, probe));
  TIEOUT_TRY(const dataflow::PrefixChecker sized,
             dataflow::PrefixChecker::create(std::move(first), probe, run.bar));
  TIEOUT_TRY(Plan plan, make_plan(options, run.bar, sized.history(), result.warnings));
  result.start = plan.bars.front();
  result.end = plan.bars.back();
  result.universe = plan.universe;

  TIEOUT_TRY(dataflow::Dag dag, builder->build(run.config, plan.universe));
  TIEOUT_TRY(const RowMaker maker, RowMaker::create(dag.source(), options.seed, result.warnings));
  TIEOUT_TRY(dataflow::PrefixChecker checker,
             dataflow::PrefixChecker::create(std::move(dag), plan.universe, run.bar));
  auto row = plan.rows.begin();
  std::vector<Observation> observations;
  for (std::size_t i = 0; i < plan.bars.size(); ++i) {
    if (stop.load()) {
      return Error{ErrorCode::kInterrupted,
                   fmt::format("{}: stopped by a signal after {} bars", kWho, i)};
    }
    observations.clear();
    for (; row != plan.rows.end() && row->end <= plan.bars[i]; ++row) {
      observations.push_back(maker.make(*row));
    }
    TIEOUT_CHECK(checker.run_bar(plan.bars[i], observations));
    if (options.progress) {
      options.progress({i + 1, plan.bars.size(), plan.bars[i]});
    }
  }
  result.report = checker.finish();
  return result;
}

}  // namespace tieout::system
