#pragma once

#include <map>
#include <optional>
#include <string>

#include "support.hpp"

namespace tieout::recon::test {

/// What the slow comparison says of one node.
struct ReferenceNode {
  CellCounts cells;
  std::uint64_t distinct_breaks = 0;
  std::optional<Timestamp> first_bar;
  double max_abs = 0, max_rel = 0;
  friend bool operator==(const ReferenceNode&, const ReferenceNode&) = default;
};

/// The obvious comparison, and the oracle of the incremental one: at every common bar every cell of
/// both whole windows, looked up by (row, column); it reads no run log. Both runs must have the
/// same nodes, of float64 alone. `policy` may be null: exact.
std::map<std::string, ReferenceNode> reference_compare(const RunData& left, const RunData& right,
                                                       const Policy* policy = nullptr);

}  // namespace tieout::recon::test
