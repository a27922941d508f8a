#include "text_source.hpp"

#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/gzip.hpp"

namespace tieout::marketdata {

Result<std::string> read_text(const std::filesystem::path& path) {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 33;  // Guards against a bomb: 8 GiB of text.
  Result<std::string> bytes = read_file(path);
  if (!bytes.ok() || bytes->size() < 2 || (*bytes)[0] != '\x1f' || (*bytes)[1] != '\x8b') {
    return bytes;
  }
  Result<std::string> text = gunzip(*bytes, kMaxBytes);
  if (!text.ok()) {
    return Error{text.error().code, fmt::format("'{}': {}", path.string(), text.error().message)};
  }
  return text;
}

}  // namespace tieout::marketdata
