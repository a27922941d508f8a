#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "tieout/core/result.hpp"

struct evp_md_ctx_st;

namespace tieout::transport {

/// A hash of bytes that arrive in parts.
class Digest {
 public:
  enum class Kind { kMd5, kSha256 };
  explicit Digest(Kind kind);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void add(std::string_view bytes);
  /// Lower-case hexadecimal. The digest is used up.
  std::string hex();

 private:
  evp_md_ctx_st* context_ = nullptr;
};

/// Size and hashes of a file, read once in parts of 1 MiB.
struct FileDigest {
  std::uint64_t size_bytes = 0;
  std::string sha256, md5;
};
Result<FileDigest> digest_file(const std::filesystem::path& path);

/// HMAC-SHA-256, 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);
std::string hex_of(std::string_view bytes);

}  // namespace tieout::transport
