#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "sizing_program.hpp"

namespace tieout::analytics {

// Each asset has a weight w, t >= |w| and s >= |w - current|, and these rows "value <= bound":
//    0  w - t <= 0       2  w - s <= current      4  w <= upper     6  w - peak <= 0
//    1  -w - t <= 0      3  -w - s <= -current    5  -w <= -lower   7  -w - peak <= 0
inline constexpr std::size_t kRowCount = 8;
using Rows = std::array<double, kRowCount>;

// What the assets have in common: gross = sum t, excess >= gross - gross_free, net = sum w,
// net_size >= |net|, factor = sum exposure w, peak >= |w|. The three sums are equations, "links".
inline constexpr std::size_t kGross = 0;
inline constexpr std::size_t kExcess = 1;
inline constexpr std::size_t kNet = 2;
inline constexpr std::size_t kNetSize = 3;
inline constexpr std::size_t kFactor = 4;
inline constexpr std::size_t kPeak = 5;
inline constexpr std::size_t kGlobalCount = 6;
using Globals = std::array<double, kGlobalCount>;
inline constexpr std::size_t kGrossLink = 0;
inline constexpr std::size_t kNetLink = 1;
inline constexpr std::size_t kFactorLink = 2;
inline constexpr std::size_t kLinkCount = 3;
using Links = std::array<double, kLinkCount>;

// Rows among the globals alone. They keep their places, whether they are active or not.
inline constexpr std::size_t kGrossBoundRow = 0;  // gross <= gross_bound
inline constexpr std::size_t kExcessRow = 1;      // gross - excess <= gross_free; then -excess <= 0
inline constexpr std::size_t kNetRow = 3;         // net - net_size <= 0; then the same of -net
inline constexpr std::size_t kPeakRow = 5;        // -peak <= -(the largest fixed |w|, at least 1)
inline constexpr std::size_t kGlobalRowCount = 6;
using GlobalRowValues = std::array<double, kGlobalRowCount>;

struct GlobalRow {
  bool active = false;
  Globals coefficients{};
  double bound = 0.0;

  double value_at(const Globals& globals) const noexcept;
};

struct AssetPoint {
  double w = 0.0;
  double t = 0.0;
  double s = 0.0;
  Rows slack{};
  Rows dual{};
};

/// A point or a step: primal variables, multipliers of links, slacks and multipliers of rows.
struct SizingPoint {
  std::vector<AssetPoint> assets;
  Globals globals{};
  Links links{};
  GlobalRowValues slack{};
  GlobalRowValues dual{};
};

/// How far a point is from the optimality conditions: of an asset, w, t and s are the gradient.
struct SizingResiduals {
  std::vector<AssetPoint> assets;
  Globals globals{};
  Links links{};
  GlobalRowValues slack{};
  double largest = 0.0;
  double complementarity = 0.0;  // mean of slack * dual
};

/// The program with every absolute value and maximum replaced by linear rows, its objective scaled
/// to coefficients near 1, and the assets that do not move taken out.
struct SizingEmbedding {
  struct Asset {
    double edge;
    double curvature;
    double exposure;
    double trade_cost;
    std::array<bool, kRowCount> active;
    Rows bound;
  };

  explicit SizingEmbedding(const SizingProgram& program);

  /// A point strictly inside all rows, near no position.
  SizingPoint start() const;
  SizingResiduals residuals_of(const SizingPoint& point) const;
  static Rows values_of(double w, double t, double s, double peak) noexcept {
    return {w - t, -w - t, w - s, -w - s, w, -w, w - peak, -w - peak};
  }

  double scale = 1.0;               // of the objective
  std::vector<std::size_t> places;  // of the assets in the program
  std::vector<Asset> assets;
  std::array<GlobalRow, kGlobalRowCount> rows;
  std::array<bool, kLinkCount> has_link{};
  std::array<bool, kGlobalCount> has_global{};
  Globals cost{};
  double factor_penalty = 0.0;
  Links fixed{};                // what the assets that do not move add to the links
  double fixed_peak = 1.0;      // the largest of their |w|, at least 1
  std::size_t peak_holder = 0;  // whose it is, when it is above 1
  double row_count = 0.0;       // active rows

 private:
  void add_globals(const SizingProgram& program);
};

}  // namespace tieout::analytics
