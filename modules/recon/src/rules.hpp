#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tieout/recon/compare.hpp"
#include "tieout/recon/policy.hpp"
#include "tieout/runlog/run_source.hpp"

#include "cell.hpp"

namespace tieout::recon {

/// What the policy says of the cells of one column of one asset, at the bars of one epoch.
struct CellRule {
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  RuleKind kind = RuleKind::kExact;
  Tolerance tolerance;
  double increment = 0;              // of ticks and lots
  std::size_t rule = kNone;          // position in Policy::rules; kNone: uncovered
  std::vector<std::size_t> waivers;  // positions in Policy::waivers that select it, live
  std::vector<std::size_t> expired;  // that would, but are expired

  bool covered() const noexcept { return rule != kNone; }
};

/// What became of two cells that are not equal.
enum class Fate : std::uint8_t { kWithin, kIgnored, kWaived, kOutside };

/// A difference and the waiver that selects it: the live one (kWaived) or an expired one
/// (kOutside), or CellRule::kNone.
struct Judged {
  Fate fate = Fate::kOutside;
  std::size_t waiver = CellRule::kNone;
};
/// `within` is what the tolerance says, `abs` the distance (NaN when not defined).
Judged judge_cell(const CellRule& rule, const Policy& policy, bool within, double abs) noexcept;

/// The rules of a policy for two runs, and what they did.
class RuleBook {
 public:
  RuleBook(const Policy& policy, bool measures, const runlog::RunSource& left,
           const runlog::RunSource& right);
  /// For what has no universe: assets by number only.
  explicit RuleBook(const Policy& policy) : RuleBook(policy, false, {}) {}

  const Policy& policy() const noexcept { return policy_; }
  /// One rule, exact, for everything: nothing has to be looked up or counted.
  bool is_exact() const noexcept { return is_exact_; }
  /// CompareOptions::measure_rules.
  bool measures() const noexcept { return measures_; }
  /// Bars of one epoch have the same rules.
  std::size_t epoch(Timestamp bar) const noexcept;
  /// Whether rules depend on the asset.
  bool uses_assets() const noexcept { return uses_assets_; }

  /// The rule of a column; it counts as used. `bar` is any bar of the epoch.
  /// Errors: kInvalidConfig when the rule cannot judge the type, or needs an increment that is not
  /// given.
  Result<CellRule> find(Layer layer, std::string_view node, std::string_view column, AssetId asset,
                        ColumnType type, Timestamp bar);

  /// What findings call a rule of the policy: "exact" also for CellRule::kNone.
  std::string text(std::size_t rule) const;

  /// A difference began that a rule ignores, or that a waiver selects.
  void note_ignored(std::size_t rule, const Finding& finding);
  void note_waiver(const Judged& judged, const Finding& finding);
  /// A cell within tolerance (CompareOptions::measure_rules).
  void measure(const CellRule& rule, double left, double right) noexcept;
  void measure(const CellRule& rule, std::int64_t left, std::int64_t right,
               ColumnType type) noexcept;

  PolicyResult take() { return std::move(result_); }

 private:
  RuleBook(const Policy& policy, bool measures, std::map<AssetId, std::string> symbols);
  Status compile(const PolicyRule& rule, Layer layer, std::string_view node,
                 std::string_view column, AssetId asset, ColumnType type, CellRule& out) const;

  const Policy& policy_;
  std::map<AssetId, std::string> symbols_;
  std::vector<Timestamp> epochs_;  // first bars of the second and later epochs, ascending
  bool measures_ = false, is_exact_ = false, uses_assets_ = false;
  PolicyResult result_;
};

}  // namespace tieout::recon
