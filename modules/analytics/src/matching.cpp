#include "tieout/analytics/matching.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/hash.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"

#include "match_group.hpp"

namespace tieout::analytics {
namespace {

constexpr double kLargestExactInteger = 9007199254740992.0;  // 2^53

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, "match_trades: " + std::move(message)};
}

Status check_options(const MatchOptions& options) {
  const auto check = [](std::string_view name, double value) -> Status {
    if (std::isfinite(value) && value >= 0) {
      return {};
    }
    return invalid(fmt::format("the {} is {}, it must be finite and not negative", name, value));
  };
  if (options.window.ns < 0 || options.time_tolerance.ns < 0) {
    return invalid(fmt::format("the {} is negative, it must be zero or longer",
                               options.window.ns < 0 ? "window" : "time tolerance"));
  }
  TIEOUT_CHECK(check("quantity step", options.quantity_step));
  TIEOUT_CHECK(check("quantity tolerance", options.quantity_tolerance));
  TIEOUT_CHECK(check("relative quantity tolerance", options.quantity_relative));
  TIEOUT_CHECK(check("price tick", options.price_tick));
  TIEOUT_CHECK(check("price tolerance in bps", options.price_tolerance_bps));
  return check("price tolerance in ticks", options.price_tolerance_ticks);
}

/// The trades of one list as items; sizes in lots where a step is given.
Result<MatchItems> make_items(const std::vector<Trade>& trades, const MatchOptions& options,
                              std::string_view side, std::string_view noun) {
  MatchItems items;
  items.reserve(trades.size());
  double total = 0;
  for (std::size_t i = 0; i < trades.size(); ++i) {
    const Trade& trade = trades[i];
    const auto who = [&] {
      return fmt::format("{} {} of the {}{}", noun, i + 1, side,
                         trade.id.empty() ? "" : fmt::format(" (id {})", trade.id));
    };
    if (!std::isfinite(trade.quantity) || trade.quantity == 0) {
      return invalid(fmt::format("{} has the quantity {}, it must be finite and not zero", who(),
                                 trade.quantity));
    }
    if (std::isinf(trade.price) || trade.price <= 0) {
      return invalid(fmt::format("{} has the price {}, it must be positive, or NaN for none", who(),
                                 trade.price));
    }
    double size = std::abs(trade.quantity);
    if (options.quantity_step > 0) {
      const double lots = size / options.quantity_step;
      size = std::nearbyint(lots);
      if (std::abs(lots - size) > 1e-6 || size == 0) {
        return invalid(fmt::format("{} has the quantity {}, which is no multiple of the step {}",
                                   who(), format_double(trade.quantity),
                                   format_double(options.quantity_step)));
      }
      total += size;
      if (total > kLargestExactInteger) {
        return invalid(
            fmt::format("the {} trades more than 2^53 lots of {}, which no sum can hold "
                        "exactly: give a larger step",
                        side, format_double(options.quantity_step)));
      }
    }
    items.push_back({&trade, i, trade.asset, trade.time, size, hash_text(trade.id).low, 0,
                     trade.quantity < 0, false});
  }
  return items;
}

Status check_ids(const MatchItems& items, std::string_view side, std::string_view noun) {
  std::vector<std::pair<std::uint64_t, std::size_t>> hashes;
  for (const MatchItem& item : items) {
    if (!item.trade->id.empty()) {
      hashes.emplace_back(item.id_hash, item.index);
    }
  }
  std::ranges::sort(hashes);
  const auto id = [&](const auto& entry) -> const std::string& {
    return items[entry.second].trade->id;
  };
  for (auto i = hashes.begin(); i != hashes.end(); ++i) {
    for (auto j = std::next(i); j != hashes.end() && j->first == i->first; ++j) {
      if (id(*i) == id(*j)) {
        return Error{ErrorCode::kDuplicateId,
                     fmt::format("match_trades: the id {} occurs twice on the {}, as {}s {} and "
                                 "{}; it must name one",
                                 id(*i), side, noun, i->second + 1, j->second + 1)};
      }
    }
  }
  return {};
}

/// The order in which trades are looked at: asset, side, time, then all that tells two apart. The
/// position in the list only tells apart what is alike in everything.
bool comes_before(const MatchItem& a, const MatchItem& b) {
  if (a.asset != b.asset) return a.asset < b.asset;
  if (a.is_sell != b.is_sell) return b.is_sell;
  if (a.time != b.time) return a.time < b.time;
  if (a.size != b.size) return a.size < b.size;
  const Trade& x = *a.trade;
  const Trade& y = *b.trade;
  // NaN, of an unknown price, after all numbers.
  if (std::isnan(x.price) != std::isnan(y.price)) return std::isnan(y.price);
  if (x.price != y.price && !std::isnan(x.price)) return x.price < y.price;
  return std::tie(x.bar, x.end, x.status, x.client_id, x.parent, x.id, a.index) <
         std::tie(y.bar, y.end, y.status, y.client_id, y.parent, y.id, b.index);
}

bool is_of_one_group(const MatchItem& a, const MatchItem& b) {
  return a.asset == b.asset && a.is_sell == b.is_sell;
}

/// Take the items that go with `key` from the sorted list.
MatchItems take_group(const MatchItems& sorted, std::size_t& next, const MatchItem& key) {
  const std::size_t begin = next;
  while (next < sorted.size() && is_of_one_group(sorted[next], key)) {
    ++next;
  }
  return {sorted.begin() + static_cast<std::ptrdiff_t>(begin),
          sorted.begin() + static_cast<std::ptrdiff_t>(next)};
}

/// Sizes that a chain of near sizes connects are one class.
void set_size_classes(MatchGroup& group, const SizeRule& sizes) {
  std::vector<MatchItem*> items;
  items.reserve(group.left.size() + group.right.size());
  for (MatchItems* side : {&group.left, &group.right}) {
    for (MatchItem& item : *side) {
      items.push_back(&item);
    }
  }
  std::ranges::sort(items, {}, &MatchItem::size);
  std::uint32_t size_class = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    size_class += i > 0 && !sizes.are_near(items[i - 1]->size, items[i]->size) ? 1U : 0U;
    items[i]->size_class = size_class;
  }
}

std::vector<MatchGroup> make_groups(MatchItems left, MatchItems right, const SizeRule& sizes) {
  std::ranges::sort(left, comes_before);
  std::ranges::sort(right, comes_before);
  std::vector<MatchGroup> groups;
  std::size_t l = 0;
  std::size_t r = 0;
  while (l < left.size() || r < right.size()) {
    const auto key_of = [](const MatchItem& item) { return std::pair(item.asset, item.is_sell); };
    const bool from_left =
        r == right.size() || (l < left.size() && key_of(left[l]) <= key_of(right[r]));
    const MatchItem key = from_left ? left[l] : right[r];
    MatchGroup group{take_group(left, l, key), take_group(right, r, key), false};
    const auto has_bar = [](const MatchItem& item) { return item.trade->bar.has_value(); };
    group.has_bars =
        std::ranges::all_of(group.left, has_bar) && std::ranges::all_of(group.right, has_bar);
    set_size_classes(group, sizes);
    groups.push_back(std::move(group));
  }
  return groups;
}

/// What one side of a pairing adds up to.
struct SideTotal {
  double size = 0;  // of a chain of replaced orders that of its first
  double price = kNaN;
  Timestamp first, last;
};

SideTotal total_of(const MatchItems& items, const std::vector<std::size_t>& positions,
                   MatchRule rule) {
  SideTotal total;
  total.first = items[positions.front()].time;
  total.last = items[positions.back()].time;
  double sum = 0;
  double notional = 0;
  bool one_price = true;
  const double first_price = items[positions.front()].trade->price;
  for (const std::size_t i : positions) {
    sum += items[i].size;
    notional += items[i].size * items[i].trade->price;
    one_price = one_price && items[i].trade->price == first_price;
  }
  total.size = rule == MatchRule::kReplaced ? items[positions.front()].size : sum;
  total.price = one_price ? first_price : notional / sum;
  return total;
}

/// b - a, the nearest Duration when it does not fit.
Duration signed_distance(Timestamp a, Timestamp b) {
  const Duration apart = distance(a, b);
  return b < a ? -apart : apart;
}

class MatchMaker {
 public:
  MatchMaker(const MatchOptions& options, const SizeRule& sizes)
      : options_(options), sizes_(sizes) {}

  Match make(const MatchGroup& group, const FoundMatch& found) const {
    const SideTotal left = total_of(group.left, found.left, found.rule);
    const SideTotal right = total_of(group.right, found.right, found.rule);
    Match match;
    match.rule = found.rule;
    for (const std::size_t i : found.left) match.left.push_back(group.left[i].index);
    for (const std::size_t i : found.right) match.right.push_back(group.right[i].index);
    match.left_quantity = sizes_.shares(left.size);
    match.right_quantity = sizes_.shares(right.size);
    match.quantity_difference = sizes_.shares(right.size - left.size);
    match.time_drift = signed_distance(left.first, right.first);
    match.end_drift = signed_distance(left.last, right.last);
    match.price_drift = right.price - left.price;
    const double side = group.left.front().is_sell ? -1 : 1;
    match.price_bps = match.price_drift == 0
                          ? 0
                          : side * 1e4 * match.price_drift / std::max(left.price, right.price);
    match.price_ticks = kNaN;
    if (options_.price_tick > 0) {
      // To a millionth of a tick: decimal prices lose more than that as float64.
      match.price_ticks = std::nearbyint(1e6 * match.price_drift / options_.price_tick) / 1e6;
    }
    const bool no_price = std::isnan(left.price) && std::isnan(right.price);
    const bool price_within = no_price ||
                              std::abs(match.price_bps) <= options_.price_tolerance_bps ||
                              std::abs(match.price_ticks) <= options_.price_tolerance_ticks;
    match.within = price_within && sizes_.are_near(left.size, right.size) &&
                   is_short(match.time_drift) && is_short(match.end_drift);
    return match;
  }

 private:
  bool is_short(Duration drift) const { return std::max(drift, -drift) <= options_.time_tolerance; }

  const MatchOptions& options_;
  const SizeRule& sizes_;
};

std::string seconds_text(Duration d) {
  return fmt::format("{} s", to_seconds(d));
}

/// Why nothing of `others` went with `item`.
std::string reason_of(const MatchItem& item, const MatchItems& others, Duration window,
                      std::string_view noun) {
  const Timestamp time = item.time;
  if (others.empty()) {
    return fmt::format("no {} of this asset and side on the other side", noun);
  }
  const auto at =
      std::ranges::lower_bound(others, time, {}, [](const MatchItem& other) { return other.time; });
  const MatchItem* nearest = at == others.end() ? &*std::prev(at) : &*at;
  if (at != others.begin() &&
      distance(std::prev(at)->time, time) <= distance(nearest->time, time)) {
    nearest = &*std::prev(at);
  }
  const Duration apart = distance(nearest->time, time);
  const std::string_view where = nearest->time < time ? "earlier" : "later";
  if (apart > window) {
    return fmt::format("no {} of this asset and side within {}: the nearest is {} {}{}", noun,
                       seconds_text(window), seconds_text(apart), where,
                       nearest->taken ? ", paired with another" : "");
  }
  std::size_t near = 0;
  for (auto i = at; i != others.end() && distance(i->time, time) <= window; ++i) ++near;
  for (auto i = at; i != others.begin() && distance(std::prev(i)->time, time) <= window; --i)
    ++near;
  return near == 1 ? fmt::format(
                         "the one {} of this asset and side within {} is paired with "
                         "another",
                         noun, seconds_text(window))
                   : fmt::format(
                         "all {} {}s of this asset and side within {} are paired with "
                         "others",
                         near, noun, seconds_text(window));
}

void add_leftovers(const MatchItems& items, const MatchItems& others, Duration window,
                   std::string_view noun, std::vector<std::pair<Timestamp, Leftover>>& leftovers) {
  for (const MatchItem& item : items) {
    if (!item.taken) {
      leftovers.emplace_back(item.time,
                             Leftover{item.index, reason_of(item, others, window, noun)});
    }
  }
}

/// By time, what is of one instant in the order in which it came.
template <typename T>
std::vector<T> by_time(std::vector<std::pair<Timestamp, T>> entries) {
  std::vector<std::pair<Timestamp, std::size_t>> order;
  order.reserve(entries.size());
  for (const auto& entry : entries) {
    order.emplace_back(entry.first, order.size());
  }
  std::ranges::sort(order);
  std::vector<T> sorted;
  sorted.reserve(entries.size());
  for (const auto& [time, position] : order) {
    sorted.push_back(std::move(entries[position].second));
  }
  return sorted;
}

}  // namespace

Result<MatchResult> match_trades(const std::vector<Trade>& left, const std::vector<Trade>& right,
                                 const MatchOptions& options, std::string_view noun) {
  TIEOUT_CHECK(check_options(options));
  TIEOUT_TRY(MatchItems left_items, make_items(left, options, "left", noun));
  TIEOUT_TRY(MatchItems right_items, make_items(right, options, "right", noun));
  TIEOUT_CHECK(check_ids(left_items, "left", noun));
  TIEOUT_CHECK(check_ids(right_items, "right", noun));
  const SizeRule sizes(options);
  const MatchMaker maker(options, sizes);
  std::vector<std::pair<Timestamp, Match>> matches;
  std::vector<std::pair<Timestamp, Leftover>> left_only;
  std::vector<std::pair<Timestamp, Leftover>> right_only;
  for (MatchGroup& group : make_groups(std::move(left_items), std::move(right_items), sizes)) {
    for (const FoundMatch& found : run_match_passes(group, sizes, options.window)) {
      const Timestamp first =
          std::min(group.left[found.left.front()].time, group.right[found.right.front()].time);
      matches.emplace_back(first, maker.make(group, found));
    }
    add_leftovers(group.left, group.right, options.window, noun, left_only);
    add_leftovers(group.right, group.left, options.window, noun, right_only);
  }
  return MatchResult{by_time(std::move(matches)), by_time(std::move(left_only)),
                     by_time(std::move(right_only))};
}

}  // namespace tieout::analytics
