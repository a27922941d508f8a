#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

namespace tieout::dataflow {
namespace {

class LinearModel final : public WindowNode {
 public:
  LinearModel(std::vector<std::string> fields, std::vector<double> weights, std::string output)
      : WindowNode(std::move(fields), {std::move(output)}, 0), weights_(std::move(weights)) {}

  std::string_view kind() const noexcept override { return "linear_model"; }

 protected:
  void compute_cells(std::span<const std::span<const double>> windows,
                     std::span<double> outputs) const override {
    double sum = 0;
    for (std::size_t i = 0; i < windows.size(); ++i) {
      sum += weights_[i] * windows[i][0];  // NaN spreads
    }
    outputs[0] = sum;
  }

 private:
  std::vector<double> weights_;
};

}  // namespace

NodePtr make_linear_model(std::vector<std::string> fields, std::vector<double> weights,
                          std::string output) {
  TIEOUT_ASSERT(fields.size() == weights.size());
  return std::make_unique<LinearModel>(std::move(fields), std::move(weights), std::move(output));
}

}  // namespace tieout::dataflow
