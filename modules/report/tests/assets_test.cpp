#include "assets.hpp"

#include <cmath>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace tieout::report {
namespace {

/// "--name: #rrggbb;" of the block that starts at `from`.
std::map<std::string, std::string> colours_from(std::size_t from) {
  const std::string css(style_sheet());
  const std::size_t end = css.find('}', css.find(":root", from));
  std::map<std::string, std::string> out;
  for (std::size_t at = css.find("--", from); at < end; at = css.find("--", at + 2)) {
    const std::size_t colon = css.find(':', at);
    out[css.substr(at + 2, colon - at - 2)] = css.substr(colon + 2, 7);
  }
  return out;
}

/// Relative luminance, WCAG 2.2.
double luminance(const std::string& hex) {
  const auto channel = [&hex](std::size_t position) {
    const double s = std::stoi(hex.substr(position, 2), nullptr, 16) / 255.0;
    return s <= 0.04045 ? s / 12.92 : std::pow((s + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

double contrast(const std::string& a, const std::string& b) {
  const double high = std::max(luminance(a), luminance(b));
  const double low = std::min(luminance(a), luminance(b));
  return (high + 0.05) / (low + 0.05);
}

TEST(StyleSheet, EveryTextColourHasAContrastOfFourAndAHalfInLightAndDark) {
  const std::size_t dark = style_sheet().find("@media screen and (prefers-color-scheme: dark)");
  ASSERT_NE(dark, std::string_view::npos);
  for (const std::size_t from : {std::size_t{0}, dark}) {
    const auto colours = colours_from(from);
    ASSERT_EQ(colours.size(), 15U);
    for (const char* text : {"text", "muted", "link", "good", "warn", "bad"}) {
      for (const char* background : {"page", "panel"}) {
        EXPECT_GE(contrast(colours.at(text), colours.at(background)), 4.5)
            << text << " on " << background << (from == 0 ? " (light)" : " (dark)");
      }
    }
    for (const char* curve : {"left", "right", "third"}) {
      EXPECT_GE(contrast(colours.at(curve), colours.at("page")), 3.0)
          << curve << (from == 0 ? " (light)" : " (dark)");
    }
    for (const char* tone : {"good", "warn", "bad"}) {
      const std::string panel = colours.at(std::string(tone) + "-panel");
      EXPECT_GE(contrast(colours.at(tone), panel), 4.5)
          << tone << (from == 0 ? " (light)" : " (dark)");
      EXPECT_GE(contrast(colours.at("text"), panel), 4.5) << tone;
      EXPECT_GE(contrast(colours.at("link"), panel), 4.5) << "links on the " << tone << " panel";
    }
  }
}

TEST(StyleSheet, LoadsNothing) {
  EXPECT_EQ(style_sheet().find("url("), std::string_view::npos);
  EXPECT_EQ(style_sheet().find("@import"), std::string_view::npos);
  EXPECT_EQ(chart_style_sheet().find("url("), std::string_view::npos);
}

// Cut into literals and put together again: not a byte may be lost where they meet.
TEST(Scripts, AreWholeAndEndNoElement) {
  EXPECT_TRUE(page_script().starts_with("'use strict';"));
  EXPECT_TRUE(page_script().ends_with("})();\n"));
  EXPECT_NE(chart_script().find("The MIT License"), std::string_view::npos);
  EXPECT_NE(chart_script().find("uPlot (v1.6.32)"), std::string_view::npos);
  EXPECT_TRUE(chart_script().ends_with("})();\n"));
  for (const std::string_view text :
       {style_sheet(), page_script(), chart_style_sheet(), chart_script()}) {
    EXPECT_EQ(text.find("</style"), std::string_view::npos);
    EXPECT_EQ(text.find("</script"), std::string_view::npos);
    EXPECT_EQ(text.find("<!--"), std::string_view::npos);
    EXPECT_EQ(text.find('\r'), std::string_view::npos) << "a browser hashes what it read";
  }
}

TEST(Scripts, BuildNoCodeFromText) {
  for (const std::string_view text : {page_script(), chart_script()}) {
    for (const char* word : {"eval(", "new Function", "innerHTML", "document.write", "fetch("})
      EXPECT_EQ(text.find(word), std::string_view::npos) << word;
  }
}

}  // namespace
}  // namespace tieout::report
