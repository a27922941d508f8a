#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/core/nearest.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/toml.hpp"
#include "tieout/recon/policy.hpp"

namespace tieout::recon {
namespace {

/// Doubles further apart share no sign; a larger limit would allow everything.
constexpr std::uint64_t kMaxUlp = std::uint64_t{1} << 62U;

constexpr std::array kRuleKinds{RuleKind::kExact, RuleKind::kUlp,      RuleKind::kAbs,
                                RuleKind::kRel,   RuleKind::kAbsRel,   RuleKind::kTicks,
                                RuleKind::kLots,  RuleKind::kBps,      RuleKind::kTime,
                                RuleKind::kSet,   RuleKind::kMultiset, RuleKind::kIgnore};

std::size_t line_of(const toml::node& node) {
  return node.source().begin.line;
}

/// What a value is, for messages.
std::string found_text(const toml::node& node) {
  if (const auto text = node.value<std::string_view>(); node.is_string() && text) {
    return fmt::format("'{}'", *text);
  }
  if (node.is_integer()) {
    return fmt::format("{}", *node.value<std::int64_t>());
  }
  if (node.is_floating_point()) {
    return format_double(*node.value<double>());
  }
  if (node.is_boolean()) {
    return *node.value<bool>() ? "true" : "false";
  }
  if (node.is_table()) {
    return "a table";
  }
  return node.is_array() ? "an array" : "a date";
}

Result<double> tolerance_of(std::string_view text) {
  const auto value = parse_double(text);
  if (!value || !std::isfinite(*value) || *value < 0) {
    return Error{ErrorCode::kInvalidConfig, "a finite number that is not negative"};
  }
  return *value;
}

Result<std::uint64_t> count_of(std::string_view text) {
  const auto value = parse_int(text);
  if (!value || *value < 0 || static_cast<std::uint64_t>(*value) > kMaxUlp) {
    return Error{ErrorCode::kInvalidConfig, "a whole number from 0 to 2^62"};
  }
  return static_cast<std::uint64_t>(*value);
}

Result<Duration> time_of(std::string_view text) {
  if (text.ends_with("ns")) {
    const auto value = parse_int(text.substr(0, text.size() - 2));
    if (value && *value >= 0) {
      return nanoseconds(*value);
    }
  }
  const auto period = parse_period(text);
  if (!period.ok()) {
    return Error{ErrorCode::kInvalidConfig, "a length of time, such as '100ms', '2S' or '500ns'"};
  }
  return *period;
}

/// "2018-01-23T00:00:00.000000000+00:00" of a TOML date-time; nothing without an offset.
std::optional<std::string> iso_of(const toml::date_time& value) {
  if (!value.offset) {
    return std::nullopt;
  }
  const int minutes_east = value.offset->minutes;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}{}{:02}:{:02}", value.date.year,
                     value.date.month, value.date.day, value.time.hour, value.time.minute,
                     value.time.second, value.time.nanosecond, minutes_east < 0 ? '-' : '+',
                     std::abs(minutes_east) / 60, std::abs(minutes_east) % 60);
}

/// Reads the keys of one table of the file.
class Section {
 public:
  Section(const toml::table& table, std::string name, std::string_view file)
      : table_(table), name_(std::move(name)), file_(file) {}

  Error error(std::size_t line, std::string_view what) const {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("parse_policy: {}:{}: {}: {}", file_, line, name_, what)};
  }
  Error error(const toml::node& node, std::string_view what) const {
    return error(line_of(node), what);
  }
  std::size_t line() const { return line_of(table_); }
  const toml::node* find(std::string_view key) const { return table_.get(key); }

  /// Errors when a key is none of these.
  Status allow(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, value] : table_) {
      if (std::ranges::find(keys, key.str()) == keys.end()) {
        const std::vector<std::string> names(keys.begin(), keys.end());
        const std::string nearest = nearest_name(key.str(), names);
        return error(
            key.source().begin.line,
            fmt::format("unknown key '{}'{}; needed one of {}", key.str(),
                        nearest.empty() ? "" : fmt::format(", the nearest is '{}'", nearest),
                        fmt::join(names, ", ")));
      }
    }
    return {};
  }

  /// "" when the key is not there.
  Result<std::string> text(std::string_view key) const {
    const toml::node* node = find(key);
    if (node == nullptr) {
      return std::string();
    }
    const auto value = node->value<std::string_view>();
    if (!node->is_string() || !value || value->empty()) {
      return error(*node, fmt::format("{} is {}, needed a text that is not empty", key,
                                      value && value->empty() ? "''" : found_text(*node)));
    }
    return std::string(*value);
  }
  Result<std::string> needed_text(std::string_view key) const {
    if (find(key) == nullptr) {
      return error(line(), fmt::format("{} is missing", key));
    }
    return text(key);
  }
  /// A number of `key` as text, so that all forms of a tolerance are read alike.
  Result<std::string> number_text(std::string_view key) const {
    const toml::node& node = *find(key);
    if (!node.is_integer() && !node.is_floating_point()) {
      return error(node, fmt::format("{} is {}, needed a number", key, found_text(node)));
    }
    return found_text(node);
  }
  Result<double> positive(std::string_view key) const {
    TIEOUT_TRY(const std::string value, number_text(key));
    const auto number = parse_double(value);
    if (!number || !std::isfinite(*number) || *number <= 0) {
      return error(*find(key), fmt::format("{} is {}, needed a positive number", key, value));
    }
    return *number;
  }
  Result<std::optional<Timestamp>> instant(std::string_view key) const {
    const toml::node* node = find(key);
    if (node == nullptr) {
      return std::optional<Timestamp>();
    }
    std::string value = node->value<std::string>().value_or("");
    if (const toml::value<toml::date_time>* date = node->as_date_time(); date != nullptr) {
      value = iso_of(date->get()).value_or("");
    }
    const auto parsed = parse_iso(value);
    if (!parsed.ok()) {
      return error(*node, fmt::format("{} is {}, needed an instant with an offset, such as "
                                      "2018-01-23T00:00:00Z",
                                      key, found_text(*node)));
    }
    return std::optional<Timestamp>(*parsed);
  }

  /// stage, node, column, asset, from, until: where a rule or waiver holds.
  template <typename Selector>
  Status read_place(Selector& selector) const {
    TIEOUT_TRY(selector.layer, text("stage"));
    TIEOUT_TRY(selector.node, text("node"));
    TIEOUT_TRY(selector.column, text("column"));
    TIEOUT_TRY(selector.asset, text("asset"));
    TIEOUT_TRY(selector.from, instant("from"));
    TIEOUT_TRY(selector.until, instant("until"));
    if (selector.from && selector.until && *selector.until < *selector.from) {
      return error(*find("until"), fmt::format("until {} is before from {}",
                                               to_iso(*selector.until), to_iso(*selector.from)));
    }
    selector.line = line();
    std::vector<std::string> stages;
    for (const Layer layer : kLayers) {
      if (layer >= Layer::kInputs) {
        stages.emplace_back(to_string(layer));
      }
    }
    const auto holds = [&](const std::string& stage) {
      return matches_glob(selector.layer, stage);
    };
    if (std::ranges::none_of(stages, holds)) {
      const std::string nearest = nearest_name(selector.layer, stages);
      return error(*find("stage"),
                   fmt::format("unknown stage '{}'{}; needed a glob on {}", selector.layer,
                               nearest.empty() ? "" : fmt::format(", the nearest is '{}'", nearest),
                               fmt::join(stages, ", ")));
    }
    return {};
  }

 private:
  const toml::table& table_;
  std::string name_;
  std::string_view file_;
};

/// Reads `rule = "KIND[:NUMBER]"` and the keys that hold the kind's numbers.
class RuleReader {
 public:
  RuleReader(const Section& section, PolicyRule& rule) : section_(section), rule_(rule) {}

  Status read() {
    TIEOUT_TRY(const std::string text, section_.needed_text("rule"));
    const std::size_t colon = text.find(':');
    kind_ = text.substr(0, colon);
    if (colon != std::string::npos) {
      inline_ = text.substr(colon + 1);
    }
    const auto found =
        std::ranges::find(kRuleKinds, kind_, [](RuleKind kind) { return to_string(kind); });
    if (found == kRuleKinds.end()) {
      return unknown_kind();
    }
    rule_.kind = *found;
    TIEOUT_CHECK(read_numbers());
    if (inline_) {
      return section_.error(*section_.find("rule"),
                            fmt::format("rule '{}' takes no number, found '{}'", kind_, *inline_));
    }
    for (const std::string_view key : {"n", "abs", "rel", "time"}) {
      if (section_.find(key) != nullptr && std::ranges::find(used_, key) == used_.end()) {
        return section_.error(*section_.find(key),
                              fmt::format("{} has no meaning for rule '{}'", key, kind_));
      }
    }
    TIEOUT_TRY(rule_.reason, section_.text("reason"));
    if (rule_.kind == RuleKind::kIgnore && rule_.reason.empty()) {
      return section_.error(section_.line(), "rule 'ignore' needs a reason");
    }
    return {};
  }

 private:
  Error unknown_kind() const {
    std::vector<std::string> names;
    for (const RuleKind kind : kRuleKinds) {
      names.emplace_back(to_string(kind));
    }
    const std::string nearest = nearest_name(kind_, names);
    return section_.error(
        *section_.find("rule"),
        fmt::format("unknown rule '{}'{}; needed one of {}", kind_,
                    nearest.empty() ? "" : fmt::format(", the nearest is '{}'", nearest),
                    fmt::join(names, ", ")));
  }

  /// The number `key`, from behind the colon or from the key, parsed.
  template <typename Parse>
  auto number(std::string_view key, Parse parse) -> decltype(parse("")) {
    const toml::node* node = section_.find(key);
    if (inline_ && node != nullptr) {
      return section_.error(*node, fmt::format("{} is given twice: in rule too", key));
    }
    if (!inline_ && node == nullptr) {
      return section_.error(section_.line(), fmt::format("rule '{}' needs {}", kind_, key));
    }
    std::string text;
    if (inline_) {
      // "abs+rel:1e-9,1e-6": the first number, then the rest.
      const std::size_t comma =
          rule_.kind == RuleKind::kAbsRel && key == "abs" ? inline_->find(',') : std::string::npos;
      text = inline_->substr(0, comma);
      inline_ = comma == std::string::npos ? std::nullopt
                                           : std::optional<std::string>(inline_->substr(comma + 1));
      if (rule_.kind == RuleKind::kAbsRel && key == "abs" && !inline_) {
        return section_.error(*section_.find("rule"),
                              fmt::format("rule '{}' needs two numbers: abs,rel", kind_));
      }
      node = section_.find("rule");
    } else {
      used_.push_back(key);
      if (node->is_string()) {
        text = *node->value<std::string>();
      } else {
        TIEOUT_TRY(text, section_.number_text(key));
      }
    }
    auto value = parse(text);
    if (!value.ok()) {
      return section_.error(*node,
                            fmt::format("{} is '{}', needed {}", key, text, value.error().message));
    }
    return value;
  }

  Status read_numbers() {
    switch (rule_.kind) {
      case RuleKind::kUlp: {
        TIEOUT_TRY(rule_.count, number("n", count_of));
        return {};
      }
      case RuleKind::kAbs: {
        TIEOUT_TRY(rule_.abs, number("abs", tolerance_of));
        return {};
      }
      case RuleKind::kRel: {
        TIEOUT_TRY(rule_.rel, number("rel", tolerance_of));
        return {};
      }
      case RuleKind::kAbsRel: {
        TIEOUT_TRY(rule_.abs, number("abs", tolerance_of));
        TIEOUT_TRY(rule_.rel, number("rel", tolerance_of));
        return {};
      }
      case RuleKind::kTicks:
      case RuleKind::kLots:
      case RuleKind::kBps: {
        TIEOUT_TRY(rule_.units, number("n", tolerance_of));
        return {};
      }
      case RuleKind::kTime: {
        TIEOUT_TRY(rule_.time, number("time", time_of));
        return {};
      }
      case RuleKind::kExact:
      case RuleKind::kSet:
      case RuleKind::kMultiset:
      case RuleKind::kIgnore:
        break;
    }
    return {};
  }

  const Section& section_;
  PolicyRule& rule_;
  std::string kind_;
  std::optional<std::string> inline_;
  std::vector<std::string_view> used_;
};

class PolicyReader {
 public:
  PolicyReader(const toml::table& root, std::string_view file)
      : root_(root), top_(root, "policy", file), file_(file) {}

  Result<Policy> read() {
    TIEOUT_CHECK(top_.allow({"version", "name", "min_coverage", "rule", "waiver", "increments"}));
    TIEOUT_CHECK(read_head());
    TIEOUT_CHECK(for_each("rule", [&](const Section& section) { return read_rule(section); }));
    TIEOUT_CHECK(for_each("waiver", [&](const Section& section) { return read_waiver(section); }));
    TIEOUT_CHECK(read_increments());
    policy_.hash = sha256_hex(to_toml(policy_));
    return std::move(policy_);
  }

 private:
  Status read_head() {
    const toml::node* version = root_.get("version");
    if (version == nullptr) {
      return top_.error(1, "version is missing, needed version = 1");
    }
    if (!version->is_integer() || *version->value<std::int64_t>() != 1) {
      return top_.error(*version, fmt::format("version is {}, needed 1", found_text(*version)));
    }
    TIEOUT_TRY(policy_.name, top_.text("name"));
    if (const toml::node* coverage = root_.get("min_coverage"); coverage != nullptr) {
      TIEOUT_TRY(const std::string text, top_.number_text("min_coverage"));
      const auto value = parse_double(text);
      if (!value || !(*value >= 0 && *value <= 1)) {
        return top_.error(*coverage,
                          fmt::format("min_coverage is {}, needed a ratio from 0 to 1", text));
      }
      policy_.min_coverage = *value + 0.0;
    }
    return {};
  }

  /// `[[key]]`, table by table.
  template <typename Read>
  Status for_each(std::string_view key, Read read) {
    const toml::node* node = root_.get(key);
    if (node == nullptr) {
      return {};
    }
    const toml::array* tables = node->as_array();
    if (tables == nullptr || !tables->is_homogeneous(toml::node_type::table)) {
      return top_.error(*node,
                        fmt::format("{} is {}, needed [[{}]] tables", key, found_text(*node), key));
    }
    for (const toml::node& table : *tables) {
      TIEOUT_CHECK(read(Section(*table.as_table(), fmt::format("[[{}]]", key), file_)));
    }
    return {};
  }

  Status read_rule(const Section& section) {
    TIEOUT_CHECK(section.allow({"stage", "node", "column", "asset", "from", "until", "rule", "n",
                                "abs", "rel", "time", "reason"}));
    PolicyRule rule;
    TIEOUT_CHECK(section.read_place(rule));
    TIEOUT_CHECK(RuleReader(section, rule).read());
    policy_.rules.push_back(std::move(rule));
    return {};
  }

  Status read_waiver(const Section& section) {
    TIEOUT_CHECK(section.allow({"stage", "node", "column", "asset", "from", "until", "owner",
                                "reason", "expires", "max_abs"}));
    Waiver waiver;
    TIEOUT_CHECK(section.read_place(waiver));
    TIEOUT_TRY(waiver.owner, section.needed_text("owner"));
    TIEOUT_TRY(waiver.reason, section.needed_text("reason"));
    if (section.find("expires") == nullptr) {
      return section.error(section.line(), "expires is missing");
    }
    TIEOUT_TRY(waiver.expires, section.instant("expires"));
    if (section.find("max_abs") != nullptr) {
      TIEOUT_TRY(waiver.max_abs, section.positive("max_abs"));
    }
    policy_.waivers.push_back(std::move(waiver));
    return {};
  }

  Status read_increments() {
    const toml::node* node = root_.get("increments");
    if (node == nullptr) {
      return {};
    }
    if (!node->is_table()) {
      return top_.error(*node, fmt::format("increments is {}, needed [increments.\"ASSET\"] tables",
                                           found_text(*node)));
    }
    for (const auto& [key, value] : *node->as_table()) {
      const std::string name = fmt::format("[increments.\"{}\"]", key.str());
      if (!value.is_table() || key.str().empty()) {
        return top_.error(value, fmt::format("{} is {}, needed a table with tick or lot", name,
                                             found_text(value)));
      }
      const Section section(*value.as_table(), name, file_);
      TIEOUT_CHECK(section.allow({"tick", "lot"}));
      Increments increments;
      if (section.find("tick") != nullptr) {
        TIEOUT_TRY(increments.tick, section.positive("tick"));
      }
      if (section.find("lot") != nullptr) {
        TIEOUT_TRY(increments.lot, section.positive("lot"));
      }
      policy_.increments.emplace(std::string(key.str()), increments);
    }
    return {};
  }

  const toml::table& root_;
  Section top_;
  std::string_view file_;
  Policy policy_;
};

}  // namespace

Result<Policy> parse_policy(std::string_view toml, std::string_view file_name) {
  const toml::parse_result parsed = toml::parse(toml, file_name);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("parse_policy: {}:{}: not TOML: {}", file_name,
                             error.source().begin.line, error.description())};
  }
  return PolicyReader(parsed.table(), file_name).read();
}

Result<Policy> load_policy(const std::filesystem::path& file) {
  TIEOUT_TRY(const std::string text, read_file(file));
  return parse_policy(text, file.string());
}

}  // namespace tieout::recon
