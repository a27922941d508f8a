#pragma once

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tieout/core/panel.hpp"

#include "golden_support.hpp"

namespace tieout::analytics {

/// A golden CSV whose first column is a timestamp and whose others are numbers ("" is NaN). A
/// column named by a number is that asset's; "prod|pnl" keeps its name.
inline Panel read_golden_panel(const std::filesystem::path& path) {
  const std::string text = read_file(path).value();
  CsvReader reader(text);
  TIEOUT_ASSERT(reader.next().value());
  std::vector<ColumnKey> keys;
  for (std::size_t i = 1; i < reader.fields().size(); ++i) {
    const std::string name(reader.fields()[i]);
    const auto id = parse_int(name);
    keys.push_back(id ? ColumnKey{"value", AssetId{*id}} : ColumnKey{name});
  }
  Panel panel(std::move(keys));
  while (reader.next().value()) {
    panel.append_row(parse_iso(reader.fields()[0]).value());
    for (std::size_t i = 1; i < reader.fields().size(); ++i) {
      const auto value = parse_double(reader.fields()[i]);
      panel.set(panel.row_count() - 1, i - 1,
                value.value_or(std::numeric_limits<double>::quiet_NaN()));
    }
  }
  return panel;
}

/// The columns "portfolio|name" of one portfolio, as panel of the names.
inline Panel portfolio_of(const Panel& panel, const std::string& portfolio) {
  std::vector<ColumnKey> keys;
  std::vector<std::size_t> sources;
  for (std::size_t i = 0; i < panel.column_count(); ++i) {
    const std::string& name = panel.columns()[i].field;
    if (name.starts_with(portfolio + "|")) {
      keys.push_back({name.substr(portfolio.size() + 1)});
      sources.push_back(i);
    }
  }
  Panel result(std::move(keys));
  result.append_rows(panel.index());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    std::ranges::copy(panel.column(sources[i]), result.column(i).begin());
  }
  return result;
}

/// The text value of `"key": "value"` in a case's params.json; empty when it is not there.
inline std::string golden_param(const std::filesystem::path& folder, const std::string& key) {
  const std::string text = read_file(folder / "params.json").value();
  const std::string start = "\"" + key + "\": \"";
  const std::size_t at = text.find(start);
  const std::size_t first = at + start.size();
  return at == std::string::npos ? "" : text.substr(first, text.find('"', first) - first);
}

/// The case folders of a family, such as "stats_".
inline std::vector<std::filesystem::path> golden_cases(const std::string& prefix) {
  std::vector<std::filesystem::path> cases;
  const std::filesystem::path root = golden_dir() / "trading";
  if (std::filesystem::exists(root)) {
    for (const auto& entry : std::filesystem::directory_iterator(root)) {
      if (entry.path().filename().string().starts_with(prefix)) {
        cases.push_back(entry.path());
      }
    }
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

}  // namespace tieout::analytics
