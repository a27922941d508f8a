#include "tieout/report/computed_report.hpp"

#include <algorithm>
#include <map>
#include <type_traits>

#include "chart_data.hpp"
#include "check.hpp"
#include "facts.hpp"
#include "notebook.hpp"
#include "page.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

SectionTable table_of(const TableBlock& block) {
  SectionTable out;
  out.caption = valid_utf8(block.caption);
  for (const ColumnHead& column : block.columns) out.columns.push_back(valid_utf8(column.title));
  for (const std::vector<Cell>& row : block.rows) {
    out.rows.emplace_back();
    for (const Cell& cell : row) out.rows.back().push_back(valid_utf8(cell.text));
  }
  return out;
}

void add_tables(const Blocks& blocks, std::vector<SectionTable>& tables) {
  for (const Block& block : blocks) {
    std::visit(
        [&tables](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, TableBlock>) tables.push_back(table_of(value));
          if constexpr (std::is_same_v<T, Chart>) tables.push_back(table_of(chart_table(value)));
          if constexpr (std::is_same_v<T, Fold>) add_tables(value.blocks, tables);
        },
        block.value);
  }
}

ComputedSection computed(const Section& section, std::string html) {
  ComputedSection out;
  out.id = section.id;
  out.title = section.title;
  out.ok = section.ok;
  out.lacks = valid_utf8(section.lacks);
  out.text = text_of(section);
  out.html = std::move(html);
  add_tables(section.blocks, out.tables);
  return out;
}

}  // namespace

struct ComputedReport::State {
  explicit State(const ReportInput& input)
      : facts(input),
        specs(specs_of(facts)),
        sentence(valid_utf8(verdict_sentence(facts))),
        failed_check(check_of(facts).message) {
    for (const SectionSpec* spec : specs) ids.emplace_back(spec->id);
  }

  Facts facts;
  std::vector<const SectionSpec*> specs;
  std::string sentence, failed_check;
  std::vector<std::string> ids;
  std::map<std::string, ComputedSection, std::less<>> sections;
  std::optional<ComputedSection> summary;
};

ComputedReport::ComputedReport(const ReportInput& input) : state_(std::make_unique<State>(input)) {}
ComputedReport::~ComputedReport() = default;

const std::vector<std::string>& ComputedReport::section_ids() const noexcept {
  return state_->ids;
}

const ComputedSection* ComputedReport::section(std::string_view id) {
  if (const auto known = state_->sections.find(id); known != state_->sections.end()) {
    return &known->second;
  }
  const auto spec = std::find_if(state_->specs.begin(), state_->specs.end(),
                                 [id](const SectionSpec* each) { return each->id == id; });
  if (spec == state_->specs.end()) return nullptr;
  const Section section = compute_section(**spec, state_->facts);
  return &state_->sections.emplace(section.id, computed(section, notebook_html(section)))
              .first->second;
}

const ComputedSection& ComputedReport::summary() {
  if (!state_->summary) {
    const Section section = summary_section(state_->facts);
    state_->summary = computed(section, notebook_html(section));
  }
  return *state_->summary;
}

const std::string& ComputedReport::failed_check() {
  return state_->failed_check;
}

const std::string& ComputedReport::sentence() {
  return state_->sentence;
}

}  // namespace tieout::report
