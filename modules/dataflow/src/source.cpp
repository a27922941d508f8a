#include "source.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tieout::dataflow {
namespace {

/// Check everything that could be wrong before anything is changed.
Status check(const SourceSpec& spec, const Universe& universe,
             std::span<const Observation> observations) {
  const TimeGrid grid{spec.row_period};
  for (const Observation& observation : observations) {
    if (observation.values.size() != spec.fields.size()) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("DagRunner: observation of asset {} at {} has {} values, needed {}",
                               observation.asset.value, to_iso(observation.row),
                               observation.values.size(), spec.fields.size())};
    }
    if (!universe.contains(observation.asset)) {
      return Error{
          ErrorCode::kMalformedData,
          fmt::format(
              "DagRunner: observation at {} is of asset {}, which the universe does not hold",
              to_iso(observation.row), observation.asset.value)};
    }
    if (spec.index == SourceIndex::kGrid && !grid.contains(observation.row)) {
      return Error{
          ErrorCode::kMalformedData,
          fmt::format("DagRunner: observation of asset {} is at {}, needed a multiple of {}",
                      observation.asset.value, to_iso(observation.row),
                      to_period(spec.row_period))};
    }
  }
  return {};
}

/// Rows that a grid has in (after, until].
std::vector<Timestamp> grid_rows(Duration period, Timestamp after, Timestamp until) {
  return after < until ? TimeGrid{period}.bars_between(after + nanoseconds(1), until)
                       : std::vector<Timestamp>{};
}

/// Add the rows that are observed for the first time; true when one of them lies before an old row.
bool add_observed_rows(std::span<const Observation> observations, StageOutput& output) {
  std::vector<Timestamp> rows;
  for (const Observation& observation : observations) {
    if (output.after < observation.row && observation.row <= output.until) {
      rows.push_back(observation.row);
    }
  }
  std::ranges::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  bool inserted = false;
  while (!rows.empty() && !output.panel().empty() &&
         rows.front() <= output.panel().index().back()) {
    // One insertion moves all later rows; late rows are few.
    const std::size_t before = output.panel().row_count();
    output.panel().insert_row(rows.front());
    inserted = inserted || output.panel().row_count() != before;
    rows.erase(rows.begin());
  }
  output.append(rows);
  return inserted;
}

std::size_t position_of(const Universe& universe, AssetId asset) {
  const auto& assets = universe.assets();
  const auto found = std::ranges::lower_bound(assets, asset, {}, &Asset::id);
  return static_cast<std::size_t>(found - assets.begin());
}

}  // namespace

std::vector<ColumnKey> source_columns(const SourceSpec& spec, const Universe& universe) {
  std::vector<ColumnKey> columns;
  for (const std::string& field : spec.fields) {
    for (const Asset& asset : universe.assets()) {
      columns.push_back({field, asset.id});
    }
  }
  return columns;
}

Status advance_source(const SourceSpec& spec, const Universe& universe, Timestamp bar,
                      std::span<const Observation> observations, StageOutput& output) {
  TIEOUT_CHECK(check(spec, universe, observations));
  output.after = floor_to(bar - spec.history_lookback,
                          spec.window_step.ns > 0 ? spec.window_step : spec.row_period);
  output.until = bar;
  Panel& panel = output.panel();
  output.begin(panel.lower_bound(output.after + nanoseconds(1)));
  bool inserted = false;
  if (spec.index == SourceIndex::kGrid) {
    const Timestamp last = panel.empty() ? output.after : panel.index().back();
    output.append(grid_rows(spec.row_period, last, bar));
  } else {
    inserted = add_observed_rows(observations, output);
  }

  std::vector<RowRange> touched = {{output.old_rows(), panel.row_count()}};
  const std::size_t asset_count = universe.size();
  std::size_t row =
      panel.row_count();  // Position of the observation before: they often come row by row.
  for (const Observation& observation : observations) {
    if (observation.row <= output.after || output.until < observation.row) {
      continue;
    }
    if (row >= panel.row_count() || panel.index()[row] != observation.row) {
      row = panel.lower_bound(observation.row);
    }
    if (row < output.old_rows() && touched.back() != RowRange{row, row + 1}) {
      touched.push_back({row, row + 1});
    }
    const std::size_t asset = position_of(universe, observation.asset);
    for (std::size_t f = 0; f < spec.fields.size(); ++f) {
      panel.set(row, f * asset_count + asset, observation.values[f]);
    }
  }
  if (inserted) {
    output.finish_replaced();
  } else {
    output.finish(merge_ranges(std::move(touched)));
  }
  return {};
}

}  // namespace tieout::dataflow
