#include <algorithm>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/recon/policy.hpp"

namespace tieout::recon {
namespace {

bool matches_asset(std::string_view glob, AssetId asset, std::string_view symbol) {
  if (glob.empty() || matches_glob(glob, symbol)) {
    return true;
  }
  return asset != kNoAsset && matches_glob(glob, fmt::format("{}", asset.value));
}

bool in_window(const std::optional<Timestamp>& from, const std::optional<Timestamp>& until,
               const std::optional<Timestamp>& bar) {
  if (!from && !until) {
    return true;
  }
  return bar && (!from || *from <= *bar) && (!until || *bar <= *until);
}

template <typename Selector>
bool globs_match(const Selector& selector, const PolicyQuery& query) {
  return matches_glob(selector.layer, to_string(query.layer)) &&
         matches_glob(selector.node, query.node) && matches_glob(selector.column, query.column) &&
         matches_asset(selector.asset, query.asset, query.symbol) &&
         in_window(selector.from, selector.until, query.bar);
}

}  // namespace

std::string_view to_string(RuleKind kind) noexcept {
  switch (kind) {
    case RuleKind::kExact:
      return "exact";
    case RuleKind::kUlp:
      return "ulp";
    case RuleKind::kAbs:
      return "abs";
    case RuleKind::kRel:
      return "rel";
    case RuleKind::kAbsRel:
      return "abs+rel";
    case RuleKind::kTicks:
      return "ticks";
    case RuleKind::kLots:
      return "lots";
    case RuleKind::kBps:
      return "bps";
    case RuleKind::kTime:
      return "time";
    case RuleKind::kSet:
      return "set";
    case RuleKind::kMultiset:
      return "multiset";
    case RuleKind::kIgnore:
      return "ignore";
  }
  return "unknown";
}

bool applies_to(RuleKind kind, ColumnType type, Layer layer) noexcept {
  switch (kind) {
    case RuleKind::kExact:
    case RuleKind::kIgnore:
      return true;
    case RuleKind::kSet:
    case RuleKind::kMultiset:
      return layer > Layer::kNodes;
    case RuleKind::kTime:
      return type == ColumnType::kTimestamp;
    case RuleKind::kUlp:
      return type == ColumnType::kFloat64;
    case RuleKind::kAbs:
    case RuleKind::kRel:
    case RuleKind::kAbsRel:
    case RuleKind::kTicks:
    case RuleKind::kLots:
    case RuleKind::kBps:
      break;
  }
  return type == ColumnType::kFloat64 || type == ColumnType::kInt64;
}

std::string to_string(const PolicyRule& rule) {
  const std::string_view kind = to_string(rule.kind);
  switch (rule.kind) {
    case RuleKind::kUlp:
      return fmt::format("{}({})", kind, rule.count);
    case RuleKind::kAbs:
      return fmt::format("{}({})", kind, format_double(rule.abs));
    case RuleKind::kRel:
      return fmt::format("{}({})", kind, format_double(rule.rel));
    case RuleKind::kAbsRel:
      return fmt::format("{}({}, {})", kind, format_double(rule.abs), format_double(rule.rel));
    case RuleKind::kTicks:
    case RuleKind::kLots:
    case RuleKind::kBps:
      return fmt::format("{}({})", kind, format_double(rule.units));
    case RuleKind::kTime:
      return fmt::format("{}({})", kind, to_period(rule.time));
    case RuleKind::kIgnore:
      return fmt::format("{}({})", kind, rule.reason);
    case RuleKind::kExact:
    case RuleKind::kSet:
    case RuleKind::kMultiset:
      break;
  }
  return std::string(kind);
}

bool matches_glob(std::string_view glob, std::string_view text) noexcept {
  if (glob.empty()) {
    return true;
  }
  std::size_t g = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // the last star, and where its text ends so far
  std::size_t star_end = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      star_end = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++star_end;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') {
    ++g;
  }
  return g == glob.size();
}

bool selects(const PolicyRule& rule, const PolicyQuery& query) {
  if (rule.column.empty() && query.type && !applies_to(rule.kind, *query.type, query.layer)) {
    return false;
  }
  return globs_match(rule, query);
}

bool selects(const Waiver& waiver, const PolicyQuery& query) {
  return globs_match(waiver, query);
}

const PolicyRule* find_rule(const Policy& policy, const PolicyQuery& query) {
  const auto found = std::ranges::find_if(
      policy.rules, [&](const PolicyRule& rule) { return selects(rule, query); });
  return found == policy.rules.end() ? nullptr : &*found;
}

Increments find_increments(const Policy& policy, AssetId asset, std::string_view symbol) {
  const std::pair<const std::string, Increments>* best = nullptr;
  for (const auto& entry : policy.increments) {
    if (matches_asset(entry.first, asset, symbol) &&
        (best == nullptr || entry.first.size() > best->first.size())) {
      best = &entry;
    }
  }
  return best == nullptr ? Increments{} : best->second;
}

}  // namespace tieout::recon
