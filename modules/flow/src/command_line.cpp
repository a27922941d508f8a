#include "tieout/flow/command_line.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace tieout::flow {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::size_t line_of(std::string_view text, std::size_t at) {
  return 1 + static_cast<std::size_t>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

/// Reads the strings of a template's list.
class TemplateReader {
 public:
  TemplateReader(std::string_view text, std::size_t first, std::vector<std::string>& warnings)
      : text_(text), at_(first), warnings_(warnings) {}

  /// The strings up to the closing bracket, joined by blanks.
  Result<std::string> read() {
    std::string joined;
    bool separated = true;  // a comma was seen since the last string
    for (; at_ < text_.size() && text_[at_] != ']'; ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        if (!separated) {
          warn(fmt::format("a comma is missing before the string in line {}", line_of(text_, at_)));
        }
        TIEOUT_TRY(const std::string word, read_string());
        joined += (joined.empty() ? "" : " ") + word;
        separated = false;
      } else if (c == ',') {
        separated = true;
      } else if (c == '\\') {
        warn(fmt::format("a backslash stands between two strings in line {}", line_of(text_, at_)));
      } else if (!is_blank(c)) {
        return Error{ErrorCode::kMalformedData,
                     fmt::format("template: line {} has '{}' between the strings of \"command\", "
                                 "needed strings in double quotes separated by commas",
                                 line_of(text_, at_), c)};
      }
    }
    if (at_ == text_.size()) {
      return Error{ErrorCode::kMalformedData,
                   "template: the list of \"command\" has no closing ']'"};
    }
    return joined;
  }

 private:
  void warn(std::string text) { warnings_.push_back("template: " + std::move(text)); }

  // From the opening quote; ends on the closing one.
  Result<std::string> read_string() {
    const std::size_t opened = at_;
    std::string out;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        return out;
      }
      if (text_[at_] != '\\' || at_ + 1 == text_.size()) {
        out += text_[at_];
        continue;
      }
      read_escape(out);
    }
    return Error{ErrorCode::kMalformedData,
                 fmt::format("template: the string that begins in line {} is not closed",
                             line_of(text_, opened))};
  }

  void read_escape(std::string& out) {
    const char escaped = text_[++at_];
    switch (escaped) {
      case 'n':
        out += '\n';
        return;
      case 't':
        out += '\t';
        return;
      case '(':
        warn(fmt::format("line {}: '\\(' read as '('", line_of(text_, at_)));
        out += '(';
        // The backslash that belongs to the quote slipped before the bracket.
        if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          out += text_[++at_];
        }
        return;
      default:
        out += escaped;
    }
  }

  std::string_view text_;
  std::size_t at_;
  std::vector<std::string>& warnings_;
};

/// Position after the '[' of `"command": [`, or of text that is a list itself.
std::optional<std::size_t> template_list(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '[') {
    return first + 1;
  }
  constexpr std::string_view kKey = "\"command\"";
  std::size_t at = text.find(kKey);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  for (at += kKey.size(); at < text.size() && (is_blank(text[at]) || text[at] == ':'); ++at) {
  }
  return at < text.size() && text[at] == '[' ? std::optional(at + 1) : std::nullopt;
}

/// Only what the command itself gets: after the last "&&", before a pipe, without redirections.
std::vector<std::string> own_words(const std::vector<std::string>& words) {
  std::vector<std::string> own;
  for (const std::string& word : words) {
    if (word == "&&" || word == ";") {
      own.clear();
    } else if (word == "|") {
      break;
    } else if (!word.empty() && word != "2>&1" && !(own.empty() && (word == ">" || word == "$"))) {
      own.push_back(word);
    }
  }
  return own;
}

bool is_runner(std::string_view word) {
  word.remove_prefix(word.rfind('/') == std::string_view::npos ? 0 : word.rfind('/') + 1);
  return word == "invoke" || word == "i" || word == "tieout" || word == "python" ||
         word == "python3";
}

std::string program_name(std::string_view word) {
  word.remove_prefix(word.rfind('/') == std::string_view::npos ? 0 : word.rfind('/') + 1);
  if (word.size() > 3 && word.substr(word.size() - 3) == ".py") {
    word.remove_suffix(3);
  }
  return std::string(word);
}

std::string flag_key(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
  std::string key(word);
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

bool is_flag(std::string_view word) {
  return word.rfind("--", 0) == 0 || (word.size() == 2 && word[0] == '-');
}

void read_flags(const std::vector<std::string>& words, std::size_t first, CommandLine& line) {
  for (std::size_t i = first; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!is_flag(word)) {
      line.warnings.push_back(fmt::format("'{}' belongs to no flag and is left out", word));
      continue;
    }
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) {
      line.flags[flag_key(word.substr(0, equals))].push_back(word.substr(equals + 1));
    } else if (i + 1 < words.size() && !is_flag(words[i + 1])) {
      line.flags[flag_key(word)].push_back(words[++i]);
    } else {
      line.flags[flag_key(word)].emplace_back();
    }
  }
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;  // '' is a word too
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool escapes = c == '\\' && quote != '\'' && i + 1 < text.size();
    if (escapes && quote == '"' && text[i + 1] != '"' && text[i + 1] != '\\' &&
        text[i + 1] != '\n') {
      word += c;  // Between double quotes a backslash is kept before anything else.
    } else if (escapes) {
      ++i;
      if (text[i] == '\n') {
        continue;
      }
      word += text[i];
      begun = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      begun = true;
    } else if (is_blank(c)) {
      if (begun) {
        words.push_back(std::move(word));
      }
      word.clear();
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (quote != 0) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("command: the quote {} that was opened last is not closed", quote)};
  }
  if (begun) {
    words.push_back(std::move(word));
  }
  return words;
}

std::string quote_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=,@%+";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

Result<CommandLine> read_command_line(std::string_view text) {
  CommandLine line;
  std::string joined(text);
  if (const auto list = template_list(text)) {
    TIEOUT_TRY(joined, TemplateReader(text, *list, line.warnings).read());
  }
  TIEOUT_TRY(const std::vector<std::string> words, split_words(joined));
  const std::vector<std::string> own = own_words(words);
  const auto program = std::find_if(own.begin(), own.end(),
                                    [](const std::string& word) { return !is_runner(word); });
  if (program == own.end() || is_flag(*program)) {
    return Error{ErrorCode::kInvalidArgument,
                 "command: there is no program before the flags, needed run_prod_system or "
                 "reconcile_run_all"};
  }
  line.program = program_name(*program);
  read_flags(own, static_cast<std::size_t>(program - own.begin()) + 1, line);
  return line;
}

}  // namespace tieout::flow
