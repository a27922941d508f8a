#include <algorithm>

#include <fmt/format.h>

#include "tieout/recon/self_consistency.hpp"

namespace tieout::recon {
namespace {

std::string_view words_of(RewriteKind kind) {
  switch (kind) {
    case RewriteKind::kWholeWindow:
      return "rewrites its whole window, as a node that normalises over it";
    case RewriteKind::kWindowEdge:
      return "depends on where its window starts";
    case RewriteKind::kPeeking:
      return "peeks: it rewrites its newest rows when later ones are known";
    case RewriteKind::kScattered:
      break;
  }
  return "rewrites rows that nothing explains";
}

/// Whether the last third of the changes is less than half as large as the first.
bool decays(std::span<const RewrittenRow> rows) {
  constexpr std::size_t kFewRows = 6;  // a third of less tells nothing
  if (rows.size() < kFewRows) {
    return false;
  }
  double first = 0;
  double last = 0;
  for (std::size_t i = 0; i < rows.size() / 3; ++i) {
    first += rows[i].change;
    last += rows[rows.size() - 1 - i].change;
  }
  return last < first / 2;
}

}  // namespace

std::string_view to_string(RewriteKind kind) noexcept {
  switch (kind) {
    case RewriteKind::kWholeWindow:
      return "whole_window";
    case RewriteKind::kWindowEdge:
      return "window_edge";
    case RewriteKind::kPeeking:
      return "peeking";
    case RewriteKind::kScattered:
      return "scattered";
  }
  return "unknown";
}

RewriteKind classify_rewrites(std::span<const RewrittenRow> rows, std::size_t overlap) {
  if (rows.empty()) {
    return RewriteKind::kScattered;
  }
  const std::size_t half = std::max<std::size_t>(overlap / 2, 1);
  const bool has_first = rows.front().from_start == 0;
  if (rows.back().lag == 0 && rows.front().from_start >= half) {
    return RewriteKind::kPeeking;
  }
  if (has_first && (rows.back().lag >= half || decays(rows))) {
    return RewriteKind::kWindowEdge;
  }
  return has_first && rows.size() > 1 && rows.size() * 10 >= overlap * 9 ? RewriteKind::kWholeWindow
                                                                         : RewriteKind::kScattered;
}

std::string describe_rewrites(const runlog::NodeInfo& node, const NodeRevisions& revisions) {
  if (revisions.unexplained_rows == 0) {
    return "";
  }
  const auto most =
      std::ranges::max_element(revisions.bars, {}, [](const auto& entry) { return entry.second; });
  std::uint64_t bars = 0;
  for (const auto& [kind, count] : revisions.bars) {
    bars += count;
  }
  std::string text = fmt::format("{}; {} rows in {} bars", words_of(most->first),
                                 revisions.unexplained_rows, bars);
  constexpr std::size_t kNamed = 4;
  std::size_t named = 0;
  for (const auto& [column, lags] : revisions.columns) {
    if (named++ == kNamed) {
      text += fmt::format(", and {} more columns", revisions.columns.size() - kNamed);
      break;
    }
    const std::size_t least = *lags.lags.begin();
    const std::size_t greatest = *lags.lags.rbegin();
    text += fmt::format(
        "{} {} at lag{}", named == 1 ? ":" : ",", to_string(node.columns[column]),
        least == greatest ? fmt::format(" {}", least) : fmt::format("s {} to {}", least, greatest));
  }
  return text;
}

}  // namespace tieout::recon
