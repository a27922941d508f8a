#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/frames/frame.hpp"

namespace tieout::frames {

/// What pandas says about a Parquet file, in the file's `pandas` metadata.
struct PandasMeta {
  struct Range {
    std::string name;
    std::int64_t start = 0;
    std::int64_t stop = 0;
    std::int64_t step = 1;
  };
  struct Column {
    std::string name;  // as the user knows it; the field's name can be "__index_level_0__"
    std::string zone;  // of timestamps, "" when naive
  };

  std::vector<std::string> index_fields;  // names of the fields that are the index
  std::optional<Range> range;             // the index when no field is
  std::vector<std::string> level_names = {""};
  std::map<std::string, Column, std::less<>> columns;  // by the field's name
};

/// Errors: kMalformedData for anything that is not such a block.
Result<PandasMeta> parse_pandas_meta(std::string_view json);

/// The block that pandas would write for the frame. `field_names` are those of the columns, then of
/// the index when there is one.
std::string pandas_meta_json(const Frame& frame, const std::vector<std::string>& field_names);

/// Read Python's text of a tuple of strings: "('close', '101')". Numbers without quotes are kept as
/// they are. Errors: kMalformedData.
Result<ColumnLabel> parse_tuple(std::string_view text);
/// Write it, with the quotes and escapes of Python's repr.
std::string tuple_text(const ColumnLabel& label);

}  // namespace tieout::frames
