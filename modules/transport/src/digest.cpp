#include "digest.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tieout/core/assert.hpp"

namespace tieout::transport {

Digest::Digest(Kind kind) : context_(EVP_MD_CTX_new()) {
  TIEOUT_ASSERT(context_ != nullptr);
  const EVP_MD* const type = kind == Kind::kMd5 ? EVP_md5() : EVP_sha256();
  TIEOUT_ASSERT(EVP_DigestInit_ex(context_, type, nullptr) == 1);
}
Digest::~Digest() {
  EVP_MD_CTX_free(context_);
}
Digest::Digest(Digest&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
Digest& Digest::operator=(Digest&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}

void Digest::add(std::string_view bytes) {
  TIEOUT_ASSERT(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
}

std::string Digest::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  TIEOUT_ASSERT(EVP_DigestFinal_ex(context_, bytes.data(), &size) == 1);
  return hex_of({reinterpret_cast<const char*>(bytes.data()), size});
}

std::string hex_of(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return text;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  TIEOUT_ASSERT(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data(),
                     &size) != nullptr);
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

Result<FileDigest> digest_file(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (file == nullptr) {
    return Error{errno == ENOENT ? ErrorCode::kFileNotFound : ErrorCode::kFileUnreadable,
                 fmt::format("digest_file: '{}': {}", path.string(), std::strerror(errno))};
  }
  Digest md5(Digest::Kind::kMd5);
  Digest sha256(Digest::Kind::kSha256);
  std::vector<char> buffer(1U << 20U);
  FileDigest digest;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    md5.add({buffer.data(), count});
    sha256.add({buffer.data(), count});
    digest.size_bytes += count;
  }
  if (std::ferror(file.get()) != 0) {
    return Error{ErrorCode::kFileUnreadable,
                 fmt::format("digest_file: '{}' could not be read to its end", path.string())};
  }
  digest.md5 = md5.hex();
  digest.sha256 = sha256.hex();
  return digest;
}

}  // namespace tieout::transport
