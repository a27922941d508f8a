#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"

#include "check.hpp"
#include "json_report.hpp"
#include "notebook.hpp"
#include "page.hpp"
#include "pickle.hpp"
#include "report_directory.hpp"
#include "sections_multiday.hpp"

namespace tieout::report {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kBase = "Master_multiday_system_reconciliation.0";

constexpr std::string_view kCheckCell = "# Compare prod and sim of all runs.\n";

Tone tone_of_window(const MultidayVerdict& verdict) {
  if (verdict.exit == 0) return Tone::kGood;
  return verdict.verdict == recon::Verdict::kDiverged || verdict.exit == 4 ? Tone::kBad
                                                                           : Tone::kWarn;
}

std::vector<KeyFact> facts_of(const MultidayFacts& facts) {
  std::uint64_t breaks = 0, present = 0, compared = 0;
  std::size_t passing = 0;
  for (const MultidayRun& run : facts.input.runs) {
    passing += run.exit == 0 ? 1U : 0U;
    if (run.comparison == nullptr) continue;
    breaks += run.comparison->distinct_breaks;
    present += run.comparison->cells.present;
    compared += run.comparison->cells.compared - run.comparison->cells.uncovered;
  }
  const std::size_t days = facts.input.runs.size() + facts.input.missing_days.size();
  std::vector<KeyFact> out;
  out.push_back({"Days that pass", fmt::format("{} of {}", passing, days),
                 fmt::format("{} without a run", facts.input.missing_days.size())});
  out.push_back(
      {"Coverage", share_text(compared, present), plural(compared, "cell") + " compared"});
  out.push_back({"Breaks", count_text(breaks), "distinct, of all runs"});
  for (std::size_t k = 0; k < kLegNames.size(); ++k) {
    double sum = 0;
    std::size_t known = 0;
    for (const DayFacts& day : facts.days) {
      const double total = total_of(day.legs[k], "pnl");
      if (std::isnan(total)) continue;
      sum += total;
      ++known;
    }
    out.push_back({fmt::format("PnL {}", kLegNames[k]),
                   known == 0
                       ? "not available"
                       : money_text(sum) + (facts.money_unit.empty() ? "" : " " + facts.money_unit),
                   fmt::format("{} of {}", known, plural(facts.days.size(), "run"))});
  }
  out.push_back({"Gaps between runs", count_text(facts.input.gaps.size()),
                 fmt::format("{} overlapping", facts.input.overlaps.size())});
  return out;
}

Check check_of(const MultidayFacts& facts) {
  Check out;
  out.passed = facts.verdict.exit == 0;
  out.code = stored_check_code(kCheckCell);
  if (!out.passed) {
    out.message =
        banner(valid_utf8(fmt::format("'{}' in ('IDENTICAL', 'EQUIVALENT', 'EXPLAINED')\n{}",
                                      to_string(facts.verdict.verdict), facts.verdict.sentence)));
  }
  return out;
}

Json run_json(const MultidayRun& run) {
  Json out{{"name", run.name},
           {"mode", run.mode},
           {"start_utc", to_iso(run.start)},
           {"end_utc", to_iso(run.end)},
           {"verdict", verdict_cell(run).text},
           {"exit", run.exit},
           {"recorded_verdict", run.recorded_verdict},
           {"partial", run.partial},
           {"problem", run.problem}};
  if (run.comparison == nullptr) return out;
  const recon::Comparison& comparison = *run.comparison;
  out["sentence"] = comparison.sentence;
  out["coverage"] = comparison.coverage;
  out["cells"] = Json{{"present", comparison.cells.present},
                      {"compared", comparison.cells.compared},
                      {"outside", comparison.cells.outside}};
  out["bars"] = Json{{"prod", comparison.bars_left},
                     {"sim", comparison.bars_right},
                     {"both", comparison.bars_both}};
  out["distinct_breaks"] = comparison.distinct_breaks;
  Json layers = Json::array();
  for (const recon::LayerResult& layer : comparison.layers) {
    layers.push_back(Json{{"layer", std::string(to_string(layer.layer))},
                          {"verdict", std::string(to_string(layer.verdict))},
                          {"distinct_breaks", layer.distinct_breaks}});
  }
  out["layers"] = std::move(layers);
  out["first"] = comparison.first.has_value() ? Json(comparison.first->sentence) : Json(nullptr);
  return out;
}

/// PnL of each leg; null where it is not known.
Json pnl_json(const std::array<double, 3>& totals) {
  Json out = Json::object();
  for (std::size_t k = 0; k < totals.size(); ++k)
    out[kLegNames[k]] = std::isnan(totals[k]) ? Json(nullptr) : Json(totals[k]);
  return out;
}

std::string json_of(const MultidayFacts& facts, const Section& summary,
                    const std::vector<Section>& sections, const Check& check) {
  const MultidayInput& input = facts.input;
  Json out = Json::object();
  out["schema"] = 1;
  out["kind"] = "multiday";
  out["title"] = input.title;
  out["stamp"] = stamp_text(input.stamp);
  out["verdict"] = std::string(to_string(facts.verdict.verdict));
  out["exit"] = facts.verdict.exit;
  out["sentence"] = facts.verdict.sentence;
  out["success"] = check.passed;
  Json runs = Json::array();
  std::array<double, 3> sum{};
  for (std::size_t i = 0; i < input.runs.size(); ++i) {
    std::array<double, 3> totals{};
    for (std::size_t k = 0; k < totals.size(); ++k) {
      totals[k] = total_of(facts.days[i].legs[k], "pnl");
      if (!std::isnan(totals[k])) sum[k] += totals[k];
    }
    Json run = run_json(input.runs[i]);
    run["pnl"] = pnl_json(totals);
    run["cumulative_pnl"] = pnl_json(sum);
    runs.push_back(std::move(run));
  }
  out["runs"] = std::move(runs);
  Json missing = Json::array();
  for (const Timestamp day : input.missing_days) missing.push_back(to_iso(day));
  out["missing_days"] = std::move(missing);
  Json gaps = Json::array();
  for (const TimeSpan& gap : input.gaps)
    gaps.push_back(Json{{"from", to_iso(gap.from)}, {"to", to_iso(gap.to)}});
  out["gaps"] = std::move(gaps);
  out["overlaps"] = input.overlaps;
  out["set_aside"] = input.set_aside;
  Json parameters = Json::object();
  for (const auto& item : input.parameters) parameters[item.first] = item.second;
  out["parameters"] = std::move(parameters);
  out["check"] = Json{{"passed", check.passed}, {"message", check.message}};
  out["summary"] = section_json(summary);
  Json list = Json::array();
  for (const Section& section : sections) list.push_back(section_json(section));
  out["sections"] = std::move(list);
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json config_tree(const MultidayInput& input) {
  Json parameters = Json::object();
  for (const auto& item : input.parameters) parameters[item.first] = item.second;
  Json paths = Json::array();
  for (const MultidayRun& run : input.runs) {
    const auto path = [](const runlog::RunReader* log) {
      return log == nullptr ? Json(nullptr) : Json(log->directory().string());
    };
    paths.push_back(Json{{"name", run.name}, {"prod", path(run.prod)}, {"sim", path(run.sim)}});
  }
  return Json{{"meta",
               {{"title", input.title},
                {"notebook_run_mode", "multiday"},
                {"stamp", stamp_text(input.stamp)},
                {"pnl_resampling_frequency", input.pnl_resampling_frequency}}},
              {"system_log_paths", std::move(paths)},
              {"parameters", std::move(parameters)},
              {"rerun_command", input.rerun_command},
              {"config_text", input.config_text}};
}

std::string run_log(const MultidayFacts& facts, const std::vector<Section>& sections,
                    const Check& check, std::size_t check_cell) {
  std::string out = fmt::format("multiday report: {}\n", valid_utf8(facts.input.title));
  for (const MultidayRun& run : facts.input.runs) {
    out += fmt::format("{} {} exit {}{}\n", run.name, verdict_cell(run).text, run.exit,
                       run.problem.empty() ? "" : ": " + valid_utf8(run.problem));
  }
  for (const Section& section : sections) {
    out += fmt::format("section {:<22} {:<9} {}{}\n", section.id, section.ok ? "ok" : "not made",
                       section.title, section.ok ? "" : ": " + valid_utf8(section.lacks));
  }
  out += fmt::format("verdict: {}: {}\n", to_string(facts.verdict.verdict),
                     valid_utf8(facts.verdict.sentence));
  if (!check.passed) out += "\n" + failure_text(check, check_cell);
  return out;
}

}  // namespace

Result<MultidayFiles> write_multiday_report(const fs::path& dir, const MultidayInput& input) {
  const fs::path target = dir.has_filename() ? dir : dir.parent_path();
  const MultidayFacts facts(input);
  const std::vector<Section> sections = compute_multiday_sections(facts);
  const Check check = check_of(facts);
  const std::string stamp = stamp_text(input.stamp);

  PageHead head;
  head.title = input.title;
  head.verdict =
      facts.verdict.exit == 4 ? "CORRUPT" : std::string(to_string(facts.verdict.verdict));
  head.tone = tone_of_window(facts.verdict);
  head.sentence = facts.verdict.sentence;
  head.facts = facts_of(facts);
  head.kind = "multiday";
  head.stamp = input.stamp;
  NotebookHead notebook;
  notebook.title = fmt::format("{}: {}\n\n{}", head.verdict, valid_utf8(input.title),
                               valid_utf8(facts.verdict.sentence));
  notebook.parameters = input.parameters;
  notebook.rerun_command = input.rerun_command;
  notebook.summary = summary_section(head.verdict, head.tone, head.sentence, head.facts);
  notebook.kind = head.kind;

  const std::string html_name = fmt::format("{}.{}.html", kBase, stamp);
  const std::string notebook_name = std::string(kBase) + ".ipynb";
  const std::string log = run_log(facts, sections, check, check_cell_number(notebook, sections));
  TIEOUT_CHECK(replace_report_directory(target, [&](const fs::path& made) -> Status {
    const fs::path result = made / "result_0";
    TIEOUT_CHECK(tieout::create_directories(result));
    const std::pair<fs::path, std::string> files[] = {
        {made / ("log." + stamp + ".txt"), valid_utf8(input.config_text) + log},
        {result / html_name, render_page(head, sections, Place::kReport)},
        {result / notebook_name, notebook_of(notebook, sections, check)},
        {result / "config.pkl", pickle_of(config_tree(input))},
        {result / "config.txt", valid_utf8(input.config_text)},
        {result / "run_notebook.0.log", log},
        {result / "run_notebook.0.html.log",
         fmt::format("Notebook was published: {}\n",
                     valid_utf8((target / "result_0" / html_name).string()))},
        {result / "report.json", json_of(facts, notebook.summary, sections, check)},
    };
    for (const auto& file : files) TIEOUT_CHECK(write_file_atomic(file.first, file.second));
    if (check.passed) TIEOUT_CHECK(write_file_atomic(result / "success.txt", "success"));
    return write_file_atomic(result / "complete.txt", head.verdict + "\n");
  }));
  const fs::path result = target / "result_0";
  return MultidayFiles{result / html_name, result / notebook_name, result / "report.json",
                       render_page(head, sections, Place::kPublished), facts.verdict};
}

}  // namespace tieout::report
