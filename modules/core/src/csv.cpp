#include "tieout/core/csv.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tieout {

Result<bool> CsvReader::next() {
  fields_.clear();
  unescaped_.clear();
  // Blank lines separate nothing.
  while (position_ < text_.size() && (text_[position_] == '\n' || text_[position_] == '\r')) {
    next_line_ += text_[position_] == '\n' ? 1U : 0U;
    ++position_;
  }
  line_ = next_line_;
  if (position_ >= text_.size()) {
    return false;
  }
  while (true) {
    if (fields_.size() == max_fields_) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("CsvReader: line {} has more than {} fields", line_, max_fields_)};
    }
    if (position_ < text_.size() && text_[position_] == '"') {
      std::string& field = unescaped_.emplace_back();
      const std::size_t quote_line = next_line_;
      ++position_;
      while (true) {
        const std::size_t quote = text_.find('"', position_);
        if (quote == std::string_view::npos) {
          return Error{ErrorCode::kMalformedData,
                       fmt::format("CsvReader: the quote that opens on line {} is never closed",
                                   quote_line)};
        }
        const std::string_view part = text_.substr(position_, quote - position_);
        next_line_ += static_cast<std::size_t>(std::ranges::count(part, '\n'));
        field += part;
        position_ = quote + 1;
        if (position_ >= text_.size() || text_[position_] != '"') {
          break;
        }
        field += '"';
        ++position_;
      }
      // Anything between the closing quote and the separator is kept as text.
      const std::size_t end = std::min(text_.find_first_of(",\r\n", position_), text_.size());
      field += text_.substr(position_, end - position_);
      fields_.emplace_back(field);
      position_ = end;
    } else {
      const std::size_t end = std::min(text_.find_first_of(",\r\n", position_), text_.size());
      fields_.push_back(text_.substr(position_, end - position_));
      position_ = end;
    }
    if (position_ < text_.size() && text_[position_] == ',') {
      ++position_;
      continue;
    }
    break;
  }
  if (position_ < text_.size() && text_[position_] == '\r') {
    ++position_;
  }
  if (position_ < text_.size() && text_[position_] == '\n') {
    ++position_;
    ++next_line_;
  }
  return true;
}

std::optional<std::size_t> find_field(const std::vector<std::string_view>& header,
                                      std::string_view name) {
  const auto found = std::ranges::find(header, name);
  return found == header.end() ? std::nullopt
                               : std::optional(static_cast<std::size_t>(found - header.begin()));
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') {
      quoted += '"';
    }
  }
  return quoted + '"';
}

}  // namespace tieout
