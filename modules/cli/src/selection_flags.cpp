#include "selection_flags.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::cli {

Result<Timestamp> parse_bar(const std::string& text) {
  Result<Timestamp> name = parse_ts_name(text);
  return name.ok() ? name : parse_iso(text);
}

Result<AssetId> parse_asset(std::string_view who, const std::string& text,
                            const std::vector<Asset>& universe) {
  const auto found = std::ranges::find(universe, text, &Asset::full_symbol);
  if (found != universe.end()) return found->id;
  if (const auto id = parse_int(text)) return AssetId{*id};
  return Error{ErrorCode::kUnknownName,
               fmt::format("{}: asset '{}' is no id and no symbol of the universe", who, text)};
}

}  // namespace tieout::cli
