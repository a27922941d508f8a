#include <algorithm>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/trading_run_summary.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

class TradingRunSummary final : public Command {
 public:
  std::string_view name() const noexcept override { return "trading_run_summary"; }
  std::string_view summary() const noexcept override {
    return "Write the sheet of trading runs: hours, balances, volume, PnL, bps";
  }
  std::vector<Flag> flags() override {
    return {
        {"PATH", &paths_,
         "Root of reconciliations or of production's runs, or a run's directory; any number"},
        {"--dst", &dst_, "Directory of trading_run_summary.csv and .html; it is made",
         Need::kRequired, "DIR"},
        {"--balances", &balances_,
         "CSV of date or run, and pre_usdt, post_usdt, traded_volume, ...: replaces what logs say, "
         "adds runs that have none",
         Need::kOptional, "FILE"},
    };
  }

  Result<int> run(Session& session) override {
    if (paths_.empty() && balances_.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "trading_run_summary: needed a PATH with runs, or --balances"};
    }
    std::vector<std::filesystem::path> dirs;
    for (const std::string& path : paths_) {
      TIEOUT_TRY(const auto found, flow::find_run_dirs(path));
      dirs.insert(dirs.end(), found.begin(), found.end());
    }
    std::sort(dirs.begin(), dirs.end());
    dirs.erase(std::unique(dirs.begin(), dirs.end()), dirs.end());
    std::vector<flow::SummaryRow> rows;
    for (const std::filesystem::path& dir : dirs) {
      rows.push_back(flow::summary_row_of_run(dir));
    }
    if (!balances_.empty()) {
      TIEOUT_TRY(const auto given, flow::read_balances(balances_));
      TIEOUT_TRY(rows, flow::merge_balances(std::move(rows), given));
    }
    rows = flow::compute_summary(std::move(rows));
    TIEOUT_TRY(const std::filesystem::path dst, local_path("--dst", dst_));
    TIEOUT_CHECK(tieout::create_directories(dst));
    const std::string csv = flow::summary_csv(rows, dst);
    TIEOUT_CHECK(write_file_atomic(dst / "trading_run_summary.csv", csv));
    TIEOUT_CHECK(write_file_atomic(dst / "trading_run_summary.html",
                                   flow::summary_html(rows, dst, session.now())));
    session.out << csv;
    return 0;
  }

 private:
  std::vector<std::string> paths_;
  std::string dst_, balances_;
};

}  // namespace

std::unique_ptr<Command> make_trading_run_summary() {
  return std::make_unique<TradingRunSummary>();
}

}  // namespace tieout::cli
