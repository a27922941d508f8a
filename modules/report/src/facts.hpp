#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/recon/research_leg.hpp"
#include "tieout/recon/trading_frames.hpp"
#include "tieout/report/report.hpp"

#include "document.hpp"
#include "text.hpp"

namespace tieout::report {

class DrillDown;

/// The statistics table of a run, one row for each bar; NaN where a bar has no value.
struct StatisticsSeries {
  std::vector<Timestamp> bars;
  std::vector<std::string> names;           // float columns, in the order of their first appearance
  std::vector<std::vector<double>> values;  // [names][bars]
  const std::vector<double>* find(std::string_view name) const noexcept;
};

/// Errors: kIncompleteEvidence when no bar wrote statistics; errors of the reader.
Result<StatisticsSeries> read_statistics(const runlog::RunReader& run);

/// Two series on the union of their bars.
struct Aligned {
  std::vector<Timestamp> bars;
  std::vector<double> left, right;  // NaN where that side has no value
};
Aligned align(const std::vector<Timestamp>& left_bars, const std::vector<double>& left,
              const std::vector<Timestamp>& right_bars, const std::vector<double>& right);

/// Running sum; a NaN (the first bar has no PnL) adds nothing.
std::vector<double> cumulative(const std::vector<double>& values);

/// One run as the sections see it. `run` is null when the stage that should have made it failed.
struct Side {
  std::string name;
  const runlog::RunReader* run = nullptr;
  Result<StatisticsSeries> statistics = Error{};
  Result<recon::TradingFrames> trading = Error{};  // targets, orders, fills, books over the bars
};

/// Everything that more than one section needs. Reading it never fails as a whole: each part holds
/// its own error.
struct Facts {
  explicit Facts(const ReportInput& report_input);

  const ReportInput& input;
  const recon::Comparison* comparison;
  Side left, right;                        // production and simulation
  std::map<AssetId, std::string> symbols;  // of both runs
  /// The caller's parameters; a name that is given more than once has its values joined by ';', as
  /// the guide joins set_config_values.
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string money_unit;  // quote currency when all symbols share one ("USDT"), else ""

  /// "binance::BTC_USDT", "cash", or "" for no asset.
  std::string asset_text(AssetId asset) const;
  /// The third leg: the research portfolio of production's last outputs, else of the simulation's.
  /// Computed when first asked for, since it reads every frame of the last node. Errors:
  /// kIncompleteEvidence when there is no run; those of recon::compute_research_leg.
  const Result<recon::ResearchLeg>& research() const;
  /// What of the breaks the page leads to. Computed when first asked for.
  const DrillDown& drill_down() const;
  /// The comparison, or what to say when there is none.
  Result<const recon::Comparison*> need_comparison() const;
  /// The verdict; INCONCLUSIVE when nothing was compared.
  recon::Verdict verdict() const;

 private:
  mutable std::optional<Result<recon::ResearchLeg>> research_;
  mutable std::shared_ptr<const DrillDown> drill_down_;  // shared: copies of the facts keep it
};

/// The side's run, or what to say when there is none.
Result<const runlog::RunReader*> need_run(const Side& side);

/// One row of a two-sided table: `value` of each side's run, "not available" in words where a side
/// is missing or fails.
Cell side_cell(const Side& side,
               const std::function<Result<std::string>(const runlog::RunReader&)>& value);

/// Float value of a cell of a float or int column; NaN for other types and for a missing column.
double number_at(const TypedColumn* column, std::size_t row) noexcept;

bool passes(recon::Verdict verdict) noexcept;
Tone tone_of(recon::Verdict verdict) noexcept;
/// That of the verdict; bad when a threshold of an observer fired.
Tone tone_of(const Facts& facts) noexcept;

}  // namespace tieout::report
