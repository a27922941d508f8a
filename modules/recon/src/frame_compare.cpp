#include "tieout/recon/frame_compare.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "json_text.hpp"
#include "rules.hpp"
#include "table_diff.hpp"

namespace tieout::recon {
namespace {

using frames::Frame;
using frames::FrameColumn;

constexpr std::string_view kNullText = "(null)";

/// The label of the column; the index has a name of its own where it would be another column's.
std::string name_of_index(const Frame& frame) {
  const std::string name =
      frame.index && !frame.index->label.empty() ? frames::to_string(frame.index->label) : "";
  const bool taken = std::ranges::any_of(frame.columns, [&](const FrameColumn& column) {
    return frames::to_string(column.label) == name;
  });
  return name.empty() || taken ? "(index)" : name;
}

bool has_nulls(const FrameColumn& column) {
  return std::ranges::find(column.valid, 0) != column.valid.end();
}

/// Cells as text, in which a null is no value of the type: texts are quoted.
std::vector<std::string> nullable_text(const FrameColumn& column) {
  const TypedColumn typed{"", column.values};
  std::vector<std::string> texts;
  texts.reserve(column.size());
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (column.is_null(row)) {
      texts.emplace_back(kNullText);
    } else if (column.type() == ColumnType::kString) {
      texts.push_back(fmt::format("\"{}\"", cell_text(typed, row)));
    } else {
      texts.push_back(cell_text(typed, row));
    }
  }
  return texts;
}

/// The column as it is compared. Tables know no nulls: where either side has one, both are
/// compared as text. A null among floats is a NaN: Parquet that pandas wrote has no other.
TypedColumn to_typed(std::string name, const FrameColumn& column, const FrameColumn* other) {
  if (column.type() == ColumnType::kFloat64) {
    auto values = std::get<std::vector<double>>(column.values);
    for (std::size_t row = 0; row < column.valid.size(); ++row) {
      if (column.valid[row] == 0) {
        values[row] = std::numeric_limits<double>::quiet_NaN();
      }
    }
    return {std::move(name), std::move(values)};
  }
  const bool same_type = other != nullptr && other->type() == column.type();
  if (has_nulls(column) || (same_type && has_nulls(*other))) {
    // Of another type than the other side the column stays what it is called.
    if (other == nullptr || same_type) {
      return {std::move(name), nullable_text(column)};
    }
  }
  return {std::move(name), column.values};
}

const FrameColumn* counterpart(const Frame& frame, const FrameColumn& column) {
  const auto found = frame.find(column.label);
  return found ? &frame.columns[*found] : nullptr;
}

Result<Table> to_table(const Frame& frame, const Frame& other, std::string_view side) {
  Table table;
  std::set<std::string> names;
  if (frame.index) {
    table.key_count = 1;
    table.columns.push_back(
        to_typed(name_of_index(frame), *frame.index, other.index ? &*other.index : nullptr));
    names.insert(table.columns.back().name);
  }
  for (const FrameColumn& column : frame.columns) {
    table.columns.push_back(
        to_typed(frames::to_string(column.label), column, counterpart(other, column)));
    if (!names.insert(table.columns.back().name).second) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("compare_frames: {} has the column '{}' twice, a label must be "
                               "unique to be compared by",
                               side, table.columns.back().name)};
    }
  }
  return table;
}

/// What of the policy holds for a frame, which has no bar: no rule with a window, and no waiver,
/// for it would never expire.
Policy without_bars(Policy policy) {
  std::erase_if(policy.rules, [](const PolicyRule& rule) { return rule.from || rule.until; });
  policy.waivers.clear();
  return policy;
}

Finding to_finding(const TableBreak& found, const RuleBook& book) {
  Finding finding;
  finding.check = "C202";
  finding.layer = Layer::kNodes;
  finding.kind = found.kind;
  finding.part = "frame";
  finding.column = found.column;
  finding.asset = found.asset;
  finding.key = found.key;
  finding.left = found.left;
  finding.right = found.right;
  finding.abs_diff = found.distance.abs;
  finding.rel_diff = found.distance.rel;
  finding.ulp = found.distance.ulp;
  finding.rule = book.text(found.rule);
  finding.is_root = true;
  return finding;
}

std::string where(const Finding& finding) {
  std::string text = finding.column.empty() ? "" : fmt::format("column '{}'", finding.column);
  if (!finding.key.empty()) {
    text += fmt::format("{}{}", text.empty() ? "row " : " at ", finding.key);
  }
  return text.empty() ? "the rows" : text;
}

void judge(double min_coverage, std::uint64_t ignorable, FrameComparison& out) {
  const CellCounts& cells = out.cells;
  out.coverage = cells.present == 0 ? 0
                                    : static_cast<double>(cells.compared - cells.uncovered) /
                                          static_cast<double>(cells.present);
  if (cells.compared == 0) {
    out.verdict = Verdict::kInconclusive;
    out.sentence = fmt::format(
        "not one cell was compared: {} and {} rows, {} and {} columns, none "
        "in common",
        out.rows_left, out.rows_right, out.columns_left, out.columns_right);
    return;
  }
  if (out.distinct_breaks > 0) {
    out.verdict = Verdict::kDiverged;
    out.sentence = fmt::format("{} of {} cells differ, {} breaks", cells.outside, cells.present,
                               out.distinct_breaks);
    if (!out.findings.empty()) {
      const Finding& first = out.findings.front();
      out.sentence += fmt::format("; first: {} {}: {} against {}", to_string(first.kind),
                                  where(first), first.left, first.right);
    }
    return;
  }
  if (cells.compared == ignorable) {
    out.verdict = Verdict::kInconclusive;
    out.sentence = fmt::format("policy '{}' ignores all {} cells", out.policy, cells.compared);
    return;
  }
  if (out.coverage < min_coverage) {
    out.verdict = Verdict::kInconclusive;
    out.sentence =
        fmt::format("coverage is {}, policy '{}' needs {}", out.coverage, out.policy, min_coverage);
    return;
  }
  const std::uint64_t excused = cells.ignored + cells.waived;
  if (excused > 0) {
    out.verdict = Verdict::kExplained;
  } else {
    out.verdict = cells.within > 0 ? Verdict::kEquivalent : Verdict::kIdentical;
  }
  out.sentence = out.verdict == Verdict::kIdentical
                     ? fmt::format("all {} cells are equal to the bit", cells.compared)
                     : fmt::format(
                           "{} of {} cells are equal to the bit; policy '{}' allows {}, ignores {} "
                           "and waives {}",
                           cells.bitwise, cells.compared, out.policy, cells.within, cells.ignored,
                           cells.waived);
}

}  // namespace

Result<FrameComparison> compare_frames(const Frame& left, const Frame& right,
                                       const FrameCompareOptions& options) {
  TIEOUT_TRY(const Table left_table, to_table(left, right, options.left_name));
  TIEOUT_TRY(const Table right_table, to_table(right, left, options.right_name));
  FrameComparison out;
  out.rows_left = left.row_count();
  out.rows_right = right.row_count();
  out.columns_left = left_table.columns.size();
  out.columns_right = right_table.columns.size();
  std::vector<TableBreak> breaks;
  const Policy policy = without_bars(options.policy == nullptr ? exact_policy() : *options.policy);
  RuleBook book(policy);
  const TableRules rules{
      .book = &book, .layer = Layer::kNodes, .bar = {}, .clocks = {}, .part = "frame"};
  TIEOUT_TRY(const TableCounts counts, TableDiff().compare(left_table, right_table, rules, breaks));
  out.cells = counts.cells;
  if (options.policy != nullptr) {
    out.policy = options.policy->name;
    out.policy_hash = options.policy->hash;
  }
  // What is ignored or waived is counted, not told.
  std::erase_if(breaks,
                [](const TableBreak& found) { return found.judged.fate != Fate::kOutside; });
  out.distinct_breaks = breaks.size();
  for (const TableBreak& found : breaks) {
    if (out.findings.size() == options.max_findings) {
      break;
    }
    out.findings.push_back(to_finding(found, book));
  }
  judge(options.policy == nullptr ? 0 : options.policy->min_coverage, counts.ignorable, out);
  return out;
}

std::string to_json(const FrameComparison& comparison) {
  std::string out;
  {
    JsonObject object(out);
    object.text("schema", "tieout.frame_comparison/1");
    object.text("verdict", to_string(comparison.verdict));
    object.text("sentence", comparison.sentence);
    object.integer("rows_left", comparison.rows_left);
    object.integer("rows_right", comparison.rows_right);
    object.integer("columns_left", comparison.columns_left);
    object.integer("columns_right", comparison.columns_right);
    object.text("policy", comparison.policy);
    object.text("policy_hash", comparison.policy_hash);
    object.number("coverage", comparison.coverage);
    {
      const CellCounts& cells = comparison.cells;
      JsonObject counts(object.raw("cells"));
      counts.integer("present", cells.present);
      counts.integer("compared", cells.compared);
      counts.integer("bitwise", cells.bitwise);
      counts.integer("within", cells.within);
      counts.integer("outside", cells.outside);
      counts.integer("nan_one_side", cells.nan_one_side);
      counts.integer("type_mismatch", cells.type_mismatch);
      counts.integer("missing", cells.missing);
      counts.integer("ignored", cells.ignored);
      counts.integer("waived", cells.waived);
      counts.integer("uncovered", cells.uncovered);
    }
    object.integer("distinct_breaks", comparison.distinct_breaks);
    append_json_array(
        object.raw("findings"), comparison.findings,
        [](std::string& text, const Finding& finding) { text += to_json_line(finding); });
  }
  return out;
}

}  // namespace tieout::recon
