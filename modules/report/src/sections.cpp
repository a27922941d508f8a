#include "sections.hpp"

#include <exception>

#include "sections_observer.hpp"
#include "sections_research.hpp"

namespace tieout::report {

const std::vector<SectionSpec>& section_specs() {
  static const std::vector<SectionSpec> kSpecs{
      {"first", "First divergence", first_divergence_section},
      {"identities", "Identities of the runs", identities_section},
      {"layers", "Layers", layers_section},
      {"maps", "Where the breaks are", maps_section},
      {"cells", "Breaks, cell by cell", cells_section},
      {"fast.6", "DAG: prod against sim", dag_comparison_section},
      {"data", "Data diff", data_section},
      {"fast.3", "Config diff", config_diff_section},
      {"journal", "Decisions", journal_section},
      {"fast.5", "Self-consistency: bar T against bar T-1", self_consistency_section},
      {"fast.12", "PnL", pnl_panels_section},
      {"gap", "PnL gap", gap_section},
      {"returns", "Returns side by side", returns_section},
      {"assets", "Assets with the largest gaps", assets_section},
      {"fast.11", "Portfolios", portfolios_with_research},
      {"fast.13", "Portfolio statistics", statistics_table_section},
      {"tracking", "Tracking", tracking_section},
      {"fast.14", "Portfolio differences", pairwise_diff_section},
      {"fast.15", "Correlations", correlations_with_research},
      {"equality", "Equality", equality_section},
      {"fast.16", "Target against executed holdings", target_vs_executed_section},
      {"fast.10", "Research portfolio", research_section},
      {"fast.17", "Targets against research", targets_vs_research_section},
      {"fast.8", "Order delay", order_delay_section},
      {"timing", "Order timing", timing_section},
      {"fast.18", "Orders", orders_section},
      {"fast.19", "Fills", fills_section},
      {"execution", "Execution quality", execution_section},
      {"child_orders", "Child orders", child_orders_section, false, makes_child_orders},
      {"matching", "Order and fill matching", matching_section},
      {"fast.7", "DAG execution time", execution_time_section},
      {"fast.9", "DAG size", dag_size_section},
      {"footprint", "Run log footprint", footprint_section},
      {"slow.5", "Self-consistency at every bar", slow_self_consistency_section, true},
      {"slow.6", "Every node at every bar", slow_dag_comparison_section, true},
      {"findings", "Findings", findings_section},
      {"policy", "Policy, waivers and noise floor", policy_section},
      {"fast.1", "Paths", paths_section},
      {"fast.2", "Configs", configs_section},
      {"fast.4", "DAG", dag_section},
      {"glossary", "Glossary", glossary_section},
  };
  return kSpecs;
}

const std::vector<SectionSpec>& observer_section_specs() {
  static const std::vector<SectionSpec> kSpecs{
      {"observer.heartbeat", "Heartbeat", observer_heartbeat_section},
      {"observer.thresholds", "Alert thresholds", observer_thresholds_section},
      {"observer.rolling", "Rolling reconciliation", observer_rolling_section},
      {"first", "First divergence", first_divergence_section},
      {"cells", "Breaks, cell by cell", cells_section},
      {"observer.pnl", "PnL", observer_pnl_section},
      {"observer.balance", "Balance", observer_balance_section},
      {"observer.holdings", "Holdings", observer_holdings_section},
      {"observer.open_positions", "Open positions and orders", observer_open_positions_section},
      {"observer.orders", "Order delay", order_delay_section},
      {"observer.data", "Delay of market data", observer_data_section},
      {"layers", "Layers", layers_section},
      {"journal", "Decisions", journal_section},
      {"fast.13", "Portfolio statistics", statistics_table_section},
      {"fast.7", "DAG execution time", execution_time_section},
      {"footprint", "Run log footprint", footprint_section},
      {"fast.1", "Paths", paths_section},
  };
  return kSpecs;
}

Section guarded_section(const char* id, const char* title,
                        const std::function<Result<Blocks>()>& compute) {
  Section section;
  section.id = id;
  section.title = title;
  try {
    Result<Blocks> blocks = compute();
    section.ok = blocks.ok();
    if (blocks.ok()) {
      section.blocks = std::move(blocks).value();
    } else {
      section.lacks = blocks.error().message;
    }
  } catch (const std::exception& exception) {
    // A library that throws past its own module is a defect, but it may not take the other sections
    // with it.
    section.ok = false;
    section.lacks = exception.what();
  }
  return section;
}

Section compute_section(const SectionSpec& spec, const Facts& facts) {
  return guarded_section(spec.id, spec.title, [&] { return spec.compute(facts); });
}

std::vector<const SectionSpec*> specs_of(const Facts& facts) {
  std::vector<const SectionSpec*> out;
  const bool observer = facts.input.kind == ReportKind::kObserver;
  for (const SectionSpec& spec : observer ? observer_section_specs() : section_specs()) {
    const bool is_of_kind = !spec.slow_only || facts.input.kind == ReportKind::kSlow;
    if (is_of_kind && (spec.applies == nullptr || spec.applies(facts))) out.push_back(&spec);
  }
  return out;
}

std::vector<Section> compute_sections(const Facts& facts) {
  std::vector<Section> out;
  for (const SectionSpec* spec : specs_of(facts)) out.push_back(compute_section(*spec, facts));
  return out;
}

}  // namespace tieout::report
