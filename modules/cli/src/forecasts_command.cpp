#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/system/forecast_batch.hpp"

#include "commands.hpp"
#include "progress.hpp"
#include "trading_files.hpp"

namespace tieout::cli {
namespace {

class RunProcessForecasts final : public Command {
 public:
  std::string_view name() const noexcept override { return "run_process_forecasts"; }
  std::string_view summary() const noexcept override {
    return "Trade saved forecasts bar by bar, without a strategy, into a run log";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags = {
        {"--prediction", &prediction_, "Frame of predictions: rows are bars, columns asset ids",
         Need::kRequired, "FILE"},
        {"--volatility", &volatility_, "Frame of volatilities, the same rows and columns",
         Need::kRequired, "FILE"},
        {"--spread", &spread_, "Frame of spreads (default: 0 everywhere)", Need::kOptional, "FILE"},
        {"--market_data", &market_data_,
         "One-minute bars with end_datetime, asset_id, knowledge time and prices; repeatable",
         Need::kRequired, "FILE"},
        {"--dst_dir", &dst_dir_, "Directory of the run log; it may not hold one", Need::kRequired,
         "DIR"},
        {"--delay_in_secs", &delay_in_secs_, "Seconds from the end of a bar to its decision",
         Need::kOptional, "S"},
        {"--fills", &fills_,
         "Book the fills of this run (a log of either kind) or file (CSV, csv.gz, Parquet: "
         "fill_id, "
         "order_id, asset_id, timestamp, num_shares, price) instead of those of a simulated broker",
         Need::kOptional, "LOG_DIR|FILE"},
        {"--set_config_value", &overrides_,
         "Config override (\"key\",\"key\"),(type(value)); repeatable", Need::kOptional,
         "OVERRIDE"},
    };
    add_trading_files(flags, files_);
    return flags;
  }
  Result<int> run(Session& session) override;

 private:
  std::string prediction_, volatility_, spread_, dst_dir_, fills_;
  TradingFiles files_;
  std::vector<std::string> market_data_, overrides_;
  double delay_in_secs_ = 0.1;
};

Result<int> RunProcessForecasts::run(Session& session) {
  if (!(delay_in_secs_ >= 0.0 && delay_in_secs_ <= 86400.0)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--delay_in_secs is {}, it must be in [0, 86400]",
                             format_double(delay_in_secs_))};
  }
  system::ForecastBatchOptions options;
  TIEOUT_TRY(options.prediction, local_path("--prediction", prediction_));
  TIEOUT_TRY(options.volatility, local_path("--volatility", volatility_));
  TIEOUT_TRY(options.spread, local_path("--spread", spread_));
  TIEOUT_TRY(options.initial_state, local_path("--initial_state", files_.initial_state));
  TIEOUT_TRY(options.funding_rates, local_path("--funding_rates", files_.funding_rates));
  TIEOUT_TRY(options.rules, rule_files(files_.market_info, files_.restrictions));
  if (!fills_.empty()) {
    TIEOUT_TRY(options.fills_from, open_fills(fills_));
  }
  for (const std::string& file : market_data_) {
    TIEOUT_TRY(std::filesystem::path path, local_path("--market_data", file));
    options.market_data.push_back(std::move(path));
  }
  TIEOUT_TRY(const std::filesystem::path dst_dir, local_path("--dst_dir", dst_dir_));
  options.dst_dir = std::filesystem::absolute(dst_dir).lexically_normal();
  options.delay = nanoseconds(static_cast<std::int64_t>(delay_in_secs_ * 1e9));
  options.overrides = overrides_;
  ProgressLine line(session);
  options.progress = [&](const system::Progress& progress) { line.show(progress); };
  const Result<system::RunSummary> summary = system::run_forecast_batch(options, session.stop);
  line.finish();
  TIEOUT_CHECK(summary);
  for (const std::string& warning : summary->warnings) {
    session.err << "tieout: warning: " << warning << '\n';
  }
  session.out << fmt::format("{}: {} bars in {:.1f} s, log in {}\n",
                             runlog::to_string(summary->outcome), summary->bars,
                             to_seconds(summary->elapsed), options.dst_dir.string());
  return summary->outcome == runlog::RunOutcome::kInterrupted ? 130 : 0;
}

}  // namespace

std::unique_ptr<Command> make_run_process_forecasts() {
  return std::make_unique<RunProcessForecasts>();
}

}  // namespace tieout::cli
