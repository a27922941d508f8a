#include <algorithm>

#include <fmt/format.h>

#include "tieout/config/override.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/gzip.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/marketdata/feed.hpp"
#include "tieout/marketdata/import.hpp"
#include "tieout/marketdata/replay.hpp"
#include "tieout/system/run.hpp"

#include "qualify_steps.hpp"

namespace tieout::flow {
namespace {

using marketdata::BarVersion;

/// 2023-11-08 09:30 in New York, a Wednesday: strategies that trade its day have values.
constexpr Timestamp kGeneratedStart{1'699'453'800'000'000'000};

/// A dump, or a CSV of final bars; the last version of every bar counts.
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
                 fmt::format("qualify_model: '{}' holds no bar", path.string())};
  }
  return marketdata::nominal_versions(std::move(rows).value(), Duration{});
}

std::vector<BarVersion> generate(const QualifyOptions& options, Timestamp first, Timestamp last) {
  marketdata::GeneratorOptions generator;
  generator.seed = options.seed;
  generator.asset_count = static_cast<std::size_t>(options.asset_count);
  generator.start = floor_to(first, minutes(1));
  generator.minutes =
      static_cast<std::size_t>((ceil_to(last, minutes(1)) - generator.start).ns / minutes(1).ns);
  return marketdata::generate_bars(generator);
}

/// The last bars of the data that have a whole history before them.
Status choose_window(const std::vector<BarVersion>& rows, Subject& subject) {
  const QualifyOptions& options = subject.options;
  const Duration span = subject.bar * static_cast<std::int64_t>(options.bar_count - 1);
  subject.end = options.end.value_or(floor_to(rows.back().end, subject.bar));
  const Timestamp earliest = ceil_to(rows.front().start + subject.history, subject.bar);
  subject.start = options.start.value_or(std::max(subject.end - span, earliest));
  if (subject.start >= subject.end || subject.start < earliest ||
      subject.end > ceil_to(rows.back().end, subject.bar)) {
    return Error{
        ErrorCode::kMissingData,
        fmt::format("qualify_model: the data are from {} to {}, the strategy looks back {}: bars "
                    "can be from {} to {}, two at least; found {} to {}",
                    to_iso(rows.front().start), to_iso(rows.back().end), to_period(subject.history),
                    to_ts_name(earliest), to_ts_name(floor_to(rows.back().end, subject.bar)),
                    to_ts_name(subject.start), to_ts_name(subject.end))};
  }
  for (const Timestamp t : {subject.start, subject.end}) {
    if (!TimeGrid{subject.bar}.contains(t)) {
      return Error{ErrorCode::kInvalidInterval,
                   fmt::format("qualify_model: {} is off the grid of {} bars", to_ts_name(t),
                               to_period(subject.bar))};
    }
  }
  return {};
}

}  // namespace

Result<config::Config> configured(const QualifyOptions& options,
                                  const dataflow::DagBuilder& builder) {
  TIEOUT_TRY(config::Config config, system::make_config(builder));
  for (const std::string& text : options.overrides) {
    TIEOUT_TRY(const config::ParsedOverrides parsed, config::parse_overrides(text));
    TIEOUT_CHECK(config::apply_overrides(config, parsed.overrides, "--set-config-values"));
  }
  return config;
}

Result<Subject> make_subject(const QualifyOptions& options,
                             const dataflow::DagBuilderRegistry& registry,
                             const std::atomic<bool>& stop, bool& is_generated) {
  Subject subject{options, registry, stop, {}, {}, {}, {}, {}, {}};
  TIEOUT_TRY(const dataflow::DagBuilder* builder, registry.find(options.constructor));
  TIEOUT_TRY(const config::Config config, configured(options, *builder));
  TIEOUT_TRY(const std::string period, config.get_string({"trading_period"}));
  TIEOUT_TRY(subject.bar, parse_period(period));
  // How far back it looks does not depend on the universe. A DAG that cannot be built is the
  // finding of the step "system".
  TIEOUT_TRY(const Universe probe, Universe::from_symbols({"synth::A0001_USDT"}));
  const auto dag = builder->build(config, probe);
  subject.history = dag.ok() ? dag->source().history_lookback : days(1);

  is_generated = options.market_data.empty();
  std::vector<BarVersion> rows;
  if (is_generated) {
    const Timestamp start = options.start.value_or(ceil_to(kGeneratedStart, subject.bar));
    const Timestamp end = options.end.value_or(
        start + subject.bar * static_cast<std::int64_t>(options.bar_count - 1));
    rows = generate(options, start - subject.history - subject.bar, end);
    if (rows.empty()) {
      return Error{ErrorCode::kMissingData, "qualify_model: no bar was generated"};
    }
    subject.start = start;
    subject.end = end;
  } else {
    TIEOUT_TRY(rows, read_rows(options.market_data));
    TIEOUT_CHECK(choose_window(rows, subject));
  }
  subject.feed = options.out / "market_data.csv.gz";
  subject.dump = options.out / "test_data.csv.gz";
  TIEOUT_CHECK(write_file_atomic(subject.feed, gzip(marketdata::bars_csv(rows))));
  TIEOUT_CHECK(marketdata::write_dump(subject.dump, rows));
  return subject;
}

Result<std::filesystem::path> simulate(const Subject& subject, const std::string& name,
                                       const std::string& constructor,
                                       const std::vector<std::string>& overrides, Timestamp start,
                                       Timestamp end) {
  system::SimulationOptions options;
  options.constructor = constructor;
  options.mode = "manual";
  options.start = start;
  options.end = end;
  options.dst_dir = subject.options.out / name / "system_log_dir.manual";
  options.market_data = subject.dump;
  options.overrides = overrides;
  options.replay = system::Replay::kNominal;
  TIEOUT_CHECK(tieout::create_directories(subject.options.out / name));
  TIEOUT_TRY(const system::RunSummary summary,
             system::run_simulation(options, subject.registry, subject.stop));
  if (summary.outcome != runlog::RunOutcome::kComplete) {
    return Error{summary.outcome == runlog::RunOutcome::kInterrupted ? ErrorCode::kInterrupted
                                                                     : ErrorCode::kInternal,
                 fmt::format("qualify_model: the simulation {} is {} after {} bars", name,
                             runlog::to_string(summary.outcome), summary.bars)};
  }
  return options.dst_dir;
}

}  // namespace tieout::flow
