#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/string_pool.hpp"
#include "tieout/frames/frame.hpp"
#include "tieout/frames/window_decoder.hpp"
#include "tieout/runlog/records.hpp"

namespace tieout::reference {

/// Columns of a node's windows and the types of their cells.
struct NodeSchema {
  std::vector<ColumnKey> columns;
  std::vector<ColumnType> types;  // as many
  bool all_float() const noexcept;
};

/// A frame that was not decoded as a window (CSV, Parquet without pandas' metadata) as one: its
/// index or else its first column must hold timestamps. Errors: kCorruptEvidence.
Result<frames::DecodedWindow> to_words(frames::Frame&& frame, const std::filesystem::path& file,
                                       StringPool& strings);

/// The schema of a window: the label (field, asset id), or the flat "field|asset id", is that
/// column of the asset; every other label is a field of no asset, its levels joined by '|'. A
/// column without a value is float64, since pandas tells nothing of it. Errors: kCorruptEvidence
/// for a label that is there twice.
Result<NodeSchema> schema_of(const frames::DecodedWindow& window,
                             const std::filesystem::path& file);

/// Where a file's columns are, kept from file to file of one node.
struct ColumnMatch {
  // Shared with the decoder: equal pointers are equal columns.
  std::shared_ptr<const frames::WindowSchema> schema;
  std::vector<std::size_t> positions;  // of the node's columns
};

/// What had to be done to windows so that they fit their node's schema.
struct Promotions {
  std::size_t int_to_float = 0, float_to_int = 0;  // columns
};

/// A decoded file as the window of a node: columns in the order of the schema. Cells of a column
/// that is not float64 are words (see NodeInfo::types).
///
/// Rule:    an int64 column where the schema has float64, or the other way, is converted when every
///          value stays the same number (a NaN is then kNullWord); a column without a value fits
///          any type.
/// Errors:  kCorruptEvidence naming the file and: the column and both types; columns that are
///          missing or new; rows that are not strictly increasing.
Result<Panel> to_window(const frames::DecodedWindow& decoded, const NodeSchema& schema,
                        const std::filesystem::path& file, ColumnMatch& match,
                        Promotions& promotions);

/// What changed from one window to the next, both of one schema. The first has no `before`, and is
/// a keyframe, as is one that lost rows otherwise than at the front. bar, wall and hash are the
/// caller's.
runlog::NodeFrame change_between(const Panel* before, const Panel& after,
                                 const std::vector<ColumnType>& types);

}  // namespace tieout::reference
