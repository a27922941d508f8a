#include "profile_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"

namespace tieout::reference {
namespace {

constexpr std::size_t kDisplayWidth = 80;
constexpr std::size_t kMaxSequenceItems = 100;

const std::string kBanner(80, '#');

/// "+05:30" or "-04:00" as minutes; nothing else.
std::optional<Duration> parse_offset(std::string_view zone) {
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') {
    return std::nullopt;
  }
  const auto hour = parse_int(zone.substr(1, 2));
  const auto minute = parse_int(zone.substr(4, 2));
  if (!hour || !minute) {
    return std::nullopt;
  }
  const Duration offset = hours(*hour) + minutes(*minute);
  return zone[0] == '-' ? -offset : offset;
}

/// pandas' lines of a sequence: as many as fit into 80 characters, continued under the first.
void extend_line(std::string& text, std::string& line, const std::string& value, std::size_t width,
                 const std::string& next_prefix) {
  const auto stripped = [](std::string_view s) {
    const std::size_t end = s.find_last_not_of(' ');
    return end == std::string_view::npos ? 0 : end + 1;
  };
  if (stripped(line) + stripped(value) >= width) {
    text += line.substr(0, stripped(line));
    line = next_prefix;
  }
  line += value;
}

/// pandas.io.formats.printing.format_object_summary.
std::string sequence_text(std::string_view name, std::vector<std::string> items) {
  const std::size_t n = items.size();
  if (n == 0) {
    return "[], ";
  }
  if (n <= 2) {
    return fmt::format("[{}], ", fmt::join(items, ", "));
  }
  std::vector<std::string> head;
  std::vector<std::string> tail = std::move(items);
  const bool truncated = n > kMaxSequenceItems;
  if (truncated) {
    head.assign(tail.begin(), tail.begin() + 10);
    tail.erase(tail.begin(), tail.end() - 10);
  }
  std::size_t longest = 0;
  for (const auto& part : {head, tail}) {
    for (const std::string& item : part) {
      longest = std::max(longest, item.size());
    }
  }
  for (auto* part : {&head, &tail}) {
    for (std::string& item : *part) {
      item.insert(0, longest - item.size(), ' ');
    }
  }
  const std::string next = "\n" + std::string(name.size() + 2, ' ');
  std::string text;
  std::string line = next;
  for (const std::string& item : head) {
    extend_line(text, line, item + ", ", kDisplayWidth, next);
  }
  if (truncated) {
    text += line.substr(0, line.find_last_not_of(' ') + 1) + next + "...";
    line = next;
  }
  for (std::size_t i = 0; i + 1 < tail.size(); ++i) {
    extend_line(text, line, tail[i] + ", ", kDisplayWidth, next);
  }
  extend_line(text, line, tail.back(), kDisplayWidth - 2, next);
  text += line + "],";
  text += text.size() > kDisplayWidth ? "\n" + std::string(name.size() + 1, ' ') : " ";
  return "[" + text.substr(next.size());
}

std::string six_digits(double value) {
  return value != value ? "NaN" : fmt::format("{:.6g}", value == 0 ? 0.0 : value);
}

std::string cell_of(const frames::FrameColumn& column, std::size_t row) {
  if (column.is_null(row)) {
    return "NaN";
  }
  if (const auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
    return six_digits((*numbers)[row]);
  }
  return cell_text(TypedColumn{"", column.values}, row);
}

/// A CSV only has offsets. The reference turns them into its own zone: an offset that New York has
/// at the first row is taken for New York.
std::string zone_text(const frames::Frame& frame) {
  const auto offset = parse_offset(frame.zone);
  const auto& times = std::get<std::vector<Timestamp>>(frame.index->values);
  const bool new_york =
      offset && !times.empty() && utc_offset(times.front(), Zone::kNewYork) == *offset;
  return new_york ? std::string(zone_name(Zone::kNewYork)) : frame.zone;
}

}  // namespace

std::string assertion_text(std::string_view condition, std::string_view message) {
  std::string text = fmt::format("* Failed assertion *\n{}", condition);
  if (!message.empty()) {
    text += text.back() == '\n' ? "" : "\n";
    text += message;
  }
  return text;
}

Raised assertion_error(std::string_view condition, std::string_view message, Raised::Cause cause) {
  return {"AssertionError",
          fmt::format("{0}\n{1}\n{0}", kBanner, assertion_text(condition, message)), cause};
}

void fail_or_warn(std::string_view condition, std::string_view message, bool only_warning,
                  DfsComparison& out) {
  if (only_warning) {
    out.warnings.push_back(assertion_text(condition, message) +
                           "\nContinuing as per user request with only_warning=True");
  } else {
    out.raised = assertion_error(condition, message);
  }
}

std::string label_repr(const frames::ColumnLabel& label, std::span<const char> numeric_levels) {
  const auto quoted = [&](std::size_t level) {
    return numeric_levels[level] != 0 ? label[level] : "'" + label[level] + "'";
  };
  if (label.size() == 1) {
    return quoted(0);
  }
  std::string text = "(";
  for (std::size_t level = 0; level < label.size(); ++level) {
    text += (level == 0 ? "" : ", ") + quoted(level);
  }
  return text + ")";
}

std::string to_zone_iso(Timestamp t, std::string_view zone) {
  if (zone == zone_name(Zone::kNewYork) || zone == "US/Eastern" || zone == "EST5EDT") {
    return to_local_iso(t, Zone::kNewYork);
  }
  if (const auto offset = parse_offset(zone)) {
    std::string text = to_iso(t + *offset);
    text.replace(text.size() - zone.size(), zone.size(), zone);
    return text;
  }
  return to_iso(t);
}

std::string index_text(const frames::Frame& frame, std::size_t row) {
  if (!frame.index) {
    return std::to_string(row);
  }
  if (const auto* times = std::get_if<std::vector<Timestamp>>(&frame.index->values)) {
    return frame.index->is_null(row) ? "NaT" : to_zone_iso((*times)[row], frame.zone);
  }
  return cell_text(TypedColumn{"", frame.index->values}, row);
}

std::string index_repr(const frames::Frame& frame, std::span<const std::size_t> rows) {
  const ColumnType type = frame.index ? frame.index->type() : ColumnType::kInt64;
  std::string name = "Index";
  std::string dtype = "object";
  std::string quote = "'";
  std::string tail;
  switch (type) {
    case ColumnType::kTimestamp:
      name = "DatetimeIndex";
      dtype = frame.zone.empty() ? "datetime64[ns]"
                                 : fmt::format("datetime64[ns, {}]", zone_text(frame));
      tail = ", freq=None";
      break;
    case ColumnType::kInt64:
      name = "Int64Index";
      dtype = "int64";
      quote = "";
      break;
    case ColumnType::kFloat64:
      name = "Float64Index";
      dtype = "float64";
      quote = "";
      break;
    case ColumnType::kBool:
    case ColumnType::kString:
      break;
  }
  std::vector<std::string> items;
  items.reserve(rows.size());
  for (const std::size_t row : rows) {
    items.push_back(fmt::format("{0}{1}{0}", quote, index_text(frame, row)));
  }
  const std::string label =
      frame.index && !frame.index->label.empty() ? frame.index->label.front() : "";
  return fmt::format("{}({}dtype='{}'{}{})", name, sequence_text(name, std::move(items)), dtype,
                     label.empty() ? "" : fmt::format(", name='{}'", label), tail);
}

std::string frame_text(const frames::Frame& frame, std::span<const std::size_t> rows,
                       std::span<const std::size_t> columns) {
  constexpr std::size_t kRows = 6;
  std::vector<std::vector<std::string>> lines(1);
  lines.front().emplace_back();
  for (const std::size_t c : columns) {
    lines.front().push_back(frames::to_string(frame.columns[c].label));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows.size() > kRows && i == kRows / 2) {
      lines.emplace_back(columns.size() + 1, "...");
      i = rows.size() - kRows / 2;
    }
    auto& line = lines.emplace_back();
    line.push_back(index_text(frame, rows[i]));
    for (const std::size_t c : columns) {
      line.push_back(cell_of(frame.columns[c], rows[i]));
    }
  }
  std::vector<std::size_t> widths(columns.size() + 1, 0);
  for (const auto& line : lines) {
    for (std::size_t c = 0; c < line.size(); ++c) {
      widths[c] = std::max(widths[c], line[c].size());
    }
  }
  std::string text;
  for (const auto& line : lines) {
    text += text.empty() ? "" : "\n";
    text += fmt::format("{:<{}}", line[0], widths[0]);
    for (std::size_t c = 1; c < line.size(); ++c) {
      text += fmt::format("  {:>{}}", line[c], widths[c]);
    }
  }
  return text;
}

}  // namespace tieout::reference
