#include "tieout/system/universe_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"

namespace tieout::system {
namespace {

Error malformed(const std::filesystem::path& path, std::string_view found) {
  return Error{ErrorCode::kMalformedData,
               fmt::format("read_universe: '{}': found {}, needed {{\"VENDOR\": {{\"exchange\": "
                           "[\"PAIR\", ...]}}}} or one exchange::PAIR on each line",
                           path.string(), found)};
}

Result<std::vector<std::string>> symbols_of_json(const std::filesystem::path& path,
                                                 const std::string& text) {
  const nlohmann::json root = nlohmann::json::parse(text, nullptr, false);
  if (!root.is_object()) {
    return malformed(path, "no JSON object");
  }
  std::vector<std::string> symbols;
  for (const auto& [vendor, exchanges] : root.items()) {
    if (!exchanges.is_object()) {
      return malformed(path, fmt::format("'{}' that is no object", vendor));
    }
    for (const auto& [exchange, pairs] : exchanges.items()) {
      if (!pairs.is_array()) {
        return malformed(path, fmt::format("'{}' that is no list", exchange));
      }
      for (const auto& pair : pairs) {
        if (!pair.is_string()) {
          return malformed(path, fmt::format("an entry of '{}' that is no text", exchange));
        }
        symbols.push_back(fmt::format("{}::{}", exchange, pair.get<std::string>()));
      }
    }
  }
  return symbols;
}

std::vector<std::string> symbols_of_lines(const std::string& text) {
  std::vector<std::string> symbols;
  std::size_t position = 0;
  while (position < text.size()) {
    const std::size_t end = std::min(text.find('\n', position), text.size());
    std::string line = text.substr(position, end - position);
    line.resize(std::min(line.find('#'), line.size()));
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first != std::string::npos) {
      symbols.push_back(line.substr(first, line.find_last_not_of(" \t\r") - first + 1));
    }
    position = end + 1;
  }
  return symbols;
}

}  // namespace

Result<Universe> read_universe(const std::filesystem::path& path) {
  TIEOUT_TRY(const std::string text, read_file(path));
  std::vector<std::string> symbols;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && text[first] == '{') {
    TIEOUT_TRY(symbols, symbols_of_json(path, text));
  } else {
    symbols = symbols_of_lines(text);
  }
  if (symbols.empty()) {
    return malformed(path, "no symbols");
  }
  return Universe::from_symbols(symbols);
}

}  // namespace tieout::system
