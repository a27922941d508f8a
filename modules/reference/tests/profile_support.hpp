#pragma once

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tieout/frames/frame.hpp"

namespace tieout::reference::test {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInf = std::numeric_limits<double>::infinity();

using NamedValues = std::pair<std::string, ColumnValues>;

/// A frame with an index of whole numbers; labels "field|asset" become two levels.
inline frames::Frame frame(std::vector<std::int64_t> index, std::vector<NamedValues> columns,
                           std::string index_name = "row") {
  frames::Frame result;
  result.index = frames::FrameColumn{{std::move(index_name)}, std::move(index), {}};
  for (auto& [name, values] : columns) {
    result.columns.push_back({{name}, std::move(values), {}});
  }
  return result;
}

/// A frame of one float column "x" and rows 1, 2, ...
inline frames::Frame column(std::vector<double> values) {
  std::vector<std::int64_t> index;
  for (std::size_t row = 0; row < values.size(); ++row) {
    index.push_back(static_cast<std::int64_t>(row) + 1);
  }
  return frame(std::move(index), {{"x", std::move(values)}});
}

inline const std::vector<double>& floats(const frames::Frame& result, std::size_t column) {
  return std::get<std::vector<double>>(result.columns[column].values);
}

}  // namespace tieout::reference::test
