#pragma once

#include <cstdint>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/recon/policy.hpp"

#include "table_diff.hpp"

namespace tieout::recon {

/// What a policy makes of the breaks of two frames.
struct FrameRuling {
  CellCounts cells;             // with `within` for what is allowed or ignored
  std::uint64_t ignored = 0;    // of within
  std::uint64_t uncovered = 0;  // cells of columns that no rule selects
};

/// Take out of `breaks` the cells that the policy allows or ignores.
/// Errors: kInvalidConfig for a rule that cannot judge the cell.
Result<FrameRuling> apply_policy(const Policy& policy, const Table& left, const Table& right,
                                 const CellCounts& cells, std::vector<TableBreak>& breaks);

}  // namespace tieout::recon
