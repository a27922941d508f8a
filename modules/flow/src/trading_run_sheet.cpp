#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/flow/trading_run_summary.hpp"
#include "tieout/report/sheet.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 17> kColumns{"date",
                                               "day",
                                               "account_id",
                                               "model.config",
                                               "scheduled_hours",
                                               "actual_hours",
                                               "pre_usdt",
                                               "post_usdt",
                                               "traded_volume",
                                               "pnl",
                                               "bps",
                                               "cumulative_pnl",
                                               "cumulative_volume",
                                               "cumulative_bps",
                                               "pnl_per_24h",
                                               "report",
                                               "notes"};

std::string day_name(Timestamp t) {
  constexpr std::array<const char*, 7> kNames{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  const std::int64_t day = floor_to(t, days(1)).ns / days(1).ns;  // 1970-01-01 was a Thursday
  return kNames[static_cast<std::size_t>(((day + 3) % 7 + 7) % 7)];
}

/// Two decimals, no minus before zero; empty when not known.
std::string money(double value) {
  if (std::isnan(value)) {
    return "";
  }
  std::string text = fmt::format("{:.2f}", value);
  return text == "-0.00" ? "0.00" : text;
}

std::string link_of(const SummaryRow& row, const fs::path& dst) {
  if (row.report.empty()) {
    return "";
  }
  return row.report.lexically_relative(fs::absolute(dst).lexically_normal()).generic_string();
}

/// The cells of a row, in the order of kColumns.
std::vector<std::string> cells_of(const SummaryRow& row, const fs::path& dst) {
  constexpr std::size_t kDate = 10;
  return {to_iso(row.start).substr(0, kDate),
          day_name(row.start),
          row.account_id,
          row.model_config,
          money(row.scheduled_hours),
          money(row.actual_hours),
          money(row.pre_usdt),
          money(row.post_usdt),
          money(row.volume),
          money(row.pnl),
          money(row.bps),
          money(row.cumulative_pnl),
          money(row.cumulative_volume),
          money(row.cumulative_bps),
          money(row.pnl_per_24h),
          link_of(row, dst),
          row.notes};
}

Error bad_cell(const fs::path& file, std::size_t line, std::string_view column,
               std::string_view found, std::string_view needed) {
  return Error{ErrorCode::kMalformedData, fmt::format("'{}' line {}: {} is '{}', needed {}",
                                                      file.string(), line, column, found, needed)};
}

/// One cell into the row. Errors: kMalformedData.
Status read_cell(const fs::path& file, std::size_t line, std::string_view column,
                 std::string_view text, SummaryRow& row) {
  if (column == "run") {
    constexpr std::size_t kTsLength = 15;
    const auto start = parse_ts_name(text.substr(0, kTsLength));
    if (!start.ok()) return bad_cell(file, line, column, text, "{start}.{end}");
    row.run = text;
    row.start = *start;
  } else if (column == "date") {
    const auto start = parse_iso(std::string(text) + " 00:00:00Z");
    if (!start.ok()) return bad_cell(file, line, column, text, "YYYY-MM-DD");
    if (row.run.empty()) row.start = *start;
  } else if (column == "model" || column == "model.config") {
    row.model_config = text;
  } else if (column == "account_id") {
    row.account_id = text;
  } else if (column == "notes") {
    row.notes = text;
  } else {
    const std::optional<double> value = parse_double(text);
    if (!value || !std::isfinite(*value)) return bad_cell(file, line, column, text, "a number");
    double& target = column == "pre_usdt"          ? row.pre_usdt
                     : column == "post_usdt"       ? row.post_usdt
                     : column == "traded_volume"   ? row.volume
                     : column == "scheduled_hours" ? row.scheduled_hours
                                                   : row.actual_hours;
    target = *value;
  }
  return {};
}

Status check_header(const fs::path& file, const std::vector<std::string>& header) {
  constexpr std::array<std::string_view, 11> kKnown{
      "run",       "date",          "model",           "model.config", "account_id", "pre_usdt",
      "post_usdt", "traded_volume", "scheduled_hours", "actual_hours", "notes"};
  for (const std::string& name : header) {
    if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end()) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("'{}' has the column '{}', known are {}", file.string(), name,
                               fmt::join(kKnown, ", "))};
    }
  }
  const auto has = [&](std::string_view name) {
    return std::find(header.begin(), header.end(), name) != header.end();
  };
  if (!has("run") && !has("date")) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("'{}' has neither a column `date` nor a column `run`; each line must "
                             "say which run it is of",
                             file.string())};
  }
  return {};
}

}  // namespace

Result<std::vector<SummaryRow>> read_balances(const fs::path& file) {
  TIEOUT_TRY(const std::string text, read_file(file));
  CsvReader reader(text);
  std::vector<std::string> header;
  std::vector<SummaryRow> rows;
  while (true) {
    TIEOUT_TRY(const bool more, reader.next());
    if (!more) break;
    const auto& fields = reader.fields();
    if (header.empty()) {
      header.assign(fields.begin(), fields.end());
      TIEOUT_CHECK(check_header(file, header));
      continue;
    }
    if (fields.size() != header.size()) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("'{}' line {} has {} fields, the header has {}", file.string(),
                               reader.line(), fields.size(), header.size())};
    }
    SummaryRow row;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!fields[i].empty()) {
        TIEOUT_CHECK(read_cell(file, reader.line(), header[i], fields[i], row));
      }
    }
    if (row.run.empty() && row.start.ns == 0) {
      return bad_cell(file, reader.line(), "date", "", "YYYY-MM-DD, or a run");
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string summary_csv(const std::vector<SummaryRow>& rows, const fs::path& dst) {
  std::string out = fmt::format("{}\n", fmt::join(kColumns, ","));
  for (const SummaryRow& row : rows) {
    std::string line;
    for (const std::string& cell : cells_of(row, dst)) {
      line += (line.empty() ? "" : ",") + csv_field(cell);
    }
    out += line + "\n";
  }
  return out;
}

std::string summary_html(const std::vector<SummaryRow>& rows, const fs::path& dst,
                         Timestamp stamp) {
  constexpr std::size_t kFirstNumber = 4, kReport = 15;
  report::Sheet sheet;
  sheet.title = "Trading run summary";
  sheet.caption = "One row for each run, by its start; cumulative by model and account";
  sheet.stamp = stamp;
  for (std::size_t c = 0; c < kColumns.size(); ++c) {
    const bool is_number = c >= kFirstNumber && c < kReport;
    sheet.columns.push_back({kColumns[c], c == 0      ? report::SheetAlign::kTime
                                          : is_number ? report::SheetAlign::kNumber
                                                      : report::SheetAlign::kText});
  }
  for (const SummaryRow& row : rows) {
    std::vector<report::SheetCell> cells;
    for (const std::string& text : cells_of(row, dst)) {
      cells.push_back({text, ""});
    }
    if (!cells[kReport].text.empty()) {
      cells[kReport] = {"", cells[kReport].text};
    }
    sheet.rows.push_back(std::move(cells));
  }
  sheet.notes = {
      "PnL = post - pre. bps = PnL / traded volume * 1e4. cumulative_bps = cumulative_pnl / "
      "cumulative_volume * 1e4. pnl_per_24h = PnL * 24 / actual_hours.",
      "Balances are net wealth at the first and the last bar of the log, or those that were given. "
      "An empty cell is not known, and its row adds nothing to the cumulative columns."};
  return report::render_sheet(sheet);
}

}  // namespace tieout::flow
