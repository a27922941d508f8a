#include "style.hpp"

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
  const std::size_t dark = style_sheet().find("@media (prefers-color-scheme: dark)");
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
  EXPECT_EQ(style_sheet().find("</style"), std::string_view::npos);
}

}  // namespace
}  // namespace tieout::report
