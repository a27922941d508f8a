#include "file_name.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"

namespace tieout::reference {
namespace {

bool is_stamp(std::string_view text) {
  constexpr std::size_t kLength = 15;  // YYYYMMDD_HHMMSS
  if (text.size() != kLength || text[8] != '_') {
    return false;
  }
  for (std::size_t i = 0; i < kLength; ++i) {
    if (i != 8 && (text[i] < '0' || text[i] > '9')) {
      return false;
    }
  }
  return true;
}

struct Stamps {
  std::string bar, wall;
};

/// "{bar}" or "{bar}.{wall}"; the bar may be "None" where `none_allowed`.
std::optional<Stamps> parse_stamps(std::string_view text, bool none_allowed) {
  const std::size_t dot = text.find('.');
  const std::string_view bar = text.substr(0, dot);
  const std::string_view wall =
      dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  const bool bar_fits = is_stamp(bar) || (none_allowed && bar == "None");
  if (!bar_fits || (dot != std::string_view::npos && !is_stamp(wall))) {
    return std::nullopt;
  }
  return Stamps{std::string(bar), std::string(wall)};
}

/// "{method}.{topo}.{nid}": the parts of a node's name.
bool parse_node(std::string_view text, NodeFileName& out) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (first == 0 || second == std::string_view::npos || second + 1 == text.size()) {
    return false;
  }
  const std::string_view digits = text.substr(first + 1, second - first - 1);
  const auto id = parse_int(digits);
  constexpr std::int64_t kMaxId = 1'000'000;
  if (!id || digits.front() < '0' || digits.front() > '9' || *id > kMaxId) {
    return false;
  }
  out.node = text;
  out.method = text.substr(0, first);
  out.topological_id = static_cast<std::size_t>(*id);
  out.nid = text.substr(second + 1);
  return true;
}

/// Both readings of a stamp; equal except in the repeated hour.
struct Readings {
  Timestamp earlier, later;
  bool ambiguous() const { return earlier != later; }
};

Result<Readings> readings_of(const std::string& stamp, const std::string& file) {
  const auto earlier = parse_local_ts_name(stamp, Zone::kNewYork, AmbiguousLocal::kEarlier);
  const auto later = parse_local_ts_name(stamp, Zone::kNewYork, AmbiguousLocal::kLater);
  if (!earlier.ok() || !later.ok()) {
    const Error& error = earlier.ok() ? later.error() : earlier.error();
    return Error{error.code, fmt::format("'{}': {}", file, error.message)};
  }
  return Readings{*earlier, *later};
}

/// Whether a file with a later bar stamp in the same repeated hour has an earlier wall stamp, which
/// a single pass over that hour cannot give.
bool is_of_second_pass(const std::vector<StampedFile>& files, std::size_t at) {
  constexpr std::size_t kDayAndHour = 11;  // "YYYYMMDD_HH"
  const StampedFile& file = files[at];
  if (file.wall.empty()) {
    return false;
  }
  for (std::size_t i = at + 1; i < files.size(); ++i) {
    const StampedFile& other = files[i];
    if (other.bar.compare(0, kDayAndHour, file.bar, 0, kDayAndHour) != 0) {
      return false;
    }
    if (!other.wall.empty() && other.bar > file.bar && other.wall < file.wall) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<NodeFileName> parse_node_file_name(std::string_view name) {
  constexpr std::string_view kOutput = ".df_out.";
  const std::size_t at = name.find(kOutput);
  NodeFileName out;
  if (at == std::string_view::npos || !parse_node(name.substr(0, at), out)) {
    return std::nullopt;
  }
  std::string_view rest = name.substr(at + kOutput.size());
  for (const std::string_view suffix : {"parquet", "pq", "csv.gz", "csv", "txt"}) {
    if (rest.size() > suffix.size() + 1 && rest.ends_with(suffix) &&
        rest[rest.size() - suffix.size() - 1] == '.') {
      rest.remove_suffix(suffix.size() + 1);
      out.suffix = suffix;
      break;
    }
  }
  const auto stamps = parse_stamps(rest, true);
  if (out.suffix.empty() || !stamps) {
    return std::nullopt;
  }
  out.bar = stamps->bar;
  out.wall = stamps->wall;
  return out;
}

std::optional<DecisionFileName> parse_decision_file_name(std::string_view name) {
  constexpr std::string_view kSuffix = ".csv";
  if (!name.ends_with(kSuffix)) {
    return std::nullopt;
  }
  name.remove_suffix(kSuffix.size());
  const auto stamps = parse_stamps(name, false);
  if (!stamps) {
    return std::nullopt;
  }
  return DecisionFileName{stamps->bar, stamps->wall};
}

std::optional<ProfileFileName> parse_profile_file_name(std::string_view name) {
  constexpr std::string_view kAfter = ".after_execution.";
  constexpr std::string_view kSuffix = ".txt";
  const std::size_t at = name.find(kAfter);
  NodeFileName node;
  if (at == std::string_view::npos || !name.ends_with(kSuffix) ||
      !parse_node(name.substr(0, at), node)) {
    return std::nullopt;
  }
  std::string_view bar = name.substr(at + kAfter.size());
  bar.remove_suffix(kSuffix.size());
  if (!is_stamp(bar)) {
    return std::nullopt;
  }
  return ProfileFileName{std::move(node.node), std::string(bar)};
}

Result<std::size_t> resolve_stamps(std::vector<StampedFile>& files) {
  std::ranges::sort(files, [](const StampedFile& a, const StampedFile& b) {
    return std::tie(a.bar, a.wall, a.file) < std::tie(b.bar, b.wall, b.file);
  });
  std::size_t undecided = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    StampedFile& file = files[i];
    TIEOUT_TRY(const Readings bar, readings_of(file.bar, file.file));
    file.bar_time = bar.earlier;
    const bool again = i > 0 && files[i - 1].bar == file.bar;
    const bool twice = again || (i + 1 < files.size() && files[i + 1].bar == file.bar);
    if (again && (!bar.ambiguous() || (i > 1 && files[i - 2].bar == file.bar) ||
                  files[i - 1].wall == file.wall)) {
      return Error{ErrorCode::kDuplicateId,
                   fmt::format("'{}' and '{}' are both of bar {}: needed one file for each bar",
                               files[i - 1].file, file.file, file.bar)};
    }
    if (bar.ambiguous()) {
      const bool second = again || (!twice && is_of_second_pass(files, i));
      file.bar_time = second ? bar.later : bar.earlier;
      undecided += twice || second ? 0 : 1;
    }
    if (!file.wall.empty()) {
      TIEOUT_TRY(const Readings wall, readings_of(file.wall, file.file));
      file.wall_time = wall.earlier >= file.bar_time ? wall.earlier : wall.later;
    }
  }
  std::ranges::sort(files, {}, &StampedFile::bar_time);
  return undecided;
}

}  // namespace tieout::reference
