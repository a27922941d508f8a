#include "tieout/oms/quotes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace tieout::oms {
namespace {

bool is_price(double value) noexcept {
  return std::isfinite(value) && value > 0.0;
}

}  // namespace

std::string CleanQuotes::complaint() const {
  std::string text;
  const auto add = [&text](std::size_t count, std::string_view what) {
    if (count > 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
    }
  };
  add(crossed_count, "crossed");
  add(not_a_price_count, "not a price");
  add(duplicate_count > 1 ? duplicate_count : 0, "duplicates");
  return text;
}

CleanQuotes clean_quotes(std::vector<TopOfBook> rows) {
  CleanQuotes clean;
  std::erase_if(rows, [&clean](const TopOfBook& row) {
    const bool bad = !is_price(row.bid_price) || !is_price(row.ask_price);
    const bool crossed = !bad && row.bid_price > row.ask_price;
    clean.not_a_price_count += bad ? 1 : 0;
    clean.crossed_count += crossed ? 1 : 0;
    return bad || crossed;
  });
  std::ranges::stable_sort(rows, [](const TopOfBook& a, const TopOfBook& b) {
    return a.timestamp != b.timestamp ? a.timestamp < b.timestamp : a.knowledge < b.knowledge;
  });
  for (const TopOfBook& row : rows) {
    if (!clean.quotes.empty() && clean.quotes.back().timestamp == row.timestamp) {
      ++clean.duplicate_count;
      clean.quotes.back() = row;
    } else {
      clean.quotes.push_back(row);
    }
  }
  return clean;
}

Result<std::vector<std::vector<TopOfBook>>> BarQuotes::quotes(Timestamp first, Timestamp last,
                                                              std::span<const AssetId> assets,
                                                              const AsOf& as_of) {
  constexpr std::array<std::string_view, 1> kColumns{"close"};
  TIEOUT_TRY(const std::vector<BarSeries> series,
             prices_.series(kColumns, first, last, assets, as_of));
  const double half_spread = half_spread_bps_ / 1e4;
  std::vector<std::vector<TopOfBook>> result(assets.size());
  for (std::size_t a = 0; a < assets.size(); ++a) {
    for (std::size_t i = 0; i < series[a].ends.size(); ++i) {
      const double close = series[a].values[0][i];
      TopOfBook quote;
      quote.timestamp = series[a].ends[i];
      quote.knowledge = series[a].knowledge[i];
      quote.end_download = series[a].end_download[i];
      quote.bid_price = close * (1.0 - half_spread);
      quote.ask_price = close * (1.0 + half_spread);
      quote.bid_size = quote.ask_size = std::nan("");
      result[a].push_back(quote);
    }
  }
  return result;
}

}  // namespace tieout::oms
