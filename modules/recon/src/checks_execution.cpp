#include "checks_execution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tieout/analytics/books.hpp"
#include "tieout/analytics/execution_quality.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/recon/broker_books.hpp"
#include "tieout/recon/trading_frames.hpp"

#include "check_log.hpp"

namespace tieout::recon {
namespace {

constexpr double kTolerance = 1e-9;  // of the larger of the amounts involved

double cell(const Panel& panel, std::size_t row, std::string_view field, AssetId asset) {
  const auto column = panel.find_column({std::string(field), asset});
  return column ? panel.at(row, *column) : std::numeric_limits<double>::quiet_NaN();
}

/// C308 with the log's own fills.
void check_rebuild(const runlog::RunSource& run, const std::string& name, CheckReport& out) {
  const auto rebuild = rebuild_run_books(run, {});
  if (rebuild.ok()) {
    report_rebuild(*rebuild, name, out);
    return;
  }
  CheckLog(out, "C308", name).skip(rebuild.error().message);
}

void check_bridge(const Panel& portfolio, const std::string& name, CheckReport& out) {
  CheckLog log(out, "C311", name);
  const auto identity = analytics::pnl_identity(portfolio);
  if (!identity.ok()) {
    log.skip(identity.error().message);
    return;
  }
  log.skip("no bar has a PnL");
  for (const std::size_t c : identity->columns_of("residual")) {
    const AssetId asset = identity->columns()[c].asset;
    for (std::size_t r = 1; r < identity->row_count(); ++r) {
      const double residual = identity->at(r, c);
      if (std::isnan(residual)) {
        continue;
      }
      log.look();
      const double magnitude =
          std::max({std::fabs(cell(portfolio, r, "holdings_notional", asset)),
                    std::fabs(cell(portfolio, r - 1, "holdings_notional", asset)),
                    std::fabs(cell(portfolio, r, "executed_trades_notional", asset))});
      if (std::fabs(residual) > kTolerance * magnitude) {
        const double pnl = cell(*identity, r, "pnl", asset);
        log.violate({.bar = identity->index()[r],
                     .part = "portfolio",
                     .column = "pnl",
                     .asset = asset,
                     .found = format_double(pnl),
                     .needed = format_double(pnl - residual),
                     .note = "pnl is not holding + trading + unexplained position change"});
      }
    }
  }
}

/// C312: the change of wealth is the PnL less what was paid for it.
void check_wealth(const TradingFrames& frames, const std::string& name, CheckReport& out) {
  CheckLog log(out, "C312", name);
  const Panel& s = frames.statistics;
  log.skip("no two bars in a row have wealth and PnL");
  const auto paid = [&](std::size_t row, std::string_view field) {
    const double value = cell(s, row, field, kNoAsset);
    return std::isnan(value) ? 0.0 : value;
  };
  for (std::size_t r = 1; r < s.row_count(); ++r) {
    const double now = cell(s, r, "net_wealth", kNoAsset);
    const double before = cell(s, r - 1, "net_wealth", kNoAsset);
    const double pnl = cell(s, r, "pnl", kNoAsset);
    // Where a price is missing, wealth leaves out what is held and the PnL is not whole.
    const auto row = frames.portfolio.find_row(s.index()[r]);
    const auto row_before = frames.portfolio.find_row(s.index()[r - 1]);
    bool whole = frames.bar.ns <= 0 || s.index()[r] - s.index()[r - 1] == frames.bar;
    for (const std::size_t c : frames.portfolio.columns_of("holdings_notional")) {
      whole = whole && row && row_before && !std::isnan(frames.portfolio.at(*row, c)) &&
              !std::isnan(frames.portfolio.at(*row_before, c));
    }
    if (std::isnan(now - before - pnl) || !whole) {
      continue;
    }
    log.look();
    const double needed = pnl - paid(r, "fees") - paid(r, "funding");
    const double gmv = cell(s, r, "gmv", kNoAsset);
    const double cash = cell(s, r, "cash", kNoAsset);
    const double magnitude = std::max({std::fabs(now), std::fabs(before), std::fabs(gmv),
                                       std::isnan(cash) ? 0.0 : std::fabs(cash)});
    if (std::fabs(now - before - needed) > kTolerance * magnitude) {
      log.violate({.bar = s.index()[r],
                   .part = "statistics",
                   .column = "net_wealth",
                   .found = format_double(now - before),
                   .needed = format_double(needed),
                   .note = "wealth does not change by PnL less fees and funding"});
    }
  }
}

/// C313: slippage from prices per share and from notional.
void check_slippage(const TradingFrames& frames, const std::string& name, CheckReport& out) {
  CheckLog log(out, "C313", name);
  if (frames.portfolio.columns_of("price").empty()) {
    log.skip("the log has no portfolio with a price");
    return;
  }
  const auto per_share =
      analytics::compute_share_prices_and_slippage(frames.portfolio, &frames.portfolio);
  const auto notional = analytics::compute_slippage_from_notional(frames.portfolio, nullptr);
  if (!per_share.ok() || !notional.ok()) {
    const Error& error = per_share.ok() ? notional.error() : per_share.error();
    if (error.code == ErrorCode::kMalformedData) {
      log.look();
      log.violate({.bar = {}, .part = "portfolio", .column = "slippage", .note = error.message});
    } else {
      log.skip(error.message);
    }
    return;
  }
  log.skip("nothing was traded of what was held");
  for (const std::size_t c : notional->columns_of("slippage_notional")) {
    const AssetId asset = notional->columns()[c].asset;
    for (std::size_t r = 0; r < notional->row_count(); ++r) {
      const double a = cell(*per_share, r, "slippage_notional", asset);
      const double b = notional->at(r, c);
      if (std::isnan(a) || std::isnan(b)) {
        continue;
      }
      log.look();
      const double traded = std::fabs(cell(frames.portfolio, r, "executed_trades_notional", asset));
      if (std::fabs(a - b) > kTolerance * traded) {
        log.violate({.bar = notional->index()[r],
                     .part = "portfolio",
                     .column = "slippage_notional",
                     .asset = asset,
                     .found = format_double(a),
                     .needed = format_double(b),
                     .note = "slippage per share and from notional differ: the mark is not "
                             "holdings_notional / holdings_shares"});
      }
    }
  }
}

}  // namespace

Status check_execution(const runlog::RunSource& run, const std::string& name, CheckReport& out) {
  const auto frames = read_trading_frames(run);
  if (!frames.ok() && frames.error().code == ErrorCode::kSchemaMismatch) {
    for (const char* id : {"C308", "C311", "C312", "C313"}) {
      CheckLog(out, id, name).skip(frames.error().message);
    }
    return {};
  }
  if (!frames.ok()) {
    return frames.error();
  }
  check_rebuild(run, name, out);
  check_bridge(frames->portfolio, name, out);
  check_wealth(*frames, name, out);
  check_slippage(*frames, name, out);
  return {};
}

}  // namespace tieout::recon
