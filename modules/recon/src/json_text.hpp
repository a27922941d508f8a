#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tieout::recon {

/// Append `text` as a JSON string; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
/// Append a number; NaN and infinities, which JSON lacks, become null.
void append_json_number(std::string& out, double value);

/// Writes one JSON object field by field, in the order of the calls, without blanks.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  ~JsonObject() { out_ += '}'; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  void text(std::string_view key, std::string_view value);
  void number(std::string_view key, double value);
  void integer(std::string_view key, std::uint64_t value);
  void signed_integer(std::string_view key, std::int64_t value);
  void boolean(std::string_view key, bool value);
  void null(std::string_view key);
  /// Write the key; the caller appends the value to the text.
  std::string& raw(std::string_view key);

 private:
  std::string& out_;
  bool first_ = true;
};

/// Append "[", each item by `write_item(out, item)`, "]".
template <typename Range, typename Writer>
void append_json_array(std::string& out, const Range& items, Writer write_item) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) {
      out += ',';
    }
    first = false;
    write_item(out, item);
  }
  out += ']';
}

}  // namespace tieout::recon
