#include "tieout/core/utf8.hpp"

namespace tieout {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_control(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence.front());
  return sequence.size() == 1 && (lead < 0x20 || lead == 0x7F);
}

/// U+0080 to U+009F, the C1 controls; U+2028 and U+2029.
bool is_line_or_c1_control(std::string_view sequence) {
  if (sequence.size() == 2)
    return sequence[0] == '\xC2' && static_cast<unsigned char>(sequence[1]) < 0xA0;
  return sequence == "\xE2\x80\xA8" || sequence == "\xE2\x80\xA9";
}

/// Each valid sequence of `text` through `replacement_of(sequence)` (empty: it stays); other bytes
/// become U+FFFD.
template <typename ReplacementOf>
std::string replace_sequences(std::string_view text, const ReplacementOf& replacement_of) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    const std::string_view sequence = text.substr(0, length);
    const std::string_view replacement = replacement_of(sequence);
    out += replacement.empty() ? sequence : replacement;
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) > 0x9F) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

bool is_valid_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string valid_utf8(std::string_view text) {
  return replace_sequences(text, [](std::string_view sequence) -> std::string_view {
    const bool stays = !is_control(sequence) || sequence == "\n" || sequence == "\t";
    return stays ? "" : kReplacement;
  });
}

std::string one_line(std::string_view text) {
  return replace_sequences(text, [](std::string_view sequence) -> std::string_view {
    if (sequence == "\n" || sequence == "\t") return " ";
    return is_control(sequence) || is_line_or_c1_control(sequence) ? kReplacement : "";
  });
}

}  // namespace tieout
