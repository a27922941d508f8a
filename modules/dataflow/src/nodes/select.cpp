#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

namespace tieout::dataflow {
namespace {

std::vector<std::string> names_of(const std::vector<Rename>& columns, std::string Rename::*name) {
  std::vector<std::string> names;
  names.reserve(columns.size());
  for (const Rename& column : columns) {
    names.push_back(column.*name);
  }
  return names;
}

class Select final : public WindowNode {
 public:
  explicit Select(const std::vector<Rename>& columns)
      : WindowNode(names_of(columns, &Rename::field), names_of(columns, &Rename::output), 0) {}

  std::string_view kind() const noexcept override { return "select"; }

 protected:
  void compute_cells(std::span<const std::span<const double>> windows,
                     std::span<double> outputs) const override {
    for (std::size_t i = 0; i < windows.size(); ++i) {
      outputs[i] = windows[i][0];
    }
  }
};

}  // namespace

NodePtr make_select(const std::vector<Rename>& columns) {
  return std::make_unique<Select>(columns);
}

}  // namespace tieout::dataflow
