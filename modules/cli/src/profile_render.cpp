#include "profile_render.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/csv.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::cli {
namespace {

using nlohmann::ordered_json;

/// NaN is null; JSON has no infinities, so that they are text, as in the reference's own files.
ordered_json json_number(double value) {
  if (std::isnan(value)) {
    return nullptr;
  }
  return std::isinf(value) ? ordered_json(format_double(value)) : ordered_json(value);
}

ordered_json cell_of(const frames::FrameColumn& column, std::size_t row) {
  if (column.is_null(row)) {
    return nullptr;
  }
  if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&column.values)) {
    return (*whole)[row];
  }
  if (const auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
    return json_number((*numbers)[row]);
  }
  return cell_text(TypedColumn{"", column.values}, row);
}

/// {"index_name", "index", "columns", "values": rows of cells}.
ordered_json json_frame(const frames::Frame& frame) {
  ordered_json index = ordered_json::array();
  ordered_json values = ordered_json::array();
  for (std::size_t row = 0; row < frame.row_count(); ++row) {
    index.push_back(reference::index_text(frame, row));
    ordered_json cells = ordered_json::array();
    for (const frames::FrameColumn& column : frame.columns) {
      cells.push_back(cell_of(column, row));
    }
    values.push_back(std::move(cells));
  }
  ordered_json columns = ordered_json::array();
  for (const frames::FrameColumn& column : frame.columns) {
    columns.push_back(frames::to_string(column.label));
  }
  const bool has_name = frame.index && !frame.index->label.empty();
  return {{"index_name", has_name ? frame.index->label.front() : ""},
          {"index", std::move(index)},
          {"columns", std::move(columns)},
          {"values", std::move(values)}};
}

ordered_json json_hidden(const reference::HiddenByProfile& hidden) {
  return {{"sentences", reference::to_sentences(hidden)},
          {"value_against_zero", hidden.value_against_zero},
          {"nan_against_value", hidden.nan_against_value},
          {"infinities", hidden.infinities},
          {"rounded_to_zero", hidden.rounded_to_zero},
          {"tolerated", hidden.tolerated},
          {"not_asserted", hidden.not_asserted},
          {"columns_not_compared", hidden.columns_not_compared},
          {"cells_not_compared", hidden.cells_not_compared},
          {"rows_left_only", hidden.rows_left_only},
          {"rows_right_only", hidden.rows_right_only},
          {"columns_left_only", hidden.columns_left_only},
          {"columns_right_only", hidden.columns_right_only}};
}

ordered_json json_head(const ProfileOutcome& outcome) {
  ordered_json json{{"profile", "reference"},
                    {"function", outcome.function},
                    {"raises", outcome.raised.has_value()}};
  if (outcome.raised) {
    json["error_type"] = outcome.raised->type;
    json["message"] = outcome.raised->message;
  }
  json["warning_logged"] = !outcome.warnings.empty();
  json["warnings"] = outcome.warnings;
  json["nothing_compared"] = outcome.nothing_compared;
  json["hidden_by_profile"] = json_hidden(outcome.hidden);
  return json;
}

void print_json(Session& session, const ordered_json& json) {
  session.out << json.dump(1, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

std::string_view word_of(const ProfileOutcome& outcome) {
  if (outcome.raised) {
    return "FAILS";
  }
  if (outcome.nothing_compared) {
    return "COMPARES NOTHING";
  }
  return outcome.warnings.empty() ? "PASSES" : "WARNS";
}

/// The rows that are not zero throughout, at most twenty.
std::string diff_text(const frames::Frame& diff) {
  constexpr std::size_t kShown = 20;
  std::string text;
  std::size_t shown = 0;
  std::size_t left_out = 0;
  for (std::size_t row = 0; row < diff.row_count(); ++row) {
    std::string cells;
    for (const frames::FrameColumn& column : diff.columns) {
      const std::string cell = cell_text(TypedColumn{"", column.values}, row);
      if (cell != "0.0" && cell != "-0.0" && cell != "0") {
        cells += fmt::format("  {}={}", frames::to_string(column.label), cell);
      }
    }
    if (cells.empty()) {
      continue;
    }
    if (++shown > kShown) {
      ++left_out;
      continue;
    }
    text += fmt::format("  {}{}\n", reference::index_text(diff, row), cells);
  }
  return left_out == 0 ? text : text + fmt::format("  and {} more rows\n", left_out);
}

}  // namespace

void print_text(Session& session, const ProfileOutcome& outcome, std::string_view body) {
  session.out << fmt::format("the reference ({}) {}\n", outcome.function, word_of(outcome)) << body;
  for (const std::string& warning : outcome.warnings) {
    session.out << "warning: " << warning << '\n';
  }
  if (outcome.raised) {
    session.out << outcome.raised->type << ":\n" << outcome.raised->message << '\n';
  }
  const std::vector<std::string> hidden = reference::to_sentences(outcome.hidden);
  if (!hidden.empty()) {
    session.out << "hidden by the profile:\n";
  } else if (outcome.raised) {
    session.out << "hidden by the profile: not known, the reference stopped at the failure\n";
  } else {
    session.out << "hidden by the profile: nothing in this data\n";
  }
  for (const std::string& sentence : hidden) {
    session.out << "  - " << sentence << '\n';
  }
}

Result<int> exit_code_of(const ProfileOutcome& outcome) {
  if (outcome.raised && outcome.raised->cause == reference::Raised::Cause::kArgument) {
    std::string line = outcome.raised->message;
    std::ranges::replace(line, '\n', ' ');
    std::erase(line, '#');
    const std::size_t from = std::min(line.find_first_not_of(' '), line.size());
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: {}: {}", outcome.command, outcome.raised->type,
                             line.substr(from, line.find_last_not_of(' ') + 1 - from))};
  }
  if (outcome.raised) {
    return 1;
  }
  return outcome.nothing_compared ? 3 : 0;
}

Result<int> report(Session& session, std::string_view command, std::string_view function,
                   const reference::DfsComparison& comparison, bool as_json) {
  const bool nothing =
      !comparison.raised && (comparison.diff.columns.empty() || comparison.diff.row_count() == 0);
  const ProfileOutcome outcome{command,           function, comparison.raised, comparison.warnings,
                               comparison.hidden, nothing};
  if (as_json) {
    ordered_json json = json_head(outcome);
    if (!comparison.raised) {
      json["max_abs_diff"] = json_number(comparison.max_abs_diff);
      json["messages"] = comparison.messages;
      json["diff"] = json_frame(comparison.diff);
    }
    print_json(session, json);
  } else {
    std::string body;
    if (!comparison.raised) {
      body = fmt::format("max |difference| = {}\n{}", format_double(comparison.max_abs_diff),
                         diff_text(comparison.diff));
    }
    print_text(session, outcome, body);
  }
  return exit_code_of(outcome);
}

void print_frame(Session& session, const frames::Frame& frame, bool as_json) {
  if (as_json) {
    print_json(session, json_frame(frame));
    return;
  }
  const ordered_json json = json_frame(frame);
  std::string line = json["index_name"].get<std::string>();
  for (const ordered_json& column : json["columns"]) {
    line += "," + csv_field(column.get<std::string>());
  }
  session.out << line << '\n';
  for (std::size_t row = 0; row < frame.row_count(); ++row) {
    line = json["index"][row].get<std::string>();
    for (const ordered_json& cell : json["values"][row]) {
      line += "," + (cell.is_null()     ? std::string()
                     : cell.is_string() ? csv_field(cell.get<std::string>())
                                        : cell.dump());
    }
    session.out << line << '\n';
  }
}

struct DagReport::State {
  bool as_json = false;
  std::size_t cells = 0;
  ordered_json bars = ordered_json::array();
  std::string text;
  double max_abs_diff = std::numeric_limits<double>::quiet_NaN();
};

DagReport::DagReport(bool as_json) : state_(std::make_unique<State>()) {
  state_->as_json = as_json;
}
DagReport::~DagReport() = default;

void DagReport::add(const reference::DagBarDiff& bar) {
  if (!(bar.max_abs_diff <= state_->max_abs_diff) && !std::isnan(bar.max_abs_diff)) {
    state_->max_abs_diff = bar.max_abs_diff;
  }
  if (!state_->as_json) {
    if (bar.nonzero_count > 0) {
      state_->text +=
          fmt::format("  {} {}: max |difference| = {}, {} of {} cells\n", bar.node, bar.bar,
                      format_double(bar.max_abs_diff), bar.nonzero_count, bar.rows * bar.columns);
    }
    return;
  }
  ordered_json json{{"node", bar.node},
                    {"bar_timestamp", bar.bar},
                    {"rows", bar.rows},
                    {"cols", bar.columns},
                    {"max_abs_diff", json_number(bar.max_abs_diff)},
                    {"n_nan", bar.nan_count},
                    {"n_nonzero", bar.nonzero_count}};
  state_->cells += bar.rows * bar.columns;
  if (state_->cells <= kMaxCells) {
    json["diff"] = json_frame(bar.diff);
  } else {
    json["diff_left_out"] = true;
  }
  state_->bars.push_back(std::move(json));
}

Result<int> DagReport::print(Session& session, std::string_view command, std::string_view function,
                             const reference::DagComparison& comparison) {
  const bool nothing = !comparison.raised && comparison.compared == 0;
  const ProfileOutcome outcome{command,           function, comparison.raised, comparison.warnings,
                               comparison.hidden, nothing};
  if (state_->as_json) {
    ordered_json json = json_head(outcome);
    json["compared"] = comparison.compared;
    json["returned_none"] = comparison.returned_none;
    json["max_abs_diff"] = json_number(state_->max_abs_diff);
    json["comparisons"] = std::move(state_->bars);
    print_json(session, json);
  } else {
    print_text(session, outcome,
               fmt::format("{} node outputs compared\n{}", comparison.compared, state_->text));
  }
  return exit_code_of(outcome);
}

struct StatsReport::State {
  bool as_json = false;
  ordered_json levels = ordered_json::object();
  reference::HiddenByProfile hidden;
  std::string text;
};

StatsReport::StatsReport(bool as_json) : state_(std::make_unique<State>()) {
  state_->as_json = as_json;
}
StatsReport::~StatsReport() = default;

void StatsReport::add(const std::string& level, const reference::DiffStats& stats) {
  ordered_json groups = ordered_json::array();
  state_->text += fmt::format("max |difference| by {}\n", level);
  for (const reference::DiffStat& stat : stats.stats) {
    groups.push_back(
        {{stats.key_name, stat.key}, {"max_abs_diff", json_number(stat.max_abs_diff)}});
    state_->text += fmt::format("  {:<40} {}\n", stat.key, format_double(stat.max_abs_diff));
  }
  state_->levels[level] = std::move(groups);
  state_->hidden = stats.hidden;
}

void StatsReport::print(Session& session) const {
  if (state_->as_json) {
    print_json(session, {{"profile", "reference"},
                         {"function", "compute_dag_output_diff_stats"},
                         {"raises", false},
                         {"levels", state_->levels},
                         {"hidden_by_profile", json_hidden(state_->hidden)}});
    return;
  }
  session.out << state_->text;
  for (const std::string& sentence : reference::to_sentences(state_->hidden)) {
    session.out << "hidden by the profile: " << sentence << '\n';
  }
}

}  // namespace tieout::cli
