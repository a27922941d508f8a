#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tieout/recon/policy.hpp"

#include "campaign.hpp"

// Under a policy with one rule of every kind: what a rule allows must not flip the verdict, what is
// a little beyond it must.
namespace tieout::recon::mutants {
namespace {

using runlog::TableKind;
using test::Draws;

constexpr std::string_view kPolicy = R"(
version = 1
name = "mutants"

[increments."*"]
tick = 0.01
lot = 0.001

[[rule]]
stage = "inputs"
column = "close"
rule = "ticks:2"
[[rule]]
stage = "inputs"
column = "volume"
rule = "bps:1"
[[rule]]
column = "ret"
rule = "abs:1e-6"
[[rule]]
column = "z"
rule = "rel:1e-9"
[[rule]]
column = "prediction"
rule = "ulp:4"
[[rule]]
column = "volatility"
rule = "abs+rel"
abs = 1e-9
rel = 1e-6
[[rule]]
stage = "orders"
column = "diff_num_shares"
rule = "lots:3"
[[rule]]
stage = "orders"
column = "creation_timestamp"
rule = "time:5ms"
[[rule]]
stage = "orders"
column = "side"
rule = "multiset"
[[rule]]
stage = "target_positions"
column = "wall_clock_timestamp"
rule = "ignore"
reason = "each run has its own clock"
[[rule]]
rule = "exact"

[[waiver]]
stage = "portfolio"
column = "pnl"
owner = "desk"
reason = "fees are booked a bar late"
expires = 2018-01-23T00:10:00Z
max_abs = 0.5
)";

void use_policy(Subject& subject) {
  static const Policy policy = [] {
    auto parsed = parse_policy(kPolicy, "mutants.toml");
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
    return parsed.ok() ? std::move(*parsed) : Policy{};
  }();
  subject.options.policy = &policy;
}

/// A cell of a node's column that is a number other than zero, on both sides.
struct Cell {
  std::size_t bar = 0, node = 0, row = 0, column = 0;
};
Cell any_number(const Subject& subject, std::string_view field, Draws& draws) {
  const auto& nodes = subject.right.manifest.nodes;
  while (true) {
    Cell cell;
    for (cell.node = 0; cell.node < nodes.size(); ++cell.node) {
      const auto& columns = nodes[cell.node].columns;
      if (std::ranges::find(columns, field, &ColumnKey::field) != columns.end()) {
        break;
      }
    }
    cell.bar = draws.below(subject.right.bars.size());
    const Panel& window = subject.right.bars[cell.bar].windows[cell.node];
    const auto columns = window.columns_of(field);
    cell.row = draws.below(window.row_count());
    cell.column = columns[draws.below(columns.size())];
    const double value = window.at(cell.row, cell.column);
    if (std::isfinite(value) && value != 0) {
      return cell;
    }
  }
}

double sign(Draws& draws) {
  return draws.below(2) == 0 ? 1 : -1;
}

Mutant moved(Subject& subject, const Cell& cell, double value, bool within) {
  subject.right.bars[cell.bar].windows[cell.node].set(cell.row, cell.column, value);
  return {to_string(subject.right.manifest.nodes[cell.node].columns[cell.column]) + " at " +
              to_iso(subject.right.bars[cell.bar].bar),
          within ? Verdict::kEquivalent : Verdict::kDiverged};
}

/// How far a rule lets a value move, from the policy above and the rule's definition. The factors
/// below keep clear of the rounding of a last digit.
double allowance(std::string_view field, double value) {
  if (field == "close") {
    return 2 * 0.01;
  }
  if (field == "volume") {
    return 1e-4 * std::abs(value);
  }
  if (field == "ret") {
    return 1e-6;
  }
  if (field == "z") {
    return 1e-9 * std::abs(value);
  }
  return 1e-9 + 1e-6 * std::abs(value);  // volatility
}

template <bool kWithin>
Mutant moved_number(Subject& subject, Draws& draws) {
  use_policy(subject);
  constexpr std::array<std::string_view, 5> kFields{"close", "volume", "ret", "z", "volatility"};
  const std::string_view field = kFields[draws.below(kFields.size())];
  const Cell cell = any_number(subject, field, draws);
  const double value = subject.right.bars[cell.bar].windows[cell.node].at(cell.row, cell.column);
  constexpr std::array kInside{0.01, 0.5, 0.99};
  constexpr std::array kOutside{1.01, 2.0, 1e6};
  const double factor = kWithin ? kInside[draws.below(3)] : kOutside[draws.below(3)];
  return moved(subject, cell, value + sign(draws) * factor * allowance(field, value), kWithin);
}

template <bool kWithin>
Mutant moved_by_ulps(Subject& subject, Draws& draws) {
  use_policy(subject);
  const Cell cell = any_number(subject, "prediction", draws);
  double value = subject.right.bars[cell.bar].windows[cell.node].at(cell.row, cell.column);
  const double towards = sign(draws) * std::numeric_limits<double>::infinity();
  const std::size_t steps = kWithin ? 1 + draws.below(4) : 5 + draws.below(3);
  for (std::size_t i = 0; i < steps; ++i) {
    value = std::nextafter(value, towards);
  }
  return moved(subject, cell, value, kWithin);
}

/// No tolerance makes a number of a NaN or of an infinity.
Mutant not_a_number(Subject& subject, Draws& draws) {
  use_policy(subject);
  constexpr std::array<std::string_view, 6> kFields{"close", "volume",     "ret",
                                                    "z",     "prediction", "volatility"};
  const Cell cell = any_number(subject, kFields[draws.below(kFields.size())], draws);
  const double value = draws.below(2) == 0 ? std::numeric_limits<double>::quiet_NaN()
                                           : sign(draws) * std::numeric_limits<double>::infinity();
  return moved(subject, cell, value, false);
}

Table& orders_of_any_bar(Subject& subject, Draws& draws) {
  auto& bars = subject.right.bars;
  return bars[draws.below(bars.size())].tables.at(TableKind::kOrders);
}

template <typename T>
std::vector<T>& values_of(Table& table, std::string_view column) {
  const auto found = std::ranges::find(table.columns, column, &TypedColumn::name);
  return std::get<std::vector<T>>(found->values);
}

template <bool kWithin>
Mutant moved_lots(Subject& subject, Draws& draws) {
  use_policy(subject);
  auto& shares = values_of<double>(orders_of_any_bar(subject, draws), "diff_num_shares");
  shares[draws.below(shares.size())] += sign(draws) * 0.001 * (kWithin ? 2.9 : 3.1);
  return {"lots", kWithin ? Verdict::kEquivalent : Verdict::kDiverged};
}

template <bool kWithin>
Mutant moved_time(Subject& subject, Draws& draws) {
  use_policy(subject);
  auto& times = values_of<Timestamp>(orders_of_any_bar(subject, draws), "creation_timestamp");
  times[draws.below(times.size())].ns +=
      (draws.below(2) == 0 ? 1 : -1) * (kWithin ? 5'000'000 : 5'000'001);
  return {"an instant", kWithin ? Verdict::kEquivalent : Verdict::kDiverged};
}

Mutant swapped_in_a_multiset(Subject& subject, Draws& draws) {
  use_policy(subject);
  auto& sides = values_of<std::string>(orders_of_any_bar(subject, draws), "side");
  std::swap(sides[0], sides[1]);
  return {"two rows' sides", Verdict::kEquivalent};
}

Mutant replaced_in_a_multiset(Subject& subject, Draws& draws) {
  use_policy(subject);
  auto& sides = values_of<std::string>(orders_of_any_bar(subject, draws), "side");
  sides[0] = sides[1];
  return {"a side that is there twice now", Verdict::kDiverged};
}

Mutant ignored(Subject& subject, Draws& draws) {
  use_policy(subject);
  auto& bars = subject.right.bars;
  Table& positions = bars[draws.below(bars.size())].tables.at(TableKind::kTargetPositions);
  values_of<Timestamp>(positions, "wall_clock_timestamp")[0].ns +=
      1 + static_cast<std::int64_t>(draws.below(1'000'000'000));
  return {"an ignored column", Verdict::kExplained};
}

/// The waiver holds up to the third bar, and for up to 0.5.
Mutant waived(Subject& subject, Draws& draws) {
  use_policy(subject);
  const std::size_t bar = draws.below(subject.right.bars.size());
  auto& pnl = values_of<double>(subject.right.bars[bar].tables.at(TableKind::kPortfolio), "pnl");
  const bool small = draws.below(2) == 0;
  pnl[draws.below(pnl.size())] += sign(draws) * (small ? 0.4 : 0.6);
  return {"pnl at bar " + std::to_string(bar),
          small && bar <= 2 ? Verdict::kExplained : Verdict::kDiverged};
}

/// What no tolerance speaks of stays exact.
Mutant under_the_last_rule(Subject& subject, Draws& draws) {
  use_policy(subject);
  auto& bars = subject.right.bars;
  Table& positions = bars[draws.below(bars.size())].tables.at(TableKind::kTargetPositions);
  double& price = values_of<double>(positions, "price")[0];
  price = std::nextafter(price, sign(draws) * std::numeric_limits<double>::infinity());
  return {"a price by one ulp", Verdict::kDiverged};
}

Mutant unchanged(Subject& subject, Draws&) {
  use_policy(subject);
  return {"nothing", Verdict::kIdentical};
}

constexpr std::array kFamilies{
    Family{"tolerance.number.within", 4, moved_number<true>},
    Family{"tolerance.number.beyond", 4, moved_number<false>},
    Family{"tolerance.ulp.within", 1, moved_by_ulps<true>},
    Family{"tolerance.ulp.beyond", 1, moved_by_ulps<false>},
    Family{"tolerance.not_a_number", 2, not_a_number},
    Family{"tolerance.lots.within", 1, moved_lots<true>},
    Family{"tolerance.lots.beyond", 1, moved_lots<false>},
    Family{"tolerance.time.within", 1, moved_time<true>},
    Family{"tolerance.time.beyond", 1, moved_time<false>},
    Family{"tolerance.multiset.within", 1, swapped_in_a_multiset},
    Family{"tolerance.multiset.beyond", 1, replaced_in_a_multiset},
    Family{"tolerance.ignored", 1, ignored},
    Family{"tolerance.waived", 2, waived},
    Family{"tolerance.exact", 1, under_the_last_rule},
    Family{"tolerance.unchanged", 1, unchanged},
};

}  // namespace

std::span<const Family> tolerance_families() {
  return kFamilies;
}

}  // namespace tieout::recon::mutants
