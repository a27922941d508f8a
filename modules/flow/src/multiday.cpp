#include "tieout/flow/multiday.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"
#include "tieout/flow/publish.hpp"
#include "tieout/report/multiday.hpp"
#include "tieout/runlog/reader.hpp"

#include "absolute_text.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

/// A run with what was read of it. The report points into these.
struct OpenedRun {
  RunIdentity identity;
  std::optional<runlog::RunReader> prod, sim;
  std::optional<recon::Comparison> comparison;
  std::string problem;
  int exit = 0;
  RunStatus status;
};

/// The run's own exit code for a side that cannot be read: damaged evidence is 4, evidence that is
/// not there leaves the run inconclusive.
int exit_of_side(const Error& error) {
  constexpr int kCorrupt = 4;
  constexpr int kInconclusive = 3;
  return exit_code_of(error) == kCorrupt ? kCorrupt : kInconclusive;
}

void open_side(std::string_view side, const fs::path& dir, std::optional<runlog::RunReader>& reader,
               const Context& context, OpenedRun& run) {
  std::error_code code;
  Result<runlog::RunReader> opened =
      fs::is_directory(dir, code)
          ? runlog::RunReader::open(dir)
          : Result<runlog::RunReader>(Error{ErrorCode::kFileNotFound,
                                            fmt::format("'{}' is not a directory", dir.string())});
  if (opened.ok()) {
    reader = std::move(opened).value();
    return;
  }
  run.problem +=
      fmt::format("{}{}: {}", run.problem.empty() ? "" : "; ", side, opened.error().message);
  run.exit = worse_exit(run.exit, exit_of_side(opened.error()));
  if (exit_of_side(opened.error()) == exit_code_of(opened.error())) {
    context.complain(opened.error());  // damage is told as an error too
  }
}

/// Older reconciliations have no mode in the name of the simulation's log.
fs::path sim_log_dir(const TargetLayout& layout) {
  std::error_code code;
  const fs::path older = layout.simulation / "system_log_dir";
  return !fs::exists(layout.sim_log_dir, code) && fs::is_directory(older, code)
             ? older
             : layout.sim_log_dir;
}

OpenedRun open_run(const Multiday& multiday, const FoundRun& found, const Context& context) {
  OpenedRun run;
  run.identity = multiday.run;
  run.identity.start = found.start;
  run.identity.end = found.end;
  run.identity.mode = found.mode;
  const TargetLayout layout = target_layout(run.identity);
  if (Result<RunStatus> status = read_status(layout.status); status.ok()) {
    run.status = std::move(status).value();
  } else {
    context.complain(status.error());
  }
  if (!found.problem.empty()) {
    run.problem = found.problem;
    run.exit = 3;
    return run;
  }
  open_side("prod", layout.prod_log_dir, run.prod, context, run);
  open_side("sim", sim_log_dir(layout), run.sim, context, run);
  if (!run.prod.has_value() || !run.sim.has_value()) {
    return run;
  }
  constexpr std::size_t kFindings = 1000;  // the pages of the runs have them all
  recon::CompareOptions options;
  options.max_findings = kFindings;
  options.expected_config_differences = recon::default_expected_config_differences();
  options.check_self_consistency = multiday.check_dag_output_self_consistency;
  options.policy = multiday.policy.has_value() ? &*multiday.policy : nullptr;
  Result<recon::Comparison> comparison = recon::compare_runs(*run.prod, *run.sim, options);
  if (comparison.ok()) {
    run.comparison = std::move(comparison).value();
    run.exit = recon::exit_code_of(run.comparison->verdict);
  } else {
    run.problem = comparison.error().message;
    run.exit = exit_of_side(comparison.error());
    context.complain(comparison.error());
  }
  return run;
}

/// The one page in a report's directory; empty when there is none.
fs::path page_in(const fs::path& result) {
  std::vector<fs::path> pages;
  std::error_code code;
  for (fs::directory_iterator entry(result, code), end; !code && entry != end;
       entry.increment(code)) {
    if (entry->path().extension() == ".html") {
      pages.push_back(entry->path());
    }
  }
  std::sort(pages.begin(), pages.end());
  return pages.empty() ? fs::path() : pages.back();
}

std::vector<report::RunPage> pages_of(const RunIdentity& run, const fs::path& from,
                                      const std::string& place) {
  // Whether S3 has the page of a report is not asked: a reconciliation publishes each.
  const bool remote = place.starts_with("s3://");
  const fs::path publish_dir = place.starts_with("file://") ? place.substr(7) : place;
  std::vector<report::RunPage> pages;
  for (const report::ReportKind kind : {report::ReportKind::kFast, report::ReportKind::kSlow}) {
    const std::string name(report::to_string(kind));
    const fs::path page = page_in(target_layout(run).notebooks / name / "result_0");
    const std::string published = page_name(run, kind);
    std::error_code code;
    const bool is_published = remote ? !page.empty() : fs::exists(publish_dir / published, code);
    if (!page.empty() || is_published) {
      pages.push_back({name, page.empty() ? "" : page.lexically_relative(from).generic_string(),
                       is_published ? published : ""});
    }
  }
  return pages;
}

std::vector<report::MultidayRun> report_runs(const std::vector<OpenedRun>& runs,
                                             const fs::path& from, const std::string& place) {
  std::vector<report::MultidayRun> out;
  for (const OpenedRun& run : runs) {
    report::MultidayRun item;
    item.name = interval_name(run.identity);
    item.mode = run.identity.mode;
    item.start = run.identity.start;
    item.end = run.identity.end;
    item.prod = run.prod.has_value() ? &*run.prod : nullptr;
    item.sim = run.sim.has_value() ? &*run.sim : nullptr;
    item.comparison = run.comparison.has_value() ? &*run.comparison : nullptr;
    item.problem = run.problem;
    item.exit = run.exit;
    item.recorded_verdict = run.status.verdict;
    item.partial = run.status.partial;
    item.pages = pages_of(run.identity, from, place);
    out.push_back(std::move(item));
  }
  return out;
}

/// Gaps that are longer than a bar; without a bar all of them.
std::vector<report::TimeSpan> long_gaps(const std::vector<RunGap>& gaps,
                                        const std::vector<OpenedRun>& runs) {
  Duration bar;
  for (const OpenedRun& run : runs) {
    const auto& log = run.prod.has_value() ? run.prod : run.sim;
    bar = bar.ns == 0 && log.has_value() ? log->manifest().bar : bar;
  }
  std::vector<report::TimeSpan> out;
  for (const RunGap& gap : gaps) {
    if (gap.to - gap.from > bar) {
      out.push_back({gap.from, gap.to});
    }
  }
  return out;
}

std::vector<std::string> rerun_command_of(const Multiday& multiday) {
  const RunIdentity& run = multiday.run;
  std::vector<std::string> command{"tieout",
                                   "reconcile_run_multiday_notebook",
                                   "--dag-builder-ctor-as-str",
                                   run.constructor,
                                   "--run-mode",
                                   run.run_mode,
                                   "--dst-root-dir",
                                   absolute_text(run.dst_root_dir)};
  const auto add = [&command](const char* flag, const std::string& value) {
    if (!value.empty()) {
      command.insert(command.end(), {flag, value});
    }
  };
  add("--tag", run.tag);
  add("--start-timestamp-as-str", multiday.start ? to_ts_name(*multiday.start) : "");
  add("--end-timestamp-as-str", multiday.end ? to_ts_name(*multiday.end) : "");
  add("--html-notebook-tag", multiday.html_notebook_tag);
  add("--days", multiday.days == RunDays::kWeekdays ? "weekdays" : "");
  add("--pnl-resampling-frequency", multiday.pnl_resampling_frequency);
  add("--policy", absolute_text(multiday.policy_file));
  return command;
}

void add_parameters(const Multiday& multiday, report::MultidayInput& input) {
  const RunIdentity& run = multiday.run;
  input.parameters = {
      {"dag_builder_ctor_as_str", run.constructor},
      {"dag_builder_name", run.model},
      {"tag", run.tag},
      {"run_mode", run.run_mode},
      {"start_timestamp_as_str", multiday.start ? to_ts_name(*multiday.start) : ""},
      {"end_timestamp_as_str", multiday.end ? to_ts_name(*multiday.end) : ""},
      {"dst_root_dir", absolute_text(run.dst_root_dir)},
      {"html_notebook_tag", multiday.html_notebook_tag},
      {"pnl_resampling_frequency", multiday.pnl_resampling_frequency},
      {"burn_in_bars", std::to_string(multiday.burn_in_bars)},
      {"days", multiday.days == RunDays::kWeekdays ? "weekdays" : "all"},
  };
  if (multiday.policy.has_value()) {
    input.parameters.emplace_back("policy", absolute_text(multiday.policy_file));
    input.parameters.emplace_back("policy_hash", multiday.policy->hash);
  }
  for (const auto& [name, value] : input.parameters) {
    input.config_text += fmt::format("{}: {}\n", name, value);
  }
  input.rerun_command = rerun_command_of(multiday);
  input.pnl_resampling_frequency = multiday.pnl_resampling_frequency;
  input.burn_in_bars = multiday.burn_in_bars;
}

std::string latest_json(const RunIdentity& window, const std::string& url,
                        const report::MultidayVerdict& verdict, Timestamp generated) {
  const nlohmann::ordered_json json{
      {"run_id", fmt::format("{}.{}.{}.multiday", model_dir_name(window), interval_name(window),
                             window.run_mode)},
      {"url", url},
      {"verdict", std::string(recon::to_string(verdict.verdict))},
      {"generated_utc", to_iso(generated)},
      {"covers", {to_iso(window.start), to_iso(window.end)}},
  };
  return json.dump(2) + "\n";
}

/// The page under its own name and, with a tag, under the static one. Errors: those of writing.
Result<std::vector<PublishedPage>> publish_multiday(Publisher& publisher, const RunIdentity& window,
                                                    const std::string& tag,
                                                    const report::MultidayFiles& files,
                                                    Timestamp generated) {
  std::vector<PublishedPage> pages;
  const auto put = [&](const std::string& name) -> Status {
    TIEOUT_CHECK(publisher.put_text(name, files.published_html, kPageHeaders));
    pages.push_back({publisher.place_of(name), publisher.link_to(name)});
    return {};
  };
  TIEOUT_CHECK(put(multiday_page_name(window)));
  if (!tag.empty()) {
    const std::string name = multiday_static_page_name(window, tag);
    TIEOUT_CHECK(put(name));
    TIEOUT_CHECK(publisher.put_text(fs::path(name).stem().string() + ".latest.json",
                                    latest_json(window, name, files.verdict, generated),
                                    kDescriptionHeaders));
  }
  return pages;
}

/// Days since Monday, 0 to 6.
std::int64_t weekday_of(Timestamp t) {
  const std::int64_t day = floor_to(t, days(1)).ns / days(1).ns;  // 1970-01-01 was a Thursday
  return ((day + 3) % 7 + 7) % 7;
}

}  // namespace

std::optional<std::pair<Timestamp, Timestamp>> window_of_tag(const std::string& tag,
                                                             Timestamp now) {
  const Timestamp today = floor_to(now, days(1));
  if (tag == "last_week") {
    const Timestamp monday = today - days(weekday_of(today));
    return std::pair{monday - days(7), monday - seconds(1)};
  }
  if (tag == "last_month") {
    constexpr std::size_t kYearAndMonth = 6;
    const auto first_of_month = [](Timestamp t) {
      return *parse_ts_name(to_ts_name(t).substr(0, kYearAndMonth) + "01_000000");
    };
    const Timestamp this_month = first_of_month(today);
    return std::pair{first_of_month(this_month - days(1)), this_month - seconds(1)};
  }
  return std::nullopt;
}

Status check_html_notebook_tag(const std::string& tag) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  if (!std::all_of(tag.begin(), tag.end(), allowed)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--html-notebook-tag is '{}', it may hold letters, digits, '_' and "
                             "'-', such as last_week",
                             tag)};
  }
  return {};
}

std::string multiday_page_name(const RunIdentity& window) {
  return fmt::format("{}.{}.multiday.{}.html", model_dir_name(window),
                     window.run_mode == "paper_trading" ? "shadow_trading" : window.run_mode,
                     interval_name(window));
}

std::string multiday_static_page_name(const RunIdentity& run, const std::string& tag) {
  return fmt::format("{}.{}.html", model_dir_name(run), tag);
}

Result<MultidayResult> run_multiday(const Multiday& multiday, const Context& context) {
  TIEOUT_TRY(const std::vector<ListedDir> dirs,
             list_run_dirs(multiday.run.dst_root_dir, model_dir_name(multiday.run),
                           multiday.run.run_mode));
  const Timestamp now = context.now();
  TIEOUT_TRY(const Discovery found,
             discover_runs(dirs, {multiday.start, multiday.end, multiday.days, now}));
  RunIdentity window = multiday.run;
  window.start = multiday.start.value_or(found.runs.front().start);
  window.end = multiday.end.value_or(found.runs.back().end);

  const fs::path parent =
      multiday.run.dst_root_dir / model_dir_name(window) / window.run_mode / "multiday";
  TIEOUT_CHECK(tieout::create_directories(parent));
  TIEOUT_TRY(const RunLock lock,
             RunLock::acquire(parent / ("." + interval_name(window) + ".lock")));
  std::vector<OpenedRun> runs;
  for (const FoundRun& run : found.runs) {
    if (context.stop.load()) {
      return Error{ErrorCode::kInterrupted,
                   "reconcile_run_multiday_notebook: stopped by a signal; nothing was written"};
    }
    runs.push_back(open_run(multiday, run, context));
    const OpenedRun& opened = runs.back();
    context.say(
        fmt::format("{}: {}", run.name,
                    opened.comparison.has_value()
                        ? fmt::format("{}: {}", recon::to_string(opened.comparison->verdict),
                                      opened.comparison->sentence)
                        : fmt::format("{}: {}", opened.exit == 4 ? "CORRUPT" : "INCONCLUSIVE",
                                      opened.problem)));
  }
  for (const Timestamp day : found.missing_days) {
    context.say(fmt::format("{}: no run begins on this day", to_ts_name(day)));
  }

  const fs::path dir = parent / interval_name(window);
  PublishAddress address = multiday.publish;
  if (address.place.empty()) {
    address.place = (multiday.run.dst_root_dir / "published").string();
  }
  TIEOUT_TRY(const auto publisher, make_publisher(address, context.outside));
  report::MultidayInput input;
  input.title =
      fmt::format("{} {} {}", model_dir_name(window), window.run_mode, interval_name(window));
  input.runs = report_runs(runs, dir / "result_0", address.place);
  input.missing_days = found.missing_days;
  input.gaps = long_gaps(found.gaps, runs);
  for (const Overlap& overlap : found.overlaps) {
    input.overlaps.push_back(fmt::format("{} and {} share the bars from {} to {}", overlap.first,
                                         overlap.second, to_iso(overlap.from), to_iso(overlap.to)));
  }
  for (const SetAside& item : found.set_aside) {
    input.set_aside.push_back(fmt::format("{}: {}", item.name, item.reason));
  }
  add_parameters(multiday, input);
  input.stamp = now;
  TIEOUT_TRY(const report::MultidayFiles files, report::write_multiday_report(dir, input));
  TIEOUT_TRY(std::vector<PublishedPage> links,
             publish_multiday(*publisher, window, multiday.html_notebook_tag, files, now));
  std::string published;
  for (const PublishedPage& page : links) {
    published +=
        fmt::format("To open the notebook from a web-browser open a link: {}\n", page.link);
  }
  TIEOUT_CHECK(write_file_atomic(dir / "result_0" / "run_notebook.0.html.log", published));
  context.say(fmt::format("verdict {}: {}", recon::to_string(files.verdict.verdict),
                          files.verdict.sentence));
  context.say(published.substr(0, published.size() - 1));
  return MultidayResult{files.verdict.exit, std::string(recon::to_string(files.verdict.verdict)),
                        files.verdict.sentence, files.json, std::move(links)};
}

}  // namespace tieout::flow
