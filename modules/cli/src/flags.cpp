#include "tieout/cli/flags.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

// The only file that includes CLI11: it is heavy, and commands need not know it.

namespace tieout::cli {
namespace {

bool is_positional(const Flag& flag) {
  return flag.name.front() != '-';
}

bool is_switch(const Flag& flag) {
  return std::holds_alternative<bool*>(flag.target);
}

/// "--prevent-overwriting" gives "--no-prevent-overwriting".
std::string negated(std::string_view name) {
  return "--no-" + std::string(name.substr(2));
}

/// One spelling of a flag.
struct Spelling {
  std::string name;
  bool takes_value = false;
  std::string opposite = {};  // the --no- form of a switch that has one
};

std::vector<Spelling> spellings_of(const std::vector<Flag>& flags) {
  std::vector<Spelling> spellings{{"--help", false}, {"-h", false}};
  for (const Flag& flag : flags) {
    if (is_positional(flag)) {
      continue;
    }
    spellings.push_back(
        {flag.name, !is_switch(flag), flag.negatable ? negated(flag.name) : std::string()});
    if (flag.negatable) {
      spellings.push_back({negated(flag.name), false});
    }
  }
  return spellings;
}

const Spelling* find_spelling(const std::vector<Spelling>& spellings, std::string_view name) {
  const std::string wanted = normalised(name);
  const auto found =
      std::find_if(spellings.begin(), spellings.end(),
                   [&](const Spelling& spelling) { return normalised(spelling.name) == wanted; });
  return found == spellings.end() ? nullptr : &*found;
}

Error unknown_flag(std::string_view command, std::string_view name,
                   const std::vector<Spelling>& spellings) {
  std::vector<std::string> names;
  names.reserve(spellings.size());
  for (const Spelling& spelling : spellings) {
    names.push_back(spelling.name);
  }
  const std::string nearest = nearest_name(name, names);
  return Error{
      ErrorCode::kUnknownName,
      fmt::format("{}: there is no flag '{}'{}; 'tieout {} --help' lists all", command, name,
                  nearest.empty() ? "" : fmt::format(", the nearest is '{}'", nearest), command)};
}

/// The arguments as CLI11 takes them: registered spellings, each value joined to its flag
/// ("--flag=value"), so that a value may begin with anything.
Result<std::vector<std::string>> canonical(std::string_view command,
                                           const std::vector<Spelling>& spellings,
                                           const std::vector<std::string>& arguments) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") {
      result.insert(result.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i),
                    arguments.end());
      break;
    }
    if (argument.size() < 2 || argument.front() != '-') {
      result.push_back(argument);
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const Spelling* spelling = find_spelling(spellings, name);
    if (spelling == nullptr) {
      return unknown_flag(command, name, spellings);
    }
    if (!spelling->takes_value) {
      // "--remove-inf=False" is "--no-remove-inf", as keyword arguments are written.
      const std::string given = equals == std::string::npos ? "" : argument.substr(equals + 1);
      const bool is_true = given == "true" || given == "True";
      if (!spelling->opposite.empty() && (is_true || given == "false" || given == "False")) {
        result.push_back(is_true ? spelling->name : spelling->opposite);
        continue;
      }
      if (equals != std::string::npos) {
        return Error{ErrorCode::kInvalidArgument,
                     fmt::format("{}: '{}' is a switch and takes no value, got '{}'", command,
                                 spelling->name, argument.substr(equals + 1))};
      }
      result.push_back(spelling->name);
      continue;
    }
    std::string value;
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size() && find_spelling(spellings, arguments[i + 1]) == nullptr) {
      value = arguments[++i];
    } else {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("{}: '{}' needs a value", command, spelling->name)};
    }
    // CLI11 does not take "--flag=" with nothing after it.
    if (spelling->name.rfind("--", 0) == 0 && !value.empty()) {
      result.push_back(spelling->name + "=" + value);
    } else {
      result.push_back(spelling->name);
      result.push_back(value);
    }
  }
  return result;
}

/// "(default: x)" for a variable with a value worth showing.
std::string default_of(const Flag& flag) {
  struct Visitor {
    std::string operator()(const std::string* v) const {
      return v->empty() ? "" : fmt::format(" (default: {})", *v);
    }
    std::string operator()(const std::optional<std::string>* v) const {
      return v->has_value() ? fmt::format(" (default: {})", **v) : "";
    }
    std::string operator()(const std::vector<std::string>* v) const {
      return v->empty() ? "" : fmt::format(" (default: {})", fmt::join(*v, ", "));
    }
    std::string operator()(const bool* v) const { return *v ? " (default: on)" : ""; }
    std::string operator()(const std::optional<std::int64_t>* v) const {
      return v->has_value() ? fmt::format(" (default: {})", **v) : "";
    }
    std::string operator()(const std::uint64_t* v) const {
      return fmt::format(" (default: {})", *v);
    }
    std::string operator()(const double* v) const { return fmt::format(" (default: {})", *v); }
  };
  std::string text = flag.need == Need::kRequired ? "" : std::visit(Visitor{}, flag.target);
  if (!flag.choices.empty()) {
    text += fmt::format(" (one of: {})", fmt::join(flag.choices, ", "));
  }
  return text;
}

CLI::Option* add_flag(CLI::App& app, const Flag& flag) {
  const std::string help = flag.help + default_of(flag);
  if (bool* const* target = std::get_if<bool*>(&flag.target)) {
    const std::string names =
        flag.negatable ? fmt::format("{},!{}", flag.name, negated(flag.name)) : flag.name;
    return app.add_flag(names, **target, help);
  }
  CLI::Option* option = std::visit(
      [&](auto* target) -> CLI::Option* { return app.add_option(flag.name, *target, help); },
      flag.target);
  option->option_text(flag.value_name + (flag.need == Need::kRequired ? " REQUIRED" : ""));
  if (!std::holds_alternative<std::vector<std::string>*>(flag.target)) {
    option->take_last();
  } else {
    option->allow_extra_args(is_positional(flag));
  }
  return option;
}

std::string help_text(CLI::App& app) {
  auto formatter = std::make_shared<CLI::Formatter>();
  formatter->column_width(38);
  app.formatter(formatter);
  std::string text = app.help();
  // CLI11 marks the negated form with the value that it sets, which a user cannot give.
  constexpr std::string_view kMark = "{false}";
  for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at)) {
    text.erase(at, kMark.size());
  }
  return text;
}

/// The text that a flag with choices was given; nothing when it was not given, or is no text.
std::optional<std::string> chosen(const Flag& flag) {
  if (std::string* const* text = std::get_if<std::string*>(&flag.target)) {
    return flag.need == Need::kOptional && (*text)->empty() ? std::nullopt : std::optional(**text);
  }
  std::optional<std::string>* const* text = std::get_if<std::optional<std::string>*>(&flag.target);
  return text == nullptr ? std::nullopt : **text;
}

Status check_choices(std::string_view command, const std::vector<Flag>& flags) {
  for (const Flag& flag : flags) {
    const std::optional<std::string> text = chosen(flag);
    if (!flag.choices.empty() && text.has_value() &&
        std::find(flag.choices.begin(), flag.choices.end(), *text) == flag.choices.end()) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("{}: {} is '{}', it must be one of {}", command, flag.name, *text,
                               fmt::join(flag.choices, ", "))};
    }
  }
  return {};
}

}  // namespace

Result<HelpText> parse_flags(std::string_view command, std::string_view summary,
                             const std::vector<Flag>& flags,
                             const std::vector<std::string>& arguments) {
  CLI::App app{std::string(summary), "tieout " + std::string(command)};
  std::vector<std::pair<const Flag*, CLI::Option*>> required;
  for (const Flag& flag : flags) {
    CLI::Option* option = add_flag(app, flag);
    if (flag.need == Need::kRequired) {
      required.emplace_back(&flag, option);
    }
  }
  TIEOUT_TRY(std::vector<std::string> tokens, canonical(command, spellings_of(flags), arguments));
  std::reverse(tokens.begin(), tokens.end());  // CLI11 takes them from the back.
  try {
    app.parse(tokens);
  } catch (const CLI::CallForHelp&) {
    return HelpText(help_text(app));
  } catch (const CLI::ParseError& error) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("{}: {}", command, error.what())};
  }
  std::vector<std::string> missing;
  for (const auto& [flag, option] : required) {
    if (option->count() == 0) {
      missing.push_back(flag->name);
    }
  }
  if (!missing.empty()) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("{}: {} {} required; 'tieout {} --help' tells the form", command,
                    fmt::join(missing, ", "), missing.size() == 1 ? "is" : "are", command)};
  }
  TIEOUT_CHECK(check_choices(command, flags));
  return HelpText{};
}

}  // namespace tieout::cli
