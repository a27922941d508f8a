#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tieout/core/as_of.hpp"
#include "tieout/core/result.hpp"
#include "tieout/marketdata/bar.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::flow {

/// One version of a row of market data that a bar is made of, and who knew it.
struct KnownRow {
  marketdata::BarVersion version;
  std::size_t number = 0;            // of its versions, from 1 by knowledge
  bool left = false, right = false;  // visible when that side decided the bar
};

/// The rows of market data in a period of a bar's length, and who knew which version when the bar
/// was decided.
struct KnownRows {
  std::vector<KnownRow> rows;  // by end, asset, knowledge
  /// When each side decided the bar: what it could know. Nothing for a nominal replay (it reads the
  /// last version of every row) and for a side without that bar.
  std::optional<AsOf> left, right;
  bool left_nominal = false, right_nominal = false;
};

/// Rule:    the rows that end in (until - period, until], `until` being the bar when not given: a
///          cell of an older row is made of older rows. Without an asset: those of all.
/// Errors: those of the journals.
Result<KnownRows> known_rows(const runlog::RunReader& left, const runlog::RunReader& right,
                             std::span<const marketdata::BarVersion> dump, Timestamp bar,
                             std::optional<AssetId> asset, std::optional<Timestamp> until = {});

/// What a side knew when it decided the bar; nothing when its journal has no such bar.
Result<std::optional<AsOf>> decision_of(const runlog::RunReader& run, Timestamp bar);

/// Whether a read as of `as_of` may give the version.
bool is_visible(const marketdata::BarVersion& version, const AsOf& as_of) noexcept;

}  // namespace tieout::flow
