#include "tieout/report/table_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TablePage sample() {
  TablePage page;
  page.title = "C1b: <script>alert(1)</script>";
  page.word = "NO-GO";
  page.sign = TablePage::Sign::kBad;
  page.sentence = "1 of 2 steps failed";
  page.facts = {{"Window", "2 bars", "13:05 to 13:10"}};
  page.sections = {{"tiled",
                    "Tiled & whole",
                    TablePage::Sign::kBad,
                    {"failed: x < y"},
                    {{"Nodes", {"node", "rows"}, {{"read_data", "3"}}}}}};
  return page;
}

TEST(TablePage, IsOneDocumentWithoutNetwork) {
  const std::string html = render_page(sample());
  EXPECT_THAT(html, testing::StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  for (const char* source : {"href=\"http", " src=", "url(", "@import"})
    EXPECT_THAT(html, Not(HasSubstr(source))) << source;
}

TEST(TablePage, EscapesEveryTextAndShowsIt) {
  const std::string html = render_page(sample());
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(html, HasSubstr("</span> NO-GO</h1>"));
  EXPECT_THAT(html, HasSubstr("failed: x &lt; y"));
  EXPECT_THAT(html, HasSubstr("Tiled &amp; whole"));
  EXPECT_THAT(html, HasSubstr("read_data"));
  EXPECT_THAT(html, HasSubstr("13:05 to 13:10"));
}

TEST(TablePage, TheSignIsAClassAndAMark) {
  TablePage page = sample();
  EXPECT_THAT(render_page(page), HasSubstr("<header class=\"verdict bad\">"));
  EXPECT_THAT(render_page(page), HasSubstr("\xE2\x9C\x97</span> NO-GO"));
  page.sign = TablePage::Sign::kGood;
  EXPECT_THAT(render_page(page), HasSubstr("<header class=\"verdict good\">"));
}

}  // namespace
}  // namespace tieout::report
