#include "sections_multiday.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "plot.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

struct MultidaySpec {
  const char* id;
  const char* title;
  Result<Blocks> (*compute)(const MultidayFacts&);
};

constexpr MultidaySpec kSpecs[] = {
    {"multiday.days", "Days", multiday_days_section},
    {"multiday.pnl", "Stitched PnL", multiday_pnl_section},
    {"multiday.breaks", "Breaks by day and layer", multiday_breaks_section},
    {"multiday.gaps", "Missing days, gaps and overlaps", multiday_gaps_section},
    {"multiday.coverage", "Coverage", multiday_coverage_section},
    {"multiday.statistics", "Portfolio statistics", multiday_statistics_section},
    {"multiday.correlations", "PnL correlations", multiday_correlations_section},
    {"multiday.execution", "Execution by day", multiday_execution_section},
    {"multiday.joins", "Joins of the days", multiday_joins_section},
    {"multiday.paths", "Paths", multiday_paths_section},
};

std::string day_text(Timestamp t) {
  return time_text(t).substr(0, 10);
}

std::string pnl_text(double value) {
  return std::isnan(value) ? "-" : money_text(value);
}

Cell gap_cell(double prod, double sim) {
  if (std::isnan(prod) || std::isnan(sim)) return {"-", Tone::kMuted};
  if (prod == sim) return {"0", Tone::kGood};
  return {money_text(prod - sim), Tone::kBad};
}

std::string first_text(const MultidayRun& run) {
  if (run.comparison == nullptr) return run.problem;
  if (!run.comparison->first.has_value()) return "";
  const recon::Finding& finding = run.comparison->first->finding;
  return fmt::format("{} {}{}{}", time_text(finding.bar), finding.part,
                     finding.column.empty() ? "" : ", ", finding.column);
}

std::size_t bars_of(const runlog::RunReader* run) {
  return run == nullptr ? 0 : run->bars().size();
}

/// Runs and missing days in one order of time.
struct Row {
  Timestamp start;
  const MultidayRun* run;  // null: the day misses its run
  const DayFacts* facts;
};

std::vector<Row> rows_of(const MultidayFacts& facts) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < facts.input.runs.size(); ++i)
    rows.push_back({facts.input.runs[i].start, &facts.input.runs[i], &facts.days[i]});
  for (const Timestamp day : facts.input.missing_days) rows.push_back({day, nullptr, nullptr});
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.start < b.start; });
  return rows;
}

/// Breaks of one layer of a run; nothing when it was not compared.
std::optional<std::uint64_t> breaks_of(const MultidayRun& run, recon::Layer layer) {
  if (run.comparison == nullptr) return std::nullopt;
  for (const recon::LayerResult& result : run.comparison->layers)
    if (result.layer == layer) return result.distinct_breaks;
  return std::nullopt;
}

}  // namespace

Cell verdict_cell(const MultidayRun& run) {
  constexpr int kCorrupt = 4;
  if (run.exit == kCorrupt) return {"CORRUPT", Tone::kBad};
  if (run.comparison == nullptr) return {"INCONCLUSIVE", Tone::kWarn};
  return {std::string(to_string(run.comparison->verdict)), tone_of(run.comparison->verdict)};
}

Result<Blocks> multiday_days_section(const MultidayFacts& facts) {
  TableBlock table;
  table.caption = "One row for each run, by its start; PnL " +
                  (facts.money_unit.empty() ? "as logged" : "in " + facts.money_unit);
  table.columns = {{"day", Align::kTime},
                   {"verdict"},
                   {"pages"},
                   {"coverage", Align::kNumber},
                   {"breaks", Align::kNumber},
                   {"first divergence, or problem"},
                   {"PnL prod", Align::kNumber},
                   {"PnL sim", Align::kNumber},
                   {"gap", Align::kNumber},
                   {"PnL research", Align::kNumber},
                   {"bars prod", Align::kNumber},
                   {"bars sim", Align::kNumber},
                   {"recorded"},
                   {"run", Align::kCode}};
  constexpr std::size_t kVerdict = 1, kWhy = 5;
  for (const Row& row : rows_of(facts)) {
    if (row.run == nullptr) {
      std::vector<Cell> cells(table.columns.size(), Cell{""});
      cells[0] = day_text(row.start);
      cells[kVerdict] = Cell{"MISSING", Tone::kWarn};
      cells[kWhy] = "no run begins on this day; it was expected at " + time_text(row.start);
      table.rows.push_back(std::move(cells));
      continue;
    }
    const MultidayRun& run = *row.run;
    const recon::Comparison* comparison = run.comparison;
    const double prod = total_of(row.facts->legs[0], "pnl");
    const double sim = total_of(row.facts->legs[1], "pnl");
    Cell pages{""};
    for (const RunPage& page : run.pages)
      pages.links.emplace_back(page.name, Link{page.in_report, page.published});
    Cell recorded{run.recorded_verdict.empty() ? "none" : run.recorded_verdict, Tone::kMuted};
    if (!run.recorded_verdict.empty() && comparison != nullptr &&
        run.recorded_verdict != to_string(comparison->verdict)) {
      recorded = Cell{run.recorded_verdict + ", differs", Tone::kWarn};
    }
    std::string why = first_text(run);
    if (run.partial) why += why.empty() ? "production's log is not sealed" : "; log not sealed";
    table.rows.push_back({day_text(run.start), verdict_cell(run), std::move(pages),
                          comparison == nullptr
                              ? "0 %"
                              : share_text(comparison->cells.compared - comparison->cells.uncovered,
                                           comparison->cells.present),
                          comparison == nullptr ? Cell{"-", Tone::kMuted}
                                                : Cell{count_text(comparison->distinct_breaks)},
                          why, pnl_text(prod), pnl_text(sim), gap_cell(prod, sim),
                          pnl_text(total_of(row.facts->legs[2], "pnl")),
                          count_text(bars_of(run.prod)), count_text(bars_of(run.sim)),
                          std::move(recorded),
                          run.name + (run.mode.empty() ? "" : " " + run.mode)});
  }
  return Blocks{table, Paragraph{"Every run was compared again for this page, from both run logs; "
                                 "`recorded` is what its own reconciliation said at its time.",
                                 Tone::kMuted}};
}

Result<Blocks> multiday_coverage_section(const MultidayFacts& facts) {
  std::uint64_t present = 0, compared = 0, uncovered = 0, expected = 0, prod = 0, sim = 0, both = 0;
  std::size_t compared_runs = 0;
  for (std::size_t i = 0; i < facts.input.runs.size(); ++i) {
    const MultidayRun& run = facts.input.runs[i];
    expected += facts.days[i].expected_bars;
    prod += bars_of(run.prod);
    sim += bars_of(run.sim);
    if (run.comparison == nullptr) continue;
    ++compared_runs;
    present += run.comparison->cells.present;
    compared += run.comparison->cells.compared;
    uncovered += run.comparison->cells.uncovered;
    both += run.comparison->bars_both;
  }
  const std::uint64_t expected_days = facts.input.runs.size() + facts.input.missing_days.size();
  TableBlock table;
  table.caption = "What was expected, and how much of it was compared";
  table.columns = {
      {"what"}, {"expected", Align::kNumber}, {"found", Align::kNumber}, {"share", Align::kNumber}};
  const auto add = [&table](const char* what, std::uint64_t all, std::uint64_t part) {
    table.rows.push_back({what, count_text(all), count_text(part),
                          all == 0 ? Cell{"-", Tone::kMuted}
                                   : Cell{share_text(std::min(part, all), all),
                                          part >= all ? Tone::kGood : Tone::kWarn}});
  };
  add("days with a run", expected_days, facts.input.runs.size());
  add("days that were compared", expected_days, compared_runs);
  add("bars of production", expected, prod);
  add("bars of the simulation", expected, sim);
  add("bars in both", expected, both);
  add("cells compared, of those on either side", present, compared - std::min(compared, uncovered));
  return Blocks{table, Paragraph{"Bars are expected by the windows of the runs that were found; "
                                 "the bars and cells of a missing day are in no number.",
                                 Tone::kMuted}};
}

Result<Blocks> multiday_gaps_section(const MultidayFacts& facts) {
  const MultidayInput& input = facts.input;
  Blocks out;
  if (input.missing_days.empty() && input.gaps.empty() && input.overlaps.empty()) {
    out.emplace_back(
        Paragraph{"None: every day has its run, and each run goes on where the one before ended.",
                  Tone::kGood});
  }
  if (!input.missing_days.empty()) {
    Bullets days;
    for (const Timestamp day : input.missing_days)
      days.items.push_back(
          fmt::format("{}: no run; it was expected at {}", day_text(day), time_text(day)));
    out.emplace_back(
        Paragraph{plural(input.missing_days.size(), "day") + " without a run", Tone::kWarn});
    out.emplace_back(std::move(days));
  }
  if (!input.gaps.empty()) {
    TableBlock table;
    table.caption = "Time between the last bar of a run and the first bar of the next";
    table.columns = {{"from", Align::kTime},
                     {"to", Align::kTime},
                     {"length", Align::kNumber},
                     {"bars between", Align::kNumber}};
    for (const TimeSpan& gap : input.gaps) {
      const Duration length = gap.to - gap.from;
      table.rows.push_back(
          {time_text(gap.from), time_text(gap.to), duration_text(length),
           facts.bar.ns <= 0
               ? Cell{"-", Tone::kMuted}
               : Cell{count_text(static_cast<std::uint64_t>(length.ns / facts.bar.ns) - 1)}});
    }
    out.emplace_back(std::move(table));
  }
  for (const auto& [title, items] :
       {std::pair{"Runs that share bars; a shared bar is the earlier run's", &input.overlaps},
        std::pair{"Directories that were not read", &input.set_aside}}) {
    if (items->empty()) continue;
    out.emplace_back(Paragraph{title});
    out.emplace_back(Bullets{*items});
  }
  return out;
}

Result<Blocks> multiday_breaks_section(const MultidayFacts& facts) {
  TableBlock table;
  table.caption = "Distinct breaks; a cell that stays different counts once";
  table.columns = {{"day", Align::kTime}, {"verdict"}};
  // Not every run has every layer: child orders are there where a broker makes them.
  std::vector<recon::Layer> layers;
  for (const recon::Layer layer : recon::kLayers) {
    const bool any =
        std::any_of(facts.input.runs.begin(), facts.input.runs.end(),
                    [&](const auto& run) { return breaks_of(run, layer).has_value(); });
    if (!any) continue;
    layers.push_back(layer);
    table.columns.push_back({std::string(to_string(layer)), Align::kNumber});
  }
  table.columns.push_back({"all", Align::kNumber});
  table.columns.push_back({"against the run before", Align::kNumber});
  Strip strip;
  std::optional<std::uint64_t> before;
  for (const Row& row : rows_of(facts)) {
    if (row.run == nullptr) {
      std::vector<Cell> cells(table.columns.size(), Cell{"-", Tone::kMuted});
      cells[0] = day_text(row.start);
      cells[1] = Cell{"MISSING", Tone::kWarn};
      table.rows.push_back(std::move(cells));
      continue;
    }
    const MultidayRun& run = *row.run;
    std::vector<Cell> cells{day_text(run.start), verdict_cell(run)};
    for (const recon::Layer layer : layers) {
      const auto count = breaks_of(run, layer);
      cells.push_back(!count ? Cell{"-", Tone::kMuted}
                             : Cell{count_text(*count), *count == 0 ? Tone::kPlain : Tone::kBad});
    }
    if (run.comparison == nullptr) {
      cells.emplace_back("-", Tone::kMuted);
      cells.emplace_back("-", Tone::kMuted);
    } else {
      const std::uint64_t all = run.comparison->distinct_breaks;
      cells.emplace_back(count_text(all));
      cells.emplace_back(!before          ? Cell{"-", Tone::kMuted}
                         : all > *before  ? Cell{"+" + count_text(all - *before), Tone::kBad}
                         : all == *before ? Cell{"0"}
                                          : Cell{"-" + count_text(*before - all), Tone::kGood});
      before = all;
      strip.bars.push_back(run.start);
      strip.counts.push_back(all);
    }
    table.rows.push_back(std::move(cells));
  }
  if (strip.bars.empty()) {
    return Error{ErrorCode::kIncompleteEvidence, "no run of the window could be compared"};
  }
  std::uint64_t sum = 0;
  for (const std::uint64_t count : strip.counts) sum += count;
  strip.label = fmt::format("Breaks of each run, log scale: {} in {}", plural(sum, "break"),
                            plural(strip.bars.size(), "run"));
  return Blocks{Figure{strip.label, strip_svg(strip), ""}, std::move(table)};
}

Result<Blocks> multiday_paths_section(const MultidayFacts& facts) {
  TableBlock table;
  table.caption = "Run logs that were compared";
  table.columns = {{"run", Align::kCode},
                   {"prod", Align::kCode},
                   {"sim", Align::kCode},
                   {"root hash of prod", Align::kCode}};
  for (const MultidayRun& run : facts.input.runs) {
    const auto path = [](const runlog::RunReader* log) {
      return log == nullptr ? Cell{"not read", Tone::kWarn} : Cell{log->directory().string()};
    };
    table.rows.push_back({run.name, path(run.prod), path(run.sim),
                          run.prod == nullptr ? "" : run.prod->manifest().root_hash});
  }
  return Blocks{std::move(table)};
}

std::vector<Section> compute_multiday_sections(const MultidayFacts& facts) {
  std::vector<Section> out;
  for (const MultidaySpec& spec : kSpecs) {
    out.push_back(guarded_section(spec.id, spec.title, [&] { return spec.compute(facts); }));
  }
  return out;
}

}  // namespace tieout::report
