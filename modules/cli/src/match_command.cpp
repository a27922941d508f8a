#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/reference/log_reader.hpp"

#include "commands.hpp"
#include "match_render.hpp"

namespace tieout::cli {
namespace {

/// "60s", "250ms"; "0" is nothing at all.
Result<Duration> parse_length(std::string_view flag, const std::string& text) {
  if (text == "0" || text == "0s") {
    return Duration{};
  }
  const Result<Duration> length = parse_period(text);
  if (!length.ok()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("match_fills: {}: {}", flag, length.error().message)};
  }
  return length;
}

/// A run of either kind, or a file, and its trades.
struct Loaded {
  std::unique_ptr<runlog::RunSource> run;  // of a directory
  std::vector<analytics::Trade> trades;
};

Result<Loaded> load_trades(const std::string& path, recon::TradeKind kind) {
  Loaded loaded;
  if (std::filesystem::is_directory(path)) {
    TIEOUT_TRY(loaded.run, reference::open_run(path, std::make_shared<StringPool>()));
    TIEOUT_TRY(loaded.trades, recon::trades_of(*loaded.run, kind));
  } else {
    TIEOUT_TRY(loaded.trades, recon::read_trades(path, kind));
  }
  return loaded;
}

/// Why the PnL of both runs differs; nothing of files, of orders, and of runs without common books.
Result<std::optional<recon::PnlGap>> gap_of(const Loaded& left, const Loaded& right,
                                            recon::TradeKind kind,
                                            const analytics::MatchOptions& options) {
  if (kind != recon::TradeKind::kFills || left.run == nullptr || right.run == nullptr) {
    return std::optional<recon::PnlGap>();
  }
  TIEOUT_TRY(const recon::TradingFrames left_frames, recon::read_trading_frames(*left.run));
  TIEOUT_TRY(const recon::TradingFrames right_frames, recon::read_trading_frames(*right.run));
  Result<recon::PnlGap> gap =
      recon::pnl_gap(left_frames, left.trades, right_frames, right.trades, options);
  if (!gap.ok() && gap.error().code == ErrorCode::kIncompleteEvidence) {
    return std::optional<recon::PnlGap>();
  }
  TIEOUT_CHECK(gap);
  return std::optional<recon::PnlGap>(std::move(*gap));
}

class MatchFills final : public Command {
 public:
  std::string_view name() const noexcept override { return "match_fills"; }
  std::string_view summary() const noexcept override {
    return "Find out which fills or orders of two runs or files are the same, whatever their ids";
  }
  std::vector<Flag> flags() override {
    return {
        {"LEFT", &left_, "system_log_dir of either kind, or a file (CSV, csv.gz, Parquet) of fills",
         Need::kRequired},
        {"RIGHT", &right_, "As LEFT; what LEFT was expected to do", Need::kRequired},
        {"--orders", &orders_, "Match orders instead of fills"},
        {"--window", &window_, "Trades further apart in time are not paired by time",
         Need::kOptional, "PERIOD"},
        {"--quantity_step", &options_.quantity_step,
         "Quantities are whole multiples of this many shares, and sums are exact; 0: no step",
         Need::kOptional, "SHARES"},
        {"--quantity_tolerance", &options_.quantity_tolerance,
         "Quantities this far apart count as one size", Need::kOptional, "SHARES"},
        {"--quantity_relative", &options_.quantity_relative,
         "Without a step: as --quantity_tolerance, as a part of the larger quantity",
         Need::kOptional, "RATIO"},
        {"--time_tolerance", &time_tolerance_, "Pairings may be this far apart in time",
         Need::kOptional, "PERIOD"},
        {"--price_tolerance_bps", &options_.price_tolerance_bps,
         "Pairings may be this far apart in price", Need::kOptional, "BPS"},
        {"--price_tick", &options_.price_tick, "Price increment; 0: not known", Need::kOptional,
         "PRICE"},
        {"--price_tolerance_ticks", &options_.price_tolerance_ticks,
         "Or this many increments; needs --price_tick", Need::kOptional, "TICKS"},
        {"--dst", &dst_,
         "Write every pairing and every leftover to this CSV file; it must not exist",
         Need::kOptional, "FILE"},
        {"--json", &json_, "Print summary, pairings and leftovers as JSON"},
    };
  }

  Result<int> run(Session& session) override {
    if (options_.price_tolerance_ticks > 0 && options_.price_tick == 0) {
      return Error{ErrorCode::kInvalidArgument,
                   "match_fills: --price_tolerance_ticks needs --price_tick"};
    }
    TIEOUT_TRY(options_.window, parse_length("--window", window_));
    TIEOUT_TRY(options_.time_tolerance, parse_length("--time_tolerance", time_tolerance_));
    MatchedLists lists;
    lists.kind = orders_ ? recon::TradeKind::kOrders : recon::TradeKind::kFills;
    lists.left_name = left_;
    lists.right_name = right_;
    TIEOUT_TRY(Loaded left, load_trades(left_, lists.kind));
    TIEOUT_TRY(Loaded right, load_trades(right_, lists.kind));
    TIEOUT_TRY(lists.gap, gap_of(left, right, lists.kind, options_));
    lists.left = std::move(left.trades);
    lists.right = std::move(right.trades);
    TIEOUT_TRY(lists.result, analytics::match_trades(lists.left, lists.right, options_,
                                                     recon::to_string(lists.kind)));
    lists.summary = analytics::summarise(lists.result, lists.left, lists.right);
    if (!dst_.empty()) {
      TIEOUT_CHECK(write_new_file(dst_, matching_csv(lists)));
    }
    session.out << (json_ ? matching_json(lists) : render_matching(lists));
    if (lists.left.empty() && lists.right.empty()) {
      return 3;  // Nothing was compared: silence is not agreement.
    }
    return lists.summary.all_within() ? 0 : 1;
  }

 private:
  std::string left_, right_, dst_;
  std::string window_ = "60s";
  std::string time_tolerance_ = "0";
  bool orders_ = false, json_ = false;
  analytics::MatchOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_match_fills() {
  return std::make_unique<MatchFills>();
}

}  // namespace tieout::cli
