#pragma once

#include <cmath>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"

namespace tieout::analytics {

/// The assets of a panel's columns, ascending, each once.
std::vector<AssetId> assets_of(const Panel& panel);

/// That the panel has these fields for each of the assets.
/// Errors: kSchemaMismatch "who: what lacks column field[asset]".
Status need_fields(std::string_view who, std::string_view what, const Panel& panel,
                   std::initializer_list<std::string_view> fields, std::span<const AssetId> assets);

/// The column (field, asset), which must be there.
std::span<const double> column_of(const Panel& panel, std::string_view field, AssetId asset);
std::span<double> column_of(Panel& panel, std::string_view field, AssetId asset);

/// Rows of NaN for these fields of these assets; columns field by field.
Panel make_panel(std::initializer_list<std::string_view> fields, std::span<const AssetId> assets,
                 std::span<const Timestamp> index);

/// values[row - lag]; NaN before the first row.
inline double lagged(std::span<const double> values, std::size_t row, std::size_t lag) noexcept {
  return row < lag ? kNaN : values[row - lag];
}
/// values[row + 1]; NaN after the last row.
inline double led(std::span<const double> values, std::size_t row) noexcept {
  return row + 1 < values.size() ? values[row + 1] : kNaN;
}

inline double sign_of(double x) noexcept {
  return x > 0 ? 1.0 : (x < 0 ? -1.0 : (x == 0 ? 0.0 : kNaN));
}

/// 1 for a buy, -1 for a sell, 0 for nothing or not known.
inline double side_of(double shares) noexcept {
  return shares > 0 ? 1.0 : (shares < 0 ? -1.0 : 0.0);
}

/// A sum that leaves NaN out and is NaN until the first number (pandas' min_count 1).
class NanSum {
 public:
  void add(double value) noexcept {
    if (!std::isnan(value)) {
      sum_ = (std::isnan(sum_) ? 0.0 : sum_) + value;
    }
  }
  double value() const noexcept { return sum_; }

 private:
  double sum_ = kNaN;
};

}  // namespace tieout::analytics
