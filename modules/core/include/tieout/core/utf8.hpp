#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tieout {

/// Text from outside (a log's names, a file's bytes) is not always text. What of it is, and what to
/// print in its place.

/// Length in bytes of the valid UTF-8 sequence at the start of `text`; 0 when there is none: the
/// text is empty, the sequence is overlong or ends early, is a surrogate or lies past U+10FFFF.
/// Source: The Unicode Standard, table 3-7.
std::size_t utf8_length(std::string_view text) noexcept;

/// Whether all of `text` is valid UTF-8.
bool is_valid_utf8(std::string_view text) noexcept;

/// `text` with every byte that is not part of a valid sequence, and every control character but
/// newline and tab, replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

/// `text` on one line, for a terminal and for logs that are read by line: newlines and tabs are
/// blanks, and what is not valid UTF-8, is a control character (U+0080 to U+009F too) or separates
/// lines or paragraphs (U+2028, U+2029) is U+FFFD.
std::string one_line(std::string_view text);

}  // namespace tieout
