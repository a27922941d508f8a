#include "tieout/transport/aws.hpp"

#include <filesystem>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "tieout/core/file.hpp"

namespace tieout::transport {
namespace {

namespace fs = std::filesystem;
using Section = std::map<std::string, std::string>;

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) {
    return {};
  }
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

/// The section of an AWS ini file, or nothing when it is not there. Values are secrets.
std::optional<Section> section_of(std::string_view text, std::string_view wanted) {
  std::optional<Section> section;
  bool inside = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#' || line.front() == ';') {
      continue;
    }
    if (line.front() == '[') {
      inside = trimmed(std::string_view(line).substr(1, line.find(']') - 1)) == wanted;
      if (inside && !section) {
        section.emplace();
      }
    } else if (const std::size_t equals = line.find('='); inside && equals != std::string::npos) {
      (*section)[trimmed(std::string_view(line).substr(0, equals))] =
          trimmed(std::string_view(line).substr(equals + 1));
    }
  }
  return section;
}

fs::path aws_file(const Environment& environment, const std::string& name,
                  std::string_view fallback) {
  if (const std::string_view path = variable(environment, name); !path.empty()) {
    return path;
  }
  const std::string_view home = variable(environment, "HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".aws" / fallback;
}

std::string value_in(const Section& section, const std::string& key) {
  const auto found = section.find(key);
  return found == section.end() ? std::string() : found->second;
}

Result<AwsCredentials> credentials_of_file(const fs::path& path, const std::string& profile) {
  std::error_code code;
  if (path.empty() || !fs::exists(path, code)) {
    return Error{
        ErrorCode::kMissingCredentials,
        fmt::format("S3: no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not "
                    "used or not set, and there is no file '{}' with profile '{}'",
                    path.string(), profile)};
  }
  TIEOUT_CHECK(check_private("S3 credentials", path));
  TIEOUT_TRY(const std::string text, read_file(path));
  const std::optional<Section> section = section_of(text, profile);
  if (!section) {
    return Error{ErrorCode::kMissingCredentials,
                 fmt::format("S3 credentials: '{}' has no profile '{}'", path.string(), profile)};
  }
  AwsCredentials credentials{Secret(value_in(*section, "aws_access_key_id")),
                             Secret(value_in(*section, "aws_secret_access_key")),
                             Secret(value_in(*section, "aws_session_token"))};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return Error{ErrorCode::kMissingCredentials,
                 fmt::format("S3 credentials: profile '{}' of '{}' needs aws_access_key_id and "
                             "aws_secret_access_key",
                             profile, path.string())};
  }
  return credentials;
}

/// The profile's section of the config file; it holds no secret that is used.
Section config_of(const Environment& environment, const std::string& profile) {
  const Result<std::string> text = read_file(aws_file(environment, "AWS_CONFIG_FILE", "config"));
  if (!text.ok()) {
    return {};  // The file is optional.
  }
  const std::string name = profile == "default" ? profile : "profile " + profile;
  return section_of(*text, name).value_or(Section{});
}

std::string first_of(std::initializer_list<std::string_view> values) {
  for (const std::string_view value : values) {
    if (!value.empty()) {
      return std::string(value);
    }
  }
  return {};
}

}  // namespace

Result<AwsSettings> aws_settings(const Environment& environment, const std::string& profile) {
  AwsSettings settings;
  const std::string_view key = variable(environment, "AWS_ACCESS_KEY_ID");
  const std::string_view secret = variable(environment, "AWS_SECRET_ACCESS_KEY");
  const std::string name = first_of({profile, variable(environment, "AWS_PROFILE"), "default"});
  if (profile.empty() && !key.empty() && !secret.empty()) {
    settings.credentials = {Secret(std::string(key)), Secret(std::string(secret)),
                            Secret(std::string(variable(environment, "AWS_SESSION_TOKEN")))};
  } else {
    TIEOUT_TRY(settings.credentials,
               credentials_of_file(
                   aws_file(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials"), name));
  }
  const Section config = config_of(environment, name);
  settings.endpoint =
      first_of({variable(environment, "AWS_ENDPOINT_URL_S3"),
                variable(environment, "AWS_ENDPOINT_URL"), value_in(config, "endpoint_url")});
  while (settings.endpoint.ends_with('/')) {
    settings.endpoint.pop_back();
  }
  if (!settings.endpoint.empty() && !settings.endpoint.starts_with("http://") &&
      !settings.endpoint.starts_with("https://")) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("S3: the endpoint '{}' must begin with http:// or https://",
                             settings.endpoint)};
  }
  settings.region =
      first_of({variable(environment, "AWS_REGION"), variable(environment, "AWS_DEFAULT_REGION"),
                value_in(config, "region"), settings.endpoint.empty() ? "" : "us-east-1"});
  if (settings.region.empty()) {
    return Error{ErrorCode::kMissingCredentials,
                 fmt::format("S3: no region: set AWS_REGION, or `region` of profile '{}' in the "
                             "AWS config file",
                             name)};
  }
  return settings;
}

}  // namespace tieout::transport
