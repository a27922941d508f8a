#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/dataflow/kernels.hpp"
#include "tieout/dataflow/nodes.hpp"
#include "tieout/dataflow/window_node.hpp"

// Nodes that change the form of a column, cell by cell or by shifting: compress_tails, clip, lag.

namespace tieout::dataflow {
namespace {

class CompressTails final : public WindowNode {
 public:
  CompressTails(std::string field, std::string output, double scale, double rescale)
      : WindowNode({std::move(field)}, {std::move(output)}, 0), scale_(scale), rescale_(rescale) {}

  std::string_view kind() const noexcept override { return "compress_tails"; }

 protected:
  void compute_cells(std::span<const std::span<const double>> windows,
                     std::span<double> outputs) const override {
    outputs[0] = compress_tails(windows[0][0], scale_, rescale_);
  }

 private:
  double scale_;
  double rescale_;
};

class Clip final : public WindowNode {
 public:
  Clip(std::string field, std::string output, double low, double high)
      : WindowNode({std::move(field)}, {std::move(output)}, 0), low_(low), high_(high) {}

  std::string_view kind() const noexcept override { return "clip"; }

 protected:
  void compute_cells(std::span<const std::span<const double>> windows,
                     std::span<double> outputs) const override {
    const double x = windows[0][0];
    outputs[0] = x < low_ ? low_ : x > high_ ? high_ : x;
  }

 private:
  double low_;
  double high_;
};

class Lags final : public WindowNode {
 public:
  Lags(const std::string& field, const LagSpec& spec)
      : WindowNode({field}, lag_names(field, spec),
                   spec.lag_delay + spec.first_lag + spec.num_lags - 1),
        num_lags_(spec.num_lags) {}

  std::string_view kind() const noexcept override { return "lag"; }

 protected:
  void compute_cells(std::span<const std::span<const double>> windows,
                     std::span<double> outputs) const override {
    // The window's first value is the longest lag.
    for (std::size_t k = 0; k < num_lags_; ++k) {
      outputs[k] = windows[0][num_lags_ - 1 - k];
    }
  }

 private:
  std::size_t num_lags_;
};

}  // namespace

NodePtr make_compress_tails(std::string field, std::string output, double scale, double rescale) {
  return std::make_unique<CompressTails>(std::move(field), std::move(output), scale, rescale);
}

NodePtr make_clip(std::string field, std::string output, double low, double high) {
  return std::make_unique<Clip>(std::move(field), std::move(output), low, high);
}

std::vector<std::string> lag_names(const std::string& field, const LagSpec& spec) {
  std::vector<std::string> names;
  for (std::size_t k = spec.first_lag; k < spec.first_lag + spec.num_lags; ++k) {
    names.push_back(fmt::format("{}{}lag{}", field, spec.separator, k));
  }
  return names;
}

NodePtr make_lags(const std::string& field, const LagSpec& spec) {
  TIEOUT_ASSERT(spec.num_lags > 0);
  return std::make_unique<Lags>(field, spec);
}

}  // namespace tieout::dataflow
