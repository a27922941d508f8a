#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tieout/dataflow/runner.hpp"

namespace tieout::dataflow {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
/// 2017-07-14T02:40:00Z, a multiple of five minutes.
inline constexpr Timestamp kZero{1'500'000'000'000'000'000};
inline constexpr AssetId kAsset{7};

/// Columns of one asset, by field; row i stands at kZero + (i + 1) minutes.
using Fields = std::map<std::string, std::vector<double>>;

inline std::vector<Observation> observations_of(const Fields& fields, Timestamp zero = kZero) {
  std::vector<Observation> rows;
  for (std::size_t i = 0; i < fields.begin()->second.size(); ++i) {
    Observation row{zero + minutes(static_cast<std::int64_t>(i) + 1), kAsset, {}};
    for (const auto& [name, values] : fields) {
      row.values.push_back(values[i]);
    }
    rows.push_back(row);
  }
  return rows;
}

/// Output of one node over these columns as a source whose window is exactly they.
inline Panel run_node(std::unique_ptr<const Node> node, const Fields& fields,
                      Timestamp zero = kZero) {
  SourceSpec source;
  source.fields.clear();
  for (const auto& [name, values] : fields) {
    source.fields.push_back(name);
  }
  const auto count = static_cast<std::int64_t>(fields.begin()->second.size());
  source.history_lookback = minutes(count);
  Dag dag(source);
  EXPECT_TRUE(dag.add("node", std::move(node), {"read_data"}).ok());
  auto runner =
      DagRunner::create(std::move(dag), Universe::from_ids({kAsset}), Recompute::kIncremental);
  EXPECT_TRUE(runner.ok()) << (runner.ok() ? "" : to_string(runner.error()));
  const auto done = runner->run_bar(zero + minutes(count), observations_of(fields, zero));
  EXPECT_TRUE(done.ok()) << (done.ok() ? "" : to_string(done.error()));
  return runner->output(1);
}

inline std::vector<double> column_of(const Panel& panel, const std::string& field) {
  const auto column = panel.find_column({field, kAsset});
  EXPECT_TRUE(column) << field;
  if (!column) {
    return {};
  }
  const auto cells = panel.column(*column);
  return {cells.begin(), cells.end()};
}

inline void expect_cells(const std::vector<double>& found, const std::vector<double>& wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (wanted[i] != wanted[i]) {
      EXPECT_NE(found[i], found[i]) << "cell " << i;
    } else {
      EXPECT_DOUBLE_EQ(found[i], wanted[i]) << "cell " << i;
    }
  }
}

}  // namespace tieout::dataflow
