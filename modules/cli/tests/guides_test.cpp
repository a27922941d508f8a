// Every command line of the guides must be one that the program takes: its command exists, and so
// does each of its flags.

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/cli/command.hpp"
#include "tieout/core/file.hpp"
#include "tieout/flow/command_line.hpp"

namespace tieout::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct GuideCommand {
  std::string where;  // "deploy.md:12"
  std::string text;   // one line, without prompt and continuation
};

/// The lines of code blocks that begin with "tieout ", continued lines joined.
std::vector<GuideCommand> commands_of(const std::string& file, const std::string& text) {
  std::vector<GuideCommand> commands;
  bool in_code = false;
  bool goes_on = false;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.starts_with("```")) {
      in_code = !in_code;
      goes_on = false;
      continue;
    }
    line = line.starts_with("> ") ? line.substr(2) : line;
    if (!in_code || (!goes_on && !line.starts_with("tieout "))) {
      continue;
    }
    if (!goes_on) {
      commands.push_back({fmt::format("{}:{}", file, number), ""});
    }
    goes_on = line.ends_with('\\');
    commands.back().text += line.substr(0, goes_on ? line.size() - 1 : line.size()) + " ";
  }
  return commands;
}

/// Up to a comment: a # at the start of a word that stands in no quotes.
std::string without_comment(const std::string& text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && c == '#' && i > 0 && text[i - 1] == ' ') {
      return text.substr(0, i);
    }
    if (quote != 0) {
      quote = c == quote ? '\0' : quote;
    } else if (c == '\'' || c == '"') {
      quote = c;
    }
  }
  return text;
}

/// The words of one command: without a comment, and up to what a shell does with its output.
std::vector<std::string> words_of(const std::string& text) {
  auto split = flow::split_words(without_comment(text));
  EXPECT_TRUE(split.ok()) << text;
  std::vector<std::string> words;
  for (const std::string& word : split.ok() ? *split : std::vector<std::string>()) {
    if (word == "|" || word == ">" || word == "&&" || word == ";") {
      break;
    }
    words.push_back(word);
  }
  return words;
}

std::string joined(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '-');
  return normalised(name);
}

/// "" when the program takes the command line. "..." stands for flags that the guide leaves out:
/// then none is required.
std::string complaint_about(std::vector<std::string> words) {
  if (words.empty()) {
    return "no words";
  }
  words.erase(words.begin());
  const auto elided = std::find(words.begin(), words.end(), "...");
  const bool is_whole = elided == words.end();
  words.erase(std::remove(words.begin(), words.end(), "..."), words.end());
  if (words.empty()) {
    return "no command";
  }
  const auto commands = make_commands();
  for (const auto& command : commands) {
    std::vector<std::string> names = command->aliases();
    names.emplace_back(command->name());
    for (const std::string& name : names) {
      const std::size_t count = name.find(' ') == std::string::npos ? 1 : 2;
      std::string given = words[0];
      if (count == 2 && words.size() > 1) {
        given += " " + words[1];
      }
      if (joined(given) != joined(name)) {
        continue;
      }
      const auto help =
          parse_flags(command->name(), command->summary(), command->flags(),
                      std::vector<std::string>(words.begin() + static_cast<std::ptrdiff_t>(count),
                                               words.end()));
      if (help.ok() ||
          (!is_whole && help.error().message.find(" required; ") != std::string::npos)) {
        return "";
      }
      return help.error().message;
    }
  }
  return fmt::format("there is no command '{}'", words[0]);
}

TEST(GuidesTest, EveryCommandLineOfTheGuidesIsTaken) {
  const std::filesystem::path dir = std::filesystem::path(TIEOUT_SOURCE_DIR) / "docs" / "guides";
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    if (entry.path().extension() != ".md") {
      continue;
    }
    const auto text = read_file(entry.path());
    ASSERT_TRUE(text.ok());
    for (const GuideCommand& command : commands_of(entry.path().filename().string(), *text)) {
      EXPECT_THAT(complaint_about(words_of(command.text)), IsEmpty())
          << command.where << ": " << command.text;
      ++count;
    }
  }
  EXPECT_GE(count, 30U) << "the guides have more command lines than were found";
}

TEST(GuidesTest, AMisspeltFlagCommandOrValueIsFound) {
  const auto complaint = [](const std::string& line) { return complaint_about(words_of(line)); };
  EXPECT_THAT(complaint("tieout reconcile_ls ... --dst-rot-dir x"), HasSubstr("--dst-root-dir"));
  EXPECT_THAT(complaint("tieout reconcile_lz --dst-root-dir x"), HasSubstr("no command"));
  EXPECT_THAT(complaint("tieout reconcile_ls --dst-root-dir x"), HasSubstr("required"));
  EXPECT_THAT(complaint("tieout import_market_data f --store s --feed-profile x"),
              HasSubstr("must be one of"));
  EXPECT_THAT(complaint("tieout policy chek x"), HasSubstr("no command"));
  EXPECT_THAT(complaint("tieout policy check x > y"), IsEmpty());
}

TEST(GuidesTest, LinesAreJoinedAndOnlyCodeCounts) {
  const auto commands = commands_of(
      "g.md", "tieout a\n```\ntieout b \\\n    --c d\nls\n> tieout e  # it's f\n```\ntieout g\n");
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(commands[0].where, "g.md:3");
  EXPECT_THAT(words_of(commands[0].text), testing::ElementsAre("tieout", "b", "--c", "d"));
  EXPECT_THAT(words_of(commands[1].text), testing::ElementsAre("tieout", "e"));
}

}  // namespace
}  // namespace tieout::cli
