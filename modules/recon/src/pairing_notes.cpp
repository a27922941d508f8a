#include "pairing_notes.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tieout/recon/trades.hpp"

namespace tieout::recon {
namespace {

using analytics::Trade;

/// What matching says of each trade of one side, by its id.
struct Pairing {
  std::vector<std::string> others;  // ids of the other side
  std::string why;
};
using Pairings = std::map<std::string, Pairing>;

/// The ids of one row on both sides; "" where there is none.
struct RowIds {
  std::string left, right;
};

std::vector<std::string> ids_of(const std::vector<Trade>& trades,
                                const std::vector<std::size_t>& indices) {
  std::vector<std::string> ids;
  for (const std::size_t i : indices) {
    ids.push_back(trades[i].id);
  }
  return ids;
}

class Notes {
 public:
  /// Nothing is known where the trades cannot be matched.
  void match(const runlog::RunSource& left, const runlog::RunSource& right, TradeKind kind,
             const Comparison& comparison) {
    const auto lefts = trades_of(left, kind);
    const auto rights = trades_of(right, kind);
    if (!lefts.ok() || !rights.ok()) {
      return;
    }
    left_name_ = comparison.left_name;
    right_name_ = comparison.right_name;
    const auto result = analytics::match_trades(*lefts, *rights, {}, to_string(kind));
    if (!result.ok()) {
      return;
    }
    for (const analytics::Match& match : result->matches) {
      const std::string why = fmt::format("{} ({})", analytics::to_string(match.rule),
                                          analytics::explain(match, left_name_, right_name_));
      for (const std::size_t i : match.left) {
        left_[(*lefts)[i].id] = {ids_of(*rights, match.right), why};
      }
      for (const std::size_t i : match.right) {
        right_[(*rights)[i].id] = {ids_of(*lefts, match.left), why};
      }
    }
    for (const analytics::Leftover& leftover : result->left) {
      left_[(*lefts)[leftover.index].id] = {{}, leftover.reason};
    }
    for (const analytics::Leftover& leftover : result->right) {
      right_[(*rights)[leftover.index].id] = {{}, leftover.reason};
    }
  }

  /// One sentence, or "" for a row that matching does not know.
  std::string of(const RowIds& ids) const {
    const bool on_left = !ids.left.empty();
    const Pairings& own = on_left ? left_ : right_;
    const auto found = own.find(on_left ? ids.left : ids.right);
    if (found == own.end()) {
      return "";
    }
    const Pairing& pairing = found->second;
    if (pairing.others.empty()) {
      return "not matched: " + pairing.why;
    }
    const bool is_this_row =
        on_left && pairing.others.size() == 1 && pairing.others.front() == ids.right;
    return is_this_row ? "matched as " + pairing.why
                       : fmt::format("matched with {} of {} as {}", fmt::join(pairing.others, ", "),
                                     on_left ? right_name_ : left_name_, pairing.why);
  }

 private:
  std::string left_name_, right_name_;
  Pairings left_, right_;
};

/// The first divergence is a finding of its own: it says what its row says.
void copy_note(const Comparison& comparison, Finding& first) {
  const auto same = std::ranges::find_if(comparison.findings, [&](const Finding& finding) {
    return finding.layer == first.layer && break_id(finding) == break_id(first);
  });
  if (same != comparison.findings.end()) {
    first.note = same->note;
  }
}

/// "12" of "order_id=12"; "" of any other key.
std::string id_in_key(const Finding& finding, const std::string& name) {
  return finding.key.starts_with(name + "=") ? finding.key.substr(name.size() + 1) : "";
}

using RowKey = std::pair<Timestamp, std::string>;

/// Rows whose ids are shifted are named by asset and place: their ids stand in the finding of the
/// id itself.
std::map<RowKey, RowIds> shifted_rows(const Comparison& comparison, Layer layer,
                                      const std::string& name) {
  std::map<RowKey, RowIds> rows;
  for (const Finding& finding : comparison.findings) {
    if (finding.layer == layer && finding.column == name && finding.kind == BreakKind::kValue) {
      rows[{finding.bar, finding.key}] = {finding.left, finding.right};
    }
  }
  return rows;
}

RowIds ids_of_row(const Finding& finding, const std::string& name,
                  const std::map<RowKey, RowIds>& shifted) {
  if (const std::string id = id_in_key(finding, name); !id.empty()) {
    return {finding.kind == BreakKind::kMissingLeft ? "" : id,
            finding.kind == BreakKind::kMissingRight ? "" : id};
  }
  const auto row = shifted.find({finding.bar, finding.key});
  return row == shifted.end() ? RowIds{} : row->second;
}

}  // namespace

void add_pairing_notes(const runlog::RunSource& left, const runlog::RunSource& right,
                       Comparison& comparison) {
  const std::tuple<Layer, TradeKind, const char*> kinds[] = {
      {Layer::kOrders, TradeKind::kOrders, "order_id"},
      {Layer::kFills, TradeKind::kFills, "fill_id"}};
  for (const auto& [layer, kind, name] : kinds) {
    const Layer own = layer;
    const auto is_of_layer = [own](const Finding& finding) {
      return finding.layer == own && !finding.remark;
    };
    if (std::ranges::none_of(comparison.findings, is_of_layer)) {
      continue;
    }
    Notes notes;
    notes.match(left, right, kind, comparison);
    const auto shifted = shifted_rows(comparison, layer, name);
    for (Finding& finding : comparison.findings) {
      if (!is_of_layer(finding)) {
        continue;
      }
      const std::string text = notes.of(ids_of_row(finding, name, shifted));
      if (!text.empty()) {
        finding.note += (finding.note.empty() ? "" : "; ") + text;
      }
    }
  }
  if (comparison.first) {
    copy_note(comparison, comparison.first->finding);
    if (comparison.first->reached) {
      copy_note(comparison, *comparison.first->reached);
    }
  }
}

}  // namespace tieout::recon
