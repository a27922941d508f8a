#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"

namespace tieout {

/// Numerical identity of an instrument; derived from its full symbol (see asset_id_of).
struct AssetId {
  std::int64_t value = 0;
  friend constexpr auto operator<=>(const AssetId&, const AssetId&) = default;
};

/// Marks a column that belongs to no asset ("statistics", "n_rows").
inline constexpr AssetId kNoAsset{std::numeric_limits<std::int64_t>::min()};
/// The cash row of a portfolio.
inline constexpr AssetId kCash{-1};

/// The id of "exchange::PAIR": the first 10 decimal digits of the MD5 of the text, read as an
/// unsigned 128-bit number.
///
/// Errors:  kInvalidArgument when the symbol is not [a-zA-Z_]+::[a-zA-Z_0-9]+.
/// Source:  market_data.md 1.3; "binance::BTC_USDT" is 1467591036.
Result<AssetId> asset_id_of(std::string_view full_symbol);

/// An instrument of a universe.
struct Asset {
  AssetId id;
  std::string full_symbol;  // "binance::BTC_USDT"
  friend bool operator==(const Asset&, const Asset&) = default;
};

/// The instruments of a run: sorted by id, no two alike.
class Universe {
 public:
  Universe() = default;

  /// Errors: kInvalidArgument for a bad symbol, kDuplicateId naming both symbols when two ids
  /// collide. A symbol that is given twice counts once.
  static Result<Universe> from_symbols(const std::vector<std::string>& full_symbols);
  /// For data that names assets by number only (golden cases); the symbol is "id::<number>".
  static Universe from_ids(const std::vector<AssetId>& ids);

  const std::vector<Asset>& assets() const noexcept { return assets_; }
  std::vector<AssetId> ids() const;
  std::size_t size() const noexcept { return assets_.size(); }
  bool empty() const noexcept { return assets_.empty(); }
  bool contains(AssetId id) const noexcept;
  /// Full symbol of `id`, or "id::<number>" when the universe does not hold it.
  std::string symbol_of(AssetId id) const;

 private:
  std::vector<Asset> assets_;
};

}  // namespace tieout
