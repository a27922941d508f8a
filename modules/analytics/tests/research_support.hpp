#pragma once

#include <cmath>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tieout/analytics/research_portfolio.hpp"

#include "golden_support.hpp"

namespace tieout::analytics {

/// A table of the golden cases: first column a timestamp, others "field|asset" or "field".
inline Panel read_panel(const std::filesystem::path& file) {
  const std::string text = read_file(file).value();
  CsvReader csv(text);
  EXPECT_TRUE(csv.next().value());
  std::vector<ColumnKey> keys;
  for (std::size_t i = 1; i < csv.fields().size(); ++i) {
    const std::string name(csv.fields()[i]);
    const std::size_t bar = name.find('|');
    keys.push_back({name.substr(0, bar),
                    bar == std::string::npos
                        ? kNoAsset
                        : AssetId{parse_int(std::string_view(name).substr(bar + 1)).value()}});
  }
  Panel panel(keys);
  while (csv.next().value()) {
    panel.append_row(parse_iso(csv.fields()[0]).value());
    for (std::size_t c = 0; c < keys.size(); ++c) {
      panel.set(panel.row_count() - 1, c, parse_double(csv.fields()[c + 1]).value_or(std::nan("")));
    }
  }
  return panel;
}

/// Every cell of `expected`, to 1e-9 relative or 1e-6 absolute; rows and columns must be there.
inline void expect_panel(const Panel& found, const Panel& expected, const std::string& what) {
  std::size_t compared = 0;
  for (std::size_t c = 0; c < expected.column_count(); ++c) {
    const auto column = found.find_column(expected.columns()[c]);
    ASSERT_TRUE(column.has_value()) << what << ": no " << to_string(expected.columns()[c]);
    for (std::size_t row = 0; row < expected.row_count(); ++row) {
      const auto own = found.find_row(expected.index()[row]);
      ASSERT_TRUE(own.has_value()) << what << ": no bar " << to_iso(expected.index()[row]);
      const double a = found.at(*own, *column);
      const double b = expected.at(row, c);
      ++compared;
      if (std::isnan(a) && std::isnan(b)) continue;
      EXPECT_LE(std::abs(a - b), std::max(1e-6, 1e-9 * std::abs(b)))
          << what << " " << to_string(expected.columns()[c]) << " " << to_iso(expected.index()[row])
          << ": " << a << ", needed " << b;
    }
  }
  EXPECT_GT(compared, 0U) << what;
}

}  // namespace tieout::analytics
