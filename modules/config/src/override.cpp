// The grammar of overrides, by recursive descent:
//
//   list  := [ item { ";" item } [ ";" ] ]
//   item  := "(" quoted { "," quoted } [ "," ] ")" "," "(" inner ")"
//   inner := expr | expr "," [ expr { "," expr } [ "," ] ]            the second is a tuple
//   expr  := term { "+" term }                                        lists only
//   term  := atom { "*" atom }                                        a list and a count
//   atom  := quoted | number | None | True | False | call | "(" inner ")" | "(" ")"
//          | "[" [ expr { "," expr } [ "," ] ] "]" | "{" [ quoted ":" expr { "," quoted ":" expr }
//          [ "," ] ] "}"
//   call  := name "(" arguments ")"                                   see calls.hpp
#include "tieout/config/override.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/core/utf8.hpp"

#include "calls.hpp"
#include "quote.hpp"
#include "scanner.hpp"

namespace tieout::config {
namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxProducedBytes = std::size_t{64} << 20;
constexpr int kMaxDepth = 32;

using Leaves = std::vector<std::pair<Path, Value>>;
/// What an expression gives: a value, or the leaves of a dict.
using Parsed = std::variant<Value, Leaves>;

std::string_view type_name(const Parsed& parsed) {
  const auto* value = std::get_if<Value>(&parsed);
  return value != nullptr ? to_string(value->type()) : "dict";
}

/// Rough memory of a value with all that it holds.
std::size_t size_of(const Value& value) {
  std::size_t bytes = sizeof(Value);
  if (const auto* text = value.get_if<std::string>()) {
    bytes += text->size();
  } else if (const auto* items = value.get_if<List>()) {
    for (const Value& item : *items) {
      bytes += size_of(item);
    }
  }
  return bytes;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : scan_(text) {}

  Result<ParsedOverrides> parse() {
    ParsedOverrides parsed;
    while (!scan_.at_end()) {
      TIEOUT_TRY(Override item, parse_item());
      parsed.overrides.push_back(std::move(item));
      if (scan_.at_end()) {
        break;
      }
      const std::size_t separator = scan_.place();
      TIEOUT_CHECK(scan_.expect(';', "';' before the next override, or the end"));
      if (scan_.at_end()) {
        scan_.warn_at(separator, "';' after the last override ignored");
      }
    }
    parsed.warnings = scan_.take_warnings();
    return parsed;
  }

 private:
  Result<Override> parse_item() {
    const std::size_t first = scan_.place();
    Override item;
    TIEOUT_CHECK(scan_.expect('(', "'(' that opens the keys, as in (\"key\",\"key\"),(value)"));
    do {
      if (scan_.peek() == ')' && !item.path.empty()) {
        break;
      }
      const std::size_t place = scan_.place();
      TIEOUT_TRY(std::string key, scan_.take_quoted("a key in quotes"));
      if (key.empty()) {
        return scan_.error_at(place, "a key that is not empty");
      }
      item.path.push_back(std::move(key));
    } while (scan_.take(','));
    TIEOUT_CHECK(scan_.expect(')', "',' and another key, or ')'"));
    TIEOUT_CHECK(scan_.expect(',', "',' between the keys and the value"));
    TIEOUT_CHECK(scan_.expect('(', "'(' that opens the value"));
    TIEOUT_TRY(item.value, parse_inner(0));
    item.text = scan_.text_from(first);
    return item;
  }

  /// After an opening parenthesis: an expression, or a tuple, and the closing parenthesis.
  Result<Parsed> parse_inner(int depth) {
    TIEOUT_TRY(Parsed parsed, parse_expression(depth));
    if (scan_.take(')')) {
      return parsed;
    }
    if (scan_.peek() != ',') {
      return scan_.error_here("')' that closes the value");
    }
    List items;
    TIEOUT_CHECK(add_item(items, std::move(parsed), scan_.place()));
    while (scan_.take(',') && scan_.peek() != ')') {
      const std::size_t place = scan_.place();
      TIEOUT_TRY(Parsed next, parse_expression(depth));
      TIEOUT_CHECK(add_item(items, std::move(next), place));
    }
    TIEOUT_CHECK(scan_.expect(')', "',' or ')' in a tuple"));
    return Parsed(Value(std::move(items)));
  }

  Status add_item(List& items, Parsed parsed, std::size_t place) {
    auto* value = std::get_if<Value>(&parsed);
    if (value == nullptr) {
      return scan_.error_at(place, "a value: a dict may stand only as the value of a key");
    }
    items.push_back(std::move(*value));
    return {};
  }

  Result<Parsed> parse_expression(int depth) {
    TIEOUT_TRY(Parsed left, parse_term(depth));
    while (scan_.peek() == '+') {
      const std::size_t place = scan_.place();
      scan_.take('+');
      TIEOUT_TRY(Parsed right, parse_term(depth));
      List* const items = list_in(left);
      List* const more = list_in(right);
      if (items == nullptr || more == nullptr) {
        return scan_.error_at(place, fmt::format("'+' between two lists, not {} + {}",
                                                 type_name(left), type_name(right)));
      }
      items->insert(items->end(), std::make_move_iterator(more->begin()),
                    std::make_move_iterator(more->end()));
    }
    return left;
  }

  Result<Parsed> parse_term(int depth) {
    TIEOUT_TRY(Parsed left, parse_atom(depth));
    while (scan_.peek() == '*') {
      const std::size_t place = scan_.place();
      scan_.take('*');
      TIEOUT_TRY(Parsed right, parse_atom(depth));
      const bool list_first = list_in(left) != nullptr;
      List* const items = list_in(list_first ? left : right);
      const auto* count_value = std::get_if<Value>(list_first ? &right : &left);
      const auto* count = count_value == nullptr ? nullptr : count_value->get_if<std::int64_t>();
      if (items == nullptr || count == nullptr) {
        return scan_.error_at(place,
                              fmt::format("'*' between a list and a whole number, not {} * {}",
                                          type_name(left), type_name(right)));
      }
      TIEOUT_TRY(List repeated, repeat(*items, *count, place));
      left = Value(std::move(repeated));
    }
    return left;
  }

  /// The variant's list, or nullptr. Value hands out const views only; the parser owns what it
  /// parses.
  static List* list_in(Parsed& parsed) {
    auto* value = std::get_if<Value>(&parsed);
    return value == nullptr ? nullptr : const_cast<List*>(value->get_if<List>());  // NOLINT
  }

  Result<List> repeat(const List& items, std::int64_t count, std::size_t place) {
    if (count < 0) {
      return scan_.error_at(place, "a repetition that is not negative");
    }
    const std::size_t bytes = size_of(Value(items));
    const auto times = static_cast<std::uint64_t>(count);
    if (times > (kMaxProducedBytes - produced_bytes_) / bytes) {
      return scan_.error_at(place, fmt::format("repetitions that make less than {} MiB in all",
                                               kMaxProducedBytes >> 20));
    }
    produced_bytes_ += bytes * times;
    List repeated;
    repeated.reserve(items.size() * times);
    for (std::uint64_t i = 0; i < times; ++i) {
      repeated.insert(repeated.end(), items.begin(), items.end());
    }
    return repeated;
  }

  Result<Parsed> parse_atom(int depth) {
    constexpr std::string_view kNeeded =
        "a value: \"text\", a number, None, True, False, str(), int(), float(), bool(), "
        "pd.Timedelta(), pd.Timestamp(), datetime.time(), [...], (...) or {...}";
    const char c = scan_.peek();
    if (depth >= kMaxDepth) {
      return scan_.error_here(fmt::format("at most {} levels of nesting", kMaxDepth));
    }
    if (c == '"' || c == '\'') {
      TIEOUT_TRY(std::string text, scan_.take_quoted(kNeeded));
      return Parsed(Value(std::move(text)));
    }
    if (c == '[') {
      return parse_list(depth + 1);
    }
    if (c == '{') {
      return parse_dict(depth + 1);
    }
    if (scan_.take('(')) {
      return scan_.take(')') ? Result<Parsed>(Parsed(Value(List{}))) : parse_inner(depth + 1);
    }
    const std::size_t place = scan_.place();
    if (const std::string_view number = scan_.take_number(); !number.empty()) {
      TIEOUT_TRY(Value value, number_of(scan_, number, place));
      return Parsed(std::move(value));
    }
    if (const std::string_view name = scan_.take_name(); !name.empty()) {
      TIEOUT_TRY(Value value, value_of_name(scan_, name, place));
      return Parsed(std::move(value));
    }
    return scan_.error_at(place, kNeeded);
  }

  Result<Parsed> parse_list(int depth) {
    scan_.take('[');
    List items;
    while (scan_.peek() != ']') {
      const std::size_t place = scan_.place();
      TIEOUT_TRY(Parsed item, parse_expression(depth));
      TIEOUT_CHECK(add_item(items, std::move(item), place));
      if (!scan_.take(',')) {
        break;
      }
    }
    TIEOUT_CHECK(scan_.expect(']', "',' or ']' in a list"));
    return Parsed(Value(std::move(items)));
  }

  Result<Parsed> parse_dict(int depth) {
    scan_.take('{');
    Leaves leaves;
    std::vector<std::string> keys;
    while (scan_.peek() != '}') {
      const std::size_t place = scan_.place();
      TIEOUT_TRY(std::string key, scan_.take_quoted("a key in quotes, or '}'"));
      if (key.empty() || std::ranges::find(keys, key) != keys.end()) {
        return scan_.error_at(place, "a key that is not empty and not twice in one dict");
      }
      keys.push_back(key);
      TIEOUT_CHECK(scan_.expect(':', "':' after the key"));
      const std::size_t value_place = scan_.place();
      TIEOUT_TRY(Parsed parsed, parse_expression(depth));
      if (auto* value = std::get_if<Value>(&parsed)) {
        leaves.emplace_back(Path{key}, std::move(*value));
      } else {
        auto& below = std::get<Leaves>(parsed);
        if (below.empty()) {
          return scan_.error_at(
              value_place, "a dict that is not empty inside a dict: leave the key out instead");
        }
        for (auto& [path, leaf] : below) {
          path.insert(path.begin(), key);
          leaves.emplace_back(std::move(path), std::move(leaf));
        }
      }
      if (!scan_.take(',')) {
        break;
      }
    }
    TIEOUT_CHECK(scan_.expect('}', "',' or '}' in a dict"));
    return Parsed(std::move(leaves));
  }

  Scanner scan_;
  std::size_t produced_bytes_ = 0;
};

}  // namespace

Result<ParsedOverrides> parse_overrides(std::string_view text) {
  if (text.size() > kMaxTextBytes) {
    return Error{ErrorCode::kMalformedOverride,
                 fmt::format("parse_overrides: found {} bytes of text, needed at most {}",
                             text.size(), kMaxTextBytes)};
  }
  if (!is_valid_utf8(text)) {
    return Error{ErrorCode::kMalformedOverride, "parse_overrides: the text is not valid UTF-8"};
  }
  return Parser(text).parse();
}

Status apply_overrides(Config& config, const std::vector<Override>& overrides,
                       std::string_view writer) {
  Config changed = config;
  for (const Override& item : overrides) {
    const auto* value = std::get_if<Value>(&item.value);
    const Status applied =
        value != nullptr ? changed.set(item.path, *value, writer)
                         : changed.set_subconfig(item.path, std::get<Leaves>(item.value), writer);
    if (!applied.ok()) {
      return Error{applied.error().code,
                   fmt::format("{}; in override {}", applied.error().message, item.text)};
    }
  }
  config = std::move(changed);
  return {};
}

}  // namespace tieout::config
