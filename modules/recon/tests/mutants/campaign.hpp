#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support.hpp"

// A comparison that cannot fail is worthless. A campaign changes one thing in one of two equal runs
// and says beforehand what the verdict must be; whatever comes out otherwise is an escape (a
// difference that passed) or a false alarm.
namespace tieout::recon::mutants {

/// One change, and what must come of it.
struct Mutant {
  std::string what;
  Verdict expected = Verdict::kDiverged;
};

/// A pair of runs that are equal until `mutate` changes the right one, and how they are compared.
struct Subject {
  test::RunData left, right;
  CompareOptions options;
};

/// A way to change a run. `weight` is its share of a campaign.
struct Family {
  std::string_view name;
  std::size_t weight = 1;
  Mutant (*mutate)(Subject&, test::Draws&) = nullptr;
};
/// Values of windows and tables of every type, NaN, infinities, signed zeros, neighbours.
std::span<const Family> cell_families();
/// Rows, columns, tables, nodes and bars that are gone, doubled, renamed, moved, of another type.
std::span<const Family> shape_families();
/// What identifies a run, its config, what it read and decided.
std::span<const Family> evidence_families();
/// Changes that are none: another order, another NaN, other wall times.
std::span<const Family> neutral_families();

/// Under a policy: what it allows, ignores or waives, and what lies a little beyond.
std::span<const Family> tolerance_families();

struct Tally {
  std::uint64_t mutants = 0, escapes = 0, false_alarms = 0;
};
struct CampaignResult {
  std::map<std::string, Tally, std::less<>> families;
  Tally total;
  /// "seed 17, family cell.float64: ...", the first hundred that came out otherwise.
  std::vector<std::string> failures;
};
/// Mutants first_seed, first_seed + 1, ...: the seed alone decides everything about a mutant.
CampaignResult run_campaign(std::uint64_t first_seed, std::uint64_t count);
/// The table that is printed and kept: generator, seeds, counts by family, failures.
std::string render(const CampaignResult& result, std::uint64_t first_seed);

}  // namespace tieout::recon::mutants
