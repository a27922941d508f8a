#include "document.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "chart_data.hpp"
#include "chart_svg.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

std::string_view class_of(Align align) {
  switch (align) {
    case Align::kText:
      return "";
    case Align::kNumber:
      return "num";
    case Align::kCode:
      return "code";
    case Align::kTime:
      return "time";
    case Align::kNote:
      return "note";
  }
  return "";
}

std::string class_attribute(std::string_view first, std::string_view second) {
  if (first.empty() && second.empty()) return "";
  const std::string_view gap = first.empty() || second.empty() ? "" : " ";
  return fmt::format(" class=\"{}{}{}\"", first, gap, second);
}

/// Columns that text pads; a character of more than one byte counts as one.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

/// Text of a cell or of a column's head. Code may break after dots and slashes when it is long:
/// names of nodes, columns and configs have no blanks.
std::string cell_html(std::string_view text, Align align) {
  constexpr std::size_t kLong = 24;
  const bool breaks = align == Align::kCode && text.size() > kLong;
  std::string out;
  for (const char c : escape_html(text)) {
    if (c == '\n') {
      out += "<br>";
      continue;
    }
    out += c;
    if (breaks && (c == '.' || c == '/')) out += "<wbr>";
  }
  return out;
}

/// True for a path that leads to a file of the tree: no scheme, no host, no query.
bool is_relative_path(std::string_view path) {
  return !path.empty() && path.front() != '/' && path.find_first_of(":?#\\") == std::string::npos;
}

std::string links_html(const Cell& cell, Place place) {
  std::string out;
  for (const auto& [name, link] : cell.links) {
    const std::string& target = place == Place::kReport ? link.in_report : link.published;
    if (!is_relative_path(target)) continue;
    out += fmt::format("{}<a href=\"{}\">{}</a>", out.empty() && cell.text.empty() ? "" : " ",
                       escape_html(target), escape_html(name));
  }
  return out;
}

/// Text of a cell, a link to its anchor where it has one, and the links after it.
std::string content_html(const Cell& cell, Align align, Place place) {
  const std::string text = cell_html(cell.text, align);
  const std::string linked =
      cell.anchor.empty() ? text
                          : fmt::format("<a href=\"#{}\">{}</a>", escape_html(cell.anchor), text);
  return linked + links_html(cell, place);
}

class HtmlRenderer {
 public:
  explicit HtmlRenderer(Place place) : place_(place) {}
  std::string take() { return std::move(out_); }

  void operator()(const Paragraph& block) {
    out_ += fmt::format("<p{}>{}</p>\n", class_attribute(report::class_of(block.tone), ""),
                        escape_html(block.text));
  }
  void operator()(const Code& block) {
    out_ += fmt::format("<pre tabindex=\"0\">{}</pre>\n", escape_html(block.text));
  }
  void operator()(const Bullets& block) {
    out_ += "<ul>\n";
    for (const Cell& item : block.items) {
      out_ += fmt::format("<li{}>{}</li>\n", class_attribute(report::class_of(item.tone), ""),
                          content_html(item, Align::kText, place_));
    }
    out_ += "</ul>\n";
  }
  void operator()(const Figure& block) {
    out_ += fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", block.svg,
                        escape_html(block.caption));
  }
  /// The picture, its numbers for scripts, and its numbers for people.
  void operator()(const Chart& block) {
    out_ += fmt::format("<figure class=\"chart\">\n<figcaption>{}", escape_html(block.caption));
    if (!block.note.empty()) out_ += fmt::format(" <small>{}</small>", escape_html(block.note));
    out_ += "</figcaption>\n" + chart_svg(block);
    out_ += fmt::format("<script type=\"application/json\" class=\"chart-data\">{}</script>\n",
                        chart_json(block));
    out_ += "<details class=\"chart-table\"><summary>Data table</summary>\n";
    (*this)(chart_table(block));
    out_ += "</details>\n</figure>\n";
  }
  void operator()(const Fold& block) {
    out_ += fmt::format("<details>\n<summary>{}</summary>\n", escape_html(block.summary));
    if (!block.id.empty()) out_ += fmt::format("<div id=\"{}\">\n", escape_html(block.id));
    for (const Block& inner : block.blocks) std::visit(*this, inner.value);
    out_ += block.id.empty() ? "</details>\n" : "</div>\n</details>\n";
  }
  void operator()(const TableBlock& table) {
    // The wrapper scrolls wide tables; tabindex makes it reachable with the keyboard. It is no
    // landmark: a page has a hundred of them.
    out_ += fmt::format(
        "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{}\">\n<table>\n",
        escape_html(table.caption));
    out_ += fmt::format("<caption>{}</caption>\n<thead><tr>", escape_html(table.caption));
    for (const ColumnHead& column : table.columns) {
      out_ +=
          fmt::format("<th scope=\"col\"{}>{}</th>", class_attribute(class_of(column.align), ""),
                      cell_html(column.title, column.align));
    }
    out_ += "</tr></thead>\n<tbody>\n";
    for (const std::vector<Cell>& row : table.rows) {
      out_ += "<tr>";
      for (std::size_t i = 0; i < row.size(); ++i) {
        const Align align = i < table.columns.size() ? table.columns[i].align : Align::kText;
        const std::string_view tag = i == 0 ? "th scope=\"row\"" : "td";
        out_ += fmt::format("<{}{}>{}</{}>", tag,
                            class_attribute(class_of(align), report::class_of(row[i].tone)),
                            content_html(row[i], align, place_), i == 0 ? "th" : "td");
      }
      out_ += "</tr>\n";
    }
    out_ += "</tbody>\n</table>\n</div>\n";
  }

 private:
  Place place_;
  std::string out_;
};

class TextRenderer {
 public:
  std::string take() { return std::move(out_); }

  void operator()(const Paragraph& block) { out_ += valid_utf8(block.text) + "\n"; }
  void operator()(const Code& block) { out_ += valid_utf8(block.text) + "\n"; }
  void operator()(const Bullets& block) {
    for (const Cell& item : block.items) out_ += "- " + valid_utf8(item.text) + "\n";
  }
  void operator()(const Figure& block) {
    out_ += valid_utf8(block.caption) + "\n";
    if (!block.text.empty()) out_ += valid_utf8(block.text) + "\n";
  }
  void operator()(const Chart& block) { out_ += chart_text(block); }
  void operator()(const Fold& block) {
    out_ += "> " + valid_utf8(block.summary) + "\n";
    for (const Block& inner : block.blocks) std::visit(*this, inner.value);
  }
  void operator()(const TableBlock& table) {
    std::vector<std::size_t> widths;
    for (const ColumnHead& column : table.columns) {
      widths.push_back(width_of(one_line(column.title)));
    }
    for (const std::vector<Cell>& row : table.rows) {
      for (std::size_t i = 0; i < std::min(row.size(), widths.size()); ++i) {
        widths[i] = std::max(widths[i], width_of(one_line(row[i].text)));
      }
    }
    out_ += valid_utf8(table.caption) + "\n";
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      append_padded(line, one_line(table.columns[i].title), widths[i], table.columns[i].align);
    }
    append_line(line);
    for (const std::vector<Cell>& row : table.rows) {
      line.clear();
      for (std::size_t i = 0; i < std::min(row.size(), widths.size()); ++i) {
        append_padded(line, one_line(row[i].text), widths[i], table.columns[i].align);
      }
      append_line(line);
    }
  }

 private:
  static std::string one_line(std::string_view text) {
    std::string out = valid_utf8(text);
    std::replace(out.begin(), out.end(), '\n', ' ');
    return out;
  }
  static void append_padded(std::string& line, const std::string& text, std::size_t width,
                            Align align) {
    const std::string padding(width - std::min(width, width_of(text)), ' ');
    line += "  ";
    line += align == Align::kNumber ? padding + text : text + padding;
  }
  void append_line(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    out_ += line + "\n";
  }

  std::string out_;
};

}  // namespace

std::string_view class_of(Tone tone) noexcept {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kGood:
      return "good";
    case Tone::kWarn:
      return "warn";
    case Tone::kBad:
      return "bad";
    case Tone::kMuted:
      return "muted";
  }
  return "";
}

std::string html_of(const Blocks& blocks, Place place) {
  HtmlRenderer renderer(place);
  for (const Block& block : blocks) std::visit(renderer, block.value);
  return renderer.take();
}

std::string html_of(const Section& section, Place place) {
  const std::string id = escape_html(section.id);
  std::string out = fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}.h\">\n", id);
  out += fmt::format("<h2 id=\"{0}.h\">{1} <a class=\"anchor\" href=\"#{0}\">{0}</a></h2>\n", id,
                     escape_html(section.title));
  if (section.ok) {
    out += html_of(section.blocks, place);
  } else {
    out += fmt::format("<p class=\"lacks\">Not available: {}</p>\n", escape_html(section.lacks));
  }
  return out + "</section>\n";
}

std::string text_of(const Blocks& blocks) {
  TextRenderer renderer;
  for (const Block& block : blocks) std::visit(renderer, block.value);
  return renderer.take();
}

std::string text_of(const Section& section) {
  std::string out = fmt::format("{} ({})\n", valid_utf8(section.title), section.id);
  return out + (section.ok ? text_of(section.blocks)
                           : "Not available: " + valid_utf8(section.lacks) + "\n");
}

}  // namespace tieout::report
