#include <algorithm>
#include <cmath>
#include <limits>

#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

namespace tieout::dataflow {
namespace {

class RollingVolatility final : public WindowNode {
 public:
  RollingVolatility(const std::string& field, std::size_t window, std::size_t min_periods)
      : WindowNode({field}, {field + ".vol"}, window - 1), min_periods_(min_periods) {}

  std::string_view kind() const noexcept override { return "rolling_volatility"; }

 protected:
  void compute_cells(std::span<const std::span<const double>> windows,
                     std::span<double> outputs) const override {
    double sum = 0;
    std::size_t count = 0;
    for (const double x : windows[0]) {
      if (!std::isnan(x)) {
        sum += x * x;
        ++count;
      }
    }
    if (count >= std::max<std::size_t>(min_periods_, 1)) {
      outputs[0] = std::sqrt(sum / static_cast<double>(count));
    }
  }

 private:
  std::size_t min_periods_;
};

}  // namespace

NodePtr make_rolling_volatility(const std::string& field, std::size_t window,
                                std::size_t min_periods) {
  TIEOUT_ASSERT(window > 0 && min_periods <= window);
  return std::make_unique<RollingVolatility>(field, window, min_periods);
}

}  // namespace tieout::dataflow
