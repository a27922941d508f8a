#include "content_policy.hpp"

#include <cstdint>

#include "tieout/core/hash.hpp"

namespace tieout::report {
namespace {

std::uint32_t nibble_of(char digit) {
  return static_cast<std::uint32_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/// Base64 (RFC 4648, 4) of bytes that are given as lower-case hexadecimal digits.
std::string base64_of_hex(std::string_view hex) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t kDigitsOfGroup = 6;  // three bytes, four characters
  std::string out;
  for (std::size_t at = 0; at < hex.size(); at += kDigitsOfGroup) {
    const std::string_view group = hex.substr(at, kDigitsOfGroup);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < kDigitsOfGroup; ++i) {
      bits = bits << 4U | (i < group.size() ? nibble_of(group[i]) : 0U);
    }
    const std::size_t characters = group.size() / 2 + 1;
    for (std::size_t i = 0; i < 4; ++i) {
      out += i < characters ? kAlphabet[bits >> (18U - 6U * i) & 0x3FU] : '=';
    }
  }
  return out;
}

std::string sources_of(const std::vector<std::string>& texts) {
  if (texts.empty()) return "'none'";
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : " ") + hash_source(text);
  return out;
}

}  // namespace

std::string hash_source(std::string_view text) {
  return "'sha256-" + base64_of_hex(sha256_hex(text)) + "'";
}

std::string content_policy(const std::vector<std::string>& styles,
                           const std::vector<std::string>& scripts) {
  return "default-src 'none'; style-src " + sources_of(styles) + "; script-src " +
         sources_of(scripts) + "; img-src data:; base-uri 'none'; form-action 'none'";
}

}  // namespace tieout::report
