#include "config_import.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/time.hpp"

#include "pickle_reader.hpp"

namespace tieout::reference {
namespace {

using config::Path;
using config::Value;

struct Line {
  std::size_t depth = 0;
  std::string key, type, value;  // type is "" where the rendering does not say it
};

/// Nothing when the line does not start a key at one of the depths up to `max_depth`.
std::optional<Line> parse_line(std::string_view text, std::size_t max_depth) {
  constexpr std::string_view kVerbose = " (marked_as_used=";
  constexpr std::string_view kOurs = " (writer=";
  const std::size_t indent = std::min(text.find_first_not_of(' '), text.size());
  if (indent % 2 != 0 || indent / 2 > max_depth) {
    return std::nullopt;
  }
  Line line;
  line.depth = indent / 2;
  text.remove_prefix(indent);
  std::size_t open = text.find(kVerbose);
  std::string_view type_mark = ", val_type=";
  if (open == std::string_view::npos) {
    open = text.find(kOurs);
    type_mark = ", type=";
  }
  if (open != std::string_view::npos && open > 0) {
    const std::size_t type = text.find(type_mark, open);
    const std::size_t end = type == std::string_view::npos ? type : text.find("):", type);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    line.key = text.substr(0, open);
    line.type = text.substr(type + type_mark.size(), end - type - type_mark.size());
    text.remove_prefix(end + 2);
  } else {
    const std::size_t colon = text.find(':');
    const std::string_view key = text.substr(0, colon);
    const bool ends =
        colon != std::string_view::npos && (colon + 1 == text.size() || text[colon + 1] == ' ');
    if (!ends || key.empty() || key.find_first_of(" <>=#'\"") != std::string_view::npos) {
      return std::nullopt;
    }
    line.key = key;
    text.remove_prefix(colon + 1);
  }
  line.value = text.starts_with(' ') ? text.substr(1) : text;
  return line;
}

bool is_subconfig(const Line& line) {
  return line.type.ends_with("Config") && line.value.empty();
}

/// "2 days 00:00:00[.f]", "0 days 00:05:00": pandas' text of a time span.
std::optional<Duration> parse_timedelta(std::string_view text) {
  const std::size_t days_end = text.find(" days ");
  if (days_end == std::string_view::npos) {
    const auto period = parse_period(text);
    return period.ok() ? std::optional(*period) : std::nullopt;
  }
  const auto day_count = parse_int(text.substr(0, days_end));
  std::string_view clock = text.substr(days_end + 6);
  clock.remove_prefix(clock.starts_with('+') ? 1 : 0);  // "-1 days +23:55:00"
  const auto time = parse_iso(fmt::format("1970-01-01 {}Z", clock));
  constexpr std::int64_t kMaxDays = 100'000;
  if (!day_count || *day_count < -kMaxDays || *day_count > kMaxDays || !time.ok()) {
    return std::nullopt;
  }
  return days(*day_count) + Duration{time->ns};
}

/// A text as a leaf holds it. The print-out of an object (it has an address in memory, or several
/// lines) is not compared beyond what it begins with: it repeats the other leaves and states of
/// the process.
std::string shown(const std::string& text) {
  constexpr std::size_t kLongest = 1000;
  const std::size_t line = text.find('\n');
  const std::size_t address = text.find(" at 0x");
  if (line == std::string::npos && address == std::string::npos && text.size() <= kLongest) {
    return text;
  }
  constexpr std::size_t kHead = 40;
  return fmt::format("{} (print-out of an object)",
                     text.substr(0, std::min({kHead, line, address})));
}

Value typed_value(const std::string& type, const std::string& text) {
  const auto is = [&](std::string_view name) {
    return type == name || type.ends_with(fmt::format(".{}", name));
  };
  if (type == "NoneType" || type == "null") {
    return {};
  }
  if (type == "bool" && (text == "True" || text == "False")) {
    return text == "True";
  }
  if (type == "int") {
    if (const auto number = parse_int(text)) {
      return *number;
    }
  } else if (type == "float") {
    if (const auto number = parse_double(text)) {
      return *number;
    }
  } else if (is("Timedelta") || type == "timedelta") {
    if (const auto span = parse_timedelta(text)) {
      return *span;
    }
  } else if (is("Timestamp") || type == "timestamp") {
    if (const auto time = parse_iso(text); time.ok()) {
      return *time;
    }
  } else if (type == "datetime.time" || type == "time") {
    if (const auto time = parse_iso(fmt::format("1970-01-01 {}Z", text)); time.ok()) {
      return config::TimeOfDay{Duration{time->ns}};
    }
  }
  return text;
}

/// Collects leaves, keeping the rules of Config: a path is declared once, and never through a leaf.
class Leaves {
 public:
  void add(const Path& path, Value value) {
    Path prefix;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      prefix.push_back(path[i]);
      if (leaves_.contains(prefix)) {
        return;
      }
      inner_.insert(prefix);
    }
    if (!inner_.contains(path) && leaves_.insert(path).second) {
      values_.emplace_back(path, std::move(value));
    }
  }

  /// The config, with the log's own directory written as "{system_log_dir}" elsewhere.
  config::Config build() && {
    std::string dir;
    for (const auto& [path, value] : values_) {
      if (path == Path{"system_log_dir"} && value.get_if<std::string>() != nullptr) {
        dir = *value.get_if<std::string>();
      }
    }
    config::Config config;
    for (const auto& [path, value] : values_) {
      const std::string* text = value.get_if<std::string>();
      const bool is_dir = path == Path{"system_log_dir"};
      config.declare(path, text != nullptr && !is_dir ? Value(shown(replaced(*text, dir))) : value,
                     "log");
    }
    return config;
  }

 private:
  static std::string replaced(std::string text, const std::string& dir) {
    if (dir.size() < 2) {
      return text;
    }
    constexpr std::string_view kName = "{system_log_dir}";
    for (std::size_t at = text.find(dir); at != std::string::npos;
         at = text.find(dir, at + kName.size())) {
      text.replace(at, dir.size(), kName);
    }
    return text;
  }

  std::set<Path> leaves_, inner_;
  std::vector<std::pair<Path, Value>> values_;
};

/// (marked_as_used, writer, value), the form of a leaf.
const PickleValue* leaf_of(const PickleValue& value) {
  const auto* list = std::get_if<PickleValue::List>(&value.state);
  const bool is_leaf = list != nullptr && list->kind == PickleValue::Sequence::kTuple &&
                       list->items.size() == 3 &&
                       std::holds_alternative<bool>(list->items[0].state) &&
                       (std::holds_alternative<std::monostate>(list->items[1].state) ||
                        std::holds_alternative<std::string>(list->items[1].state));
  return is_leaf ? &list->items[2] : &value;
}

void add_pickle(const PickleValue& value, Path& path, Leaves& leaves) {
  const PickleValue& leaf = *leaf_of(value);
  if (const auto* dict = std::get_if<PickleValue::Dict>(&leaf.state)) {
    for (std::size_t i = 0; i < dict->keys.size(); ++i) {
      const PickleValue& key = dict->keys[i];
      const PickleValue& item = dict->values[i];
      const auto* name = std::get_if<std::string>(&key.state);
      path.push_back(name != nullptr ? *name : to_text(key));
      add_pickle(item, path, leaves);
      path.pop_back();
    }
    return;
  }
  Value out;
  if (const auto* flag = std::get_if<bool>(&leaf.state)) {
    out = *flag;
  } else if (const auto* number = std::get_if<std::int64_t>(&leaf.state)) {
    out = *number;
  } else if (const auto* real = std::get_if<double>(&leaf.state)) {
    out = *real;
  } else if (const auto* text = std::get_if<std::string>(&leaf.state)) {
    out = *text;
  } else if (!std::holds_alternative<std::monostate>(leaf.state)) {
    out = to_text(leaf);
  }
  leaves.add(path, std::move(out));
}

/// Leaves that the two do not agree on, by path and text: a pickle of strings has no types.
std::size_t disagreements(const config::Config& left, const config::Config& right) {
  const auto text = [](const Value& value) {
    const auto* raw = value.get_if<std::string>();
    return raw != nullptr ? *raw : config::to_text(value);
  };
  std::size_t count = 0;
  for (const config::LeafDiff& diff : config::diff(left, right)) {
    const bool differs = !diff.left || !diff.right || text(*diff.left) != text(*diff.right);
    count += differs ? 1U : 0U;
  }
  return count;
}

}  // namespace

config::Config parse_config_text(std::string_view text) {
  Leaves leaves;
  Path open;                 // the sub-configs around the current line
  std::optional<Line> leaf;  // the leaf that may go on
  const auto close_leaf = [&] {
    if (leaf) {
      Path path(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(leaf->depth));
      path.push_back(leaf->key);
      leaves.add(path, typed_value(leaf->type, leaf->value));
      leaf.reset();
    }
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view raw = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (raw.ends_with('\r')) {
      raw.remove_suffix(1);
    }
    // Inside a leaf whose type is known, only a line of the same rendering starts another key.
    auto line = parse_line(raw, open.size());
    if (line && leaf && !leaf->type.empty() && line->type.empty()) {
      line.reset();
    }
    if (!line) {
      if (leaf) {
        leaf->value += leaf->value.empty() ? "" : "\n";
        leaf->value += raw;
      }
      continue;
    }
    close_leaf();
    open.resize(line->depth);
    if (is_subconfig(*line) || (line->type.empty() && line->value.empty())) {
      open.push_back(line->key);
    } else {
      leaf = std::move(line);
    }
  }
  close_leaf();
  return std::move(leaves).build();
}

Result<config::Config> parse_config_pickle(std::string_view bytes) {
  TIEOUT_TRY(const PickleValue value, read_pickle(bytes));
  if (!std::holds_alternative<PickleValue::Dict>(value.state)) {
    return Error{ErrorCode::kMalformedData, "read_pickle: the value is no dict, needed a config"};
  }
  Leaves leaves;
  Path path;
  add_pickle(value, path, leaves);
  return std::move(leaves).build();
}

ImportedConfig import_config(const std::filesystem::path& dir) {
  ImportedConfig out;
  if (dir.empty()) {
    out.notes.emplace_back("there is no config beside the node outputs");
    return out;
  }
  for (const char* stem : {"system_config.output", "system_config.input"}) {
    const std::string name = fmt::format("{}.txt", stem);
    if (auto text = read_file(dir / name); text.ok()) {
      out.config = parse_config_text(*text);
      out.text = std::move(*text);
      out.source = name;
    }
    for (const char* kind : {"all_values_picklable", "values_as_strings"}) {
      const std::string pickle = fmt::format("{}.{}.pkl", stem, kind);
      const auto bytes = read_file(dir / pickle);
      if (!bytes.ok()) {
        continue;
      }
      auto config = parse_config_pickle(*bytes);
      if (!config.ok() && !out.source.empty()) {
        continue;  // A pickle of objects; the text holds the config.
      }
      if (!config.ok()) {
        out.notes.push_back(fmt::format("'{}' is not read: {}", pickle, config.error().message));
      } else if (out.source.empty()) {
        out.config = std::move(*config);
        out.source = pickle;
      } else if (const std::size_t count = disagreements(out.config, *config); count > 0) {
        out.notes.push_back(
            fmt::format("'{}' and '{}' disagree on {} leaves", out.source, pickle, count));
      }
    }
    if (!out.source.empty()) {
      return out;
    }
  }
  out.notes.push_back(
      fmt::format("'{}' has no system_config.{{output,input}}.txt that could be "
                  "read: the configs cannot be compared",
                  dir.string()));
  return out;
}

}  // namespace tieout::reference
