#include "execution_render.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"

namespace tieout::cli {

nlohmann::ordered_json json_number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

std::string number_text(double value, int decimals) {
  return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, decimals);
}

std::string symbol_of(const runlog::RunSource& run, AssetId asset) {
  for (const Asset& known : run.manifest().universe) {
    if (known.id == asset) {
      return known.full_symbol;
    }
  }
  return fmt::format("id::{}", asset.value);
}

std::string aligned_table(const std::vector<std::string>& head,
                          const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < head.size(); ++c) {
    std::size_t width = head[c].size();
    for (const std::vector<std::string>& row : rows) {
      TIEOUT_ASSERT(row.size() == head.size());
      width = std::max(width, row[c].size());
    }
    widths.push_back(width);
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text = fmt::format("{:<{}}", cells.front(), widths.front());
    for (std::size_t c = 1; c < cells.size(); ++c) {
      text += fmt::format("  {:>{}}", cells[c], widths[c]);
    }
    return text + '\n';
  };
  std::string text = line(head);
  for (const std::vector<std::string>& row : rows) {
    text += line(row);
  }
  return text;
}

}  // namespace tieout::cli
