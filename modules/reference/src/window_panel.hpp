#pragma once

#include <filesystem>
#include <vector>

#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/string_pool.hpp"
#include "tieout/frames/frame.hpp"
#include "tieout/runlog/records.hpp"

namespace tieout::reference {

/// Columns of a node's windows and the types of their cells.
struct WindowSchema {
  std::vector<ColumnKey> columns;
  std::vector<ColumnType> types;  // as many
  bool all_float() const noexcept;
};

/// The schema of a frame: the label (field, asset id) is that column of the asset; every other
/// label is a field of no asset, its levels joined by '|'. A column without a value is float64,
/// since pandas tells nothing of it. Errors: kCorruptEvidence for a label that is there twice.
Result<WindowSchema> schema_of(const frames::Frame& frame, const std::filesystem::path& file);

/// What had to be done to a frame so that it fits its node's schema.
struct Promotions {
  std::size_t int_to_float = 0, float_to_int = 0;  // columns
};

/// A frame as a window: rows are the index, columns in the order of the schema. Cells of a column
/// that is not float64 are words (see NodeInfo::types).
///
/// Rule:    an int64 column where the schema has float64, or the other way, is converted when every
///          value stays the same number (a NaN is then kNullWord); a column without a value fits
///          any type.
/// Errors:  kCorruptEvidence naming the file and: the column and both types; columns that are
///          missing or new; an index that is no timestamp, has nulls, or is not strictly increasing
///          (the rows).
Result<Panel> to_window(const frames::Frame& frame, const WindowSchema& schema,
                        const std::filesystem::path& file, StringPool& strings,
                        Promotions& promotions);

/// What changed from one window to the next, both of one schema. The first has no `before`, and is
/// a keyframe, as is one that lost rows otherwise than at the front. bar, wall and hash are the
/// caller's.
runlog::NodeFrame change_between(const Panel* before, const Panel& after,
                                 const std::vector<ColumnType>& types);

}  // namespace tieout::reference
