#include "rules.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::recon {
namespace {

/// The next epoch begins with the first bar after `last`.
Timestamp after(Timestamp last) {
  return last + nanoseconds(last.ns == std::numeric_limits<std::int64_t>::max() ? 0 : 1);
}

template <typename Selector>
void add_epochs(const Selector& selector, std::vector<Timestamp>& epochs) {
  if (selector.from) {
    epochs.push_back(*selector.from);
  }
  if (selector.until) {
    epochs.push_back(after(*selector.until));
  }
}

Tolerance linear(double abs, double rel) {
  return {.kind = Tolerance::Kind::kLinear, .abs = abs, .rel = rel, .ulp = 0, .time_ns = 0};
}

/// `units` increments, and what the decimal numbers of both cells and of the increment lost in
/// float64: half an ulp each.
Tolerance increments_of(double units, double increment, ColumnType type) {
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  const double abs = units * increment;
  return type == ColumnType::kInt64 ? linear(abs, 0) : linear(abs + abs * 2 * kEpsilon, kEpsilon);
}

constexpr double kBasisPoint = 10'000;

Tolerance tolerance_of(const PolicyRule& rule, double increment, ColumnType type) {
  switch (rule.kind) {
    case RuleKind::kUlp:
      return {.kind = Tolerance::Kind::kUlp, .abs = 0, .rel = 0, .ulp = rule.count, .time_ns = 0};
    case RuleKind::kAbs:
      return linear(rule.abs, 0);
    case RuleKind::kRel:
      return linear(0, rule.rel);
    case RuleKind::kAbsRel:
      return linear(rule.abs, rule.rel);
    case RuleKind::kBps:
      return linear(0, rule.units / kBasisPoint);
    case RuleKind::kTicks:
    case RuleKind::kLots:
      return increments_of(rule.units, increment, type);
    case RuleKind::kTime:
      return {
          .kind = Tolerance::Kind::kTime, .abs = 0, .rel = 0, .ulp = 0, .time_ns = rule.time.ns};
    case RuleKind::kExact:
    case RuleKind::kSet:
    case RuleKind::kMultiset:
    case RuleKind::kIgnore:
      break;
  }
  return {};
}

/// The smallest number in [0, limit] for which `enough` holds; it holds for `limit` and above what
/// it holds for. Numbers that are not negative are ordered as their bits are.
template <typename Enough>
double smallest_enough(double limit, Enough enough) {
  std::uint64_t too_small = 0;
  auto large_enough = std::bit_cast<std::uint64_t>(limit);
  if (enough(0.0)) {
    return 0;
  }
  while (large_enough - too_small > 1) {
    const std::uint64_t middle = too_small + (large_enough - too_small) / 2;
    (enough(std::bit_cast<double>(middle)) ? large_enough : too_small) = middle;
  }
  return std::bit_cast<double>(large_enough);
}

/// RuleResult::needed after a cell that is within tolerance; `needed` is that before it. Most cells
/// need no more than the worst one before.
template <typename Cell>
double needed_for(const PolicyRule& rule, const CellRule& cell, Cell left, Cell right,
                  double difference, double needed) {
  constexpr ColumnType kType =
      std::is_same_v<Cell, double> ? ColumnType::kFloat64 : ColumnType::kInt64;
  const auto within = [&](const Tolerance& tolerance) { return is_within(tolerance, left, right); };
  const auto raise = [&](double limit, auto enough) {
    return enough(needed) ? needed : smallest_enough(limit, enough);
  };
  switch (rule.kind) {
    case RuleKind::kAbs:
      return raise(rule.abs, [&](double abs) { return within(linear(abs, 0)); });
    case RuleKind::kRel:
      return raise(rule.rel, [&](double rel) { return within(linear(0, rel)); });
    case RuleKind::kBps:
      return raise(rule.units, [&](double n) { return within(linear(0, n / kBasisPoint)); });
    case RuleKind::kAbsRel:
      return raise(1,
                   [&](double part) { return within(linear(rule.abs * part, rule.rel * part)); });
    case RuleKind::kTicks:
    case RuleKind::kLots: {
      // Whole increments, as prices and quantities have them.
      double units = std::max(needed, std::floor(difference / cell.increment) - 1);
      while (units < rule.units && !within(increments_of(units, cell.increment, kType))) {
        ++units;
      }
      return std::min(units, rule.units);
    }
    default:
      return needed;
  }
}

std::map<AssetId, std::string> symbols_of(const runlog::RunSource& left,
                                          const runlog::RunSource& right) {
  std::map<AssetId, std::string> symbols;
  for (const runlog::RunSource* run : {&left, &right}) {
    for (const Asset& asset : run->manifest().universe) {
      symbols.emplace(asset.id, asset.full_symbol);
    }
  }
  return symbols;
}

}  // namespace

Judged judge_cell(const CellRule& rule, const Policy& policy, bool within, double abs) noexcept {
  if (rule.kind == RuleKind::kIgnore) {
    return {Fate::kIgnored, CellRule::kNone};
  }
  if (within) {
    return {Fate::kWithin, CellRule::kNone};
  }
  const auto covers = [&](std::size_t waiver) {
    const std::optional<double>& max_abs = policy.waivers[waiver].max_abs;
    return !max_abs || abs <= *max_abs;
  };
  if (const auto live = std::ranges::find_if(rule.waivers, covers); live != rule.waivers.end()) {
    return {Fate::kWaived, *live};
  }
  const auto expired = std::ranges::find_if(rule.expired, covers);
  return {Fate::kOutside, expired == rule.expired.end() ? CellRule::kNone : *expired};
}

RuleBook::RuleBook(const Policy& policy, bool measures, const runlog::RunSource& left,
                   const runlog::RunSource& right)
    : RuleBook(policy, measures, symbols_of(left, right)) {}

RuleBook::RuleBook(const Policy& policy, bool measures, std::map<AssetId, std::string> symbols)
    : policy_(policy), symbols_(std::move(symbols)), measures_(measures) {
  result_.name = policy.name;
  result_.hash = policy.hash;
  result_.min_coverage = policy.min_coverage;
  for (const PolicyRule& rule : policy.rules) {
    add_epochs(rule, epochs_);
    uses_assets_ = uses_assets_ || !rule.asset.empty() || rule.kind == RuleKind::kTicks ||
                   rule.kind == RuleKind::kLots;
    RuleResult result;
    result.text = to_string(rule);
    result.line = rule.line;
    result_.rules.push_back(std::move(result));
  }
  for (const Waiver& waiver : policy.waivers) {
    add_epochs(waiver, epochs_);
    uses_assets_ = uses_assets_ || !waiver.asset.empty();
    WaiverResult result;
    result.owner = waiver.owner;
    result.reason = waiver.reason;
    result.line = waiver.line;
    if (waiver.expires) {
      result.expires = *waiver.expires;
      epochs_.push_back(after(*waiver.expires));
    }
    result_.waivers.push_back(std::move(result));
  }
  std::ranges::sort(epochs_);
  epochs_.erase(std::unique(epochs_.begin(), epochs_.end()), epochs_.end());
  is_exact_ = policy.hash == exact_policy().hash || (&policy == &exact_policy());
}

std::size_t RuleBook::epoch(Timestamp bar) const noexcept {
  return static_cast<std::size_t>(std::ranges::upper_bound(epochs_, bar) - epochs_.begin());
}

Status RuleBook::compile(const PolicyRule& rule, Layer layer, std::string_view node,
                         std::string_view column, AssetId asset, ColumnType type,
                         CellRule& out) const {
  const auto refuse = [&](std::string_view why) {
    return Error{
        ErrorCode::kInvalidConfig,
        fmt::format("compare_runs: policy '{}' line {}: rule {} selects {} {} of asset {}, "
                    "{}",
                    policy_.name, rule.line, to_string(rule), node, column,
                    asset == kNoAsset ? "(none)" : fmt::format("{}", asset.value), why)};
  };
  if (!applies_to(rule.kind, type, layer)) {
    return refuse(fmt::format("which it cannot judge: the column has type {}{}", to_string(type),
                              layer <= Layer::kNodes ? " in a node" : ""));
  }
  double increment = 0;
  if (rule.kind == RuleKind::kTicks || rule.kind == RuleKind::kLots) {
    const auto symbol = symbols_.find(asset);
    const Increments increments = find_increments(
        policy_, asset, symbol == symbols_.end() ? std::string_view() : symbol->second);
    const bool is_tick = rule.kind == RuleKind::kTicks;
    increment = is_tick ? increments.tick : increments.lot;
    if (increment == 0) {
      return refuse(fmt::format("for which [increments] gives no {}", is_tick ? "tick" : "lot"));
    }
  }
  out.kind = rule.kind;
  out.increment = increment;
  out.tolerance = tolerance_of(rule, increment, type);
  return {};
}

Result<CellRule> RuleBook::find(Layer layer, std::string_view node, std::string_view column,
                                AssetId asset, ColumnType type, Timestamp bar) {
  const auto symbol = symbols_.find(asset);
  const PolicyQuery query{
      .layer = layer,
      .node = node,
      .column = column,
      .asset = asset,
      .symbol = symbol == symbols_.end() ? std::string_view() : std::string_view(symbol->second),
      .bar = bar,
      .type = type};
  CellRule found;
  if (const PolicyRule* rule = find_rule(policy_, query); rule != nullptr) {
    found.rule = static_cast<std::size_t>(rule - policy_.rules.data());
    TIEOUT_CHECK(compile(*rule, layer, node, column, asset, type, found));
    result_.rules[found.rule].used = true;
  }
  for (std::size_t w = 0; w < policy_.waivers.size(); ++w) {
    const Waiver& waiver = policy_.waivers[w];
    if (selects(waiver, query)) {
      const bool is_live = waiver.expires && bar <= *waiver.expires;
      (is_live ? found.waivers : found.expired).push_back(w);
    }
  }
  return found;
}

std::string RuleBook::text(std::size_t rule) const {
  const bool is_exact = rule == CellRule::kNone || policy_.rules[rule].kind == RuleKind::kExact;
  return is_exact ? "exact" : to_string(policy_.rules[rule]);
}

void RuleBook::note_ignored(std::size_t rule, const Finding& finding) {
  RuleResult& result = result_.rules[rule];
  ++result.ignored_breaks;
  if (!result.first) {
    result.first = finding;
  }
}

void RuleBook::note_waiver(const Judged& judged, const Finding& finding) {
  if (judged.waiver == CellRule::kNone) {
    return;
  }
  WaiverResult& result = result_.waivers[judged.waiver];
  ++(judged.fate == Fate::kWaived ? result.waived_breaks : result.expired_breaks);
  if (!result.first) {
    result.first = finding;
  }
}

void RuleBook::measure(const CellRule& rule, double left, double right) noexcept {
  double& needed = result_.rules[rule.rule].needed;
  if (rule.kind == RuleKind::kUlp) {
    needed = std::max(needed, static_cast<double>(ulp_distance(left, right)));
  } else if (left != right) {
    needed =
        needed_for(policy_.rules[rule.rule], rule, left, right, std::fabs(left - right), needed);
  }
}

void RuleBook::measure(const CellRule& rule, std::int64_t left, std::int64_t right,
                       ColumnType type) noexcept {
  double& needed = result_.rules[rule.rule].needed;
  if (type == ColumnType::kTimestamp) {
    // What lies between is within the rule's time, so that it is a number of 63 bits.
    const std::int64_t apart = std::max(left, right) - std::min(left, right);
    auto time = static_cast<double>(apart);
    if (time < 0x1p63 && static_cast<std::int64_t>(time) < apart) {
      time = std::nextafter(time, std::numeric_limits<double>::infinity());
    }
    needed = std::max(needed, time);
    return;
  }
  needed =
      needed_for(policy_.rules[rule.rule], rule, left, right, distance_of(left, right).abs, needed);
}

}  // namespace tieout::recon
