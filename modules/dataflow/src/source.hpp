#pragma once

#include <span>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/dataflow/dag.hpp"

#include "stage_output.hpp"

namespace tieout::dataflow {

/// The source's columns: field by field, assets ascending.
std::vector<ColumnKey> source_columns(const SourceSpec& spec, const Universe& universe);

/// Move the source's window to `bar` and enter the observations. Errors: kMalformedData; nothing is
/// changed then.
Status advance_source(const SourceSpec& spec, const Universe& universe, Timestamp bar,
                      std::span<const Observation> observations, StageOutput& output);

}  // namespace tieout::dataflow
