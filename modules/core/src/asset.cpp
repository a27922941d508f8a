#include "tieout/core/asset.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace tieout {
namespace {

bool is_valid_symbol(std::string_view symbol) {
  const std::size_t colon = symbol.find("::");
  if (colon == std::string_view::npos || colon == 0 || colon + 2 >= symbol.size()) {
    return false;
  }
  // ASCII, whatever the locale of the process is.
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto letter_or_digit = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return std::ranges::all_of(symbol.substr(0, colon), letter) &&
         std::ranges::all_of(symbol.substr(colon + 2), letter_or_digit);
}

}  // namespace

Result<AssetId> asset_id_of(std::string_view full_symbol) {
  if (!is_valid_symbol(full_symbol)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("asset_id_of: found symbol '{}', needed exchange::PAIR of letters, "
                             "digits (not in the exchange) and '_'",
                             full_symbol)};
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const int ok =
      EVP_Digest(full_symbol.data(), full_symbol.size(), digest.data(), &size, EVP_md5(), nullptr);
  if (ok != 1 || size != 16) {
    return Error{ErrorCode::kInternal, "asset_id_of: the MD5 function of OpenSSL failed"};
  }
  __extension__ using Uint128 = unsigned __int128;
  Uint128 number = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    number = (number << 8) | digest[i];
  }
  std::array<char, 40> reversed{};
  std::size_t count = 0;
  do {
    reversed[count++] = static_cast<char>('0' + static_cast<int>(number % 10));
    number /= 10;
  } while (number != 0);
  std::int64_t id = 0;
  for (std::size_t i = 0; i < 10 && i < count; ++i) {
    id = id * 10 + (reversed[count - 1 - i] - '0');
  }
  return AssetId{id};
}

Result<Universe> Universe::from_symbols(const std::vector<std::string>& full_symbols) {
  Universe universe;
  for (const std::string& symbol : full_symbols) {
    TIEOUT_TRY(const AssetId id, asset_id_of(symbol));
    universe.assets_.push_back({id, symbol});
  }
  std::ranges::sort(universe.assets_, [](const Asset& a, const Asset& b) {
    return std::tie(a.id, a.full_symbol) < std::tie(b.id, b.full_symbol);
  });
  // Not std::ranges::unique: clang 14 does not take libstdc++'s subrange.
  universe.assets_.erase(std::unique(universe.assets_.begin(), universe.assets_.end()),
                         universe.assets_.end());
  const auto collision = std::ranges::adjacent_find(universe.assets_, {}, &Asset::id);
  if (collision != universe.assets_.end()) {
    return Error{ErrorCode::kDuplicateId,
                 fmt::format("Universe: symbols '{}' and '{}' have the same asset id {}",
                             collision->full_symbol, std::next(collision)->full_symbol,
                             collision->id.value)};
  }
  return universe;
}

Universe Universe::from_ids(const std::vector<AssetId>& ids) {
  Universe universe;
  for (const AssetId id : ids) {
    universe.assets_.push_back({id, fmt::format("id::{}", id.value)});
  }
  std::ranges::sort(universe.assets_, {}, &Asset::id);
  universe.assets_.erase(std::unique(universe.assets_.begin(), universe.assets_.end()),
                         universe.assets_.end());
  return universe;
}

std::vector<AssetId> Universe::ids() const {
  std::vector<AssetId> ids;
  ids.reserve(assets_.size());
  for (const Asset& asset : assets_) {
    ids.push_back(asset.id);
  }
  return ids;
}

bool Universe::contains(AssetId id) const noexcept {
  return std::ranges::binary_search(assets_, id, {}, &Asset::id);
}

std::string Universe::symbol_of(AssetId id) const {
  const auto found = std::ranges::lower_bound(assets_, id, {}, &Asset::id);
  return found != assets_.end() && found->id == id ? found->full_symbol
                                                   : fmt::format("id::{}", id.value);
}

}  // namespace tieout
