#include "symbol_lookup.hpp"

#include <algorithm>

namespace tieout::recon {

std::string pair_of(std::string_view symbol) {
  if (const std::size_t at = symbol.find("::"); at != std::string_view::npos) {
    symbol.remove_prefix(at + 2);
  }
  std::string pair(symbol.substr(0, symbol.find(':')));
  std::ranges::replace(pair, '/', '_');
  return pair;
}

std::vector<AssetId> assets_named(std::string_view symbol, const std::vector<Asset>& universe) {
  std::vector<AssetId> found;
  for (const Asset& asset : universe) {
    if (asset.full_symbol == symbol || pair_of(asset.full_symbol) == pair_of(symbol)) {
      found.push_back(asset.id);
    }
  }
  return found;
}

}  // namespace tieout::recon
