#include "tieout/recon/explain.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/nearest.hpp"

#include "explain_cell.hpp"
#include "first_divergence.hpp"

namespace tieout::recon {
namespace {

using runlog::TableKind;

/// Layers whose part is a table of that name.
std::optional<Layer> table_layer(std::string_view name) {
  for (const Layer layer : kLayers) {
    if (layer > Layer::kNodes && to_string(layer) == name) {
      return layer;
    }
  }
  return std::nullopt;
}

/// Fills what the selection leaves open.
class Resolver {
 public:
  Resolver(const RunPair& runs, const Comparison& comparison, const Selection& selection)
      : runs_(runs), comparison_(comparison), selection_(selection) {}

  /// Whether the cell was chosen because it broke before the bar: it may agree again.
  bool chose_earlier_break() const noexcept { return chose_earlier_; }
  void forget_earlier_breaks() { use_earlier_ = false; }

  Result<std::optional<CellPlace>> resolve() {
    CellPlace place;
    TIEOUT_CHECK(choose_part(place));
    if (place.node == nullptr && place.layer <= Layer::kNodes) {
      return std::optional<CellPlace>();
    }
    TIEOUT_CHECK(choose_bar(place));
    if (place.bar == nullptr) {
      return std::optional<CellPlace>();
    }
    if (place.node != nullptr) {
      TIEOUT_CHECK(choose_node_cell(place));
    } else {
      TIEOUT_CHECK(choose_table_cell(place));
    }
    return std::optional<CellPlace>(place);
  }

 private:
  std::string part_of(const CellPlace& place) const {
    return place.node != nullptr ? place.node->name : std::string(to_string(place.layer));
  }

  Status choose_part(CellPlace& place) {
    std::string wanted;
    if (selection_.node) {
      wanted = *selection_.node;
    } else if (comparison_.first) {
      const FirstDivergence& first = *comparison_.first;
      wanted = first.reached ? first.reached->part : first.finding.part;
    }
    if (const auto layer = table_layer(wanted)) {
      place.layer = *layer;
      return {};
    }
    std::vector<std::string> names;
    for (const NodePair& node : runs_.nodes) {
      names.push_back(node.name);
      // "resample" stands for "predict.1.resample".
      if (node.name == wanted || node.name.ends_with("." + wanted)) {
        place.node = &node;
      }
    }
    if (place.node == nullptr && !selection_.node && !runs_.nodes.empty() && selection_.any()) {
      place.node = &runs_.nodes.front();
    }
    if (place.node != nullptr) {
      place.layer = place.node->layer();
      return {};
    }
    place.layer = Layer::kCompleteness;
    if (!selection_.node) {
      return {};
    }
    for (const Layer layer : kLayers) {
      if (layer > Layer::kNodes) {
        names.emplace_back(to_string(layer));
      }
    }
    return Error{ErrorCode::kUnknownName,
                 fmt::format("explain: '{}' is no node and no table of these runs, which have {}",
                             wanted, fmt::join(names, ", "))};
  }

  Status choose_bar(CellPlace& place) {
    std::optional<Timestamp> wanted = selection_.bar;
    if (!wanted) {
      for (const Finding& finding : comparison_.findings) {
        if (!finding.remark && finding.part == part_of(place) && matches(finding)) {
          wanted = finding.bar;
          break;
        }
      }
    }
    for (const BarPair& bar : runs_.bars) {
      if (wanted ? bar.bar == *wanted : bar.both()) {
        place.bar = &bar;
      }
    }
    if (place.bar == nullptr && selection_.bar) {
      const std::string known =
          runs_.bars.empty() ? "no bars"
                             : fmt::format("bars from {} to {}", to_iso(runs_.bars.front().bar),
                                           to_iso(runs_.bars.back().bar));
      return Error{ErrorCode::kInvalidArgument, fmt::format("explain: no bar {}; the runs have {}",
                                                            to_iso(*selection_.bar), known)};
    }
    return {};
  }

  bool matches(const Finding& finding) const {
    return (!selection_.asset || finding.asset == *selection_.asset) &&
           (!selection_.column || finding.column == *selection_.column);
  }

  /// The finding of this part that starts at the bar and fits; else one that started before and may
  /// last.
  const Finding* finding_at(const CellPlace& place) {
    const Finding* before = nullptr;
    chose_earlier_ = false;
    for (const Finding& finding : comparison_.findings) {
      const bool cell = !finding.remark && finding.part == part_of(place) && matches(finding);
      if (!cell || finding.bar > place.bar->bar) {
        continue;
      }
      if (finding.bar == place.bar->bar) {
        return &finding;
      }
      before = before == nullptr && use_earlier_ ? &finding : before;
    }
    chose_earlier_ = before != nullptr;
    return before;
  }

  Status choose_node_cell(CellPlace& place) {
    std::vector<ColumnKey> columns;
    for (const auto& [run, id] :
         {std::pair(&runs_.left, place.node->left), std::pair(&runs_.right, place.node->right)}) {
      if (id) {
        const auto& mine = run->manifest().nodes[*id].columns;
        columns.insert(columns.end(), mine.begin(), mine.end());
      }
    }
    const Finding* finding = finding_at(place);
    const auto wanted = [&](const ColumnKey& column) {
      return (!selection_.asset || column.asset == *selection_.asset) &&
             (!selection_.column || column.field == *selection_.column);
    };
    const auto told = [&](const ColumnKey& column) {
      return finding != nullptr && !finding->column.empty() &&
             column == ColumnKey{finding->column, finding->asset};
    };
    auto column = std::ranges::find_if(columns, told);
    column = column == columns.end() ? std::ranges::find_if(columns, wanted) : column;
    if (column == columns.end()) {
      std::set<std::string> fields;
      for (const ColumnKey& key : columns) {
        fields.insert(key.field);
      }
      return Error{
          ErrorCode::kUnknownName,
          fmt::format("explain: {} has no column '{}'{}; its columns are {}", place.node->name,
                      selection_.column.value_or("(any)"),
                      selection_.asset ? fmt::format(" of asset {}", selection_.asset->value)
                                       : std::string(),
                      fmt::join(fields, ", "))};
    }
    place.column = *column;
    place.row = finding != nullptr && finding->row ? *finding->row : place.bar->bar;
    return {};
  }

  Status choose_table_cell(CellPlace& place) {
    const Finding* finding = finding_at(place);
    place.column.asset = selection_.asset.value_or(kNoAsset);
    place.column.field = selection_.column.value_or("");
    if (finding != nullptr) {
      place.column = {finding->column, finding->asset};
    }
    if (!place.column.field.empty() && (selection_.asset || finding != nullptr)) {
      return {};
    }
    for (const TableKind kind : runlog::kTableKinds) {
      if (!runlog::is_compared(kind) || layer_of(kind) != place.layer || !place.bar->left) {
        continue;
      }
      TIEOUT_TRY(const std::optional<Table> table, runs_.left.table(kind, *place.bar->left));
      if (!table || table->columns.empty()) {
        continue;
      }
      const std::size_t values = std::min(table->key_count, table->columns.size() - 1);
      if (place.column.field.empty()) {
        place.column.field = table->columns[values].name;
      }
      const TypedColumn* assets = table->find("asset_id");
      const auto* ids =
          assets == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&assets->values);
      if (ids != nullptr && !ids->empty() && !selection_.asset) {
        place.column.asset = AssetId{ids->front()};
      }
    }
    return {};
  }

  const RunPair& runs_;
  const Comparison& comparison_;
  const Selection& selection_;
  bool use_earlier_ = true, chose_earlier_ = false;
};

/// Findings of the cell, ascending by bar, and the root behind the last of them.
void add_findings(const Comparison& comparison, CellExplanation& cell) {
  for (const Finding& finding : comparison.findings) {
    const bool same_column = finding.column == cell.column && finding.asset == cell.asset;
    const bool whole_row = finding.column.empty() && finding.row == cell.row;
    if (finding.part == cell.part && finding.bar <= cell.bar && finding.row == cell.row &&
        (same_column || whole_row)) {
      cell.findings.push_back(finding);
    }
  }
  const auto last = std::find_if(cell.findings.rbegin(), cell.findings.rend(),
                                 [](const Finding& finding) { return !finding.remark; });
  if (last == cell.findings.rend()) {
    return;
  }
  cell.rule = last->rule;
  if (last->is_root) {
    cell.root = *last;
    return;
  }
  for (const Finding& finding : comparison.findings) {
    if (finding.is_root && break_id(finding) == last->parent) {
      cell.root = finding;
      return;
    }
  }
}

/// Parts that the breaks of each root reached.
std::vector<RootExplanation> roots_of(const RunPair& runs, const Comparison& comparison) {
  std::vector<RootExplanation> roots;
  std::map<std::string, std::size_t> by_id;
  std::map<std::tuple<std::int64_t, std::string, std::int64_t, std::string, AssetId>, std::size_t>
      groups;
  const auto reach = [](RootExplanation& root, const Finding& finding) {
    const auto found = std::ranges::find(root.reached, finding.part, &Propagation::part);
    Propagation& part = found == root.reached.end() ? root.reached.emplace_back() : *found;
    if (part.breaks++ == 0) {
      part.part = finding.part;
      part.first_bar = finding.bar;
    }
  };
  for (const Finding& finding : comparison.findings) {
    if (finding.remark) {
      continue;
    }
    if (finding.is_root) {
      const auto [group, is_new] =
          groups.try_emplace({finding.bar.ns, finding.part, finding.row.value_or(Timestamp{}).ns,
                              finding.key, finding.asset},
                             roots.size());
      if (is_new) {
        by_id.emplace(break_id(finding), roots.size());
        roots.push_back({finding, 0, 0, {}});
      }
      ++roots[group->second].breaks;
      reach(roots[group->second], finding);
    } else if (const auto root = by_id.find(finding.parent); root != by_id.end()) {
      ++roots[root->second].consequences;
      reach(roots[root->second], finding);
    }
  }
  for (RootExplanation& root : roots) {
    for (Propagation& part : root.reached) {
      const NodePair* node = runs.find(part.part);
      for (const Propagation& other : root.reached) {
        const NodePair* input = runs.find(other.part);
        const bool feeds = node != nullptr && input != nullptr &&
                           std::ranges::any_of(node->inputs, [&](std::size_t i) {
                             return &runs.nodes[i] == input;
                           });
        if (feeds) {
          part.from.push_back(other.part);
        }
      }
    }
  }
  return roots;
}

/// Where the finding's cell is; nothing when it is of no cell.
std::optional<CellPlace> place_of(const RunPair& runs, const Finding& finding) {
  const auto bar = std::ranges::find(runs.bars, finding.bar, &BarPair::bar);
  const bool has_cell = finding.kind != BreakKind::kCheck && finding.layer >= Layer::kInputs;
  if (bar == runs.bars.end() || !has_cell) {
    return std::nullopt;
  }
  CellPlace place;
  place.node = runs.find(finding.part);
  place.layer = finding.layer;
  place.bar = &*bar;
  place.column = {finding.column, finding.asset};
  if (place.node != nullptr) {
    place.row = finding.row.value_or(finding.bar);
  } else if (finding.layer <= Layer::kNodes || to_string(finding.layer) != finding.part) {
    return std::nullopt;
  }
  return place;
}

}  // namespace

Result<std::vector<CellExplanation>> explain_findings(const runlog::RunSource& left,
                                                      const runlog::RunSource& right,
                                                      const Comparison& comparison,
                                                      std::span<const Finding* const> findings) {
  const RunPair runs = align_runs(left, right);
  std::vector<CellExplanation> out;
  out.reserve(findings.size());
  for (const Finding* finding : findings) {
    CellExplanation cell;
    if (const auto place = place_of(runs, *finding); place) {
      TIEOUT_TRY(cell, explain_cell(runs, *place, comparison));
    } else {
      cell.part = finding->part;
      cell.column = finding->column;
      cell.asset = finding->asset;
      cell.bar = finding->bar;
      cell.row = finding->row;
    }
    cell.now = {to_string(ColumnKey{finding->column, finding->asset}), finding->left,
                finding->right};
    cell.abs_diff = finding->abs_diff;
    cell.rel_diff = finding->rel_diff;
    cell.ulp = finding->ulp;
    cell.rule = finding->rule;
    out.push_back(std::move(cell));
  }
  return out;
}

std::vector<RootExplanation> explain_roots(const runlog::RunSource& left,
                                           const runlog::RunSource& right,
                                           const Comparison& comparison) {
  return roots_of(align_runs(left, right), comparison);
}

namespace {

/// The finding of a break id. Errors: kUnknownName.
Result<const Finding*> find_break(const Comparison& comparison, const std::string& id) {
  const auto found = std::ranges::find_if(comparison.findings, [&id](const Finding& finding) {
    return !finding.remark && break_id(finding) == id;
  });
  if (found == comparison.findings.end()) {
    return Error{ErrorCode::kUnknownName,
                 fmt::format("explain: '{}' is no break id of the {} findings that were kept of "
                             "these runs, needed one of findings.jsonl",
                             id, comparison.findings.size())};
  }
  return &*found;
}

/// The part of an explanation that is about one finding. Errors: those of the readers.
Status explain_break(const RunPair& runs, const Finding& finding, const Comparison& comparison,
                     Explanation& out) {
  const std::vector<const Finding*> chosen{&finding};
  TIEOUT_TRY(auto cells, explain_findings(runs.left, runs.right, comparison, chosen));
  CellExplanation& cell = cells.front();
  add_findings(comparison, cell);
  // Rows of a table are told apart by their keys, which a cell does not have.
  cell.findings = {finding};
  if (finding.is_root) {
    cell.root = finding;
  }
  cell.rule = finding.rule;
  if (cell.sentence.empty() || !finding.key.empty()) {
    cell.sentence =
        fmt::format("{} {}{} differs at {}: {} {} / {} {}", finding.part, cell.now.what,
                    finding.key.empty() ? "" : " " + finding.key, to_iso(finding.bar),
                    comparison.left_name, finding.left, comparison.right_name, finding.right);
  }
  out.cell = std::move(cell);
  const auto bar = std::ranges::find(runs.bars, finding.bar, &BarPair::bar);
  if (bar != runs.bars.end()) {
    TIEOUT_TRY(out.journal, journal_of(runs, *bar));
  }
  return {};
}

}  // namespace

Result<Explanation> explain(const runlog::RunSource& left, const runlog::RunSource& right,
                            const Comparison& comparison, const Selection& selection) {
  const RunPair runs = align_runs(left, right);
  Explanation out;
  out.left_name = comparison.left_name;
  out.right_name = comparison.right_name;
  out.verdict = comparison.verdict;
  out.sentence = comparison.sentence;
  out.first = comparison.first;
  out.complete = !comparison.findings_truncated;
  out.roots = roots_of(runs, comparison);
  if (selection.break_id) {
    TIEOUT_TRY(const Finding* finding, find_break(comparison, *selection.break_id));
    TIEOUT_CHECK(explain_break(runs, *finding, comparison, out));
    return out;
  }
  Resolver resolver(runs, comparison, selection);
  TIEOUT_TRY(std::optional<CellPlace> place, resolver.resolve());
  if (!place) {
    return out;
  }
  TIEOUT_TRY(out.cell, explain_cell(runs, *place, comparison));
  if (out.cell->now.equal && resolver.chose_earlier_break()) {
    resolver.forget_earlier_breaks();
    TIEOUT_TRY(place, resolver.resolve());
    TIEOUT_TRY(out.cell, explain_cell(runs, *place, comparison));
  }
  add_findings(comparison, *out.cell);
  TIEOUT_TRY(out.journal, journal_of(runs, *place->bar));
  return out;
}

}  // namespace tieout::recon
