#include "tieout/dataflow/runner.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "source.hpp"
#include "stage_output.hpp"

namespace tieout::dataflow {
namespace {

/// Columns must be unique and a field's columns must stand together: kernels run over the block of
/// a field.
Status check_columns(std::string_view nid, std::span<const ColumnKey> columns) {
  std::map<std::string_view, std::size_t> last_of_field;
  std::vector<ColumnKey> sorted(columns.begin(), columns.end());
  std::ranges::sort(sorted);
  const auto twice = std::ranges::adjacent_find(sorted);
  if (twice != sorted.end()) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("DagRunner: stage '{}' has column {} twice", nid, to_string(*twice))};
  }
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const auto [place, is_new] = last_of_field.try_emplace(columns[c].field, c);
    if (!is_new && place->second + 1 != c) {
      return Error{
          ErrorCode::kSchemaMismatch,
          fmt::format(
              "DagRunner: stage '{}' has the columns of field '{}' in two places, needed together",
              nid, columns[c].field)};
    }
    place->second = c;
  }
  return {};
}

/// The output rows that one input supports, and where its support begins.
struct Supported {
  std::vector<Timestamp> rows;
  Timestamp after;
};

Supported supported_rows(const Node& node, const StageOutput& input) {
  const auto index = input.panel().index();
  const std::size_t lookback = node.lookback().rows;
  Supported supported;
  if (lookback > index.size()) {
    supported.after = input.until;
    return supported;
  }
  const Timestamp first_missing = lookback == 0 ? input.after : index[lookback - 1];
  supported.after = node.output_row(first_missing);
  // A row is over when the next instant belongs to a later one.
  const Timestamp next = node.output_row(input.until + nanoseconds(1));
  const Duration period = node.output_period();
  supported.rows.reserve(index.size() - lookback);
  for (const Timestamp input_row : index.subspan(lookback)) {
    const Timestamp row = node.output_row(input_row);
    if (row <= supported.after || (!supported.rows.empty() && row == supported.rows.back())) {
      continue;
    }
    if (row >= next) {
      break;
    }
    if (period.ns > 0 && !supported.rows.empty()) {
      for (Timestamp t = supported.rows.back() + period; t < row; t = t + period) {
        supported.rows.push_back(t);
      }
    }
    supported.rows.push_back(row);
  }
  return supported;
}

/// Rows of `output` whose inputs a change of one input reaches.
void add_reached_rows(const Node& node, const StageOutput& input, const Panel& output,
                      std::vector<RowRange>& dirty) {
  const auto index = input.panel().index();
  for (const RowRange& changed : input.change.changed) {
    const std::size_t last = std::min(changed.last - 1 + node.lookback().rows, index.size() - 1);
    const RowRange rows{output.lower_bound(node.output_row(index[changed.first])),
                        output.lower_bound(node.output_row(index[last]) + nanoseconds(1))};
    if (rows.first < rows.last) {
      dirty.push_back(rows);
    }
  }
}

}  // namespace

struct DagRunner::Impl {
  Impl(Dag dag_in, Universe universe_in, Recompute mode_in)
      : dag(std::move(dag_in)), universe(std::move(universe_in)), mode(mode_in) {}

  void run_stage(std::size_t id);
  std::vector<RowRange> dirty_rows(std::size_t id) const;

  Dag dag;
  Universe universe;
  Recompute mode;
  std::vector<StageOutput> outputs;
  std::optional<Timestamp> last_bar;
};

std::vector<RowRange> DagRunner::Impl::dirty_rows(std::size_t id) const {
  const Stage& stage = dag.stages()[id];
  const StageOutput& output = outputs[id];
  const RowRange all{0, output.panel().row_count()};
  bool is_everything_dirty = mode == Recompute::kFull || output.change.replaced;
  bool is_anything_moved = output.change.dropped_front > 0 || output.old_rows() < all.last;
  std::vector<RowRange> dirty = {{output.old_rows(), all.last}};
  for (const std::size_t input : stage.inputs) {
    const StageChange& change = outputs[input].change;
    is_anything_moved = is_anything_moved || !change.changed.empty() || change.dropped_front > 0;
    if (!is_everything_dirty) {
      add_reached_rows(*stage.node, outputs[input], output.panel(), dirty);
    }
  }
  if (stage.node->lookback().whole_window && is_anything_moved) {
    is_everything_dirty = true;
  }
  return merge_ranges(is_everything_dirty ? std::vector<RowRange>{all} : std::move(dirty));
}

void DagRunner::Impl::run_stage(std::size_t id) {
  const Stage& stage = dag.stages()[id];
  StageOutput& output = outputs[id];
  std::vector<const Panel*> panels;
  Supported common;
  for (std::size_t k = 0; k < stage.inputs.size(); ++k) {
    const StageOutput& input = outputs[stage.inputs[k]];
    panels.push_back(&input.panel());
    Supported supported = supported_rows(*stage.node, input);
    if (k == 0) {
      common = std::move(supported);
      output.until = input.until;
      continue;
    }
    std::vector<Timestamp> both;
    std::ranges::set_intersection(common.rows, supported.rows, std::back_inserter(both));
    common.rows = std::move(both);
    common.after = std::max(common.after, supported.after);
    output.until = std::min(output.until, input.until);
  }
  output.after = common.after;
  output.set_index(common.rows);
  const std::vector<RowRange> dirty = dirty_rows(id);
  for (const RowRange& rows : dirty) {
    output.clear_cells(rows);
    stage.node->compute(panels, rows, output.panel());
  }
  output.finish(dirty);
}

DagRunner::DagRunner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DagRunner::~DagRunner() = default;
DagRunner::DagRunner(DagRunner&&) noexcept = default;
DagRunner& DagRunner::operator=(DagRunner&&) noexcept = default;

Result<DagRunner> DagRunner::create(Dag dag, const Universe& universe, Recompute mode) {
  const SourceSpec& source = dag.source();
  if (source.row_period.ns <= 0 || source.history_lookback.ns <= 0 ||
      source.history_lookback.ns % source.row_period.ns != 0) {
    return Error{
        ErrorCode::kInvalidConfig,
        fmt::format("DagRunner: history_lookback {} is not a positive multiple of row_period {}",
                    to_period(source.history_lookback), to_period(source.row_period))};
  }
  if (source.window_step.ns < 0 || source.window_step.ns % source.row_period.ns != 0) {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("DagRunner: window_step {} ns is not a multiple of row_period {}",
                             source.window_step.ns, to_period(source.row_period))};
  }
  if (universe.empty() || source.fields.empty()) {
    return Error{
        ErrorCode::kInvalidConfig,
        fmt::format("DagRunner: found {} assets and {} source fields, needed at least one of each",
                    universe.size(), source.fields.size())};
  }
  auto impl = std::make_unique<Impl>(std::move(dag), universe, mode);
  std::vector<std::vector<ColumnKey>> columns = {source_columns(impl->dag.source(), universe)};
  const auto& stages = impl->dag.stages();
  for (std::size_t id = 0; id < stages.size(); ++id) {
    if (id > 0) {
      std::vector<std::vector<ColumnKey>> inputs;
      for (const std::size_t input : stages[id].inputs) {
        inputs.push_back(columns[input]);
      }
      auto output = stages[id].node->output_columns(inputs);
      if (!output) {
        return Error{output.error().code,
                     fmt::format("stage '{}': {}", stages[id].nid, output.error().message)};
      }
      columns.push_back(std::move(output).value());
    }
    TIEOUT_CHECK(check_columns(stages[id].nid, columns[id]));
    impl->outputs.emplace_back(columns[id]);
  }
  return DagRunner(std::move(impl));
}

Result<std::vector<StageChange>> DagRunner::run_bar(Timestamp bar,
                                                    std::span<const Observation> changes,
                                                    Clock* stopwatch) {
  if (impl_->last_bar && bar <= *impl_->last_bar) {
    return Error{ErrorCode::kInvalidInterval,
                 fmt::format("DagRunner: bar {} does not come after the bar before, {}",
                             to_iso(bar), to_iso(*impl_->last_bar))};
  }
  std::vector<StageChange> result;
  for (std::size_t id = 0; id < impl_->outputs.size(); ++id) {
    const Timestamp begin = stopwatch != nullptr ? stopwatch->now() : Timestamp{};
    StageOutput& output = impl_->outputs[id];
    if (id == 0) {
      TIEOUT_CHECK(advance_source(impl_->dag.source(), impl_->universe, bar, changes, output));
      impl_->last_bar = bar;
    } else {
      impl_->run_stage(id);
    }
    output.change.compute_time = stopwatch != nullptr ? stopwatch->now() - begin : Duration{};
    result.push_back(output.change);
  }
  return result;
}

const Dag& DagRunner::dag() const noexcept {
  return impl_->dag;
}
const Universe& DagRunner::universe() const noexcept {
  return impl_->universe;
}
const Panel& DagRunner::output(std::size_t stage) const noexcept {
  TIEOUT_ASSERT(stage < impl_->outputs.size());
  return impl_->outputs[stage].panel();
}

}  // namespace tieout::dataflow
