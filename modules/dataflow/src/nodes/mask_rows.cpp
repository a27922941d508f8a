#include <algorithm>
#include <limits>

#include "tieout/dataflow/nodes.hpp"

#include "row_positions.hpp"

// Filters that pass all columns of their input and keep its rows, but may blank some of them.

namespace tieout::dataflow {
namespace {

class MaskRows : public Node {
 public:
  Lookback lookback() const noexcept final { return Lookback::of_rows(0); }

  Result<std::vector<ColumnKey>> output_columns(
      std::span<const std::vector<ColumnKey>> inputs) const final {
    return inputs[0];
  }

  void compute(std::span<const Panel* const> inputs, RowRange rows, Panel& output) const final {
    const Panel& input = *inputs[0];
    const std::vector<std::size_t> positions = row_positions(input, output, rows);
    std::vector<std::size_t> kept;  // offsets into rows
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (keeps(output.index()[rows.first + i])) {
        kept.push_back(i);
      }
    }
    for (std::size_t c = 0; c < input.column_count(); ++c) {
      const auto in = input.column(c);
      const auto out = output.column(c);
      for (const std::size_t i : kept) {
        out[rows.first + i] = in[positions[i]];
      }
    }
  }

 protected:
  virtual bool keeps(Timestamp row) const = 0;
};

class FilterAth final : public MaskRows {
 public:
  FilterAth(config::TimeOfDay start, config::TimeOfDay end, Zone zone)
      : start_(start.since_midnight), end_(end.since_midnight), zone_(zone) {}

  std::string_view kind() const noexcept override { return "filter_ath"; }

 protected:
  bool keeps(Timestamp row) const override {
    const Duration time = local_time_of_day(row, zone_);
    return start_ < time && time <= end_;
  }

 private:
  Duration start_;
  Duration end_;
  Zone zone_;
};

class FilterWeekends final : public MaskRows {
 public:
  explicit FilterWeekends(Zone zone) : zone_(zone) {}

  std::string_view kind() const noexcept override { return "filter_weekends"; }

 protected:
  bool keeps(Timestamp row) const override { return local_weekday(row, zone_) < 5; }

 private:
  Zone zone_;
};

class PassThrough final : public MaskRows {
 public:
  std::string_view kind() const noexcept override { return "pass_through"; }

 protected:
  bool keeps(Timestamp /*row*/) const override { return true; }
};

}  // namespace

NodePtr make_filter_ath(config::TimeOfDay start, config::TimeOfDay end, Zone zone) {
  return std::make_unique<FilterAth>(start, end, zone);
}

NodePtr make_filter_weekends(Zone zone) {
  return std::make_unique<FilterWeekends>(zone);
}

NodePtr make_pass_through() {
  return std::make_unique<PassThrough>();
}

}  // namespace tieout::dataflow
