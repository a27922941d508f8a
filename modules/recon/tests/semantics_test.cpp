#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/recon/frame_compare.hpp"

#include "fake_source.hpp"

// The tables of docs/formats/comparison.md, read from the document: what it says of a line is what
// is asserted here, in nodes, tables and frames.
namespace tieout::recon {
namespace {

using runlog::TableKind;
using test::FakeLog;
using test::FakeSource;

constexpr std::size_t kNode = 1;  // of make_run(): column ret of two assets

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" `");
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(" `") - first + 1);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    parts.push_back(trimmed(part));
  }
  return parts;
}

/// The lines of the document's table whose first cell is `letter` and a number.
std::vector<std::vector<std::string>> lines_of(char letter) {
  std::ifstream file(TIEOUT_SOURCE_DIR "/docs/formats/comparison.md");
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(fmt::format("| {}", letter)) && line.size() > 5 && line[3] >= '0' &&
        line[3] <= '9') {
      lines.push_back(split(line.substr(1), '|'));
    }
  }
  return lines;
}

/// | id | type | left | right | rule | in | becomes | kind | verdict |
struct Line {
  std::string id, type, left, right, rule, where, becomes, kind, verdict;
  friend std::ostream& operator<<(std::ostream& out, const Line& line) { return out << line.id; }
};

std::vector<Line> cell_lines() {
  std::vector<Line> lines;
  for (auto c : lines_of('C')) {
    if (c.size() < 9) {
      c.resize(9);  // a malformed line fails as one
    }
    lines.push_back({c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8]});
  }
  return lines;
}

std::vector<std::string> cells_of(const std::string& text) {
  return text == "\"\"" ? std::vector<std::string>{""} : split(text, ',');
}

/// "i64 / f64": the type of the left or of the right side.
std::string type_of(const Line& line, bool left) {
  const std::vector<std::string> types = split(line.type, '/');
  return left ? types.front() : types.back();
}

ColumnType column_type(const std::string& name) {
  if (name == "f64" || name == "f32") {
    return ColumnType::kFloat64;
  }
  if (name == "i64") {
    return ColumnType::kInt64;
  }
  if (name == "bool") {
    return ColumnType::kBool;
  }
  return name == "timestamp" ? ColumnType::kTimestamp : ColumnType::kString;
}

double float_of(const std::string& text, const std::string& type) {
  if (text == "null") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (text.starts_with("0x")) {
    return std::bit_cast<double>(std::stoull(text, nullptr, 16));
  }
  const double value = parse_double(text).value();
  return type == "f32" ? static_cast<double>(static_cast<float>(value)) : value;
}

std::int64_t word_of(const std::string& text, ColumnType type, StringPool& pool) {
  if (text == "null") {
    return kNullWord;
  }
  switch (type) {
    case ColumnType::kBool:
      return text == "true" ? 1 : 0;
    case ColumnType::kTimestamp:
      return parse_iso(text).value().ns;
    case ColumnType::kString:
      return pool.intern(text);
    default:
      return parse_int(text).value();
  }
}

ColumnValues values_of(const std::vector<std::string>& texts, const std::string& type) {
  const auto all = [&](auto convert) {
    std::vector<decltype(convert(texts[0]))> values;
    for (const std::string& text : texts) {
      values.push_back(convert(text));
    }
    return values;
  };
  switch (column_type(type)) {
    case ColumnType::kFloat64:
      return all([&](const std::string& text) { return float_of(text, type); });
    case ColumnType::kInt64:
      return all([](const std::string& text) { return parse_int(text).value_or(0); });
    case ColumnType::kBool:
      return all([](const std::string& text) { return std::uint8_t{text == "true"}; });
    case ColumnType::kTimestamp:
      return all([](const std::string& text) {
        return text == "null" ? Timestamp{} : parse_iso(text).value();
      });
    case ColumnType::kString:
      break;
  }
  return all([](const std::string& text) { return text; });
}

/// Two cells: what the line says, and below it what is equal on both sides.
std::vector<std::string> column_of(const Line& line, bool left) {
  std::vector<std::string> cells = cells_of(left ? line.left : line.right);
  if (cells.size() == 1) {
    const std::string left_type = type_of(line, true);
    const std::string right_type = type_of(line, false);
    cells.push_back(left_type == right_type                             ? cells_of(line.left)[0]
                    : column_type(left_type) == column_type(right_type) ? "0.5"
                                                                        : cells[0]);
  }
  return cells;
}

Policy policy_of(const std::string& rule, const std::string& where) {
  const std::vector<std::string> parts = split(rule, ';');
  std::string text = "version = 1\n[increments.'*']\ntick = 0.01\nlot = 0.001\n";
  if (parts[0] != "none") {
    text += fmt::format("[[rule]]\nrule = '{}'\n", parts[0]);
    if (parts[0] == "ignore") {
      text += fmt::format("column = '{}'\nreason = 'why'\n", where == "node" ? "ret" : "x");
    }
    text += "[[rule]]\nrule = 'exact'\n";
  }
  if (parts.size() > 1) {
    const bool expired = parts[1] == "expired waiver";
    text += fmt::format("[[waiver]]\nowner = 'ann'\nreason = 'why'\nexpires = {}\n",
                        expired ? "2018-01-01T00:00:00Z" : "2019-01-01T00:00:00Z");
    text += parts[1] == "waiver 0.5" ? "max_abs = 0.5\n" : "";
  }
  auto policy = parse_policy(text, "test.toml");
  EXPECT_TRUE(policy.ok()) << policy.error().message;
  return policy.ok() ? std::move(*policy) : Policy{};
}

/// What the document tells of a comparison.
struct Told {
  Verdict verdict;
  CellCounts cells;
  double coverage;
  std::vector<Finding> findings;
};

Told told(const FakeLog& left, const FakeLog& right, const Policy& policy) {
  const FakeSource left_run(left);
  const FakeSource right_run(right);
  const auto result = compare_runs(left_run, right_run, {.policy = &policy});
  EXPECT_TRUE(result.ok()) << result.error().message;
  if (!result.ok()) {
    return {};
  }
  test::check_identities(*result);
  std::vector<Finding> findings = result->findings;
  std::erase_if(findings, [](const Finding& finding) { return finding.remark; });
  return {result->verdict, result->cells, result->coverage, findings};
}

FakeLog make_log() {
  FakeLog log;
  log.run = test::make_run({.seed = 3, .bars = 4, .rows = 3});
  return log;
}

FakeLog node_log(const Line& line, bool left, const std::shared_ptr<StringPool>& pool) {
  FakeLog log = make_log();
  const std::string type = type_of(line, left);
  log.run.manifest.nodes[kNode].types = {column_type(type), ColumnType::kFloat64};
  log.strings = pool;
  const auto cell = [&](const std::string& text) {
    return column_type(type) == ColumnType::kFloat64
               ? float_of(text, type)
               : std::bit_cast<double>(word_of(text, column_type(type), *pool));
  };
  const std::vector<std::string> cells = column_of(line, left);
  for (test::BarData& bar : log.run.bars) {
    for (std::size_t r = 0; r < bar.windows[kNode].row_count(); ++r) {
      bar.windows[kNode].set(r, 0, cell(cells[1]));
    }
  }
  Panel& last = log.run.bars.back().windows[kNode];
  last.set(last.row_count() - 1, 0, cell(cells[0]));
  return log;
}

FakeLog table_log(const Line& line, bool left) {
  FakeLog log = make_log();
  Table& orders = log.run.bars[2].tables.at(TableKind::kOrders);
  orders.columns.push_back({"x", values_of(column_of(line, left), type_of(line, left))});
  return log;
}

frames::Frame frame_of(const Line& line, bool left) {
  const std::vector<std::string> cells = column_of(line, left);
  frames::Frame frame;
  frame.index = frames::FrameColumn{{"id"}, std::vector<std::int64_t>{1, 2}, {}};
  frame.columns.push_back({{"x"}, values_of(cells, type_of(line, left)), {}});
  for (const std::string& cell : cells) {
    frame.columns[0].valid.push_back(cell == "null" ? 0 : 1);
  }
  return frame;
}

Told told_in(const std::string& where, const Line& line, const Policy& policy) {
  if (where == "node") {
    const auto pool = std::make_shared<StringPool>();
    return told(node_log(line, true, pool), node_log(line, false, pool), policy);
  }
  if (where == "table") {
    return told(table_log(line, true), table_log(line, false), policy);
  }
  EXPECT_EQ(where, "frame");
  const auto result =
      compare_frames(frame_of(line, true), frame_of(line, false), {.policy = &policy});
  EXPECT_TRUE(result.ok()) << result.error().message;
  return {result->verdict, result->cells, result->coverage, result->findings};
}

std::uint64_t count_of(const CellCounts& cells, const std::string& fate) {
  if (fate == "bitwise") {
    return cells.compared - cells.bitwise;  // of the others there is none
  }
  return fate == "within"    ? cells.within
         : fate == "ignored" ? cells.ignored
         : fate == "waived"  ? cells.waived
                             : cells.outside;
}

class Semantics : public testing::TestWithParam<Line> {};

TEST_P(Semantics, OfTwoCellsAreThoseOfTheDocument) {
  const Line& line = GetParam();
  const std::set<std::string> fates{"bitwise", "within", "ignored", "waived", "outside"};
  ASSERT_TRUE(fates.contains(line.becomes)) << line.id << ": " << line.becomes;
  for (const std::string& where : split(line.where, ',')) {
    SCOPED_TRACE(fmt::format("{} in a {}: {} {} {} {}", line.id, where, line.type, line.left,
                             line.right, line.rule));
    const Told result = told_in(where, line, policy_of(line.rule, where));
    EXPECT_EQ(to_string(result.verdict), line.verdict);
    const std::uint64_t cells = cells_of(line.left).size();
    if (line.kind == "type") {
      EXPECT_GE(result.cells.type_mismatch, 2U);
      EXPECT_EQ(result.cells.outside, result.cells.type_mismatch);
    } else {
      EXPECT_EQ(count_of(result.cells, line.becomes), line.becomes == "bitwise" ? 0 : cells);
      EXPECT_EQ(result.cells.compared - result.cells.bitwise,
                line.becomes == "bitwise" ? 0 : cells);
    }
    const bool null_as_text = where == "frame" && line.kind.starts_with("nan") &&
                              column_type(type_of(line, true)) != ColumnType::kFloat64;
    EXPECT_EQ(result.cells.nan_one_side,
              line.becomes == "outside" && line.kind.starts_with("nan") && !null_as_text ? 1U : 0U);
    ASSERT_EQ(result.findings.empty(), line.becomes != "outside");
    if (line.becomes == "outside") {
      EXPECT_EQ(to_string(result.findings[0].kind), null_as_text ? "value" : line.kind);
    }
    EXPECT_EQ(result.coverage, line.rule == "none" ? 0.0 : 1.0);
  }
}

INSTANTIATE_TEST_SUITE_P(Document, Semantics, testing::ValuesIn(cell_lines()),
                         [](const auto& test) { return test.param.id; });

struct Pair {
  FakeLog left = make_log();
  FakeLog right = make_log();
  std::string policy = "version = 1\n[[rule]]\nrule = 'exact'\n";

  test::BarData& bar(std::size_t index) { return right.run.bars[index]; }
  Panel& window(std::size_t index) { return bar(index).windows[kNode]; }
  Table& orders(std::size_t index) { return bar(index).tables.at(TableKind::kOrders); }
};

Panel without_row(const Panel& panel, std::size_t row) {
  Panel result = panel.slice({0, row});
  for (std::size_t r = row + 1; r < panel.row_count(); ++r) {
    result.append_row(panel.index()[r]);
    for (std::size_t c = 0; c < panel.column_count(); ++c) {
      result.set(r - 1, c, panel.at(r, c));
    }
  }
  return result;
}

void drop_row(Pair& pair) {
  pair.window(3) = without_row(pair.window(3), 1);
}

void add_rule(Pair& pair, const char* rule) {
  pair.policy = fmt::format("version = 1\n{}\n[[rule]]\nrule = 'exact'\n", rule);
}

/// A cell of the node's last window that is 1e-9 apart.
void nudge(Pair& pair) {
  Panel& window = pair.window(3);
  window.set(2, 0, 1.0);
  pair.left.run.bars[3].windows[kNode].set(2, 0, 1.0 + 1e-9);
}

/// Every id names the order before it, which is of another asset.
void shift_ids(Table& orders) {
  for (std::int64_t& id : std::get<std::vector<std::int64_t>>(orders.columns[0].values)) {
    --id;
  }
}

const std::map<std::string, std::function<void(Pair&)>>& shapes() {
  static const std::map<std::string, std::function<void(Pair&)>> kShapes{
      {"S01",
       [](Pair& p) {
         for (std::size_t b = 0; b < 4; ++b) {
           p.window(b) = test::permute_columns(p.window(b), {1, 0});
           std::swap(p.orders(b).columns[2], p.orders(b).columns[4]);
         }
         std::swap(p.right.run.manifest.nodes[kNode].columns[0],
                   p.right.run.manifest.nodes[kNode].columns[1]);
       }},
      {"S02",
       [](Pair& p) {
         p.orders(2) = test::permute_rows(p.orders(2), {1, 0});
       }},
      {"S03", drop_row},
      {"S04",
       [](Pair& p) {
         Panel moved = without_row(p.window(3), 2);
         moved.append_row(test::bar_at(3) + nanoseconds(1));
         moved.set(2, 0, p.window(3).at(2, 0));
         moved.set(2, 1, p.window(3).at(2, 1));
         p.window(3) = moved;
       }},
      {"S05",
       [](Pair& p) {
         for (const std::size_t b : {2U, 3U}) {
           p.window(b) = without_row(p.window(b), 0);
         }
       }},
      {"S06", [](Pair& p) { p.orders(2) = test::permute_rows(p.orders(2), {0}); }},
      {"S07", [](Pair& p) { p.bar(3).tables.erase(TableKind::kFills); }},
      {"S08",
       [](Pair& p) {
         p.right.run.manifest.nodes[kNode].columns.pop_back();
         for (std::size_t b = 0; b < 4; ++b) {
           p.window(b) = test::permute_columns(p.window(b), {0});
         }
       }},
      {"S09",
       [](Pair& p) { p.left.run.bars[1].tables.at(TableKind::kPortfolio).columns.pop_back(); }},
      {"S10",
       [](Pair& p) {
         p.right.run.manifest.nodes.pop_back();
         for (test::BarData& bar : p.right.run.bars) {
           bar.windows.pop_back();
         }
       }},
      {"S11", [](Pair& p) { p.right.run.bars.erase(p.right.run.bars.begin() + 1); }},
      {"S12",
       [](Pair& p) {
         p.right.run.bars.pop_back();
         p.right.run.seal = std::nullopt;
       }},
      {"S13",
       [](Pair& p) {
         p.right.missing[{kNode, 2}] = true;
       }},
      {"S14",
       [](Pair& p) {
         p.right.missing[{kNode, 2}] = true;
         p.right.run.seal = runlog::RunOutcome::kInterrupted;
       }},
      {"S15",
       [](Pair& p) {
         p.left.missing[{kNode, 2}] = p.right.missing[{kNode, 2}] = true;
       }},
      {"S16",
       [](Pair& p) {
         p.orders(2) = test::permute_rows(p.orders(2), {1, 0, 0});
         p.left.run.bars[2].tables.at(TableKind::kOrders) =
             test::permute_rows(p.orders(2), {1, 0, 2});
       }},
      {"S17",
       [](Pair& p) {
         p.orders(2) = test::permute_rows(p.orders(2), {0, 1, 0});
       }},
      {"S18",
       [](Pair& p) {
         p.orders(2) = test::permute_rows(p.orders(2), {0, 1, 0});
         p.left.run.bars[2].tables.at(TableKind::kOrders) = p.orders(2);
         std::get<std::vector<double>>(p.orders(2).columns[3].values)[2] = 7;
       }},
      {"S19", [](Pair& p) { p.right.file = 7; }},
      {"S20", [](Pair& p) { p.left.has_journal = true; }},
      {"S21", [](Pair& p) { p.right.run.bars.clear(); }},
      {"S22", [](Pair& p) { p.policy = "version = 1\nmin_coverage = 0.5\n"; }},
      {"S23", [](Pair& p) { p.policy = "version = 1\n"; }},
      {"S24", [](Pair& p) { add_rule(p, "[[rule]]\nrule = 'ignore'\nreason = 'all'"); }},
      {"S25",
       [](Pair& p) {
         drop_row(p);
         add_rule(p, "[[rule]]\nstage = 'nodes'\nrule = 'ignore'\nreason = 'nodes'");
       }},
      {"S26",
       [](Pair& p) {
         drop_row(p);
         p.policy += "[[waiver]]\nowner = 'ann'\nreason = 'all'\nexpires = 2019-01-01T00:00:00Z\n";
       }},
      {"S27",
       [](Pair& p) {
         nudge(p);
         add_rule(
             p,
             "[[rule]]\nstage = 'nodes'\nrule = 'abs:1e-6'\n[[rule]]\nstage = 'orders'\ncolumn "
             "= 'side'\nrule = 'ignore'\nreason = 'r'");
         std::get<std::vector<std::string>>(p.orders(1).columns[2].values)[0] = "S";
       }},
      {"S28", [](Pair& p) { add_rule(p, "[[rule]]\ncolumn = 'side'\nrule = 'abs:1'"); }},
      {"S29", [](Pair& p) { add_rule(p, "[[rule]]\ncolumn = 'ret'\nrule = 'ticks:1'"); }},
      {"S30",
       [](Pair& p) {
         nudge(p);
         add_rule(p, "[[rule]]\nstage = 'nodes'\nuntil = 2018-01-23T00:14:59Z\nrule = 'abs:1e-6'");
       }},
      {"S31",
       [](Pair& p) {
         nudge(p);
         add_rule(p, "[[rule]]\nstage = 'nodes'\nuntil = 2018-01-23T00:15:00Z\nrule = 'abs:1e-6'");
       }},
      {"S32",
       [](Pair& p) {
         p.left.strings = std::make_shared<StringPool>();
         p.right.strings = std::make_shared<StringPool>();
       }},
      {"S33", [](Pair& p) { shift_ids(p.orders(2)); }},
      {"S34",
       [](Pair& p) {
         shift_ids(p.orders(2));
         add_rule(p,
                  "[[rule]]\nstage = 'orders'\ncolumn = 'order_id'\nrule = 'ignore'\nreason = 'r'");
         p.policy += "[[waiver]]\nowner = 'ann'\nreason = 'all'\nexpires = 2019-01-01T00:00:00Z\n";
       }},
      {"S35",
       [](Pair& p) {
         shift_ids(p.orders(2));
         p.orders(2) = test::permute_rows(p.orders(2), {1});
       }},
      {"S36",
       [](Pair& p) { std::get<std::vector<std::int64_t>>(p.orders(2).columns[1].values)[0] = 99; }},
  };
  return kShapes;
}

std::string kinds_text(const std::vector<Finding>& findings) {
  std::map<std::string, int> kinds;
  for (const Finding& finding : findings) {
    kinds[std::string(to_string(finding.kind))] += finding.remark ? 0 : 1;
  }
  std::string text;
  for (const auto& [kind, count] : kinds) {
    if (count > 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, kind);
    }
  }
  return text.empty() ? "none" : text;
}

TEST(SemanticsOfShapes, AreThoseOfTheDocument) {
  std::set<std::string> ids;
  for (const auto& line : lines_of('S')) {
    ASSERT_GE(line.size(), 5U) << line[0];
    SCOPED_TRACE(line[0] + ": " + line[1]);
    ASSERT_TRUE(shapes().contains(line[0]));
    ids.insert(line[0]);
    Pair pair;
    shapes().at(line[0])(pair);
    const auto policy = parse_policy(pair.policy, "test.toml");
    ASSERT_TRUE(policy.ok()) << policy.error().message;
    const FakeSource left(pair.left);
    const FakeSource right(pair.right);
    const auto result = compare_runs(left, right, {.policy = &*policy});
    if (!result.ok()) {
      EXPECT_EQ("error", line[4]) << result.error().message;
      continue;
    }
    test::check_identities(*result);
    EXPECT_EQ(kinds_text(result->findings), line[2]);
    EXPECT_EQ(result->coverage == 1.0 ? "all" : result->coverage == 0.0 ? "none" : "part", line[3]);
    EXPECT_EQ(to_string(result->verdict), line[4]);
  }
  EXPECT_EQ(ids.size(), shapes().size()) << "a line of the document is missing";
}

TEST(Semantics, EveryLineOfTheDocumentIsReadOnce) {
  std::set<std::string> ids;
  for (const Line& line : cell_lines()) {
    EXPECT_TRUE(ids.insert(line.id).second) << line.id;
  }
  EXPECT_GE(ids.size(), 70U);
}

}  // namespace
}  // namespace tieout::recon
