#include <fmt/format.h>

#include "tieout/recon/explain.hpp"

#include "json_text.hpp"

namespace tieout::recon {
namespace {

void append_values(std::string& out, const ValuePair& values) {
  JsonObject object(out);
  object.text("what", values.what);
  object.text("left", values.left);
  object.text("right", values.right);
  object.boolean("equal", values.equal);
}

void append_finding(std::string& out, const Finding& finding) {
  out += to_json_line(finding);
}

void append_input(std::string& out, const InputEvidence& input) {
  JsonObject object(out);
  object.text("part", input.part);
  object.text("reach", input.reach);
  object.boolean("equal", input.equal);
  object.integer("differing", input.differing);
  append_json_array(object.raw("values"), input.values, append_values);
  if (input.first_finding) {
    append_finding(object.raw("first_finding"), *input.first_finding);
  } else {
    object.null("first_finding");
  }
}

void append_version(std::string& out, const CellVersion& version) {
  JsonObject object(out);
  object.text("bar", to_iso(version.bar));
  object.text("value", version.value);
}

void append_cell(std::string& out, const CellExplanation& cell) {
  JsonObject object(out);
  object.text("sentence", cell.sentence);
  object.text("part", cell.part);
  object.text("column", cell.column);
  if (cell.asset == kNoAsset) {
    object.null("asset");
  } else {
    object.signed_integer("asset", cell.asset.value);
  }
  object.text("bar", to_iso(cell.bar));
  if (cell.row) {
    object.text("row", to_iso(*cell.row));
  } else {
    object.null("row");
  }
  append_values(object.raw("now"), cell.now);
  if (cell.then) {
    append_values(object.raw("then"), *cell.then);
  } else {
    object.null("then");
  }
  object.number("abs", cell.abs_diff);
  object.number("rel", cell.rel_diff);
  object.integer("ulp", cell.ulp);
  object.text("rule", cell.rule);
  append_json_array(object.raw("inputs"), cell.inputs, append_input);
  append_json_array(object.raw("left_versions"), cell.left_versions, append_version);
  append_json_array(object.raw("right_versions"), cell.right_versions, append_version);
  append_json_array(object.raw("findings"), cell.findings, append_finding);
  if (cell.root) {
    append_finding(object.raw("root"), *cell.root);
  } else {
    object.null("root");
  }
}

void append_propagation(std::string& out, const Propagation& part) {
  JsonObject object(out);
  object.text("part", part.part);
  append_json_array(object.raw("from"), part.from, [](std::string& text, const std::string& name) {
    append_json_string(text, name);
  });
  object.text("first_bar", to_iso(part.first_bar));
  object.integer("breaks", part.breaks);
}

void append_root(std::string& out, const RootExplanation& root) {
  JsonObject object(out);
  append_finding(object.raw("finding"), root.finding);
  object.integer("breaks", root.breaks);
  object.integer("consequences", root.consequences);
  append_json_array(object.raw("reached"), root.reached, append_propagation);
}

void append_first(std::string& out, const FirstDivergence& first) {
  JsonObject object(out);
  object.text("sentence", first.sentence);
  object.text("node", first.node);
  append_finding(object.raw("finding"), first.finding);
  append_json_array(object.raw("inputs"), first.inputs, append_finding);
  object.boolean("inputs_equal", first.inputs_equal);
}

}  // namespace

std::string to_json(const Explanation& explanation) {
  std::string out;
  {
    JsonObject object(out);
    object.text("schema", "tieout.explanation/1");
    object.text("left", explanation.left_name);
    object.text("right", explanation.right_name);
    object.text("verdict", to_string(explanation.verdict));
    object.text("sentence", explanation.sentence);
    if (explanation.first) {
      append_first(object.raw("first"), *explanation.first);
    } else {
      object.null("first");
    }
    if (explanation.cell) {
      append_cell(object.raw("cell"), *explanation.cell);
    } else {
      object.null("cell");
    }
    append_json_array(object.raw("journal"), explanation.journal, append_values);
    append_json_array(object.raw("roots"), explanation.roots, append_root);
    object.boolean("complete", explanation.complete);
  }
  return out;
}

}  // namespace tieout::recon
