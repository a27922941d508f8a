#include "notebook.hpp"

#include <regex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tieout/report/computed_report.hpp"

#include "config_tree.hpp"
#include "fixture.hpp"
#include "notebook_style.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using testing::bumped_sim_spec;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Pair;
using testing::prod_spec;
using testing::sim_spec;
using ::testing::StartsWith;
using Json = nlohmann::json;

NotebookSources some_sources() {
  NotebookSources sources;
  sources.prod = "../../../prod/system_log_dir.scheduled";
  sources.sim = "../../../simulation/system_log_dir.scheduled";
  sources.base = "/runs/it's \"here\"/result_0";
  return sources;
}

Json notebook_json(const ReportInput& input) {
  const Facts facts(input);
  return Json::parse(notebook_of(facts, compute_sections(facts), check_of(facts)));
}

std::string text_of(const Json& lines) {
  std::string out;
  for (const Json& line : lines) out += line.get<std::string>();
  return out;
}

const Json& cell(const Json& notebook, const std::string& id) {
  for (const Json& each : notebook["cells"]) {
    if (each["id"] == id) return each;
  }
  throw std::runtime_error("no cell " + id);
}

TEST(NotebookTest, WithSourcesEachCellShowsWhatThePackageComputes) {
  Pair pair(prod_spec(), bumped_sim_spec());
  pair.input.notebook_sources = some_sources();
  const Json notebook = notebook_json(pair.input);
  ComputedReport report(pair.input);
  EXPECT_THAT(text_of(cell(notebook, "imports")["source"]), HasSubstr("    import tieout\n"));
  const Json& summary = cell(notebook, "summary");
  EXPECT_THAT(text_of(summary["source"]), EndsWith("tieout.report(**config[\"report\"])\nreport"));
  EXPECT_EQ(text_of(summary["outputs"][0]["data"]["text/html"]), report.summary().html);
  EXPECT_EQ(text_of(summary["outputs"][0]["data"]["text/plain"]), report.summary().text);
  EXPECT_THAT(report.summary().text, HasSubstr("DIVERGED\n" + report.sentence() + "\n"));
  std::size_t sections = 0;
  for (const std::string& id : report.section_ids()) {
    std::string cell_id = id;
    std::replace(cell_id.begin(), cell_id.end(), '.', '-');
    const Json& each = cell(notebook, cell_id);
    const ComputedSection* section = report.section(id);
    ASSERT_NE(section, nullptr);
    EXPECT_EQ(text_of(each["source"]), "report.section(\"" + id + "\")");
    EXPECT_EQ(each["outputs"][0]["output_type"], "execute_result");
    EXPECT_EQ(each["outputs"][0]["execution_count"], each["execution_count"]);
    EXPECT_EQ(text_of(each["outputs"][0]["data"]["text/html"]), section->html);
    EXPECT_EQ(text_of(each["outputs"][0]["data"]["text/plain"]), section->text);
    EXPECT_THAT(section->html, Not(HasSubstr("<script")))
        << "the numbers of charts are for the page";
    ++sections;
  }
  EXPECT_GT(sections, 25U);
  const Json& check = cell(notebook, "check");
  EXPECT_THAT(text_of(check["source"]), EndsWith("\nreport.check()"));
  EXPECT_EQ(check["outputs"][0]["evalue"], report.failed_check());
  EXPECT_THAT(text_of(check["outputs"][0]["traceback"]), HasSubstr("---->  2 report.check()\n"));
}

TEST(NotebookTest, ASectionIsComputedOnceAndAnUnknownOneIsNull) {
  Pair pair(prod_spec(), sim_spec());
  ComputedReport report(pair.input);
  const ComputedSection* first = report.section("layers");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(report.section("layers"), first);
  EXPECT_EQ(report.section("fast.99"), nullptr);
  EXPECT_EQ(report.section("slow.6"), nullptr) << "of a slow report alone";
  EXPECT_EQ(report.failed_check(), "");
}

TEST(NotebookTest, TablesAreThoseOfTheSectionFoldedOnesIncluded) {
  Pair pair(prod_spec(), bumped_sim_spec());
  ComputedReport report(pair.input);
  std::size_t tables = 0;
  for (const std::string& id : report.section_ids()) {
    const ComputedSection& section = *report.section(id);
    std::size_t captions = 0;
    for (std::size_t at = 0; (at = section.html.find("<caption>", at)) != std::string::npos; ++at) {
      ++captions;
    }
    EXPECT_EQ(section.tables.size(), captions) << id;
    for (const SectionTable& table : section.tables) {
      EXPECT_FALSE(table.columns.empty()) << id;
    }
    tables += section.tables.size();
  }
  EXPECT_GT(tables, 20U);
}

TEST(NotebookTest, CellIdsAreUniqueAndAsNbformatWantsThem) {
  Pair pair(prod_spec(), bumped_sim_spec());
  ReportInput nothing;
  nothing.title = "nothing ran";
  ReportInput slow = pair.input;
  slow.kind = ReportKind::kSlow;
  slow.rerun_command = {"tieout"};
  for (const ReportInput& input : {pair.input, slow, nothing}) {
    std::set<std::string> ids;
    for (const Json& each : notebook_json(input)["cells"]) {
      const std::string id = each["id"];
      EXPECT_TRUE(ids.insert(id).second) << id;
      EXPECT_TRUE(std::regex_match(id, std::regex("[a-zA-Z0-9_-]{1,64}"))) << id;
    }
  }
}

TEST(NotebookTest, TheConfigHoldsTheArgumentsOfTheCall) {
  Pair pair(prod_spec(), sim_spec());
  EXPECT_TRUE(config_tree(Facts(pair.input))["report"].is_null());
  pair.input.notebook_sources = some_sources();
  const auto report = config_tree(Facts(pair.input))["report"];
  EXPECT_EQ(report["prod"], "../../../prod/system_log_dir.scheduled");
  EXPECT_EQ(report["kind"], "fast");
  EXPECT_TRUE(report["policy"].is_null());
  EXPECT_EQ(report["check_self_consistency"], false);
  const std::string code = text_of(cell(notebook_json(pair.input), "config")["source"]);
  EXPECT_THAT(code, HasSubstr("            \"base\": \"/runs/it's \\\"here\\\"/result_0\",\n"));
  EXPECT_THAT(code, HasSubstr("            \"policy\": None,\n"));
}

TEST(ScopedStyleTest, EachSelectorIsForTheElementAlone) {
  EXPECT_EQ(scoped_style("p { a: b; }", "x"), ".x p { a: b; }\n");
  EXPECT_EQ(scoped_style("p,\n.a b > c { a: b; }", "x"), ".x p, .x .a b > c { a: b; }\n");
  EXPECT_EQ(scoped_style("p:is(a, b) { a: b; }", "x"), ".x p:is(a, b) { a: b; }\n");
  EXPECT_EQ(scoped_style(":root { --a: b; }\nbody { a: b; }", "x"), ".x { --a: b; }\n");
  EXPECT_EQ(scoped_style(":root[data-theme=\"dark\"] { a: b; }", "x"),
            ".x[data-theme=\"dark\"] { a: b; }\n");
  EXPECT_EQ(scoped_style("/* p { */ @media print { body { a: b; } p { a: b; } }", "x"),
            "@media print {\n.x p { a: b; }\n}\n");
  EXPECT_EQ(scoped_style("@import 'a.css'; @page { a: b; } html { a: b; }", "x"), ".x { a: b; }\n");
}

TEST(ScopedStyleTest, ARuleThatDoesNotEndIsTheLast) {
  EXPECT_EQ(scoped_style("p { a: b", "x"), ".x p { a: b}\n");
  EXPECT_EQ(scoped_style("p", "x"), "");
  EXPECT_EQ(scoped_style("/* p { a: b; }", "x"), "");
}

TEST(ScopedStyleTest, TheSheetOfThePageIsForItsElementAlone) {
  const std::string& style = notebook_style();
  EXPECT_THAT(style, HasSubstr(".tieout svg .line {"));
  EXPECT_THAT(style, HasSubstr(".tieout {\ncolor-scheme"));
  EXPECT_EQ(std::count(style.begin(), style.end(), '{'),
            std::count(style.begin(), style.end(), '}'));
  // Every line that opens a rule is scoped, but for @media.
  std::istringstream lines(style);
  for (std::string line; std::getline(lines, line);) {
    if (line.find('{') == std::string::npos) continue;
    EXPECT_TRUE(line.starts_with(".tieout") || line.starts_with("@")) << line;
  }
}

}  // namespace
}  // namespace tieout::report
