#include "attribution.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tieout::recon {
namespace {

/// The entry of the latest row at or before `row`, else of the earliest; null when there is none.
template <typename Rows>
const typename Rows::value_type* nearest(const Rows& rows, Timestamp row) {
  if (rows.empty()) {
    return nullptr;
  }
  const auto after = rows.upper_bound(row);
  return after == rows.begin() ? &*after : &*std::prev(after);
}

/// Whether row `a` is nearer to `row` than row `b`: rows at or before it count before later ones.
bool is_nearer(Timestamp a, Timestamp b, Timestamp row) {
  if ((a <= row) != (b <= row)) {
    return a <= row;
  }
  return a <= row ? a > b : a < b;
}

Timestamp row_of(const Finding& finding) {
  return finding.row.value_or(finding.bar);
}

}  // namespace

void CarriedRoots::add(AssetId asset, Timestamp row, const RootRef& root) {
  Rows& rows = by_asset_[asset];
  rows.insert_or_assign(row, root);
  if (rows.size() > kRowsKept) {
    rows.erase(rows.begin());
  }
}

void CarriedRoots::merge(const CarriedRoots& other) {
  for (const auto& [asset, rows] : other.by_asset_) {
    for (const auto& [row, root] : rows) {
      add(asset, row, root);
    }
  }
}

const RootRef* CarriedRoots::of_asset(AssetId asset, Timestamp row) const {
  const Rows::value_type* best = nullptr;
  for (const AssetId wanted : {asset, kNoAsset}) {
    const auto found = by_asset_.find(wanted);
    if (found == by_asset_.end()) {
      continue;
    }
    const auto* entry = nearest(found->second, row);
    if (best == nullptr || is_nearer(entry->first, best->first, row)) {
      best = entry;
    }
  }
  return best == nullptr ? nullptr : &best->second;
}

const RootRef* CarriedRoots::of_any(Timestamp row) const {
  const Rows::value_type* best = nullptr;
  for (const auto& [asset, rows] : by_asset_) {
    const auto* entry = nearest(rows, row);
    if (best == nullptr || is_nearer(entry->first, best->first, row)) {
      best = entry;
    }
  }
  return best == nullptr ? nullptr : &best->second;
}

Attribution::Attribution(const RunPair& runs)
    : runs_(runs), nodes_(runs.nodes.size()), leaves_(runs.nodes.size()) {}

void Attribution::begin_bar(Timestamp bar) {
  for (const auto& [layer, carried] : tables_) {
    books_.merge(carried);
  }
  bar_ = bar;
  tables_.clear();
  journal_.clear();
  groups_.clear();
}

void Attribution::add_leaf_of_node(std::size_t node, const Finding& leaf) {
  if (!leaves_[node]) {
    leaves_[node] = RootRef{leaf.bar, break_id(leaf)};
  }
}

void Attribution::add_leaf_of_tables(const Finding& leaf) {
  if (!table_leaf_) {
    table_leaf_ = RootRef{leaf.bar, break_id(leaf)};
  }
}

void Attribution::add_structure(const Finding& finding) {
  const auto node = std::ranges::find(runs_.nodes, finding.part, &NodePair::name);
  if (node != runs_.nodes.end()) {
    nodes_[static_cast<std::size_t>(node - runs_.nodes.begin())].add(
        finding.asset, finding.bar, {finding.bar, break_id(finding)});
  }
}

void Attribution::add_one_sided_bar(const Finding& finding) {
  if (!one_sided_bar_) {
    one_sided_bar_ = RootRef{finding.bar, break_id(finding)};
  }
}

RootRef Attribution::root_of_group(const Finding& finding) {
  const auto [entry, is_new] = groups_.try_emplace(
      {finding.part, finding.row.value_or(Timestamp{}).ns, finding.key, finding.asset});
  if (is_new) {
    entry->second = break_id(finding);
  }
  return {finding.bar, entry->second};
}

const RootRef* Attribution::behind_node(std::size_t node, const Finding& finding) const {
  if (leaves_[node]) {
    return &*leaves_[node];
  }
  const auto search = [&](auto root_in) {
    const RootRef* best = nullptr;
    for (const std::size_t input : runs_.nodes[node].inputs) {
      const RootRef* root = root_in(nodes_[input]);
      if (root != nullptr && (best == nullptr || root->bar > best->bar)) {
        best = root;
      }
    }
    return best;
  };
  const Timestamp row = row_of(finding);
  const RootRef* mine =
      search([&](const CarriedRoots& input) { return input.of_asset(finding.asset, row); });
  return mine != nullptr ? mine
                         : search([&](const CarriedRoots& input) { return input.of_any(row); });
}

void Attribution::add_node_break(std::size_t node, Finding& finding) {
  if (finding.is_root) {
    nodes_[node].add(finding.asset, row_of(finding), root_of_group(finding));
    return;
  }
  if (const RootRef* root = behind_node(node, finding); root != nullptr) {
    const RootRef behind = *root;
    finding.parent = behind.id;
    nodes_[node].add(finding.asset, row_of(finding), behind);
  }
}

void Attribution::add_journal_break(Finding& finding) {
  if (finding.is_root) {
    journal_.add(kNoAsset, bar_, root_of_group(finding));
    return;
  }
  // It differs because it is the same event as the break of the source.
  if (const RootRef* root = nodes_.empty() ? nullptr : nodes_.front().of_any(bar_);
      root != nullptr) {
    finding.parent = root->id;
    journal_.add(kNoAsset, bar_, *root);
  }
}

const RootRef* Attribution::behind_table(const Finding& finding, Assets assets) const {
  const auto root_in = [&](const CarriedRoots& part) {
    return assets == Assets::kAny ? part.of_any(bar_) : part.of_asset(finding.asset, bar_);
  };
  for (auto table = tables_.rbegin(); table != tables_.rend(); ++table) {
    const bool before = table->first < finding.layer;
    if (const RootRef* root = before ? root_in(table->second) : nullptr; root != nullptr) {
      return root;
    }
  }
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
    if (const RootRef* root = root_in(*node); root != nullptr) {
      return root;
    }
  }
  if (const RootRef* root = root_in(journal_); root != nullptr) {
    return root;
  }
  return root_in(books_);
}

const RootRef* Attribution::behind_table(const Finding& finding) const {
  if (table_leaf_ && finding.layer == Layer::kTargetPositions) {
    return &*table_leaf_;
  }
  for (const Assets assets : {Assets::kSame, Assets::kAny}) {
    if (assets == Assets::kAny || finding.asset != kNoAsset) {
      if (const RootRef* root = behind_table(finding, assets); root != nullptr) {
        return root;
      }
    }
  }
  if (table_leaf_) {
    return &*table_leaf_;
  }
  return one_sided_bar_ ? &*one_sided_bar_ : nullptr;
}

void Attribution::add_table_break(Finding& finding) {
  std::optional<RootRef> root;
  if (finding.is_root) {
    root = root_of_group(finding);
  } else if (const RootRef* found = behind_table(finding); found != nullptr) {
    root = *found;
    finding.parent = root->id;
  }
  if (root) {
    tables_[finding.layer].add(finding.asset, bar_, *root);
  }
}

}  // namespace tieout::recon
