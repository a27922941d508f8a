#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/table.hpp"
#include "tieout/recon/policy.hpp"

namespace tieout::cli {

inline constexpr std::array kColumnTypes{ColumnType::kFloat64, ColumnType::kInt64,
                                         ColumnType::kBool, ColumnType::kString,
                                         ColumnType::kTimestamp};

/// A cell, or all cells of a column, as far as it was given.
struct CellAddress {
  std::string node, column;
  AssetId asset = kNoAsset;
  std::string symbol;                      // empty when only the number is known
  std::optional<recon::Layer> layer = {};  // nothing: what the node's name says
  std::optional<Timestamp> bar = {};
  std::optional<ColumnType> type = {};
};

/// Set the asset from "", a number or a symbol. Errors: kInvalidArgument for what is neither.
Status set_asset(CellAddress& cell, const std::string& text);

/// Why a policy judges a cell as it does, in one layer.
struct Explanation {
  struct Passed {
    const recon::PolicyRule* rule;
    std::string why;  // it does not select the cell
  };
  recon::Layer layer = recon::Layer::kNodes;
  std::vector<Passed> before;                   // rules above the one that selects
  const recon::PolicyRule* rule = nullptr;      // the one that selects; null: none
  std::vector<const recon::PolicyRule*> later;  // that would have selected it too
  std::vector<const recon::Waiver*> waivers;    // that select it; the first counts
  recon::Increments increments;
  std::string trouble;  // why a comparison would refuse the rule for this cell; mostly ""
};

/// One for each layer that the cell may be in, so two for a node whose layer is not given.
std::vector<Explanation> explain_cell(const recon::Policy& policy, const CellAddress& cell);

std::string to_text(const recon::Policy& policy, const CellAddress& cell,
                    const std::vector<Explanation>& explanations);
std::string to_json(const recon::Policy& policy, const CellAddress& cell,
                    const std::vector<Explanation>& explanations);

/// "'paper' (1f2e3d4c5b6a)".
std::string label_of(const recon::Policy& policy);

/// "stage nodes, column vwap.*", or "anywhere".
std::string place_of(const recon::PolicyRule& rule);
std::string place_of(const recon::Waiver& waiver);

/// Something that is allowed in a policy but hardly meant.
struct PolicyWarning {
  std::size_t line = 0;  // 0: of the whole policy
  std::string text;
};
/// Rules that an earlier one leaves nothing, ticks and lots without any increment, and a policy
/// without a last rule for everything.
std::vector<PolicyWarning> warnings_of(const recon::Policy& policy);

}  // namespace tieout::cli
