#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tieout/config/config.hpp"
#include "tieout/core/assert.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/reference/log_reader.hpp"
#include "tieout/runlog/reader.hpp"

#include "child_log.hpp"
#include "config_import.hpp"
#include "decision_tables.hpp"
#include "log_index.hpp"
#include "window_store.hpp"

namespace tieout::reference {
namespace {

using runlog::BarRecord;
using runlog::JournalEntry;
using runlog::Manifest;
using runlog::NodeFrame;
using runlog::NodeInfo;
using runlog::TableKind;

/// The number after `before` in a text, up to `end`.
std::optional<double> number_after(std::string_view text, std::string_view before,
                                   std::string_view end) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  text.remove_prefix(at + before.size());
  return parse_double(text.substr(0, text.find(end)));
}

class LogSource final : public runlog::RunSource {
 public:
  LogSource(std::unique_ptr<LogIndex> log, std::shared_ptr<StringPool> strings)
      : log_(std::move(log)), strings_(std::move(strings)) {}

  /// Find the bars, read the config and the schemas of the nodes.
  Status prepare();

  const std::filesystem::path& directory() const noexcept override { return log_->places.root; }
  const Manifest& manifest() const noexcept override { return manifest_; }
  const std::string& config_json() const noexcept override { return config_json_; }
  const std::string& config_text() const noexcept override { return config_text_; }
  bool sealed() const noexcept override { return true; }
  std::span<const std::string> notes() const noexcept override { return notes_; }
  std::span<const BarRecord> bars() const noexcept override { return bars_; }

  bool has_window(std::size_t topological_id, std::size_t bar_index) const noexcept override {
    TIEOUT_ASSERT(topological_id < manifest_.nodes.size() && bar_index < bars_.size());
    return windows_->has_file(topological_id, bar_index);
  }
  Hash128 window_hash(std::size_t topological_id, std::size_t bar_index) const noexcept override {
    TIEOUT_ASSERT(topological_id < manifest_.nodes.size() && bar_index < bars_.size());
    return windows_->file_hash(topological_id, bar_index);
  }
  bool hashes_are_of_content() const noexcept override { return false; }
  Hash128 table_hash(TableKind kind, std::size_t bar_index) const noexcept override {
    return facts_of(kind, bar_index).hash;
  }
  std::uint64_t window_cells(std::size_t topological_id,
                             std::size_t bar_index) const noexcept override {
    TIEOUT_ASSERT(topological_id < manifest_.nodes.size() && bar_index < bars_.size());
    return windows_->cells(topological_id, bar_index);
  }
  std::uint64_t table_cells(TableKind kind, std::size_t bar_index) const noexcept override {
    return facts_of(kind, bar_index).cells;
  }

  Result<NodeFrame> node_frame(std::size_t topological_id, std::size_t bar_index) const override {
    TIEOUT_ASSERT(topological_id < manifest_.nodes.size() && bar_index < bars_.size());
    return windows_->frame(topological_id, bar_index);
  }
  Result<Panel> node_output(std::size_t topological_id, std::size_t bar_index) const override {
    TIEOUT_ASSERT(topological_id < manifest_.nodes.size() && bar_index < bars_.size());
    return windows_->window(topological_id, bar_index);
  }
  Result<std::optional<Table>> table(TableKind kind, std::size_t bar_index) const override;
  Result<std::vector<JournalEntry>> journal(std::size_t) const override {
    return std::vector<JournalEntry>();
  }
  bool has_journal() const noexcept override { return false; }
  const StringPool* strings() const noexcept override {
    return has_strings_ ? strings_.get() : nullptr;
  }

 private:
  /// Of a table that was read once.
  struct TableFacts {
    Hash128 hash;
    std::uint64_t cells = 0;
  };

  std::vector<Timestamp> find_bars() const;
  void add_bars(const std::vector<Timestamp>& bars);
  void add_nodes();
  void add_identity(const config::Config& config);
  void add_our_identity();
  void note_what_is_missing();
  const TableFacts& facts_of(TableKind kind, std::size_t bar_index) const;
  const BarFile* file_of(DecisionKind kind, std::size_t bar_index) const;
  /// Text of the file of that kind and bar; nothing when there is none.
  Result<std::optional<std::string>> text_of(DecisionKind kind, std::size_t bar_index) const;
  template <typename Parse>
  Result<std::optional<Table>> parsed(DecisionKind kind, std::size_t bar_index, Parse parse) const;
  Result<std::optional<Table>> portfolio(std::size_t bar_index) const;
  Result<std::optional<Table>> timings(std::size_t bar_index) const;
  Result<std::optional<Table>> child_orders(std::size_t bar_index) const;

  // On the heap: windows_ points at it.
  std::unique_ptr<LogIndex> log_;
  std::shared_ptr<StringPool> strings_;  // shared with the source that this one is compared with
  std::unique_ptr<WindowStore> windows_;
  Manifest manifest_;
  std::string config_json_, config_text_;
  std::vector<std::string> notes_;
  std::vector<BarRecord> bars_;
  std::array<std::map<Timestamp, const BarFile*>, kDecisionKinds> decisions_;
  bool has_strings_ = false;
  ChildIndex children_;
  mutable std::optional<Result<std::vector<Table>>> child_tables_;  // read when first asked for
  mutable std::array<std::vector<std::optional<TableFacts>>, runlog::kTableKinds.size()> facts_;
};

std::vector<Timestamp> LogSource::find_bars() const {
  std::set<Timestamp> bars;
  for (const NodeFiles& node : log_->nodes) {
    for (const BarFile& file : node.bars) {
      bars.insert(file.bar);
    }
  }
  for (const auto& files : log_->decisions) {
    for (const BarFile& file : files) {
      bars.insert(file.bar);
    }
  }
  return {bars.begin(), bars.end()};
}

void LogSource::add_bars(const std::vector<Timestamp>& bars) {
  std::map<Timestamp, Timestamp> walls;  // the latest stamp of a bar
  const auto add = [&](const BarFile& file) {
    Timestamp& wall = walls[file.bar];
    wall = std::max(wall, file.wall.value_or(file.bar));
  };
  for (const NodeFiles& node : log_->nodes) {
    std::ranges::for_each(node.bars, add);
  }
  for (std::size_t kind = 0; kind < kDecisionKinds; ++kind) {
    std::ranges::for_each(log_->decisions[kind], add);
    for (const BarFile& file : log_->decisions[kind]) {
      decisions_[kind][file.bar] = &file;
    }
  }
  for (const Timestamp bar : bars) {
    bars_.push_back({bar, walls[bar], runlog::BarOutcome::kOk, {}});
  }
  for (auto& facts : facts_) {
    facts.resize(bars_.size());
  }
}

void LogSource::add_nodes() {
  std::set<AssetId> assets;
  for (std::size_t n = 0; n < log_->nodes.size(); ++n) {
    const NodeFiles& files = log_->nodes[n];
    const NodeSchema& schema = windows_->schema(n);
    NodeInfo info;
    info.name = files.name;
    info.nid = files.nid;
    info.kind = n == 0 ? "source" : files.nid;
    info.topological_id = n;
    info.columns = schema.columns;
    // The log holds no edges: each node is taken to read the one before it (of its method).
    for (std::size_t before = n; before > 0 && info.inputs.empty(); --before) {
      if (log_->nodes[before - 1].method == files.method) {
        info.inputs.push_back(before - 1);
      }
    }
    if (!schema.all_float()) {
      info.types = schema.types;
    }
    has_strings_ =
        has_strings_ || std::ranges::find(schema.types, ColumnType::kString) != schema.types.end();
    for (const ColumnKey& column : schema.columns) {
      if (column.asset != kNoAsset) {
        assets.insert(column.asset);
      }
    }
    manifest_.nodes.push_back(std::move(info));
  }
  for (const AssetId asset : assets) {
    manifest_.universe.push_back({asset, std::to_string(asset.value)});
  }
}

void LogSource::add_identity(const config::Config& config) {
  const auto text = [&](const config::Path& path) {
    const config::Value* value = config.find(path);
    const auto* found = value != nullptr ? value->get_if<std::string>() : nullptr;
    return found != nullptr ? *found : std::string();
  };
  const auto number = [&](const config::Path& path) {
    const config::Value* value = config.find(path);
    const auto* found = value != nullptr ? value->get_if<std::int64_t>() : nullptr;
    return found != nullptr ? *found : 0;
  };
  manifest_.constructor = text({"dag_builder_class"});
  manifest_.run_mode = text({"run_mode"});
  const std::string name = log_->places.root.filename().string();
  if (const std::size_t dot = name.find('.'); dot != std::string::npos) {
    const std::string_view rest = std::string_view(name).substr(dot + 1);
    manifest_.mode = rest.substr(0, rest.find('.'));
  }
  std::int64_t bar_seconds = number({"dag_runner_config", "bar_duration_in_secs"});
  if (bar_seconds == 0) {
    bar_seconds = number({"bar_duration_in_seconds"});
  }
  constexpr std::int64_t kLongestBar = 366 * 86'400;
  if (bar_seconds > 0 && bar_seconds <= kLongestBar) {
    manifest_.bar = seconds(bar_seconds);
  } else {
    for (std::size_t b = 1; b < bars_.size(); ++b) {
      const Duration gap = bars_[b].bar - bars_[b - 1].bar;
      manifest_.bar = b == 1 ? gap : std::min(manifest_.bar, gap);
    }
  }
  const config::Value* lookback = config.find({"market_data_config", "history_lookback"});
  if (lookback != nullptr && lookback->get_if<Duration>() != nullptr) {
    manifest_.history_lookback = *lookback->get_if<Duration>();
  }
  manifest_.start = bars_.front().bar;
  manifest_.end = bars_.back().bar;
  manifest_.bar_count = bars_.size();
  manifest_.config_hash = to_hex(config.content_hash());
  // The log does not say how the run ended: it counts as complete unless its last bar is torn.
  manifest_.outcome = runlog::RunOutcome::kComplete;
}

/// What an export of ours says beside the layout (export_reference_layout): edges, universe,
/// config.
void LogSource::add_our_identity() {
  const std::filesystem::path dir = log_->places.root / "tieout";
  const auto text = read_file(dir / "manifest.json");
  if (!text.ok()) {
    return;
  }
  Result<Manifest> ours = runlog::manifest_from_json(*text);
  const bool same_nodes = ours.ok() && (manifest_.nodes.empty() ||
                                        std::ranges::equal(ours->nodes, manifest_.nodes, {},
                                                           &NodeInfo::name, &NodeInfo::name));
  if (!same_nodes) {
    notes_.push_back(
        fmt::format("'{}' is not read: {}", (dir / "manifest.json").string(),
                    ours.ok() ? "its nodes are not those of the log" : ours.error().message));
    return;
  }
  for (std::size_t n = 0; n < manifest_.nodes.size(); ++n) {
    manifest_.nodes[n].inputs = ours->nodes[n].inputs;
    manifest_.nodes[n].kind = ours->nodes[n].kind;
    manifest_.nodes[n].lookback_rows = ours->nodes[n].lookback_rows;
    manifest_.nodes[n].whole_window = ours->nodes[n].whole_window;
  }
  ours->nodes = std::move(manifest_.nodes);
  ours->bar_count = bars_.size();
  ours->content_hash.clear();
  ours->root_hash.clear();
  manifest_ = std::move(*ours);
  if (auto config = read_file(dir / "config.json"); config.ok() && !config->empty()) {
    config_json_ = std::move(*config);
  }
}

void LogSource::note_what_is_missing() {
  for (std::size_t n = 0; n < manifest_.nodes.size(); ++n) {
    std::size_t missing = 0;
    std::optional<std::size_t> first;
    for (std::size_t b = 0; b < bars_.size(); ++b) {
      if (!windows_->has_file(n, b)) {
        ++missing;
        first = first ? first : b;
      }
    }
    if (missing > 0) {
      notes_.push_back(fmt::format("{} has no file at {} of {} bars, the first {}",
                                   manifest_.nodes[n].name, missing, bars_.size(),
                                   to_iso(bars_[*first].bar)));
      if (!windows_->has_file(n, bars_.size() - 1)) {
        manifest_.outcome = runlog::RunOutcome::kInterrupted;
      }
    }
  }
  if (log_->places.decisions.empty()) {
    return;
  }
  for (const DecisionKind kind :
       {DecisionKind::kTargetPositions, DecisionKind::kOrders, DecisionKind::kHoldingsShares,
        DecisionKind::kHoldingsNotional, DecisionKind::kTradesShares, DecisionKind::kTradesNotional,
        DecisionKind::kStatistics}) {
    const auto& files = decisions_[static_cast<std::size_t>(kind)];
    if (files.size() < bars_.size()) {
      notes_.push_back(files.empty()
                           ? fmt::format("there is no process_forecasts/{}", directory_of(kind))
                           : fmt::format("process_forecasts/{} has no file at {} of {} bars",
                                         directory_of(kind), bars_.size() - files.size(),
                                         bars_.size()));
    }
  }
}

Status LogSource::prepare() {
  const std::vector<Timestamp> bars = find_bars();
  windows_ = std::make_unique<WindowStore>(*log_, bars, strings_);
  add_bars(bars);
  TIEOUT_CHECK(windows_->read_schemas());
  add_nodes();
  ImportedConfig imported = import_config(log_->places.config);
  if (!imported.source.empty()) {
    config_json_ = imported.config.to_json();
    config_text_ = imported.text.empty() ? imported.config.to_text() : std::move(imported.text);
  }
  TIEOUT_TRY(children_, index_children(log_->places.decisions));
  notes_ = std::move(log_->notes);
  if (const std::size_t late = count_after_last(children_, bars_.back().bar); late > 0) {
    notes_.push_back(
        fmt::format("{} child orders are of the last bar: no bar tells what became of them", late));
  }
  notes_.insert(notes_.end(), imported.notes.begin(), imported.notes.end());
  add_identity(imported.config);
  add_our_identity();
  std::erase(manifest_.more_tables, TableKind::kChildOrders);
  if (!children_.empty()) {
    manifest_.more_tables.insert(manifest_.more_tables.begin(), TableKind::kChildOrders);
  }
  note_what_is_missing();
  return {};
}

const LogSource::TableFacts& LogSource::facts_of(TableKind kind, std::size_t bar_index) const {
  TIEOUT_ASSERT(bar_index < bars_.size());
  auto& facts = facts_[static_cast<std::size_t>(kind)][bar_index];
  if (!facts) {
    const auto read = table(kind, bar_index);
    if (read.ok()) {
      const Table found = read->value_or(Table{});
      facts = TableFacts{hash_table(found), found.row_count() * found.columns.size()};
    } else {
      // Equal to no other, so that the table is asked for and says what is wrong with it.
      facts = TableFacts{
          hash_text(fmt::format("{} {}", directory().string(), read.error().message)), 0};
    }
  }
  return *facts;
}

const BarFile* LogSource::file_of(DecisionKind kind, std::size_t bar_index) const {
  const auto& files = decisions_[static_cast<std::size_t>(kind)];
  const auto found = files.find(bars_[bar_index].bar);
  return found == files.end() ? nullptr : found->second;
}

Result<std::optional<std::string>> LogSource::text_of(DecisionKind kind,
                                                      std::size_t bar_index) const {
  const BarFile* file = file_of(kind, bar_index);
  if (file == nullptr) {
    return std::optional<std::string>();
  }
  auto text = read_file(log_->directories[static_cast<std::size_t>(kind)] / file->name);
  if (!text.ok()) {
    return std::move(text).error();
  }
  return std::optional<std::string>(std::move(*text));
}

/// The error of a table file, with the file.
Error corrupt_table(const std::filesystem::path& file, const Error& error) {
  return {ErrorCode::kCorruptEvidence,
          fmt::format("open_log: '{}': {}", file.string(), error.message)};
}

template <typename Parse>
Result<std::optional<Table>> LogSource::parsed(DecisionKind kind, std::size_t bar_index,
                                               Parse parse) const {
  TIEOUT_TRY(const std::optional<std::string> text, text_of(kind, bar_index));
  if (!text) {
    return std::optional<Table>();
  }
  Result<Table> table = parse(*text);
  if (!table.ok()) {
    return corrupt_table(
        log_->directories[static_cast<std::size_t>(kind)] / file_of(kind, bar_index)->name,
        table.error());
  }
  return std::optional<Table>(std::move(*table));
}

/// Our portfolio table from the files of one row each: assets are the rows, files the columns.
Result<std::optional<Table>> LogSource::portfolio(std::size_t bar_index) const {
  constexpr std::array<std::pair<DecisionKind, std::string_view>, 9> kColumns{
      {{DecisionKind::kHoldingsShares, "holdings_shares"},
       {DecisionKind::kPrice, "price"},
       {DecisionKind::kHoldingsNotional, "holdings_notional"},
       {DecisionKind::kTradesShares, "executed_trades_shares"},
       {DecisionKind::kTradesNotional, "executed_trades_notional"},
       {DecisionKind::kPnl, "pnl"},
       {DecisionKind::kFees, "fees"},
       {DecisionKind::kFunding, "funding"},
       {DecisionKind::kNetPnl, "net_pnl"}}};
  std::set<std::int64_t> assets;
  std::vector<std::pair<std::string_view, std::map<std::int64_t, double>>> columns;
  for (const auto& [kind, name] : kColumns) {
    TIEOUT_TRY(const std::optional<std::string> text, text_of(kind, bar_index));
    if (!text) {
      continue;
    }
    Result<PortfolioRow> row = parse_portfolio_row(*text);
    if (!row.ok()) {
      return corrupt_table(
          log_->directories[static_cast<std::size_t>(kind)] / file_of(kind, bar_index)->name,
          row.error());
    }
    std::map<std::int64_t, double> values;
    for (std::size_t a = 0; a < row->assets.size(); ++a) {
      assets.insert(row->assets[a]);
      if (row->snapshot) {
        values[row->assets[a]] = row->values[a];
      }
    }
    columns.emplace_back(name, std::move(values));
  }
  if (columns.empty()) {
    return std::optional<Table>();
  }
  Table table;
  table.key_count = 1;
  table.columns.push_back({"asset_id", std::vector<std::int64_t>(assets.begin(), assets.end())});
  for (const auto& [name, values] : columns) {
    std::vector<double> cells;
    for (const std::int64_t asset : assets) {
      const auto found = values.find(asset);
      cells.push_back(found != values.end() ? found->second
                                            : std::numeric_limits<double>::quiet_NaN());
    }
    table.columns.push_back({std::string(name), std::move(cells)});
  }
  return std::optional<Table>(std::move(table));
}

/// What each node cost at a bar: seconds of run_node, memory after it, size of its output.
Result<std::optional<Table>> LogSource::timings(std::size_t bar_index) const {
  std::vector<std::string> names;
  std::array<std::vector<double>, 4> cells;
  const Timestamp bar = bars_[bar_index].bar;
  for (const NodeFiles& node : log_->nodes) {
    std::array<double, 4> row{kNaN, kNaN, kNaN, kNaN};
    if (const auto profile = log_->profiles.find({node.name, bar});
        profile != log_->profiles.end()) {
      TIEOUT_TRY(const std::string text, read_file(log_->places.profiles / profile->second));
      row[0] = number_after(text, "run_node done (", " s)").value_or(kNaN);
      row[1] = number_after(text, "memory=rss=", "GB").value_or(kNaN);
    }
    const auto file = std::ranges::lower_bound(node.bars, bar, {}, &BarFile::bar);
    if (file != node.bars.end() && file->bar == bar && !file->sizes.empty()) {
      TIEOUT_TRY(const std::string text, read_file(log_->places.node_data / file->sizes));
      const std::string_view shape =
          std::string_view(text).substr(std::min(text.find("shape=("), text.size()));
      row[2] = number_after(shape, "shape=(", ",").value_or(kNaN);
      row[3] = number_after(shape, ", ", ")").value_or(kNaN);
    }
    if (std::ranges::any_of(row, [](double v) { return v == v; })) {
      names.push_back(node.name);
      for (std::size_t c = 0; c < row.size(); ++c) {
        cells[c].push_back(row[c]);
      }
    }
  }
  if (names.empty()) {
    return std::optional<Table>();
  }
  Table table;
  table.key_count = 1;
  table.columns = {{"node", std::move(names)},
                   {"run_node_seconds", std::move(cells[0])},
                   {"rss_gb", std::move(cells[1])},
                   {"rows", std::move(cells[2])},
                   {"columns", std::move(cells[3])}};
  return std::optional<Table>(std::move(table));
}

/// All child orders are read at once: what the venue says of them lies in files by wave, not by
/// bar.
Result<std::optional<Table>> LogSource::child_orders(std::size_t bar_index) const {
  if (children_.empty()) {
    return std::optional<Table>();
  }
  if (!child_tables_) {
    std::vector<Timestamp> bars;
    for (const BarRecord& bar : bars_) {
      bars.push_back(bar.bar);
    }
    child_tables_ = read_children(children_, bars);
  }
  if (!child_tables_->ok()) {
    return child_tables_->error();
  }
  return std::optional<Table>((**child_tables_)[bar_index]);
}

Result<std::optional<Table>> LogSource::table(TableKind kind, std::size_t bar_index) const {
  TIEOUT_ASSERT(bar_index < bars_.size());
  switch (kind) {
    case TableKind::kTargetPositions:
      return parsed(DecisionKind::kTargetPositions, bar_index, parse_target_positions);
    case TableKind::kOrders:
      return parsed(DecisionKind::kOrders, bar_index, parse_orders);
    case TableKind::kChildOrders:
      return child_orders(bar_index);
    case TableKind::kOrderEvents:
      return std::optional<Table>();
    case TableKind::kFills:
      return parsed(DecisionKind::kFills, bar_index, parse_fills);
    case TableKind::kPortfolio:
      return portfolio(bar_index);
    case TableKind::kStatistics:
      return parsed(DecisionKind::kStatistics, bar_index, parse_statistics);
    case TableKind::kTimings:
      return timings(bar_index);
  }
  return std::optional<Table>();
}

}  // namespace

Result<std::unique_ptr<runlog::RunSource>> open_log(const std::filesystem::path& dir,
                                                    std::shared_ptr<StringPool> strings) {
  TIEOUT_ASSERT(strings != nullptr);
  TIEOUT_TRY(LogIndex index, index_log(dir));
  auto source =
      std::make_unique<LogSource>(std::make_unique<LogIndex>(std::move(index)), std::move(strings));
  TIEOUT_CHECK(source->prepare());
  return std::unique_ptr<runlog::RunSource>(std::move(source));
}

}  // namespace tieout::reference
