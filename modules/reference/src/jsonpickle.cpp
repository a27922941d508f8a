#include "jsonpickle.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/time.hpp"

namespace tieout::reference {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kTimestamp = "pandas._libs.tslibs.timestamps._unpickle_timestamp";

Error malformed(const std::string& what) {
  return {ErrorCode::kMalformedData, "jsonpickle: " + what};
}

/// Python writes NaN, which is no JSON: it is null here. Texts are left alone.
std::string without_nan(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      out += c;
      if (c == '\\' && i + 1 < text.size()) {
        out += text[++i];
      } else if (c == '"') {
        in_text = false;
      }
    } else if (text.substr(i, 3) == "NaN") {
      out += "null";
      i += 2;
    } else {
      in_text = c == '"';
      out += c;
    }
  }
  return out;
}

/// Bytes of a base64 text.
std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=' || c == '\n') {
      continue;
    }
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) {
      return std::nullopt;
    }
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> static_cast<unsigned>(count) & 0xFFU);
    }
  }
  return out;
}

/// How deep a JSON text is nested, without parsing it: the parser's own values go no deeper.
std::size_t depth_of(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      i += c == '\\' ? 1 : 0;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

class Resolver {
 public:
  explicit Resolver(const JsonpickleLimits& limits) : limits_(limits) {}

  Result<Json> resolve(const Json& value) {
    TIEOUT_CHECK(count(1));
    if (value.is_array()) {
      const std::size_t id = begin();
      TIEOUT_TRY(Json list, resolve_items(value));
      return end(id, std::move(list));
    }
    if (!value.is_object()) {
      return value;
    }
    for (const char* tag : {"py/tuple", "py/set", "py/iterator"}) {
      if (const auto items = value.find(tag); items != value.end()) {
        if (!items->is_array()) {
          return malformed(fmt::format("{} holds {}, needed a list", tag, items->type_name()));
        }
        return resolve_items(*items);
      }
    }
    if (const auto id = value.find("py/id"); id != value.end()) {
      return resolve_id(*id);
    }
    for (const char* tag : {"py/function", "py/type", "py/b64", "py/repr", "py/ref"}) {
      if (value.contains(tag)) {
        return Json{{"py/opaque", value[tag].is_string() ? value[tag] : Json(tag)}};
      }
    }
    if (const auto reduce = value.find("py/reduce"); reduce != value.end()) {
      return resolve_reduce(*reduce);
    }
    return resolve_object(value);
  }

 private:
  Status count(std::size_t values) {
    values_ += values;
    if (values_ > limits_.max_values) {
      return malformed(fmt::format("more than {} values", limits_.max_values));
    }
    return {};
  }

  /// The number of a value that begins.
  std::size_t begin() {
    known_.emplace_back();
    return known_.size() - 1;
  }
  Json end(std::size_t id, Json value) {
    known_[id] = value;
    return value;
  }

  static std::size_t size_of(const Json& value) {
    std::size_t size = 1;
    if (value.is_structured()) {
      for (const Json& item : value) {
        size += size_of(item);
      }
    }
    return size;
  }

  Result<Json> resolve_id(const Json& id) {
    const bool is_known = id.is_number_unsigned() && id.get<std::size_t>() < known_.size() &&
                          known_[id.get<std::size_t>()].has_value();
    if (!is_known) {
      return malformed(fmt::format("py/id {} is of no value before it", id.dump().substr(0, 40)));
    }
    const Json& value = *known_[id.get<std::size_t>()];
    TIEOUT_CHECK(count(size_of(value)));
    return value;
  }

  Result<Json> resolve_items(const Json& items) {
    Json list = Json::array();
    for (const Json& item : items) {
      TIEOUT_TRY(Json resolved, resolve(item));
      list.push_back(std::move(resolved));
    }
    return list;
  }

  Result<Json> resolve_object(const Json& value) {
    const std::size_t id = begin();
    Json out = Json::object();
    for (const auto& item : value.items()) {
      TIEOUT_TRY(Json resolved, resolve(item.value()));
      out[item.key()] = std::move(resolved);
    }
    if (const auto type = out.find("py/object"); type != out.end()) {
      return end(id, Json{{"py/opaque", *type}});
    }
    return end(id, std::move(out));
  }

  /// {"py/reduce": [callable, arguments, state, list items, dict items]}.
  Result<Json> resolve_reduce(const Json& reduce) {
    const std::size_t id = begin();
    if (!reduce.is_array() || reduce.size() < 2 || reduce.size() > 6 || !reduce[0].is_object()) {
      return malformed("py/reduce is not a list of a callable and its arguments");
    }
    std::string name;
    for (const char* tag : {"py/function", "py/type"}) {
      if (const auto text = reduce[0].find(tag); text != reduce[0].end() && text->is_string()) {
        name = text->get<std::string>();
      }
    }
    if (name == "numpy.core.multiarray.scalar" || name == "numpy._core.multiarray.scalar") {
      TIEOUT_TRY(Json scalar, resolve_scalar(reduce));
      return end(id, std::move(scalar));
    }
    // All parts are walked, whatever is made of them, for the numbers of what they hold.
    std::vector<Json> parts{Json(name)};
    for (std::size_t i = 1; i < reduce.size(); ++i) {
      TIEOUT_TRY(Json part, resolve(reduce[i]));
      parts.push_back(std::move(part));
    }
    TIEOUT_TRY(Json made, make(name, parts));
    return end(id, std::move(made));
  }

  static Result<Json> make(const std::string& name, const std::vector<Json>& parts) {
    const Json& arguments = parts[1];
    if (name == "collections.OrderedDict") {
      Json out = Json::object();
      if (parts.size() > 4 && parts[4].is_array()) {
        for (const Json& pair : parts[4]) {
          if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string()) {
            return malformed(
                "an OrderedDict holds something else than pairs of a text and a value");
          }
          out[pair[0].get<std::string>()] = pair[1];
        }
      }
      return out;
    }
    if (name == kTimestamp) {
      return timestamp_of(arguments);
    }
    if (name == "pytz._UTC") {
      return Json("UTC");
    }
    if (name == "pytz._p") {
      const bool is_named = arguments.is_array() && !arguments.empty() && arguments[0].is_string();
      return is_named ? Result<Json>(arguments[0]) : malformed("a pytz zone without a name");
    }
    if (name == "numpy.dtype" && arguments.is_array() && !arguments.empty() &&
        arguments[0].is_string()) {
      return Json{{"py/opaque", name}, {"dtype", arguments[0]}};
    }
    return Json{{"py/opaque", name}};
  }

  /// (value, freq, zone[, resolution]).
  static Result<Json> timestamp_of(const Json& arguments) {
    if (!arguments.is_array() || arguments.empty() || !arguments[0].is_number_integer() ||
        arguments[0].is_number_unsigned() != (arguments[0].get<std::int64_t>() >= 0)) {
      return malformed("a pandas timestamp whose value is not an integer of 64 bits");
    }
    const auto value = arguments[0].get<std::int64_t>();
    if (value == std::numeric_limits<std::int64_t>::min()) {
      return Json(nullptr);
    }
    // numpy's units: 7 s, 8 ms, 9 us, 10 ns.
    constexpr std::array<std::int64_t, 4> kUnits{1'000'000'000, 1'000'000, 1'000, 1};
    std::int64_t resolution = 10;
    if (arguments.size() > 3 && arguments[3].is_number_integer()) {
      resolution = arguments[3].get<std::int64_t>();
    }
    std::int64_t ns = 0;
    if (resolution < 7 || resolution > 10 ||
        __builtin_mul_overflow(value, kUnits[static_cast<std::size_t>(resolution - 7)], &ns)) {
      return malformed(fmt::format("a pandas timestamp {} of resolution {}", value, resolution));
    }
    return Json(to_iso(Timestamp{} + Duration{ns}));
  }

  /// numpy.core.multiarray.scalar: (dtype, bytes). Its dtype is an object of its own.
  Result<Json> resolve_scalar(const Json& reduce) {
    const auto arguments = reduce[1].find("py/tuple");
    if (!reduce[1].is_object() || arguments == reduce[1].end() || !arguments->is_array() ||
        arguments->size() != 2) {
      return malformed("a numpy scalar without a dtype and bytes");
    }
    const Json& dtype = (*arguments)[0];
    TIEOUT_TRY(const Json known, resolve(dtype));
    const std::string kind = known.is_object() ? known.value("dtype", "") : "";
    const Json& bytes = (*arguments)[1];
    const auto text = bytes.is_object() ? bytes.find("py/b64") : bytes.end();
    const auto raw = bytes.is_object() && text != bytes.end() && text->is_string()
                         ? from_base64(text->get<std::string>())
                         : std::nullopt;
    if (!raw || raw->size() != 8 || (kind != "f8" && kind != "i8")) {
      return Json{{"py/opaque", "numpy." + kind}};
    }
    std::uint64_t word = 0;
    for (std::size_t i = 8; i-- > 0;) {
      word = word << 8U | static_cast<unsigned char>((*raw)[i]);
    }
    if (kind == "i8") {
      return Json(std::bit_cast<std::int64_t>(word));
    }
    return Json(std::bit_cast<double>(word));
  }

  const JsonpickleLimits& limits_;
  std::size_t values_ = 0;
  std::vector<std::optional<Json>> known_;
};

}  // namespace

Result<nlohmann::ordered_json> read_jsonpickle(std::string_view text,
                                               const JsonpickleLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return malformed(fmt::format("{} bytes, at most {}", text.size(), limits.max_bytes));
  }
  if (const std::size_t depth = depth_of(text); depth > limits.max_depth) {
    return malformed(fmt::format("nested {} deep, at most {}", depth, limits.max_depth));
  }
  const Json parsed = Json::parse(without_nan(text), nullptr, false);
  if (parsed.is_discarded()) {
    return malformed("the text is not JSON, or ends too early");
  }
  return Resolver(limits).resolve(parsed);
}

}  // namespace tieout::reference
