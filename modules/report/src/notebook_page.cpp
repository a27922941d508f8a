#include "tieout/report/notebook_page.hpp"

#include <optional>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "assets.hpp"
#include "markdown.hpp"
#include "sanitize_html.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 100;
constexpr std::string_view kGenerator =
    "<meta name=\"generator\" content=\"tieout render_notebook\">";

constexpr std::string_view kCellStyle =
    ".cell { margin-top: 1rem; }\n"
    ".cell .count { margin: 0; font-size: 0.82rem; color: var(--muted); }\n"
    ".cell .error { color: var(--bad); }\n"
    ".output { margin: 0.4rem 0 0 1rem; overflow-x: auto; }\n"
    ".output img { max-width: 100%; background: #ffffff; }\n";

Error malformed(std::string_view name, std::string_view what) {
  return Error{ErrorCode::kMalformedData, fmt::format("render_notebook: '{}': {}", name, what)};
}

/// What nbformat calls a multiline string: text, or a list of texts. Nothing for anything else.
std::optional<std::string> text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return std::nullopt;
  std::string out;
  for (const Json& line : value) {
    if (!line.is_string()) return std::nullopt;
    out += line.get_ref<const std::string&>();
  }
  return out;
}

/// Text of a member; empty when there is none of this type.
std::string string_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() ? text_of(*found).value_or("") : "";
}

/// Without the escape sequences of terminals (ECMA-48 control sequences and two-byte escapes).
std::string without_escapes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      out += text[i];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == '[') {
      for (i += 2; i < text.size() && !(text[i] >= '@' && text[i] <= '~');) ++i;
    } else {
      ++i;
    }
  }
  return out;
}

std::string pre_html(std::string_view text, std::string_view css_class = "") {
  return fmt::format("<pre tabindex=\"0\"{}>{}</pre>\n",
                     css_class.empty() ? "" : fmt::format(" class=\"{}\"", css_class),
                     escape_html(without_escapes(text)));
}

std::string base64_of(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      word = word << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += i + k > bytes.size() ? '=' : kDigits[word >> (18U - 6U * k) & 63U];
    }
  }
  return out;
}

std::string without_line_ends(std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  return text;
}

class Page {
 public:
  explicit Page(std::string_view name) : name_(name) {}

  Result<std::string> render(const Json& notebook) {
    const auto cells = notebook.find("cells");
    if (cells == notebook.end() || !cells->is_array()) {
      return malformed(name_, "it has no list 'cells'; needed a notebook of nbformat 4");
    }
    std::string body = fmt::format(
        "<header><h1>{}</h1>\n<p class=\"muted\">A notebook with the outputs that are stored in "
        "it, "
        "{}. Nothing was executed to make this page.</p></header>\n<main id=\"cells\">\n",
        escape_html(name_), plural(cells->size(), "cell"));
    for (std::size_t i = 0; i < cells->size(); ++i) {
      const std::optional<std::string> problem = add_cell((*cells)[i], body);
      if (problem) return malformed(name_, fmt::format("cell {}: {}", i + 1, *problem));
    }
    return document(body + "</main>\n");
  }

 private:
  std::string document(const std::string& body) const {
    std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    out += kGenerator;
    out +=
        "\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n";
    out += fmt::format("<title>{}</title>\n<style>\n{}{}</style>\n</head>\n<body>\n",
                       escape_html(name_), style_sheet(), kCellStyle);
    out += "<a class=\"skip\" href=\"#cells\">Skip to the cells</a>\n" + body;
    return out + "<footer><p>Made by tieout render_notebook.</p></footer>\n</body>\n</html>\n";
  }

  /// Returns: what is wrong with the cell, if anything is.
  std::optional<std::string> add_cell(const Json& cell, std::string& body) {
    if (!cell.is_object()) return "it is no object";
    const std::string type = string_at(cell, "cell_type");
    const auto source = cell.find("source");
    const std::optional<std::string> text = source == cell.end() ? std::nullopt : text_of(*source);
    if (!text) return "its 'source' is neither text nor a list of texts";
    if (type == "markdown") {
      body += "<div class=\"cell\">\n" + html_of_markdown(*text) + "</div>\n";
      return std::nullopt;
    }
    if (type == "raw") {
      body += "<div class=\"cell\">\n" + pre_html(*text) + "</div>\n";
      return std::nullopt;
    }
    if (type != "code") {
      return fmt::format("'cell_type' is '{}', needed code, markdown or raw", type);
    }
    const auto count = cell.find("execution_count");
    body += fmt::format("<div class=\"cell\">\n<p class=\"count\">In [{}]</p>\n",
                        count != cell.end() && count->is_number_integer()
                            ? std::to_string(count->get<std::int64_t>())
                            : " ");
    body += pre_html(*text);
    const auto outputs = cell.find("outputs");
    if (outputs == cell.end() || !outputs->is_array()) return "it is code without a list 'outputs'";
    for (std::size_t i = 0; i < outputs->size(); ++i) {
      body += "<div class=\"output\">\n";
      if (const auto problem = add_output((*outputs)[i], body)) {
        return fmt::format("output {}: {}", i + 1, *problem);
      }
      body += "</div>\n";
    }
    body += "</div>\n";
    return std::nullopt;
  }

  std::optional<std::string> add_output(const Json& output, std::string& body) {
    if (!output.is_object()) return "it is no object";
    const std::string type = string_at(output, "output_type");
    if (type == "stream") {
      const bool is_error = string_at(output, "name") == "stderr";
      body += pre_html(string_at(output, "text"), is_error ? "error" : "");
    } else if (type == "error") {
      body += pre_html(failure_of(output), "error");
    } else if (type == "display_data" || type == "execute_result") {
      const auto data = output.find("data");
      if (data == output.end() || !data->is_object()) return "it has no object 'data'";
      body += data_html(*data);
    } else {
      return fmt::format(
          "'output_type' is '{}', needed stream, display_data, execute_result or error", type);
    }
    return std::nullopt;
  }

  /// The traceback line by line; without one, the exception.
  static std::string failure_of(const Json& output) {
    std::string out;
    const auto lines = output.find("traceback");
    if (lines != output.end() && lines->is_array()) {
      for (const Json& line : *lines) out += text_of(line).value_or("") + "\n";
    }
    if (!out.empty()) return out;
    return string_at(output, "ename") + ": " + string_at(output, "evalue");
  }

  std::string data_html(const Json& data) {
    const auto text_at = [&data](const char* type) -> std::optional<std::string> {
      const auto found = data.find(type);
      return found == data.end() ? std::nullopt : text_of(*found);
    };
    const std::string plain = text_at("text/plain").value_or("");
    if (const auto html = text_at("text/html")) return sanitize_(*html) + "\n";
    if (const auto svg = text_at("image/svg+xml")) {
      return image_html("svg+xml", base64_of(valid_utf8(*svg)), plain);
    }
    for (const char* type : {"png", "jpeg"}) {
      const auto encoded = text_at(fmt::format("image/{}", type).c_str());
      if (encoded && is_base64(without_line_ends(*encoded))) {
        return image_html(type, without_line_ends(*encoded), plain);
      }
    }
    if (const auto markdown = text_at("text/markdown")) return html_of_markdown(*markdown);
    if (const auto latex = text_at("text/latex")) return pre_html(*latex);
    if (data.contains("text/plain")) return pre_html(plain);
    std::string types;
    for (const auto& item : data.items()) types += (types.empty() ? "" : ", ") + item.key();
    return fmt::format("<p class=\"muted\">An output of type {} is not shown.</p>\n",
                       escape_html(types.empty() ? "(none)" : types));
  }

  static std::string image_html(std::string_view type, std::string_view encoded,
                                std::string_view text) {
    return fmt::format("<img src=\"data:image/{};base64,{}\" alt=\"{}\">\n", type, encoded,
                       escape_html(text.empty() ? "picture" : text));
  }

  std::string name_;
  HtmlSanitizer sanitize_{{"cells"}};
};

}  // namespace

Result<std::string> render_notebook(std::string_view notebook, std::string_view name) {
  bool is_too_deep = false;
  const auto shallow = [&is_too_deep](int depth, Json::parse_event_t, Json&) {
    is_too_deep = is_too_deep || depth > kDeepest;
    return !is_too_deep;
  };
  Json json;
  try {
    json = Json::parse(notebook, shallow);
  } catch (const Json::exception& exception) {
    return malformed(name, fmt::format("it is not JSON: {}", exception.what()));
  }
  if (is_too_deep) {
    return malformed(name, fmt::format("it is nested deeper than {} levels", kDeepest));
  }
  if (!json.is_object()) return malformed(name, "it is JSON, but no object; needed a notebook");
  const auto format = json.find("nbformat");
  if (format == json.end() || !format->is_number_integer()) {
    return malformed(name, "it has no number 'nbformat'; needed a notebook of nbformat 4");
  }
  if (*format != 4) {
    return malformed(name, fmt::format("it is of nbformat {}, needed 4; open it with Jupyter and "
                                       "save it again",
                                       format->get<std::int64_t>()));
  }
  return Page(name).render(json);
}

bool is_notebook_page(std::string_view html) {
  constexpr std::size_t kHead = 400;
  return html.substr(0, kHead).find(kGenerator) != std::string_view::npos;
}

}  // namespace tieout::report
