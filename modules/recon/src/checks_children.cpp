#include "checks_children.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tieout/recon/child_orders.hpp"

#include "check_log.hpp"

namespace tieout::recon {
namespace {

using runlog::RunSource;
using runlog::TableKind;

template <typename T>
const std::vector<T>& column_of(const std::optional<Table>& table, std::string_view name) {
  static const std::vector<T> kNone;
  const TypedColumn* column = table ? table->find(name) : nullptr;
  const auto* values = column == nullptr ? nullptr : std::get_if<std::vector<T>>(&column->values);
  return values == nullptr ? kNone : *values;
}

/// What a parent order should have: a row for each wave, one after the other.
struct Parent {
  Timestamp bar;  // that ordered it
  Timestamp end;
  AssetId asset;
  std::vector<std::int64_t> waves;
};

class ChildrenChecker {
 public:
  ChildrenChecker(const RunSource& run, const std::string& name, CheckReport& out)
      : run_(run), waves_(out, "C306", name) {}

  Status check() {
    const auto& more = run_.manifest().more_tables;
    if (std::ranges::count(more, TableKind::kChildOrders) == 0) {
      waves_.skip("the run makes no child orders");
      return {};
    }
    for (std::size_t b = 0; b < run_.bars().size(); ++b) {
      // The waves of a bar's orders are in the tables of later bars.
      TIEOUT_TRY(const std::optional<Table> children, run_.table(TableKind::kChildOrders, b));
      look_at_children(run_.bars()[b].bar, children);
      TIEOUT_TRY(const std::optional<Table> orders, run_.table(TableKind::kOrders, b));
      add_parents(run_.bars()[b].bar, orders);
    }
    for (auto& parent : parents_) {
      finish(parent.first, parent.second);
    }
    waves_.skip("no order of the log came to its end");
    return {};
  }

 private:
  void violate(Timestamp bar, AssetId asset, std::string found, std::string needed,
               std::string note) {
    waves_.violate({.bar = bar,
                    .part = "child_orders",
                    .column = "wave_id",
                    .asset = asset,
                    .found = std::move(found),
                    .needed = std::move(needed),
                    .note = std::move(note)});
  }

  void add_parents(Timestamp bar, const std::optional<Table>& orders) {
    const auto& ids = column_of<std::int64_t>(orders, "order_id");
    const auto& ends = column_of<Timestamp>(orders, "end_timestamp");
    const auto& assets = column_of<std::int64_t>(orders, "asset_id");
    for (std::size_t i = 0; i < std::min({ids.size(), ends.size(), assets.size()}); ++i) {
      parents_[ids[i]] = {bar, ends[i], AssetId{assets[i]}, {}};
    }
  }

  void look_at_children(Timestamp bar, const std::optional<Table>& children) {
    const auto& parents = column_of<std::int64_t>(children, "oms_parent_order_id");
    const auto& waves = column_of<std::int64_t>(children, "wave_id");
    const auto& assets = column_of<std::int64_t>(children, "asset_id");
    const auto& status = column_of<std::string>(children, "status");
    const auto& messages = column_of<std::string>(children, "error_msg");
    const std::size_t rows =
        std::min({parents.size(), waves.size(), assets.size(), status.size(), messages.size()});
    for (std::size_t i = 0; i < rows; ++i) {
      waves_.look();
      const AssetId asset{assets[i]};
      const auto parent = parents_.find(parents[i]);
      if (parent == parents_.end()) {
        violate(
            bar, asset, std::to_string(parents[i]), "an order of the run",
            fmt::format("a child order is of order {}, which the run did not make", parents[i]));
        continue;
      }
      parent->second.waves.push_back(waves[i]);
      if (status[i] == "skipped") {
        violate(
            bar, asset, "skipped", "a child order",
            fmt::format("wave {} of order {} was skipped: {}", waves[i], parents[i], messages[i]));
      }
      if (status[i] == "rejected" && messages[i].empty()) {
        violate(bar, asset, "no message", "why it was rejected",
                fmt::format("wave {} of order {} was rejected without a message", waves[i],
                            parents[i]));
      }
    }
  }

  void finish(std::int64_t id, Parent& parent) {
    if (parent.end > run_.bars().back().bar) {
      return;  // Its waves are told at a bar that the run does not have.
    }
    waves_.look();
    std::ranges::sort(parent.waves);
    if (parent.waves.empty()) {
      violate(parent.bar, parent.asset, "none", "child orders",
              fmt::format("order {} has no child orders", id));
    }
    for (std::size_t i = 0; i < parent.waves.size(); ++i) {
      const std::int64_t needed = static_cast<std::int64_t>(i);
      if (parent.waves[i] != needed) {
        violate(parent.bar, parent.asset, fmt::format("wave {}", parent.waves[i]),
                fmt::format("wave {}", needed),
                fmt::format("the waves of order {} do not follow one another", id));
        return;
      }
    }
  }

  const RunSource& run_;
  CheckLog waves_;
  std::map<std::int64_t, Parent> parents_;
};

/// C317: the fills that were booked for each parent are what its child orders executed.
Status check_roll_up(const RunSource& run, const std::string& name, CheckReport& out) {
  CheckLog log(out, "C317", name);
  TIEOUT_TRY(const std::optional<ChildOrders> children, read_child_orders(run));
  if (!children) {
    log.skip("the run makes no child orders");
    return {};
  }
  TIEOUT_TRY(const std::vector<analytics::Execution> fills, read_fills(run));
  if (fills.empty() && !run.has_journal()) {
    log.skip("the log records no fills");
    return {};
  }
  TIEOUT_TRY(const RollUp rolled, roll_up_children(*children, fills));
  log.look(rolled.parents);
  log.skip("no child order was filled");
  for (const RollUpDifference& difference : rolled.differences) {
    log.violate({.bar = difference.time,
                 .part = "child_orders",
                 .column = difference.field,
                 .asset = difference.asset,
                 .found = difference.rolled_up,
                 .needed = difference.logged,
                 .note = fmt::format("the child orders of order {} add up to another {}",
                                     difference.parent_id, difference.field)});
  }
  return {};
}

}  // namespace

Status check_children(const RunSource& run, const std::string& name, CheckReport& out) {
  TIEOUT_CHECK(ChildrenChecker(run, name, out).check());
  return check_roll_up(run, name, out);
}

}  // namespace tieout::recon
