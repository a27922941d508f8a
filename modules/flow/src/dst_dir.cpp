#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tieout/flow/derive_params.hpp"

namespace tieout::flow {
namespace {

constexpr std::string_view kForm =
    "{root}/{model[.tag]}/{run_mode}/{start}.{end}/system_log_dir.{mode}";

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_digits(std::string_view text, std::size_t count) {
  return text.size() == count &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view unquoted(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n'\"";
  const std::size_t first = text.find_first_not_of(kAround);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kAround) - first + 1);
}

struct SplitPath {
  std::string head;  // "", "/" or "s3://bucket"
  std::vector<std::string> components;
};

SplitPath split_path(std::string_view text) {
  SplitPath path;
  constexpr std::string_view kS3 = "s3://";
  if (text.substr(0, kS3.size()) == kS3) {
    const std::size_t end = std::min(text.find('/', kS3.size()), text.size());
    path.head = std::string(text.substr(0, end)) + "/";
    text.remove_prefix(end);
  } else if (!text.empty() && text.front() == '/') {
    path.head = "/";
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('/'), text.size());
    if (end > 0) {
      path.components.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return path;
}

/// What an older layout looks like, to say so (recon_flow.md 3.1); "" for none.
std::string_view older_layout(const std::vector<std::string>& components) {
  const auto dated = std::any_of(components.begin(), components.end(),
                                 [](const std::string& part) { return is_digits(part, 8); });
  const std::string& last = components.back();
  if (dated && std::count(last.begin(), last.end(), '.') == 3) {
    return "the older layout {model}/{date}/system_log_dir.{mode}.{start}.{end}";
  }
  if (last.rfind("job.", 0) == 0) {
    return "the older layout {root}/{date}/job.*";
  }
  if (dated) {
    return "the older layout {root}/{date}/...";
  }
  return last == "system_log_dir" ? "the older layout with no mode in system_log_dir" : "";
}

Error refused(std::string_view text, std::string_view part, std::string_view found,
              std::string_view needed, const std::vector<std::string>& components) {
  const std::string_view older = components.empty() ? "" : older_layout(components);
  return Error{
      ErrorCode::kInvalidArgument,
      fmt::format("dst_dir '{}': {} is '{}', needed {}; the form is {}{}", text, part, found,
                  needed, kForm, older.empty() ? "" : fmt::format("; this looks like {}", older))};
}

Status check_interval(std::string_view text, const DstDirParts& parts,
                      const std::vector<std::string>& components) {
  const Result<Timestamp> start = parse_ts_name(parts.start);
  const Result<Timestamp> end = parse_ts_name(parts.end);
  if (!start.ok() || !end.ok() || *start >= *end) {
    return refused(text, "{start}.{end}", parts.start + "." + parts.end,
                   "two UTC times YYYYMMDD_HHMMSS, the first before the second", components);
  }
  return {};
}

}  // namespace

Result<DstDirParts> parse_dst_dir(std::string_view text) {
  const std::string_view bare = unquoted(text);
  SplitPath path = split_path(bare);
  std::vector<std::string>& all = path.components;
  constexpr std::size_t kDepth = 4;
  if (all.size() < kDepth) {
    return refused(bare, "the path", fmt::format("{} components long", all.size()),
                   "at least 4 components", {});
  }
  const std::size_t first = all.size() - kDepth;
  const std::string &model_dir = all[first], &run_mode = all[first + 1], &interval = all[first + 2],
                    &log_dir = all[first + 3];
  DstDirParts parts;
  constexpr std::string_view kLogDir = "system_log_dir.";
  parts.mode = log_dir.rfind(kLogDir, 0) == 0 ? log_dir.substr(kLogDir.size()) : "";
  if (parts.mode != "scheduled" && parts.mode != "manual") {
    return refused(bare, "the last component", log_dir,
                   "system_log_dir.scheduled or system_log_dir.manual", all);
  }
  const std::size_t dot = interval.find('.');
  parts.start = interval.substr(0, dot);
  parts.end = dot == std::string::npos ? "" : interval.substr(dot + 1);
  TIEOUT_CHECK(check_interval(bare, parts, all));
  parts.run_mode = run_mode;
  if (run_mode != "prod" && run_mode != "paper_trading") {
    return refused(bare, "{run_mode}", run_mode, "prod or paper_trading", all);
  }
  const std::size_t tag = model_dir.find('.');
  parts.model = model_dir.substr(0, tag);
  parts.tag = tag == std::string::npos ? "" : model_dir.substr(tag + 1);
  if (!is_word(parts.model) || (tag != std::string::npos && parts.tag.empty())) {
    return refused(bare, "{model[.tag]}", model_dir, "letters, digits and '_', then '.tag' or none",
                   all);
  }
  parts.root = path.head;
  for (std::size_t i = 0; i < first; ++i) {
    parts.root += all[i] + "/";
    constexpr std::array<std::string_view, 4> kStages{"local", "test", "preprod", "prod"};
    if (i > 0 && all[i - 1].rfind("ecs", 0) == 0 &&
        std::find(kStages.begin(), kStages.end(), all[i]) != kStages.end()) {
      parts.stage = all[i];
    }
  }
  return parts;
}

}  // namespace tieout::flow
