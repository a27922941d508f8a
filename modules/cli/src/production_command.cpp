#include <fmt/format.h>

#include "tieout/config/override.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/system/run.hpp"

#include "commands.hpp"
#include "progress.hpp"
#include "text_log.hpp"
#include "trading_files.hpp"

namespace tieout::cli {
namespace {

/// The flags as text, in the order of the guide's command (oms.md 6.1).
struct ProductionFlags {
  std::string constructor, run_mode = "prod", strategy, liveness = "candidate",
                           instance_type = "prod", trade_date, dst_dir = "system_log_dir",
                           exchange = "binance", stage = "preprod", account_type = "trading",
                           secret_id;
  std::optional<std::string> start_time;
  std::optional<std::int64_t> run_duration;
  std::string log_file_name = "./system_log.txt";
  std::vector<std::string> overrides;
  std::string verbosity = "INFO";
  bool print_config = false;
  std::string oms_db, store, feed, feed_profile = "normal", universe = "all", restart_from;
  TradingFiles files;
  std::uint64_t feed_seed = 1;
  double speed_up_factor = 1.0;
  std::vector<std::string> plugins;
};

/// YYYYMMDD of the instant, in UTC.
std::string date_name(Timestamp t) {
  return to_ts_name(t).substr(0, 8);
}

Result<Timestamp> parse_start(const std::string& text) {
  Result<Timestamp> start = parse_ts_name(text);
  if (!start.ok()) {
    return Error{start.error().code, "--start_time: " + start.error().message};
  }
  return start;
}

/// Rule: the trade date is the UTC date of the first bar, or of today when the run starts now
/// (recon_flow.md 6.2).
Status check_trade_date(const ProductionFlags& flags, const std::optional<Timestamp>& start,
                        Timestamp now) {
  if (flags.trade_date.empty()) {
    return {};
  }
  const Result<Timestamp> valid = parse_ts_name(flags.trade_date + "_000000");
  if (!valid.ok()) {
    return Error{
        ErrorCode::kMalformedTimestamp,
        fmt::format("--trade_date is '{}', it must be a calendar date YYYYMMDD", flags.trade_date)};
  }
  const std::string needed = date_name(start.value_or(now));
  if (flags.trade_date != needed) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--trade_date is {}, but {} is {} (UTC)", flags.trade_date,
                             start.has_value() ? "the date of --start_time" : "today", needed)};
  }
  return {};
}

Status check_run_mode(const std::string& run_mode) {
  if (run_mode == "prod") {
    return Error{
        ErrorCode::kInvalidArgument,
        "--run_mode prod (the default, as in the reference) sends orders to a real broker, "
        "which this version does not have; give --run_mode paper_trading"};
  }
  if (run_mode == "simulation" || run_mode == "simulation_with_replayed_fills") {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--run_mode {} is no production: give it to reconcile_run_sim as "
                             "--sim-run-mode",
                             run_mode)};
  }
  if (run_mode != "paper_trading") {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--run_mode is '{}', it must be prod or paper_trading", run_mode)};
  }
  return {};
}

class RunProdSystem final : public Command {
 public:
  std::string_view name() const noexcept override { return "run_prod_system"; }
  std::vector<std::string> aliases() const override { return {"run_Cx_prod_system"}; }
  std::string_view summary() const noexcept override {
    return "Run a strategy in production: live market data, paper broker, everything logged";
  }
  std::vector<Flag> flags() override;
  Result<int> run(Session& session) override;

 private:
  Result<system::ProductionOptions> options(Session& session) const;
  Status print_config(const dataflow::DagBuilderRegistry& registry, Session& session) const;

  ProductionFlags flags_;
};

std::vector<Flag> RunProdSystem::flags() {
  ProductionFlags& f = flags_;
  std::vector<Flag> flags = {
      {"--dag_builder_ctor_as_str", &f.constructor, "DagBuilder of the strategy", Need::kRequired,
       "NAME"},
      {"--run_mode", &f.run_mode, "prod (real broker, not in this version) or paper_trading",
       Need::kOptional, "MODE"},
      {"--strategy", &f.strategy, "Label of the run", Need::kOptional, "TEXT"},
      {"--liveness", &f.liveness, "Label of the run", Need::kOptional, "TEXT"},
      {"--instance_type", &f.instance_type, "Label of the run", Need::kOptional, "TEXT"},
      {"--trade_date", &f.trade_date,
       "UTC date of --start_time, or of today without it (default: that date)", Need::kOptional,
       "YYYYMMDD"},
      {"--dst_dir", &f.dst_dir, "Directory of the run log; it may not hold one", Need::kOptional,
       "DIR"},
      {"--print_config", &f.print_config, "Print the config with all overrides and stop"},
      {"--exchange", &f.exchange, "Venue, a label in paper trading", Need::kOptional, "TEXT"},
      {"--stage",
       &f.stage,
       "Stage of the market data and of the broker",
       Need::kOptional,
       "STAGE",
       {"local", "test", "preprod", "prod"}},
      {"--account_type",
       &f.account_type,
       "Account, a label in paper trading",
       Need::kOptional,
       "TYPE",
       {"trading", "sandbox"}},
      {"--secret_id", &f.secret_id, "Number of the key set, a label in paper trading",
       Need::kOptional, "ID"},
      {"--start_time", &f.start_time, "First bar, UTC (default: the next bar)", Need::kOptional,
       "YYYYMMDD_HHMMSS"},
      {"--run_duration", &f.run_duration,
       "Bars in [start, start + duration - bar] (default: until stopped)", Need::kOptional,
       "SECONDS"},
      {"--log_file_name", &f.log_file_name,
       "Text log; an existing one is kept as name.{UTC time}.ext", Need::kOptional, "FILE"},
      {"--set_config_value", &f.overrides,
       "Config override (\"key\",\"key\"),(type(value)); repeatable", Need::kOptional, "OVERRIDE"},
      {"-v", &f.verbosity,
       "Verbosity of the text log: TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL", Need::kOptional,
       "LEVEL"},
      {"--oms_db", &f.oms_db,
       "OMS tables, opened or made, for broker_config.kind 'database': a SQLite file, "
       "'postgresql:' "
       "(by the PG* environment variables) or 'postgresql:FILE' (connection file of mode 0600); "
       "(default: a new oms.NAME.sqlite beside --dst_dir)",
       Need::kOptional, "DATABASE"},
      {"--store", &f.store,
       "SQLite store that is polled (default with --feed: market_data.sqlite beside --dst_dir)",
       Need::kOptional, "PATH"},
      {"--feed", &f.feed, "CSV of historical bars that arrive in the store while the run polls it",
       Need::kOptional, "FILE"},
      {"--feed_profile",
       &f.feed_profile,
       "Arrival of the feed's rows: lateness, losses, revisions",
       Need::kOptional,
       "PROFILE",
       {"clean", "normal", "bad_day", "hostile"}},
      {"--feed_seed", &f.feed_seed, "Seed of the arrivals", Need::kOptional, "N"},
      {"--speed_up_factor", &f.speed_up_factor,
       "Seconds of run time in one second of real time, with --feed", Need::kOptional, "X"},
      {"--universe", &f.universe, "Symbols: a file, or all of the feed or store", Need::kOptional,
       "FILE|all"},
      {"--restart_from", &f.restart_from,
       "Go on where a killed or stopped run was cut: its log; --dst_dir is the new one, all other "
       "flags are as before",
       Need::kOptional, "LOG_DIR"},
      {"--plugin", &f.plugins, "Shared object with DagBuilders; repeatable", Need::kOptional, "SO"},
  };
  add_trading_files(flags, f.files);
  return flags;
}

Status RunProdSystem::print_config(const dataflow::DagBuilderRegistry& registry,
                                   Session& session) const {
  TIEOUT_TRY(const dataflow::DagBuilder* builder, registry.find(flags_.constructor));
  TIEOUT_TRY(config::Config config, system::make_config(*builder));
  for (const std::string& text : flags_.overrides) {
    TIEOUT_TRY(const config::ParsedOverrides parsed, config::parse_overrides(text));
    TIEOUT_CHECK(config::apply_overrides(config, parsed.overrides, "--set_config_value"));
    for (const std::string& warning : parsed.warnings) {
      session.err << "tieout: warning: --set_config_value: " << warning << '\n';
    }
  }
  TIEOUT_TRY(const system::RuleFiles rules,
             rule_files(flags_.files.market_info, flags_.files.restrictions));
  TIEOUT_CHECK(system::record_rules(config, rules, nullptr));
  session.out << config.to_text();
  return {};
}

Result<system::ProductionOptions> RunProdSystem::options(Session& session) const {
  system::ProductionOptions options;
  if (flags_.start_time.has_value()) {
    TIEOUT_TRY(options.start_time, parse_start(*flags_.start_time));
  }
  TIEOUT_CHECK(check_trade_date(flags_, options.start_time, session.now()));
  if (flags_.run_duration.has_value()) {
    if (*flags_.run_duration <= 0) {
      return Error{
          ErrorCode::kInvalidInterval,
          fmt::format("--run_duration is {} s, it must be positive", *flags_.run_duration)};
    }
    options.run_duration = seconds(*flags_.run_duration);
  }
  if (!(flags_.speed_up_factor >= 1.0) || flags_.speed_up_factor > 1e6) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--speed_up_factor is {}, it must be in [1, 1000000]",
                             format_double(flags_.speed_up_factor))};
  }
  if (flags_.speed_up_factor != 1.0 && flags_.feed.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "--speed_up_factor needs --feed: live market data does not come faster"};
  }
  options.constructor = flags_.constructor;
  options.run_mode = flags_.run_mode;
  options.stage = flags_.stage;
  TIEOUT_TRY(const std::filesystem::path dst_dir, local_path("--dst_dir", flags_.dst_dir));
  options.dst_dir = std::filesystem::absolute(dst_dir).lexically_normal();
  // "system_log_dir.scheduled" says the mode; any other name is a manual run.
  options.mode = options.dst_dir.extension() == ".scheduled" ? "scheduled" : "manual";
  options.labels = {{"strategy", flags_.strategy},
                    {"liveness", flags_.liveness},
                    {"instance_type", flags_.instance_type},
                    {"exchange", flags_.exchange},
                    {"account_type", flags_.account_type},
                    {"secret_id", flags_.secret_id},
                    {"trade_date", flags_.trade_date.empty()
                                       ? date_name(options.start_time.value_or(session.now()))
                                       : flags_.trade_date}};
  options.overrides = flags_.overrides;
  TIEOUT_TRY(options.rules, rule_files(flags_.files.market_info, flags_.files.restrictions));
  TIEOUT_TRY(options.universe, read_universe(flags_.universe));
  options.oms_db = flags_.oms_db;
  options.store = flags_.store;
  options.feed = flags_.feed;
  options.feed_profile = flags_.feed_profile;
  options.feed_seed = flags_.feed_seed;
  options.speed_up_factor = flags_.speed_up_factor;
  TIEOUT_TRY(options.initial_state, local_path("--initial_state", flags_.files.initial_state));
  TIEOUT_TRY(options.funding_rates, local_path("--funding_rates", flags_.files.funding_rates));
  TIEOUT_TRY(options.restart_from, local_path("--restart_from", flags_.restart_from));
  return options;
}

/// The end of the run for people, on the terminal and in the log.
std::string describe(const system::RunSummary& summary, const std::filesystem::path& dst_dir) {
  return fmt::format("{}: {} bars ({} partial, {} skipped) in {:.1f} s, log in {}",
                     runlog::to_string(summary.outcome), summary.bars, summary.partial_bars,
                     summary.skipped_bars, to_seconds(summary.elapsed), dst_dir.string());
}

Result<int> RunProdSystem::run(Session& session) {
  TIEOUT_TRY(const dataflow::DagBuilderRegistry registry, make_registry(flags_.plugins));
  if (flags_.print_config) {
    TIEOUT_CHECK(print_config(registry, session));
    return 0;
  }
  TIEOUT_CHECK(check_run_mode(flags_.run_mode));
  TIEOUT_TRY(const LogLevel level, parse_log_level(flags_.verbosity));
  TIEOUT_CHECK(registry.find(flags_.constructor));
  TIEOUT_TRY(system::ProductionOptions options, this->options(session));
  TIEOUT_TRY(TextLog log, TextLog::open(flags_.log_file_name, level, session.now));
  if (!log.kept().empty()) {
    session.err << "tieout: the existing log is kept as " << log.kept().string() << '\n';
  }
  log.write(LogLevel::kInfo, fmt::format("run_prod_system {} {} dst_dir={}", flags_.constructor,
                                         flags_.run_mode, options.dst_dir.string()));
  ProgressLine line(session);
  options.progress = [&](const system::Progress& progress) {
    line.show(progress);
    log.write(LogLevel::kDebug, fmt::format("bar {} done", to_iso(progress.bar)));
  };
  const Result<system::RunSummary> summary =
      system::run_production(options, registry, session.stop);
  line.finish();
  if (!summary.ok()) {
    log.write(LogLevel::kError, to_string(summary.error()));
    return summary.error();
  }
  for (const std::string& warning : summary->warnings) {
    log.write(LogLevel::kWarning, warning);
    session.err << "tieout: warning: " << warning << '\n';
  }
  const std::string text = describe(*summary, options.dst_dir);
  log.write(LogLevel::kInfo, text);
  session.out << text << '\n';
  return summary->outcome == runlog::RunOutcome::kInterrupted ? 130 : 0;
}

}  // namespace

std::unique_ptr<Command> make_run_prod_system() {
  return std::make_unique<RunProdSystem>();
}

}  // namespace tieout::cli
