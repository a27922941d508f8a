#include "notebook.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "notebook_code.hpp"
#include "notebook_style.hpp"

namespace tieout::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSummaryId = "summary";

/// Cells of code before those of the sections: imports, config, the command to run again, summary.
std::size_t cells_before_sections(bool has_command) {
  return 2U + (has_command ? 1U : 0U) + 1U;
}

/// Lines with their line ends, as nbformat stores text.
Json lines_of(std::string_view text) {
  Json out = Json::array();
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t length = end == std::string_view::npos ? text.size() : end + 1;
    out.push_back(std::string(text.substr(0, length)));
    text.remove_prefix(length);
  }
  return out;
}

class Notebook {
 public:
  void markdown(const std::string& id, std::string_view source) {
    cells_.push_back(Json{{"cell_type", "markdown"},
                          {"id", id},
                          {"metadata", Json::object()},
                          {"source", lines_of(source)}});
  }

  void code(const std::string& id, std::string_view source, Json outputs) {
    ++executed_;
    for (Json& output : outputs) {
      if (output["output_type"] == "execute_result") output["execution_count"] = executed_;
    }
    cells_.push_back(Json{{"cell_type", "code"},
                          {"execution_count", executed_},
                          {"id", id},
                          {"metadata", Json::object()},
                          {"outputs", std::move(outputs)},
                          {"source", lines_of(source)}});
  }

  std::string take() {
    Json out = Json::object();
    out["cells"] = std::move(cells_);
    out["metadata"] = Json{
        {"kernelspec", {{"display_name", "Python 3"}, {"language", "python"}, {"name", "python3"}}},
        {"language_info", {{"name", "python"}}}};
    out["nbformat"] = 4;
    out["nbformat_minor"] = 5;
    return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  Json cells_ = Json::array();
  std::size_t executed_ = 0;
};

Json stream(std::string_view text) {
  return Json::array(
      {Json{{"name", "stdout"}, {"output_type", "stream"}, {"text", lines_of(text)}}});
}

/// What a section's cell shows: the value of its last line, or what it displays.
Json output_of(const NotebookHead& head, const Section& section) {
  return Json::array({Json{{"data", Json{{"text/html", lines_of(notebook_html(section))},
                                         {"text/plain", lines_of(text_of(section))}}},
                           {"metadata", Json::object()},
                           {"output_type", head.sources ? "execute_result" : "display_data"}}});
}

/// Without the numbers of charts for the scripts of the page: nothing of a notebook reads them.
std::string without_chart_data(std::string html) {
  constexpr std::string_view kBegin = "<script type=\"application/json\" class=\"chart-data\">";
  constexpr std::string_view kEnd = "</script>\n";
  for (std::size_t at = html.find(kBegin); at != std::string::npos; at = html.find(kBegin, at)) {
    const std::size_t end = html.find(kEnd, at);
    if (end == std::string::npos) break;
    html.erase(at, end + kEnd.size() - at);
  }
  return html;
}

std::string cell_id(std::string_view section_id, std::string_view suffix) {
  std::string out(section_id);
  for (char& c : out) {
    if (c == '.') c = '-';
  }
  return out + std::string(suffix);
}

}  // namespace

Section summary_section(const std::string& verdict, Tone tone, const std::string& sentence,
                        const std::vector<KeyFact>& facts) {
  Section out;
  out.id = kSummaryId;
  out.title = "Verdict";
  out.blocks.emplace_back(Paragraph{verdict, tone});
  out.blocks.emplace_back(Paragraph{sentence});
  TableBlock table;
  table.caption = "First screen";
  table.columns = {{"fact"}, {"value"}, {"detail", Align::kNote}};
  for (const KeyFact& fact : facts) table.rows.push_back({fact.name, fact.value, fact.detail});
  out.blocks.emplace_back(std::move(table));
  return out;
}

Section summary_section(const Facts& facts) {
  return summary_section(std::string(to_string(facts.verdict())), tone_of(facts),
                         verdict_sentence(facts), key_facts(facts));
}

std::string stored_html(const Section& section) {
  const std::string style =
      section.id == kSummaryId ? "<style>\n" + notebook_style() + "</style>\n" : std::string();
  return style + without_chart_data(html_of(section));
}

std::string notebook_html(const Section& section) {
  return "<div class=\"tieout\">\n" + stored_html(section) + "</div>\n";
}

std::size_t check_cell_number(const NotebookHead& head,
                              const std::vector<Section>& sections) noexcept {
  return cells_before_sections(!head.rerun_command.empty()) + sections.size() + 1;
}

std::size_t check_cell_number(const Facts& facts, const std::vector<Section>& sections) noexcept {
  return cells_before_sections(!facts.input.rerun_command.empty()) + sections.size() + 1;
}

std::string notebook_of(const NotebookHead& head, const std::vector<Section>& sections,
                        const Check& check) {
  Notebook notebook;
  notebook.markdown("title", "# " + head.title);
  notebook.code("imports", imports_cell(head), Json::array());
  notebook.markdown("config-title", "## Build the reconciliation config");
  std::string printed;
  for (const auto& item : head.parameters)
    printed += valid_utf8(item.first) + ": " + valid_utf8(item.second) + "\n";
  notebook.code("config", config_cell(head), printed.empty() ? Json::array() : stream(printed));
  if (!head.rerun_command.empty()) notebook.code("run-again", run_again_cell(), Json::array());
  notebook.markdown("summary-title", "## Verdict");
  notebook.code(kSummaryId, summary_cell(head), output_of(head, head.summary));
  for (const Section& section : sections) {
    notebook.markdown(cell_id(section.id, "-title"), fmt::format("## {}", section.title));
    notebook.code(cell_id(section.id, ""), section_cell(head, section.id),
                  output_of(head, section));
  }
  notebook.markdown("check-title", "## Check");
  Json outputs = Json::array();
  if (!check.passed) {
    outputs.push_back(
        Json{{"ename", "AssertionError"},
             {"evalue", check.message},
             {"output_type", "error"},
             {"traceback", Json::array({traceback_text(check, check_cell_number(head, sections)),
                                        "AssertionError: " + check.message})}});
  }
  notebook.code("check", check.code, std::move(outputs));
  return notebook.take();
}

std::string notebook_of(const Facts& facts, const std::vector<Section>& sections,
                        const Check& check) {
  NotebookHead head;
  head.title = fmt::format("{}: {}\n\n{}", to_string(facts.verdict()),
                           valid_utf8(facts.input.title), valid_utf8(verdict_sentence(facts)));
  head.parameters = facts.parameters;
  head.rerun_command = facts.input.rerun_command;
  head.summary = summary_section(facts);
  head.kind = to_string(facts.input.kind);
  head.sources = facts.input.notebook_sources;
  return notebook_of(head, sections, check);
}

}  // namespace tieout::report
