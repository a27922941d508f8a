#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/frames/frame.hpp"
#include "tieout/oms/price_source.hpp"

namespace tieout::system {

/// Prices out of tables of bars, with whatever columns these have (bid, ask, price, close, ...).
class FramePrices final : public oms::PriceSource {
 public:
  /// Add the rows of a file: CSV, csv.gz or Parquet. Columns: `end_datetime` or `end_timestamp`;
  /// `asset_id`, or `full_symbol`; `timestamp_db`, `knowledge_timestamp` or `knowledge_datetime`
  /// (none: a bar is known at its end); every other column of numbers is a price. Of several
  /// versions of a bar the one known last wins, of those the last in the file.
  /// Errors: those of read_frame(); kSchemaMismatch naming the column that is missing.
  Status add(const std::filesystem::path& file);

  Result<std::vector<double>> at_end(std::string_view column, Timestamp end,
                                     std::span<const AssetId> assets, const AsOf& as_of) override;
  Result<std::vector<double>> twap(std::string_view column, Timestamp first, Timestamp last,
                                   std::span<const AssetId> assets, const AsOf& as_of) override;
  Result<std::vector<oms::BarSeries>> series(std::span<const std::string_view> columns,
                                             Timestamp first, Timestamp last,
                                             std::span<const AssetId> assets,
                                             const AsOf& as_of) override;
  Result<std::optional<Timestamp>> last_end(std::span<const AssetId> assets,
                                            const AsOf& as_of) override;

 private:
  struct Version {
    Timestamp knowledge;
    std::vector<double> values;  // [columns_], NaN where the file has no such column
  };
  using Bars = std::map<Timestamp, std::vector<Version>>;

  Result<std::size_t> position_of(std::string_view column) const;
  /// The winning version of a bar, or null.
  static const Version* winner(const std::vector<Version>& versions, const AsOf& as_of);

  std::vector<std::string> columns_;
  std::map<AssetId, Bars> bars_;
};

}  // namespace tieout::system
