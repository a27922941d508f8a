#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "chart.hpp"

namespace tieout::report {

/// A report is written once, as blocks, and rendered three times: HTML for the page, text for logs
/// and the notebook's plain outputs, JSON for machines. Blocks hold raw text; only the renderers
/// escape.

/// What a piece of text means. Colour is never the only sign: the words say it too.
enum class Tone { kPlain, kGood, kWarn, kBad, kMuted };

/// kNote is running text: a convention, a reason. It gets room and may wrap.
enum class Align { kText, kNumber, kCode, kTime, kNote };

/// A relative link of a cell, by the place from which it is followed: the page stands in its
/// report's directory and, published, among other published pages. Empty: no link there.
struct Link {
  std::string in_report, published;
};

struct Cell {
  std::string text;  // a line break in it is one on the page, a blank in text
  Tone tone = Tone::kPlain;
  std::vector<std::pair<std::string, Link>> links = {};  // shown after the text
  std::string anchor = {};  // id of a place in the page that the text is a link to; "": no link
  Cell(std::string t) : text(std::move(t)) {}  // NOLINT: implicit on purpose
  Cell(const char* t) : text(t) {}             // NOLINT: implicit on purpose
  Cell(std::string t, Tone cell_tone) : text(std::move(t)), tone(cell_tone) {}
};

struct ColumnHead {
  std::string title;
  Align align = Align::kText;
};

/// The first cell of each row is its heading.
struct TableBlock {
  std::string caption;
  std::vector<ColumnHead> columns;
  std::vector<std::vector<Cell>> rows;
};

struct Paragraph {
  std::string text;
  Tone tone = Tone::kPlain;
};

struct Code {
  std::string text;
};

/// Bullet list.
struct Bullets {
  std::vector<Cell> items = {};
  Bullets() = default;
  explicit Bullets(const std::vector<std::string>& texts) : items(texts.begin(), texts.end()) {}
};

/// A picture that is no chart.hpp's Chart. `svg` is markup that this module made (its texts are
/// escaped); `text` says the same in words.
struct Figure {
  std::string caption;
  std::string svg;
  std::string text;
};

struct Block;
/// Closed until the reader opens it. With an id it is a place that links lead to: the id is that of
/// what is inside, since a browser that follows a link opens what the place stands in.
struct Fold {
  std::string summary;
  std::vector<Block> blocks;
  std::string id = {};
};

struct Block {
  std::variant<Paragraph, TableBlock, Code, Bullets, Figure, Chart, Fold> value;
  template <typename T>
  Block(T block) : value(std::move(block)) {}  // NOLINT: implicit on purpose
};
using Blocks = std::vector<Block>;

/// One unit of the report: computed on its own, fails on its own.
struct Section {
  std::string id;  // "fast.3": stable, also the anchor
  std::string title;
  bool ok = true;
  std::string lacks;  // why it could not be computed, when not ok
  Blocks blocks;
};

/// Where a page stands.
enum class Place { kReport, kPublished };

std::string html_of(const Blocks& blocks, Place place = Place::kReport);
std::string html_of(const Section& section, Place place = Place::kReport);
/// Aligned columns, no markup; folds are shown open.
std::string text_of(const Blocks& blocks);
std::string text_of(const Section& section);

/// Class name of a tone: "good"; "" for plain.
std::string_view class_of(Tone tone) noexcept;

}  // namespace tieout::report
