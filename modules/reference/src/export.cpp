#include "tieout/reference/export.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/gzip.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"
#include "tieout/frames/file.hpp"

// The reference layout (dataflow.md 3.2 and 3.3, oms.md 4.2) from a run log. Every time is written
// in New York time, as the reference does; floats in Python's repr form; NaN is an empty cell.
namespace tieout::reference {
namespace {

using runlog::BarRecord;
using runlog::JournalEntry;
using runlog::NodeFrame;
using runlog::RunReader;
using runlog::TableKind;

constexpr Zone kZone = Zone::kNewYork;

std::string cell(double value) {
  return std::isnan(value) ? std::string() : format_double(value);
}

std::string cell(const TypedColumn& column, std::size_t row) {
  if (const auto* values = std::get_if<std::vector<double>>(&column.values)) {
    return cell((*values)[row]);
  }
  if (const auto* times = std::get_if<std::vector<Timestamp>>(&column.values)) {
    return to_local_iso((*times)[row], kZone);
  }
  return csv_field(cell_text(column, row));
}

/// Write a file that does not exist. Not flushed to the disk one by one: the tree is renamed when
/// it is whole.
Status write_new_file(const std::filesystem::path& path, std::string_view content) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) {
    return file_error("export_reference_layout", path, errno);
  }
  int error = 0;
  while (!content.empty() && error == 0) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written > 0) {
      content.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (::close(fd) != 0 && error == 0) {
    error = errno;
  }
  return error == 0 ? Status() : Status(file_error("export_reference_layout", path, error));
}

/// Writes files below one directory. A name is used once: where the clock of New York is put back,
/// an hour of bars has the names of the hour before it, and the second file gets the next free wall
/// second.
class Tree {
 public:
  explicit Tree(std::filesystem::path root) : root_(std::move(root)) {}

  Status make(const std::string& part) { return tieout::create_directories(root_ / part); }

  Status write(const std::string& name, std::string_view content) {
    return write_new_file(root_ / name, content);
  }

  /// "{stem}{bar}.{wall}", used by no file yet.
  std::string stamped(const std::string& stem, Timestamp bar, Timestamp wall) {
    std::string name;
    do {
      name =
          fmt::format("{}{}.{}", stem, to_local_ts_name(bar, kZone), to_local_ts_name(wall, kZone));
      wall = wall + seconds(1);
    } while (!used_.insert(name).second);
    return name;
  }
  std::filesystem::path path(const std::string& name) const { return root_ / name; }

 private:
  std::filesystem::path root_;
  std::set<std::string> used_;
};

/// df_out of one node, bar after bar. As CSV, lines of rows that did not change are kept: a bar
/// formats only what is new.
class NodeCsv {
 public:
  NodeCsv(const std::vector<ColumnKey>& columns, NodeFormat format)
      : window_(columns), format_(format) {
    std::string fields;
    std::string assets;
    for (const ColumnKey& key : columns) {
      fields += ',' + csv_field(key.field);
      assets += key.asset == kNoAsset ? "," : fmt::format(",{}", key.asset.value);
    }
    header_ = fields + '\n' + assets + "\nend_datetime" + std::string(columns.size(), ',') + '\n';
  }

  Status apply(const NodeFrame& frame) {
    TIEOUT_CHECK(runlog::apply_frame(frame, window_));
    if (format_ == NodeFormat::kParquet) {
      return {};
    }
    if (frame.keyframe) {
      lines_.clear();
    }
    const bool any = !window_.empty();
    lines_.erase(lines_.begin(), any ? lines_.lower_bound(window_.index().front()) : lines_.end());
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
    return {};
  }

  const Panel& window() const { return window_; }
  std::string text() const {
    std::string text = header_;
    for (const auto& [row, line] : lines_) {
      text += line;
    }
    return text;
  }

 private:
  Panel window_;
  NodeFormat format_;
  std::string header_;
  std::map<Timestamp, std::string> lines_;
};

/// The window as pandas has it: the index in New York time, one column level where no column is of
/// an asset, else two.
frames::Frame frame_of(const Panel& window) {
  frames::Frame frame;
  const auto& keys = window.columns();
  const bool two_levels =
      std::ranges::any_of(keys, [](const ColumnKey& key) { return key.asset != kNoAsset; });
  frame.level_names = two_levels ? std::vector<std::string>{"", ""} : std::vector<std::string>{""};
  frame.zone = zone_name(kZone);
  const auto index = window.index();
  frame.index =
      frames::FrameColumn{{"end_datetime"}, std::vector<Timestamp>(index.begin(), index.end()), {}};
  for (std::size_t c = 0; c < keys.size(); ++c) {
    frames::ColumnLabel label{keys[c].field};
    if (two_levels) {
      label.push_back(keys[c].asset == kNoAsset ? "" : std::to_string(keys[c].asset.value));
    }
    const auto cells = window.column(c);
    frame.columns.push_back(
        {std::move(label), std::vector<double>(cells.begin(), cells.end()), {}});
  }
  return frame;
}

/// The statistics beside a window; the reference's readers look for the shape alone.
std::string sizes_text(const Panel& window) {
  std::size_t nans = 0;
  for (std::size_t c = 0; c < window.column_count(); ++c) {
    nans += static_cast<std::size_t>(
        std::ranges::count_if(window.column(c), [](double v) { return std::isnan(v); }));
  }
  const std::string rows = window.empty()
                               ? ""
                               : fmt::format("{}, {}", to_local_iso(window.index().front(), kZone),
                                             to_local_iso(window.index().back(), kZone));
  return fmt::format("index=[{}]\nshape=({}, {})\nnum_nans={} / {}\n", rows, window.row_count(),
                     window.column_count(), nans, window.row_count() * window.column_count());
}

Status export_node(const RunReader& run, std::size_t node, const ExportOptions& options,
                   Tree& tree) {
  const std::size_t every = std::max<std::size_t>(options.every_nth_bar, 1);
  const std::string& name = run.manifest().nodes[node].name;
  NodeCsv csv(run.manifest().nodes[node].columns, options.format);
  for (std::size_t i = 0; i < run.bars().size(); ++i) {
    const BarRecord& bar = run.bars()[i];
    Timestamp wall = bar.wall;
    Result<NodeFrame> frame = run.node_frame(node, i);
    if (frame.ok()) {
      wall = frame->wall;
      TIEOUT_CHECK(csv.apply(*frame));
    } else if (frame.error().code != ErrorCode::kIncompleteEvidence) {
      return std::move(frame).error();
    }  // A bar without a frame left the window as it was.
    if (i % every != 0) {
      continue;
    }
    if (hash_panel(csv.window()) != run.window_hash(node, i)) {
      return Error{ErrorCode::kCorruptEvidence,
                   fmt::format("export_reference_layout: node '{}' rebuilt at bar {} has another "
                               "hash than was recorded",
                               name, to_iso(bar.bar))};
    }
    const std::string stem =
        tree.stamped("dag/node_io/node_io.data/" + name + ".df_out.", bar.bar, wall);
    if (options.format == NodeFormat::kParquet) {
      TIEOUT_CHECK(frames::write_parquet(frame_of(csv.window()), tree.path(stem + ".parquet")));
    } else {
      TIEOUT_CHECK(tree.write(stem + ".csv.gz", gzip(csv.text())));
    }
    TIEOUT_CHECK(tree.write(stem + ".txt", sizes_text(csv.window())));
  }
  return {};
}

std::string table_csv(const Table& table) {
  std::string text;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    text += (c > 0 ? "," : "") + csv_field(table.columns[c].name);
  }
  text += '\n';
  for (std::size_t r = 0; r < table.row_count(); ++r) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      text += (c > 0 ? "," : "") + cell(table.columns[c], r);
    }
    text += '\n';
  }
  return text;
}

/// One "Order: ..." line for each order, without a newline at the end.
Result<std::string> orders_text(const Table& orders) {
  constexpr std::array kFields{"order_id",        "creation_timestamp", "asset_id",
                               "type_",           "start_timestamp",    "end_timestamp",
                               "curr_num_shares", "diff_num_shares"};
  std::string text;
  for (std::size_t r = 0; r < orders.row_count(); ++r) {
    text += r > 0 ? "\nOrder:" : "Order:";
    for (const char* field : kFields) {
      const TypedColumn* column = orders.find(field);
      if (column == nullptr) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("export_reference_layout: the orders have no column '{}'", field)};
      }
      text += fmt::format(" {}={}", field, cell(*column, r));
    }
    text += fmt::format(" tz={} extra_params={{}}", zone_name(kZone));
  }
  return text;
}

/// One row for each column of a portfolio table: assets are the columns, the snapshot is the index.
Result<std::string> portfolio_csv(const Table& portfolio, std::string_view field,
                                  Timestamp snapshot) {
  const TypedColumn* ids = portfolio.find("asset_id");
  const TypedColumn* values = portfolio.find(field);
  const auto* assets =
      ids != nullptr ? std::get_if<std::vector<std::int64_t>>(&ids->values) : nullptr;
  if (assets == nullptr || values == nullptr) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("export_reference_layout: the portfolio has no columns 'asset_id' "
                             "(int64) and '{}'",
                             field)};
  }
  std::string header;
  std::string row = to_local_iso(snapshot, kZone);
  for (std::size_t r = 0; r < assets->size(); ++r) {
    if ((*assets)[r] != kCash.value) {
      header += fmt::format(",{}", (*assets)[r]);
      row += ',' + cell(*values, r);
    }
  }
  return header + '\n' + row + '\n';
}

std::string statistics_csv(const Table& statistics) {
  std::string header;
  std::string row;
  for (const TypedColumn& column : statistics.columns) {
    if (column.name == "snapshot_timestamp") {
      row.insert(0, cell(column, 0));
    } else {
      header += ',' + csv_field(column.name);
      row += ',' + cell(column, 0);
    }
  }
  return header + '\n' + row + '\n';
}

/// The decision instant of a bar: the books' snapshot, else the journaled decision, else the
/// commit.
Result<Timestamp> decision_time(const RunReader& run, std::size_t bar,
                                const std::optional<Table>& statistics) {
  const TypedColumn* column =
      statistics.has_value() ? statistics->find("snapshot_timestamp") : nullptr;
  if (column != nullptr && column->size() > 0) {
    if (const auto* times = std::get_if<std::vector<Timestamp>>(&column->values)) {
      return times->front();
    }
  }
  TIEOUT_TRY(const std::vector<JournalEntry> entries, run.journal(bar));
  for (const JournalEntry& entry : entries) {
    if (entry.kind == JournalEntry::Kind::kDecision) {
      return entry.time;
    }
  }
  return run.bars()[bar].wall;
}

Status export_decisions(const RunReader& run, Tree& tree) {
  bool first_books = true;
  for (std::size_t i = 0; i < run.bars().size(); ++i) {
    const Timestamp bar = run.bars()[i].bar;
    TIEOUT_TRY(const std::optional<Table> targets, run.table(TableKind::kTargetPositions, i));
    TIEOUT_TRY(const std::optional<Table> orders, run.table(TableKind::kOrders, i));
    TIEOUT_TRY(const std::optional<Table> fills, run.table(TableKind::kFills, i));
    TIEOUT_TRY(const std::optional<Table> portfolio, run.table(TableKind::kPortfolio, i));
    TIEOUT_TRY(const std::optional<Table> statistics, run.table(TableKind::kStatistics, i));
    TIEOUT_TRY(const Timestamp wall, decision_time(run, i, statistics));
    const auto write = [&](const std::string& part, std::string_view text) {
      return tree.write(tree.stamped("process_forecasts/" + part + "/", bar, wall) + ".csv", text);
    };
    if (targets.has_value() && !targets->columns.empty()) {
      TIEOUT_CHECK(write("target_positions", table_csv(*targets)));
    }
    if (orders.has_value()) {
      TIEOUT_TRY(const std::string text, orders_text(*orders));
      TIEOUT_CHECK(write("orders", text));
    }
    if (fills.has_value() && !fills->columns.empty()) {
      TIEOUT_CHECK(write("fills", table_csv(*fills)));
    }
    if (portfolio.has_value()) {
      for (const char* field : {"price", "pnl"}) {
        if (portfolio->find(field) != nullptr) {
          TIEOUT_TRY(const std::string text, portfolio_csv(*portfolio, field, wall));
          TIEOUT_CHECK(write(std::string("portfolio/") + field, text));
        }
      }
      for (const char* field : {"holdings_shares", "holdings_notional", "executed_trades_shares",
                                "executed_trades_notional"}) {
        TIEOUT_TRY(std::string text, portfolio_csv(*portfolio, field, wall));
        // The reference has no trades to value at its first bar and writes an empty frame.
        if (first_books && std::string_view(field) == "executed_trades_notional") {
          text = "\"\"\n";
        }
        TIEOUT_CHECK(write(std::string("portfolio/") + field, text));
      }
      first_books = false;
    }
    if (statistics.has_value() && statistics->row_count() > 0) {
      TIEOUT_CHECK(write("portfolio/statistics", statistics_csv(*statistics)));
    }
  }
  return {};
}

Status export_into(const RunReader& run, const std::filesystem::path& dir,
                   const ExportOptions& options) {
  Tree tree(dir);
  for (const char* part :
       {"dag/node_io/node_io.data", "tieout", "process_forecasts/target_positions",
        "process_forecasts/orders", "process_forecasts/fills", "process_forecasts/portfolio/price",
        "process_forecasts/portfolio/pnl", "process_forecasts/portfolio/holdings_shares",
        "process_forecasts/portfolio/holdings_notional",
        "process_forecasts/portfolio/executed_trades_shares",
        "process_forecasts/portfolio/executed_trades_notional",
        "process_forecasts/portfolio/statistics"}) {
    TIEOUT_CHECK(tree.make(part));
  }
  TIEOUT_CHECK(tree.write("config_version.txt", "v3"));
  TIEOUT_CHECK(tree.write("system_config.output.txt", run.config_text()));
  TIEOUT_CHECK(tree.write("tieout/manifest.json", runlog::to_json(run.manifest())));
  TIEOUT_CHECK(tree.write("tieout/config.json", run.config_json()));
  TIEOUT_CHECK(export_decisions(run, tree));
  if (options.nodes) {
    for (std::size_t node = 0; node < run.manifest().nodes.size(); ++node) {
      TIEOUT_CHECK(export_node(run, node, options, tree));
    }
  }
  return {};
}

}  // namespace

Status export_reference_layout(const RunReader& run, const std::filesystem::path& dst,
                               const ExportOptions& options) {
  std::error_code code;
  if (std::filesystem::exists(dst, code) &&
      (!std::filesystem::is_directory(dst, code) || !std::filesystem::is_empty(dst, code))) {
    return Error{ErrorCode::kPathExists,
                 fmt::format("export_reference_layout: '{}' exists and is not an empty directory",
                             dst.string())};
  }
  // Made beside the target and renamed: there is a whole export or none.
  const std::filesystem::path whole = std::filesystem::path(dst) / "";
  const std::filesystem::path target = whole.parent_path();
  const std::filesystem::path partial =
      target.parent_path() / ("." + target.filename().string() + ".partial");
  std::filesystem::remove_all(partial, code);
  TIEOUT_CHECK(tieout::create_directories(partial));
  Status exported = export_into(run, partial, options);
  if (exported.ok()) {
    std::filesystem::rename(partial, target, code);
    if (code) {
      exported = file_error("export_reference_layout", dst, code.value());
    }
  }
  if (!exported.ok()) {
    std::filesystem::remove_all(partial, code);
  }
  return exported;
}

}  // namespace tieout::reference
