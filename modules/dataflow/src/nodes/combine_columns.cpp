#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

namespace tieout::dataflow {
namespace {

class CombineColumns final : public WindowNode {
 public:
  CombineColumns(Operation operation, const Term& left, const Term& right, std::string output)
      : WindowNode({left.field, right.field}, {std::move(output)},
                   std::max(left.delay, right.delay)),
        operation_(operation),
        left_delay_(left.delay),
        right_delay_(right.delay) {}

  std::string_view kind() const noexcept override { return "combine_columns"; }

 protected:
  void compute_cells(std::span<const std::span<const double>> windows,
                     std::span<double> outputs) const override {
    const double left = windows[0][windows[0].size() - 1 - left_delay_];
    const double right = windows[1][windows[1].size() - 1 - right_delay_];
    switch (operation_) {
      case Operation::kAdd:
        outputs[0] = left + right;
        break;
      case Operation::kSubtract:
        outputs[0] = left - right;
        break;
      case Operation::kMultiply:
        outputs[0] = left * right;
        break;
      case Operation::kDivide: {
        const double ratio = left / right;
        outputs[0] = std::isinf(ratio) ? std::numeric_limits<double>::quiet_NaN() : ratio;
        break;
      }
    }
  }

 private:
  Operation operation_;
  std::size_t left_delay_;
  std::size_t right_delay_;
};

}  // namespace

Result<Operation> operation_of(std::string_view name) {
  if (name == "add") {
    return Operation::kAdd;
  }
  if (name == "sub") {
    return Operation::kSubtract;
  }
  if (name == "mul") {
    return Operation::kMultiply;
  }
  if (name == "div") {
    return Operation::kDivide;
  }
  return Error{ErrorCode::kUnknownName,
               fmt::format("operation '{}' is not one of add, sub, mul, div", name)};
}

NodePtr make_combine_columns(Operation operation, const Term& left, const Term& right,
                             std::string output) {
  return std::make_unique<CombineColumns>(operation, left, right, std::move(output));
}

}  // namespace tieout::dataflow
