#include "tieout/recon/compare.hpp"

#include <utility>

#include <fmt/format.h>

#include "comparer.hpp"
#include "config_layer.hpp"
#include "first_divergence.hpp"
#include "pairing_notes.hpp"
#include "rules.hpp"
#include "run_identity.hpp"
#include "run_pair.hpp"
#include "verdict.hpp"

namespace tieout::recon {

std::string_view to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::kIdentical:
      return "IDENTICAL";
    case Verdict::kEquivalent:
      return "EQUIVALENT";
    case Verdict::kExplained:
      return "EXPLAINED";
    case Verdict::kDiverged:
      return "DIVERGED";
    case Verdict::kInconclusive:
      return "INCONCLUSIVE";
  }
  return "unknown";
}

int exit_code_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::kIdentical:
    case Verdict::kEquivalent:
    case Verdict::kExplained:
      return 0;
    case Verdict::kDiverged:
      return 1;
    case Verdict::kInconclusive:
      break;
  }
  return 3;
}

CellCounts& CellCounts::operator+=(const CellCounts& other) noexcept {
  present += other.present;
  compared += other.compared;
  bitwise += other.bitwise;
  within += other.within;
  outside += other.outside;
  nan_one_side += other.nan_one_side;
  type_mismatch += other.type_mismatch;
  missing += other.missing;
  ignored += other.ignored;
  waived += other.waived;
  uncovered += other.uncovered;
  return *this;
}

namespace {

/// Texts of string columns are compared by number: both runs must have them from one pool.
Status check_strings(const runlog::RunSource& left, const runlog::RunSource& right) {
  if (left.strings() == nullptr || right.strings() == nullptr ||
      left.strings() == right.strings()) {
    return {};
  }
  return Error{ErrorCode::kSchemaMismatch,
               fmt::format("compare_runs: '{}' and '{}' have string columns of two pools, needed "
                           "one: open them together",
                           left.directory().string(), right.directory().string())};
}

}  // namespace

Result<Comparison> compare_runs(const runlog::RunSource& left, const runlog::RunSource& right,
                                const CompareOptions& options) {
  const RunPair runs = align_runs(left, right);
  const ConfigLayer config = compare_configs(left, right, options);
  Comparison out;
  out.left_name = options.left_name;
  out.right_name = options.right_name;
  out.bars_left = left.bars().size();
  out.bars_right = right.bars().size();
  out.bars_both = runs.bars_both;
  TIEOUT_CHECK(check_strings(left, right));
  RuleBook book(options.policy == nullptr ? exact_policy() : *options.policy, options.measure_rules,
                left, right);
  TIEOUT_TRY(const Walked walked, Comparer(runs, config, options, book, out).walk());
  TIEOUT_TRY(out.first, explain_first(runs, config, walked.first_of_data, book, options));
  out.policy = book.take();
  if (walked.first_of_data && walked.first_of_data->layer != Layer::kInputs) {
    out.first_input_break = walked.first_of_inputs;
  }
  judge(runs, config, walked, options, out);
  add_pairing_notes(left, right, out);
  identify_findings(runs, out);
  return out;
}

}  // namespace tieout::recon
