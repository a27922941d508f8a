#include <fmt/format.h>

#include "tieout/config/override.hpp"
#include "tieout/core/numbers.hpp"

#include "duration_text.hpp"
#include "quote.hpp"

namespace tieout::config {
namespace {

using Leaves = std::vector<std::pair<Path, Value>>;

/// A value in the grammar of overrides.
struct Printer {
  std::string operator()(std::monostate /*null*/) const { return "None"; }
  std::string operator()(bool v) const { return v ? "bool(True)" : "bool(False)"; }
  std::string operator()(std::int64_t v) const { return fmt::format("int({})", v); }
  std::string operator()(double v) const {
    const std::string text = format_double(v);
    const bool is_word = text.find_first_of("0123456789") == std::string::npos;
    return is_word ? fmt::format("float(\"{}\")", text) : fmt::format("float({})", text);
  }
  std::string operator()(const std::string& v) const { return fmt::format("str({})", quote(v)); }
  std::string operator()(Timestamp v) const {
    return fmt::format("pd.Timestamp(\"{}\")", to_iso(v));
  }
  std::string operator()(Duration v) const {
    return fmt::format("pd.Timedelta(\"{}\")", to_iso_duration(v));
  }
  std::string operator()(TimeOfDay v) const {
    const std::int64_t second = v.since_midnight.ns / 1'000'000'000;
    const std::int64_t microsecond = v.since_midnight.ns / 1000 % 1'000'000;
    return fmt::format("datetime.time({}, {}, {}, {})", second / 3600, second / 60 % 60,
                       second % 60, microsecond);
  }
  std::string operator()(const List& v) const {
    std::string text = "[";
    for (const Value& item : v) {
      text += (text.size() > 1 ? ", " : "") + std::visit(*this, item.state());
    }
    return text + "]";
  }
};

/// The leaves whose paths start with one key at `depth` belong to one entry, wherever they stand.
std::string dict_text(const std::vector<const Leaves::value_type*>& leaves, std::size_t depth) {
  std::vector<std::pair<std::string, std::vector<const Leaves::value_type*>>> entries;
  for (const auto* leaf : leaves) {
    const std::string& key = leaf->first[depth];
    auto entry = entries.begin();
    while (entry != entries.end() && entry->first != key) {
      ++entry;
    }
    if (entry == entries.end()) {
      entry = entries.insert(entries.end(), {key, {}});
    }
    entry->second.push_back(leaf);
  }
  std::string text = "{";
  for (const auto& [key, below] : entries) {
    const bool is_leaf = below.size() == 1 && below.front()->first.size() == depth + 1;
    text += fmt::format("{}{}: {}", text.size() > 1 ? ", " : "", quote(key),
                        is_leaf ? std::visit(Printer{}, below.front()->second.state())
                                : dict_text(below, depth + 1));
  }
  return text + "}";
}

}  // namespace

std::string to_text(const Override& item) {
  std::string keys;
  for (const std::string& key : item.path) {
    keys += (keys.empty() ? "" : ",") + quote(key);
  }
  std::string value;
  if (const auto* leaf = std::get_if<Value>(&item.value)) {
    value = std::visit(Printer{}, leaf->state());
  } else {
    std::vector<const Leaves::value_type*> leaves;
    for (const auto& entry : std::get<Leaves>(item.value)) {
      leaves.push_back(&entry);
    }
    value = dict_text(leaves, 0);
  }
  return fmt::format("({}),({})", keys, value);
}

}  // namespace tieout::config
