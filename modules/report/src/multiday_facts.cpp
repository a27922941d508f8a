#include "multiday_facts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tieout::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Leave out the first `count` bars, and those up to `after`.
StatisticsSeries cut(const StatisticsSeries& series, std::size_t count, Timestamp after) {
  std::size_t first = std::min(count, series.bars.size());
  while (first < series.bars.size() && series.bars[first] <= after) ++first;
  const auto offset = static_cast<std::ptrdiff_t>(first);
  StatisticsSeries out;
  out.names = series.names;
  out.bars.assign(series.bars.begin() + offset, series.bars.end());
  for (const std::vector<double>& values : series.values)
    out.values.emplace_back(values.begin() + offset, values.end());
  return out;
}

StatisticsSeries series_of(const Panel& statistics) {
  StatisticsSeries out;
  out.bars.assign(statistics.index().begin(), statistics.index().end());
  for (std::size_t c = 0; c < statistics.column_count(); ++c) {
    out.names.push_back(statistics.columns()[c].field);
    const auto values = statistics.column(c);
    out.values.emplace_back(values.begin(), values.end());
  }
  return out;
}

Error no_log(std::string_view side, const MultidayRun& run) {
  return Error{ErrorCode::kIncompleteEvidence,
               fmt::format("{} of {}: there is no run log that can be read", side, run.name)};
}

Result<StatisticsSeries> run_leg(std::string_view side, const runlog::RunReader* log,
                                 const MultidayRun& run) {
  if (log == nullptr) return no_log(side, run);
  return read_statistics(*log);
}

/// Of production's last outputs, else of the simulation's. It burns in by itself: its own first
/// bars are not part of it.
Result<StatisticsSeries> research_leg(const MultidayRun& run) {
  const runlog::RunReader* log = run.prod != nullptr ? run.prod : run.sim;
  if (log == nullptr) return no_log("research", run);
  TIEOUT_TRY(const recon::ResearchLeg leg, recon::compute_research_leg(*log));
  if (leg.research.statistics.row_count() == 0) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("research of {}: no bar is left after burn-in", run.name)};
  }
  return series_of(leg.research.statistics);
}

Result<analytics::ExecutionTotals> execution_of(const MultidayRun& run) {
  if (run.prod == nullptr) return no_log("prod", run);
  TIEOUT_TRY(const recon::TradingFrames frames, recon::read_trading_frames(*run.prod));
  if (frames.portfolio.row_count() == 0 || frames.target_positions.row_count() == 0) {
    return Error{ErrorCode::kIncompleteEvidence, run.name + ": no portfolio or no targets"};
  }
  TIEOUT_TRY(const analytics::ExecutionQuality quality,
             analytics::compute_execution_quality(frames.portfolio, frames.target_positions));
  return analytics::execution_totals(quality);
}

double first_of(const Result<StatisticsSeries>& leg, std::string_view name) {
  const std::vector<double>* values = leg.ok() ? leg->find(name) : nullptr;
  return values == nullptr || values->empty() ? kNaN : values->front();
}

std::size_t expected_bars(const MultidayRun& run, Duration bar) {
  const Duration length = run.end - run.start;
  return bar.ns <= 0 ? 0 : static_cast<std::size_t>(length.ns / bar.ns) + 1;
}

void append(const StatisticsSeries& series, Stitched& out) {
  for (const std::string& name : series.names) {
    if (out.find(name) == nullptr) {
      out.names.push_back(name);
      out.values.emplace_back(out.bars.size(), kNaN);
    }
  }
  out.bars.insert(out.bars.end(), series.bars.begin(), series.bars.end());
  for (std::size_t k = 0; k < out.names.size(); ++k) {
    const std::vector<double>* values = series.find(out.names[k]);
    if (values != nullptr)
      out.values[k].insert(out.values[k].end(), values->begin(), values->end());
    out.values[k].resize(out.bars.size(), kNaN);
  }
}

std::string common_quote(const MultidayInput& input) {
  std::string quote;
  for (const MultidayRun& run : input.runs) {
    if (run.prod == nullptr) continue;
    for (const Asset& asset : run.prod->manifest().universe) {
      const std::size_t separator = asset.full_symbol.rfind('_');
      if (separator == std::string::npos) return "";
      const std::string own = asset.full_symbol.substr(separator + 1);
      if (!quote.empty() && own != quote) return "";
      quote = own;
    }
  }
  return quote;
}

/// From harmless to grave, for the word.
int rank_of(recon::Verdict verdict) {
  switch (verdict) {
    case recon::Verdict::kIdentical:
      return 0;
    case recon::Verdict::kEquivalent:
      return 1;
    case recon::Verdict::kExplained:
      return 2;
    case recon::Verdict::kInconclusive:
      return 3;
    case recon::Verdict::kDiverged:
      return 4;
  }
  return 4;
}

/// From harmless to grave, for the exit code.
int rank_of_exit(int code) {
  constexpr std::array<int, 6> kOrder{0, 3, 1, 2, 4, 130};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), code) - kOrder.begin());
}

}  // namespace

const std::vector<double>* Stitched::find(std::string_view name) const noexcept {
  const auto it = std::find(names.begin(), names.end(), name);
  return it == names.end() ? nullptr : &values[static_cast<std::size_t>(it - names.begin())];
}

double total_of(const Result<StatisticsSeries>& leg, std::string_view name) {
  const std::vector<double>* values = leg.ok() ? leg->find(name) : nullptr;
  if (values == nullptr) return kNaN;
  return values->empty() ? 0.0 : cumulative(*values).back();
}

MultidayVerdict multiday_verdict(const MultidayInput& input) {
  MultidayVerdict out;
  out.verdict = recon::Verdict::kIdentical;
  out.exit = 0;
  std::map<std::string, std::size_t> words;
  std::string first_bad;
  const auto take = [&out](recon::Verdict verdict, int exit) {
    if (rank_of(verdict) > rank_of(out.verdict)) out.verdict = verdict;
    if (rank_of_exit(exit) > rank_of_exit(out.exit)) out.exit = exit;
  };
  for (const MultidayRun& run : input.runs) {
    const recon::Verdict verdict =
        run.comparison == nullptr ? recon::Verdict::kInconclusive : run.comparison->verdict;
    take(verdict, run.exit);
    ++words[run.exit == 4 ? "CORRUPT" : std::string(to_string(verdict))];
    if (run.exit != 0 && first_bad.empty()) {
      first_bad = fmt::format("; first {}: {}", run.name,
                              run.comparison == nullptr ? run.problem : run.comparison->sentence);
    }
  }
  if (input.runs.empty() || !input.missing_days.empty()) take(recon::Verdict::kInconclusive, 3);
  std::string counts;
  for (const char* word :
       {"IDENTICAL", "EQUIVALENT", "EXPLAINED", "DIVERGED", "INCONCLUSIVE", "CORRUPT"}) {
    if (words[word] > 0)
      counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", words[word], word);
  }
  out.sentence = fmt::format("{}: {}", plural(input.runs.size(), "run"), counts);
  if (!input.missing_days.empty()) {
    out.sentence += fmt::format("; {} without a run: {}", plural(input.missing_days.size(), "day"),
                                time_text(input.missing_days.front()).substr(0, 10));
    if (input.missing_days.size() > 1) out.sentence += " and more";
  }
  out.sentence += first_bad;
  return out;
}

MultidayFacts::MultidayFacts(const MultidayInput& report_input)
    : input(report_input),
      verdict(multiday_verdict(report_input)),
      money_unit(common_quote(report_input)) {
  for (const MultidayRun& run : input.runs) {
    const runlog::RunReader* log = run.prod != nullptr ? run.prod : run.sim;
    if (log != nullptr && bar.ns == 0) bar = log->manifest().bar;
  }
  std::array<Timestamp, 3> after{};
  after.fill(Timestamp{std::numeric_limits<std::int64_t>::min()});
  for (const MultidayRun& run : input.runs) {
    DayFacts day;
    day.expected_bars = expected_bars(run, bar);
    day.execution = execution_of(run);
    const std::array<Result<StatisticsSeries>, 3> read{
        run_leg("prod", run.prod, run), run_leg("sim", run.sim, run), research_leg(run)};
    day.start_gmv = first_of(read[0], "gmv");
    day.start_wealth = first_of(read[0], "net_wealth");
    for (std::size_t k = 0; k < read.size(); ++k) {
      if (!read[k].ok()) {
        day.legs[k] = read[k].error();
        continue;
      }
      const bool burns_in_itself = k == static_cast<std::size_t>(LegName::kResearch);
      StatisticsSeries series = cut(*read[k], burns_in_itself ? 0 : input.burn_in_bars, after[k]);
      if (!series.bars.empty()) after[k] = series.bars.back();
      append(series, stitched[k]);
      day.legs[k] = std::move(series);
    }
    days.push_back(std::move(day));
  }
}

}  // namespace tieout::report
