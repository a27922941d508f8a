#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "tieout/core/assert.hpp"
#include "tieout/marketdata/stores.hpp"

#include "bar_order.hpp"

namespace tieout::marketdata {
namespace {

using RowIndex =
    std::uint32_t;  // Position in rows_: 4 G versions are more than a machine's memory holds.

class MemoryStore final : public BarStore {
 public:
  explicit MemoryStore(std::vector<BarVersion> versions);

  Result<std::vector<BarVersion>> read(const BarWindow& window, std::span<const AssetId> assets,
                                       const AsOf& as_of) override;
  Result<std::vector<BarVersion>> read_changes(const BarWindow& window,
                                               std::span<const AssetId> assets, const AsOf& since,
                                               const AsOf& as_of) override;
  Result<std::vector<BarVersion>> read_all_versions(const BarWindow& window,
                                                    std::span<const AssetId> assets) override;
  Result<Readiness> readiness(Timestamp bar_end, std::span<const AssetId> expected,
                              const AsOf& as_of) override;
  Result<std::int64_t> max_seq() override;
  Result<std::vector<Asset>> assets() override;
  Result<std::size_t> append(std::span<const BarVersion> versions) override;

 private:
  /// Rows of one asset, ordered by (end, knowledge, seq, row).
  using Rows = std::vector<RowIndex>;

  bool row_less(RowIndex a, RowIndex b) const;
  Rows::const_iterator first_after(const Rows& rows, Timestamp end) const;
  const BarVersion* newest(const Rows& rows, Timestamp end) const;
  bool is_winner(RowIndex row, const AsOf& as_of) const;
  void add_row(BarVersion version);
  void sort_knowledge();
  std::vector<BarVersion> copy_sorted(Rows rows) const;

  std::mutex mutex_;
  std::vector<BarVersion> rows_;  // Ascending by seq.
  std::map<AssetId, Rows> by_asset_;
  Rows by_knowledge_;  // Ascending by (knowledge, row) up to sorted_count_; appended rows follow
                       // unsorted.
  std::size_t sorted_count_ = 0;
  std::int64_t next_seq_ = 1;
  // Largest end - knowledge of any row, never negative: a visible row ends at most this long after
  // the read's knowledge. It ends the search of readiness() for an asset that has stored bars but
  // no visible ones.
  Duration max_lead_;
};

MemoryStore::MemoryStore(std::vector<BarVersion> versions) {
  std::int64_t largest = 0;
  for (const BarVersion& version : versions) {
    largest = std::max(largest, version.seq);
  }
  for (BarVersion& version : versions) {
    if (version.seq == 0) {
      version.seq = ++largest;
    }
  }
  std::stable_sort(versions.begin(), versions.end(),
                   [](const BarVersion& a, const BarVersion& b) { return a.seq < b.seq; });
  next_seq_ = largest + 1;
  TIEOUT_ASSERT(versions.size() < std::numeric_limits<RowIndex>::max());
  rows_ = std::move(versions);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const auto row = static_cast<RowIndex>(i);
    by_asset_[rows_[i].asset].push_back(row);
    by_knowledge_.push_back(row);
    max_lead_ = std::max(max_lead_, rows_[i].end - rows_[i].knowledge);
  }
  for (auto& entry : by_asset_) {
    std::sort(entry.second.begin(), entry.second.end(),
              [this](RowIndex a, RowIndex b) { return row_less(a, b); });
  }
  sort_knowledge();
}

bool MemoryStore::row_less(RowIndex a, RowIndex b) const {
  const BarVersion& left = rows_[a];
  const BarVersion& right = rows_[b];
  return std::tie(left.end, left.knowledge, left.seq, a) <
         std::tie(right.end, right.knowledge, right.seq, b);
}

/// The first row of an asset whose bar ends after `end`.
MemoryStore::Rows::const_iterator MemoryStore::first_after(const Rows& rows, Timestamp end) const {
  return std::upper_bound(rows.begin(), rows.end(), end,
                          [this](Timestamp t, RowIndex row) { return t < rows_[row].end; });
}

/// The version of the bar with the largest (knowledge, seq), or null.
const BarVersion* MemoryStore::newest(const Rows& rows, Timestamp end) const {
  const auto after = first_after(rows, end);
  if (after == rows.begin() || rows_[*(after - 1)].end != end) {
    return nullptr;
  }
  return &rows_[*(after - 1)];
}

/// Whether this visible row is the one that wins its bar.
bool MemoryStore::is_winner(RowIndex row, const AsOf& as_of) const {
  const Rows& rows = by_asset_.at(rows_[row].asset);
  for (auto later = first_after(rows, rows_[row].end); *--later != row;) {
    if (is_visible(rows_[*later], as_of)) {
      return false;
    }
  }
  return true;
}

void MemoryStore::add_row(BarVersion version) {
  TIEOUT_ASSERT(rows_.size() < std::numeric_limits<RowIndex>::max());
  const auto row = static_cast<RowIndex>(rows_.size());
  version.seq = next_seq_++;
  max_lead_ = std::max(max_lead_, version.end - version.knowledge);
  rows_.push_back(std::move(version));
  Rows& rows = by_asset_[rows_.back().asset];
  const auto place = std::upper_bound(rows.begin(), rows.end(), row,
                                      [this](RowIndex a, RowIndex b) { return row_less(a, b); });
  rows.insert(place, row);
  by_knowledge_.push_back(row);
}

/// Bring the appended rows into place. Rows come nearly in the order of their knowledge, so that
/// the merge touches the end only.
void MemoryStore::sort_knowledge() {
  if (sorted_count_ == by_knowledge_.size()) {
    return;
  }
  const auto less = [this](RowIndex a, RowIndex b) {
    return std::tie(rows_[a].knowledge, a) < std::tie(rows_[b].knowledge, b);
  };
  const auto middle = by_knowledge_.begin() + static_cast<std::ptrdiff_t>(sorted_count_);
  std::sort(middle, by_knowledge_.end(), less);
  const auto first = std::upper_bound(by_knowledge_.begin(), middle, *middle, less);
  std::inplace_merge(first, middle, by_knowledge_.end(), less);
  sorted_count_ = by_knowledge_.size();
}

/// Copies of these rows, each of another bar, ordered by (end, asset).
std::vector<BarVersion> MemoryStore::copy_sorted(Rows rows) const {
  std::sort(rows.begin(), rows.end(),
            [this](RowIndex a, RowIndex b) { return by_end_and_asset(rows_[a], rows_[b]); });
  std::vector<BarVersion> out;
  out.reserve(rows.size());
  for (const RowIndex row : rows) {
    out.push_back(rows_[row]);
  }
  return out;
}

Result<std::vector<BarVersion>> MemoryStore::read(const BarWindow& window,
                                                  std::span<const AssetId> assets,
                                                  const AsOf& as_of) {
  const std::lock_guard lock(mutex_);
  Rows winners;
  for (const AssetId id : sorted_unique(assets)) {
    const auto found = by_asset_.find(id);
    if (found == by_asset_.end()) {
      continue;
    }
    const Rows& rows = found->second;
    const std::size_t first_of_asset = winners.size();
    for (auto it = first_after(rows, window.first);
         it != rows.end() && rows_[*it].end <= window.last; ++it) {
      if (!is_visible(rows_[*it], as_of)) {
        continue;
      }
      if (winners.size() > first_of_asset && rows_[winners.back()].end == rows_[*it].end) {
        winners.back() = *it;
      } else {
        winners.push_back(*it);
      }
    }
  }
  return copy_sorted(std::move(winners));
}

Result<std::vector<BarVersion>> MemoryStore::read_changes(const BarWindow& window,
                                                          std::span<const AssetId> assets,
                                                          const AsOf& since, const AsOf& as_of) {
  const std::lock_guard lock(mutex_);
  sort_knowledge();
  const std::vector<AssetId> ids = sorted_unique(assets);
  Rows changed;
  const auto consider = [&](RowIndex row) {
    const BarVersion& version = rows_[row];
    if (is_inside(version.end, window) && is_visible(version, as_of) &&
        std::binary_search(ids.begin(), ids.end(), version.asset) && is_winner(row, as_of)) {
      changed.push_back(row);
    }
  };
  // Rows that became visible because the read knows more: since.knowledge < knowledge <=
  // as_of.knowledge.
  const auto known_after = [this](Timestamp t) {
    return std::upper_bound(by_knowledge_.begin(), by_knowledge_.end(), t,
                            [this](Timestamp k, RowIndex row) { return k < rows_[row].knowledge; });
  };
  const auto known_end = known_after(as_of.knowledge);
  for (auto it = known_after(since.knowledge); it < known_end; ++it) {
    consider(*it);
  }
  // Rows that were known in time but committed later: since.max_seq < seq <= as_of.max_seq.
  auto late = std::upper_bound(rows_.begin(), rows_.end(), since.max_seq,
                               [](std::int64_t seq, const BarVersion& v) { return seq < v.seq; });
  for (; late < rows_.end() && late->seq <= as_of.max_seq; ++late) {
    if (late->knowledge <= since.knowledge) {
      consider(static_cast<RowIndex>(late - rows_.begin()));
    }
  }
  return copy_sorted(std::move(changed));
}

Result<std::vector<BarVersion>> MemoryStore::read_all_versions(const BarWindow& window,
                                                               std::span<const AssetId> assets) {
  const std::lock_guard lock(mutex_);
  std::vector<BarVersion> out;
  for (const AssetId id : sorted_unique(assets)) {
    const auto found = by_asset_.find(id);
    if (found == by_asset_.end()) {
      continue;
    }
    for (auto it = first_after(found->second, window.first);
         it != found->second.end() && rows_[*it].end <= window.last; ++it) {
      out.push_back(rows_[*it]);
    }
  }
  std::stable_sort(out.begin(), out.end(), by_evidence);
  return out;
}

Result<Readiness> MemoryStore::readiness(Timestamp bar_end, std::span<const AssetId> expected,
                                         const AsOf& as_of) {
  const std::lock_guard lock(mutex_);
  Readiness result{bar_end, {}};
  for (const AssetId id : sorted_unique(expected)) {
    bool ready = false;
    if (const auto found = by_asset_.find(id); found != by_asset_.end()) {
      const Rows& rows = found->second;
      auto it = std::lower_bound(rows.begin(), rows.end(), bar_end,
                                 [this](RowIndex row, Timestamp t) { return rows_[row].end < t; });
      for (; !ready && it != rows.end() && rows_[*it].end - max_lead_ <= as_of.knowledge; ++it) {
        ready = is_visible(rows_[*it], as_of);
      }
    }
    if (!ready) {
      result.laggards.push_back(id);
    }
  }
  return result;
}

Result<std::int64_t> MemoryStore::max_seq() {
  const std::lock_guard lock(mutex_);
  return rows_.empty() ? 0 : rows_.back().seq;
}

Result<std::vector<Asset>> MemoryStore::assets() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Asset> found;
  for (const auto& [id, rows] : by_asset_) {
    // Rows of an asset are positions that ascend with seq: the largest is the newest.
    found.push_back({id, rows_[*std::max_element(rows.begin(), rows.end())].full_symbol});
  }
  return found;
}

Result<std::size_t> MemoryStore::append(std::span<const BarVersion> versions) {
  const std::lock_guard lock(mutex_);
  std::size_t stored = 0;
  for (const BarVersion& version : versions) {
    const BarVersion* const known = newest(by_asset_[version.asset], version.end);
    if (known != nullptr && same_values(*known, version)) {
      continue;
    }
    add_row(version);
    ++stored;
  }
  return stored;
}

}  // namespace

std::unique_ptr<BarStore> make_memory_store() {
  return std::make_unique<MemoryStore>(std::vector<BarVersion>{});
}

std::unique_ptr<BarStore> make_memory_store_from(std::vector<BarVersion> versions) {
  return std::make_unique<MemoryStore>(std::move(versions));
}

}  // namespace tieout::marketdata
