#include "tieout/transport/secret.hpp"

#include <system_error>

#include <fmt/format.h>

#include "tieout/core/file.hpp"

namespace tieout::transport {

namespace fs = std::filesystem;

std::string_view variable(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

Status check_private(std::string_view who, const fs::path& path) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::is_regular_file(status)) {
    return Error{ErrorCode::kMissingCredentials,
                 fmt::format("{}: '{}' is not a file", who, path.string())};
  }
  const fs::perms others = status.permissions() & (fs::perms::group_all | fs::perms::others_all);
  if (others != fs::perms::none) {
    return Error{
        ErrorCode::kMissingCredentials,
        fmt::format("{}: '{}' has mode {:04o}, needed 0600: others may read the secret; chmod "
                    "600 it",
                    who, path.string(), static_cast<unsigned>(status.permissions()) & 07777U)};
  }
  return {};
}

Result<Secret> read_secret(std::string_view who, std::string_view reference,
                           const Environment& environment) {
  constexpr std::string_view kVariable = "env:";
  constexpr std::string_view kFile = "file:";
  if (reference.starts_with(kVariable)) {
    const std::string name(reference.substr(kVariable.size()));
    const std::string_view value = variable(environment, name);
    if (value.empty()) {
      return Error{ErrorCode::kMissingCredentials,
                   fmt::format("{}: the environment variable '{}' is not set", who, name)};
    }
    return Secret(std::string(value));
  }
  if (reference.starts_with(kFile)) {
    const fs::path path(std::string(reference.substr(kFile.size())));
    TIEOUT_CHECK(check_private(who, path));
    TIEOUT_TRY(std::string text, read_file(path));
    text.erase(std::min(text.find_first_of("\r\n"), text.size()));
    if (text.empty()) {
      return Error{ErrorCode::kMissingCredentials,
                   fmt::format("{}: the first line of '{}' is empty", who, path.string())};
    }
    return Secret(std::move(text));
  }
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("{}: a secret is named as env:NAME or file:PATH (mode 0600), never "
                           "written out; what was given is not repeated here",
                           who)};
}

}  // namespace tieout::transport
