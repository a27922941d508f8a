#include "table_diff.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/numbers.hpp"

#include "renumbered_rows.hpp"

namespace tieout::recon {
namespace {

/// Names of the key columns; the order of the columns carries no meaning.
std::vector<std::string> key_names(const Table& table) {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < table.key_count; ++c) {
    names.push_back(table.columns[c].name);
  }
  std::ranges::sort(names);
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  return names.empty() ? "(none)" : fmt::format("{}", fmt::join(names, ","));
}

/// Text that only equal tuples of cells share: each cell is preceded by its length.
std::string tuple_text(const std::vector<const TypedColumn*>& columns, std::size_t row) {
  std::string text;
  for (const TypedColumn* column : columns) {
    const std::string cell = cell_text(*column, row);
    text += fmt::format("{}:", cell.size());
    text += cell;
  }
  return text;
}

std::vector<const TypedColumn*> columns_named(const Table& table,
                                              const std::vector<std::string>& names) {
  std::vector<const TypedColumn*> columns;
  for (const std::string& name : names) {
    columns.push_back(table.find(name));
    TIEOUT_ASSERT(columns.back() != nullptr);
  }
  return columns;
}

/// Everything that is fixed while the rows of two tables are compared.
struct Alignment {
  const Table& left;
  const Table& right;
  const TableRules& rules;
  std::vector<std::string> key;
  std::vector<const TypedColumn*> left_key, right_key;
  // Columns of both sides with one type, each side's at the same place.
  std::vector<const TypedColumn*> left_columns, right_columns;
  std::uint64_t common_columns = 0;  // of both sides, whatever the type
  std::uint64_t common_rows = 0;
  std::uint64_t ignorable = 0, by_clock = 0;  // cells
  std::optional<Error> error;                 // the first rule that cannot be applied
  std::map<std::pair<std::size_t, AssetId>, CellRule> found = {};      // by column and asset
  std::map<std::pair<std::size_t, std::size_t>, bool> same_sets = {};  // by column and rule
};

/// "order_id=12,side=buy", and "#2" for the second row of that key.
std::string key_text(const Alignment& a, const std::vector<const TypedColumn*>& columns,
                     std::size_t row, std::size_t occurrence) {
  std::string text;
  for (std::size_t k = 0; k < a.key.size(); ++k) {
    text += fmt::format("{}{}={}", k == 0 ? "" : ",", a.key[k], cell_text(*columns[k], row));
  }
  if (occurrence > 0) {
    text += fmt::format("#{}", occurrence + 1);
  }
  return text;
}

/// The asset that a row speaks of: its int64 column asset_id.
AssetId asset_of(const Table& table, std::size_t row) {
  const TypedColumn* column = table.find("asset_id");
  if (column == nullptr || column->type() != ColumnType::kInt64) {
    return kNoAsset;
  }
  return AssetId{std::get<std::vector<std::int64_t>>(column->values)[row]};
}

/// Whether two timestamps are one reading of each run's own clock.
bool own_clocks(const Alignment& a, const TypedColumn& left, std::size_t left_row,
                const TypedColumn& right, std::size_t right_row) {
  if (a.rules.clocks.empty() || left.type() != ColumnType::kTimestamp) {
    return false;
  }
  const Timestamp l = std::get<std::vector<Timestamp>>(left.values)[left_row];
  const Timestamp r = std::get<std::vector<Timestamp>>(right.values)[right_row];
  return std::ranges::any_of(
      a.rules.clocks, [&](const ClockPair& clock) { return clock.left == l && clock.right == r; });
}

/// RuleBook::measure() of a cell of a table.
void measure_cell(RuleBook& book, const CellRule& rule, const TypedColumn& left,
                  std::size_t left_row, const TypedColumn& right, std::size_t right_row) {
  if (const auto* floats = std::get_if<std::vector<double>>(&left.values)) {
    book.measure(rule, (*floats)[left_row], std::get<std::vector<double>>(right.values)[right_row]);
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&left.values)) {
    book.measure(rule, (*integers)[left_row],
                 std::get<std::vector<std::int64_t>>(right.values)[right_row], left.type());
  } else if (const auto* instants = std::get_if<std::vector<Timestamp>>(&left.values)) {
    book.measure(rule, (*instants)[left_row].ns,
                 std::get<std::vector<Timestamp>>(right.values)[right_row].ns, left.type());
  }
}

/// The field and asset of a column, for the policy: those of the label of a two-level column
/// ("close|101"), else its name and the asset of the row.
std::pair<std::string_view, AssetId> address_of(std::string_view column, AssetId row_asset) {
  if (const std::size_t bar = column.rfind('|'); bar != std::string_view::npos) {
    if (const auto asset = parse_int(column.substr(bar + 1))) {
      return {column.substr(0, bar), AssetId{*asset}};
    }
  }
  return {column, row_asset};
}

/// The rule of a cell of common column `c` in a row of this asset.
const CellRule& rule_of(Alignment& a, std::size_t c, AssetId asset) {
  static const CellRule kExact{};
  RuleBook* book = a.rules.book;
  if (book == nullptr || book->is_exact()) {
    return kExact;
  }
  const std::pair key(c, book->uses_assets() ? asset : kNoAsset);
  const auto [entry, is_new] = a.found.try_emplace(key);
  if (is_new) {
    const TypedColumn& column = *a.left_columns[c];
    const std::string_view part = a.rules.part.empty() ? to_string(a.rules.layer) : a.rules.part;
    const auto [field, of] = address_of(column.name, key.second);
    Result<CellRule> rule = book->find(a.rules.layer, part, field, of, column.type(), a.rules.bar);
    if (rule.ok()) {
      entry->second = std::move(*rule);
    } else if (!a.error) {
      a.error = rule.error();
    }
  }
  return entry->second;
}

/// The values of a column in the rows that `rule` judges, sorted.
std::vector<std::string> values_under(Alignment& a, const Table& table, const TypedColumn& column,
                                      std::size_t c, const CellRule& rule) {
  std::vector<std::string> values;
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (rule_of(a, c, asset_of(table, row)).rule == rule.rule) {
      values.push_back(cell_text(column, row));
    }
  }
  std::ranges::sort(values);
  if (rule.kind == RuleKind::kSet) {
    values.erase(std::unique(values.begin(), values.end()), values.end());
  }
  return values;
}

/// Whether both sides of a column have the same values, for the rules set and multiset.
bool same_values(Alignment& a, std::size_t c, const CellRule& rule) {
  const auto [entry, is_new] = a.same_sets.try_emplace(std::pair(c, rule.rule), false);
  if (is_new) {
    entry->second = values_under(a, a.left, *a.left_columns[c], c, rule) ==
                    values_under(a, a.right, *a.right_columns[c], c, rule);
  }
  return entry->second;
}

/// How the breaks of a pair of rows name them.
using PairName = std::function<std::string()>;

void compare_rows(Alignment& a, std::size_t left_row, std::size_t right_row, const PairName& name,
                  CellCounts& counts, std::vector<TableBreak>& breaks) {
  ++a.common_rows;
  const AssetId asset = asset_of(a.left, left_row);
  // A row whose sides name two assets is under the rules of none.
  const AssetId rule_asset = asset == asset_of(a.right, right_row) ? asset : kNoAsset;
  for (std::size_t c = 0; c < a.left_columns.size(); ++c) {
    const TypedColumn& left = *a.left_columns[c];
    const TypedColumn& right = *a.right_columns[c];
    const CellRule& rule = rule_of(a, c, rule_asset);
    const bool exact = a.rules.book == nullptr || a.rules.book->is_exact();
    counts.uncovered += exact || rule.covered() ? 0U : 1U;
    a.ignorable += rule.kind == RuleKind::kIgnore ? 1 : 0;
    CellComparison cell = compare_cells(left, left_row, right, right_row, rule.tolerance);
    if (cell.equal) {
      ++counts.bitwise;
      continue;
    }
    if (rule.kind == RuleKind::kSet || rule.kind == RuleKind::kMultiset) {
      cell.within = same_values(a, c, rule);
    }
    Judged judged{cell.within ? Fate::kWithin : Fate::kOutside, CellRule::kNone};
    // A key differs only where ids were shifted. It was a row that each side lacks before, which no
    // rule speaks of either.
    const bool is_key = std::ranges::find(a.key, left.name) != a.key.end();
    if (is_key) {
      judged.fate = Fate::kOutside;
    } else if (!exact) {
      judged = judge_cell(rule, a.rules.book->policy(), cell.within, cell.distance.abs);
    }
    if (judged.fate == Fate::kWithin) {
      ++counts.within;
      if (a.rules.book->measures()) {
        measure_cell(*a.rules.book, rule, left, left_row, right, right_row);
      }
      continue;
    }
    if (judged.fate != Fate::kIgnored && own_clocks(a, left, left_row, right, right_row)) {
      ++counts.within;
      ++a.by_clock;
      continue;
    }
    counts.ignored += judged.fate == Fate::kIgnored ? 1 : 0;
    counts.waived += judged.fate == Fate::kWaived ? 1 : 0;
    if (judged.fate == Fate::kOutside) {
      ++counts.outside;
      counts.nan_one_side += cell.kind == BreakKind::kValue ? 0 : 1;
    }
    breaks.push_back({.kind = cell.kind,
                      .column = left.name,
                      .key = name(),
                      .asset = asset,
                      .left = cell_text(left, left_row),
                      .right = cell_text(right, right_row),
                      .distance = cell.distance,
                      .judged = judged,
                      .rule = rule.rule});
  }
}

enum class Side { kLeft, kRight };

TableBreak one_sided_row(const Alignment& a, Side side, std::size_t row, std::size_t occurrence) {
  const bool on_left = side == Side::kLeft;
  const Table& table = on_left ? a.left : a.right;
  const std::string there = fmt::format("row of {} cells", table.columns.size());
  return {.kind = on_left ? BreakKind::kMissingRight : BreakKind::kMissingLeft,
          .column = "",
          .key = key_text(a, on_left ? a.left_key : a.right_key, row, occurrence),
          .asset = asset_of(table, row),
          .left = on_left ? there : "(none)",
          .right = on_left ? "(none)" : there,
          .distance = no_distance()};
}

/// Take the rows that are equal on both sides out of both, sort what is left by content.
void cancel_equal_rows(Alignment& a, std::vector<std::size_t>& left,
                       std::vector<std::size_t>& right, CellCounts& counts) {
  using Content = std::vector<std::pair<std::string, std::size_t>>;
  const auto contents = [](const std::vector<const TypedColumn*>& columns,
                           const std::vector<std::size_t>& rows) {
    Content content;
    for (const std::size_t row : rows) {
      content.emplace_back(tuple_text(columns, row), row);
    }
    std::ranges::sort(content);
    return content;
  };
  const Content left_content = contents(a.left_columns, left);
  const Content right_content = contents(a.right_columns, right);
  left.clear();
  right.clear();
  std::vector<TableBreak> none;
  auto l = left_content.begin();
  auto r = right_content.begin();
  while (l != left_content.end() || r != right_content.end()) {
    if (r == right_content.end() || (l != left_content.end() && l->first < r->first)) {
      left.push_back((l++)->second);
    } else if (l == left_content.end() || r->first < l->first) {
      right.push_back((r++)->second);
    } else {
      compare_rows(a, (l++)->second, (r++)->second, {}, counts, none);
    }
  }
  TIEOUT_ASSERT(none.empty());
}

/// Compare the rows that share one key.
void compare_group(Alignment& a, std::vector<std::size_t> left, std::vector<std::size_t> right,
                   CellCounts& counts, std::vector<TableBreak>& breaks) {
  const std::size_t left_size = left.size();
  const std::size_t right_size = right.size();
  if (left_size > 1 || right_size > 1) {
    cancel_equal_rows(a, left, right, counts);
    if (!a.key.empty() && !(left.empty() && right.empty())) {
      breaks.push_back({.kind = BreakKind::kDuplicate,
                        .column = "",
                        .key = left.empty() ? key_text(a, a.right_key, right.front(), 0)
                                            : key_text(a, a.left_key, left.front(), 0),
                        .asset = kNoAsset,
                        .left = fmt::format("{} rows", left_size),
                        .right = fmt::format("{} rows", right_size),
                        .distance = no_distance()});
    }
  }
  // A number tells rows of one key apart, where there are several.
  const std::size_t first = left_size > 1 || right_size > 1 ? 1 : 0;
  const std::size_t pairs = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < pairs; ++i) {
    const auto name = [&] { return key_text(a, a.left_key, left[i], first + i); };
    compare_rows(a, left[i], right[i], name, counts, breaks);
  }
  for (std::size_t i = pairs; i < left.size(); ++i) {
    breaks.push_back(one_sided_row(a, Side::kLeft, left[i], first + i));
  }
  for (std::size_t i = pairs; i < right.size(); ++i) {
    breaks.push_back(one_sided_row(a, Side::kRight, right[i], first + i));
  }
}

/// Rows of both sides by key; keys in the order in which the left table, then the right one, names
/// them.
void compare_all_rows(Alignment& a, CellCounts& counts, std::vector<TableBreak>& breaks) {
  struct Group {
    std::vector<std::size_t> left, right;
  };
  std::vector<Group> groups;
  std::map<std::string, std::size_t> group_of;
  const auto group = [&](const std::vector<const TypedColumn*>& key, std::size_t row) -> Group& {
    const auto [found, is_new] = group_of.try_emplace(tuple_text(key, row), groups.size());
    if (is_new) {
      groups.emplace_back();
    }
    return groups[found->second];
  };
  for (std::size_t row = 0; row < a.left.row_count(); ++row) {
    group(a.left_key, row).left.push_back(row);
  }
  for (std::size_t row = 0; row < a.right.row_count(); ++row) {
    group(a.right_key, row).right.push_back(row);
  }
  for (Group& rows : groups) {
    compare_group(a, std::move(rows.left), std::move(rows.right), counts, breaks);
  }
}

/// Rows whose ids were shifted, each with the one that it is on the other side.
Renumbering compare_renumbered(Alignment& a, const std::vector<RowPair>& pairs, CellCounts& counts,
                               std::vector<TableBreak>& breaks) {
  Renumbering out;
  out.key = a.key.front();
  out.rows = std::max(a.left.row_count(), a.right.row_count());
  const auto key_of = [](const TypedColumn& column, std::size_t row) {
    return static_cast<std::uint64_t>(std::get<std::vector<std::int64_t>>(column.values)[row]);
  };
  for (const RowPair& pair : pairs) {
    if (!pair.left || !pair.right) {
      breaks.push_back(pair.left ? one_sided_row(a, Side::kLeft, *pair.left, 0)
                                 : one_sided_row(a, Side::kRight, *pair.right, 0));
      continue;
    }
    const std::size_t begin = breaks.size();
    const auto name = [&] {
      if (!pair.renumbered) {
        return key_text(a, a.left_key, *pair.left, 0);
      }
      const std::string place = pair.place == 0 ? "" : fmt::format("#{}", pair.place);
      return fmt::format("asset_id={}{}", asset_of(a.left, *pair.left).value, place);
    };
    compare_rows(a, *pair.left, *pair.right, name, counts, breaks);
    out.alike += pair.alike ? 1 : 0;
    if (!pair.renumbered) {
      continue;
    }
    Renumbering one;
    one.renumbered = 1;
    one.shift = static_cast<std::int64_t>(key_of(*a.right_key.front(), *pair.right) -
                                          key_of(*a.left_key.front(), *pair.left));
    out += one;
    for (std::size_t i = begin; i < breaks.size(); ++i) {
      if (breaks[i].column == out.key) {
        breaks[i].note = pair.alike ? "ids are shifted: this row is equal in all but ids"
                                    : "ids are shifted: aligned by asset";
      }
    }
  }
  return out;
}

bool has_columns(const Table& table, const std::vector<std::string>& names) {
  return std::ranges::all_of(names,
                             [&](const std::string& name) { return table.find(name) != nullptr; });
}

/// The key that rows are aligned by: the left one, or the right one where only that exists on both
/// sides; nothing when neither does.
std::optional<std::vector<std::string>> common_key(const Table& left, const Table& right) {
  const std::vector<std::string> left_key = key_names(left);
  const std::vector<std::string> right_key = key_names(right);
  const bool left_fits = has_columns(right, left_key);
  const bool right_fits = has_columns(left, right_key);
  if (!left_fits && !right_fits) {
    return std::nullopt;
  }
  // An empty key always fits, and tells the least.
  return left_fits && (!left_key.empty() || !right_fits) ? left_key : right_key;
}

void add_one_sided_rows(Alignment& a, Side side, std::vector<TableBreak>& breaks) {
  const Table& table = side == Side::kLeft ? a.left : a.right;
  a.key = key_names(table);
  (side == Side::kLeft ? a.left_key : a.right_key) = columns_named(table, a.key);
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    breaks.push_back(one_sided_row(a, side, row, 0));
  }
}

}  // namespace

void Renumbering::operator+=(const Renumbering& other) {
  if (other.renumbered > 0) {
    const bool agrees = renumbered == 0 || (has_one_shift && shift == other.shift);
    has_one_shift = agrees && other.has_one_shift;
    shift = has_one_shift ? other.shift : std::nullopt;
  }
  renumbered += other.renumbered;
  alike += other.alike;
  rows += other.rows;
  key = key.empty() ? other.key : key;
}

std::uint64_t TableDiff::align_columns(const Table& left, const Table& right,
                                       std::vector<const TypedColumn*>& left_columns,
                                       std::vector<const TypedColumn*>& right_columns,
                                       std::vector<TableBreak>& breaks) {
  if (const auto l = key_names(left), r = key_names(right); l != r) {
    note_column("", BreakKind::kType, "key " + joined(l), "key " + joined(r), breaks);
  }
  std::uint64_t mismatched = 0;
  for (const TypedColumn& column : left.columns) {
    const TypedColumn* other = right.find(column.name);
    const std::string type(to_string(column.type()));
    if (other == nullptr) {
      note_column(column.name, BreakKind::kColumnOnlyLeft, type, "(none)", breaks);
    } else if (other->type() != column.type()) {
      ++mismatched;
      note_column(column.name, BreakKind::kType, type, std::string(to_string(other->type())),
                  breaks);
    } else {
      left_columns.push_back(&column);
      right_columns.push_back(other);
    }
  }
  for (const TypedColumn& column : right.columns) {
    if (left.find(column.name) == nullptr) {
      note_column(column.name, BreakKind::kColumnOnlyRight, "(none)",
                  std::string(to_string(column.type())), breaks);
    }
  }
  return mismatched;
}

void TableDiff::note_column(const std::string& name, BreakKind kind, const std::string& left,
                            const std::string& right, std::vector<TableBreak>& breaks) {
  now_.emplace(name, kind);
  const auto known = known_.find(name);
  if (known == known_.end() || known->second != kind) {
    breaks.push_back({.kind = kind,
                      .column = name,
                      .key = "",
                      .asset = kNoAsset,
                      .left = left,
                      .right = right,
                      .distance = no_distance()});
  }
}

Result<TableCounts> TableDiff::compare(const Table& left, const Table& right,
                                       const TableRules& rules, std::vector<TableBreak>& breaks) {
  TIEOUT_ASSERT(left.is_well_formed() && right.is_well_formed());
  Alignment a{left, right, rules, {}, {}, {}, {}, {}, 0, 0, 0, 0, {}};
  const bool both_written = !left.columns.empty() && !right.columns.empty();
  std::uint64_t mismatched_columns = 0;
  now_.clear();
  if (both_written) {
    mismatched_columns = align_columns(left, right, a.left_columns, a.right_columns, breaks);
    a.common_columns = a.left_columns.size() + mismatched_columns;
  }
  CellCounts counts;
  Renumbering renumbering;
  if (const auto key = common_key(left, right); both_written && key) {
    a.key = *key;
    a.left_key = columns_named(left, *key);
    a.right_key = columns_named(right, *key);
    std::optional<std::vector<RowPair>> pairs;
    if (key->size() == 1 && (rules.layer == Layer::kOrders || rules.layer == Layer::kFills)) {
      pairs = pair_renumbered_rows(left, right, key->front(), rules.clocks);
    }
    if (pairs) {
      renumbering = compare_renumbered(a, *pairs, counts, breaks);
    } else {
      compare_all_rows(a, counts, breaks);
    }
  } else {
    add_one_sided_rows(a, Side::kLeft, breaks);
    add_one_sided_rows(a, Side::kRight, breaks);
  }
  if (both_written) {
    known_ = now_;
  }
  counts.compared = a.common_rows * a.common_columns;
  counts.type_mismatch = a.common_rows * mismatched_columns;
  counts.present = left.row_count() * left.columns.size() +
                   right.row_count() * right.columns.size() - counts.compared;
  counts.missing = counts.present - counts.compared;
  counts.outside += counts.type_mismatch + counts.missing;
  if (a.error) {
    return *a.error;
  }
  return TableCounts{counts, a.ignorable, a.by_clock, std::move(renumbering)};
}

}  // namespace tieout::recon
