#include "tieout/flow/qualify.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"
#include "tieout/report/table_page.hpp"

#include "qualify_steps.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using report::TablePage;

/// Runs one step after the other and keeps what came of each.
class Checklist {
 public:
  Checklist(const Subject& subject, Qualification& result) : subject_(subject), result_(result) {}

  /// Nothing: it was run. Otherwise the step is not run, and this says why.
  template <typename Check>
  Status run(std::string id, std::string title, const std::string& lacks, Check check) {
    QualifyStep step;
    step.id = std::move(id);
    step.title = std::move(title);
    if (subject_.stop.load()) {
      return Error{ErrorCode::kInterrupted,
                   fmt::format("qualify_model: stopped by a signal before {}", step.id)};
    }
    if (!lacks.empty()) {
      step.sentence = lacks;
    } else if (const Status status = check(step); !status.ok()) {
      if (status.error().code == ErrorCode::kInterrupted) {
        return status.error();
      }
      step.status = StepStatus::kNotRun;
      step.sentence = to_string(status.error());
    }
    finish(std::move(step));
    return {};
  }

  void not_asked(std::string id, std::string title, std::string how) {
    QualifyStep step;
    step.id = std::move(id);
    step.title = std::move(title);
    step.status = StepStatus::kNotAsked;
    step.sentence = "not asked for: " + std::move(how);
    finish(std::move(step));
  }

  const QualifyStep& last() const { return result_.steps.back(); }

 private:
  void finish(QualifyStep step) {
    if (subject_.options.say) {
      subject_.options.say(
          fmt::format("{:<9} {}: {}", to_string(step.status), step.id, step.sentence));
    }
    result_.steps.push_back(std::move(step));
  }

  const Subject& subject_;
  Qualification& result_;
};

TablePage::Sign sign_of(StepStatus status) {
  return status == StepStatus::kPass   ? TablePage::Sign::kGood
         : status == StepStatus::kFail ? TablePage::Sign::kBad
                                       : TablePage::Sign::kWarn;
}

std::string sentence_of(const Qualification& q) {
  const auto count = [&](StepStatus status) {
    return std::ranges::count(q.steps, status, &QualifyStep::status);
  };
  return fmt::format("{} steps pass, {} fail, {} could not be run, {} were not asked for.",
                     count(StepStatus::kPass), count(StepStatus::kFail), count(StepStatus::kNotRun),
                     count(StepStatus::kNotAsked));
}

Status run_steps(const Subject& subject, Qualification& result) {
  const QualifyOptions& options = subject.options;
  Checklist list(subject, result);
  TIEOUT_CHECK(list.run("system", "The config is valid and the DAG can be built", "",
                        [&](QualifyStep& step) { return check_system(subject, step); }));
  const std::string no_system =
      list.last().status == StepStatus::kPass ? "" : "it needs the step system to pass";
  TIEOUT_CHECK(list.run("look_ahead", "No node sees data from after its bar", no_system,
                        [&](QualifyStep& step) { return check_look_ahead(subject, step); }));

  std::string no_whole = no_system;
  std::optional<runlog::RunReader> whole;
  if (no_whole.empty()) {
    const auto log = simulate(subject, "whole", options.constructor, options.overrides,
                              subject.start, subject.end);
    if (!log.ok() && log.error().code == ErrorCode::kInterrupted) {
      return log.error();
    }
    auto reader = log.ok() ? runlog::RunReader::open(*log) : Result<runlog::RunReader>(log.error());
    if (reader.ok()) {
      whole.emplace(std::move(reader).value());
    } else {
      no_whole = "it needs a simulation of the window: " + to_string(reader.error());
    }
  }
  TIEOUT_CHECK(list.run("non_time_versus_time", "The whole window at once equals bar by bar",
                        no_whole,
                        [&](QualifyStep& step) { return check_at_once(subject, *whole, step); }));
  TIEOUT_CHECK(list.run("tiled_versus_whole", "A run in tiles equals the whole run", no_whole,
                        [&](QualifyStep& step) { return check_tiles(subject, *whole, step); }));
  TIEOUT_CHECK(list.run("research_versus_portfolio",
                        "The research portfolio earns what the simulation earns", no_whole,
                        [&](QualifyStep& step) { return check_research(subject, *whole, step); }));
  TIEOUT_CHECK(list.run("paper_run", "A short paper run reconciles", no_system,
                        [&](QualifyStep& step) { return check_paper_run(subject, step); }));
  if (options.against) {
    TIEOUT_CHECK(list.run("against", "Beside the incumbent", no_whole,
                          [&](QualifyStep& step) { return check_against(subject, *whole, step); }));
  } else {
    list.not_asked("against", "Beside the incumbent", "--against CONFIG names it");
  }
  if (options.deployment) {
    TIEOUT_CHECK(list.run("deployment", "The deployment file fits the strategy", "",
                          [&](QualifyStep& step) { return check_deployment_file(subject, step); }));
  } else {
    list.not_asked("deployment", "The deployment file fits the strategy",
                   "--deployment FILE names it");
  }
  return {};
}

}  // namespace

std::string_view to_string(StepStatus status) noexcept {
  switch (status) {
    case StepStatus::kPass:
      return "pass";
    case StepStatus::kFail:
      return "fail";
    case StepStatus::kNotRun:
      return "not_run";
    case StepStatus::kNotAsked:
      return "not_asked";
  }
  return "";
}

std::string_view to_string(Decision decision) noexcept {
  switch (decision) {
    case Decision::kGo:
      return "GO";
    case Decision::kNoGo:
      return "NO-GO";
    case Decision::kIncomplete:
      return "INCOMPLETE";
  }
  return "";
}

Decision Qualification::decision() const noexcept {
  const auto has = [this](StepStatus status) {
    return std::ranges::find(steps, status, &QualifyStep::status) != steps.end();
  };
  return has(StepStatus::kFail)                                ? Decision::kNoGo
         : has(StepStatus::kNotRun) || !has(StepStatus::kPass) ? Decision::kIncomplete
                                                               : Decision::kGo;
}

Result<Qualification> qualify_model(const QualifyOptions& options,
                                    const dataflow::DagBuilderRegistry& registry,
                                    const std::atomic<bool>& stop) {
  TIEOUT_CHECK(registry.find(options.constructor));
  if (options.against) {
    TIEOUT_CHECK(registry.find(options.against->constructor));
  }
  std::error_code code;
  if (fs::exists(options.out, code)) {
    return Error{ErrorCode::kPathExists,
                 fmt::format("qualify_model: '{}' exists, needed a new directory: evidence of two "
                             "qualifications may not mix",
                             options.out.string())};
  }
  TIEOUT_CHECK(tieout::create_directories(options.out));
  Qualification result;
  result.constructor = options.constructor;
  result.overrides = options.overrides;
  result.stamp = options.now();
  TIEOUT_TRY(const Subject subject, make_subject(options, registry, stop, result.is_generated));
  result.start = subject.start;
  result.end = subject.end;
  result.bar = subject.bar;
  TIEOUT_CHECK(run_steps(subject, result));
  result.page = options.out / "qualification.html";
  result.json = options.out / "qualification.json";
  TIEOUT_CHECK(write_file_atomic(result.json, to_json(result)));
  TIEOUT_CHECK(write_file_atomic(result.page, render_qualification(result)));
  return result;
}

std::string to_json(const Qualification& q) {
  using Json = nlohmann::ordered_json;
  Json steps = Json::array();
  for (const QualifyStep& step : q.steps) {
    Json evidence = Json::array();
    for (const fs::path& path : step.evidence) {
      evidence.push_back(path.string());
    }
    Json tables = Json::array();
    for (const StepTable& table : step.tables) {
      tables.push_back(
          {{"caption", table.caption}, {"columns", table.columns}, {"rows", table.rows}});
    }
    steps.push_back({{"id", step.id},
                     {"title", step.title},
                     {"status", to_string(step.status)},
                     {"sentence", step.sentence},
                     {"evidence", evidence},
                     {"tables", tables}});
  }
  const Json json{{"schema", "tieout.qualification/1"},
                  {"decision", to_string(q.decision())},
                  {"sentence", sentence_of(q)},
                  {"dag_builder_ctor_as_str", q.constructor},
                  {"set_config_values", q.overrides},
                  {"start", to_iso(q.start)},
                  {"end", to_iso(q.end)},
                  {"bar", to_period(q.bar)},
                  {"generated_data", q.is_generated},
                  {"stamp", to_iso(q.stamp)},
                  {"steps", steps}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string render_qualification(const Qualification& q) {
  TablePage page;
  page.title = fmt::format("Qualification of {}", q.constructor);
  page.word = to_string(q.decision());
  page.sign = q.decision() == Decision::kGo     ? TablePage::Sign::kGood
              : q.decision() == Decision::kNoGo ? TablePage::Sign::kBad
                                                : TablePage::Sign::kWarn;
  page.sentence = sentence_of(q);
  page.stamp = q.stamp;
  page.facts = {{"Window", fmt::format("{} to {}", to_iso(q.start), to_iso(q.end)),
                 "bar " + to_period(q.bar)},
                {"Data", q.is_generated ? "generated" : "given", ""},
                {"Overrides", q.overrides.empty() ? "none" : std::to_string(q.overrides.size()),
                 fmt::format("{}", fmt::join(q.overrides, ";"))}};
  TablePage::Section checklist{"checklist", "Checklist", page.sign, {page.sentence}, {}};
  checklist.tables.push_back({"Steps", {"step", "status", "what was found"}, {}});
  for (const QualifyStep& step : q.steps) {
    checklist.tables[0].rows.push_back(
        {step.title, std::string(to_string(step.status)), step.sentence});
  }
  page.sections.push_back(std::move(checklist));
  for (const QualifyStep& step : q.steps) {
    TablePage::Section section{step.id, step.title, sign_of(step.status), {}, {}};
    section.paragraphs = {fmt::format("{}: {}", to_string(step.status), step.sentence)};
    for (const fs::path& path : step.evidence) {
      section.paragraphs.push_back("Evidence: " + path.string());
    }
    for (const StepTable& table : step.tables) {
      section.tables.push_back({table.caption, table.columns, table.rows});
    }
    page.sections.push_back(std::move(section));
  }
  return report::render_page(page);
}

}  // namespace tieout::flow
