#include "drill_down.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "document.hpp"
#include "facts.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

using recon::Comparison;
using recon::Finding;
using recon::Layer;

// Together they keep the page small whatever the number of breaks: a cell takes some 5 kB, a list
// less than 1 kB, a row of a map at most 5 kB.
constexpr std::size_t kMostCells = 40;
constexpr std::size_t kMostRoots = 16;
constexpr std::size_t kMostLists = 90;  // of a map
constexpr std::size_t kMostShown = 3;   // of a list
constexpr std::size_t kMostRows = 40;   // of a map
constexpr std::size_t kMostColumns = 240;

/// Collects the breaks of one map.
class Collector {
 public:
  Collector(std::string key, std::size_t columns) : columns_(columns) { map_.key = std::move(key); }

  void add(const std::string& row, std::size_t column, const Finding& finding) {
    const auto [at, is_new] = position_.try_emplace(row, map_.rows.size());
    if (is_new) {
      map_.rows.push_back(row);
      map_.totals.push_back(0);
      map_.bars_with.push_back(0);
      map_.first_bars.push_back(finding.bar);
      map_.marks.emplace_back(columns_, 0);
      bars_.emplace_back();
      first_.emplace_back();
    }
    const std::size_t r = at->second;
    ++map_.totals[r];
    ++map_.marks[r][column];
    if (bars_[r].insert(finding.bar).second) ++map_.bars_with[r];
    map_.first_bars[r] = std::min(map_.first_bars[r], finding.bar);
    std::vector<const Finding*>& first = first_[r][column];
    if (first.size() < kMostShown) first.push_back(&finding);
  }

  /// `title` says what a list is of: row, first and last column.
  template <typename Title>
  BreakMap take(const Title& title) {
    keep_largest();
    add_lists(title);
    return std::move(map_);
  }

 private:
  void keep_largest() {
    if (map_.rows.size() <= kMostRows) return;
    map_.rows_left_out = map_.rows.size() - kMostRows;
    std::vector<std::size_t> order(map_.rows.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, std::ranges::greater{},
                             [&](std::size_t i) { return map_.totals[i]; });
    order.resize(kMostRows);
    std::ranges::sort(order);
    const auto keep = [&order](auto& values) {
      std::remove_reference_t<decltype(values)> kept;
      for (const std::size_t i : order) kept.push_back(std::move(values[i]));
      values = std::move(kept);
    };
    keep(map_.rows);
    keep(map_.totals);
    keep(map_.bars_with);
    keep(map_.first_bars);
    keep(map_.marks);
    keep(first_);
  }

  std::size_t marks_of_width(std::size_t width) const {
    std::size_t count = 0;
    for (const auto& row : first_) {
      std::set<std::size_t> groups;
      for (const auto& item : row) groups.insert(item.first / width);
      count += groups.size();
    }
    return count;
  }

  template <typename Title>
  void add_lists(const Title& title) {
    std::size_t width = 1;  // columns of a list
    while (width < columns_ && marks_of_width(width) > kMostLists) width *= 2;
    for (std::size_t r = 0; r < map_.rows.size(); ++r) {
      for (const auto& [column, findings] : first_[r]) {
        const std::size_t from = column / width * width;
        if (map_.lists.empty() || map_.lists.back().row != r || map_.lists.back().from != from) {
          BreakList list;
          list.anchor = fmt::format("at-{}-{}-{}", map_.key, r, from);
          list.row = r;
          list.from = from;
          list.until = std::min(from + width, columns_);
          for (std::size_t c = list.from; c < list.until; ++c) list.breaks += map_.marks[r][c];
          list.title = title(map_.rows[r], list);
          map_.lists.push_back(std::move(list));
        }
        std::vector<const Finding*>& shown = map_.lists.back().shown;
        for (const Finding* finding : findings) {
          if (shown.size() < kMostShown) shown.push_back(finding);
        }
      }
    }
  }

  std::size_t columns_;
  BreakMap map_;
  std::map<std::string, std::size_t> position_;                            // of a row
  std::vector<std::set<Timestamp>> bars_;                                  // [rows]
  std::vector<std::map<std::size_t, std::vector<const Finding*>>> first_;  // [rows], by column
};

/// Rows of the assets by name, whatever was found first.
void sort_rows(BreakMap& map) {
  std::vector<std::size_t> order(map.rows.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&map](std::size_t i) { return map.rows[i]; });
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  const auto sort = [&order](auto& values) {
    std::remove_reference_t<decltype(values)> sorted;
    for (const std::size_t i : order) sorted.push_back(std::move(values[i]));
    values = std::move(sorted);
  };
  sort(map.rows);
  sort(map.totals);
  sort(map.bars_with);
  sort(map.first_bars);
  sort(map.marks);
  for (BreakList& list : map.lists) {
    list.row = place[list.row];
    list.anchor = fmt::format("at-{}-{}-{}", map.key, list.row, list.from);
  }
  std::ranges::stable_sort(map.lists, {}, &BreakList::row);
}

/// The finding itself, of which `copy` may carry another bar.
bool is_same_cell(const Finding& finding, const Finding& copy) {
  const auto key = [](const Finding& f) {
    return std::tie(f.layer, f.part, f.column, f.asset, f.row, f.key);
  };
  return finding.kind == copy.kind && key(finding) == key(copy);
}

/// The k-th list of every row before the (k+1)-th of any: what is cut off is late, not low.
std::vector<const BreakList*> interleaved(const BreakMap& map) {
  std::vector<std::pair<std::size_t, const BreakList*>> order;  // how many of its row came before
  for (const BreakList& list : map.lists) {
    const bool same_row = !order.empty() && order.back().second->row == list.row;
    order.emplace_back(same_row ? order.back().first + 1 : 0, &list);
  }
  std::ranges::stable_sort(order, {}, &std::pair<std::size_t, const BreakList*>::first);
  std::vector<const BreakList*> out;
  for (const auto& item : order) out.push_back(item.second);
  return out;
}

}  // namespace

std::string place_of_row(const BreakMap& map, std::size_t row) {
  return fmt::format("of-{}-{}", map.key, row);
}

bool is_break_of_data(const Finding& finding) noexcept {
  return !finding.remark && finding.layer != Layer::kConfig &&
         finding.layer != Layer::kCompleteness;
}

DrillDown::DrillDown(const Facts& facts) {
  if (facts.comparison == nullptr) return;
  fill(facts, *facts.comparison);
  choose_cells(*facts.comparison);
}

std::size_t DrillDown::first_of_column(std::size_t column) const noexcept {
  // The smallest bar b with b * columns / bars == column.
  return columns_ == 0 ? 0 : (bars_.size() * column + columns_ - 1) / columns_;
}

void DrillDown::fill(const Facts& facts, const Comparison& comparison) {
  for (const recon::BarResult& bar : comparison.bars) bars_.push_back(bar.bar);
  columns_ = std::min(bars_.size(), kMostColumns);
  Collector parts("part", columns_);
  Collector assets("asset", columns_);
  std::map<AssetId, std::string> names;
  for (const Finding& finding : comparison.findings) {
    if (!is_break_of_data(finding)) continue;
    const auto at = std::ranges::lower_bound(bars_, finding.bar);
    if (at == bars_.end() || *at != finding.bar) continue;
    const std::size_t column =
        static_cast<std::size_t>(at - bars_.begin()) * columns_ / bars_.size();
    parts.add(finding.part, column, finding);
    if (finding.asset == kNoAsset) continue;
    const auto [name, is_new] = names.try_emplace(finding.asset);
    if (is_new) name->second = facts.asset_text(finding.asset);
    assets.add(name->second, column, finding);
  }
  const auto title = [this](const std::string& row, const BreakList& list) {
    const Timestamp first = bars_[first_of_column(list.from)];
    const Timestamp last = bars_[first_of_column(list.until) - 1];
    const std::string time = first == last
                                 ? time_text(first)
                                 : fmt::format("{} to {}", time_text(first), time_text(last));
    return fmt::format("{}, {}: {}", row, time, plural(list.breaks, "break"));
  };
  by_part_ = parts.take(title);
  by_asset_ = assets.take(title);
  sort_rows(by_asset_);
}

void DrillDown::explain(const Finding& finding) {
  if (cells_.size() == kMostCells || finding.remark) return;
  const std::string id = break_id(finding);
  if (anchors_.try_emplace(id, "cell-" + id).second) cells_.push_back(&finding);
}

void DrillDown::explain_like(const Comparison& comparison, const Finding& copy) {
  const auto found = std::ranges::find_if(
      comparison.findings, [&copy](const Finding& finding) { return is_same_cell(finding, copy); });
  const Finding& finding = found == comparison.findings.end() ? copy : *found;
  explain(finding);
  const auto anchor = anchors_.find(break_id(finding));
  if (anchor != anchors_.end()) anchors_.try_emplace(break_id(copy), anchor->second);
}

void DrillDown::choose_cells(const Comparison& comparison) {
  if (comparison.first.has_value()) {
    explain_like(comparison, comparison.first->finding);
    if (comparison.first->reached) explain_like(comparison, *comparison.first->reached);
    for (const Finding& input : comparison.first->inputs) explain_like(comparison, input);
  }
  using Group = std::tuple<Timestamp, std::string, std::optional<Timestamp>, std::string, AssetId>;
  std::set<Group> groups;
  for (const Finding& finding : comparison.findings) {
    if (!finding.is_root || finding.remark || groups.size() == kMostRoots) continue;
    if (groups.emplace(finding.bar, finding.part, finding.row, finding.key, finding.asset).second) {
      explain(finding);
    }
  }
  for (const BreakMap* map : {&by_part_, &by_asset_}) {
    for (const BreakList* list : interleaved(*map)) {
      if (!list->shown.empty()) explain(*list->shown.front());
    }
  }
  // Few breaks: all of them.
  for (const Finding& finding : comparison.findings) {
    if (cells_.size() == kMostCells) break;
    explain(finding);
  }
  const auto position = [&comparison](const Finding* finding) {
    const Finding* begin = comparison.findings.data();
    const std::less<> before;
    const bool own = !before(finding, begin) && before(finding, begin + comparison.findings.size());
    return own ? finding - begin : -1;  // the first divergence stands before all
  };
  std::ranges::stable_sort(cells_, {}, position);
}

std::string DrillDown::anchor_of(const Finding& finding) const {
  return finding.remark ? std::string() : anchor_of_id(break_id(finding));
}

std::string DrillDown::anchor_of_id(const std::string& break_id) const {
  const auto found = anchors_.find(break_id);
  return found == anchors_.end() ? std::string() : found->second;
}

}  // namespace tieout::report
