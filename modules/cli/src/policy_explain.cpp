#include "policy_explain.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/numbers.hpp"

namespace tieout::cli {
namespace {

using Json = nlohmann::ordered_json;
using recon::Layer;
using recon::Policy;
using recon::PolicyQuery;
using recon::PolicyRule;
using recon::RuleKind;

PolicyQuery query_of(const CellAddress& cell, Layer layer) {
  return {.layer = layer,
          .node = cell.node,
          .column = cell.column,
          .asset = cell.asset,
          .symbol = cell.symbol,
          .bar = cell.bar,
          .type = cell.type};
}

/// The layers of a node or table of this name.
std::vector<Layer> layers_of(const CellAddress& cell) {
  if (cell.layer) {
    return {*cell.layer};
  }
  for (const Layer layer : recon::kLayers) {
    if (layer > Layer::kNodes && recon::to_string(layer) == cell.node) {
      return {layer};
    }
  }
  return {Layer::kNodes, Layer::kInputs};
}

std::string window_text(const PolicyRule& rule) {
  return fmt::format("{} to {}", rule.from ? to_iso(*rule.from) : "the first bar",
                     rule.until ? to_iso(*rule.until) : "the last bar");
}

/// What of the cell a rule does not select.
std::string why_not(const PolicyRule& rule, const PolicyQuery& query) {
  std::vector<std::string> reasons;
  const auto match = [&](std::string_view what, const std::string& glob, std::string_view text) {
    if (!recon::matches_glob(glob, text)) {
      reasons.push_back(fmt::format("{} '{}' does not match '{}'", what, glob, text));
    }
  };
  match("stage", rule.layer, recon::to_string(query.layer));
  match("node", rule.node, query.node);
  match("column", rule.column, query.column);
  PolicyRule only_asset;
  only_asset.asset = rule.asset;
  PolicyQuery no_type = query;
  no_type.type = std::nullopt;
  if (!recon::selects(only_asset, no_type)) {
    reasons.push_back(fmt::format(
        "asset '{}' does not match {}", rule.asset,
        query.asset == kNoAsset ? std::string("a column of no asset")
        : query.symbol.empty()  ? fmt::format("'{}', whose symbol is not given", query.asset.value)
                                : fmt::format("'{}' ({})", query.symbol, query.asset.value)));
  }
  if (rule.from || rule.until) {
    if (!query.bar) {
      reasons.push_back(
          fmt::format("it holds from {} only, and no bar is given", window_text(rule)));
    } else if ((rule.from && *query.bar < *rule.from) || (rule.until && *rule.until < *query.bar)) {
      reasons.push_back(fmt::format("it holds from {} only", window_text(rule)));
    }
  }
  if (rule.column.empty() && query.type && !applies_to(rule.kind, *query.type, query.layer)) {
    reasons.push_back(fmt::format("{} cannot judge {} in the stage {}, and it names no column",
                                  to_string(rule.kind), to_string(*query.type),
                                  recon::to_string(query.layer)));
  }
  return fmt::format("{}", fmt::join(reasons, "; "));
}

/// Why a comparison would refuse the rule for this cell; "" when it would not.
std::string trouble_of(const PolicyRule& rule, const PolicyQuery& query,
                       const recon::Increments& increments) {
  if (query.type && !applies_to(rule.kind, *query.type, query.layer)) {
    return fmt::format("{} cannot judge {} in the stage {}", to_string(rule.kind),
                       to_string(*query.type), recon::to_string(query.layer));
  }
  if (rule.kind == RuleKind::kTicks && increments.tick == 0) {
    return "[increments] gives no tick for this asset";
  }
  if (rule.kind == RuleKind::kLots && increments.lot == 0) {
    return "[increments] gives no lot for this asset";
  }
  return "";
}

Explanation explain_in(const Policy& policy, const CellAddress& cell, Layer layer) {
  const PolicyQuery query = query_of(cell, layer);
  Explanation out;
  out.layer = layer;
  out.rule = recon::find_rule(policy, query);
  for (const PolicyRule& rule : policy.rules) {
    if (out.rule == nullptr || &rule < out.rule) {
      out.before.push_back({&rule, why_not(rule, query)});
    } else if (&rule > out.rule && recon::selects(rule, query)) {
      out.later.push_back(&rule);
    }
  }
  for (const recon::Waiver& waiver : policy.waivers) {
    if (recon::selects(waiver, query)) {
      out.waivers.push_back(&waiver);
    }
  }
  out.increments = recon::find_increments(policy, cell.asset, cell.symbol);
  if (out.rule != nullptr) {
    out.trouble = trouble_of(*out.rule, query, out.increments);
  }
  return out;
}

std::string asset_text(const CellAddress& cell) {
  if (cell.asset == kNoAsset) {
    return "(none)";
  }
  return cell.symbol.empty() ? fmt::format("{}", cell.asset.value)
                             : fmt::format("{} ({})", cell.symbol, cell.asset.value);
}

template <typename Selector>
std::string place_text(const Selector& selector) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view what, const std::string& glob) {
    if (!glob.empty()) {
      parts.push_back(fmt::format("{} {}", what, glob));
    }
  };
  add("stage", selector.layer);
  add("node", selector.node);
  add("column", selector.column);
  add("asset", selector.asset);
  if (selector.from) {
    parts.push_back("from " + to_iso(*selector.from));
  }
  if (selector.until) {
    parts.push_back("until " + to_iso(*selector.until));
  }
  return parts.empty() ? "anywhere" : fmt::format("{}", fmt::join(parts, ", "));
}

std::string waiver_text(const recon::Waiver& waiver, const CellAddress& cell) {
  const bool expired = cell.bar && waiver.expires && *waiver.expires < *cell.bar;
  return fmt::format(
      "line {}: {}: {}; until {}{}{}", waiver.line, waiver.owner, waiver.reason,
      waiver.expires ? to_iso(*waiver.expires) : "-",
      expired ? ", EXPIRED at this bar, so that it covers nothing" : "",
      waiver.max_abs ? fmt::format("; differences of at most {}", format_double(*waiver.max_abs))
                     : std::string());
}

std::string block_text(const Explanation& e, const CellAddress& cell) {
  std::string text = fmt::format("stage {}\n", recon::to_string(e.layer));
  if (e.rule == nullptr) {
    text +=
        "  no rule selects it: it is compared exactly, and lowers the coverage of the verdict\n";
  } else {
    text +=
        fmt::format("  line {}: {}  [{}]\n", e.rule->line, to_string(*e.rule), place_of(*e.rule));
    text += e.before.empty() ? "  it is the first rule, and it selects the cell\n"
                             : "  it is the first rule that selects the cell\n";
    if (e.rule->kind == RuleKind::kIgnore) {
      text += fmt::format("  differences are counted as ignored: {}\n", e.rule->reason);
    }
  }
  if (!e.trouble.empty()) {
    text += fmt::format("  a comparison would refuse the policy: {}\n", e.trouble);
  }
  if (!e.before.empty()) {
    text += "  passed over:\n";
    for (const Explanation::Passed& passed : e.before) {
      text += fmt::format("    line {}: {}: {}\n", passed.rule->line, to_string(*passed.rule),
                          passed.why);
    }
  }
  if (!e.later.empty()) {
    text += "  later rules that would have selected it too:\n";
    for (const PolicyRule* rule : e.later) {
      text += fmt::format("    line {}: {}  [{}]\n", rule->line, to_string(*rule), place_of(*rule));
    }
  }
  if (!e.waivers.empty()) {
    text += "  waivers that select it, the first counts:\n";
    for (const recon::Waiver* waiver : e.waivers) {
      text += fmt::format("    {}\n", waiver_text(*waiver, cell));
    }
  }
  return text;
}

bool covers(const std::string& wide, const std::string& narrow) {
  return wide.empty() || wide.find_first_not_of('*') == std::string::npos || wide == narrow;
}

/// Whether everything that `rule` could select is selected by `earlier`.
bool leaves_nothing(const PolicyRule& earlier, const PolicyRule& rule) {
  if (!covers(earlier.layer, rule.layer) || !covers(earlier.node, rule.node) ||
      !covers(earlier.column, rule.column) || !covers(earlier.asset, rule.asset)) {
    return false;
  }
  if ((earlier.from && (!rule.from || *rule.from < *earlier.from)) ||
      (earlier.until && (!rule.until || *earlier.until < *rule.until))) {
    return false;
  }
  // A rule that names no column skips types that it cannot judge, and leaves them to later ones.
  return !earlier.column.empty() || std::ranges::all_of(recon::kLayers, [&](Layer layer) {
    return std::ranges::all_of(kColumnTypes, [&](ColumnType type) {
      return applies_to(earlier.kind, type, layer) ||
             (rule.column.empty() && !applies_to(rule.kind, type, layer));
    });
  });
}

bool holds_everywhere(const PolicyRule& rule) {
  PolicyRule all;
  all.kind = RuleKind::kExact;
  return leaves_nothing(rule, all);
}

Json rule_json(const PolicyRule& rule) {
  return {{"line", rule.line}, {"rule", to_string(rule)}, {"where", place_of(rule)}};
}

}  // namespace

Status set_asset(CellAddress& cell, const std::string& text) {
  if (text.empty()) {
    return {};
  }
  if (const auto number = parse_int(text)) {
    cell.asset = AssetId{*number};
    return {};
  }
  TIEOUT_TRY(cell.asset, asset_id_of(text));
  cell.symbol = text;
  return {};
}

std::vector<Explanation> explain_cell(const Policy& policy, const CellAddress& cell) {
  std::vector<Explanation> out;
  for (const Layer layer : layers_of(cell)) {
    out.push_back(explain_in(policy, cell, layer));
  }
  return out;
}

std::string label_of(const Policy& policy) {
  const std::string hash = policy.hash.substr(0, 12);
  return policy.name.empty() ? hash : fmt::format("'{}' ({})", policy.name, hash);
}

std::string place_of(const PolicyRule& rule) {
  return place_text(rule);
}
std::string place_of(const recon::Waiver& waiver) {
  return place_text(waiver);
}

std::string to_text(const Policy& policy, const CellAddress& cell,
                    const std::vector<Explanation>& explanations) {
  std::string text =
      fmt::format("policy {}\ncell   {} {} of asset {}, bar {}, type {}\n", label_of(policy),
                  cell.node, cell.column, asset_text(cell), cell.bar ? to_iso(*cell.bar) : "any",
                  cell.type ? to_string(*cell.type) : std::string_view("not given"));
  const recon::Increments& increments = explanations.front().increments;
  if (cell.asset != kNoAsset) {
    const auto number = [](double value) {
      return value == 0 ? std::string("not given") : format_double(value);
    };
    text += fmt::format("increments: tick {}, lot {}\n", number(increments.tick),
                        number(increments.lot));
  }
  for (const Explanation& explanation : explanations) {
    text += block_text(explanation, cell);
  }
  return text;
}

std::string to_json(const Policy& policy, const CellAddress& cell,
                    const std::vector<Explanation>& explanations) {
  Json json{{"policy", policy.name}, {"hash", policy.hash},       {"node", cell.node},
            {"column", cell.column}, {"asset", asset_text(cell)}, {"stages", Json::array()}};
  for (const Explanation& e : explanations) {
    Json item{{"stage", recon::to_string(e.layer)},
              {"rule", e.rule == nullptr ? Json(nullptr) : rule_json(*e.rule)},
              {"covered", e.rule != nullptr},
              {"trouble", e.trouble},
              {"tick", e.increments.tick},
              {"lot", e.increments.lot},
              {"passed_over", Json::array()},
              {"later", Json::array()},
              {"waivers", Json::array()}};
    for (const Explanation::Passed& passed : e.before) {
      Json rule = rule_json(*passed.rule);
      rule["why"] = passed.why;
      item["passed_over"].push_back(std::move(rule));
    }
    for (const PolicyRule* rule : e.later) {
      item["later"].push_back(rule_json(*rule));
    }
    for (const recon::Waiver* waiver : e.waivers) {
      item["waivers"].push_back({{"line", waiver->line},
                                 {"owner", waiver->owner},
                                 {"reason", waiver->reason},
                                 {"expires", waiver->expires ? to_iso(*waiver->expires) : ""}});
    }
    json["stages"].push_back(std::move(item));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<PolicyWarning> warnings_of(const Policy& policy) {
  std::vector<PolicyWarning> warnings;
  for (std::size_t r = 0; r < policy.rules.size(); ++r) {
    const PolicyRule& rule = policy.rules[r];
    const auto earlier =
        std::find_if(policy.rules.begin(), policy.rules.begin() + static_cast<std::ptrdiff_t>(r),
                     [&](const PolicyRule& other) { return leaves_nothing(other, rule); });
    if (earlier != policy.rules.begin() + static_cast<std::ptrdiff_t>(r)) {
      warnings.push_back({rule.line, fmt::format("{} never decides: line {} selects all that it "
                                                 "selects",
                                                 to_string(rule), earlier->line)});
    }
    const bool is_tick = rule.kind == RuleKind::kTicks;
    if ((is_tick || rule.kind == RuleKind::kLots) &&
        std::ranges::none_of(policy.increments, [&](const auto& entry) {
          return (is_tick ? entry.second.tick : entry.second.lot) > 0;
        })) {
      warnings.push_back({rule.line, fmt::format("{} needs the {} of the assets that it selects, "
                                                 "and [increments] gives none",
                                                 to_string(rule), is_tick ? "tick" : "lot")});
    }
  }
  if (std::ranges::none_of(policy.rules, holds_everywhere)) {
    warnings.push_back({0,
                        "no rule selects everything: a column that none selects is compared "
                        "exactly and lowers the coverage"});
  }
  return warnings;
}

}  // namespace tieout::cli
