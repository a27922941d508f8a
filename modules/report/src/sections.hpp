#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tieout/recon/pnl_gap.hpp"

#include "document.hpp"
#include "facts.hpp"

namespace tieout::report {

/// The sections of the report, each a pure function of the facts. An error is what the section
/// lacks; others are not touched by it. The names fast.N and slow.N are those of the reference's
/// reports (same content under the same number).
using SectionFunction = Result<Blocks> (*)(const Facts&);

// sections_summary.cpp
Result<Blocks> identities_section(const Facts& facts);
Result<Blocks> first_divergence_section(const Facts& facts);
Result<Blocks> layers_section(const Facts& facts);
Result<Blocks> findings_section(const Facts& facts);

// sections_cells.cpp
Result<Blocks> cells_section(const Facts& facts);

// sections_data.cpp
Result<Blocks> data_section(const Facts& facts);

// sections_policy.cpp
Result<Blocks> policy_section(const Facts& facts);

// sections_glossary.cpp
Result<Blocks> glossary_section(const Facts& facts);

// sections_maps.cpp
Result<Blocks> maps_section(const Facts& facts);

// sections_config.cpp
Result<Blocks> paths_section(const Facts& facts);        // fast.1
Result<Blocks> configs_section(const Facts& facts);      // fast.2
Result<Blocks> config_diff_section(const Facts& facts);  // fast.3

// sections_dag.cpp
Result<Blocks> dag_section(const Facts& facts);               // fast.4
Result<Blocks> self_consistency_section(const Facts& facts);  // fast.5
Result<Blocks> dag_comparison_section(const Facts& facts);    // fast.6
Result<Blocks> execution_time_section(const Facts& facts);    // fast.7
Result<Blocks> dag_size_section(const Facts& facts);          // fast.9

// sections_slow.cpp
Result<Blocks> slow_self_consistency_section(const Facts& facts);  // slow.5
Result<Blocks> slow_dag_comparison_section(const Facts& facts);    // slow.6

// sections_portfolio.cpp
Result<Blocks> portfolios_section(const Facts& facts);     // fast.11
Result<Blocks> pairwise_diff_section(const Facts& facts);  // fast.14
Result<Blocks> correlations_section(const Facts& facts);   // fast.15

// sections_panels.cpp
Result<Blocks> pnl_panels_section(const Facts& facts);  // fast.12
/// Whose curves the twelve panels of the reference show: those of both runs, and of research.
enum class PanelLegs { kRuns, kWithResearch };
/// The twelve panels of what there is, and in words what there is not.
Result<Blocks> portfolio_panels(const Facts& facts, PanelLegs which);

// sections_gap.cpp, sections_returns.cpp, sections_assets.cpp, sections_timing.cpp
Result<Blocks> gap_section(const Facts& facts);
Result<Blocks> returns_section(const Facts& facts);
Result<Blocks> assets_section(const Facts& facts);
Result<Blocks> timing_section(const Facts& facts);

// sections_statistics.cpp
Result<Blocks> statistics_table_section(const Facts& facts);  // fast.13
Result<Blocks> tracking_section(const Facts& facts);
Result<Blocks> equality_section(const Facts& facts);

// sections_trading.cpp
Result<Blocks> order_delay_section(const Facts& facts);         // fast.8
Result<Blocks> target_vs_executed_section(const Facts& facts);  // fast.16
Result<Blocks> orders_section(const Facts& facts);              // fast.18
Result<Blocks> matching_section(const Facts& facts);
Result<Blocks> fills_section(const Facts& facts);  // fast.19

// sections_execution.cpp
Result<Blocks> execution_section(const Facts& facts);  // fast.19, its panels

// sections_children.cpp
Result<Blocks> child_orders_section(const Facts& facts);
/// Whether either run works its orders in waves.
bool makes_child_orders(const Facts& facts);

// sections_run.cpp
Result<Blocks> journal_section(const Facts& facts);
Result<Blocks> footprint_section(const Facts& facts);

struct SectionSpec {
  const char* id;
  const char* title;
  SectionFunction compute;
  bool slow_only = false;
  bool (*applies)(const Facts&) = nullptr;  // nothing: to every pair of runs
};

/// In the order of the page: the story first, the raw material last.
const std::vector<SectionSpec>& section_specs();
/// Those of a report on a run in progress.
const std::vector<SectionSpec>& observer_section_specs();

/// A section made by `compute`. Neither an Error nor an exception of a library leaves it: the
/// section then says what it lacks.
Section guarded_section(const char* id, const char* title,
                        const std::function<Result<Blocks>()>& compute);

/// Compute one section. Neither an Error nor an exception of a library leaves it.
Section compute_section(const SectionSpec& spec, const Facts& facts);

/// Those of the report's kind that apply to its runs, in the order of the page.
std::vector<const SectionSpec*> specs_of(const Facts& facts);
/// All sections of the report's kind.
std::vector<Section> compute_sections(const Facts& facts);

/// Totals of both runs, each with its formula: the first part of fast.13.
Result<Blocks> totals_blocks(const Facts& facts);

/// Cumulative PnL of both sides at their last bars, for the first screen.
struct PnlGap {
  double left = 0, right = 0;
};
Result<PnlGap> total_pnl(const Facts& facts);

/// The gap by what was matched of the fills, with the default options of matching. Errors: those of
/// recon::pnl_gap(), and what a side lacks.
Result<recon::PnlGap> matched_pnl_gap(const Facts& facts);
/// "other prices", "only prod": a part of it for people.
std::string gap_part_text(analytics::GapPart part, const Facts& facts);

}  // namespace tieout::report
