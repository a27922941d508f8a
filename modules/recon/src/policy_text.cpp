#include <fmt/format.h>

#include "tieout/core/hash.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/recon/policy.hpp"

namespace tieout::recon {
namespace {

/// A TOML basic string.
std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20U || byte == 0x7FU) {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

void append_text(std::string& out, std::string_view key, std::string_view value) {
  if (!value.empty()) {
    out += fmt::format("{} = {}\n", key, toml_string(value));
  }
}

template <typename Selector>
void append_place(std::string& out, const Selector& selector) {
  append_text(out, "stage", selector.layer);
  append_text(out, "node", selector.node);
  append_text(out, "column", selector.column);
  append_text(out, "asset", selector.asset);
  if (selector.from) {
    append_text(out, "from", to_iso(*selector.from));
  }
  if (selector.until) {
    append_text(out, "until", to_iso(*selector.until));
  }
}

/// `KIND:NUMBER`, as the key `rule` has it.
std::string rule_text(const PolicyRule& rule) {
  const std::string_view kind = to_string(rule.kind);
  switch (rule.kind) {
    case RuleKind::kUlp:
      return fmt::format("{}:{}", kind, rule.count);
    case RuleKind::kAbs:
      return fmt::format("{}:{}", kind, format_double(rule.abs));
    case RuleKind::kRel:
      return fmt::format("{}:{}", kind, format_double(rule.rel));
    case RuleKind::kAbsRel:
      return fmt::format("{}:{},{}", kind, format_double(rule.abs), format_double(rule.rel));
    case RuleKind::kTicks:
    case RuleKind::kLots:
    case RuleKind::kBps:
      return fmt::format("{}:{}", kind, format_double(rule.units));
    case RuleKind::kTime:
      return fmt::format("{}:{}", kind, rule.time.ns == 0 ? "0ns" : to_period(rule.time));
    case RuleKind::kExact:
    case RuleKind::kSet:
    case RuleKind::kMultiset:
    case RuleKind::kIgnore:
      break;
  }
  return std::string(kind);
}

}  // namespace

std::string to_toml(const Policy& policy) {
  std::string out = fmt::format("version = {}\n", policy.version);
  append_text(out, "name", policy.name);
  if (policy.min_coverage > 0) {
    out += fmt::format("min_coverage = {}\n", format_double(policy.min_coverage));
  }
  for (const auto& [asset, increments] : policy.increments) {
    out += fmt::format("\n[increments.{}]\n", toml_string(asset));
    if (increments.tick > 0) {
      out += fmt::format("tick = {}\n", format_double(increments.tick));
    }
    if (increments.lot > 0) {
      out += fmt::format("lot = {}\n", format_double(increments.lot));
    }
  }
  for (const PolicyRule& rule : policy.rules) {
    out += "\n[[rule]]\n";
    append_place(out, rule);
    append_text(out, "rule", rule_text(rule));
    append_text(out, "reason", rule.reason);
  }
  for (const Waiver& waiver : policy.waivers) {
    out += "\n[[waiver]]\n";
    append_place(out, waiver);
    append_text(out, "owner", waiver.owner);
    append_text(out, "reason", waiver.reason);
    if (waiver.expires) {
      append_text(out, "expires", to_iso(*waiver.expires));
    }
    if (waiver.max_abs) {
      out += fmt::format("max_abs = {}\n", format_double(*waiver.max_abs));
    }
  }
  return out;
}

const Policy& exact_policy() {
  static const Policy kPolicy = [] {
    Policy policy;
    policy.name = "exact";
    policy.rules.emplace_back();
    policy.hash = sha256_hex(to_toml(policy));
    return policy;
  }();
  return kPolicy;
}

}  // namespace tieout::recon
