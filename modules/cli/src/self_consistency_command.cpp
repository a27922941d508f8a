#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/recon/self_consistency.hpp"
#include "tieout/reference/log_reader.hpp"
#include "tieout/reference/profile_dag.hpp"
#include "tieout/runlog/run_source.hpp"

#include "commands.hpp"
#include "profile_flags.hpp"
#include "profile_render.hpp"

namespace tieout::cli {
namespace {

std::uint64_t unexplained_rows(const recon::SelfConsistency& found) {
  std::uint64_t rows = 0;
  for (const recon::NodeRevisions& node : found.nodes) {
    rows += node.unexplained_rows;
  }
  return rows;
}

/// 0: every rewritten row has a cause; 1: some have none; 3: there is no bar to look back from.
int exit_code_of(const runlog::RunSource& run, const recon::SelfConsistency& found) {
  if (run.bars().size() < 2) {
    return 3;
  }
  return unexplained_rows(found) == 0 ? 0 : 1;
}

std::string_view word_of(int exit_code) {
  return exit_code == 0 ? "CONSISTENT" : exit_code == 1 ? "INCONSISTENT" : "INCONCLUSIVE";
}

std::string sentence_of(const runlog::RunSource& run, const recon::SelfConsistency& found) {
  if (run.bars().size() < 2) {
    return fmt::format("{} bars: none could be compared with the one before", run.bars().size());
  }
  const std::uint64_t rows = unexplained_rows(found);
  return rows == 0 ? fmt::format(
                         "{} nodes, {} bars: every rewritten row follows from a rewritten "
                         "input",
                         found.nodes.size(), run.bars().size())
                   : fmt::format(
                         "{} rows were rewritten although no input in reach was: a node "
                         "peeks, or depends on its window",
                         rows);
}

std::string text_of(const runlog::RunSource& run, const recon::SelfConsistency& found) {
  constexpr std::size_t kShown = 20;
  std::string text =
      fmt::format("{}  {}\n", word_of(exit_code_of(run, found)), sentence_of(run, found));
  text += fmt::format("{:<40} {:>14} {:>12}\n", "node", "rewritten rows", "unexplained");
  for (std::size_t id = 0; id < found.nodes.size(); ++id) {
    text += fmt::format("{:<40} {:>14} {:>12}\n", run.manifest().nodes[id].name,
                        found.nodes[id].revised_rows, found.nodes[id].unexplained_rows);
  }
  for (std::size_t i = 0; i < found.findings.size() && i < kShown; ++i) {
    const recon::Finding& finding = found.findings[i];
    text +=
        fmt::format("  {} {} {} {}: {} -> {}\n", to_iso(finding.bar), finding.part, finding.column,
                    finding.row ? to_iso(*finding.row) : finding.key, finding.left, finding.right);
  }
  return found.findings.size() > kShown
             ? text + fmt::format("  and {} more\n", found.findings.size() - kShown)
             : text;
}

std::string json_of(const runlog::RunSource& run, const recon::SelfConsistency& found) {
  nlohmann::ordered_json json{
      {"schema", "tieout.self_consistency/1"},    {"outcome", word_of(exit_code_of(run, found))},
      {"sentence", sentence_of(run, found)},      {"bars", run.bars().size()},
      {"nodes", nlohmann::ordered_json::array()}, {"findings", nlohmann::ordered_json::array()}};
  for (std::size_t id = 0; id < found.nodes.size(); ++id) {
    json["nodes"].push_back({{"name", run.manifest().nodes[id].name},
                             {"rewritten_rows", found.nodes[id].revised_rows},
                             {"unexplained_rows", found.nodes[id].unexplained_rows}});
  }
  for (const recon::Finding& finding : found.findings) {
    json["findings"].push_back(nlohmann::ordered_json::parse(recon::to_json_line(finding)));
  }
  return json.dump(1) + "\n";
}

class SelfConsistencyCommand final : public Command {
 public:
  std::string_view name() const noexcept override { return "self_consistency"; }
  std::string_view summary() const noexcept override {
    return "Check that a run's outputs at each bar agree with those at the bar before";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags{
        {"DIR", &dir_, "system_log_dir of a run, or its directory of node outputs",
         Need::kRequired},
        {"--node", &node_, "profile: node, or all; the last one when not given", Need::kOptional,
         "NAME"},
        {"--bar", &bar_, "profile: bar, ISO with offset, or all", Need::kOptional, "TS"},
        {"--node-name", &node_, "profile: as --node", Need::kOptional, "NAME"},
        {"--bar-timestamp", &bar_, "profile: as --bar", Need::kOptional, "TS"},
        {"--trading-freq", &trading_freq_, "profile: length of a bar, for one bar only",
         Need::kOptional, "PERIOD"},
        {"--diff-threshold", &diff_threshold_,
         "profile: largest |difference| that passes, in the unit of --diff-mode", Need::kOptional,
         "X"},
        {"--json", &json_, "Print the result as JSON"},
    };
    profile_.add_compare_flags(flags);
    return flags;
  }
  Result<int> run(Session& session) override {
    return profile_.is_reference() ? by_profile(session) : by_own_rule(session);
  }

 private:
  Result<int> by_own_rule(Session& session) const {
    TIEOUT_TRY(const auto run, reference::open_run(dir_, std::make_shared<StringPool>()));
    TIEOUT_TRY(const recon::SelfConsistency found, recon::check_self_consistency(*run));
    session.out << (json_ ? json_of(*run, found) : text_of(*run, found));
    return exit_code_of(*run, found);
  }

  Result<int> by_profile(Session& session) const {
    reference::SelfConsistencyOptions options;
    options.node_name = node_;
    options.bar_timestamp = bar_;
    options.trading_freq = trading_freq_;
    TIEOUT_TRY(options.diff_threshold,
               number("self_consistency", "--diff-threshold", diff_threshold_));
    TIEOUT_TRY(options.compare, profile_.compare_options("self_consistency"));
    TIEOUT_TRY(
        const reference::DagComparison comparison,
        reference::check_dag_output_self_consistency(reference::node_data_dir(dir_), options));
    return DagReport(json_).print(session, name(), "check_dag_output_self_consistency", comparison);
  }

  ProfileFlags profile_;
  std::string dir_, node_, bar_ = "all", diff_threshold_ = "0.001";
  std::optional<std::string> trading_freq_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_self_consistency() {
  return std::make_unique<SelfConsistencyCommand>();
}

}  // namespace tieout::cli
