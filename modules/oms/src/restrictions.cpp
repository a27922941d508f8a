#include "tieout/oms/restrictions.hpp"

#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"

#include "config_keys.hpp"

namespace tieout::oms {
namespace {

using analytics::TradingRestriction;

struct Flag {
  const char* name;
  bool TradingRestriction::*member;
};
constexpr std::array<Flag, 5> kFlags = {{
    {"is_restricted", &TradingRestriction::is_restricted},
    {"is_buy_restricted", &TradingRestriction::is_buy_restricted},
    {"is_buy_cover_restricted", &TradingRestriction::is_buy_cover_restricted},
    {"is_sell_short_restricted", &TradingRestriction::is_sell_short_restricted},
    {"is_sell_long_restricted", &TradingRestriction::is_sell_long_restricted},
}};

std::optional<bool> parse_flag(std::string_view text) {
  for (const std::string_view yes : {"True", "true", "t", "1"}) {
    if (text == yes) {
      return true;
    }
  }
  for (const std::string_view no : {"False", "false", "f", "0"}) {
    if (text == no) {
      return false;
    }
  }
  return std::nullopt;
}

config::Path flag_key(std::string asset, const char* flag) {
  return {"restrictions", std::move(asset), flag};
}

/// Places of asset_id and of the flags.
Result<std::array<std::size_t, 6>> places_of(const std::vector<std::string_view>& header) {
  std::array<std::size_t, 6> places{};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::string_view name = i == 0 ? "asset_id" : kFlags[i - 1].name;
    const auto place = find_field(header, name);
    if (!place) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("restrictions: the header has no column '{}'", name)};
    }
    places[i] = *place;
  }
  return places;
}

}  // namespace

Result<Restrictions> parse_restrictions(std::string_view csv) {
  CsvReader reader(csv);
  TIEOUT_TRY(const bool has_header, reader.next());
  if (!has_header) {
    return Error{ErrorCode::kSchemaMismatch, "restrictions: no header"};
  }
  const std::size_t width = reader.fields().size();
  TIEOUT_TRY(const auto places, places_of(reader.fields()));
  Restrictions result;
  while (true) {
    TIEOUT_TRY(const bool more, reader.next());
    if (!more) {
      return result;
    }
    const auto& fields = reader.fields();
    const auto refuse = [&reader](ErrorCode code, std::string_view what) {
      return Error{code, fmt::format("restrictions: line {}: {}", reader.line(), what)};
    };
    if (fields.size() != width) {
      return refuse(ErrorCode::kMalformedData,
                    fmt::format("{} fields, needed {}", fields.size(), width));
    }
    const auto id = parse_int(fields[places[0]]);
    if (!id || *id < 0) {
      return refuse(ErrorCode::kMalformedData,
                    fmt::format("asset_id is '{}', needed a number", fields[places[0]]));
    }
    const auto [place, is_new] = result.emplace(AssetId{*id}, TradingRestriction{});
    if (!is_new) {
      return refuse(ErrorCode::kDuplicateId, fmt::format("asset {} stands there twice", *id));
    }
    for (std::size_t i = 0; i < kFlags.size(); ++i) {
      const auto flag = parse_flag(fields[places[i + 1]]);
      if (!flag) {
        return refuse(
            ErrorCode::kMalformedData,
            fmt::format("{} is '{}', needed True or False", kFlags[i].name, fields[places[i + 1]]));
      }
      place->second.*kFlags[i].member = *flag;
    }
  }
}

Result<Restrictions> read_restrictions(const std::filesystem::path& path) {
  TIEOUT_TRY(const std::string text, read_file(path));
  auto restrictions = parse_restrictions(text);
  if (!restrictions.ok()) {
    return Error{restrictions.error().code,
                 fmt::format("'{}': {}", path.string(), restrictions.error().message)};
  }
  return restrictions;
}

void record_restrictions(config::Config& config, const Restrictions& restrictions,
                         std::string_view writer) {
  for (const auto& [asset, restriction] : restrictions) {
    for (const Flag& flag : kFlags) {
      config.declare(flag_key(std::to_string(asset.value), flag.name), restriction.*flag.member,
                     writer);
    }
  }
}

Result<Restrictions> recorded_restrictions(const config::Config& config) {
  Restrictions result;
  for (const config::Leaf& leaf : config.subconfig({"restrictions"}).leaves()) {
    const auto id = parse_int(leaf.path.front());
    const bool* set = leaf.value.get_if<bool>();
    bool known = false;
    for (const Flag& flag : kFlags) {
      if (id && set != nullptr && leaf.path.size() == 2 && leaf.path[1] == flag.name) {
        result[AssetId{*id}].*flag.member = *set;
        known = true;
      }
    }
    if (!known) {
      return invalid({"restrictions", leaf.path.front()}, config::to_text(leaf.value),
                     "flags of restrictions.<asset id>");
    }
  }
  return result;
}

}  // namespace tieout::oms
