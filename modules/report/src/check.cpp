#include "check.hpp"

#include <cmath>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"

namespace tieout::report {
namespace {

constexpr std::string_view kCompareCell =
    "# Compare prod and sim: all layers, all nodes, all bar timestamps.\n";

constexpr std::string_view kSelfConsistencyCell =
    "# Run for all timestamps.\n"
    "# Compare DAG output at T with itself at time T-1.\n";

constexpr std::string_view kThresholdsCell = "# No alert threshold may fire.\n";

/// What asserts: the package tieout, or report.json.
constexpr std::string_view kCallCheck = "report.check()";
constexpr std::string_view kStoredCheck =
    "check = report[\"check\"]\n"
    "assert check[\"passed\"], check[\"message\"]";

std::string none_if_empty(const std::string& text) {
  return text.empty() ? "(none)" : text;
}

/// New York times, as the reference prints them.
std::string new_york(Timestamp t) {
  return to_local_iso(t, Zone::kNewYork);
}

std::string where_text(const recon::FirstDivergence& first, const Facts& facts) {
  const recon::Finding& finding = first.finding;
  const std::string node = first.node.empty() ? finding.part : first.node;
  if (finding.kind == recon::BreakKind::kHistoryRewritten) {
    const runlog::RunReader* run = facts.left.run != nullptr ? facts.left.run : facts.right.run;
    const Duration bar = run == nullptr ? Duration{} : run->manifest().bar;
    return fmt::format(
        "Comparison failed for node={} for current_timestamp={} and previous_timestamp={}", node,
        new_york(finding.bar), new_york(finding.bar - bar));
  }
  return fmt::format("Comparison failed for node={} for bar timestamps={}", node,
                     new_york(finding.bar));
}

std::string detail_text(const recon::Finding& finding, const Facts& facts) {
  std::string out = fmt::format("layer={} part={} kind={}", to_string(finding.layer), finding.part,
                                to_string(finding.kind));
  if (!finding.column.empty()) out += " column=" + finding.column;
  if (finding.asset != kNoAsset) out += " asset=" + facts.asset_text(finding.asset);
  if (finding.row.has_value()) out += " row=" + new_york(*finding.row);
  if (!finding.key.empty()) out += " " + finding.key;
  if (std::isfinite(finding.abs_diff) && parse_double(finding.left).has_value() &&
      parse_double(finding.right).has_value()) {
    out += fmt::format(" abs={} rel={} ulp={}", format_double(finding.abs_diff),
                       format_double(finding.rel_diff), finding.ulp);
  }
  out += " threshold=" + (finding.rule == "exact" ? "0 (exact)" : finding.rule);
  const recon::PolicyResult& policy = facts.comparison->policy;
  if (!policy.hash.empty() && policy.hash != recon::exact_policy().hash) {
    constexpr std::size_t kShownHash = 12;
    out += fmt::format(" policy={}{}", policy.name.empty() ? "" : policy.name + " ",
                       policy.hash.substr(0, kShownHash));
  }
  return out;
}

}  // namespace

std::string banner(const std::string& inside) {
  const std::string rule(80, '#');
  return rule + "\n* Failed assertion *\n" + inside + "\n" + rule;
}

std::string stored_check_code(std::string_view comment) {
  return std::string(comment) + std::string(kStoredCheck);
}

Check check_of(const Facts& facts) {
  Check out;
  const auto code = [&facts](std::string_view comment) {
    return facts.input.notebook_sources ? std::string(comment) + std::string(kCallCheck)
                                        : stored_check_code(comment);
  };
  const ObserverFacts* observer = facts.input.observer;
  const bool fired = observer != nullptr && fired_count(*observer) > 0;
  out.passed = passes(facts.verdict()) && !fired;
  out.code = code(kCompareCell);
  if (out.passed) return out;
  if (fired) {
    std::string lines;
    for (const ThresholdCheck& check : observer->thresholds) {
      if (check.state != ThresholdState::kFired) continue;
      lines += (lines.empty() ? "" : "\n") + check.message;
    }
    out.code = code(kThresholdsCell);
    out.message = banner(valid_utf8(lines));
    return out;
  }
  if (facts.comparison != nullptr && facts.comparison->first.has_value()) {
    const recon::FirstDivergence& first = *facts.comparison->first;
    if (first.finding.kind == recon::BreakKind::kHistoryRewritten) {
      out.code = code(kSelfConsistencyCell);
    }
    out.message = banner(valid_utf8(fmt::format(
        "{} == {}\n{}\n{}", none_if_empty(first.finding.left), none_if_empty(first.finding.right),
        where_text(first, facts), detail_text(first.finding, facts))));
  } else {
    out.message = banner(valid_utf8(fmt::format(
        "'{}' in ('IDENTICAL', 'EQUIVALENT', 'EXPLAINED')\n{}", to_string(facts.verdict()),
        facts.comparison == nullptr ? "The runs were not compared" : facts.comparison->sentence)));
  }
  return out;
}

std::string traceback_text(const Check& check, std::size_t cell_number) {
  std::string out(75, '-');
  out += "\nAssertionError                            Traceback (most recent call last)\n";
  out += fmt::format("Cell In[{}]\n", cell_number);
  std::size_t line_number = 1;
  std::size_t position = 0;
  while (position <= check.code.size()) {
    const std::size_t end = std::min(check.code.find('\n', position), check.code.size());
    const std::string line = check.code.substr(position, end - position);
    const bool fails = end == check.code.size();  // the last line of each of these cells
    out += fmt::format("{}{:>3} {}\n", fails ? "---->" : "     ", line_number, line);
    position = end + 1;
    ++line_number;
  }
  return out;
}

std::string failure_text(const Check& check, std::size_t cell_number) {
  const std::string dashes(18, '-');
  return "CellExecutionError: An error occurred while executing the following cell:\n" + dashes +
         "\n" + check.code + "\n" + dashes + "\n\n" + traceback_text(check, cell_number) +
         "\nAssertionErrorFailed assertion\n" + check.message + "\n";
}

}  // namespace tieout::report
