#include "campaign.hpp"

#include <fmt/format.h>

namespace tieout::recon::mutants {
namespace {

constexpr std::string_view kGenerator = "tieout.mutants/1";
constexpr std::size_t kFailuresKept = 100;

const std::vector<Family>& all_families() {
  static const std::vector<Family> families = [] {
    std::vector<Family> all;
    for (const auto part : {cell_families(), shape_families(), evidence_families(),
                            tolerance_families(), neutral_families()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return families;
}

/// Families take turns, each as often as its weight says.
const Family& family_of(std::uint64_t seed) {
  static const std::size_t turns = [] {
    std::size_t sum = 0;
    for (const Family& family : all_families()) {
      sum += family.weight;
    }
    return sum;
  }();
  std::size_t turn = seed % turns;
  for (const Family& family : all_families()) {
    if (turn < family.weight) {
      return family;
    }
    turn -= family.weight;
  }
  return all_families().back();
}

/// A clean verdict where a worse one is due is an escape, anything else a false alarm.
void judge(Tally& tally, Verdict expected, Verdict got) {
  tally.mutants += 1;
  if (got == expected) {
    return;
  }
  const bool escape = expected == Verdict::kDiverged || expected == Verdict::kInconclusive ||
                      got == Verdict::kIdentical;
  (escape ? tally.escapes : tally.false_alarms) += 1;
}

Subject make_subject(std::uint64_t seed) {
  Subject subject;
  subject.left =
      test::make_run({.seed = seed % 7 + 1, .bars = 5, .rows = 3, .events = seed % 3 != 0});
  subject.right = subject.left;
  return subject;
}

}  // namespace

CampaignResult run_campaign(std::uint64_t first_seed, std::uint64_t count) {
  CampaignResult result;
  for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
    const Family& family = family_of(seed);
    test::Draws draws(seed);
    Subject subject = make_subject(seed);
    const Mutant mutant = family.mutate(subject, draws);
    const bool swap = draws.below(2) == 0;
    const Comparison comparison = swap
                                      ? test::compare(subject.right, subject.left, subject.options)
                                      : test::compare(subject.left, subject.right, subject.options);
    judge(result.families[std::string(family.name)], mutant.expected, comparison.verdict);
    judge(result.total, mutant.expected, comparison.verdict);
    if (comparison.verdict != mutant.expected && result.failures.size() < kFailuresKept) {
      result.failures.push_back(fmt::format("seed {}, {}: {}: {} instead of {}: {}", seed,
                                            family.name, mutant.what, to_string(comparison.verdict),
                                            to_string(mutant.expected), comparison.sentence));
    }
  }
  return result;
}

std::string render(const CampaignResult& result, std::uint64_t first_seed) {
  std::string text = fmt::format("generator {}, seeds {} to {}\n\n{:<34}{:>9}{:>9}{:>14}\n",
                                 kGenerator, first_seed, first_seed + result.total.mutants - 1,
                                 "family", "mutants", "escapes", "false alarms");
  const auto line = [&text](std::string_view name, const Tally& tally) {
    text += fmt::format("{:<34}{:>9}{:>9}{:>14}\n", name, tally.mutants, tally.escapes,
                        tally.false_alarms);
  };
  for (const auto& [name, tally] : result.families) {
    line(name, tally);
  }
  line("all", result.total);
  for (const std::string& failure : result.failures) {
    text += failure + '\n';
  }
  return text;
}

}  // namespace tieout::recon::mutants
