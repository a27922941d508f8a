#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"
#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

#include "row_positions.hpp"

namespace tieout::dataflow {
namespace {

double aggregate(Aggregate how, std::span<const double> values) noexcept {
  double result = kNaN;
  double count = 0;
  for (const double value : values) {
    if (std::isnan(value)) {
      continue;
    }
    const bool is_first = count == 0;
    count += 1;
    switch (how) {
      case Aggregate::kFirst:
        result = is_first ? value : result;
        break;
      case Aggregate::kLast:
        result = value;
        break;
      case Aggregate::kMax:
        result = is_first || value > result ? value : result;
        break;
      case Aggregate::kMin:
        result = is_first || value < result ? value : result;
        break;
      case Aggregate::kMean:
      case Aggregate::kSum:
        result = is_first ? value : result + value;
        break;
    }
  }
  return how == Aggregate::kMean ? result / count : result;
}

double volume_weighted(std::span<const double> prices, std::span<const double> volumes) noexcept {
  double traded = 0;
  double volume = 0;
  for (std::size_t i = 0; i < prices.size(); ++i) {
    if (!std::isnan(prices[i]) && !std::isnan(volumes[i])) {
      traded += prices[i] * volumes[i];
      volume += volumes[i];
    }
  }
  const double vwap = traded / volume;
  return std::isfinite(vwap) ? vwap : kNaN;
}

class ResampleBars final : public Node {
 public:
  ResampleBars(Duration rule, BarSpec spec) : rule_(rule), spec_(std::move(spec)) {
    TIEOUT_ASSERT(rule_.ns > 0);
    for (const BarSpec::Column& column : spec_.columns) {
      add_input(column.input);
      outputs_.push_back(column.output);
    }
    for (const BarSpec::Vwap& vwap : spec_.vwaps) {
      add_input(vwap.price);
      add_input(vwap.volume);
      outputs_.push_back(vwap.output);
    }
    if (!spec_.count.empty()) {
      outputs_.push_back(spec_.count);
    }
  }

  std::string_view kind() const noexcept override { return "resample"; }
  Lookback lookback() const noexcept override { return Lookback::of_rows(0); }
  Timestamp output_row(Timestamp input_row) const noexcept override {
    return ceil_to(input_row, rule_);
  }
  Duration output_period() const noexcept override { return rule_; }

  Result<std::vector<ColumnKey>> output_columns(
      std::span<const std::vector<ColumnKey>> inputs) const override {
    const std::vector<AssetId> assets = assets_of(inputs[0], inputs_.front());
    for (const std::string& field : inputs_) {
      if (!find_field(inputs[0], field)) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("node resample: field '{}' is not among the input's: {}", field,
                                 list_fields(inputs[0]))};
      }
      if (assets_of(inputs[0], field) != assets) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("node resample: fields '{}' and '{}' have different assets",
                                 inputs_.front(), field)};
      }
    }
    return make_columns(outputs_, assets);
  }

  void compute(std::span<const Panel* const> inputs, RowRange rows, Panel& output) const override {
    const Panel& input = *inputs[0];
    std::vector<RowRange> bins;
    for (std::size_t row = rows.first; row < rows.last; ++row) {
      const Timestamp label = output.index()[row];
      bins.push_back({input.lower_bound(label - rule_ + nanoseconds(1)),
                      input.lower_bound(label + nanoseconds(1))});
    }
    for (const BarSpec::Column& column : spec_.columns) {
      const std::size_t first = first_column(input, column.input);
      for_each_asset(output, column.output, [&](std::size_t asset, std::span<double> out) {
        const auto in = input.column(first + asset);
        for (std::size_t i = 0; i < bins.size(); ++i) {
          out[rows.first + i] =
              aggregate(column.aggregate, in.subspan(bins[i].first, bins[i].size()));
        }
      });
    }
    for (const BarSpec::Vwap& vwap : spec_.vwaps) {
      compute_vwap(vwap, input, bins, rows, output);
    }
    if (!spec_.count.empty()) {
      compute_count(input, bins, rows, output);
    }
  }

 private:
  void add_input(const std::string& field) {
    if (std::find(inputs_.begin(), inputs_.end(), field) == inputs_.end()) {
      inputs_.push_back(field);
    }
  }

  static std::size_t first_column(const Panel& panel, std::string_view field) {
    const auto block = find_field(panel.columns(), field);
    TIEOUT_ASSERT(block);
    return block->first;
  }

  template <typename F>
  static void for_each_asset(Panel& output, std::string_view field, F&& fill) {
    const auto block = find_field(output.columns(), field);
    TIEOUT_ASSERT(block);
    for (std::size_t asset = 0; asset < block->count; ++asset) {
      fill(asset, output.column(block->first + asset));
    }
  }

  static void compute_vwap(const BarSpec::Vwap& vwap, const Panel& input,
                           std::span<const RowRange> bins, RowRange rows, Panel& output) {
    const std::size_t price = first_column(input, vwap.price);
    const std::size_t volume = first_column(input, vwap.volume);
    const std::optional<std::size_t> fallback =
        vwap.fallback.empty() ? std::nullopt : std::optional(first_column(output, vwap.fallback));
    for_each_asset(output, vwap.output, [&](std::size_t asset, std::span<double> out) {
      const auto prices = input.column(price + asset);
      const auto volumes = input.column(volume + asset);
      for (std::size_t i = 0; i < bins.size(); ++i) {
        double value = volume_weighted(prices.subspan(bins[i].first, bins[i].size()),
                                       volumes.subspan(bins[i].first, bins[i].size()));
        if (std::isnan(value) && fallback) {
          value = output.at(rows.first + i, *fallback + asset);
        }
        out[rows.first + i] = value;
      }
    });
  }

  void compute_count(const Panel& input, std::span<const RowRange> bins, RowRange rows,
                     Panel& output) const {
    std::vector<std::size_t> firsts;
    for (const std::string& field : inputs_) {
      firsts.push_back(first_column(input, field));
    }
    std::vector<std::span<const double>> columns(firsts.size());
    for_each_asset(output, spec_.count, [&](std::size_t asset, std::span<double> out) {
      for (std::size_t f = 0; f < firsts.size(); ++f) {
        columns[f] = input.column(firsts[f] + asset);
      }
      for (std::size_t i = 0; i < bins.size(); ++i) {
        double count = 0;
        for (std::size_t row = bins[i].first; row < bins[i].last; ++row) {
          const bool has_some =
              std::any_of(columns.begin(), columns.end(),
                          [row](const auto& column) { return !std::isnan(column[row]); });
          count += has_some ? 1 : 0;
        }
        out[rows.first + i] = count;
      }
    });
  }

  Duration rule_;
  BarSpec spec_;
  std::vector<std::string> inputs_;
  std::vector<std::string> outputs_;
};

}  // namespace

BarSpec ohlcv_bars() {
  BarSpec spec;
  spec.columns = {{"open", "open", Aggregate::kFirst},   {"high", "high", Aggregate::kMax},
                  {"low", "low", Aggregate::kMin},       {"close", "close", Aggregate::kLast},
                  {"volume", "volume", Aggregate::kSum}, {"close", "twap", Aggregate::kMean}};
  spec.vwaps = {{"close", "volume", "vwap", ""}};
  spec.count = "n_rows";
  return spec;
}

NodePtr make_resample_bars(Duration rule, BarSpec spec) {
  return std::make_unique<ResampleBars>(rule, std::move(spec));
}

}  // namespace tieout::dataflow
