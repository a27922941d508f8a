#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/frames/frame.hpp"
#include "tieout/reference/profile_dag.hpp"

#include "profile_node_dir.hpp"

/// Take the value of a NodeResult, or end with what was raised or with the error. `out` has a
/// member `raised`.
#define TIEOUT_NODE_TRY(declaration, out, ...) \
  TIEOUT_NODE_TRY_INNER(TIEOUT_CONCAT(tieout_node_result_, __LINE__), declaration, out, __VA_ARGS__)
#define TIEOUT_NODE_TRY_INNER(temporary, declaration, out, ...) \
  auto temporary = (__VA_ARGS__);                               \
  if (auto* raised_here = std::get_if<1>(&temporary)) {         \
    out.raised = std::move(*raised_here);                       \
    return out;                                                 \
  }                                                             \
  if (auto* error_here = std::get_if<2>(&temporary)) {          \
    return std::move(*error_here);                              \
  }                                                             \
  declaration = std::move(std::get<0>(temporary))

namespace tieout::reference {

namespace fs = std::filesystem;

/// dassert_set_eq of two lists of names.
std::optional<Raised> assert_set_equal(std::vector<std::string> left,
                                       std::vector<std::string> right);

/// `max_diff <= threshold`, which a NaN never passes.
std::optional<Raised> assert_within(double max_diff, double threshold, const std::string& message);

/// compare_dfs of the float columns, with what that selection leaves out.
DfsComparison compare_floats(const frames::Frame& left, const frames::Frame& right,
                             const CompareDfsOptions& options);

/// Differences that no threshold of compare_dfs looked at were below diff_threshold after all.
void tolerate(HiddenByProfile& hidden);

void append(std::vector<std::string>& texts, const std::vector<std::string>& more);

/// The nodes to walk over: one, or all, which both directories must have.
struct Selection {
  std::vector<std::string> nodes;
  std::optional<Raised> raised;
};
Result<Selection> select_nodes(const NodeDir& left, const NodeDir& right, const std::string& node);

/// The index of a node's output.
const std::vector<Timestamp>& times_of(const frames::Frame& frame);
/// Positions of the rows by time.
std::vector<std::size_t> sorted_rows(const std::vector<Timestamp>& times);
/// These rows of a frame with an index.
frames::Frame pick(const frames::Frame& frame, const std::vector<std::size_t>& rows);

}  // namespace tieout::reference
