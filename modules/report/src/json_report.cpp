#include "json_report.hpp"

#include <nlohmann/json.hpp>

#include "chart_data.hpp"
#include "notebook.hpp"
#include "page.hpp"
#include "sections_observer.hpp"

namespace tieout::report {
namespace {

using Json = nlohmann::ordered_json;

Json run_json(const Side& side) {
  if (side.run == nullptr) return nullptr;
  const runlog::Manifest& manifest = side.run->manifest();
  return Json{{"system_log_dir", side.run->directory().string()},
              {"constructor", manifest.constructor},
              {"run_mode", manifest.run_mode},
              {"replay", manifest.replay},
              {"config_hash", manifest.config_hash},
              {"root_hash", manifest.root_hash},
              {"bars", side.run->bars().size()}};
}

/// The charts of a section by their captions.
Json charts_json(const Blocks& blocks) {
  Json out = Json::array();
  for (const Chart* chart : charts_of(blocks)) {
    Json one = Json::parse(chart_json(*chart));
    one["caption"] = valid_utf8(chart->caption);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

nlohmann::ordered_json section_json(const Section& section) {
  return Json{{"id", section.id},
              {"title", section.title},
              {"ok", section.ok},
              {"lacks", section.lacks},
              {"text", text_of(section)},
              {"html", stored_html(section)},
              {"charts", charts_json(section.blocks)}};
}

std::string json_report(const Facts& facts, const std::vector<Section>& sections,
                        const Check& check) {
  Json out = Json::object();
  out["schema"] = 1;
  out["kind"] = std::string(to_string(facts.input.kind));
  out["title"] = facts.input.title;
  out["stamp"] = stamp_text(facts.input.stamp);
  out["verdict"] = std::string(to_string(facts.verdict()));
  out["sentence"] = verdict_sentence(facts);
  out["success"] = check.passed;
  if (facts.comparison == nullptr) {
    out["policy"] = nullptr;
  } else {
    const recon::CellCounts& cells = facts.comparison->cells;
    out["policy"] = Json{{"name", facts.comparison->policy.name},
                         {"hash", facts.comparison->policy.hash},
                         {"coverage", facts.comparison->coverage},
                         {"within", cells.within},
                         {"ignored", cells.ignored},
                         {"waived", cells.waived},
                         {"uncovered", cells.uncovered}};
  }
  out["runs"] = Json{{"prod", run_json(facts.left)}, {"sim", run_json(facts.right)}};
  Json parameters = Json::object();
  for (const auto& item : facts.parameters) parameters[item.first] = item.second;
  out["parameters"] = std::move(parameters);
  Json key = Json::array();
  for (const KeyFact& fact : key_facts(facts))
    key.push_back(Json{{"name", fact.name}, {"value", fact.value}, {"detail", fact.detail}});
  out["key_facts"] = std::move(key);
  out["check"] = Json{{"passed", check.passed}, {"message", check.message}};
  if (facts.input.observer != nullptr) out["observer"] = observer_json(*facts.input.observer);
  out["summary"] = section_json(summary_section(facts));
  Json list = Json::array();
  for (const Section& section : sections) list.push_back(section_json(section));
  out["sections"] = std::move(list);
  if (facts.comparison == nullptr) {
    out["comparison"] = nullptr;
  } else {
    Json comparison = Json::parse(recon::to_json(*facts.comparison), nullptr, false);
    out["comparison"] = comparison.is_discarded() ? Json(nullptr) : std::move(comparison);
  }
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tieout::report
