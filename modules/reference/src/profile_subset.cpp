#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/reference/profile.hpp"

#include "profile_labels.hpp"
#include "profile_text.hpp"

namespace tieout::reference {
namespace {

using frames::Frame;
using frames::FrameColumn;

/// Python's text of a sorted set of labels: whole numbers bare, texts quoted.
std::string set_text(const std::vector<std::string>& labels, bool numeric) {
  const char numeric_level = numeric ? 1 : 0;
  std::string text = "[";
  for (const std::string& label : labels) {
    text += (text.size() == 1 ? "" : ", ") + label_repr({label}, {&numeric_level, 1});
  }
  return text + "]";
}

/// Cuts one frame; the first thing that the reference would raise stops it.
class Subset {
 public:
  Subset(const Frame& frame, const SubsetOptions& options)
      : frame_(frame), options_(options), order_(frame, frame) {}

  std::optional<Raised> cut() {
    if (!check() || !cut_rows()) {
      return raised_;
    }
    const std::vector<std::string> all_level1 = level(1);
    if (cut_level(0, options_.columns_level0, level(0))) {
      cut_level(1, options_.columns_level1, all_level1);
    }
    return raised_;
  }
  Frame result() && { return std::move(frame_); }

 private:
  bool fail(std::string_view condition, std::string_view message = "",
            Raised::Cause cause = Raised::Cause::kArgument) {
    raised_ = assertion_error(condition, message, cause);
    return false;
  }

  bool check() {
    const std::size_t levels = frame_.columns.empty() ? 1 : frame_.columns.front().label.size();
    if (levels != 2) {
      return fail(fmt::format("'2'\n==\n'{}'", levels));
    }
    if (frame_.row_count() == 0) {
      return fail("0 < 0");
    }
    const bool timed = frame_.index && frame_.index->type() == ColumnType::kTimestamp;
    if (!timed) {
      return fail("the index is not a DatetimeIndex");
    }
    return is_increasing(frame_.index->values, false) ||
           fail("cond=False", "Not increasing indices", Raised::Cause::kDifference);
  }

  bool cut_rows() {
    const auto& start = options_.start_timestamp;
    const auto& end = options_.end_timestamp;
    if (start && end && *end < *start) {
      return fail(fmt::format("{} <= {}", to_zone_iso(*start, frame_.zone),
                              to_zone_iso(*end, frame_.zone)));
    }
    const auto& times = std::get<std::vector<Timestamp>>(frame_.index->values);
    const auto first =
        start ? std::ranges::lower_bound(times, *start) - times.begin() : std::ptrdiff_t{0};
    const auto last = end ? std::ranges::upper_bound(times, *end) - times.begin()
                          : static_cast<std::ptrdiff_t>(times.size());
    const auto cut_column = [&](FrameColumn& column) {
      std::visit(
          [&](auto& values) {
            values.erase(values.begin() + std::max(first, last), values.end());
            values.erase(values.begin(), values.begin() + first);
          },
          column.values);
      if (!column.valid.empty()) {
        column.valid.erase(column.valid.begin() + std::max(first, last), column.valid.end());
        column.valid.erase(column.valid.begin(), column.valid.begin() + first);
      }
    };
    std::ranges::for_each(frame_.columns, cut_column);
    cut_column(*frame_.index);
    return true;
  }

  /// Each label of a level once, sorted as pandas keeps them.
  std::vector<std::string> level(std::size_t n) const {
    std::vector<std::string> labels;
    for (const FrameColumn& column : frame_.columns) {
      if (std::ranges::find(labels, column.label[n]) == labels.end()) {
        labels.push_back(column.label[n]);
      }
    }
    const bool numeric = order_.numeric_levels()[n] != 0;
    std::ranges::sort(labels, [&](const std::string& a, const std::string& b) {
      return numeric ? *parse_int(a) < *parse_int(b) : a < b;
    });
    return labels;
  }

  bool cut_level(std::size_t n, const std::optional<std::vector<std::string>>& wanted,
                 const std::vector<std::string>& all) {
    std::vector<std::string> labels = wanted.value_or(all);
    if (labels.empty()) {
      return fail("1 <= 0");
    }
    std::vector<std::string> unknown;
    for (const std::string& label : std::set<std::string>(labels.begin(), labels.end())) {
      if (std::ranges::find(all, label) == all.end()) {
        unknown.push_back(label);
      }
    }
    const bool numeric = order_.numeric_levels()[n] != 0;
    if (!unknown.empty()) {
      return fail(fmt::format("val1={}\nissubset\nval2={}\nval1 - val2={}",
                              set_text(labels, numeric), set_text(all, numeric),
                              set_text(unknown, numeric)));
    }
    if (options_.keep_order) {
      std::vector<std::string> ordered;
      std::ranges::copy_if(all, std::back_inserter(ordered), [&](const std::string& label) {
        return std::ranges::find(labels, label) != labels.end();
      });
      labels = std::move(ordered);
    }
    std::vector<FrameColumn> kept;
    for (const std::string& label : labels) {
      const std::size_t before = kept.size();
      for (const FrameColumn& column : frame_.columns) {
        if (column.label[n] == label) {
          kept.push_back(column);
        }
      }
      if (kept.size() == before) {
        // The first cut left none of this label's columns.
        raised_ = Raised{"KeyError", fmt::format("{} not in index", set_text(labels, numeric)),
                         Raised::Cause::kArgument};
        return false;
      }
    }
    frame_.columns = std::move(kept);
    return true;
  }

  Frame frame_;
  const SubsetOptions& options_;
  LabelOrder order_;
  std::optional<Raised> raised_;
};

}  // namespace

DfsComparison compare_multiindex_dfs(const Frame& left, const Frame& right,
                                     const SubsetOptions& subset,
                                     const CompareDfsOptions& options) {
  Subset left_subset(left, subset);
  Subset right_subset(right, subset);
  DfsComparison result;
  result.raised = left_subset.cut();
  if (!result.raised) {
    result.raised = right_subset.cut();
  }
  if (result.raised) {
    return result;
  }
  return compare_dfs(std::move(left_subset).result(), std::move(right_subset).result(), options);
}

}  // namespace tieout::reference
