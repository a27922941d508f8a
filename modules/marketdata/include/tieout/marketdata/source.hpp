#pragma once

#include <optional>
#include <span>
#include <vector>

#include "tieout/core/as_of.hpp"
#include "tieout/core/result.hpp"
#include "tieout/marketdata/bar.hpp"

namespace tieout::marketdata {

/// Bars with `first < end <= last`, that is the interval (first, last] of bar ends.
struct BarWindow {
  Timestamp first;  // exclusive
  Timestamp last;   // inclusive
};

/// Whether a bar may be computed.
struct Readiness {
  Timestamp bar_end;
  std::vector<AssetId>
      laggards;  // Expected assets without a visible row that ends at or after bar_end, ascending.
  bool ready() const noexcept { return laggards.empty(); }
};

/// Reads of market data. Every read states what was known: see AsOf.
///
/// Contract (one test suite runs it over every implementation): for each (asset, end) the visible
/// version with the largest (knowledge, seq) wins; results are ordered by (end, asset). Asset lists
/// may be in any order; repeated ids count once, and no ids means no rows.
class MarketDataSource {
 public:
  virtual ~MarketDataSource() = default;

  /// The winning version of every bar of these assets in the window, as known at `as_of`.
  virtual Result<std::vector<BarVersion>> read(const BarWindow& window,
                                               std::span<const AssetId> assets,
                                               const AsOf& as_of) = 0;

  /// Those bars of read(window, assets, as_of) whose winning version was not visible at `since`:
  /// new and revised bars. When `since` is not later than `as_of` in either part, this is the
  /// difference of the two reads. It costs the rows that became visible between the two, not the
  /// window.
  virtual Result<std::vector<BarVersion>> read_changes(const BarWindow& window,
                                                       std::span<const AssetId> assets,
                                                       const AsOf& since, const AsOf& as_of) = 0;

  /// Every stored version in the window, ordered by (end, asset, knowledge, seq); for dumps and
  /// evidence.
  virtual Result<std::vector<BarVersion>> read_all_versions(const BarWindow& window,
                                                            std::span<const AssetId> assets) = 0;

  /// Rule: an expected asset is a laggard unless it has a visible row that ends at or after
  /// bar_end.
  virtual Result<Readiness> readiness(Timestamp bar_end, std::span<const AssetId> expected,
                                      const AsOf& as_of) = 0;

  /// Highest seq that is committed now, 0 when empty.
  virtual Result<std::int64_t> max_seq() = 0;

  /// Every asset that has a row, ascending by id, each with the symbol of its newest row.
  virtual Result<std::vector<Asset>> assets() = 0;
};

/// A source that takes new versions.
class BarStore : public MarketDataSource {
 public:
  /// Commit these versions in one transaction, in order; each gets the next seq (the one it carries
  /// is ignored). An exact repetition (same asset, end, OHLCV) of the bar's newest version, that
  /// with the largest (knowledge, seq), is absorbed; a flip A-B-A is kept. Returns the number that
  /// was stored. On an error nothing is stored.
  virtual Result<std::size_t> append(std::span<const BarVersion> versions) = 0;
};

}  // namespace tieout::marketdata
