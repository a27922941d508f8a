#include <algorithm>

#include "tieout/dataflow/kernels.hpp"
#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

namespace tieout::dataflow {
namespace {

class RollingNorm final : public SeriesNode {
 public:
  RollingNorm(std::string field, std::string output, double tau)
      : SeriesNode(std::move(field), std::move(output)), tau_(tau) {}

  std::string_view kind() const noexcept override { return "rolling_norm"; }

 protected:
  void compute_series(std::span<const double> in, std::span<double> out) const override {
    std::ranges::copy(rolling_norm(in, {.tau = tau_}), out.begin());
  }

 private:
  double tau_;
};

class SwtVolatility final : public SeriesNode {
 public:
  using SeriesNode::SeriesNode;

  std::string_view kind() const noexcept override { return "swt_volatility"; }

 protected:
  void compute_series(std::span<const double> in, std::span<double> out) const override {
    std::ranges::copy(swt_volatility(in), out.begin());
  }
};

}  // namespace

NodePtr make_rolling_norm(std::string field, std::string output, double tau) {
  return std::make_unique<RollingNorm>(std::move(field), std::move(output), tau);
}

NodePtr make_swt_volatility(std::string field, std::string output) {
  return std::make_unique<SwtVolatility>(std::move(field), std::move(output));
}

}  // namespace tieout::dataflow
