#include "notebook_code.hpp"

#include <cctype>

#include <fmt/format.h>

#include "text.hpp"

namespace tieout::report {
namespace {

constexpr std::string_view kImportPackage =
    "import os\n"
    "import pickle\n"
    "import subprocess\n"
    "\n"
    "try:\n"
    "    import tieout\n"
    "except ImportError as error:\n"
    "    raise ImportError(\n"
    "        \"This notebook needs the Python package tieout: install the wheel that `make wheel` "
    "builds, \"\n"
    "        \"or put `build/release/python` of a built tree into PYTHONPATH. The page beside it "
    "needs nothing.\"\n"
    "    ) from error\n";

constexpr std::string_view kImportStored =
    "import json\n"
    "import os\n"
    "import pathlib\n"
    "import pickle\n"
    "import subprocess\n"
    "\n"
    "from IPython.display import display\n"
    "\n"
    "report = json.loads(pathlib.Path(\"report.json\").read_text(encoding=\"utf-8\"))\n"
    "sections = {section[\"id\"]: section for section in [report[\"summary\"], "
    "*report[\"sections\"]]}\n"
    "\n"
    "\n"
    "def show(section_id):\n"
    "    \"\"\"Display a section of the report.\"\"\"\n"
    "    section = sections[section_id]\n"
    "    markup = '<div class=\"tieout\">\\n' + section[\"html\"] + \"</div>\\n\"\n"
    "    display({\"text/plain\": section[\"text\"], \"text/html\": markup}, raw=True)\n";

/// Parameter name as a Python identifier: "dag-builder-ctor-as-str" is dag_builder_ctor_as_str.
std::string identifier(std::string_view name) {
  const bool needs_letter =
      name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0;
  std::string out(needs_letter ? 1 : 0, '_');
  for (const char c : name) out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return out;
}

std::string path_or_none(const std::filesystem::path& path) {
  return path.empty() ? "None" : python_string(path.generic_string());
}

/// The arguments of tieout.report() under the else of the config cell.
std::string sources_literal(const NotebookHead& head) {
  const NotebookSources& sources = *head.sources;
  const std::pair<const char*, std::string> items[] = {
      {"kind", python_string(head.kind)},
      {"prod", path_or_none(sources.prod)},
      {"sim", path_or_none(sources.sim)},
      {"market_data", path_or_none(sources.market_data)},
      {"noise_floor", path_or_none(sources.noise_floor)},
      {"policy", path_or_none(sources.policy)},
      {"check_self_consistency", sources.check_self_consistency ? "True" : "False"},
      {"base", path_or_none(sources.base)},
  };
  std::string out = "        \"report\": {\n";
  for (const auto& [name, value] : items) {
    out += fmt::format("            \"{}\": {},\n", name, value);
  }
  return out + "        },\n";
}

}  // namespace

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

std::string imports_cell(const NotebookHead& head) {
  return std::string(head.sources ? kImportPackage : kImportStored);
}

/// An element of the command that is a parameter's value is written as its variable, so that a
/// change of the variable changes the command.
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
  out += "        },\n";
  if (head.sources) out += sources_literal(head);
  out += "        \"rerun_command\": [\n";
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

std::string run_again_cell() {
  return "# Set to `True` to run the reconciliation again with the parameters above; it writes a "
         "new report.\n"
         "run_again = False\n"
         "if run_again:\n"
         "    subprocess.run(config[\"rerun_command\"], check=True)\n";
}

std::string summary_cell(const NotebookHead& head) {
  if (!head.sources) return "show(\"summary\")";
  return "# Open both run logs and compare them: every cell of every node, bar, target, order, "
         "fill "
         "and book.\n"
         "report = tieout.report(**config[\"report\"])\n"
         "report";
}

std::string section_cell(const NotebookHead& head, std::string_view section_id) {
  return fmt::format(fmt::runtime(head.sources ? "report.section({})" : "show({})"),
                     python_string(section_id));
}

}  // namespace tieout::report
