#include "markdown.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sanitize_html.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

/// Text between two marks, which is taken from the front of `text` with them; empty when `text`
/// does not begin with such a pair.
std::string_view between(std::string_view& text, std::string_view mark) {
  if (!text.starts_with(mark)) return {};
  const std::size_t end = text.find(mark, mark.size() + 1);
  if (end == std::string_view::npos || text[mark.size()] == ' ') return {};
  const std::string_view inside = text.substr(mark.size(), end - mark.size());
  text.remove_prefix(end + mark.size());
  return inside;
}

/// "[text](target)" at the front of `text`; false when there is none that may stand in a page.
bool take_link(std::string_view& text, std::string& out) {
  const std::size_t middle = text.find("](");
  const std::size_t end = middle == std::string_view::npos ? middle : text.find(')', middle);
  if (!text.starts_with('[') || end == std::string_view::npos) return false;
  const std::string_view name = text.substr(1, middle - 1);
  const std::string_view target = text.substr(middle + 2, end - middle - 2);
  if (name.find('[') != std::string_view::npos || !is_safe_link(target)) return false;
  out += fmt::format("<a href=\"{}\">{}</a>", escape_html(target), escape_html(name));
  text.remove_prefix(end + 1);
  return true;
}

std::string inline_html(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t plain = text.find_first_of("`*[");
    out += escape_html(text.substr(0, plain));
    if (plain == std::string_view::npos) break;
    text.remove_prefix(plain);
    if (const std::string_view code = between(text, "`"); !code.empty()) {
      out += fmt::format("<code>{}</code>", escape_html(code));
    } else if (const std::string_view strong = between(text, "**"); !strong.empty()) {
      out += fmt::format("<strong>{}</strong>", escape_html(strong));
    } else if (const std::string_view emphasis = between(text, "*"); !emphasis.empty()) {
      out += fmt::format("<em>{}</em>", escape_html(emphasis));
    } else if (!take_link(text, out)) {
      out += escape_html(text.substr(0, 1));
      text.remove_prefix(1);
    }
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Text of a list's item; empty when the line is none.
std::string_view item_of(std::string_view line, bool& is_numbered) {
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  is_numbered = digits > 0;
  if (is_numbered) {
    return line.substr(digits).starts_with(". ") ? trimmed(line.substr(digits + 2))
                                                 : std::string_view{};
  }
  return line.starts_with("- ") || line.starts_with("* ") ? trimmed(line.substr(2))
                                                          : std::string_view{};
}

class Renderer {
 public:
  void line(std::string_view raw) {
    const std::string_view text = trimmed(raw);
    if (text.starts_with("```")) {
      end_block();
      is_code_ = !is_code_;
      out_ += is_code_ ? "<pre tabindex=\"0\">" : "</pre>\n";
    } else if (is_code_) {
      out_ += escape_html(raw) + "\n";
    } else if (text.empty()) {
      end_block();
    } else if (!heading(text) && !item(text)) {
      if (!list_.empty()) end_block();
      paragraph_ += (paragraph_.empty() ? "" : "\n") + std::string(text);
    }
  }

  std::string take() {
    end_block();
    if (is_code_) out_ += "</pre>\n";
    return std::move(out_);
  }

 private:
  void end_block() {
    if (!paragraph_.empty()) out_ += fmt::format("<p>{}</p>\n", inline_html(paragraph_));
    paragraph_.clear();
    if (!list_.empty()) out_ += fmt::format("</{}>\n", list_);
    list_.clear();
  }

  bool heading(std::string_view text) {
    constexpr std::size_t kLowest = 6;
    const std::size_t level = text.find_first_not_of('#');
    if (level == 0 || level > kLowest || level == std::string_view::npos || text[level] != ' ') {
      return false;
    }
    end_block();
    out_ += fmt::format("<h{0}>{1}</h{0}>\n", std::min(level + 1, kLowest),
                        inline_html(trimmed(text.substr(level))));
    return true;
  }

  bool item(std::string_view text) {
    bool is_numbered = false;
    const std::string_view inside = item_of(text, is_numbered);
    if (inside.empty()) return false;
    const std::string list = is_numbered ? "ol" : "ul";
    if (list_ != list) {
      end_block();
      list_ = list;
      out_ += fmt::format("<{}>\n", list);
    }
    out_ += fmt::format("<li>{}</li>\n", inline_html(inside));
    return true;
  }

  std::string out_, paragraph_, list_;  // list_: "ul" or "ol" while one is open
  bool is_code_ = false;
};

}  // namespace

std::string html_of_markdown(std::string_view markdown) {
  Renderer renderer;
  while (!markdown.empty()) {
    const std::size_t end = markdown.find('\n');
    renderer.line(markdown.substr(0, end));
    markdown.remove_prefix(end == std::string_view::npos ? markdown.size() : end + 1);
  }
  return renderer.take();
}

}  // namespace tieout::report
