#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "research_grid.hpp"

namespace tieout::analytics {
namespace {

std::string field_list(const Panel& frame) {
  std::vector<std::string> fields;
  for (const ColumnKey& key : frame.columns()) {
    if (std::find(fields.begin(), fields.end(), key.field) == fields.end()) {
      fields.push_back(key.field);
    }
  }
  return fmt::format("{}", fmt::join(fields, ", "));
}

std::vector<AssetId> assets_of(const Panel& frame, const std::string& field) {
  std::vector<AssetId> assets;
  for (const std::size_t column : frame.columns_of(field)) {
    if (frame.columns()[column].asset != kNoAsset) {
      assets.push_back(frame.columns()[column].asset);
    }
  }
  return assets;
}

Result<std::vector<std::size_t>> columns_of(const Panel& frame, std::string_view argument,
                                            const std::string& field,
                                            const std::vector<AssetId>& assets) {
  const std::size_t found = assets_of(frame, field).size();
  if (found == 0) {
    return Error{
        ErrorCode::kSchemaMismatch,
        fmt::format("research_portfolio: {} is '{}', the frame has no such field; it has: {}",
                    argument, field, field_list(frame))};
  }
  std::vector<std::size_t> columns;
  for (const AssetId asset : assets) {
    const auto column = frame.find_column({field, asset});
    if (!column) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("research_portfolio: '{}' has no asset {}, which the price has",
                               field, asset.value)};
    }
    columns.push_back(*column);
  }
  if (found != assets.size()) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("research_portfolio: '{}' has {} assets, the price has {}", field,
                             found, assets.size())};
  }
  return columns;
}

bool any_number(const Panel& frame, const std::vector<std::size_t>& columns, std::size_t row) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](std::size_t column) { return !std::isnan(frame.at(row, column)); });
}

Grid copied(const Panel& frame, const std::vector<std::size_t>& columns,
            const std::vector<std::size_t>& rows) {
  Grid grid(rows.size(), columns.size());
  for (std::size_t a = 0; a < columns.size(); ++a) {
    const auto source = frame.column(columns[a]);
    for (std::size_t i = 0; i < rows.size(); ++i) grid.at(i, a) = source[rows[i]];
  }
  return grid;
}

Status check_fill_prices(const ResearchColumns& names) {
  if (names.buy_price.has_value() != names.sell_price.has_value()) {
    return Error{ErrorCode::kInvalidConfig,
                 "research_portfolio: buy_price and sell_price must both be given or both not"};
  }
  return {};
}

}  // namespace

Result<ResearchInput> trim_input(const Panel& frame, const ResearchColumns& names, Zone zone) {
  TIEOUT_CHECK(check_fill_prices(names));
  ResearchInput input;
  input.assets = assets_of(frame, names.price);
  TIEOUT_TRY(const auto prices, columns_of(frame, "price", names.price, input.assets));
  TIEOUT_TRY(const auto volatilities,
             columns_of(frame, "volatility", names.volatility, input.assets));
  TIEOUT_TRY(const auto predictions,
             columns_of(frame, "prediction", names.prediction, input.assets));
  bool seen_prediction = false;
  bool seen_volatility = false;
  for (std::size_t row = 0; row < frame.row_count(); ++row) {
    if (!any_number(frame, prices, row)) continue;
    seen_prediction = seen_prediction || any_number(frame, predictions, row);
    seen_volatility = seen_volatility || any_number(frame, volatilities, row);
    if (seen_prediction && seen_volatility) input.source_rows.push_back(row);
  }
  if (input.source_rows.empty()) {
    return Error{ErrorCode::kMissingData,
                 fmt::format("research_portfolio: none of the {} bars has a price after the first "
                             "prediction ('{}') and the first volatility ('{}')",
                             frame.row_count(), names.prediction, names.volatility)};
  }
  for (const std::size_t row : input.source_rows) {
    const Timestamp bar = frame.index()[row];
    const bool same_date =
        !input.bars.empty() && local_midnight(bar, zone) == local_midnight(input.bars.back(), zone);
    input.dates.push_back(input.bars.empty() ? 0 : input.dates.back() + (same_date ? 0U : 1U));
    input.bars.push_back(bar);
  }
  input.price = copied(frame, prices, input.source_rows);
  input.volatility = copied(frame, volatilities, input.source_rows);
  input.prediction = copied(frame, predictions, input.source_rows);
  const auto read_optional = [&](std::string_view argument, const std::optional<std::string>& name,
                                 Grid& grid) -> Status {
    if (!name) return {};
    TIEOUT_TRY(const auto columns, columns_of(frame, argument, *name, input.assets));
    grid = copied(frame, columns, input.source_rows);
    return {};
  };
  TIEOUT_CHECK(read_optional("spread", names.spread, input.spread));
  TIEOUT_CHECK(read_optional("buy_price", names.buy_price, input.buy_price));
  TIEOUT_CHECK(read_optional("sell_price", names.sell_price, input.sell_price));
  return input;
}

Result<ShareRounding> ShareRounding::of(const ResearchBooks& books,
                                        const std::vector<AssetId>& assets) {
  const auto& decimals = books.asset_id_to_share_decimals;
  if (books.quantization.has_value() == decimals.has_value()) {
    return Error{
        ErrorCode::kInvalidConfig,
        fmt::format("research_portfolio: quantization and asset_id_to_share_decimals are {} "
                    "given, exactly one is needed",
                    decimals.has_value() ? "both" : "both not")};
  }
  ShareRounding rounding;
  for (const AssetId asset : assets) {
    if (books.quantization) {
      rounding.decimals_.push_back(*books.quantization);
      continue;
    }
    const auto own = decimals->find(asset);
    if (own == decimals->end()) {
      return Error{ErrorCode::kInvalidConfig,
                   fmt::format("research_portfolio: asset_id_to_share_decimals has no asset {}",
                               asset.value)};
    }
    rounding.decimals_.push_back(own->second);
  }
  constexpr int kMostDecimals = 300;
  for (const int own : rounding.decimals_) {
    if (own < -kMostDecimals || own > kMostDecimals) {
      return Error{ErrorCode::kInvalidConfig,
                   fmt::format("research_portfolio: {} decimals of a share, needed a number in "
                               "[-{}, {}]",
                               own, kMostDecimals, kMostDecimals)};
    }
  }
  return rounding;
}

double ShareRounding::as_reference(double shares, std::size_t asset) const noexcept {
  return round_decimals(shares, decimals_[asset]);
}

double ShareRounding::exact(double shares, std::size_t asset) const noexcept {
  constexpr double kFirstWithoutFraction = 9007199254740992.0;  // 2^53
  const int decimals = decimals_[asset];
  const bool past_all_digits =
      decimals > 0 && std::abs(shares) * std::pow(10.0, decimals) >= kFirstWithoutFraction;
  return past_all_digits ? shares : round_decimals(shares, decimals);
}

void NoteCounter::add(std::string_view name, std::string_view text, std::size_t count) {
  if (count == 0) return;
  for (ResearchNote& note : notes_) {
    if (note.name == name) {
      note.count += count;
      return;
    }
  }
  notes_.push_back({std::string(name), count, std::string(text)});
}

double inferred_split(double end_of_day_price, double beginning_of_day_price) noexcept {
  constexpr double kNearInteger = 0.1;
  const double ratio = end_of_day_price / beginning_of_day_price;
  if (!std::isfinite(ratio) || ratio <= 0.0) return 1.0;
  const bool reverse = ratio < 1.0;
  const double shares = reverse ? 1.0 / ratio : ratio;
  const double whole = std::round(shares);
  if (whole < 2.0 || std::abs(shares / whole - 1.0) > kNearInteger) return 1.0;
  return reverse ? 1.0 / whole : whole;
}

}  // namespace tieout::analytics
