#include "first_divergence.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "cell.hpp"
#include "journal_diff.hpp"
#include "table_diff.hpp"

namespace tieout::recon {
namespace {

using runlog::TableKind;

/// "1.2e-3": two digits, and an exponent without padding.
std::string ratio_text(double ratio) {
  std::string text = fmt::format("{:.1e}", ratio);
  const std::size_t digits = text.find('e') + 2;
  while (digits + 1 < text.size() && text[digits] == '0') {
    text.erase(digits, 1);
  }
  return text;
}

/// "00:40", with seconds and their fraction only when they are not zero.
std::string time_of_day(Timestamp t) {
  const std::string iso = to_iso(t);  // "YYYY-MM-DD HH:MM:SS[.f]+00:00"
  std::string text = iso.substr(11, iso.size() - 11 - 6);
  if (text.ends_with(":00")) {
    text.resize(text.size() - 3);
  }
  return text;
}

std::string column_text(const Finding& finding) {
  return to_string(ColumnKey{finding.column, finding.asset});
}

/// One finding for each input: the first difference of the asset that matters, else the first.
class Inputs {
 public:
  explicit Inputs(AssetId asset) : asset_(asset) {}
  void add(Differences found) {
    within_ = within_ || found.within;
    const std::vector<Finding>& differences = found.breaks;
    if (differences.empty()) {
      return;
    }
    const auto mine = std::ranges::find_if(
        differences, [&](const Finding& f) { return asset_ != kNoAsset && f.asset == asset_; });
    found_.push_back(mine == differences.end() ? differences.front() : *mine);
  }
  Differences take() { return {std::move(found_), within_}; }

 private:
  AssetId asset_;
  std::vector<Finding> found_;
  bool within_ = false;
};

/// Everything in which a node differs at a bar, by comparing both whole windows.
Result<Differences> node_differences(const RunPair& runs, const NodePair& node, RuleBook& book,
                                     const BarPair& bar) {
  Differences found;
  const auto one_sided = [&](std::string_view check, BreakKind kind) {
    Finding finding;
    finding.check = check;
    finding.layer = Layer::kCompleteness;
    finding.kind = kind;
    finding.bar = bar.bar;
    finding.part = node.name;
    finding.left = "window";
    found.breaks.push_back(std::move(finding));
  };
  if (!node.both()) {
    one_sided("C201", node.left ? BreakKind::kNodeOnlyLeft : BreakKind::kNodeOnlyRight);
    return found;
  }
  const bool on_left = runs.left.has_window(*node.left, *bar.left);
  const bool on_right = runs.right.has_window(*node.right, *bar.right);
  if (on_left != on_right) {
    one_sided("C004", on_left ? BreakKind::kMissingRight : BreakKind::kMissingLeft);
    return found;
  }
  if (!on_left || runs.left.window_hash(*node.left, *bar.left) ==
                      runs.right.window_hash(*node.right, *bar.right)) {
    return found;
  }
  TIEOUT_TRY(const Panel left, runs.left.node_output(*node.left, *bar.left));
  TIEOUT_TRY(const Panel right, runs.right.node_output(*node.right, *bar.right));
  std::vector<Timestamp> rows(left.index().begin(), left.index().end());
  rows.insert(rows.end(), right.index().begin(), right.index().end());
  std::ranges::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  WindowDiff diff(runs.left.manifest().nodes[*node.left], runs.right.manifest().nodes[*node.right]);
  TIEOUT_CHECK(apply_rules(node, book, bar.bar, diff));
  std::vector<WindowBreak> breaks;
  diff.update(left, right, rows, breaks);
  for (const WindowBreak& window_break : breaks) {
    if (window_break.judged.fate == Fate::kOutside) {
      found.breaks.push_back(finding_of(runs, node, diff, book, bar.bar, window_break));
    }
  }
  found.within = !diff.equal();
  return found;
}

Result<Differences> table_differences(const RunPair& runs, TableKind kind, RuleBook& book,
                                      const BarPair& bar) {
  Differences found;
  if (runs.left.table_hash(kind, *bar.left) == runs.right.table_hash(kind, *bar.right)) {
    return found;
  }
  TIEOUT_TRY(const std::optional<Table> left, runs.left.table(kind, *bar.left));
  TIEOUT_TRY(const std::optional<Table> right, runs.right.table(kind, *bar.right));
  std::vector<TableBreak> breaks;
  TableDiff diff;
  const TableRules rules{.book = &book, .layer = layer_of(kind), .bar = bar.bar, .clocks = {}};
  TIEOUT_TRY(const TableCounts counts,
             diff.compare(left.value_or(Table{}), right.value_or(Table{}), rules, breaks));
  found.within = counts.cells.within + counts.cells.ignored + counts.cells.waived > 0;
  for (const TableBreak& table_break : breaks) {
    if (table_break.judged.fate != Fate::kOutside) {
      continue;
    }
    Finding finding;
    finding.layer = layer_of(kind);
    finding.check = check_of(finding.layer);
    finding.kind = table_break.kind;
    finding.bar = bar.bar;
    finding.part = to_string(finding.layer);
    finding.column = table_break.column;
    finding.asset = table_break.asset;
    finding.key = table_break.key;
    finding.left = table_break.left;
    finding.right = table_break.right;
    finding.abs_diff = table_break.distance.abs;
    finding.rel_diff = table_break.distance.rel;
    finding.ulp = table_break.distance.ulp;
    finding.rule = book.text(table_break.rule);
    found.breaks.push_back(std::move(finding));
  }
  return found;
}

/// Market reads of one purpose (and, for the source, the decision) that differ at a bar.
Result<Differences> journal_differences(const RunPair& runs, const BarPair& bar,
                                        std::string_view purpose) {
  if (!runs.left.has_journal() || !runs.right.has_journal()) {
    return Differences{};
  }
  TIEOUT_TRY(const std::vector<runlog::JournalEntry> left, runs.left.journal(*bar.left));
  TIEOUT_TRY(const std::vector<runlog::JournalEntry> right, runs.right.journal(*bar.right));
  JournalDiff diff = diff_journal(left, right);
  std::ranges::move(diff.other_answers, std::back_inserter(diff.breaks));
  Differences found;
  for (const JournalBreak& entry : diff.breaks) {
    const bool is_decision = entry.part == "journal.decision";
    if (!is_decision && entry.key.find(purpose) == std::string::npos) {
      continue;
    }
    Finding finding;
    finding.layer = Layer::kInputs;
    finding.check = check_of(finding.layer);
    finding.kind = entry.kind;
    finding.bar = bar.bar;
    finding.part = entry.part;
    finding.column = entry.column;
    finding.key = entry.key;
    finding.left = entry.left;
    finding.right = entry.right;
    found.breaks.push_back(std::move(finding));
  }
  return found;
}

/// The bar before, when both runs have it.
const BarPair* common_bar_before(const RunPair& runs, const BarPair& bar) {
  const std::size_t position = runs.position_of(bar.bar);
  return position > 0 && runs.bars[position - 1].both() ? &runs.bars[position - 1] : nullptr;
}

/// What a table is computed from at its bar.
Result<Differences> table_inputs(const RunPair& runs, Layer layer, RuleBook& book,
                                 const BarPair& bar, AssetId asset) {
  Inputs inputs(asset);
  const auto add_table = [&](TableKind kind) -> Status {
    TIEOUT_TRY(Differences found, table_differences(runs, kind, book, bar));
    inputs.add(std::move(found));
    return {};
  };
  const auto add_reads = [&](std::string_view purpose) -> Status {
    TIEOUT_TRY(Differences found, journal_differences(runs, bar, purpose));
    inputs.add(std::move(found));
    return {};
  };
  switch (layer) {
    case Layer::kTargetPositions:
      if (!runs.nodes.empty()) {
        TIEOUT_TRY(Differences sink, node_differences(runs, runs.nodes.back(), book, bar));
        inputs.add(std::move(sink));
      }
      TIEOUT_CHECK(add_reads("mark"));
      break;
    case Layer::kOrders:
      TIEOUT_CHECK(add_table(TableKind::kTargetPositions));
      break;
    case Layer::kChildOrders:
      // Worked since the bar before, out of its orders.
      if (const BarPair* before = common_bar_before(runs, bar); before != nullptr) {
        TIEOUT_TRY(Differences orders, table_differences(runs, TableKind::kOrders, book, *before));
        inputs.add(std::move(orders));
      }
      TIEOUT_CHECK(add_reads("bars"));
      break;
    case Layer::kOrderEvents:
    case Layer::kFills:
      TIEOUT_CHECK(add_table(TableKind::kChildOrders));
      // What a bar books was ordered at the bar before.
      if (const BarPair* before = common_bar_before(runs, bar); before != nullptr) {
        TIEOUT_TRY(Differences orders, table_differences(runs, TableKind::kOrders, book, *before));
        inputs.add(std::move(orders));
      }
      TIEOUT_CHECK(add_table(TableKind::kOrders));
      TIEOUT_CHECK(add_reads("fill"));
      break;
    case Layer::kPortfolio:
      TIEOUT_CHECK(add_table(TableKind::kFills));
      TIEOUT_CHECK(add_reads("mark"));
      break;
    case Layer::kStatistics:
      TIEOUT_CHECK(add_table(TableKind::kPortfolio));
      break;
    default:
      break;
  }
  return inputs.take();
}

/// Whether the break is of a value that was computed from inputs that can be compared.
bool has_inputs(const RunPair& runs, const Finding& finding) {
  const NodePair* node = runs.find(finding.part);
  if (node != nullptr && node->is_source() &&
      !(runs.left.has_journal() && runs.right.has_journal())) {
    return false;
  }
  const bool of_data = finding.layer >= Layer::kInputs && finding.layer != Layer::kCompleteness;
  return of_data && !finding.part.starts_with("journal.") && finding.part != "manifest";
}

/// Whether `ancestor` lies strictly upstream of `node`.
bool is_upstream(const RunPair& runs, const NodePair& ancestor, const NodePair& node) {
  return std::ranges::any_of(node.inputs, [&](std::size_t input) {
    return &runs.nodes[input] == &ancestor || is_upstream(runs, ancestor, runs.nodes[input]);
  });
}

/// "sim == prod until 00:40; " or what to say when there was no such bar.
std::string until_text(const RunPair& runs, const Finding& first, const Wording& words) {
  const std::size_t position = runs.bars.empty() ? 0 : runs.position_of(first.bar);
  if (position == 0) {
    return fmt::format("{} differs from {} from the first bar on", words.right(), words.left());
  }
  return fmt::format("{} == {} until {}", words.right(), words.left(),
                     words.bar(runs.bars[position - 1].bar));
}

std::string inputs_text(const FirstDivergence& first, const Wording& words, bool is_source) {
  if (first.inputs_equal) {
    return is_source ? "; the market reads agree: the source handles them differently"
                     : "; its inputs agree: code, parameters or state";
  }
  if (first.inputs_within) {
    return "; its inputs differ only in what the policy allows";
  }
  std::string text;
  for (const Finding& input : first.inputs) {
    text += fmt::format("{}{}", text.empty() ? "; with " : ", ", words.describe(input));
  }
  return text;
}

/// The leaf that tells the most: one that is read where the data breaks, else the first.
const Finding& telling_leaf(const ConfigLayer& config, const std::optional<Finding>& data,
                            const runlog::Manifest& manifest) {
  const auto found = std::ranges::find_if(config.breaks, [&](const Finding& leaf) {
    return data && reader_of_leaf(leaf.part, manifest) == data->part;
  });
  return found == config.breaks.end() ? config.breaks.front() : *found;
}

FirstDivergence explain_config(const RunPair& runs, const ConfigLayer& config,
                               const std::optional<Finding>& data, const Wording& words) {
  FirstDivergence first;
  const runlog::Manifest& manifest = runs.left.manifest();
  first.finding = telling_leaf(config, data, manifest);
  first.finding.bar = runs.bars.empty() ? manifest.start : runs.bars.front().bar;
  first.node = reader_of_leaf(first.finding.part, manifest);
  first.reached = data;
  first.sentence = words.describe(first.finding);
  if (!first.node.empty()) {
    first.sentence += fmt::format(" (read by {})", first.node);
  }
  if (config.breaks.size() > 1) {
    first.sentence += fmt::format(" and {} more leaves", config.breaks.size() - 1);
  }
  if (!data) {
    first.sentence += "; no cell breaks";
    return first;
  }
  first.sentence +=
      fmt::format("; {}; first break: {}", until_text(runs, *data, words), words.describe(*data));
  const NodePair* broken = runs.find(data->part);
  const NodePair* reader = runs.find(first.node);
  if (broken != nullptr && reader != nullptr && is_upstream(runs, *broken, *reader)) {
    first.sentence += ", which lies upstream of the leaf's node: another cause";
  }
  return first;
}

}  // namespace

Result<Differences> differing_inputs(const RunPair& runs, RuleBook& book, const Finding& finding) {
  const BarPair& bar = runs.bars[runs.position_of(finding.bar)];
  const NodePair* node = runs.find(finding.part);
  if (node == nullptr) {
    return table_inputs(runs, finding.layer, book, bar, finding.asset);
  }
  if (node->is_source()) {
    return journal_differences(runs, bar, "source");
  }
  Inputs inputs(finding.asset);
  for (const std::size_t input : node->inputs) {
    TIEOUT_TRY(Differences found, node_differences(runs, runs.nodes[input], book, bar));
    inputs.add(std::move(found));
  }
  return inputs.take();
}

std::vector<std::string> input_parts(const RunPair& runs, const Finding& finding) {
  const auto table = [](Layer layer) { return std::string(to_string(layer)); };
  const bool has_journal = runs.left.has_journal() && runs.right.has_journal();
  std::vector<std::string> parts;
  if (const NodePair* node = runs.find(finding.part); node != nullptr) {
    if (node->is_source()) {
      return has_journal ? std::vector<std::string>{"journal.market_read", "journal.decision"}
                         : std::vector<std::string>{};
    }
    for (const std::size_t input : node->inputs) {
      parts.push_back(runs.nodes[input].name);
    }
    return parts;
  }
  switch (finding.layer) {
    case Layer::kTargetPositions:
      if (!runs.nodes.empty()) {
        parts.push_back(runs.nodes.back().name);
      }
      break;
    case Layer::kOrders:
      return {table(Layer::kTargetPositions)};
    case Layer::kChildOrders:
      parts.push_back(table(Layer::kOrders));
      break;
    case Layer::kOrderEvents:
    case Layer::kFills:
      parts.push_back(table(Layer::kOrders));
      if (runs.has(Layer::kChildOrders)) {
        parts.push_back(table(Layer::kChildOrders));
      }
      break;
    case Layer::kPortfolio:
      parts.push_back(table(Layer::kFills));
      break;
    case Layer::kStatistics:
      return {table(Layer::kPortfolio)};
    default:
      return parts;
  }
  if (has_journal) {
    parts.emplace_back("journal.market_read");
  }
  return parts;
}

Wording::Wording(const RunPair& runs, const CompareOptions& options)
    : options_(options),
      within_a_day_(runs.bars.empty() || runs.bars.back().bar - runs.bars.front().bar <= days(1)) {}

std::string Wording::bar(Timestamp t) const {
  return within_a_day_ ? time_of_day(t)
                       : fmt::format("{} {}", to_iso(t).substr(0, 10), time_of_day(t));
}

std::string Wording::row(Timestamp t, Timestamp bar) const {
  const bool near = t <= bar && bar - t < days(1) && within_a_day_;
  return near ? time_of_day(t) : fmt::format("{} {}", to_iso(t).substr(0, 10), time_of_day(t));
}

std::string Wording::values(const Finding& finding) const {
  std::string text = fmt::format("{} {} / {} {}", left(), finding.left, right(), finding.right);
  if (std::isfinite(finding.rel_diff) && finding.rel_diff > 0) {
    text += fmt::format(" ({} rel", ratio_text(finding.rel_diff));
    constexpr std::uint64_t kFewUlp = 1000;
    if (finding.ulp > 0 && finding.ulp <= kFewUlp) {
      text += fmt::format(", {} ulp", finding.ulp);
    }
    text += ')';
  }
  if (finding.rule != "exact") {
    text += fmt::format(", outside {}", finding.rule);
  }
  return text;
}

std::string Wording::only_in(bool in_left) const {
  return fmt::format("is only in {}", in_left ? left() : right());
}

std::string Wording::describe(const Finding& finding) const {
  const std::string key = finding.key.empty() ? "" : " " + finding.key;
  const std::string place =
      finding.row ? fmt::format(" row {}", row(*finding.row, finding.bar)) : key;
  switch (finding.kind) {
    case BreakKind::kValue:
    case BreakKind::kNanLeft:
    case BreakKind::kNanRight:
      return fmt::format("{} {}{}, {}", finding.part,
                         finding.row ? column_text(finding) : finding.column, place,
                         values(finding));
    case BreakKind::kType:
      return fmt::format("{}{}{} has type {} in {} and {} in {}", finding.part,
                         finding.column.empty() ? "" : " ", column_text(finding), finding.left,
                         left(), finding.right, right());
    case BreakKind::kMissingLeft:
    case BreakKind::kMissingRight:
      return fmt::format("{}{}{} {}", finding.layer == Layer::kCompleteness ? "the window of " : "",
                         finding.part, place, only_in(finding.kind == BreakKind::kMissingRight));
    case BreakKind::kExtraBarLeft:
    case BreakKind::kExtraBarRight:
      return fmt::format("bar {} {}", bar(finding.bar),
                         only_in(finding.kind == BreakKind::kExtraBarLeft));
    case BreakKind::kNodeOnlyLeft:
    case BreakKind::kNodeOnlyRight:
      return fmt::format("node {} {}", finding.part,
                         only_in(finding.kind == BreakKind::kNodeOnlyLeft));
    case BreakKind::kColumnOnlyLeft:
    case BreakKind::kColumnOnlyRight:
      return fmt::format("column {} of {} {}", column_text(finding), finding.part,
                         only_in(finding.kind == BreakKind::kColumnOnlyLeft));
    case BreakKind::kConfigLeaf:
      return fmt::format("config {}: {}", finding.part, values(finding));
    case BreakKind::kHistoryRewritten:
      return fmt::format("{} {}{} was rewritten from {} to {} ({})", finding.part,
                         column_text(finding), place, finding.left, finding.right, finding.key);
    case BreakKind::kCheck:
      return fmt::format("{} {}: {}", finding.check, finding.part, finding.note);
    case BreakKind::kDuplicate:
      return fmt::format("{}{} occurs twice: {} {} / {} {}", finding.part, key, left(),
                         finding.left, right(), finding.right);
  }
  return finding.part;
}

Result<std::optional<FirstDivergence>> explain_first(const RunPair& runs, const ConfigLayer& config,
                                                     const std::optional<Finding>& first_of_data,
                                                     RuleBook& book,
                                                     const CompareOptions& options) {
  const Wording words(runs, options);
  if (config.breaks.empty() && !first_of_data) {
    return std::optional<FirstDivergence>();
  }
  FirstDivergence first;
  const bool is_config = !config.breaks.empty();
  if (is_config) {
    first = explain_config(runs, config, first_of_data, words);
  } else {
    first.finding = *first_of_data;
    first.node = first.finding.part;
  }
  if (first_of_data && has_inputs(runs, *first_of_data)) {
    TIEOUT_TRY(Differences inputs, differing_inputs(runs, book, *first_of_data));
    first.inputs = std::move(inputs.breaks);
    first.inputs_within = first.inputs.empty() && inputs.within;
    first.inputs_equal = first.inputs.empty() && !inputs.within;
  }
  if (!is_config) {
    const NodePair* node = runs.find(first.node);
    first.sentence =
        fmt::format("{}; first break: {}{}", until_text(runs, first.finding, words),
                    words.describe(first.finding),
                    has_inputs(runs, first.finding)
                        ? inputs_text(first, words, node != nullptr && node->is_source())
                        : "");
  }
  return std::optional<FirstDivergence>(std::move(first));
}

}  // namespace tieout::recon
