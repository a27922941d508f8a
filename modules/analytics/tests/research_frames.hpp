#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "tieout/core/panel.hpp"

#include "golden_support.hpp"

namespace tieout::analytics {

struct FrameSpec {
  std::uint64_t seed = 1;
  std::size_t assets = 4;
  std::size_t bars = 20;
  double gap_share = 0.0;    // of the cells of every field
  std::int64_t minutes = 5;  // of a bar
  std::size_t days = 1;      // the bars are shared out among them
};

/// Fields price, volatility, prediction, buy, sell, and gap, which is empty; assets 1, 2, ...; the
/// first bar ends at 10:00 New York.
inline Panel random_frame(const FrameSpec& spec) {
  const std::vector<std::string> fields = {"price", "volatility", "prediction",
                                           "buy",   "sell",       "gap"};
  std::vector<ColumnKey> keys;
  for (const std::string& field : fields) {
    for (std::size_t a = 1; a <= spec.assets; ++a) {
      keys.push_back({field, AssetId{static_cast<std::int64_t>(a)}});
    }
  }
  Panel frame(keys);
  const Timestamp start = parse_iso("2023-08-15 10:00:00-04:00").value();
  const std::size_t bars_a_day = (spec.bars + spec.days - 1) / spec.days;
  for (std::size_t row = 0; row < spec.bars; ++row) {
    frame.append_row(start + days(1) * static_cast<std::int64_t>(row / bars_a_day) +
                     minutes(spec.minutes) * static_cast<std::int64_t>(row % bars_a_day));
  }
  Random random(spec.seed);
  for (std::size_t a = 0; a < spec.assets; ++a) {
    double price = 50.0 + 100.0 * random.uniform();
    for (std::size_t row = 0; row < spec.bars; ++row) {
      price *= 1.0 + 0.01 * (random.uniform() - 0.5);
      const std::vector<double> cells = {price, 1e-4 + 0.01 * random.uniform(),
                                         random.uniform() - 0.5, price * 1.0005, price * 0.9995};
      for (std::size_t f = 0; f < cells.size(); ++f) {
        const bool is_gap = random.uniform() < spec.gap_share;
        frame.set(row, f * spec.assets + a, is_gap ? std::nan("") : cells[f]);
      }
    }
  }
  return frame;
}

/// The same cells with every field's assets in reverse.
inline Panel reversed_assets(const Panel& frame) {
  std::vector<ColumnKey> keys(frame.columns().rbegin(), frame.columns().rend());
  Panel out(keys);
  out.append_rows(frame.index());
  for (std::size_t c = 0; c < keys.size(); ++c) {
    const auto source = frame.column(*frame.find_column(keys[c]));
    std::copy(source.begin(), source.end(), out.column(c).begin());
  }
  return out;
}

}  // namespace tieout::analytics
