#include "notebook.hpp"

#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "page.hpp"

namespace tieout::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kCellsBeforeSections = 2;  // imports, config

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

/// A Python string literal; repr-like, so that nothing in `text` can end it.
std::string python_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : valid_utf8(text)) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// Parameter name as a Python identifier: "dag-builder-ctor-as-str" is dag_builder_ctor_as_str.
std::string identifier(std::string_view name) {
  std::string out;
  for (const char c : name) out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  if (out.empty() || std::isdigit(static_cast<unsigned char>(out.front())) != 0) out.insert(0, "_");
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

constexpr std::string_view kImports =
    "import json\n"
    "import os\n"
    "import pathlib\n"
    "import pickle\n"
    "import subprocess\n"
    "\n"
    "from IPython.display import display\n"
    "\n"
    "report = json.loads(pathlib.Path(\"report.json\").read_text(encoding=\"utf-8\"))\n"
    "sections = {section[\"id\"]: section for section in report[\"sections\"]}\n"
    "\n"
    "\n"
    "def show(section_id):\n"
    "    \"\"\"Display a section of the report.\"\"\"\n"
    "    section = sections[section_id]\n"
    "    display({\"text/plain\": section[\"text\"], \"text/html\": section[\"html\"]}, "
    "raw=True)\n";

/// The parameters behind an if-else; an element of the command that is a parameter's value is
/// written as its variable, so that a change of the variable changes the command.
std::string config_cell(const NotebookHead& head) {
  std::string out =
      "# When run manually with other parameters, set to `None` and update the values under "
      "`else`.\n"
      "config_file_name = os.environ.get(\"__NOTEBOOK_CONFIG_PATH__\", \"config.pkl\")\n"
      "if config_file_name:\n"
      "    with open(config_file_name, \"rb\") as config_file:\n"
      "        config = pickle.load(config_file)\n"
      "else:\n";
  for (const auto& item : head.parameters) {
    out += fmt::format("    {} = {}\n", identifier(item.first), python_string(item.second));
  }
  out += "    config = {\n        \"parameters\": {\n";
  for (const auto& item : head.parameters) {
    out += fmt::format("            {}: {},\n", python_string(item.first), identifier(item.first));
  }
  out += "        },\n        \"rerun_command\": [\n";
  for (const std::string& word : head.rerun_command) {
    std::string text = python_string(word);
    for (const auto& item : head.parameters) {
      if (!item.second.empty() && item.second == word) text = identifier(item.first);
    }
    out += "            " + text + ",\n";
  }
  return out +
         "        ],\n    }\n"
         "for name, value in config[\"parameters\"].items():\n"
         "    print(f\"{name}: {value}\")\n";
}

constexpr std::string_view kRunAgain =
    "# Set to `True` to run the reconciliation again with the parameters above; it writes a new "
    "report.\n"
    "run_again = False\n"
    "if run_again:\n"
    "    subprocess.run(config[\"rerun_command\"], check=True)\n";

std::string cell_id(std::string_view section_id, std::string_view suffix) {
  std::string out(section_id);
  for (char& c : out) {
    if (c == '.') c = '-';
  }
  return out + std::string(suffix);
}

}  // namespace

std::size_t check_cell_number(const NotebookHead& head,
                              const std::vector<Section>& sections) noexcept {
  return kCellsBeforeSections + (head.rerun_command.empty() ? 0 : 1) + sections.size() + 1;
}

std::size_t check_cell_number(const Facts& facts, const std::vector<Section>& sections) noexcept {
  return kCellsBeforeSections + (facts.input.rerun_command.empty() ? 0 : 1) + sections.size() + 1;
}

std::string render_notebook(const NotebookHead& head, const std::vector<Section>& sections,
                            const Check& check) {
  Notebook notebook;
  notebook.markdown("title", "# " + head.title);
  notebook.code("imports", kImports, Json::array());
  notebook.markdown("config-title", "## Build the reconciliation config");
  std::string printed;
  for (const auto& item : head.parameters)
    printed += valid_utf8(item.first) + ": " + valid_utf8(item.second) + "\n";
  notebook.code("config", config_cell(head), printed.empty() ? Json::array() : stream(printed));
  if (!head.rerun_command.empty()) notebook.code("run-again", kRunAgain, Json::array());
  for (const Section& section : sections) {
    notebook.markdown(cell_id(section.id, "-title"), fmt::format("## {}", section.title));
    Json output{{"data", Json{{"text/html", lines_of(html_of(section))},
                              {"text/plain", lines_of(text_of(section))}}},
                {"metadata", Json::object()},
                {"output_type", "display_data"}};
    notebook.code(cell_id(section.id, ""), fmt::format("show({})", python_string(section.id)),
                  Json::array({std::move(output)}));
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
  return render_notebook(head, sections, check);
}

}  // namespace tieout::report
