#include "child_log.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/zone.hpp"

#include "child_order_files.hpp"

namespace tieout::reference {
namespace {

namespace fs = std::filesystem;

constexpr Zone kZone = Zone::kNewYork;

/// JSON files of a directory, sorted; none when it is not there.
Result<std::vector<fs::path>> list_json(const fs::path& dir) {
  std::vector<fs::path> out;
  std::error_code code;
  if (!fs::is_directory(dir, code)) {
    return out;
  }
  fs::directory_iterator entries(dir, code);
  for (; !code && entries != fs::directory_iterator(); entries.increment(code)) {
    if (entries->path().extension() == ".json") {
      out.push_back(entries->path());
    }
  }
  if (code) {
    return file_error("open_log", dir, code.value());
  }
  std::ranges::sort(out);
  return out;
}

Error corrupt(const fs::path& file, const Error& error) {
  return {ErrorCode::kCorruptEvidence,
          fmt::format("open_log: '{}': {}", file.string(), error.message)};
}

/// The instant that the bar of a name means; nothing for "None". Of the two of a repeated hour the
/// last that is not after the order.
Result<std::optional<Timestamp>> bar_of(const ChildFileName& name, std::optional<Timestamp> made) {
  if (name.bar == "None") {
    return std::optional<Timestamp>();
  }
  std::string stamp = name.bar.substr(0, 15);
  stamp[8] = '_';
  TIEOUT_TRY(Timestamp bar, parse_local_ts_name(stamp, kZone, AmbiguousLocal::kEarlier));
  const Timestamp later = bar + minutes(60);
  if (made && *made >= later && to_local_ts_name(later, kZone) == stamp) {
    bar = later;
  }
  return std::optional(bar);
}

Result<VenueOrders> read_venue(const ChildIndex& index) {
  VenueOrders venue;
  const auto read = [&venue](const std::vector<fs::path>& files, auto parse) -> Status {
    for (const fs::path& file : files) {
      TIEOUT_TRY(const std::string text, read_file(file));
      if (const Status parsed = parse(text, venue); !parsed.ok()) {
        return corrupt(file, parsed.error());
      }
    }
    return {};
  };
  TIEOUT_CHECK(read(index.fills, parse_venue_orders));
  TIEOUT_CHECK(read(index.trades, parse_venue_trades));
  return venue;
}

/// The rows of a table in the order of (creation, id).
Table sorted(const Table& table) {
  const auto& made = std::get<std::vector<Timestamp>>(table.find("creation_timestamp")->values);
  const auto& ids = std::get<std::vector<std::int64_t>>(table.find("order_id")->values);
  std::vector<std::size_t> order(ids.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::tuple(made[i], ids[i]); });
  Table out = table;
  for (TypedColumn& column : out.columns) {
    std::visit(
        [&](auto& values) {
          const auto before = values;
          for (std::size_t i = 0; i < order.size(); ++i) {
            values[i] = before[order[i]];
          }
        },
        column.values);
  }
  return out;
}

}  // namespace

Result<ChildIndex> index_children(const fs::path& decisions) {
  ChildIndex out;
  if (decisions.empty()) {
    return out;
  }
  TIEOUT_TRY(out.orders, list_json(decisions / "oms_child_orders"));
  TIEOUT_TRY(const auto skipped, list_json(decisions / "oms_child_orders_skipped"));
  out.orders.insert(out.orders.end(), skipped.begin(), skipped.end());
  std::vector<std::string> bad;
  for (const fs::path& file : out.orders) {
    if (!parse_child_file_name(file.filename().string())) {
      bad.push_back(file.filename().string());
    }
  }
  if (!bad.empty()) {
    constexpr std::size_t kNamed = 5;
    const auto named = static_cast<std::ptrdiff_t>(std::min(bad.size(), kNamed));
    return Error{ErrorCode::kCorruptEvidence,
                 fmt::format("open_log: C005: '{}' holds {} files whose names cannot be parsed, "
                             "needed {{asset}}_{{bar}}.{{wall}}.json: '{}'",
                             (decisions / "oms_child_orders").string(), bad.size(),
                             fmt::join(bad.begin(), bad.begin() + named, "', '"))};
  }
  TIEOUT_TRY(out.fills, list_json(decisions / "child_order_fills/ccxt_fills"));
  TIEOUT_TRY(out.trades, list_json(decisions / "child_order_fills/ccxt_trades"));
  return out;
}

Result<std::vector<Table>> read_children(const ChildIndex& index, std::span<const Timestamp> bars) {
  std::vector<Table> out(bars.size(), empty_child_orders());
  TIEOUT_TRY(const VenueOrders venue, read_venue(index));
  std::map<std::int64_t, fs::path> seen;
  for (const fs::path& file : index.orders) {
    TIEOUT_TRY(const std::string text, read_file(file));
    const Result<Table> order = parse_child_order(text, venue);
    if (!order.ok()) {
      return corrupt(file, order.error());
    }
    const Timestamp made =
        std::get<std::vector<Timestamp>>(order->find("creation_timestamp")->values).front();
    const auto id = std::get<std::vector<std::int64_t>>(order->find("order_id")->values).front();
    if (const auto [other, is_new] = seen.emplace(id, file); !is_new) {
      return Error{ErrorCode::kCorruptEvidence,
                   fmt::format("open_log: '{}' and '{}' are both of order {}",
                               other->second.string(), file.string(), id)};
    }
    const auto bar = bar_of(*parse_child_file_name(file.filename().string()), made);
    if (!bar.ok()) {
      return corrupt(file, bar.error());
    }
    const auto told = std::ranges::upper_bound(bars, bar->value_or(made));
    if (told != bars.end()) {
      out[static_cast<std::size_t>(told - bars.begin())].append(*order);
    }
  }
  for (Table& table : out) {
    table = sorted(table);
  }
  return out;
}

std::size_t count_after_last(const ChildIndex& index, Timestamp last_bar) {
  return static_cast<std::size_t>(std::ranges::count_if(index.orders, [&](const fs::path& file) {
    const auto bar = bar_of(*parse_child_file_name(file.filename().string()), std::nullopt);
    return bar.ok() && bar->has_value() && **bar >= last_bar;
  }));
}

}  // namespace tieout::reference
