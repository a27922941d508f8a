#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/recon/finding.hpp"

namespace tieout::recon {

/// When two cells that are not equal are equal enough.
enum class RuleKind : std::uint8_t {
  kExact,     // never
  kUlp,       // float64 neighbours: at most n apart
  kAbs,       // |l - r| <= abs
  kRel,       // |l - r| <= rel * max(|l|, |r|)
  kAbsRel,    // |l - r| <= abs + rel * max(|l|, |r|)
  kTicks,     // |l - r| <= n price increments of the asset
  kLots,      // |l - r| <= n quantity increments of the asset
  kBps,       // |l - r| <= n / 10'000 * max(|l|, |r|)
  kTime,      // timestamps: at most so many nanoseconds apart
  kSet,       // a column of a table: the same distinct values at that bar, in any row
  kMultiset,  // a column of a table: the same values with the same counts at that bar, in any row
  kIgnore,    // compared and counted as ignored, for the reason that is given
};
/// "exact", "ulp", "abs", "rel", "abs+rel", "ticks", "lots", "bps", "time", "set", "multiset",
/// "ignore".
std::string_view to_string(RuleKind kind) noexcept;

/// Whether a rule of this kind can judge cells of this type. set and multiset are for columns of
/// tables: the layers from target positions on.
bool applies_to(RuleKind kind, ColumnType type, Layer layer) noexcept;

/// A rule of a policy: where it holds (globs with * and ?, empty: anywhere) and what it allows.
struct PolicyRule {
  std::string layer;                     // glob on to_string(Layer): the stage
  std::string node;                      // glob on the node's or table's name
  std::string column;                    // glob on the field ("vwap.ret_0.vol")
  std::string asset;                     // glob on the asset's symbol or id
  std::optional<Timestamp> from, until;  // bars, closed
  RuleKind kind = RuleKind::kExact;
  std::uint64_t count = 0;  // ulp
  double abs = 0;           // abs, abs+rel
  double rel = 0;           // rel, abs+rel (a ratio, not percent)
  double units = 0;         // ticks, lots, bps
  Duration time{};          // time
  std::string reason;       // ignore must give one
  std::size_t line = 0;     // in the policy file
};

/// "abs+rel(1e-9, 1e-6)", as findings and `policy explain` print it.
std::string to_string(const PolicyRule& rule);

/// A difference that is known: cells of both sides that no rule allows and that it selects are
/// `waived`, and the verdict is EXPLAINED at best. It never covers what one side lacks.
struct Waiver {
  std::string layer, node, column, asset;  // globs as in a rule
  std::optional<Timestamp> from, until;
  std::string owner, reason;         // both must be given
  std::optional<Timestamp> expires;  // no longer valid for bars after it; must be given
  std::optional<double> max_abs;     // largest |l - r| that it covers
  std::size_t line = 0;
};

/// Price and quantity increments of an asset, for ticks and lots.
struct Increments {
  double tick = 0, lot = 0;  // 0: not given
};

/// What a comparison allows (docs/formats/policy.md). Nothing is allowed that no rule allows; a
/// column that no rule selects is compared exactly and lowers the coverage.
struct Policy {
  int version = 1;
  std::string name;
  std::vector<PolicyRule> rules;                 // the first that selects a cell decides
  std::vector<Waiver> waivers;                   // the first that selects a cell counts
  std::map<std::string, Increments> increments;  // by asset glob; the longest that matches holds
  /// The verdict is INCONCLUSIVE at best when less of what is present was compared under a rule.
  double min_coverage = 0;
  /// SHA-256 of the canonical text (comments and spaces do not count), 64 hex digits. It stands in
  /// every verdict.
  std::string hash;
};

/// Parse a policy.
/// Errors: kInvalidConfig with file, line, what was found and what was needed: not TOML, another
/// version, an unknown key (the nearest is named), a negative or not finite tolerance, ignore
/// without a reason, a waiver without owner, reason or expiry.
Result<Policy> parse_policy(std::string_view toml, std::string_view file_name);
/// Errors: kFileNotFound, kFileUnreadable, and those of parse_policy().
Result<Policy> load_policy(const std::filesystem::path& file);

/// The policy as TOML in canonical form: what the hash is made of. parse_policy() of it gives the
/// same policy.
std::string to_toml(const Policy& policy);

/// The rule of nothing: everything exact, everything covered. What is used when no policy is given.
const Policy& exact_policy();

/// What is looked up in a policy.
struct PolicyQuery {
  Layer layer = Layer::kNodes;
  std::string_view node;
  std::string_view column;
  AssetId asset = kNoAsset;
  std::string_view symbol;
  std::optional<Timestamp> bar;  // nothing: any bar; rules with a window do not hold at any bar
  /// When it is known, rules that name no column and cannot judge this type do not select.
  std::optional<ColumnType> type = {};
};
/// Whether the rule's globs and window select it.
bool selects(const PolicyRule& rule, const PolicyQuery& query);
bool selects(const Waiver& waiver, const PolicyQuery& query);
/// The first rule that selects it; nullptr when none does.
const PolicyRule* find_rule(const Policy& policy, const PolicyQuery& query);
/// The increments of the longest asset glob that matches; zeros when none does.
Increments find_increments(const Policy& policy, AssetId asset, std::string_view symbol);

/// `*`: any text, `?`: one character; everything else means itself. An empty glob matches anything.
bool matches_glob(std::string_view glob, std::string_view text) noexcept;

}  // namespace tieout::recon
