#include <fmt/format.h>

#include "tieout/recon/compare.hpp"

#include "json_text.hpp"
#include "noise_json.hpp"

namespace tieout::recon {
namespace {

void append_counts(std::string& out, const CellCounts& cells) {
  JsonObject object(out);
  object.integer("present", cells.present);
  object.integer("compared", cells.compared);
  object.integer("bitwise", cells.bitwise);
  object.integer("within", cells.within);
  object.integer("outside", cells.outside);
  object.integer("nan_one_side", cells.nan_one_side);
  object.integer("type_mismatch", cells.type_mismatch);
  object.integer("missing", cells.missing);
  object.integer("ignored", cells.ignored);
  object.integer("waived", cells.waived);
  object.integer("uncovered", cells.uncovered);
}

void append_layer(std::string& out, const LayerResult& layer) {
  JsonObject object(out);
  object.text("layer", to_string(layer.layer));
  object.text("verdict", to_string(layer.verdict));
  append_counts(object.raw("cells"), layer.cells);
  object.integer("distinct_breaks", layer.distinct_breaks);
  object.text("note", layer.note);
}

void append_node(std::string& out, const NodeResult& node) {
  JsonObject object(out);
  object.text("name", node.name);
  object.integer("topological_id", node.topological_id);
  object.boolean("whole_window", node.whole_window);
  append_counts(object.raw("cells"), node.cells);
  object.integer("distinct_breaks", node.distinct_breaks);
  if (node.first_bar) {
    object.text("first_bar", to_iso(*node.first_bar));
  } else {
    object.null("first_bar");
  }
  object.number("max_abs", node.max_abs);
  object.number("max_rel", node.max_rel);
  object.integer("revised_rows_left", node.revised_rows_left);
  object.integer("revised_rows_right", node.revised_rows_right);
  object.integer("unexplained_rewrites", node.unexplained_rewrites);
  object.text("rewrites_left", node.rewrites_left);
  object.text("rewrites_right", node.rewrites_right);
}

void append_bar(std::string& out, const BarResult& bar) {
  JsonObject object(out);
  object.text("bar", to_iso(bar.bar));
  object.integer("distinct_breaks", bar.distinct_breaks);
  object.integer("breaks_nodes", bar.breaks_nodes);
  object.integer("breaks_decisions", bar.breaks_decisions);
  object.boolean("left", bar.left);
  object.boolean("right", bar.right);
}

void append_first(std::string& out, const FirstDivergence& first) {
  JsonObject object(out);
  object.text("sentence", first.sentence);
  object.text("node", first.node);
  object.raw("finding") += to_json_line(first.finding);
  if (first.reached) {
    object.raw("reached") += to_json_line(*first.reached);
  } else {
    object.null("reached");
  }
  append_json_array(
      object.raw("inputs"), first.inputs,
      [](std::string& text, const Finding& finding) { text += to_json_line(finding); });
  object.boolean("inputs_equal", first.inputs_equal);
  object.boolean("inputs_within", first.inputs_within);
}

void append_optional(JsonObject& object, std::string_view key,
                     const std::optional<Finding>& finding) {
  if (finding) {
    object.raw(key) += to_json_line(*finding);
  } else {
    object.null(key);
  }
}

void append_rule(std::string& out, const RuleResult& rule) {
  JsonObject object(out);
  object.text("rule", rule.text);
  object.integer("line", rule.line);
  object.boolean("used", rule.used);
  object.integer("ignored_breaks", rule.ignored_breaks);
  append_optional(object, "first", rule.first);
}

void append_waiver(std::string& out, const WaiverResult& waiver) {
  JsonObject object(out);
  object.text("owner", waiver.owner);
  object.text("reason", waiver.reason);
  object.integer("line", waiver.line);
  object.text("expires", to_iso(waiver.expires));
  object.boolean("used", waiver.waived_breaks + waiver.expired_breaks > 0);
  object.integer("waived_breaks", waiver.waived_breaks);
  object.integer("expired_breaks", waiver.expired_breaks);
  append_optional(object, "first", waiver.first);
}

void append_policy(std::string& out, const PolicyResult& policy) {
  JsonObject object(out);
  object.text("name", policy.name);
  object.text("hash", policy.hash);
  object.number("min_coverage", policy.min_coverage);
  append_json_array(object.raw("rules"), policy.rules, append_rule);
  append_json_array(object.raw("waivers"), policy.waivers, append_waiver);
}

void append_noise(std::string& out, const NoiseResult& noise) {
  JsonObject object(out);
  object.integer("simulations", noise.simulations);
  object.text("content_hash", noise.content_hash);
  object.boolean("of_this_strategy", noise.of_this_strategy);
  object.boolean("of_these_runs", noise.of_these_runs);
  object.text("sentence", noise.sentence);
  append_json_array(object.raw("noisy"), noise.noisy, append_noisy_part);
}

}  // namespace

std::string to_json(const Comparison& comparison) {
  std::string out;
  {
    JsonObject object(out);
    object.text("schema", "tieout.comparison/1");
    object.text("verdict", to_string(comparison.verdict));
    object.integer("exit_code", static_cast<std::uint64_t>(exit_code_of(comparison.verdict)));
    object.text("sentence", comparison.sentence);
    object.text("left", comparison.left_name);
    object.text("right", comparison.right_name);
    object.number("coverage", comparison.coverage);
    append_policy(object.raw("policy"), comparison.policy);
    if (comparison.noise) {
      append_noise(object.raw("noise"), *comparison.noise);
    } else {
      object.null("noise");
    }
    append_counts(object.raw("cells"), comparison.cells);
    object.integer("distinct_breaks", comparison.distinct_breaks);
    object.integer("roots", comparison.roots);
    object.integer("consequences", comparison.consequences);
    object.integer("bars_left", comparison.bars_left);
    object.integer("bars_right", comparison.bars_right);
    object.integer("bars_both", comparison.bars_both);
    if (comparison.bars_not_compared > 0) {
      object.integer("bars_not_compared", comparison.bars_not_compared);
    }
    if (comparison.first) {
      append_first(object.raw("first"), *comparison.first);
    } else {
      object.null("first");
    }
    if (comparison.first_input_break) {
      object.raw("first_input_break") += to_json_line(*comparison.first_input_break);
    } else {
      object.null("first_input_break");
    }
    append_json_array(object.raw("layers"), comparison.layers, append_layer);
    append_json_array(object.raw("nodes"), comparison.nodes, append_node);
    append_json_array(object.raw("bars"), comparison.bars, append_bar);
    {
      JsonObject columns(object.raw("breaks_by_column"));
      for (const auto& [column, breaks] : comparison.breaks_by_column) {
        columns.integer(column, breaks);
      }
    }
    {
      JsonObject assets(object.raw("breaks_by_asset"));
      for (const auto& [asset, breaks] : comparison.breaks_by_asset) {
        assets.integer(fmt::format("{}", asset.value), breaks);
      }
    }
    object.integer("findings_kept", comparison.findings.size());
    object.boolean("findings_truncated", comparison.findings_truncated);
  }
  return out;
}

}  // namespace tieout::recon
