#include "pandas_meta.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tieout::frames {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// A name that may be null or a number; "" for null.
std::string name_text(const json& value) {
  if (value.is_null()) {
    return "";
  }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

PandasMeta read_meta(const json& root) {
  PandasMeta meta;
  for (const json& index : root.at("index_columns")) {
    if (index.is_string()) {
      meta.index_fields.push_back(index.get<std::string>());
    } else {
      meta.range = PandasMeta::Range{
          name_text(index.at("name")), index.at("start").get<std::int64_t>(),
          index.at("stop").get<std::int64_t>(), index.at("step").get<std::int64_t>()};
    }
  }
  if (const auto levels = root.find("column_indexes");
      levels != root.end() && levels->is_array() && !levels->empty()) {
    meta.level_names.clear();
    for (const json& level : *levels) {
      meta.level_names.push_back(name_text(level.at("name")));
    }
  }
  for (const json& column : root.at("columns")) {
    const std::string name = name_text(column.at("name"));
    // Files of before 2017 have no field_name: the name is the field's.
    const auto field = column.find("field_name");
    const auto extra = column.find("metadata");
    std::string zone;
    if (extra != column.end() && extra->is_object() && extra->contains("timezone")) {
      zone = name_text(extra->at("timezone"));
    }
    const std::string key =
        field != column.end() && field->is_string() ? field->get<std::string>() : name;
    meta.columns[key] = {name, std::move(zone)};
  }
  return meta;
}

/// pandas_type, numpy_type and metadata of a column.
ordered_json type_entry(const FrameColumn& column, const std::string& zone) {
  const bool nulls = !column.valid.empty();
  switch (column.type()) {
    case ColumnType::kFloat64:
      return {{"pandas_type", "float64"}, {"numpy_type", "float64"}, {"metadata", nullptr}};
    case ColumnType::kInt64:
      // pandas' own nullable type, so that integers with nulls do not come back as floats.
      return {{"pandas_type", "int64"},
              {"numpy_type", nulls ? "Int64" : "int64"},
              {"metadata", nullptr}};
    case ColumnType::kBool:
      return {{"pandas_type", "bool"},
              {"numpy_type", nulls ? "boolean" : "bool"},
              {"metadata", nullptr}};
    case ColumnType::kString:
      return {{"pandas_type", "unicode"}, {"numpy_type", "object"}, {"metadata", nullptr}};
    case ColumnType::kTimestamp:
      break;
  }
  if (zone.empty()) {
    return {{"pandas_type", "datetime"}, {"numpy_type", "datetime64[ns]"}, {"metadata", nullptr}};
  }
  return {{"pandas_type", "datetimetz"},
          {"numpy_type", "datetime64[ns]"},
          {"metadata", ordered_json{{"timezone", zone}}}};
}

ordered_json column_entry(const FrameColumn& column, const std::string& name,
                          const std::string& field_name, const std::string& zone) {
  ordered_json entry;
  entry["name"] = name.empty() && field_name != name ? ordered_json(nullptr) : ordered_json(name);
  entry["field_name"] = field_name;
  entry.update(type_entry(column, zone));
  return entry;
}

/// True when every label of the level is a decimal integer, as asset ids are.
bool is_integer_level(const Frame& frame, std::size_t level) {
  for (const FrameColumn& column : frame.columns) {
    const std::string& text = column.label.at(level);
    const bool negative = !text.empty() && text.front() == '-';
    const std::string_view digits = std::string_view(text).substr(negative ? 1 : 0);
    if (digits.empty() || digits.size() > 18 || (digits.size() > 1 && digits.front() == '0') ||
        digits.find_first_not_of("0123456789") != std::string_view::npos) {
      return false;
    }
  }
  return !frame.columns.empty();
}

}  // namespace

Result<PandasMeta> parse_pandas_meta(std::string_view text) {
  try {
    return read_meta(json::parse(text));
  } catch (const json::exception& error) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("the pandas metadata is malformed: {}", error.what())};
  }
}

std::string pandas_meta_json(const Frame& frame, const std::vector<std::string>& field_names) {
  ordered_json root;
  root["index_columns"] = ordered_json::array();
  if (frame.index) {
    root["index_columns"].push_back(field_names.back());
  } else {
    root["index_columns"].push_back(ordered_json{{"kind", "range"},
                                                 {"name", nullptr},
                                                 {"start", 0},
                                                 {"stop", frame.row_count()},
                                                 {"step", 1}});
  }
  root["column_indexes"] = ordered_json::array();
  for (std::size_t level = 0; level < frame.level_names.size(); ++level) {
    const std::string& name = frame.level_names[level];
    ordered_json entry;
    entry["name"] = name.empty() ? ordered_json(nullptr) : ordered_json(name);
    entry["field_name"] = entry["name"];
    // A flat header stays text; the ids of a second level become integers again in pandas.
    const bool integers = level > 0 && is_integer_level(frame, level);
    entry["pandas_type"] = integers ? "int64" : "unicode";
    entry["numpy_type"] = integers ? "int64" : "object";
    entry["metadata"] = integers ? ordered_json(nullptr) : ordered_json{{"encoding", "UTF-8"}};
    root["column_indexes"].push_back(std::move(entry));
  }
  root["columns"] = ordered_json::array();
  for (std::size_t i = 0; i < frame.columns.size(); ++i) {
    root["columns"].push_back(
        column_entry(frame.columns[i], field_names[i], field_names[i], frame.zone));
  }
  if (frame.index) {
    root["columns"].push_back(
        column_entry(*frame.index, to_string(frame.index->label), field_names.back(), frame.zone));
  }
  root["creator"] = ordered_json{{"library", "tieout"}, {"version", "1"}};
  root["pandas_version"] = "1.5.3";
  // Escaped to ASCII, as json.dumps does.
  return root.dump(-1, ' ', true);
}

}  // namespace tieout::frames
