#include "tieout/analytics/equality.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "tieout/analytics/series_stats.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"

#include "sums.hpp"

namespace tieout::analytics {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// Positions of the same key in both lists, kNone where one has it not; in the order of the keys.
struct KeyPair {
  std::size_t left, right;
};

template <typename Key>
std::vector<KeyPair> match_sorted(const std::vector<std::pair<Key, std::size_t>>& left,
                                  const std::vector<std::pair<Key, std::size_t>>& right) {
  std::vector<KeyPair> matches;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() || j < right.size()) {
    if (j == right.size() || (i < left.size() && left[i].first < right[j].first)) {
      matches.push_back({left[i++].second, kNone});
    } else if (i == left.size() || right[j].first < left[i].first) {
      matches.push_back({kNone, right[j++].second});
    } else {
      matches.push_back({left[i++].second, right[j++].second});
    }
  }
  return matches;
}

std::vector<std::pair<Timestamp, std::size_t>> rows_of(const Panel& panel) {
  std::vector<std::pair<Timestamp, std::size_t>> rows;
  for (std::size_t i = 0; i < panel.row_count(); ++i) {
    rows.emplace_back(panel.index()[i], i);
  }
  return rows;
}

std::vector<std::pair<ColumnKey, std::size_t>> columns_of(const Panel& panel) {
  std::vector<std::pair<ColumnKey, std::size_t>> columns;
  for (std::size_t i = 0; i < panel.column_count(); ++i) {
    columns.emplace_back(panel.columns()[i], i);
  }
  std::sort(columns.begin(), columns.end());
  return columns;
}

std::size_t count_matched(const std::vector<KeyPair>& matches) {
  return static_cast<std::size_t>(std::ranges::count_if(
      matches, [](const KeyPair& m) { return m.left != kNone && m.right != kNone; }));
}

std::size_t count_left_only(const std::vector<KeyPair>& matches) {
  return static_cast<std::size_t>(
      std::ranges::count_if(matches, [](const KeyPair& m) { return m.right == kNone; }));
}

/// Sums over the cells in which both sides are finite.
struct Moments {
  double n = 0.0;
  CompensatedSum left, right, difference, squares, absolute;
  /// About the means, in a second pass.
  CompensatedSum left_squares, right_squares, products, difference_squares;
  double max_abs = 0.0, max_rel = 0.0;
  std::uint64_t max_ulp = 0;
  double signs = 0.0, same_sign = 0.0;
};

struct Counts {
  std::size_t cells = 0, equal = 0, differing = 0, nan_mismatch = 0, one_sided = 0;
};

double sign_of(double x) noexcept {
  return x > 0.0 ? 1.0 : (x < 0.0 ? -1.0 : 0.0);
}

/// Both frames on the union of their rows and columns.
class Comparison {
 public:
  Comparison(const Panel& left, const Panel& right, const EqualityOptions& options)
      : left_(left),
        right_(right),
        options_(options),
        rows_(match_sorted(rows_of(left), rows_of(right))),
        columns_(match_sorted(columns_of(left), columns_of(right))) {
    broken_.assign(rows_.size(), 0);
    const std::size_t pairs = count_matched(rows_) * count_matched(columns_);
    stride_ = pairs <= options.max_sampled_cells ? 1 : (pairs / options.max_sampled_cells) | 1U;
    walk();
  }

  std::vector<Statistic> statistics() &&;

 private:
  /// Call see(row, left cell or null, right cell or null) for the cells of the union.
  template <typename See>
  void each_cell(See see) const;
  void walk();
  void see_pair(double a, double b, std::size_t row);
  void see_finite(double a, double b);
  void add(std::string_view name, double value, std::string sample = {},
           std::optional<Timestamp> at = {}) {
    out_.push_back({&statistic_info("equality", name), value, std::move(sample), at});
  }
  void add_counts();
  void add_differences();
  void add_moments();
  void add_lag();
  void add_stretches();
  /// A column of both sides on the union's rows, each less its mean.
  struct Centered {
    std::vector<double> left, right;
  };
  std::vector<Centered> lag_columns() const;
  std::vector<double> on_union(std::span<const double> column, std::size_t KeyPair::*side) const;
  /// Of left[t] with right[t - lag]: positive when the left side is late.
  static double cross_correlation(const std::vector<Centered>& columns, std::ptrdiff_t lag);
  Timestamp time_of(std::size_t row) const {
    return rows_[row].left != kNone ? left_.index()[rows_[row].left]
                                    : right_.index()[rows_[row].right];
  }

  const Panel& left_;
  const Panel& right_;
  const EqualityOptions options_;
  const std::vector<KeyPair> rows_, columns_;
  std::vector<char> broken_;  // [rows]
  std::size_t stride_ = 1, seen_ = 0;
  Counts counts_;
  Moments moments_;
  std::vector<double> sampled_left_, sampled_right_;
  std::vector<Statistic> out_;
};

template <typename See>
void Comparison::each_cell(See see) const {
  for (const KeyPair& column : columns_) {
    const double* a = column.left == kNone ? nullptr : left_.column(column.left).data();
    const double* b = column.right == kNone ? nullptr : right_.column(column.right).data();
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      const KeyPair& at = rows_[row];
      const double* left = a == nullptr || at.left == kNone ? nullptr : a + at.left;
      const double* right = b == nullptr || at.right == kNone ? nullptr : b + at.right;
      if (left != nullptr || right != nullptr) {
        see(row, left, right);
      }
    }
  }
}

void Comparison::walk() {
  each_cell([this](std::size_t row, const double* a, const double* b) {
    if (a != nullptr && b != nullptr) {
      see_pair(*a, *b, row);
    } else {
      ++counts_.cells;
      ++counts_.one_sided;
      broken_[row] = 1;
    }
  });
  Moments& m = moments_;
  const double mean_left = m.left.value() / m.n;
  const double mean_right = m.right.value() / m.n;
  const double bias = m.difference.value() / m.n;
  each_cell([&](std::size_t, const double* a, const double* b) {
    if (a != nullptr && b != nullptr && std::isfinite(*a) && std::isfinite(*b)) {
      const double left = *a - mean_left;
      const double right = *b - mean_right;
      m.left_squares.add(left * left);
      m.right_squares.add(right * right);
      m.products.add(left * right);
      m.difference_squares.add((*a - *b - bias) * (*a - *b - bias));
    }
  });
}

void Comparison::see_pair(double a, double b, std::size_t row) {
  ++counts_.cells;
  const bool equal = a == b || (std::isnan(a) && std::isnan(b));
  if (equal) {
    ++counts_.equal;
  } else {
    broken_[row] = 1;
  }
  if (std::isfinite(a) && std::isfinite(b)) {
    counts_.differing += equal ? 0U : 1U;
    see_finite(a, b);
    if (seen_++ % stride_ == 0) {
      sampled_left_.push_back(a);
      sampled_right_.push_back(b);
    }
  } else if (!equal) {
    ++counts_.nan_mismatch;
  }
}

void Comparison::see_finite(double a, double b) {
  Moments& m = moments_;
  const double difference = a - b;
  const double size = std::abs(difference);
  m.n += 1.0;
  m.left.add(a);
  m.right.add(b);
  if (sign_of(a) != 0.0 || sign_of(b) != 0.0) {
    m.signs += 1.0;
    m.same_sign += sign_of(a) == sign_of(b) ? 1.0 : 0.0;
  }
  if (size > 0.0) {
    m.difference.add(difference);
    m.squares.add(difference * difference);
    m.absolute.add(size);
    m.max_abs = std::max(m.max_abs, size);
    m.max_rel = std::max(m.max_rel, size / std::max(std::abs(a), std::abs(b)));
    m.max_ulp = std::max(m.max_ulp, ulp_distance(a, b));
  }
}

void Comparison::add_counts() {
  const std::size_t matched = count_matched(rows_);
  const std::size_t left_only = count_left_only(rows_);
  add("rows_matched", static_cast<double>(matched));
  add("rows_left_only", static_cast<double>(left_only));
  add("rows_right_only", static_cast<double>(rows_.size() - matched - left_only));
  const std::size_t shared = count_matched(columns_);
  const std::size_t columns_left = count_left_only(columns_);
  add("columns_matched", static_cast<double>(shared));
  add("columns_left_only", static_cast<double>(columns_left));
  add("columns_right_only", static_cast<double>(columns_.size() - shared - columns_left));
  add("cells_equal", static_cast<double>(counts_.equal));
  add("cells_differing", static_cast<double>(counts_.differing));
  add("cells_nan_mismatch", static_cast<double>(counts_.nan_mismatch));
  add("cells_one_sided", static_cast<double>(counts_.one_sided));
  const double cells = static_cast<double>(counts_.cells);
  add("break_rate", 1e6 * (cells - static_cast<double>(counts_.equal)) / cells,
      fmt::format("{} cells", counts_.cells));
}

void Comparison::add_differences() {
  const bool any = moments_.n > 0.0;
  add("max_abs", any ? moments_.max_abs : kNaN);
  add("max_rel", any ? moments_.max_rel : kNaN);
  add("max_ulp", any ? static_cast<double>(moments_.max_ulp) : kNaN);
  std::vector<double> sizes(sampled_left_.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    sizes[i] = std::abs(sampled_left_[i] - sampled_right_[i]);
  }
  std::sort(sizes.begin(), sizes.end());
  const std::string sample = fmt::format("{} cells", sizes.size());
  add("abs_p50", sorted_quantile(sizes, 0.5), sample);
  add("abs_p95", sorted_quantile(sizes, 0.95), sample);
  add("abs_p99", sorted_quantile(sizes, 0.99), sample);
  add("abs_p99.9", sorted_quantile(sizes, 0.999), sample);
}

void Comparison::add_moments() {
  const Moments& m = moments_;
  const double n = m.n;
  const std::string sample = fmt::format("{} cells", n);
  const double bias = m.difference.value() / n;
  add("rmse", std::sqrt(m.squares.value() / n), sample);
  add("mae", m.absolute.value() / n, sample);
  add("bias", bias, sample);
  const double variance = m.difference_squares.value() / (n - 1.0);
  const bool varies = n > 1.0 && variance > 0.0;
  add("bias_t", varies ? bias / std::sqrt(variance / n) : kNaN, sample);
  const double left_squares = m.left_squares.value();
  const double right_squares = m.right_squares.value();
  const bool both_vary = n > 1.0 && left_squares > 0.0 && right_squares > 0.0;
  const double r = m.products.value() / (std::sqrt(left_squares) * std::sqrt(right_squares));
  add("pearson", both_vary ? std::clamp(r, -1.0, 1.0) : kNaN, sample);
  add("spearman", rank_correlation(sampled_left_, sampled_right_),
      fmt::format("{} cells", sampled_left_.size()));
  add("sign_agreement", m.signs > 0.0 ? 100.0 * m.same_sign / m.signs : kNaN,
      fmt::format("{} cells", m.signs));
  add("ccc", concordance(sampled_left_, sampled_right_),
      fmt::format("{} cells", sampled_left_.size()));
  const double slope = n > 1.0 && right_squares > 0.0 ? m.products.value() / right_squares : kNaN;
  add("slope", slope, sample);
  add("intercept", m.left.value() / n - slope * (m.right.value() / n), sample);
}

std::vector<Comparison::Centered> Comparison::lag_columns() const {
  std::vector<Centered> columns;
  const std::size_t shared = count_matched(columns_);
  const std::size_t affordable =
      options_.max_sampled_cells / std::max<std::size_t>(1, rows_.size());
  const std::size_t stride =
      std::max<std::size_t>(1, shared / std::max<std::size_t>(1, affordable));
  std::size_t seen = 0;
  for (const KeyPair& column : columns_) {
    if (column.left == kNone || column.right == kNone || seen++ % stride != 0) {
      continue;
    }
    Centered centered;
    centered.left = on_union(left_.column(column.left), &KeyPair::left);
    centered.right = on_union(right_.column(column.right), &KeyPair::right);
    columns.push_back(std::move(centered));
  }
  return columns;
}

/// The column on the union's rows, less its mean; NaN where it has no finite value.
std::vector<double> Comparison::on_union(std::span<const double> column,
                                         std::size_t KeyPair::*side) const {
  std::vector<double> values(rows_.size(), kNaN);
  std::vector<double> finite;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const std::size_t at = rows_[row].*side;
    if (at != kNone && std::isfinite(column[at])) {
      values[row] = column[at];
      finite.push_back(column[at]);
    }
  }
  const double center = mean_of(finite);
  for (double& x : values) {
    x -= center;
  }
  return values;
}

double Comparison::cross_correlation(const std::vector<Centered>& columns, std::ptrdiff_t lag) {
  double products = 0.0;
  double left_squares = 0.0;
  double right_squares = 0.0;
  for (const Centered& column : columns) {
    const std::size_t n = column.left.size();
    const std::size_t skip_left = lag > 0 ? static_cast<std::size_t>(lag) : 0;
    const std::size_t skip_right = lag < 0 ? static_cast<std::size_t>(-lag) : 0;
    for (std::size_t k = 0; k + skip_left + skip_right < n; ++k) {
      const double a = column.left[k + skip_left];
      const double b = column.right[k + skip_right];
      if (!std::isnan(a) && !std::isnan(b)) {
        products += a * b;
        left_squares += a * a;
        right_squares += b * b;
      }
    }
  }
  const double scale = std::sqrt(left_squares) * std::sqrt(right_squares);
  return scale > 0.0 ? products / scale : kNaN;
}

void Comparison::add_lag() {
  // Nearest lag first, so that of equal correlations the smallest shift is named.
  const std::vector<Centered> columns = lag_columns();
  double best = kNaN;
  std::ptrdiff_t best_lag = 0;
  const auto reach = static_cast<std::ptrdiff_t>(
      std::min(options_.max_lag, rows_.empty() ? 0 : (rows_.size() - 1) / 2));
  for (std::ptrdiff_t step = 0; step <= reach; ++step) {
    for (const std::ptrdiff_t lag : {step, -step}) {
      const double r = cross_correlation(columns, lag);
      if (!std::isnan(r) && (std::isnan(best) || r > best + 1e-12)) {
        best = r;
        best_lag = lag;
      }
    }
  }
  add("lag", std::isnan(best) ? kNaN : static_cast<double>(best_lag),
      fmt::format("of -{0} to {0} rows; correlation there {1}", reach, format_double(best)));
}

void Comparison::add_stretches() {
  std::optional<std::size_t> first;
  std::optional<std::size_t> last;
  std::size_t clean = 0;
  std::size_t longest = 0;
  std::size_t broken = 0;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    clean = broken_[row] != 0 ? 0 : clean + 1;
    longest = std::max(longest, clean);
    if (broken_[row] != 0) {
      ++broken;
      last = row;
      first = first ? first : last;
    }
  }
  const std::string sample = fmt::format("{} rows", rows_.size());
  add("rows_broken", static_cast<double>(broken), sample);
  const auto add_break = [&](std::string_view name, std::optional<std::size_t> row) {
    add(name, row ? static_cast<double>(*row) : kNaN, sample,
        row ? std::optional(time_of(*row)) : std::nullopt);
  };
  add_break("first_break", first);
  add_break("last_break", last);
  add("longest_clean", static_cast<double>(longest), sample);
}

std::vector<Statistic> Comparison::statistics() && {
  add_counts();
  add_differences();
  add_moments();
  add_lag();
  add_stretches();
  return std::move(out_);
}

}  // namespace

std::vector<Statistic> compute_equality(const Panel& left, const Panel& right,
                                        const EqualityOptions& options) {
  return Comparison(left, right, options).statistics();
}

double concordance(std::span<const double> left, std::span<const double> right) {
  std::vector<double> a;
  std::vector<double> b;
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (std::isfinite(left[i]) && std::isfinite(right[i])) {
      a.push_back(left[i]);
      b.push_back(right[i]);
    }
  }
  if (a.size() < 2) {
    return kNaN;
  }
  const double mean_a = mean_of(a);
  const double mean_b = mean_of(b);
  CompensatedSum products;
  for (std::size_t i = 0; i < a.size(); ++i) {
    products.add((a[i] - mean_a) * (b[i] - mean_b));
  }
  const double n = static_cast<double>(a.size());
  const double scale = central_sum(a, mean_a, 2) + central_sum(b, mean_b, 2) +
                       n * (mean_a - mean_b) * (mean_a - mean_b);
  return scale > 0.0 ? 2.0 * products.value() / scale : 1.0;
}

}  // namespace tieout::analytics
