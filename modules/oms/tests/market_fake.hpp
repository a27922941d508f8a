#pragma once

#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/random.hpp"
#include "tieout/core/time.hpp"
#include "tieout/oms/price_source.hpp"

namespace tieout::oms {

/// Prices held in memory; counts what was asked.
class FakePrices : public PriceSource {
 public:
  /// `knowledge`: when the row can be read; by default at its end.
  void add(std::string_view column, AssetId asset, Timestamp end, double value,
           std::optional<Timestamp> knowledge = {}) {
    rows_[std::string(column)][asset][end] = Row{value, knowledge.value_or(end)};
  }

  /// Columns start_datetime, end_datetime, timestamp_db, asset_id and prices, in any order.
  static FakePrices read(const std::filesystem::path& path) {
    FakePrices prices;
    const std::string text = read_file(path).value();
    CsvReader csv(text);
    std::vector<std::string> header;
    while (csv.next().value()) {
      const auto& fields = csv.fields();
      if (header.empty()) {
        header.assign(fields.begin(), fields.end());
        continue;
      }
      std::map<std::string, std::string_view> row;
      for (std::size_t i = 0; i < header.size(); ++i) {
        row[header[i]] = fields[i];
      }
      const AssetId asset{parse_int(row.at("asset_id")).value()};
      const Timestamp end = parse_iso(row.at("end_datetime")).value();
      const Timestamp knowledge = parse_iso(row.at("timestamp_db")).value();
      for (const auto& field : row) {
        if (const auto value = parse_double(field.second)) {
          prices.add(field.first, asset, end, *value, knowledge);
        }
      }
    }
    return prices;
  }

  Result<std::vector<double>> at_end(std::string_view column, Timestamp end,
                                     std::span<const AssetId> assets, const AsOf& as_of) override {
    return twap(column, end - nanoseconds(1), end, assets, as_of);
  }

  Result<std::vector<double>> twap(std::string_view column, Timestamp first, Timestamp last,
                                   std::span<const AssetId> assets, const AsOf& as_of) override {
    if (fail) {
      return Error{ErrorCode::kStoreFailed, "the planted failure"};
    }
    std::vector<double> means;
    for (const AssetId asset : assets) {
      std::vector<double> values;
      const auto& series = rows_[std::string(column)][asset];
      for (auto row = series.upper_bound(first); row != series.end() && row->first <= last; ++row) {
        if (row->second.knowledge <= as_of.knowledge) {
          values.push_back(row->second.value);
        }
      }
      means.push_back(mean_price(values));
    }
    return means;
  }

  Result<std::vector<BarSeries>> series(std::span<const std::string_view> columns, Timestamp first,
                                        Timestamp last, std::span<const AssetId> assets,
                                        const AsOf& as_of) override {
    if (fail) {
      return Error{ErrorCode::kStoreFailed, "the planted failure"};
    }
    std::vector<BarSeries> result(assets.size());
    for (std::size_t a = 0; a < assets.size(); ++a) {
      std::map<Timestamp, std::vector<double>> bars;
      for (std::size_t c = 0; c < columns.size(); ++c) {
        for (const auto& row : rows_[std::string(columns[c])][assets[a]]) {
          if (row.first > first && row.first <= last && row.second.knowledge <= as_of.knowledge) {
            bars.try_emplace(row.first, columns.size(), std::numeric_limits<double>::quiet_NaN())
                .first->second[c] = row.second.value;
          }
        }
      }
      result[a].values.resize(columns.size());
      for (const auto& bar : bars) {
        const auto& row = rows_[std::string(columns[0])][assets[a]][bar.first];
        result[a].ends.push_back(bar.first);
        result[a].knowledge.push_back(row.knowledge);
        result[a].end_download.push_back(row.knowledge);
        for (std::size_t c = 0; c < columns.size(); ++c) {
          result[a].values[c].push_back(bar.second[c]);
        }
      }
    }
    return result;
  }

  Result<std::optional<Timestamp>> last_end(std::span<const AssetId> assets,
                                            const AsOf& as_of) override {
    std::optional<Timestamp> newest;
    for (auto& column : rows_) {
      for (const AssetId asset : assets) {
        for (const auto& row : column.second[asset]) {
          if (row.second.knowledge <= as_of.knowledge && (!newest || row.first > *newest)) {
            newest = row.first;
          }
        }
      }
    }
    return newest;
  }

  bool fail = false;

 private:
  struct Row {
    double value;
    Timestamp knowledge;
  };
  std::map<std::string, std::map<AssetId, std::map<Timestamp, Row>>> rows_;
};

/// A sequence of draws from one seed.
class Random {
 public:
  explicit Random(std::uint64_t seed) : rng_(seed, 0) {}
  double uniform() { return rng_.uniform(next_++); }

 private:
  CounterRng rng_;
  std::uint64_t next_ = 0;
};

inline Timestamp at(std::string_view text) {
  return parse_iso(text).value();
}
inline std::filesystem::path golden_dir() {
  return std::filesystem::path(TIEOUT_SHARED_DIR) / "golden";
}

}  // namespace tieout::oms
