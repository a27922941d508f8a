#include "renumbered_rows.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tieout::recon {
namespace {

/// One side of the tables.
struct Side {
  const Table& table;
  const std::vector<std::int64_t>& keys;
  const std::vector<std::int64_t>& assets;
  std::vector<bool> paired = {};
};

const std::vector<std::int64_t>* integers_of(const Table& table, std::string_view name) {
  const TypedColumn* column = table.find(name);
  return column == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&column->values);
}

bool has_duplicates(std::vector<std::int64_t> keys) {
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) != keys.end();
}

std::set<std::pair<std::int64_t, std::int64_t>> named_assets(const Side& side) {
  std::set<std::pair<std::int64_t, std::int64_t>> named;
  for (std::size_t row = 0; row < side.keys.size(); ++row) {
    named.emplace(side.keys[row], side.assets[row]);
  }
  return named;
}

/// The columns of both tables that are no ids, by name.
std::vector<std::string> content_columns(const Table& left, const Table& right) {
  std::vector<std::string> names;
  for (const TypedColumn& column : left.columns) {
    const TypedColumn* other = right.find(column.name);
    if (other != nullptr && other->type() == column.type() && !is_id_column(column)) {
      names.push_back(column.name);
    }
  }
  return names;
}

/// Text that only rows of equal content share. The reading of a run's own clock is that, whatever
/// instant it is.
class Contents {
 public:
  Contents(const Table& left, const Table& right, std::span<const ClockPair> clocks)
      : clocks_(clocks), names_(content_columns(left, right)) {}

  std::string of(const Table& table, std::size_t row, Timestamp ClockPair::*own) const {
    std::string text;
    for (const std::string& name : names_) {
      const TypedColumn& column = *table.find(name);
      const std::string cell = is_own_clock(column, row, own) ? "clock" : cell_text(column, row);
      text += fmt::format("{}:", cell.size());
      text += cell;
    }
    return text;
  }

 private:
  bool is_own_clock(const TypedColumn& column, std::size_t row, Timestamp ClockPair::*own) const {
    const auto* times = std::get_if<std::vector<Timestamp>>(&column.values);
    return times != nullptr && std::ranges::any_of(clocks_, [&](const ClockPair& clock) {
             return clock.*own == (*times)[row];
           });
  }

  std::span<const ClockPair> clocks_;
  std::vector<std::string> names_;
};

/// Free rows by what `key` says of them, each group in the order of the keys.
template <typename Key>
auto rows_by(const Side& side, const Key& key) {
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < side.keys.size(); ++row) {
    if (!side.paired[row]) {
      rows.push_back(row);
    }
  }
  std::ranges::sort(rows, {}, [&](std::size_t row) { return side.keys[row]; });
  std::map<decltype(key(side, std::size_t{})), std::vector<std::size_t>> groups;
  for (const std::size_t row : rows) {
    groups[key(side, row)].push_back(row);
  }
  return groups;
}

class Pairing {
 public:
  Pairing(Side left, Side right, const Contents& contents)
      : left_(std::move(left)), right_(std::move(right)) {
    left_.paired.resize(left_.keys.size());
    right_.paired.resize(right_.keys.size());
    for (std::size_t row = 0; row < left_.keys.size(); ++row) {
      left_contents_.push_back(contents.of(left_.table, row, &ClockPair::left));
    }
    for (std::size_t row = 0; row < right_.keys.size(); ++row) {
      right_contents_.push_back(contents.of(right_.table, row, &ClockPair::right));
    }
  }

  std::vector<RowPair> take() {
    const auto content = [&](const Side& side, std::size_t row) {
      return (&side == &left_ ? left_contents_ : right_contents_)[row];
    };
    pair_groups([&](const Side& side, std::size_t row) {
      return std::pair(side.keys[row], content(side, row));
    });
    pair_groups(content);
    pair_groups([](const Side& side, std::size_t row) {
      return std::pair(side.keys[row], side.assets[row]);
    });
    pair_groups([](const Side& side, std::size_t row) { return side.assets[row]; });
    // What follows are rows of an asset that the other side has no row left of.
    pair_groups([](const Side& side, std::size_t row) { return side.keys[row]; });
    for (std::size_t row = 0; row < left_.keys.size(); ++row) {
      if (!left_.paired[row]) {
        pairs_.push_back({.left = row, .right = {}});
      }
    }
    std::ranges::sort(pairs_, {}, [](const RowPair& pair) { return *pair.left; });
    for (std::size_t row = 0; row < right_.keys.size(); ++row) {
      if (!right_.paired[row]) {
        pairs_.push_back({.left = {}, .right = row});
      }
    }
    number_places();
    return std::move(pairs_);
  }

 private:
  template <typename Key>
  void pair_groups(const Key& key) {
    const auto lefts = rows_by(left_, key);
    const auto rights = rows_by(right_, key);
    for (const auto& [value, rows] : lefts) {
      const auto others = rights.find(value);
      if (others == rights.end()) {
        continue;
      }
      for (std::size_t i = 0; i < std::min(rows.size(), others->second.size()); ++i) {
        const std::size_t l = rows[i];
        const std::size_t r = others->second[i];
        left_.paired[l] = right_.paired[r] = true;
        pairs_.push_back({.left = l,
                          .right = r,
                          .renumbered = left_.keys[l] != right_.keys[r],
                          .alike = left_contents_[l] == right_contents_[r]});
      }
    }
  }

  /// Which of its asset's renumbered rows a row is, where there are several.
  void number_places() {
    std::map<std::int64_t, std::vector<RowPair*>> by_asset;
    for (RowPair& pair : pairs_) {
      if (pair.renumbered) {
        by_asset[left_.assets[*pair.left]].push_back(&pair);
      }
    }
    for (auto& [asset, pairs] : by_asset) {
      // By the smaller of both keys, so that neither side is the one that counts.
      std::ranges::sort(pairs, {}, [&](const RowPair* pair) {
        const std::int64_t l = left_.keys[*pair->left];
        const std::int64_t r = right_.keys[*pair->right];
        return std::tuple(std::min(l, r), std::max(l, r), l);
      });
      for (std::size_t i = 0; i < pairs.size(); ++i) {
        pairs[i]->place = pairs.size() == 1 ? 0 : i + 1;
      }
    }
  }

  Side left_, right_;
  std::vector<std::string> left_contents_, right_contents_;
  std::vector<RowPair> pairs_;
};

}  // namespace

bool is_id_column(const TypedColumn& column) noexcept {
  return column.type() == ColumnType::kInt64 && column.name.ends_with("_id") &&
         column.name != "asset_id";
}

std::optional<std::vector<RowPair>> pair_renumbered_rows(const Table& left, const Table& right,
                                                         const std::string& key,
                                                         std::span<const ClockPair> clocks) {
  const auto* left_keys = integers_of(left, key);
  const auto* right_keys = integers_of(right, key);
  const auto* left_assets = integers_of(left, "asset_id");
  const auto* right_assets = integers_of(right, "asset_id");
  if (left_keys == nullptr || right_keys == nullptr || left_assets == nullptr ||
      right_assets == nullptr || key == "asset_id" || has_duplicates(*left_keys) ||
      has_duplicates(*right_keys)) {
    return std::nullopt;
  }
  Side left_side{left, *left_keys, *left_assets};
  Side right_side{right, *right_keys, *right_assets};
  if (named_assets(left_side) == named_assets(right_side)) {
    return std::nullopt;
  }
  return Pairing(std::move(left_side), std::move(right_side), Contents(left, right, clocks)).take();
}

}  // namespace tieout::recon
