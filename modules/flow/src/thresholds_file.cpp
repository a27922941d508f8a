#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/toml.hpp"
#include "tieout/flow/thresholds.hpp"

namespace tieout::flow {
namespace {

constexpr std::array<std::pair<std::string_view, double Thresholds::*>, 3> kNumbers{{
    {"usdt_balance", &Thresholds::usdt_balance},
    {"cumulative_pnl", &Thresholds::cumulative_pnl},
    {"cumulative_pnl_to_gmv", &Thresholds::cumulative_pnl_to_gmv},
}};
constexpr std::string_view kBarsBehind = "bars_behind";

Error at(std::string_view file, const toml::node& node, ErrorCode code, std::string_view what) {
  return Error{code,
               fmt::format("thresholds: '{}' line {}: {}", file, node.source().begin.line, what)};
}

Status read_number(const toml::node& node, std::string_view key, std::string_view file,
                   double& out) {
  const auto value = node.value<double>();
  if (!node.is_number() || !value) {
    return at(file, node, ErrorCode::kConfigTypeMismatch,
              fmt::format("{} is no number, needed one", key));
  }
  if (!std::isfinite(*value)) {
    return at(file, node, ErrorCode::kInvalidConfig,
              fmt::format("{} is not finite, needed a finite number", key));
  }
  out = *value;
  return {};
}

Status read_count(const toml::node& node, std::string_view key, std::string_view file,
                  std::uint64_t& out) {
  const auto value = node.value<std::int64_t>();
  if (!node.is_integer() || !value) {
    return at(file, node, ErrorCode::kConfigTypeMismatch,
              fmt::format("{} is no integer, needed one", key));
  }
  if (*value < 0) {
    return at(file, node, ErrorCode::kInvalidConfig,
              fmt::format("{} is {}, needed 0 or more", key, *value));
  }
  out = static_cast<std::uint64_t>(*value);
  return {};
}

}  // namespace

Result<Thresholds> parse_thresholds(std::string_view text, std::string_view file) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("thresholds: '{}' line {}: {}", file,
                             parsed.error().source().begin.line, parsed.error().description())};
  }
  Thresholds out;
  for (const auto& [toml_key, node] : parsed.table()) {
    const std::string_view key = toml_key.str();
    const auto number = std::find_if(kNumbers.begin(), kNumbers.end(),
                                     [&key](const auto& item) { return item.first == key; });
    if (number != kNumbers.end()) {
      TIEOUT_CHECK(read_number(node, key, file, out.*(number->second)));
    } else if (key == kBarsBehind) {
      TIEOUT_CHECK(read_count(node, key, file, out.bars_behind));
    } else {
      std::vector<std::string> known{std::string(kBarsBehind)};
      for (const auto& item : kNumbers) {
        known.emplace_back(item.first);
      }
      return at(
          file, node, ErrorCode::kUnknownConfigKey,
          fmt::format("there is no threshold '{}'; there are {}", key, fmt::join(known, ", ")));
    }
  }
  return out;
}

Result<Thresholds> read_thresholds(const std::filesystem::path& path) {
  TIEOUT_TRY(const std::string text, read_file(path));
  return parse_thresholds(text, path.string());
}

}  // namespace tieout::flow
