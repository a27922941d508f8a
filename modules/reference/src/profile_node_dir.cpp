#include "profile_node_dir.hpp"

#include <algorithm>
#include <cctype>
#include <system_error>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"
#include "tieout/frames/file.hpp"

#include "profile_text.hpp"

namespace tieout::reference {
namespace {

namespace fs = std::filesystem;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// All whole numbers in a name, by which node names are sorted.
std::vector<std::int64_t> numbers_in(std::string_view name) {
  std::vector<std::int64_t> numbers;
  std::string digits;
  for (const char c : std::string(name) + " ") {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      digits += c;
    } else if (!digits.empty()) {
      numbers.push_back(parse_int(digits).value_or(0));
      digits.clear();
    }
  }
  return numbers;
}

}  // namespace

fs::path node_data_dir(const fs::path& dir) {
  std::error_code error;
  for (const char* below : {"dag/node_io/node_io.data", "node_io/node_io.data", "node_io.data"}) {
    if (fs::is_directory(dir / below, error)) {
      return dir / below;
    }
  }
  return dir;
}

Result<BarStamp> parse_bar(const std::string& text) {
  if (text.size() == 15 && text[8] == '_') {
    // An hour that exists twice means the first, as for pandas.
    TIEOUT_TRY(const Timestamp time,
               parse_local_ts_name(text, Zone::kNewYork, AmbiguousLocal::kEarlier));
    return BarStamp{text, time, to_local_iso(time, Zone::kNewYork)};
  }
  TIEOUT_TRY(const Timestamp time, parse_iso(text));
  BarStamp bar{"", time, text};
  for (const char c : text.substr(0, 19)) {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      bar.name += c;
    }
  }
  bar.name.insert(8, "_");
  if (bar.text[10] == 'T') {
    bar.text[10] = ' ';
  }
  return bar;
}

NodeDir::NodeDir(const fs::path& dir) : path_(dir.string()), extension_(".parquet") {
  std::error_code error;
  for (fs::recursive_directory_iterator it(dir, error), end; !error && it != end;
       it.increment(error)) {
    const std::string relative = it->path().lexically_relative(dir).string();
    below_.push_back(relative);
    if (it.depth() == 0) {
      names_.push_back(relative);
    }
  }
  std::ranges::sort(names_);
  std::ranges::sort(below_);
  const auto has = [this](std::string_view extension) {
    return std::ranges::any_of(names_,
                               [&](const std::string& name) { return contains(name, extension); });
  };
  if (!has(".parquet") && has(".csv")) {
    extension_ = ".csv";
  }
}

Raised NodeDir::nothing_found(const std::string& command, Raised::Cause cause) {
  return {"RuntimeError",
          fmt::format("cmd='({}) 2>&1' failed with rc='1'\ntruncated output=", command), cause};
}

NodeResult<std::vector<std::string>> NodeDir::node_names() const {
  std::vector<std::string> nodes;
  for (const std::string& name : names_) {
    if (contains(name, extension_)) {
      nodes.push_back(name.substr(0, name.find(".df_out")));
    }
  }
  if (nodes.empty()) {
    return nothing_found(fmt::format("ls {} | grep '{}'", path_, extension_),
                         Raised::Cause::kArgument);
  }
  std::ranges::sort(nodes, [](const std::string& a, const std::string& b) {
    const auto left = numbers_in(a);
    const auto right = numbers_in(b);
    return left != right ? left < right : a < b;
  });
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

NodeResult<std::vector<BarStamp>> NodeDir::bars(const std::string& node) const {
  std::vector<BarStamp> bars;
  bool any = false;
  for (const std::string& name : names_) {
    if (!contains(name, extension_)) {
      continue;
    }
    any = true;
    if (!contains(name, node)) {
      continue;
    }
    // "predict.0.read_data.df_out.<bar>.<wall>.parquet": the bar is the third field from the end.
    const std::string stem = name.substr(0, name.rfind(extension_));
    const std::vector<std::string> fields = split(stem, '.');
    const std::string field = fields.size() < 2 ? "" : fields[fields.size() - 2];
    Result<BarStamp> bar = parse_bar(field);
    if (!bar.ok()) {
      return Raised{"ValueError",
                    fmt::format("could not convert string to Timestamp: '{}' in '{}'", field, name),
                    Raised::Cause::kArgument};
    }
    bars.push_back(std::move(bar).value());
  }
  if (!any) {
    return nothing_found(fmt::format("ls {} | grep '{}'", path_, extension_),
                         Raised::Cause::kArgument);
  }
  return bars;
}

NodeResult<frames::Frame> NodeDir::read(const std::string& node, const BarStamp& bar) const {
  const std::string stamp = "df_out." + bar.name;
  std::vector<std::string> found;
  for (const std::string& name : below_) {
    const std::string_view base = base_name(name);
    if (base.substr(0, node.size()) == node && contains(base, extension_) &&
        contains(name, stamp)) {
      found.push_back(name);
    }
  }
  if (found.empty()) {
    return nothing_found(
        fmt::format("find '{}' -name {}*{} | grep '{}'", path_, node, extension_, stamp),
        Raised::Cause::kDifference);
  }
  if (found.size() != 1) {
    return assertion_error(
        fmt::format("'1'\n==\n'{}'", found.size()),
        fmt::format("There were found {} files at {} for node={} for bar_timestamp={} while should "
                    "be only one file for each node, bar timestamp.",
                    found.size(), path_, node, bar.name));
  }
  Result<frames::Frame> frame = frames::read_frame(fs::path(path_) / found.front());
  if (!frame.ok()) {
    return frame.error();
  }
  if (!frame->index && !frame->columns.empty()) {
    // A CSV with a named first column: the index is always the first.
    frame->index = std::move(frame->columns.front());
    frame->columns.erase(frame->columns.begin());
  }
  if (!frame->index || frame->index->type() != ColumnType::kTimestamp) {
    return assertion_error(
        "Instance of the index is not '<class "
        "'pandas.core.indexes.datetimes.DatetimeIndex'>'",
        "");
  }
  split_levels(*frame);
  return std::move(frame).value();
}

}  // namespace tieout::reference
