#pragma once

#include "tieout/core/asset.hpp"
#include "tieout/dataflow/prefix_check.hpp"

namespace tieout::dataflow {

/// Set the sentence of a node that violates, from its suspicion and its first difference.
void describe_difference(NodeCheck& check, const Universe& universe);

}  // namespace tieout::dataflow
