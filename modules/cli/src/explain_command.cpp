#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/core/time.hpp"
#include "tieout/flow/find_runs.hpp"
#include "tieout/recon/explain.hpp"
#include "tieout/reference/log_reader.hpp"
#include "tieout/runlog/run_source.hpp"

#include "commands.hpp"
#include "market_render.hpp"
#include "selection_flags.hpp"

namespace tieout::cli {
namespace {

std::string place_of(const recon::Finding& finding) {
  std::string text = finding.part;
  const std::string column = to_string(ColumnKey{finding.column, finding.asset});
  if (!finding.column.empty() || finding.asset != kNoAsset) text += " " + column;
  if (finding.row) text += " row " + to_iso(*finding.row);
  if (!finding.key.empty()) text += " " + finding.key;
  return text;
}

std::string_view mark_of(bool equal) {
  return equal ? "=" : "x";
}

std::string distance_text(const recon::CellExplanation& cell) {
  if (cell.now.equal || !std::isfinite(cell.abs_diff)) return "";
  return fmt::format("  distance {} absolute, {} relative, {} ulp\n", format_double(cell.abs_diff),
                     format_double(cell.rel_diff), cell.ulp);
}

std::string versions_text(const std::string& side,
                          const std::vector<recon::CellVersion>& versions) {
  std::string text;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    text += fmt::format("  {:<8} {} {} at bar {}\n", side, i == 0 ? "first" : "revised to",
                        versions[i].value, to_iso(versions[i].bar));
  }
  return text;
}

std::string inputs_text(const recon::Explanation& explanation, const recon::CellExplanation& cell) {
  constexpr std::size_t kShown = 8;
  if (cell.inputs.empty()) return "";
  std::string text =
      fmt::format("\ncomputed from  ({} | {})\n", explanation.left_name, explanation.right_name);
  for (const recon::InputEvidence& input : cell.inputs) {
    text += fmt::format("  {} {:<32} {}{}\n", mark_of(input.equal), input.part, input.reach,
                        input.equal ? "" : fmt::format(", {} differ", input.differing));
    // What differs first, then the nearest of the rest.
    std::vector<recon::ValuePair> values = input.values;
    std::ranges::stable_sort(values, {}, &recon::ValuePair::equal);
    for (std::size_t i = 0; i < std::min(kShown, values.size()); ++i) {
      text += fmt::format("      {} {:<46} {} | {}\n", mark_of(values[i].equal), values[i].what,
                          values[i].left, values[i].right);
    }
    if (values.size() > kShown) {
      text += fmt::format("        and {} more (--json)\n", values.size() - kShown);
    }
  }
  return text;
}

std::string cell_text(const recon::Explanation& explanation) {
  const recon::CellExplanation& cell = *explanation.cell;
  std::string text = fmt::format("\n{}\n", cell.sentence);
  text += fmt::format("  bar      {}\n", to_iso(cell.bar));
  if (cell.row) text += fmt::format("  row      {}\n", to_iso(*cell.row));
  text += fmt::format("  {:<8} {}\n  {:<8} {}\n", explanation.left_name, cell.now.left,
                      explanation.right_name, cell.now.right);
  text += distance_text(cell);
  text += fmt::format("  rule     {}\n", cell.rule);
  if (cell.then) {
    text += fmt::format("  at T-1   {} | {} ({})\n", cell.then->left, cell.then->right,
                        cell.then->equal ? "equal" : "different");
  }
  if (cell.left_versions.size() > 1 || cell.right_versions.size() > 1) {
    text += versions_text(explanation.left_name, cell.left_versions);
    text += versions_text(explanation.right_name, cell.right_versions);
  }
  for (const recon::Finding& finding : cell.findings) {
    text += fmt::format("  finding  {} {} {} {}\n", recon::break_id(finding),
                        recon::to_string(finding.severity), finding.check,
                        recon::to_string(finding.kind));
  }
  if (cell.root) {
    const bool itself = !cell.findings.empty() && cell.findings.back().is_root;
    text += itself ? std::string("  root     it is a root itself\n")
                   : fmt::format("  root     {} {} at {}\n", recon::break_id(*cell.root),
                                 place_of(*cell.root), to_iso(cell.root->bar));
  }
  return text + inputs_text(explanation, cell);
}

std::string journal_text(const recon::Explanation& explanation) {
  if (explanation.journal.empty()) return "";
  std::string text = fmt::format("\nread and decided at {}\n", to_iso(explanation.cell->bar));
  for (const recon::ValuePair& entry : explanation.journal) {
    text += fmt::format("  {} {}\n      {:<8} {}\n", mark_of(entry.equal), entry.what,
                        explanation.left_name, entry.left);
    if (!entry.equal) text += fmt::format("      {:<8} {}\n", explanation.right_name, entry.right);
  }
  return text;
}

std::string roots_text(const recon::Explanation& explanation) {
  constexpr std::size_t kShown = 10;
  if (explanation.roots.empty()) return "";
  std::string text =
      fmt::format("\n{} independent roots{}\n", explanation.roots.size(),
                  explanation.complete ? "" : " (not all findings were kept: counts are at least)");
  for (std::size_t i = 0; i < std::min(kShown, explanation.roots.size()); ++i) {
    const recon::RootExplanation& root = explanation.roots[i];
    text += fmt::format("  {} {} {}: {} breaks, {} consequences\n", recon::break_id(root.finding),
                        to_iso(root.finding.bar), place_of(root.finding), root.breaks,
                        root.consequences);
  }
  if (explanation.roots.size() > kShown) {
    text += fmt::format("  and {} more (--json)\n", explanation.roots.size() - kShown);
  }
  text += "\nwhere the first root went\n";
  for (const recon::Propagation& part : explanation.roots.front().reached) {
    text += fmt::format(
        "  {:<32} {:>8} breaks from {}{}\n", part.part, part.breaks, to_iso(part.first_bar),
        part.from.empty() ? std::string() : fmt::format("  <- {}", fmt::join(part.from, ", ")));
  }
  return text;
}

std::string render(const recon::Explanation& explanation, bool selected) {
  std::string text =
      fmt::format("{}  {}\n", recon::to_string(explanation.verdict), explanation.sentence);
  if (explanation.cell) {
    text += cell_text(explanation);
    text += journal_text(explanation);
  } else if (explanation.first) {
    text += fmt::format("\n{}\n", explanation.first->sentence);
  }
  return selected ? text : text + roots_text(explanation);
}

class Explain final : public Command {
 public:
  std::string_view name() const noexcept override { return "explain"; }
  std::string_view summary() const noexcept override {
    return "Say why two runs differ, or what one cell is computed from on both sides";
  }
  std::vector<Flag> flags() override {
    return {
        {"RUN", &run_, "A reconciliation's directory, or the log of a run", Need::kRequired},
        {"OTHER", &other_, "Log of the run to hold it against"},
        {"--node", &node_, "Node (its name or the end of it) or table", Need::kOptional, "NAME"},
        {"--bar", &bar_, "Bar, ISO time or YYYYMMDD_HHMMSS, UTC", Need::kOptional, "TS"},
        {"--asset", &asset_, "Asset, by id or full symbol", Need::kOptional, "ASSET"},
        {"--column", &column_, "Column", Need::kOptional, "NAME"},
        {"--break", &break_, "Break id, of findings.jsonl or a report: its very cell",
         Need::kOptional, "ID"},
        {"--json", &json_, "Print the explanation as JSON"},
    };
  }
  Result<int> run(Session& session) override {
    flow::RunDirectories runs{run_, other_};
    if (other_.empty()) {
      TIEOUT_TRY(runs, flow::find_runs(run_));
    }
    const auto strings = std::make_shared<StringPool>();
    TIEOUT_TRY(const auto left, reference::open_run(runs.left, strings));
    TIEOUT_TRY(const auto right, reference::open_run(runs.right, strings));
    TIEOUT_TRY(const recon::Selection selection, selection_of(left->manifest().universe));
    recon::CompareOptions options;
    options.expected_config_differences = recon::default_expected_config_differences();
    TIEOUT_TRY(const auto comparison, recon::compare_runs(*left, *right, options));
    TIEOUT_TRY(const auto explanation, recon::explain(*left, *right, comparison, selection));
    if (json_) {
      session.out << recon::to_json(explanation) << "\n";
      return recon::exit_code_of(comparison.verdict);
    }
    session.out << render(explanation, selection.any());
    if (explanation.cell && selection.any()) {
      const recon::CellExplanation& cell = *explanation.cell;
      const auto asset =
          cell.asset == kNoAsset ? std::optional<AssetId>() : std::optional(cell.asset);
      TIEOUT_TRY(const auto known, known_beside(runs, cell.bar, asset, cell.row));
      session.out << market_text(known, "the cell");
    }
    return recon::exit_code_of(comparison.verdict);
  }

 private:
  Result<recon::Selection> selection_of(const std::vector<Asset>& universe) const {
    recon::Selection selection;
    selection.node = node_;
    selection.column = column_;
    selection.break_id = break_;
    if (bar_) {
      TIEOUT_TRY(selection.bar, parse_bar(*bar_));
    }
    if (asset_) {
      TIEOUT_TRY(selection.asset, parse_asset("explain", *asset_, universe));
    }
    return selection;
  }

  std::string run_, other_;
  std::optional<std::string> node_, bar_, asset_, column_, break_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_explain() {
  return std::make_unique<Explain>();
}

}  // namespace tieout::cli
