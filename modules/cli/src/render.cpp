#include "render.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tieout::cli {
namespace {

std::string render_first(const recon::FirstDivergence& first) {
  const recon::Finding& finding = first.finding;
  std::string text = fmt::format("\nfirst divergence: {}\n", first.sentence);
  text += fmt::format("  bar    {}\n  part   {}\n", to_iso(finding.bar), finding.part);
  if (!finding.column.empty()) {
    text += fmt::format("  column {}\n", finding.column);
  }
  if (finding.row.has_value()) {
    text += fmt::format("  row    {}\n", to_iso(*finding.row));
  }
  text += fmt::format("  left   {}\n  right  {}\n  id     {}\n", finding.left, finding.right,
                      recon::break_id(finding));
  return text;
}

/// A count of the table of layers; those of a policy are shown only where there are some.
struct Column {
  std::string_view title;
  std::uint64_t recon::CellCounts::*count;
  bool always = false;
};
constexpr std::array kColumns{
    Column{"cells", &recon::CellCounts::present, true},
    Column{"bitwise equal", &recon::CellCounts::bitwise, true},
    Column{"within", &recon::CellCounts::within},
    Column{"ignored", &recon::CellCounts::ignored},
    Column{"waived", &recon::CellCounts::waived},
    Column{"different", &recon::CellCounts::outside, true},
    Column{"uncovered", &recon::CellCounts::uncovered},
};

std::string render_layers(const recon::Comparison& comparison) {
  std::vector<Column> columns;
  std::copy_if(
      kColumns.begin(), kColumns.end(), std::back_inserter(columns), [&](const Column& column) {
        return column.always || std::any_of(comparison.layers.begin(), comparison.layers.end(),
                                            [&](const recon::LayerResult& layer) {
                                              return layer.cells.*column.count > 0;
                                            });
      });
  std::string text = fmt::format("{:<18} {:<13}", "layer", "verdict");
  for (const Column& column : columns) {
    text += fmt::format(" {:>13}", column.title);
  }
  text += fmt::format(" {:>10}\n", "breaks");
  std::string notes;
  for (const recon::LayerResult& layer : comparison.layers) {
    text += fmt::format("{:<18} {:<13}", recon::to_string(layer.layer),
                        recon::to_string(layer.verdict));
    for (const Column& column : columns) {
      text += fmt::format(" {:>13}", layer.cells.*column.count);
    }
    text += fmt::format(" {:>10}\n", layer.distinct_breaks);
    if (!layer.note.empty()) {
      notes += fmt::format("  {}: {}\n", recon::to_string(layer.layer), layer.note);
    }
  }
  return notes.empty() ? text : text + "\nnotes\n" + notes;
}

std::string breaks_text(std::uint64_t count) {
  return fmt::format("{} break{}", count, count == 1 ? "" : "s");
}

/// What the policy's rules and waivers did that a reader must know: what they hide, and which of
/// them are dead.
std::string render_policy_use(const recon::PolicyResult& policy) {
  std::string text;
  for (const recon::RuleResult& rule : policy.rules) {
    if (rule.ignored_breaks > 0) {
      text += fmt::format("  line {}: {}: {} ignored\n", rule.line, rule.text,
                          breaks_text(rule.ignored_breaks));
    } else if (!rule.used) {
      text += fmt::format("  line {}: {}: never used\n", rule.line, rule.text);
    }
  }
  for (const recon::WaiverResult& waiver : policy.waivers) {
    const std::string head =
        fmt::format("  line {}: waiver of {} ({})", waiver.line, waiver.owner, waiver.reason);
    if (waiver.waived_breaks > 0) {
      text += fmt::format("{}: {} waived\n", head, breaks_text(waiver.waived_breaks));
    }
    if (waiver.expired_breaks > 0) {
      text += fmt::format("{}: expired {}, {} that it would cover count\n", head,
                          to_iso(waiver.expires), breaks_text(waiver.expired_breaks));
    }
    if (waiver.waived_breaks + waiver.expired_breaks == 0) {
      text += head + ": never used\n";
    }
  }
  return text.empty() ? text : "\npolicy\n" + text;
}

}  // namespace

std::string render_comparison(const recon::Comparison& comparison) {
  std::string text =
      fmt::format("{}  {}\n", recon::to_string(comparison.verdict), comparison.sentence);
  text += fmt::format("coverage {:.4f} % of {} cells, {} bars in both ({} {}, {} {})\n",
                      100.0 * comparison.coverage, comparison.cells.present, comparison.bars_both,
                      comparison.bars_left, comparison.left_name, comparison.bars_right,
                      comparison.right_name);
  const recon::PolicyResult& policy = comparison.policy;
  text += fmt::format(
      "policy {}{}{}\n\n", policy.name.empty() ? "" : policy.name + " ", policy.hash.substr(0, 12),
      policy.min_coverage > 0
          ? fmt::format(", coverage of at least {:g} % demanded", 100 * policy.min_coverage)
          : std::string());
  text += render_layers(comparison);
  // The policy without a policy has one rule for everything, which is not looked up.
  if (comparison.policy.hash != recon::exact_policy().hash) {
    text += render_policy_use(comparison.policy);
  }
  if (comparison.first.has_value()) {
    text += render_first(*comparison.first);
  }
  return text;
}

}  // namespace tieout::cli
