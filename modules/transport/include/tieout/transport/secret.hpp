#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "tieout/core/result.hpp"

namespace tieout::transport {

/// The environment of the process as values: read once, at the edge, and passed down.
using Environment = std::map<std::string, std::string>;

/// The value of a variable, or nothing when it is not set. An empty variable counts as not set.
std::string_view variable(const Environment& environment, const std::string& name);

/// A text that must not be printed. It has no conversion to text and no stream operator; only the
/// code that sends it calls reveal().
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

/// Where a secret is: "env:NAME", or "file:PATH" (the first line of a file of mode 0600).
///
/// Errors: kInvalidArgument when the text is neither (it may be the secret itself: it is not
/// repeated), kMissingCredentials when the variable is not set, the file is missing or empty, or
/// others than its owner may read it.
Result<Secret> read_secret(std::string_view who, std::string_view reference,
                           const Environment& environment);

/// Errors: kMissingCredentials when the group or others have any right on the file, or it is not
/// there.
Status check_private(std::string_view who, const std::filesystem::path& path);

}  // namespace tieout::transport
