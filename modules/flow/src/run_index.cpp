#include "tieout/flow/run_index.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"
#include "tieout/flow/run_discovery.hpp"
#include "tieout/flow/status.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using report::IndexedRun;

/// Sorted names of the directories in `dir`; none when it cannot be read.
std::vector<std::string> directories_in(const fs::path& dir) {
  std::vector<std::string> names;
  std::error_code code;
  for (auto entry = fs::directory_iterator(dir, code); !code && entry != fs::directory_iterator();
       entry.increment(code)) {
    if (entry->is_directory(code)) names.push_back(entry->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

/// The one page of a report, relative to `dst`; "" when there is none.
std::string page_in(const fs::path& notebooks, const char* kind, const fs::path& dst) {
  const fs::path result = notebooks / kind / "result_0";
  std::vector<fs::path> pages;
  std::error_code code;
  for (auto entry = fs::directory_iterator(result, code);
       !code && entry != fs::directory_iterator(); entry.increment(code)) {
    if (entry->path().extension() == ".html") pages.push_back(entry->path());
  }
  std::ranges::sort(pages);
  return pages.empty() ? std::string() : pages.back().lexically_proximate(dst).generic_string();
}

/// Distinct breaks, and the parts and columns that differ, of the fast report; why they cannot be
/// told otherwise.
struct Breaks {
  std::optional<std::uint64_t> count;
  std::vector<std::string> parts;
  std::string problem;
};

Breaks breaks_in(const fs::path& report) {
  std::error_code code;
  if (!fs::exists(report, code)) return {};
  const Result<std::string> text = read_file(report);
  if (!text.ok()) return {{}, {}, text.error().message};
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object()) return {{}, {}, report.string() + " is not a JSON object"};
  const auto comparison = json.find("comparison");
  if (comparison == json.end() || !comparison->is_object()) return {};
  Breaks breaks;
  const auto count = comparison->find("distinct_breaks");
  if (count != comparison->end() && count->is_number_unsigned()) {
    breaks.count = count->get<std::uint64_t>();
  }
  const auto columns = comparison->find("breaks_by_column");
  if (columns != comparison->end() && columns->is_object()) {
    for (const auto& item : columns->items()) breaks.parts.push_back(item.key());
  }
  return breaks;
}

IndexedRun indexed(const fs::path& dir, const FoundRun& found, const fs::path& dst,
                   std::set<std::string>& seen) {
  IndexedRun run;
  run.name = found.name;
  run.start = found.start;
  run.end = found.end;
  const Result<RunStatus> status = read_status(dir / "status.json");
  if (!status.ok()) {
    run.sentence = status.error().message;
  } else {
    run.verdict = status->verdict;
    run.sentence = status->sentence;
    run.partial = status->partial;
  }
  const fs::path notebooks = dir / "reconciliation_notebook";
  Breaks breaks = breaks_in(notebooks / "fast" / "result_0" / "report.json");
  run.breaks = breaks.count;
  if (!breaks.problem.empty()) run.sentence = breaks.problem;
  if (run.verdict.empty() && run.sentence.empty()) {
    run.sentence = found.problem.empty() ? "not compared" : found.problem;
  }
  for (std::string& part : breaks.parts) {
    auto& list = seen.contains(part) ? run.known_breaks : run.new_breaks;
    list.push_back(std::move(part));
  }
  seen.insert(run.new_breaks.begin(), run.new_breaks.end());
  run.fast_page = page_in(notebooks, "fast", dst);
  run.slow_page = page_in(notebooks, "slow", dst);
  return run;
}

}  // namespace

Result<report::RunIndex> index_runs(const fs::path& root, const fs::path& dst) {
  std::error_code code;
  const fs::path absolute_root = fs::absolute(root, code).lexically_normal();
  const fs::path absolute_dst = fs::absolute(dst, code).lexically_normal();
  report::RunIndex index;
  index.title = "Reconciliations";
  for (const std::string& model : directories_in(absolute_root)) {
    for (const char* run_mode : {"paper_trading", "prod"}) {
      const fs::path dir = absolute_root / model / run_mode;
      if (!fs::is_directory(dir, code)) continue;
      TIEOUT_TRY(const std::vector<ListedDir> listed,
                 list_run_dirs(absolute_root, model, run_mode));
      const Result<Discovery> found = discover_runs(listed, {});
      if (!found.ok()) continue;  // no run in it
      std::set<std::string> seen;
      for (const FoundRun& run : found->runs) {
        index.runs.push_back(indexed(dir / run.name, run, absolute_dst, seen));
        index.runs.back().model = model;
        index.runs.back().run_mode = run_mode;
      }
      for (const SetAside& aside : found->set_aside) {
        index.notes.push_back(
            fmt::format("{}/{}/{}: {}", model, run_mode, aside.name, aside.reason));
      }
    }
  }
  if (index.runs.empty()) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("index_runs: no reconciliation below '{}', needed "
                             "{{model}}/{{run_mode}}/{{start}}.{{end}}",
                             root.string())};
  }
  return index;
}

Status write_run_index(const report::RunIndex& index, const fs::path& dst) {
  TIEOUT_CHECK(tieout::create_directories(dst));
  TIEOUT_CHECK(write_file_atomic(dst / "index.json", report::to_json(index)));
  return write_file_atomic(dst / "index.html", report::render_run_index(index));
}

}  // namespace tieout::flow
