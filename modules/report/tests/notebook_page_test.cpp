#include "tieout/report/notebook_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "check.hpp"
#include "fixture.hpp"
#include "markdown.hpp"
#include "notebook.hpp"
#include "sanitize_html.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

struct Markup {
  const char* name;
  const char* given;
  const char* expected;
};

class SanitizerTest : public ::testing::TestWithParam<Markup> {};

constexpr Markup kMarkup[] = {
    {"text_is_escaped", "a < b & c > \"d\"", "a &lt; b &amp; c &gt; &quot;d&quot;"},
    {"references_stay", "a &amp; b &#65; &lt;p&gt; & &; &#;",
     "a &amp; b &#65; &lt;p&gt; &amp; &amp;; &amp;#;"},
    {"tables_stay", "<table border=1><tr><th scope='col'>a<td class=\"x y\">1</table>",
     "<table><tr><th scope=\"col\">a<td class=\"x y\">1</td></th></tr></table>"},
    {"a_script_goes_whole", "a<script>alert('</p>')</script >b", "ab"},
    {"a_script_in_capitals_goes_too", "a<ScRiPt src=x>alert(1)</SCRIPT\n>b", "ab"},
    {"a_script_without_an_end_takes_the_rest", "a<script>b</p>c", "a"},
    {"a_split_script_is_text", "<scr<script>ipt>alert(1)</script>", "ipt&gt;alert(1)"},
    {"handlers_go", "<p onclick=\"alert(1)\" OnLoad=x class=a>b</p>", "<p class=\"a\">b</p>"},
    {"a_style_sheet_goes", "<style>p{color:red}</style><p style='color:red'>b</p>", "<p>b</p>"},
    {"a_frame_goes_whole", "<iframe srcdoc='<script>'>x</iframe>y", "y"},
    {"an_unknown_element_leaves_its_text", "<blink>a</blink><form action=x>b</form>", "ab"},
    {"comments_go", "a<!-- <script> -->b<!DOCTYPE html>c<?php echo ?>d", "abcd"},
    {"a_link_to_the_web_stays", "<a href=\"https://example.com/?a=1&amp;b=2\">x</a>",
     "<a href=\"https://example.com/?a=1&amp;b=2\">x</a>"},
    {"a_link_in_the_page_stays", "<a href='#fast.1'>x</a>", "<a href=\"#fast.1\">x</a>"},
    {"a_link_that_runs_goes", "<a href='javascript:alert(1)'>x</a>", "<a>x</a>"},
    {"a_hidden_scheme_goes",
     "<a href='java&#115;cript:alert(1)'>x</a><a href='java\nscript:x'>y</a>", "<a>x</a><a>y</a>"},
    {"a_colon_by_name_goes", "<a href='javascript&colon;alert(1)'>x</a>", "<a>x</a>"},
    {"a_link_without_a_scheme_goes", "<a href='//example.com'>x</a>", "<a>x</a>"},
    {"a_picture_in_the_page_stays", "<img src='data:image/png;base64,iVBO' alt='a'>",
     "<img src=\"data:image/png;base64,iVBO\" alt=\"a\">"},
    {"a_picture_from_elsewhere_goes", "<img src='https://example.com/x.png' onerror=alert(1)>", ""},
    {"a_drawing_as_a_picture_goes", "<img src='data:image/svg+xml;base64,PHN2Zz4='>", ""},
    {"a_drawing_stays", "<svg viewBox=\"0 0 1 1\"><path d='M0 0' onload=x /><g fill='#fff'/></svg>",
     "<svg viewbox=\"0 0 1 1\"><path d=\"M0 0\"></path><g fill=\"#fff\"></g></svg>"},
    {"a_drawing_names_no_resource", "<svg><rect fill='url(https://example.com/x)' x=1 /></svg>",
     "<svg><rect x=\"1\"></rect></svg>"},
    {"foreign_content_goes", "<svg><foreignObject><p>x</p></foreignObject><use href='#a'/></svg>",
     "<svg></svg>"},
    {"ends_without_a_beginning_go", "</div></section>a</p>", "a"},
    {"what_is_open_is_closed", "<div><p>a", "<div><p>a</p></div>"},
    {"an_end_closes_what_is_inside", "<div><b>a</div>b", "<div><b>a</b></div>b"},
    {"an_id_is_given_once", "<p id=a>1</p><p id='a'>2</p><p id='x y'>3</p><p id=cells>4</p>",
     "<p id=\"a\">1</p><p>2</p><p>3</p><p>4</p>"},
    {"a_value_cannot_end_its_attribute", "<p class='a\" onclick=\"x'>b</p>",
     "<p class=\"a&quot; onclick=&quot;x\">b</p>"},
    {"an_attribute_is_given_once", "<p class=a class=b>c</p>", "<p class=\"a\">c</p>"},
    {"an_attribute_without_end", "<p class=\"a", "<p class=\"a\"></p>"},
    {"a_tag_without_end", "a<p class", "a<p class=\"\"></p>"},
    {"a_lone_bracket_is_text", "a<", "a&lt;"},
};

TEST_P(SanitizerTest, WritesTheMarkupAnew) {
  HtmlSanitizer sanitize({"cells"});
  EXPECT_EQ(sanitize(GetParam().given), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(Markup, SanitizerTest, ::testing::ValuesIn(kMarkup),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(SanitizerTest, IdsAreUniqueOverAllOutputsOfAPage) {
  HtmlSanitizer sanitize({});
  EXPECT_EQ(sanitize("<p id=a>1</p>"), "<p id=\"a\">1</p>");
  EXPECT_EQ(sanitize("<p id=a>1</p>"), "<p>1</p>");
}

TEST(SanitizerTest, ElementsThatAreNestedTooDeepLoseTheirTags) {
  std::string markup;
  for (int i = 0; i < 100'000; ++i) markup += "<div>";
  HtmlSanitizer sanitize({});
  const std::string out = sanitize(markup + "x");
  EXPECT_THAT(out, HasSubstr("<div>x</div>"));
  EXPECT_EQ(out.size(), 200 * 11 + 1U);
}

TEST(MarkdownTest, BlocksAndInlinesAreHtml) {
  EXPECT_EQ(html_of_markdown("# A\n\ntext *b* **c** `d*e`\nmore\n\n- x\n- y\n1. z\n\n###### deep"),
            "<h2>A</h2>\n<p>text <em>b</em> <strong>c</strong> <code>d*e</code>\nmore</p>\n"
            "<ul>\n<li>x</li>\n<li>y</li>\n</ul>\n<ol>\n<li>z</li>\n</ol>\n<h6>deep</h6>\n");
  EXPECT_EQ(html_of_markdown("```python\na < *b*\n\n```\n"),
            "<pre tabindex=\"0\">a &lt; *b*\n\n</pre>\n");
}

TEST(MarkdownTest, MarkupIsTextAndLinksRunNothing) {
  EXPECT_EQ(html_of_markdown("<script>x</script> 2 * 3 * 4 [a](javascript:b) [a](b.html)"),
            "<p>&lt;script&gt;x&lt;/script&gt; 2 * 3 * 4 [a](javascript:b) <a "
            "href=\"b.html\">a</a></p>\n");
  EXPECT_EQ(html_of_markdown("`` ** [ ]( #x #"), "<p>`` ** [ ]( #x #</p>\n");
}

/// A notebook with one cell of code and these outputs.
std::string notebook_with(const Json& outputs) {
  return Json{{"nbformat", 4},
              {"nbformat_minor", 5},
              {"metadata", Json::object()},
              {"cells",
               {{{"cell_type", "code"},
                 {"execution_count", 3},
                 {"id", "a"},
                 {"metadata", Json::object()},
                 {"source", {"x = 1\n", "x < 2"}},
                 {"outputs", outputs}}}}}
      .dump();
}

std::string body_of(const Result<std::string>& page) {
  EXPECT_TRUE(page.ok()) << page.error().message;
  const std::string text = page.value_or("");
  const std::size_t begin = text.find("<main");
  return text.substr(begin, text.find("</main>") - begin);
}

Json display(const Json& data) {
  return {{{"output_type", "display_data"}, {"metadata", Json::object()}, {"data", data}}};
}

TEST(NotebookPageTest, CodeAndStreamsAreShown) {
  const Json outputs{
      {{"output_type", "stream"}, {"name", "stdout"}, {"text", {"a\n", "\x1b[31mb\x1b[0m"}}},
      {{"output_type", "stream"}, {"name", "stderr"}, {"text", "c"}}};
  EXPECT_EQ(body_of(render_notebook(notebook_with(outputs), "n.ipynb")),
            "<main id=\"cells\">\n<div class=\"cell\">\n<p class=\"count\">In [3]</p>\n"
            "<pre tabindex=\"0\">x = 1\nx &lt; 2</pre>\n"
            "<div class=\"output\">\n<pre tabindex=\"0\">a\nb</pre>\n</div>\n"
            "<div class=\"output\">\n<pre tabindex=\"0\" class=\"error\">c</pre>\n</div>\n"
            "</div>\n");
}

TEST(NotebookPageTest, TheRichestSafeFormOfAnOutputIsShown) {
  const auto shown = [](const Json& data) {
    return body_of(render_notebook(notebook_with(display(data)), "n.ipynb"));
  };
  EXPECT_THAT(shown({{"text/html", "<b>h</b><script>x</script>"}, {"text/plain", "p"}}),
              HasSubstr("<div class=\"output\">\n<b>h</b>\n</div>"));
  EXPECT_THAT(shown({{"image/svg+xml", "<svg onload='x'/>"}, {"text/plain", "p"}}),
              HasSubstr("<img src=\"data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9J3gnLz4=\" "
                        "alt=\"p\">"));
  EXPECT_THAT(shown({{"image/png", {"iVBO\n", "Rw==\n"}}}),
              HasSubstr("<img src=\"data:image/png;base64,iVBORw==\" alt=\"picture\">"));
  EXPECT_THAT(shown({{"image/png", "\"><script>"}, {"text/plain", "p<"}}),
              HasSubstr("<pre tabindex=\"0\">p&lt;</pre>"));
  EXPECT_THAT(shown({{"text/markdown", "*m*"}, {"text/plain", "p"}}), HasSubstr("<em>m</em>"));
  EXPECT_THAT(shown({{"application/javascript", "x"}, {"application/json", {{"a", 1}}}}),
              HasSubstr("An output of type application/javascript, application/json is not shown"));
}

TEST(NotebookPageTest, AFailureIsShownWithItsTraceback) {
  const Json outputs{{{"output_type", "error"},
                      {"ename", "ValueError"},
                      {"evalue", "<x>"},
                      {"traceback", {"\x1b[0;31m---\x1b[0m", "ValueError: <x>"}}}};
  EXPECT_THAT(body_of(render_notebook(notebook_with(outputs), "n.ipynb")),
              HasSubstr("<pre tabindex=\"0\" class=\"error\">---\nValueError: &lt;x&gt;\n</pre>"));
  const Json bare{{{"output_type", "error"},
                   {"ename", "ValueError"},
                   {"evalue", "x"},
                   {"traceback", Json::array()}}};
  EXPECT_THAT(body_of(render_notebook(notebook_with(bare), "n.ipynb")),
              HasSubstr(">ValueError: x</pre>"));
}

TEST(NotebookPageTest, ThePageHasNoScriptAndAStrictPolicy) {
  const Json data{
      {"text/html", "</div></main><script>alert(1)</script><img src=x onerror=alert(1)>"}};
  const Result<std::string> page = render_notebook(notebook_with(display(data)), "<script>.ipynb");
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(*page, StartsWith("<!DOCTYPE html>\n"));
  EXPECT_THAT(*page, HasSubstr("content=\"default-src 'none'; style-src 'unsafe-inline'; img-src "
                               "data:; base-uri 'none'; form-action 'none'\""));
  EXPECT_THAT(*page, Not(HasSubstr("<script")));
  EXPECT_THAT(*page, Not(HasSubstr("onerror")));
  EXPECT_THAT(*page, HasSubstr("<title>&lt;script&gt;.ipynb</title>"));
  EXPECT_TRUE(is_notebook_page(*page));
  EXPECT_FALSE(is_notebook_page("<!DOCTYPE html>\n<html lang=\"en\">"));
}

TEST(NotebookPageTest, OurOwnNotebookLosesNothingThatIsShown) {
  testing::Pair pair(testing::prod_spec(), testing::bumped_sim_spec());
  const Facts facts(pair.input);
  const std::vector<Section> sections = compute_sections(facts);
  const std::string notebook = notebook_of(facts, sections, check_of(facts));
  const Result<std::string> page = render_notebook(notebook, "n.ipynb");
  ASSERT_TRUE(page.ok()) << page.error().message;
  const auto count = [](std::string_view text, std::string_view what) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; ++at) ++n;
    return n;
  };
  std::string shown = notebook_html(summary_section(facts));
  for (const Section& section : sections) shown += notebook_html(section);
  for (const char* tag : {"<table>", "<tr>", "<td", "<th ", "<svg ", "<path", "<line", "<rect",
                          "<text", "<details>", "<section ", "<caption>", "<li>"}) {
    EXPECT_EQ(count(*page, tag), count(shown, tag)) << tag;
  }
  EXPECT_GT(count(*page, "<svg "), 3U);
  EXPECT_THAT(*page, HasSubstr("* Failed assertion *"));
}

struct Bad {
  const char* name;
  const char* notebook;
  const char* message;
};
class BadNotebookTest : public ::testing::TestWithParam<Bad> {};
constexpr Bad kBad[] = {
    {"empty", "", "it is not JSON"},
    {"no_json", "{\"cells\": [", "it is not JSON"},
    {"no_object", "[]", "it is JSON, but no object"},
    {"no_number", "{}", "it has no number 'nbformat'"},
    {"old", R"({"nbformat": 3, "worksheets": []})", "it is of nbformat 3, needed 4"},
    {"no_cells", R"({"nbformat": 4, "cells": {}})", "it has no list 'cells'"},
    {"cell", R"({"nbformat": 4, "cells": [3]})", "cell 1: it is no object"},
    {"source", R"({"nbformat": 4, "cells": [{"cell_type": "raw", "source": [1]}]})",
     "cell 1: its 'source' is neither text nor a list of texts"},
    {"type", R"({"nbformat": 4, "cells": [{"cell_type": "x", "source": ""}]})",
     "cell 1: 'cell_type' is 'x', needed code, markdown or raw"},
    {"outputs", R"({"nbformat": 4, "cells": [{"cell_type": "code", "source": ""}]})",
     "cell 1: it is code without a list 'outputs'"},
    {"output", R"({"nbformat": 4, "cells": [{"cell_type": "code", "source": "",
      "outputs": [{"output_type": "pyout"}]}]})",
     "cell 1: output 1: 'output_type' is 'pyout', needed stream"},
    {"data", R"({"nbformat": 4, "cells": [{"cell_type": "code", "source": "",
      "outputs": [{"output_type": "display_data"}]}]})",
     "cell 1: output 1: it has no object 'data'"},
};
TEST_P(BadNotebookTest, IsRefusedWithWhatWasFoundWhere) {
  const Result<std::string> page = render_notebook(GetParam().notebook, "n.ipynb");
  ASSERT_FALSE(page.ok());
  EXPECT_EQ(page.error().code, ErrorCode::kMalformedData);
  EXPECT_THAT(page.error().message, HasSubstr("render_notebook: 'n.ipynb': "));
  EXPECT_THAT(page.error().message, HasSubstr(GetParam().message));
}
INSTANTIATE_TEST_SUITE_P(Bad, BadNotebookTest, ::testing::ValuesIn(kBad),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(NotebookPageTest, JsonThatIsNestedTooDeepIsRefused) {
  const std::string deep(200'000, '[');
  const Result<std::string> page = render_notebook(
      R"({"nbformat": 4, "cells": [], "metadata": )" + deep + std::string(200'000, ']') + "}", "n");
  ASSERT_FALSE(page.ok());
  EXPECT_THAT(page.error().message, HasSubstr("nested deeper than 100 levels"));
}

}  // namespace
}  // namespace tieout::report
