#include "tieout/recon/catalogue.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tieout::recon {
namespace {

using enum CheckPlace;
using enum Severity;

// Source: recon_flow.md 14. A row for each check of it, also for those that are not made yet.
constexpr std::array kCatalogue{
    CheckInfo{
        "C001", "L0", Layer::kCompleteness, "Both sides have the same model, mode, window and bar",
        "exact", kFail, kComparison,
        "constructor, bar and start state are breaks; strategy, stage, window and lookback are "
        "remarks of run_checks"},
    CheckInfo{"C002", "L0", Layer::kCompleteness,
              "dst_dir, production command and saved config agree", "exact", kFail, kElsewhere,
              "reconcile_* refuse a command that contradicts its directory"},
    CheckInfo{"C003", "L0", Layer::kCompleteness,
              "Window equals run duration less a bar, start and end on the bar grid", "exact",
              kWarn, kRun, "manifest and config"},
    CheckInfo{"C004", "L0", Layer::kCompleteness,
              "Expected bars are there, on both sides, for every node and table", "exact", kFail,
              kComparison, "a bar of one side is a break; a gap in a run's grid is a remark"},
    CheckInfo{"C005", "L0", Layer::kCompleteness,
              "One output for each node and bar, no names that cannot be parsed", "exact", kFail,
              kRun, "missing windows; two files or bad names are errors of the reader"},
    CheckInfo{"C006", "L0", Layer::kCompleteness, "Every file readable, rows > 0, schema known",
              "exact", kFail, kRun, "notes of the reader, empty windows; damage is an error of it"},
    CheckInfo{"C007", "L0", Layer::kCompleteness, "One run segment: walls ascend, cash continues",
              "1e-9", kWarn, kRun,
              "walls of the bars; cash of bar to bar against net volume, fees and funding"},
    CheckInfo{"C008", "L0", Layer::kCompleteness, "End marker, and the last bar is the window's",
              "exact", kWarn, kRun, "seal, outcome, last bar"},
    CheckInfo{"C009", "L0", Layer::kCompleteness,
              "The copy of production equals its source when copied and now", "exact", kWarn,
              kElsewhere, "reconcile_copy_prod_data writes and proves prod/manifest.json"},
    CheckInfo{"C010", "L0", Layer::kCompleteness,
              "Bar on the grid; decided after the bar and before the next", "exact", kWarn, kRun,
              "decisions of the journal in the run's own clock; wall times where there is none"},
    CheckInfo{"C011", "L0", Layer::kInputs, "Host clock: nothing is known before its bar ends",
              "1 s", kWarn, kRun, "as-of of the decisions less the bar; knowledge of a dump"},
    CheckInfo{"C012", "L0", Layer::kCompleteness, "Code revision and library versions are equal",
              "exact", kWarn, kRun, "environment of the manifests"},
    CheckInfo{"C013", "L0", Layer::kConfig, "No config leaf differs that is not expected to",
              "exact", kFail, kComparison, "each leaf is a break"},
    CheckInfo{"C014", "L0", Layer::kConfig, "Overrides of the replay are those of production",
              "exact", kFail, kRun, "leaves that an override wrote, by their recorded writer"},
    CheckInfo{"C015", "L0", Layer::kConfig, "Every override key is read by some component", "exact",
              kWarn, kElsewhere,
              "an override of a key that no builder declares is refused (unknown config key); the "
              "config keeps no marks of reads"},
    CheckInfo{"C101", "L1", Layer::kInputs, "Assets are the universe, and equal on both sides",
              "exact", kFail, kComparison,
              "universes of the manifests; assets of a dump by check_market_data"},
    CheckInfo{"C102", "L1", Layer::kInputs, "Minute grid complete for each asset", "0 missing",
              kWarn, kMarketData, "rows of the dump"},
    CheckInfo{"C103", "L1", Layer::kInputs, "No two rows of one key with other values", "0", kWarn,
              kMarketData, "versions of the dump that differ: revised rows"},
    CheckInfo{"C104", "L1", Layer::kInputs, "No row known at or before the end of its interval",
              "0", kWarn, kMarketData, "knowledge times of the dump"},
    CheckInfo{"C105", "L1", Layer::kInputs, "No row was late for the bar that needs it",
              "decision instant", kFail, kMarketData,
              "first version of each row against the decisions of the journal; delays reported"},
    CheckInfo{"C106", "L1", Layer::kInputs, "Low <= open, close <= high; volume not negative", "0",
              kWarn, kMarketData, "rows of the dump"},
    CheckInfo{"C107", "L1", Layer::kInputs, "What production read is what the replay read", "exact",
              kFail, kComparison, "source node and market reads; the cause is named from the dump"},
    CheckInfo{"C108", "L1", Layer::kInputs, "Labels agree: the best lag of the source is 0",
              "exact", kFail, kRun,
              "scan of lags -3 to 3 rows over the source's last common window"},
    CheckInfo{"C109", "L1", Layer::kInputs, "Equal to a second, historical source", "bps budget",
              kWarn, kLater, "a second source of market data"},
    CheckInfo{"C201", "L2", Layer::kCompleteness, "Nodes and their columns are equal", "exact",
              kFail, kComparison, "by name"},
    CheckInfo{"C202", "L2", Layer::kNodes, "All nodes, bars, rows and columns are equal", "policy",
              kFail, kComparison, "every cell"},
    CheckInfo{"C203", "L3", Layer::kNodes, "Self-consistency: T against T-1 on their overlap",
              "exact", kFail, kComparison, "a remark on each run, with the lags of each column"},
    CheckInfo{"C204", "L3", Layer::kNodes, "Warm-up is not longer than the lookback declares",
              "exact", kWarn, kRun, "leading NaN of the first bar's windows, summed along the DAG"},
    CheckInfo{"C205", "L3", Layer::kNodes, "Truncated input gives the same rows: no look-ahead",
              "exact", kFail, kElsewhere, "tieout check_strategy"},
    CheckInfo{"C206", "L3", Layer::kNodes, "Row counts do not shrink from bar to bar", "exact",
              kWarn, kRun, "from the index of a run log; columns cannot change in it"},
    CheckInfo{"C207", "L3", Layer::kNodes, "NaN census of each column is equal", "exact", kFail,
              kRun, "a summary for each column over the cells that are NaN on one side"},
    CheckInfo{"C208", "L3", Layer::kNodes, "Repeated simulation gives the same hashes", "exact",
              kWarn, kElsewhere, "tieout noise_floor"},
    CheckInfo{"C301", "L5", Layer::kTargetPositions, "Target positions are equal", "policy", kFail,
              kComparison, "every cell, by asset"},
    CheckInfo{"C302", "L5", Layer::kTargetPositions, "Sum of |targets| is the configured GMV",
              "1 lot for each asset", kWarn, kRun,
              "before limits, bars with a forecast for all; pomo without a trade filter"},
    CheckInfo{"C303", "L6", Layer::kOrders, "Orders are equal", "policy", kFail, kComparison,
              "every cell, by order"},
    CheckInfo{"C304", "L6", Layer::kOrders, "Orders are made within 60 s and half a bar", "60 s",
              kWarn, kRun, "creation of each order less its bar"},
    CheckInfo{"C305", "L7", Layer::kFills, "Fills are equal; what is ordered is executed", "1e-9",
              kWarn, kRun, "sides: every cell, a break; one run: fills against orders that ended"},
    CheckInfo{"C306", "L7", Layer::kChildOrders, "Expected waves of child orders", "0 skipped",
              kWarn, kRun, "no wave skipped, in a row from 0, a message with each rejection"},
    CheckInfo{"C307", "L8", Layer::kPortfolio, "Holdings change by what was executed", "exact",
              kFail, kRun, "holdings of bar to bar against executed shares, and against the fills"},
    CheckInfo{"C308", "L8", Layer::kPortfolio, "Books equal those rebuilt from fills",
              "exact; 1e-9", kFail, kRun,
              "the log's own fills, to the bit; the venue's trades: tieout rebuild_books --trades"},
    CheckInfo{"C309", "L8", Layer::kPortfolio, "Exchange positions are the last holdings", "1e-9",
              kFail, kElsewhere, "tieout rebuild_books --positions"},
    CheckInfo{
        "C310", "L9", Layer::kPortfolio, "Accounting identities hold", "1e-9", kFail, kRun,
        "sides: every cell, a break; one run: pnl, volumes, gmv, nmv, wealth, leverage, costs"},
    CheckInfo{"C311", "L9", Layer::kPortfolio, "PnL bridge leaves no residual", "1e-9", kFail, kRun,
              "pnl of each asset and bar against holding, trading and unexplained PnL"},
    CheckInfo{"C312", "L9", Layer::kPortfolio, "Wealth changes by PnL, fees and funding", "1e-9",
              kWarn, kRun, "net_wealth of bar to bar, where every asset has a price"},
    CheckInfo{"C313", "L9", Layer::kPortfolio, "Slippage computed two ways is equal", "1e-9", kFail,
              kRun, "per share at the logged price, and from notional at holdings' own"},
    CheckInfo{"C314", "L9", Layer::kPortfolio, "First bar flat with the initial cash", "exact",
              kWarn, kRun,
              "first portfolio and statistics against the config; not where a state was given"},
    CheckInfo{"C315", "L9", Layer::kStatistics, "Statistics are equal", "policy", kFail,
              kComparison, "every cell"},
    CheckInfo{"C316", "L6", Layer::kChildOrders, "Child orders are equal", "policy", kFail,
              kComparison, "every cell, by order; where a run makes child orders"},
    CheckInfo{"C317", "L7", Layer::kChildOrders,
              "Child orders add up to the fills of their parents", "exact", kFail, kRun,
              "shares, mean price, fees and last instant of each parent"},
    CheckInfo{"C318", "L6", Layer::kOrderEvents, "Order events are equal", "policy", kFail,
              kComparison, "every cell, by order, event and instant; where a run has events"},
    CheckInfo{"C401", "ops", Layer::kCompleteness, "Processing time of a bar does not grow",
              "1 ms a bar", kWarn, kRun, "slope over the table timings, waiting left out"},
    CheckInfo{"C402", "ops", Layer::kCompleteness, "Split of the time: compute, read, record, wait",
              "none", kReport, kRun, "table timings"},
    CheckInfo{"C403", "ops", Layer::kCompleteness, "Growth of rows", "none", kReport, kRun,
              "rows of the windows at the first and last bar"},
    CheckInfo{"C404", "ops", Layer::kCompleteness, "Disk footprint of the run", "none", kReport,
              kRun, "sizes of its files"},
    CheckInfo{"C405", "ops", Layer::kCompleteness, "Published links are fresh", "2 x cadence",
              kFail, kLater, "the watch"},
    CheckInfo{"C406", "ops", Layer::kCompleteness, "Alert thresholds of the config hold", "config",
              kFail, kLater, "the observer"},
};
static_assert(std::ranges::is_sorted(kCatalogue, {}, &CheckInfo::id));

}  // namespace

std::string_view to_string(CheckPlace place) noexcept {
  switch (place) {
    case kComparison:
      return "comparison";
    case kRun:
      return "run";
    case kMarketData:
      return "market data";
    case kElsewhere:
      return "elsewhere";
    case kLater:
      return "later";
  }
  return "unknown";
}

std::span<const CheckInfo> check_catalogue() noexcept {
  return kCatalogue;
}

const CheckInfo* find_check(std::string_view id) noexcept {
  const auto found = std::ranges::lower_bound(kCatalogue, id, {}, &CheckInfo::id);
  return found != kCatalogue.end() && found->id == id ? &*found : nullptr;
}

Severity default_severity(std::string_view id) noexcept {
  const CheckInfo* check = find_check(id);
  return check == nullptr ? kFail : check->severity;
}

std::string check_catalogue_markdown() {
  std::string text =
      "| id | level | layer | what must hold | tolerance | severity | made in | how, or what it "
      "waits for |\n|---|---|---|---|---|---|---|---|\n";
  for (const CheckInfo& check : kCatalogue) {
    // A bar inside a cell of a Markdown table is written with a backslash.
    std::string title;
    for (const char c : check.title) {
      title += c == '|' ? "\\|" : std::string(1, c);
    }
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", check.id, check.level,
                        to_string(check.layer), title, check.tolerance, to_string(check.severity),
                        to_string(check.place), check.where);
  }
  return text;
}

}  // namespace tieout::recon
