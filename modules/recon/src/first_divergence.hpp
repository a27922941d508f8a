#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tieout/recon/compare.hpp"

#include "config_layer.hpp"
#include "rules.hpp"
#include "run_pair.hpp"

namespace tieout::recon {

/// Words for instants, values and findings in the sentences of one comparison.
class Wording {
 public:
  Wording(const RunPair& runs, const CompareOptions& options);

  /// "00:40" when the runs fit into a day, else "2018-01-23 00:40".
  std::string bar(Timestamp t) const;
  /// A row of a window at a bar: as bar() when it is less than a day older.
  std::string row(Timestamp t, Timestamp bar) const;
  /// "predict.0.read_data close[1467591036] row 00:44, prod 0.0951 / sim 0.0953 (1.2e-3 rel)".
  std::string describe(const Finding& finding) const;
  const std::string& left() const noexcept { return options_.left_name; }
  const std::string& right() const noexcept { return options_.right_name; }

 private:
  std::string values(const Finding& finding) const;
  /// "is only in prod".
  std::string only_in(bool left) const;

  const CompareOptions& options_;
  bool within_a_day_ = false;
};

/// In what two parts differ.
struct Differences {
  std::vector<Finding> breaks;
  bool within = false;  // also in what the policy allows, ignores or waives
};

/// What the part of the finding is computed from and differs at its bar, one finding for each
/// input. Errors: those of the readers; the inputs are read again at that bar.
Result<Differences> differing_inputs(const RunPair& runs, RuleBook& book, const Finding& finding);

/// The names of all that the part of the finding is computed from, as differing_inputs() gives
/// them.
std::vector<std::string> input_parts(const RunPair& runs, const Finding& finding);

/// Explain the first break: of the config if a leaf differs, else of the data.
///
/// Errors: those of the readers; the inputs of the broken part are read again at the break's bar.
Result<std::optional<FirstDivergence>> explain_first(const RunPair& runs, const ConfigLayer& config,
                                                     const std::optional<Finding>& first_of_data,
                                                     RuleBook& book, const CompareOptions& options);

}  // namespace tieout::recon
