#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"

#include "check.hpp"
#include "config_tree.hpp"
#include "findings_file.hpp"
#include "json_report.hpp"
#include "notebook.hpp"
#include "page.hpp"
#include "pickle.hpp"
#include "report_directory.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

namespace fs = std::filesystem;

std::string task_log(const Facts& facts) {
  const std::string rule(100, '-');
  std::string out = fmt::format("{}\n{}\n{}\n", rule, valid_utf8(facts.input.title), rule);
  out += fmt::format("notebook_run_mode={}\nstamp={} America/New_York\nverdict={}\nsentence={}\n",
                     to_string(facts.input.kind), stamp_text(facts.input.stamp),
                     to_string(facts.verdict()), valid_utf8(verdict_sentence(facts)));
  out += rule + "\nparameters\n" + rule + "\n";
  for (const auto& item : facts.parameters)
    out += valid_utf8(item.first) + "=" + valid_utf8(item.second) + "\n";
  out += rule + "\nconfig\n" + rule + "\n" + valid_utf8(config_text(facts));
  return out;
}

std::string run_log(const Facts& facts, const std::vector<Section>& sections, const Check& check) {
  std::string out =
      fmt::format("{} report: {}\n", to_string(facts.input.kind), valid_utf8(facts.input.title));
  for (const Side* side : {&facts.left, &facts.right}) {
    out += fmt::format("{}: {}\n", side->name,
                       side->run == nullptr ? "no run log" : side->run->directory().string());
  }
  for (const Section& section : sections) {
    out += fmt::format("section {:<10} {:<9} {}{}\n", section.id, section.ok ? "ok" : "not made",
                       section.title, section.ok ? "" : ": " + valid_utf8(section.lacks));
  }
  for (const KeyFact& fact : key_facts(facts))
    out += fmt::format("{}: {} ({})\n", fact.name, fact.value, valid_utf8(fact.detail));
  out += fmt::format("verdict: {}: {}\n", to_string(facts.verdict()),
                     valid_utf8(verdict_sentence(facts)));
  if (!check.passed) out += "\n" + failure_text(check, check_cell_number(facts, sections));
  return out;
}

struct Names {
  std::string log, html, notebook;
};

Names names_of(const ReportInput& input) {
  const std::string base =
      (input.observer != nullptr
           ? input.observer->notebook_name
           : fmt::format("Master_system_reconciliation_{}", to_string(input.kind))) +
      ".0";
  const std::string stamp = stamp_text(input.stamp);
  return {"log." + stamp + ".txt", base + "." + stamp + ".html", base + ".ipynb"};
}

/// Everything but the last step. `dir` is where the report will be found, for the link.
Status write_files(const fs::path& made, const fs::path& dir, const ReportInput& input) {
  const Facts facts(input);
  const std::vector<Section> sections = compute_sections(facts);
  const Check check = check_of(facts);
  const Names names = names_of(input);
  const fs::path result = made / "result_0";
  TIEOUT_CHECK(tieout::create_directories(result));
  const std::string link = input.published_link.empty() ? (dir / "result_0" / names.html).string()
                                                        : input.published_link;
  const std::pair<fs::path, std::string> files[] = {
      {made / names.log, task_log(facts)},
      {result / names.html, page_of(facts, sections)},
      {result / names.notebook, notebook_of(facts, sections, check)},
      {result / "config.pkl", pickle_of(config_tree(facts))},
      {result / "config.txt", valid_utf8(config_text(facts))},
      {result / "run_notebook.0.log", run_log(facts, sections, check)},
      {result / "run_notebook.0.html.log",
       fmt::format("Notebook was published: {}\n", valid_utf8(link))},
      {result / "report.json", json_report(facts, sections, check)},
  };
  for (const auto& file : files) TIEOUT_CHECK(write_file_atomic(file.first, file.second));
  TIEOUT_CHECK(write_findings(result / "findings.jsonl", facts));
  if (check.passed) TIEOUT_CHECK(write_file_atomic(result / "success.txt", "success"));
  return write_file_atomic(result / "complete.txt",
                           fmt::format("{}\n", to_string(facts.verdict())));
}

}  // namespace

Result<ReportFiles> write_report(const fs::path& dir, const ReportInput& input) {
  const fs::path target = dir.has_filename() ? dir : dir.parent_path();
  TIEOUT_CHECK(replace_report_directory(
      target, [&](const fs::path& made) { return write_files(made, target, input); }));
  const Names names = names_of(input);
  const recon::Verdict verdict =
      input.comparison == nullptr ? recon::Verdict::kInconclusive : input.comparison->verdict;
  return ReportFiles{target / "result_0" / names.html, target / "result_0" / names.notebook,
                     passes(verdict)};
}

}  // namespace tieout::report
