#include "next_steps.hpp"

#include <algorithm>
#include <filesystem>

namespace tieout::report {
namespace {

/// No locale: the same bytes in every process.
bool is_plain(char c) {
  constexpr std::string_view kPlain = "_./:=,+@-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kPlain.find(c) != std::string_view::npos;
}

/// The command on the directory of the reconciliation where both logs lie in one, else on the logs.
std::vector<std::string> on_both_runs(const Facts& facts, const char* name) {
  const std::filesystem::path left = facts.left.run->directory();
  const std::filesystem::path right = facts.right.run->directory();
  const std::filesystem::path common = left.parent_path().parent_path();
  if (!common.empty() && common == right.parent_path().parent_path() &&
      left.parent_path().filename() == "prod" && right.parent_path().filename() == "simulation") {
    return {"tieout", name, common.string()};
  }
  return {"tieout", name, left.string(), right.string()};
}

/// Whether the values of a finding are those of a cell that `tieout explain` can look up.
bool is_a_cell(const recon::Finding& finding) {
  return finding.layer != recon::Layer::kCompleteness && finding.layer != recon::Layer::kConfig;
}

bool is_of_a_node(const recon::Finding& finding) {
  return finding.layer == recon::Layer::kInputs || finding.layer == recon::Layer::kNodes;
}

/// --node, --bar, --column and --asset of the finding.
void add_place(std::vector<std::string>& command, const recon::Finding& finding,
               const Facts& facts) {
  command.insert(command.end(), {"--node", finding.part, "--bar", to_ts_name(finding.bar)});
  if (!finding.column.empty()) command.insert(command.end(), {"--column", finding.column});
  if (finding.asset != kNoAsset) {
    const auto symbol = facts.symbols.find(finding.asset);
    command.insert(command.end(),
                   {"--asset", symbol != facts.symbols.end() ? symbol->second
                                                             : facts.asset_text(finding.asset)});
  }
}

std::vector<NextStep> steps_of_a_divergence(const Facts& facts) {
  const recon::FirstDivergence& first = *facts.comparison->first;
  const recon::Finding& finding = first.reached.has_value() ? *first.reached : first.finding;
  std::vector<NextStep> out;
  NextStep explain{"what the first difference is computed from, and where it went",
                   on_both_runs(facts, "explain")};
  if (is_a_cell(finding)) add_place(explain.command, finding, facts);
  out.push_back(std::move(explain));
  if (is_of_a_node(finding)) {
    NextStep debug{"both outputs side by side, and who knew which row of market data",
                   on_both_runs(facts, "debug_run")};
    add_place(debug.command, finding, facts);
    out.push_back(std::move(debug));
  }
  return out;
}

}  // namespace

std::vector<NextStep> next_steps(const Facts& facts) {
  if (facts.input.kind == ReportKind::kObserver) return {};
  const bool both = facts.left.run != nullptr && facts.right.run != nullptr;
  if (!both || facts.comparison == nullptr) {
    return {{"make what is missing (the log names the stage that failed), then this report again",
             facts.input.rerun_command}};
  }
  switch (facts.verdict()) {
    case recon::Verdict::kDiverged:
      if (facts.comparison->first.has_value()) return steps_of_a_divergence(facts);
      return {{"what differs", on_both_runs(facts, "explain")}};
    case recon::Verdict::kInconclusive:
      return {{"what could not be compared", on_both_runs(facts, "explain")}};
    default:
      break;
  }
  if (!facts.comparison->noise.has_value()) {
    return {
        {"nothing has to be done; how much the simulation differs from itself says what the "
         "verdict is worth",
         {"tieout", "noise_floor", facts.right.run->directory().string()}}};
  }
  return {{"nothing has to be done; any node at any bar is shown by",
           on_both_runs(facts, "debug_run")}};
}

std::string shell_line(const std::vector<std::string>& command) {
  std::string out;
  for (const std::string& word : command) {
    if (!out.empty()) out += ' ';
    if (!word.empty() && std::ranges::all_of(word, is_plain)) {
      out += word;
      continue;
    }
    out += '\'';
    for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    out += '\'';
  }
  return out;
}

}  // namespace tieout::report
