#include <cmath>

#include <fmt/format.h>

#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

namespace tieout::dataflow {
namespace {

std::vector<std::string> with_suffix(const std::vector<std::string>& fields,
                                     std::string_view suffix) {
  std::vector<std::string> names;
  names.reserve(fields.size());
  for (const std::string& field : fields) {
    names.push_back(fmt::format("{}{}", field, suffix));
  }
  return names;
}

class Returns final : public WindowNode {
 public:
  Returns(ReturnMode mode, const std::vector<std::string>& fields)
      : WindowNode(fields, with_suffix(fields, ".ret_0"), 1), mode_(mode) {}

  std::string_view kind() const noexcept override { return "returns"; }

 protected:
  void compute_cells(std::span<const std::span<const double>> windows,
                     std::span<double> outputs) const override {
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const double before = windows[i][0];
      const double now = windows[i][1];
      switch (mode_) {
        case ReturnMode::kPctChange:
          outputs[i] = now / before - 1.0;
          break;
        case ReturnMode::kLogReturns:
          outputs[i] = std::log(now) - std::log(before);
          break;
        case ReturnMode::kDifference:
          outputs[i] = now - before;
          break;
      }
    }
  }

 private:
  ReturnMode mode_;
};

}  // namespace

Result<ReturnMode> return_mode_of(std::string_view name) {
  if (name == "pct_change") {
    return ReturnMode::kPctChange;
  }
  if (name == "log_rets") {
    return ReturnMode::kLogReturns;
  }
  if (name == "diff") {
    return ReturnMode::kDifference;
  }
  return Error{ErrorCode::kUnknownName,
               fmt::format("return mode '{}' is not one of pct_change, log_rets, diff", name)};
}

NodePtr make_returns(ReturnMode mode, const std::vector<std::string>& fields) {
  return std::make_unique<Returns>(mode, fields);
}

}  // namespace tieout::dataflow
