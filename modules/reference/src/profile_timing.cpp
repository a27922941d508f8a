#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"

#include "profile_dag_support.hpp"

namespace tieout::reference {
namespace {

/// Seconds of the line "run_node done (1.771 s)", the fourth.
std::optional<double> run_seconds(std::string_view text) {
  for (int line = 0; line < 3; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  const std::size_t open = text.find('(');
  const std::size_t close = text.find(" s)");
  if (open == std::string_view::npos || close == std::string_view::npos || close <= open) {
    return std::nullopt;
  }
  return parse_double(text.substr(open + 1, close - open - 1));
}

Error failed(const Raised& raised) {
  std::string line = raised.message;
  std::ranges::replace(line, '\n', ' ');
  return Error{ErrorCode::kMissingData,
               fmt::format("node_execution_times: {}: {}", raised.type, line)};
}

Result<double> read_seconds(const fs::path& profiles, const std::string& node,
                            const BarStamp& bar) {
  const fs::path file = profiles / fmt::format("{}.after_execution.{}.txt", node, bar.name);
  TIEOUT_TRY(const std::string text, read_file(file));
  const auto seconds = run_seconds(text);
  if (!seconds) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("node_execution_times: '{}': the fourth line is not 'run_node done "
                             "(... s)'",
                             file.string())};
  }
  return *seconds;
}

}  // namespace

Result<frames::Frame> node_execution_times(const fs::path& path) {
  const NodeDir dir(path);
  const fs::path profiles = path.parent_path() / "node_io.prof";
  auto nodes = dir.node_names();
  if (const auto* raised = std::get_if<1>(&nodes)) {
    return failed(*raised);
  }
  std::map<Timestamp, std::map<std::string, double>> seconds;  // by bar and node
  for (const std::string& node : std::get<0>(nodes)) {
    auto bars = dir.bars(node);
    if (const auto* raised = std::get_if<1>(&bars)) {
      return failed(*raised);
    }
    for (const BarStamp& bar : std::get<0>(bars)) {
      TIEOUT_TRY(seconds[bar.time][node], read_seconds(profiles, node, bar));
    }
  }
  frames::Frame frame;
  frame.zone = "America/New_York";
  std::vector<Timestamp> times;
  std::vector<double> all;
  for (const auto& [bar, by_node] : seconds) {
    double sum = 0;
    for (const std::string& node : std::get<0>(nodes)) {
      const auto found = by_node.find(node);
      sum += found == by_node.end() ? 0 : found->second;
    }
    times.push_back(bar);
    all.push_back(sum);
  }
  frame.index = frames::FrameColumn{{"bar_timestamp"}, std::move(times), {}};
  frame.columns.push_back({{"all_nodes"}, std::move(all), {}});
  for (const std::string& node : std::get<0>(nodes)) {
    std::vector<double> values;
    for (const auto& [bar, by_node] : seconds) {
      const auto found = by_node.find(node);
      values.push_back(found == by_node.end() ? std::nan("") : found->second);
    }
    frame.columns.push_back({{node.substr(node.rfind('.') + 1)}, std::move(values), {}});
  }
  return frame;
}

}  // namespace tieout::reference
