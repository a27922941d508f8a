#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/gzip.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"
#include "tieout/frames/file.hpp"

#include "export_parts.hpp"

// dag/node_io (dataflow.md 3.2 and 3.3): the window of each node at each bar, its sizes, and how
// long it took. In CSV floats have Python's repr form and NaN is an empty cell.
namespace tieout::reference {
namespace {

using runlog::NodeFrame;
using runlog::NodeInfo;
using runlog::RunReader;
using runlog::TableKind;

constexpr Zone kZone = Zone::kNewYork;
constexpr const char* kData = "dag/node_io/node_io.data/";
constexpr const char* kProfiles = "dag/node_io/node_io.prof/";

std::string cell(double value) {
  return std::isnan(value) ? std::string() : format_double(value);
}

/// df_out of one node, bar after bar. Lines of rows that did not change are kept: a bar formats
/// only what is new.
class NodeCsv {
 public:
  explicit NodeCsv(const std::vector<ColumnKey>& columns) {
    std::string fields;
    std::string assets;
    for (const ColumnKey& key : columns) {
      fields += ',' + csv_field(key.field);
      assets += key.asset == kNoAsset ? "," : fmt::format(",{}", key.asset.value);
    }
    header_ = fields + '\n' + assets + "\nend_datetime" + std::string(columns.size(), ',') + '\n';
  }

  /// `window` is the window with the frame applied.
  void apply(const NodeFrame& frame, const Panel& window) {
    if (frame.keyframe) {
      lines_.clear();
    }
    lines_.erase(lines_.begin(),
                 window.empty() ? lines_.end() : lines_.lower_bound(window.index().front()));
    const Panel& changed = frame.changed;
    for (std::size_t r = 0; r < changed.row_count(); ++r) {
      std::string line = to_local_iso(changed.index()[r], kZone);
      for (std::size_t c = 0; c < changed.column_count(); ++c) {
        line += ',';
        line += cell(changed.at(r, c));
      }
      line += '\n';
      lines_[changed.index()[r]] = std::move(line);
    }
  }

  std::string text() const {
    std::string text = header_;
    for (const auto& [row, line] : lines_) {
      text += line;
    }
    return text;
  }

 private:
  std::string header_;
  std::map<Timestamp, std::string> lines_;
};

/// The window as pandas has it: one column level where no column is of an asset, else two, with ids
/// as integers where all columns have one.
class NodeParquet {
 public:
  explicit NodeParquet(const std::vector<ColumnKey>& columns) {
    const bool two_levels =
        std::ranges::any_of(columns, [](const ColumnKey& key) { return key.asset != kNoAsset; });
    frame_.level_names.assign(two_levels ? 2 : 1, "");
    frame_.zone = zone_name(kZone);
    frame_.index = frames::FrameColumn{{"end_datetime"}, std::vector<Timestamp>(), {}};
    for (const ColumnKey& key : columns) {
      frames::ColumnLabel label{key.field};
      if (two_levels) {
        label.push_back(key.asset == kNoAsset ? "" : fmt::format("{}", key.asset.value));
      }
      frame_.columns.push_back({std::move(label), std::vector<double>(), {}});
    }
  }

  Result<std::string> bytes(const Panel& window) {
    const auto index = window.index();
    std::get<std::vector<Timestamp>>(frame_.index->values).assign(index.begin(), index.end());
    for (std::size_t c = 0; c < window.column_count(); ++c) {
      const auto cells = window.column(c);
      std::get<std::vector<double>>(frame_.columns[c].values).assign(cells.begin(), cells.end());
    }
    return frames::to_parquet(frame_);
  }

 private:
  frames::Frame frame_;
};

/// The label as Python prints a tuple of a text and an integer.
std::string python_label(const ColumnKey& key) {
  const char quote =
      key.field.find('\'') != std::string::npos && key.field.find('"') == std::string::npos ? '"'
                                                                                            : '\'';
  std::string field;
  for (const char c : key.field) {
    if (c == '\n' || c == '\r' || c == '\t') {
      field += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
      continue;
    }
    field += c == quote || c == '\\' ? "\\" : "";
    field += c;
  }
  return fmt::format("({}{}{}, {})", quote, field, quote,
                     key.asset == kNoAsset ? "''" : fmt::format("{}", key.asset.value));
}

std::string labels_text(const std::vector<ColumnKey>& columns) {
  std::string text;
  for (const ColumnKey& key : columns) {
    text += (text.empty() ? "" : ",") + python_label(key);
  }
  return text;
}

std::string share(std::string_view name, std::size_t count, std::size_t of) {
  const double percent = of == 0 ? 0 : 100.0 * static_cast<double>(count) / static_cast<double>(of);
  return fmt::format("{}={} / {} = {:.2f}%", name, count, of, percent);
}

/// The statistics beside a window. Only shape= is read by a program. Zeros do not count NaN, and
/// rows and columns count when they hold a NaN, where the reference's own counts are wrong.
std::string sizes_text(const Panel& window, const std::string& labels) {
  const std::size_t rows = window.row_count();
  const std::size_t columns = window.column_count();
  std::size_t nans = 0;
  std::size_t zeros = 0;
  std::size_t nan_columns = 0;
  std::vector<std::uint8_t> row_has_nan(rows, 0);
  for (std::size_t c = 0; c < columns; ++c) {
    const auto cells = window.column(c);
    const std::size_t before = nans;
    for (std::size_t r = 0; r < rows; ++r) {
      const bool is_nan = std::isnan(cells[r]);
      nans += is_nan ? 1U : 0U;
      zeros += cells[r] == 0 ? 1U : 0U;
      row_has_nan[r] = static_cast<std::uint8_t>(row_has_nan[r] | (is_nan ? 1U : 0U));
    }
    nan_columns += nans != before ? 1U : 0U;
  }
  const auto nan_rows = static_cast<std::size_t>(std::ranges::count(row_has_nan, 1));
  const std::string index = window.empty()
                                ? ""
                                : fmt::format("{}, {}", to_local_iso(window.index().front(), kZone),
                                              to_local_iso(window.index().back(), kZone));
  return fmt::format(
      "index=[{}]\ncolumns={}\nshape=({}, {})\n{}\n{}\n{}\n{}\n", index, labels, rows, columns,
      share("num_nans", nans, rows * columns), share("num_zeros", zeros, rows * columns),
      share("num_nan_rows", nan_rows, rows), share("num_nan_cols", nan_columns, columns));
}

/// One node, bar after bar.
class NodeExport {
 public:
  NodeExport(const RunReader& run, std::size_t node, const ExportOptions& options, ExportTree& tree)
      : run_(run),
        node_(node),
        info_(run.manifest().nodes[node]),
        options_(options),
        tree_(tree),
        window_(info_.columns),
        csv_(info_.columns),
        parquet_(info_.columns),
        labels_(labels_text(info_.columns)) {}

  Status run() {
    for (std::size_t bar = 0; bar < run_.bars().size(); ++bar) {
      TIEOUT_TRY(const Timestamp wall, advance(bar));
      if (bar % options_.every_nth_bar == 0) {
        TIEOUT_CHECK(write(bar, wall));
      }
    }
    return {};
  }

 private:
  bool has_csv() const { return options_.format != NodeFormat::kParquet; }
  bool has_parquet() const { return options_.format != NodeFormat::kCsv; }

  /// Bring the window to the bar; when it was computed. A bar without a frame leaves it as it was.
  Result<Timestamp> advance(std::size_t bar) {
    const Result<NodeFrame> frame = run_.node_frame(node_, bar);
    if (!frame.ok()) {
      if (frame.error().code != ErrorCode::kIncompleteEvidence) {
        return frame.error();
      }
      return run_.bars()[bar].wall;
    }
    TIEOUT_CHECK(apply_frame(*frame, window_));
    if (has_csv()) {
      csv_.apply(*frame, window_);
    }
    return frame->wall;
  }

  Status write(std::size_t bar, Timestamp wall) {
    const Timestamp time = run_.bars()[bar].bar;
    if (hash_panel(window_) != run_.window_hash(node_, bar)) {
      return Error{ErrorCode::kCorruptEvidence,
                   fmt::format("export_reference_layout: node '{}' rebuilt at bar {} has another "
                               "hash than was recorded",
                               info_.name, to_iso(time))};
    }
    const std::string name = tree_.stamped(kData + info_.name + ".df_out.", time, wall);
    if (has_csv()) {
      TIEOUT_CHECK(tree_.write(name + ".csv.gz", gzip(csv_.text())));
    }
    if (has_parquet()) {
      TIEOUT_TRY(const std::string bytes, parquet_.bytes(window_));
      TIEOUT_CHECK(tree_.write(name + ".parquet", bytes));
    }
    return tree_.write(name + ".txt", sizes_text(window_, labels_));
  }

  const RunReader& run_;
  std::size_t node_;
  const NodeInfo& info_;
  const ExportOptions& options_;
  ExportTree& tree_;
  Panel window_;
  NodeCsv csv_;
  NodeParquet parquet_;
  std::string labels_;
};

/// Milliseconds of each part of a bar that was timed, by name.
Result<std::map<std::string, double>> timings_of(const RunReader& run, std::size_t bar) {
  TIEOUT_TRY(const std::optional<Table> table, run.table(TableKind::kTimings, bar));
  std::map<std::string, double> out;
  const TypedColumn* names = table ? table->find("node") : nullptr;
  const TypedColumn* times = table ? table->find("compute_ms") : nullptr;
  const auto* texts =
      names != nullptr ? std::get_if<std::vector<std::string>>(&names->values) : nullptr;
  const auto* numbers =
      times != nullptr ? std::get_if<std::vector<double>>(&times->values) : nullptr;
  if (texts == nullptr || numbers == nullptr) {
    return out;  // timings are no evidence: a run may have none
  }
  for (std::size_t r = 0; r < texts->size(); ++r) {
    out.emplace((*texts)[r], (*numbers)[r]);
  }
  return out;
}

/// The profiles of one node at one bar. Our engine times the computation, and logs after all nodes
/// are done: "run_node" is the same time. It does not sample the memory.
Status write_profile(const std::string& node, Timestamp bar, Timestamp done, double milliseconds,
                     ExportTree& tree) {
  constexpr const char* kMemory = "memory=not recorded";
  const std::string stamp = to_local_ts_name(bar, kZone);
  const std::string after = fmt::format("{}{}.after_execution.{}.txt", kProfiles, node, stamp);
  if (!tree.claim(after)) {
    return {};  // the repeated hour: these names have no wall stamp, the first pass has them
  }
  const double seconds = milliseconds / 1e3;
  const Timestamp begun = done - nanoseconds(std::llround(milliseconds * 1e6));
  TIEOUT_CHECK(
      tree.write(fmt::format("{}{}.before_execution.{}.txt", kProfiles, node, stamp),
                 fmt::format("timestamp={}\n{}\n", to_local_ts_name(begun, Zone::kUtc), kMemory)));
  return tree.write(
      after,
      fmt::format("timestamp={}\n{}\nnode_execution done ({:.9f} s)\nrun_node done ({:.9f} s)\n",
                  to_local_ts_name(done, Zone::kUtc), kMemory, seconds, seconds));
}

Status export_profiles(const RunReader& run, const ExportOptions& options, ExportTree& tree) {
  for (std::size_t bar = 0; bar < run.bars().size(); bar += options.every_nth_bar) {
    TIEOUT_TRY(const auto milliseconds, timings_of(run, bar));
    for (std::size_t node = 0; node < run.manifest().nodes.size(); ++node) {
      const std::string& name = run.manifest().nodes[node].name;
      const auto found = milliseconds.find(name);
      if (found != milliseconds.end() && std::isfinite(found->second)) {
        const Result<Timestamp> wall = run.node_wall(node, bar);
        TIEOUT_CHECK(write_profile(name, run.bars()[bar].bar,
                                   wall.ok() ? *wall : run.bars()[bar].wall, found->second, tree));
      }
    }
  }
  return {};
}

}  // namespace

Status export_nodes(const RunReader& run, const ExportOptions& options, ExportTree& tree) {
  TIEOUT_CHECK(tree.make(kData));
  TIEOUT_CHECK(tree.make(kProfiles));
  if (!options.nodes) {
    return {};
  }
  for (std::size_t node = 0; node < run.manifest().nodes.size(); ++node) {
    TIEOUT_CHECK(NodeExport(run, node, options, tree).run());
  }
  return export_profiles(run, options, tree);
}

}  // namespace tieout::reference
