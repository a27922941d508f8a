#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "page.hpp"
#include "sections.hpp"
#include "sections_observer.hpp"

namespace tieout::report {
namespace {

/// A part of a gap below this share of all terms is rounding.
constexpr double kGapNoise = 1e-9;
constexpr std::size_t kShownHash = 12;

KeyFact coverage_fact(const recon::Comparison& comparison) {
  const recon::CellCounts& cells = comparison.cells;
  const std::uint64_t gap = cells.present - std::min(cells.present, cells.compared);
  const std::uint64_t covered = cells.compared - std::min(cells.compared, cells.uncovered);
  std::string detail =
      gap == 0 ? plural(cells.compared, "cell") + " of " + plural(comparison.nodes.size(), "node") +
                     " and the tables compared"
               : count_text(cells.compared) + " of " + plural(cells.present, "cell") +
                     " compared, " + count_text(gap) + " not";
  if (cells.uncovered > 0) {
    detail += "; " + count_text(cells.uncovered) + " by no rule of the policy";
  }
  return {"Coverage", share_text(covered, cells.present), detail};
}

/// The policy and its hash; without one every cell must be equal.
KeyFact policy_fact(const recon::Comparison& comparison) {
  const recon::PolicyResult& policy = comparison.policy;
  const std::string hash = policy.hash.substr(0, kShownHash);
  if (policy.hash.empty() || policy.hash == recon::exact_policy().hash) {
    return {"Policy", "exact", fmt::format("hash {}; every cell to the bit, no tolerance", hash)};
  }
  const recon::CellCounts& cells = comparison.cells;
  return {"Policy", policy.name.empty() ? hash : policy.name,
          fmt::format("hash {}; within {}, ignored {}, waived {}, uncovered {}", hash,
                      count_text(cells.within), count_text(cells.ignored), count_text(cells.waived),
                      count_text(cells.uncovered))};
}

/// How much repeated simulations differ from each other.
KeyFact noise_fact(const recon::Comparison& comparison) {
  if (!comparison.noise.has_value()) {
    return {"Noise floor", "not measured", "tieout noise_floor measures it"};
  }
  const recon::NoiseResult& noise = *comparison.noise;
  if (!noise.of_this_strategy) return {"Noise floor", "of another strategy", noise.sentence};
  return {"Noise floor", noise.noisy.empty() ? "0" : plural(noise.noisy.size(), "noisy part"),
          noise.sentence};
}

KeyFact bars_fact(const Facts& facts, const recon::Comparison& comparison) {
  const std::size_t left_only =
      comparison.bars_left - std::min(comparison.bars_left, comparison.bars_both);
  const std::size_t right_only =
      comparison.bars_right - std::min(comparison.bars_right, comparison.bars_both);
  std::string detail = "in both runs";
  if (left_only + right_only > 0) {
    detail += fmt::format("; {} only in {}, {} only in {}", count_text(left_only), facts.left.name,
                          count_text(right_only), facts.right.name);
  }
  return {"Bars", count_text(comparison.bars_both), detail};
}

KeyFact breaks_fact(const recon::Comparison& comparison) {
  std::size_t nodes = 0;
  for (const recon::NodeResult& node : comparison.nodes) nodes += node.distinct_breaks > 0 ? 1 : 0;
  std::size_t bars = 0;
  for (const recon::BarResult& bar : comparison.bars) bars += bar.distinct_breaks > 0 ? 1 : 0;
  if (comparison.distinct_breaks == 0) return {"Breaks", "0", "no cell differs"};
  return {"Breaks", count_text(comparison.distinct_breaks),
          fmt::format("{}, {}; {} of {}, {}", plural(comparison.roots, "root"),
                      plural(comparison.consequences, "consequence"), count_text(nodes),
                      plural(comparison.nodes.size(), "node"), plural(bars, "bar"))};
}

/// The largest parts of the gap by what was matched of the fills: "-0.72: other quantities -1.02,
/// marks 0.30"; empty when there is no gap or it cannot be split. It is the gap between the first
/// and the last bar with books, which the statistics need not agree with.
std::string gap_factors(const Facts& facts) {
  constexpr std::size_t kShown = 3;
  const Result<recon::PnlGap> gap = matched_pnl_gap(facts);
  if (!gap.ok() || std::abs(gap->split.total.gap) <= kGapNoise * gap->split.total.gross) return "";
  const analytics::GapSplit& total = gap->split.total;
  std::vector<std::size_t> parts;
  for (std::size_t i = 0; i < total.parts.size(); ++i) {
    if (std::abs(total.parts[i]) > kGapNoise * total.gross) parts.push_back(i);
  }
  std::ranges::stable_sort(parts, std::greater<>(),
                           [&total](std::size_t i) { return std::abs(total.parts[i]); });
  double rest = 0;
  std::string text;
  for (std::size_t rank = 0; rank < parts.size(); ++rank) {
    const double part = total.parts[parts[rank]];
    if (rank >= kShown) {
      rest += part;
      continue;
    }
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                        gap_part_text(static_cast<analytics::GapPart>(parts[rank]), facts),
                        money_text(part));
  }
  if (parts.size() > kShown) text += ", other " + money_text(rest);
  return money_text(total.gap) + ": " + text;
}

KeyFact pnl_fact(const Facts& facts) {
  const Result<PnlGap> pnl = total_pnl(facts);
  if (!pnl.ok()) return {"PnL gap", "not available", pnl.error().message};
  const double gap = pnl->left - pnl->right;
  const std::string unit = facts.money_unit.empty() ? "" : " " + facts.money_unit;
  std::string detail = fmt::format("{} {}, {} {}", facts.left.name, money_text(pnl->left),
                                   facts.right.name, money_text(pnl->right));
  if (gap != 0) {
    const std::string factors = gap_factors(facts);
    if (!factors.empty()) detail += "; by the fills " + factors;
  }
  return {"PnL gap", gap == 0 ? "0" + unit : money_text(gap) + unit, detail};
}

KeyFact content_fact(const Facts& facts) {
  if (facts.left.run == nullptr || facts.right.run == nullptr)
    return {"Bar contents", "not comparable", "a run log is missing"};
  const auto left = facts.left.run->bars();
  const auto right = facts.right.run->bars();
  std::size_t equal = 0;
  std::size_t i = 0;
  std::size_t k = 0;
  while (i < left.size() && k < right.size()) {
    if (left[i].bar == right[k].bar) {
      equal += left[i].content_hash == right[k].content_hash ? 1U : 0U;
      ++i;
      ++k;
    } else {
      ++(left[i].bar < right[k].bar ? i : k);
    }
  }
  const std::size_t all = std::max(left.size(), right.size());
  return {"Bars with equal content hash",
          fmt::format("{} of {}", count_text(equal), count_text(all)),
          equal == all && all > 0 ? "proved by hashes" : "the rest was compared cell by cell"};
}

/// Which identities differ, by name.
KeyFact identities_fact(const Facts& facts) {
  if (facts.left.run == nullptr || facts.right.run == nullptr) {
    return {"Run identities", "not comparable", "a run log is missing"};
  }
  const runlog::Manifest& left = facts.left.run->manifest();
  const runlog::Manifest& right = facts.right.run->manifest();
  const std::pair<const char*, bool> identities[] = {
      {"constructor", left.constructor == right.constructor},
      {"window", left.start == right.start && left.end == right.end && left.bar == right.bar},
      {"assets", left.universe == right.universe},
      {"start state", left.start_state == right.start_state},
      {"environment", left.environment == right.environment},
      {"config hash", left.config_hash == right.config_hash},
      {"root hash", left.root_hash == right.root_hash}};
  std::string equal;
  std::string different;
  std::size_t count = 0;
  for (const auto& item : identities) {
    std::string& list = item.second ? equal : different;
    list += (list.empty() ? "" : ", ") + std::string(item.first);
    count += item.second ? 0U : 1U;
  }
  std::string replay = right.replay.empty() ? "" : "replay " + right.replay + "; ";
  if (right.command.contains("fills")) {
    const auto from = right.command.find("fills_from");
    replay += from == right.command.end() ? "production's fills were injected; "
                                          : "fills of " + from->second + " were injected; ";
  }
  return {"Run identities", count == 0 ? "all equal" : fmt::format("{} differ", count),
          replay + (different.empty() ? "" : "differ: " + different + "; ") +
              "equal: " + (equal.empty() ? "none" : equal)};
}

}  // namespace

std::vector<KeyFact> key_facts(const Facts& facts) {
  std::vector<KeyFact> out;
  if (facts.input.observer != nullptr) out = observer_key_facts(facts);
  if (facts.comparison != nullptr) {
    out.push_back(coverage_fact(*facts.comparison));
    out.push_back(bars_fact(facts, *facts.comparison));
    out.push_back(breaks_fact(*facts.comparison));
  } else {
    out.push_back({"Coverage", "0 %", "the runs were not compared"});
  }
  out.push_back(pnl_fact(facts));
  out.push_back(content_fact(facts));
  out.push_back(identities_fact(facts));
  if (facts.comparison != nullptr) {
    out.push_back(policy_fact(*facts.comparison));
    out.push_back(noise_fact(*facts.comparison));
  }
  return out;
}

}  // namespace tieout::report
