#include "document.hpp"

#include <gtest/gtest.h>

#include "plot.hpp"

namespace tieout::report {
namespace {

Section sample() {
  TableBlock table;
  table.caption = "Nodes & more";
  table.columns = {{"node", Align::kCode}, {"breaks", Align::kNumber}};
  table.rows = {{"predict.0", Cell{"0", Tone::kGood}}, {"<b>", Cell{"1,204", Tone::kBad}}};
  return {"fast.6",
          "DAG",
          true,
          "",
          {Paragraph{"Two nodes.", Tone::kMuted}, table,
           Fold{"more", {Code{"x < y"}, Bullets{{"one"}}}}}};
}

TEST(Document, SectionAsHtml) {
  EXPECT_EQ(html_of(sample()), R"(<section id="fast.6" aria-labelledby="fast.6.h">
<h2 id="fast.6.h">DAG <a class="anchor" href="#fast.6">fast.6</a></h2>
<p class="muted">Two nodes.</p>
<div class="scroll" role="group" tabindex="0" aria-label="Nodes &amp; more">
<table>
<caption>Nodes &amp; more</caption>
<thead><tr><th scope="col" class="code">node</th><th scope="col" class="num">breaks</th></tr></thead>
<tbody>
<tr><th scope="row" class="code">predict.0</th><td class="num good">0</td></tr>
<tr><th scope="row" class="code">&lt;b&gt;</th><td class="num bad">1,204</td></tr>
</tbody>
</table>
</div>
<details>
<summary>more</summary>
<pre tabindex="0">x &lt; y</pre>
<ul>
<li>one</li>
</ul>
</details>
</section>
)");
}

TEST(Document, SectionAsText) {
  EXPECT_EQ(text_of(sample()), R"(DAG (fast.6)
Two nodes.
Nodes & more
  node       breaks
  predict.0       0
  <b>         1,204
> more
x < y
- one
)");
}

TEST(Document, ASectionThatFailedSaysWhatItLacks) {
  const Section section{"fast.10", "Research", false, "needs <k> bars", {Paragraph{"never shown"}}};
  EXPECT_EQ(html_of(section), R"(<section id="fast.10" aria-labelledby="fast.10.h">
<h2 id="fast.10.h">Research <a class="anchor" href="#fast.10">fast.10</a></h2>
<p class="lacks">Not available: needs &lt;k&gt; bars</p>
</section>
)");
  EXPECT_EQ(text_of(section), "Research (fast.10)\nNot available: needs <k> bars\n");
}

TEST(Document, LongCodeMayBreakAfterItsDots) {
  TableBlock table;
  table.columns = {{"leaf", Align::kCode}, {"text"}};
  table.rows = {{"a.very.long.path.of.a.config", "a.very.long.text.that.is.not.code"}};
  const std::string html = html_of(Blocks{table});
  EXPECT_NE(html.find("a.<wbr>very.<wbr>long."), std::string::npos);
  EXPECT_NE(html.find("a.very.long.text"), std::string::npos);
}

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

std::vector<Timestamp> bars(std::size_t count) {
  std::vector<Timestamp> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(Timestamp{} + minutes(5) * static_cast<std::int64_t>(i));
  return out;
}

TEST(Plot, TheStripHasOneMarkForEachBarAndTellsHitsFromCalm) {
  const std::string svg = strip_svg({"label", bars(4), {0, 3, 0, 100}});
  EXPECT_EQ(occurrences(svg, "class=\"calm\""), 2U);
  EXPECT_EQ(occurrences(svg, "class=\"hit\""), 2U);
  EXPECT_NE(svg.find("<title>1970-01-01 00:05:00: 3 breaks</title>"), std::string::npos);
}

TEST(Document, AFoldWithAnIdIsAPlaceInsideThatLinksOfCellsLeadTo) {
  Cell cell{"12 breaks"};
  cell.anchor = "cell-1";
  Bullets bullets;
  bullets.items = {cell};
  Fold fold{"more", {Paragraph{"inside"}}};
  fold.id = "cell-1";
  EXPECT_EQ(html_of(Blocks{bullets}), "<ul>\n<li><a href=\"#cell-1\">12 breaks</a></li>\n</ul>\n");
  EXPECT_EQ(html_of(Blocks{fold}),
            "<details>\n<summary>more</summary>\n<div id=\"cell-1\">\n<p>inside</p>\n"
            "</div>\n</details>\n");
  EXPECT_EQ(text_of(Blocks{bullets}), "- 12 breaks\n");
  TableBlock table{"caption", {{"first"}}, {{cell}}};
  EXPECT_NE(html_of(Blocks{table}).find("<th scope=\"row\"><a href=\"#cell-1\">12 breaks</a></th>"),
            std::string::npos);
}

TEST(Plot, ALongStripAddsNeighboursUp) {
  std::vector<std::uint64_t> counts(2000, 0);
  counts[1000] = 2;
  counts[1001] = 3;
  const std::string svg = strip_svg({"label", bars(2000), counts});
  EXPECT_EQ(occurrences(svg, "<rect"), 400U);
  EXPECT_NE(svg.find(": 5 breaks</title>"), std::string::npos) << "1000..1004 are one mark";
}

TEST(Plot, EmptyInputsAreDrawnAsEmptyAxes) {
  EXPECT_NE(strip_svg({"label", {}, {}}).find("</svg>"), std::string::npos);
}

}  // namespace
}  // namespace tieout::report
