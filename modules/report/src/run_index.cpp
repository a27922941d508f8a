#include "tieout/report/run_index.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "document.hpp"
#include "page.hpp"
#include "plot.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

/// The runs of one model and run mode, ascending by start.
using Group = std::vector<const IndexedRun*>;

std::map<std::string, Group> groups_of(const RunIndex& index) {
  std::map<std::string, Group> groups;
  for (const IndexedRun& run : index.runs) groups[run.model + " " + run.run_mode].push_back(&run);
  return groups;
}

struct Mark {
  const char* letter;
  Tone tone;
};

/// Letter and tone of a verdict; the legend spells them out.
Mark mark_of(const IndexedRun& run) {
  if (run.verdict == "IDENTICAL") return {"I", Tone::kGood};
  if (run.verdict == "EQUIVALENT") return {"E", Tone::kGood};
  if (run.verdict == "EXPLAINED") return {"X", Tone::kGood};
  if (run.verdict == "DIVERGED") return {"D", Tone::kBad};
  if (run.verdict == "INCONCLUSIVE") return {"?", Tone::kWarn};
  return {"-", Tone::kWarn};
}

Cell marked_cell(const IndexedRun& run) {
  const Mark mark = mark_of(run);
  const std::string letter = run.partial ? std::string(mark.letter) + "*" : mark.letter;
  if (run.fast_page.empty()) return {letter, mark.tone};
  Cell cell("", mark.tone);
  cell.links.emplace_back(letter, Link{run.fast_page, run.fast_page});
  return cell;
}

/// One row for each month, one column for each day of a month; runs stand on the day on which they
/// start. Of several runs on one day each has its letter; a letter is a link to the run's page.
TableBlock calendar_of(const Group& group) {
  constexpr std::size_t kDays = 31;
  TableBlock table;
  table.caption = "Runs by the day on which they start (UTC)";
  table.columns.push_back({"month", Align::kTime});
  for (std::size_t day = 1; day <= kDays; ++day) table.columns.push_back({fmt::format("{}", day)});
  std::map<std::string, std::vector<Cell>> months;
  for (const IndexedRun* run : group) {
    const std::string date = to_iso(run->start).substr(0, 10);
    auto& row = months.try_emplace(date.substr(0, 7), kDays + 1, Cell("")).first->second;
    row[0] = Cell(date.substr(0, 7));
    Cell& cell = row[static_cast<std::size_t>(std::stoi(date.substr(8, 2)))];
    const Cell added = marked_cell(*run);
    const bool is_first = cell.text.empty() && cell.links.empty();
    // The worst of a day gives the colour.
    if (is_first || added.tone == Tone::kBad || cell.tone == Tone::kGood) cell.tone = added.tone;
    if (!added.text.empty()) cell.text += (cell.text.empty() ? "" : " ") + added.text;
    cell.links.insert(cell.links.end(), added.links.begin(), added.links.end());
  }
  for (auto& month : months) table.rows.push_back(std::move(month.second));
  return table;
}

/// "2 new: a, b; 1 known".
std::string breaks_text(const IndexedRun& run) {
  constexpr std::size_t kShown = 3;
  if (run.new_breaks.empty() && run.known_breaks.empty()) return "";
  std::string text = fmt::format("{} new", run.new_breaks.size());
  for (std::size_t i = 0; i < std::min(kShown, run.new_breaks.size()); ++i) {
    text += (i == 0 ? ": " : ", ") + run.new_breaks[i];
  }
  if (run.new_breaks.size() > kShown) text += ", ...";
  return text + fmt::format("; {} known", run.known_breaks.size());
}

TableBlock runs_of(const Group& group) {
  TableBlock table;
  table.caption = "The newest first; a part is new when no earlier run differed in it";
  table.columns = {{"run", Align::kCode},
                   {"verdict"},
                   {"breaks", Align::kNumber},
                   {"parts that differ"},
                   {"why", Align::kText}};
  for (auto run = group.rbegin(); run != group.rend(); ++run) {
    Cell name((*run)->name);
    if (!(*run)->fast_page.empty()) {
      name.links.emplace_back("fast", Link{(*run)->fast_page, (*run)->fast_page});
    }
    if (!(*run)->slow_page.empty()) {
      name.links.emplace_back("slow", Link{(*run)->slow_page, (*run)->slow_page});
    }
    const std::string verdict = (*run)->verdict.empty() ? "none" : (*run)->verdict;
    table.rows.push_back(
        {name, Cell((*run)->partial ? verdict + " (partial)" : verdict, mark_of(**run).tone),
         (*run)->breaks ? count_text(*(*run)->breaks) : std::string("-"), breaks_text(**run),
         (*run)->sentence});
  }
  return table;
}

Figure trend_of(const std::string& name, const Group& group) {
  Strip strip;
  strip.label = "Distinct breaks of each run of " + name;
  std::string words;
  for (const IndexedRun* run : group) {
    strip.bars.push_back(run->start);
    strip.counts.push_back(run->breaks.value_or(0));
    words += fmt::format("{}: {}\n", run->name,
                         run->breaks ? count_text(*run->breaks) : std::string("no comparison"));
  }
  return {strip.label, strip_svg(strip), words};
}

}  // namespace

std::string render_run_index(const RunIndex& index) {
  std::string body = fmt::format("<main id=\"sections\">\n<h1>{}</h1>\n", escape_html(index.title));
  for (const auto& [name, group] : groups_of(index)) {
    Section section;
    section.id = name;
    std::ranges::replace(section.id, ' ', '.');
    section.title = name;
    section.blocks = {calendar_of(group),
                      Paragraph{"I identical, E equivalent, X explained, D diverged, ? "
                                "inconclusive, - no verdict; * production's log was not complete",
                                Tone::kMuted}};
    constexpr std::size_t kFewestForATrend = 3;
    if (group.size() >= kFewestForATrend) section.blocks.emplace_back(trend_of(name, group));
    section.blocks.emplace_back(runs_of(group));
    body += html_of(section);
  }
  if (!index.notes.empty()) {
    Section notes{"notes", "Not read", true, "", {Bullets{index.notes}}};
    body += html_of(notes);
  }
  return render_document(
      index.title, body + "</main>\n",
      index.runs.empty() ? std::string("no runs") : plural(index.runs.size(), "run"));
}

std::string to_json(const RunIndex& index) {
  nlohmann::ordered_json out{{"schema", "tieout.run_index/1"},
                             {"title", index.title},
                             {"runs", nlohmann::ordered_json::array()},
                             {"notes", index.notes}};
  for (const IndexedRun& run : index.runs) {
    nlohmann::ordered_json row{{"model", run.model},
                               {"run_mode", run.run_mode},
                               {"name", run.name},
                               {"start", to_iso(run.start)},
                               {"end", to_iso(run.end)},
                               {"verdict", nullptr},
                               {"sentence", run.sentence},
                               {"partial", run.partial},
                               {"distinct_breaks", nullptr},
                               {"new_breaks", run.new_breaks},
                               {"known_breaks", run.known_breaks},
                               {"fast_page", run.fast_page},
                               {"slow_page", run.slow_page}};
    if (!run.verdict.empty()) row["verdict"] = run.verdict;
    if (run.breaks) row["distinct_breaks"] = *run.breaks;
    out["runs"].push_back(std::move(row));
  }
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tieout::report
