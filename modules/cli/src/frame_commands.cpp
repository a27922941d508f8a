#include <fmt/format.h>

#include "tieout/frames/file.hpp"
#include "tieout/recon/frame_compare.hpp"
#include "tieout/reference/profile.hpp"

#include "commands.hpp"
#include "profile_flags.hpp"
#include "profile_render.hpp"

namespace tieout::cli {
namespace {

std::string column_list(const frames::Frame& frame) {
  constexpr std::size_t kShown = 20;
  std::string text;
  for (std::size_t c = 0; c < frame.columns.size() && c < kShown; ++c) {
    text += (c == 0 ? "" : ", ") + frames::to_string(frame.columns[c].label);
  }
  return frame.columns.size() > kShown ? text + ", ..." : text;
}

/// Read a frame whose index is `index`, or the one that the file declares when it is empty. An
/// index that is not wanted becomes an ordinary column, so that it is compared.
Result<frames::Frame> read_indexed(const std::string& file, const std::string& index) {
  TIEOUT_TRY(frames::Frame frame, frames::read_frame(file));
  const bool is_index = frame.index && frame.index->label == frames::ColumnLabel{index};
  if (index.empty() ? frame.index.has_value() : is_index) {
    return frame;
  }
  if (index.empty()) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("compare_frames: '{}' declares no index: name the column by which rows "
                    "are aligned with --index, one of: {}",
                    file, column_list(frame))};
  }
  if (frame.index && !frame.index->label.empty() && !frame.index->label.front().empty()) {
    frame.columns.push_back(*std::move(frame.index));
  }
  if (const Status status = frames::set_index(frame, index); !status.ok()) {
    return Error{status.error().code,
                 fmt::format("compare_frames: '{}': {}", file, status.error().message)};
  }
  return frame;
}

std::string render(const recon::FrameComparison& comparison) {
  constexpr std::size_t kShown = 20;
  const recon::CellCounts& cells = comparison.cells;
  std::string text = fmt::format(
      "{}  {}\ncoverage {:.4f} % of {} cells ({} and {} rows, {} and {} columns with the index)\n"
      "{} equal, {} within, {} different: {} with a NaN on one side, {} of another type, {} on one "
      "side only\n",
      recon::to_string(comparison.verdict), comparison.sentence, 100 * comparison.coverage,
      cells.present, comparison.rows_left, comparison.rows_right, comparison.columns_left,
      comparison.columns_right, cells.bitwise, cells.within, cells.outside, cells.nan_one_side,
      cells.type_mismatch, cells.missing);
  for (std::size_t i = 0; i < comparison.findings.size() && i < kShown; ++i) {
    const recon::Finding& finding = comparison.findings[i];
    text += fmt::format("  {:<14} {:<24} {:<40} {} | {}\n", recon::to_string(finding.kind),
                        finding.column, finding.key, finding.left, finding.right);
  }
  if (comparison.distinct_breaks > kShown) {
    text += fmt::format("  and {} more\n", comparison.distinct_breaks - kShown);
  }
  return text;
}

class CompareFrames final : public Command {
 public:
  std::string_view name() const noexcept override { return "compare_frames"; }
  std::string_view summary() const noexcept override {
    return "Compare two tables (CSV, csv.gz, Parquet) cell by cell";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags{
        {"LEFT", &left_, "File: CSV, csv.gz or Parquet", Need::kRequired},
        {"RIGHT", &right_, "File: CSV, csv.gz or Parquet", Need::kRequired},
        {"--index", &index_,
         "Column by whose values rows are aligned; not needed where the files declare it",
         Need::kOptional, "COL"},
        {"--float-columns", &float_columns_,
         "profile: float columns only, as the reference's comparison of node outputs"},
        {"--policy", &policy_, "Policy file: what is allowed to differ; without it nothing is",
         Need::kOptional, "FILE"},
        {"--json", &json_, "Print the comparison as JSON"},
    };
    profile_.add_compare_flags(flags);
    profile_.add_subset_flags(flags);
    return flags;
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(frames::Frame left, read_indexed(left_, index_));
    TIEOUT_TRY(frames::Frame right, read_indexed(right_, index_));
    if (profile_.is_reference() && !policy_.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "compare_frames: --policy and --profile are both given, only one rule can hold"};
    }
    if (profile_.is_reference()) {
      return by_profile(session, std::move(left), std::move(right));
    }
    recon::FrameCompareOptions options;
    options.left_name = left_;
    options.right_name = right_;
    recon::Policy policy;
    if (!policy_.empty()) {
      TIEOUT_TRY(policy, recon::load_policy(policy_));
      options.policy = &policy;
    }
    TIEOUT_TRY(const recon::FrameComparison comparison,
               recon::compare_frames(left, right, options));
    session.out << (json_ ? recon::to_json(comparison) + "\n" : render(comparison));
    return recon::exit_code_of(comparison.verdict);
  }

 private:
  Result<int> by_profile(Session& session, frames::Frame left, frames::Frame right) {
    TIEOUT_TRY(const auto options, profile_.compare_options(name()));
    TIEOUT_TRY(const auto subset, profile_.subset_options());
    reference::split_levels(left);
    reference::split_levels(right);
    reference::HiddenByProfile left_out;
    if (float_columns_) {
      left_out = reference::hidden_by_float_selection(left, right);
      left = reference::select_float_columns(left);
      right = reference::select_float_columns(right);
    }
    reference::DfsComparison comparison =
        subset.any() ? reference::compare_multiindex_dfs(left, right, subset, options)
                     : reference::compare_dfs(left, right, options);
    comparison.hidden += left_out;
    return report(session, name(), subset.any() ? "compare_multiindex_dfs" : "compare_dfs",
                  comparison, json_);
  }

  ProfileFlags profile_;
  std::string left_, right_, index_, policy_;
  bool float_columns_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_compare_frames() {
  return std::make_unique<CompareFrames>();
}

}  // namespace tieout::cli
