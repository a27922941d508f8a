#include "tieout/flow/trading_run_summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "tieout/flow/run_discovery.hpp"
#include "tieout/flow/status.hpp"
#include "tieout/recon/broker_books.hpp"
#include "tieout/recon/trading_frames.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

constexpr double kSecondsInAnHour = 3600.0;

double hours_of(Duration duration) {
  return to_seconds(duration) / kSecondsInAnHour;
}

void add_note(SummaryRow& row, const std::string& note) {
  row.notes += (row.notes.empty() ? "" : "; ") + note;
}

/// Subdirectories, sorted; none when it cannot be read.
std::vector<fs::path> directories_in(const fs::path& dir) {
  std::vector<fs::path> out;
  std::error_code code;
  for (fs::directory_iterator entry(dir, code), end; !code && entry != end; entry.increment(code)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      out.push_back(entry->path());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

void collect(const fs::path& dir, int depth, std::vector<fs::path>& out) {
  const std::string name = dir.filename().string();
  if (kind_of_dir(name) == DirKind::kRun) {
    out.push_back(dir);
    return;
  }
  if (depth == 0 || name == "multiday" || name == "published") {
    return;
  }
  for (const fs::path& child : directories_in(dir)) {
    collect(child, depth - 1, out);
  }
}

/// Production's log of a run, in the tree of reconciliations or in production's own.
Result<fs::path> log_of(const fs::path& run_dir) {
  std::error_code code;
  const fs::path copied = run_dir / "prod";
  const fs::path parent = fs::is_directory(copied, code) ? copied : run_dir;
  std::vector<fs::path> logs;
  for (const fs::path& dir : directories_in(parent)) {
    if (dir.filename().string().rfind("system_log_dir.", 0) == 0) {
      logs.push_back(dir);
    }
  }
  if (logs.size() != 1) {
    return Error{ErrorCode::kFileNotFound, fmt::format("'{}' has {} system_log_dir.*, needed one",
                                                       parent.string(), logs.size())};
  }
  return logs.front();
}

double volume_of(const recon::TradingFrames& frames) {
  double volume = 0;
  if (frames.fills.row_count() > 0) {
    if (const auto trades = recon::trades_of_fills(frames.fills); trades.ok()) {
      for (const analytics::Execution& trade : *trades) {
        volume += trade.cost;
      }
      return volume;
    }
  }
  const auto column = frames.statistics.find_column({"gross_volume"});
  if (!column.has_value()) {
    return SummaryRow::kUnknown;
  }
  for (const double value : frames.statistics.column(*column)) {
    volume += std::isnan(value) ? 0.0 : value;
  }
  return volume;
}

void read_books(const runlog::RunReader& log, SummaryRow& row) {
  const auto frames = recon::read_trading_frames(log);
  if (!frames.ok()) {
    add_note(row, frames.error().message);
    return;
  }
  row.volume = volume_of(*frames);
  const auto column = frames->statistics.find_column({"net_wealth"});
  if (!column.has_value() || frames->statistics.row_count() == 0) {
    add_note(row, "the log holds no balances");
    return;
  }
  row.pre_usdt = frames->statistics.column(*column).front();
  row.post_usdt = frames->statistics.column(*column).back();
}

void read_log(const fs::path& run_dir, SummaryRow& row) {
  const Result<fs::path> dir = log_of(run_dir);
  const Result<runlog::RunReader> log =
      dir.ok() ? runlog::RunReader::open(*dir) : Result<runlog::RunReader>(dir.error());
  if (!log.ok()) {
    add_note(row, "log not read: " + log.error().message);
    return;
  }
  const runlog::Manifest& manifest = log->manifest();
  if (const auto account = manifest.command.find("secret_id"); account != manifest.command.end()) {
    row.account_id = account->second;
  }
  row.scheduled_hours += hours_of(manifest.bar);
  row.actual_hours = hours_of(manifest.bar * static_cast<std::int64_t>(log->bars().size()));
  if (manifest.outcome != runlog::RunOutcome::kComplete) {
    add_note(row, fmt::format("run {}", to_string(manifest.outcome)));
  }
  read_books(*log, row);
}

fs::path fast_page_of(const fs::path& run_dir) {
  fs::path page;
  std::error_code code;
  for (fs::directory_iterator
           entry(run_dir / "reconciliation_notebook" / "fast" / "result_0", code),
       end;
       !code && entry != end; entry.increment(code)) {
    if (entry->path().extension() == ".html" && (page.empty() || page < entry->path())) {
      page = entry->path();
    }
  }
  return page;
}

bool matches(const SummaryRow& run, const SummaryRow& given) {
  if (!given.run.empty()) {
    if (given.run != run.run) return false;
  } else if (floor_to(run.start, days(1)) != floor_to(given.start, days(1))) {
    return false;
  }
  return (given.model_config.empty() || given.model_config == run.model_config) &&
         (given.account_id.empty() || run.account_id.empty() || given.account_id == run.account_id);
}

void take(double given, double& value) {
  if (!std::isnan(given)) {
    value = given;
  }
}

}  // namespace

std::vector<SummaryRow> compute_summary(std::vector<SummaryRow> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const SummaryRow& a, const SummaryRow& b) {
    return std::tie(a.start, a.model_config, a.account_id) <
           std::tie(b.start, b.model_config, b.account_id);
  });
  struct Sums {
    double pnl = 0, volume = 0;
  };
  std::map<std::pair<std::string, std::string>, Sums> all;
  constexpr double kBps = 1e4;
  constexpr double kDay = 24.0;
  for (SummaryRow& row : rows) {
    row.pnl = row.post_usdt - row.pre_usdt;
    row.bps = row.volume > 0 ? row.pnl / row.volume * kBps : SummaryRow::kUnknown;
    row.pnl_per_24h =
        row.actual_hours > 0 ? row.pnl * kDay / row.actual_hours : SummaryRow::kUnknown;
    Sums& sums = all[{row.model_config, row.account_id}];
    if (!std::isnan(row.pnl) && !std::isnan(row.volume)) {
      sums.pnl += row.pnl;
      sums.volume += row.volume;
    }
    row.cumulative_pnl = sums.pnl;
    row.cumulative_volume = sums.volume;
    row.cumulative_bps = sums.volume > 0 ? sums.pnl / sums.volume * kBps : SummaryRow::kUnknown;
  }
  return rows;
}

Result<std::vector<fs::path>> find_run_dirs(const fs::path& path) {
  std::error_code code;
  const fs::path dir = path.has_filename() ? path : path.parent_path();
  if (!fs::is_directory(dir, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("trading_run_summary: '{}' is not a directory", path.string())};
  }
  constexpr int kDepth = 3;  // {model[.tag]}/{run_mode}/{start}.{end}
  std::vector<fs::path> out;
  collect(dir, kDepth, out);
  if (out.empty()) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("trading_run_summary: '{}' holds no {{start}}.{{end}} up to {} levels "
                             "below; give the root of the reconciliations, or a run's directory",
                             path.string(), kDepth)};
  }
  return out;
}

SummaryRow summary_row_of_run(const fs::path& run_dir) {
  SummaryRow row;
  const fs::path absolute = fs::absolute(run_dir).lexically_normal();
  row.run = absolute.filename().string();
  constexpr std::size_t kTsLength = 15;
  const auto start = parse_ts_name(row.run.substr(0, kTsLength));
  const auto end = parse_ts_name(row.run.substr(std::min(kTsLength + 1, row.run.size())));
  if (start.ok() && end.ok()) {
    row.start = *start;
    row.scheduled_hours = hours_of(*end - *start);  // and a bar, when the log says how long it is
  }
  row.model_config = absolute.parent_path().parent_path().filename().string();
  row.report = fast_page_of(absolute);
  read_log(absolute, row);
  if (const auto status = read_status(absolute / "status.json"); status.ok()) {
    if (!status->verdict.empty()) add_note(row, status->verdict);
    if (status->partial) add_note(row, "production's log was not sealed when it was copied");
  }
  return row;
}

Result<std::vector<SummaryRow>> merge_balances(std::vector<SummaryRow> runs,
                                               const std::vector<SummaryRow>& given) {
  const std::size_t from_logs = runs.size();
  for (const SummaryRow& line : given) {
    SummaryRow* match = nullptr;
    for (std::size_t i = 0; i < from_logs; ++i) {
      if (!matches(runs[i], line)) continue;
      if (match != nullptr) {
        return Error{ErrorCode::kMalformedData,
                     fmt::format("--balances: the line of {} could be {} or {}; name the run in a "
                                 "column `run`, or the model in `model`",
                                 to_iso(line.start).substr(0, 10), match->run, runs[i].run)};
      }
      match = &runs[i];
    }
    if (match == nullptr) {
      runs.push_back(line);
      continue;
    }
    take(line.scheduled_hours, match->scheduled_hours);
    take(line.actual_hours, match->actual_hours);
    take(line.pre_usdt, match->pre_usdt);
    take(line.post_usdt, match->post_usdt);
    take(line.volume, match->volume);
    if (!line.account_id.empty()) match->account_id = line.account_id;
    if (!line.notes.empty()) add_note(*match, line.notes);
  }
  return runs;
}

}  // namespace tieout::flow
