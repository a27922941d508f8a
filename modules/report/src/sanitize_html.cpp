#include "sanitize_html.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "text.hpp"

namespace tieout::report {
namespace {

constexpr std::size_t kDeepest = 200;

constexpr auto kElements = std::to_array<std::string_view>({
    "a",        "abbr",     "b",     "blockquote", "br",     "caption", "circle",  "code",
    "col",      "colgroup", "dd",    "del",        "desc",   "details", "div",     "dl",
    "dt",       "ellipse",  "em",    "figcaption", "figure", "g",       "h1",      "h2",
    "h3",       "h4",       "h5",    "h6",         "hr",     "i",       "img",     "ins",
    "kbd",      "li",       "line",  "mark",       "ol",     "p",       "path",    "polygon",
    "polyline", "pre",      "q",     "rect",       "s",      "samp",    "section", "small",
    "span",     "strong",   "sub",   "summary",    "sup",    "svg",     "table",   "tbody",
    "td",       "text",     "tfoot", "th",         "thead",  "tr",      "tspan",   "u",
    "ul",       "var",      "wbr",
});
constexpr auto kWithoutContent = std::to_array<std::string_view>({"br", "col", "hr", "img", "wbr"});
/// Elements whose content is no text for people, or is read by rules of its own.
constexpr auto kDroppedWhole = std::to_array<std::string_view>(
    {"applet", "audio",   "embed",    "foreignobject", "frameset", "head",      "iframe",
     "math",   "noembed", "noframes", "noscript",      "object",   "plaintext", "script",
     "select", "style",   "template", "textarea",      "title",    "video",     "xmp"});
constexpr auto kAttributes = std::to_array<std::string_view>({
    "alt",
    "aria-describedby",
    "aria-hidden",
    "aria-label",
    "aria-labelledby",
    "class",
    "colspan",
    "cx",
    "cy",
    "d",
    "dir",
    "dominant-baseline",
    "dx",
    "dy",
    "fill",
    "fill-opacity",
    "height",
    "lang",
    "open",
    "opacity",
    "points",
    "preserveaspectratio",
    "r",
    "role",
    "rowspan",
    "rx",
    "ry",
    "scope",
    "start",
    "stroke",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
    "transform",
    "viewbox",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
});

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}
bool is_alpha(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/// Length of the character reference at the start of `text` ("&amp;", "&#65;"); 0 when there is
/// none.
std::size_t reference_length(std::string_view text) {
  std::size_t i = 1;
  if (i < text.size() && text[i] == '#') ++i;
  const std::size_t first = i;
  while (i < text.size() && i < 32 && (is_alpha(text[i]) || is_digit(text[i]))) ++i;
  return i > first && i < text.size() && text[i] == ';' ? i + 1 : 0;
}

/// Escaped, but for character references, which stay.
std::string escape_keeping_references(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t length = text.front() == '&' ? reference_length(text) : 0;
    if (length > 0) {
      out += text.substr(0, length);
    } else {
      length = text.front() == '&' ? 1 : std::min(text.find('&'), text.size());
      out += escape_html(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  return out;
}

struct Attribute {
  std::string name;  // lower case
  std::string_view value;
};

struct Tag {
  std::string name;  // lower case
  bool closes = false, closes_itself = false;
  std::vector<Attribute> attributes;
};

/// Reads a tag from behind its '<' or '</' and takes it from `rest`.
class TagReader {
 public:
  explicit TagReader(std::string_view& rest) : rest_(rest) {}

  Tag read(bool closes) {
    Tag tag;
    tag.closes = closes;
    tag.name = lower(take([](char c) { return !is_blank(c) && c != '>' && c != '/'; }));
    while (!rest_.empty() && rest_.front() != '>') {
      if (is_blank(rest_.front()) || rest_.front() == '/') {
        tag.closes_itself = rest_.front() == '/';
        rest_.remove_prefix(1);
        continue;
      }
      tag.closes_itself = false;
      tag.attributes.push_back(attribute());
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
    return tag;
  }

 private:
  template <typename Accept>
  std::string_view take(const Accept& accept) {
    std::size_t length = 0;
    while (length < rest_.size() && accept(rest_[length])) ++length;
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  Attribute attribute() {
    Attribute out;
    if (rest_.front() == '=') {  // A name may begin so.
      rest_.remove_prefix(1);
      out.name += '=';
    }
    out.name +=
        lower(take([](char c) { return !is_blank(c) && c != '>' && c != '/' && c != '='; }));
    take(is_blank);
    if (rest_.empty() || rest_.front() != '=') return out;
    rest_.remove_prefix(1);
    take(is_blank);
    if (!rest_.empty() && (rest_.front() == '"' || rest_.front() == '\'')) {
      const char quote = rest_.front();
      rest_.remove_prefix(1);
      out.value = take([quote](char c) { return c != quote; });
      if (!rest_.empty()) rest_.remove_prefix(1);
    } else {
      out.value = take([](char c) { return !is_blank(c) && c != '>'; });
    }
    return out;
  }

  std::string_view& rest_;
};

bool is_image(std::string_view source) {
  for (const std::string_view type : {"png", "jpeg", "gif", "webp"}) {
    const std::string head = fmt::format("data:image/{};base64,", type);
    if (source.starts_with(head)) return is_base64(source.substr(head.size()));
  }
  return false;
}

/// A name or #rrggbb; url(...) would name another resource.
bool is_color(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return is_alpha(c) || is_digit(c) || c == '#' || c == '-'; });
}

bool is_id(std::string_view id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '.' || c == '_' || c == '-' || c == ':';
  });
}

/// Writes what is allowed; every element that is opened is closed.
class Writer {
 public:
  explicit Writer(std::set<std::string, std::less<>>& ids) : ids_(ids) {}

  void text(std::string_view text) { out_ += escape_keeping_references(text); }

  void tag(const Tag& tag) {
    if (!is_in(kElements, tag.name)) return;
    if (tag.closes) {
      close(tag.name);
      return;
    }
    if (open_.size() >= kDeepest) return;
    const std::string attributes = attributes_of(tag);
    if (tag.name == "img" && attributes.find(" src=") == std::string::npos) return;
    out_ += fmt::format("<{}{}>", tag.name, attributes);
    if (is_in(kWithoutContent, tag.name)) return;
    open_.push_back(tag.name);
    if (tag.closes_itself && is_in_drawing()) close(tag.name);
  }

  std::string take() {
    while (!open_.empty()) close(open_.back());
    return std::move(out_);
  }

 private:
  bool is_in_drawing() const { return std::find(open_.begin(), open_.end(), "svg") != open_.end(); }

  /// Close elements up to the innermost `name`; nothing when none is open.
  void close(const std::string& given) {
    const std::string name = given;  // `given` may be of the stack.
    if (std::find(open_.begin(), open_.end(), name) == open_.end()) return;
    while (true) {
      const std::string closed = std::move(open_.back());
      open_.pop_back();
      out_ += fmt::format("</{}>", closed);
      if (closed == name) return;
    }
  }

  std::string attributes_of(const Tag& tag) {
    std::string out;
    std::set<std::string, std::less<>> given;
    for (const Attribute& attribute : tag.attributes) {
      if (!is_allowed(tag.name, attribute) || !given.insert(attribute.name).second) continue;
      out += fmt::format(" {}=\"{}\"", attribute.name, escape_keeping_references(attribute.value));
    }
    return out;
  }

  bool is_allowed(const std::string& element, const Attribute& attribute) {
    if (attribute.name == "id")
      return is_id(attribute.value) && ids_.emplace(attribute.value).second;
    if (attribute.name == "href") return element == "a" && is_safe_link(attribute.value);
    if (attribute.name == "src") return element == "img" && is_image(attribute.value);
    if (attribute.name == "tabindex") return attribute.value == "0";
    const bool is_paint = attribute.name == "fill" || attribute.name == "stroke";
    if (is_paint && !is_color(attribute.value)) return false;
    return is_in(kAttributes, attribute.name);
  }

  std::set<std::string, std::less<>>& ids_;
  std::string out_;
  std::vector<std::string> open_;
};

/// Skip what ends with `end`; everything when it does not come.
void skip_past(std::string_view& rest, std::string_view end) {
  const std::size_t at = rest.find(end);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + end.size());
}

/// Skip the content of an element and its end tag.
void skip_element(std::string_view& rest, const std::string& name) {
  while (true) {
    skip_past(rest, "</");
    if (rest.empty()) return;
    if (lower(rest.substr(0, name.size())) == name) {
      skip_past(rest, ">");
      return;
    }
  }
}

}  // namespace

bool is_safe_link(std::string_view target) {
  // A reference other than &amp; could hide a scheme; a control character or a blank too.
  for (std::size_t at = target.find('&'); at != std::string_view::npos;
       at = target.find('&', at + 1)) {
    if (!target.substr(at).starts_with("&amp;") && reference_length(target.substr(at)) > 0) {
      return false;
    }
  }
  const bool plain = std::all_of(target.begin(), target.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '\'' && c != '<' && c != '>' &&
           c != '\\';
  });
  if (!plain || target.empty()) return false;
  if (target.starts_with("https://") || target.starts_with("http://")) return true;
  return target.find(':') == std::string_view::npos && !target.starts_with("//");
}

bool is_base64(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '/' || c == '=' || c == '\n';
  });
}

std::string HtmlSanitizer::operator()(std::string_view markup) {
  const std::string valid = valid_utf8(markup);
  std::string_view rest = valid;
  Writer writer(ids_);
  while (!rest.empty()) {
    const std::size_t open = rest.find('<');
    writer.text(rest.substr(0, open));
    if (open == std::string_view::npos) break;
    rest.remove_prefix(open + 1);
    if (rest.starts_with("!--")) {
      skip_past(rest, "-->");
    } else if (rest.starts_with('!') || rest.starts_with('?')) {
      skip_past(rest, ">");
    } else if (rest.starts_with('/') && rest.size() > 1 && is_alpha(rest[1])) {
      rest.remove_prefix(1);
      writer.tag(TagReader(rest).read(true));
    } else if (!rest.empty() && is_alpha(rest.front())) {
      const Tag tag = TagReader(rest).read(false);
      if (is_in(kDroppedWhole, tag.name)) {
        if (!tag.closes_itself) skip_element(rest, tag.name);
      } else {
        writer.tag(tag);
      }
    } else {
      writer.text("<");
    }
  }
  return writer.take();
}

}  // namespace tieout::report
