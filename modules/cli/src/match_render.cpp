#include "match_render.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/csv.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::cli {
namespace {

using analytics::DriftStatistics;
using analytics::Leftover;
using analytics::Match;
using analytics::MatchRule;
using analytics::Trade;
using Json = nlohmann::ordered_json;

/// A NaN is null: JSON has no other word for what is not known.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

std::string percent(double ratio) {
  return std::isnan(ratio) ? "-" : fmt::format("{:.2f} %", 100 * ratio);
}

std::string_view side_of(const Trade& trade) {
  return trade.quantity < 0 ? "sell" : "buy";
}

/// What people call a trade: its id, or its place in the list.
std::string name_of(const std::vector<Trade>& trades, std::size_t index) {
  return trades[index].id.empty() ? fmt::format("#{}", index + 1) : trades[index].id;
}

std::string names_of(const std::vector<Trade>& trades, const std::vector<std::size_t>& indices) {
  std::string text;
  for (const std::size_t index : indices) {
    text += (text.empty() ? "" : " ") + name_of(trades, index);
  }
  return text;
}

Json ids_json(const std::vector<Trade>& trades, const std::vector<std::size_t>& indices) {
  Json ids = Json::array();
  for (const std::size_t index : indices) {
    ids.push_back(name_of(trades, index));
  }
  return ids;
}

Json side_json(const analytics::SideSummary& side) {
  return {{"count", side.count},
          {"matched", side.matched},
          {"status_known", side.status_known},
          {"cancelled", side.cancelled},
          {"rejected", side.rejected},
          {"expired", side.expired}};
}

Json drift_json(const DriftStatistics& drift) {
  return {{"count", drift.count},
          {"mean", number(drift.mean)},
          {"p50", number(drift.p50)},
          {"p95", number(drift.p95)},
          {"max", number(drift.max)}};
}

Json match_json(const MatchedLists& lists, const Match& match) {
  const Trade& first = lists.left[match.left.front()];
  return {{"rule", analytics::to_string(match.rule)},
          {"asset_id", first.asset.value},
          {"side", side_of(first)},
          {"left", ids_json(lists.left, match.left)},
          {"right", ids_json(lists.right, match.right)},
          {"left_time", to_iso(first.time)},
          {"right_time", to_iso(lists.right[match.right.front()].time)},
          {"left_quantity", number(match.left_quantity)},
          {"right_quantity", number(match.right_quantity)},
          {"quantity_difference", number(match.quantity_difference)},
          {"time_drift_s", to_seconds(match.time_drift)},
          {"end_drift_s", to_seconds(match.end_drift)},
          {"price_drift", number(match.price_drift)},
          {"price_bps", number(match.price_bps)},
          {"price_ticks", number(match.price_ticks)},
          {"within", match.within},
          {"why", analytics::explain(match, "left", "right")}};
}

Json leftovers_json(const std::vector<Trade>& trades, const std::vector<Leftover>& leftovers) {
  Json rows = Json::array();
  for (const Leftover& leftover : leftovers) {
    const Trade& trade = trades[leftover.index];
    rows.push_back({{"id", name_of(trades, leftover.index)},
                    {"asset_id", trade.asset.value},
                    {"side", side_of(trade)},
                    {"time", to_iso(trade.time)},
                    {"quantity", number(std::abs(trade.quantity))},
                    {"price", number(trade.price)},
                    {"why", leftover.reason}});
  }
  return rows;
}

std::string drift_line(std::string_view name, const DriftStatistics& drift, double unit) {
  if (drift.count == 0) {
    return fmt::format("  {:<22} not known of any pairing\n", name);
  }
  return fmt::format("  {:<22} {:>12.6g} {:>12.6g} {:>12.6g} {:>12.6g}  {:>9}\n", name,
                     unit * drift.mean, unit * drift.p50, unit * drift.p95, unit * drift.max,
                     drift.count);
}

std::string leftover_lines(std::string_view side, const std::vector<Trade>& trades,
                           const std::vector<Leftover>& leftovers) {
  constexpr std::size_t kShown = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(leftovers.size(), kShown); ++i) {
    const Trade& trade = trades[leftovers[i].index];
    text += fmt::format("only {}: {}  {}  asset {} {} {}: {}\n", side,
                        name_of(trades, leftovers[i].index), to_iso(trade.time), trade.asset.value,
                        side_of(trade), std::abs(trade.quantity), leftovers[i].reason);
  }
  if (leftovers.size() > kShown) {
    text += fmt::format("only {}: and {} more\n", side, leftovers.size() - kShown);
  }
  return text;
}

std::string beyond_lines(const MatchedLists& lists) {
  constexpr std::size_t kShown = 20;
  std::string text;
  std::size_t shown = 0;
  for (const Match& match : lists.result.matches) {
    if (match.within || shown == kShown) {
      continue;
    }
    ++shown;
    const Trade& first = lists.left[match.left.front()];
    text += fmt::format(
        "beyond tolerance: {} | {}  {}  asset {} {}, {}: quantity {:+}, time {:+} s, price {:+.6g} "
        "bps ({})\n",
        names_of(lists.left, match.left), names_of(lists.right, match.right), to_iso(first.time),
        first.asset.value, side_of(first), analytics::to_string(match.rule),
        match.quantity_difference, to_seconds(match.time_drift), match.price_bps,
        analytics::explain(match, "left", "right"));
  }
  if (lists.summary.beyond_tolerance > shown) {
    text += fmt::format("beyond tolerance: and {} more\n", lists.summary.beyond_tolerance - shown);
  }
  return text;
}

/// "prices -3.20 + quantities 0.50 + ..." in cents; what is 0 is left out.
std::string gap_lines(const recon::PnlGap& gap) {
  constexpr std::size_t kShown = 20;
  const auto line = [](std::string_view name, const analytics::GapSplit& split) {
    std::string text = fmt::format("  {:<14} {:>14.2f} {:>14.2f} {:>12.2f} =", name, split.left_pnl,
                                   split.right_pnl, split.gap);
    for (std::size_t part = 0; part < analytics::kGapPartCount; ++part) {
      if (std::abs(split.parts[part]) >= 0.005) {
        text +=
            fmt::format(" {} {:+.2f}", analytics::to_string(static_cast<analytics::GapPart>(part)),
                        split.parts[part]);
      }
    }
    return (text.back() == '=' ? text + " 0" : text) + "\n";
  };
  std::string text = fmt::format(
      "PnL of both runs after costs, {} to {}: gap = left - right, by what was matched\n",
      to_iso(gap.first_bar), to_iso(gap.last_bar));
  text += fmt::format("  {:<14} {:>14} {:>14} {:>12}\n", "", "left", "right", "gap");
  text += line("all", gap.split.total);
  std::vector<const analytics::GapSplit*> assets;
  for (const analytics::GapSplit& split : gap.split.assets) {
    if (std::abs(split.gap) >= 0.005) {
      assets.push_back(&split);
    }
  }
  std::ranges::stable_sort(assets, std::greater<>(),
                           [](const auto* split) { return std::abs(split->gap); });
  for (std::size_t i = 0; i < std::min(assets.size(), kShown); ++i) {
    text += line(std::to_string(assets[i]->asset.value), *assets[i]);
  }
  return text;
}

Json split_json(const analytics::GapSplit& split) {
  Json parts;
  for (std::size_t part = 0; part < analytics::kGapPartCount; ++part) {
    parts[std::string(analytics::to_string(static_cast<analytics::GapPart>(part)))] =
        number(split.parts[part]);
  }
  return {{"left_pnl", number(split.left_pnl)},
          {"right_pnl", number(split.right_pnl)},
          {"gap", number(split.gap)},
          {"gross", number(split.gross)},
          {"parts", std::move(parts)}};
}

Json gap_json(const recon::PnlGap& gap) {
  Json json = split_json(gap.split.total);
  json["first_bar"] = to_iso(gap.first_bar);
  json["last_bar"] = to_iso(gap.last_bar);
  json["assets"] = Json::array();
  for (const analytics::GapSplit& split : gap.split.assets) {
    Json own = split_json(split);
    own["asset_id"] = split.asset.value;
    json["assets"].push_back(std::move(own));
  }
  return json;
}

std::string status_line(std::string_view side, const analytics::SideSummary& s) {
  if (s.status_known == 0) {
    return "";
  }
  const auto rate = [&](std::size_t part) {
    return percent(static_cast<double>(part) / static_cast<double>(s.status_known));
  };
  return fmt::format("{}: {} of known status, cancelled {}, rejected {}, expired {}\n", side,
                     s.status_known, rate(s.cancelled), rate(s.rejected), rate(s.expired));
}

}  // namespace

std::string render_matching(const MatchedLists& lists) {
  const analytics::MatchSummary& s = lists.summary;
  const std::string_view noun = recon::to_string(lists.kind);
  std::string text = fmt::format(
      "left  {}: {} {}s, {} paired, {} only here\nright {}: {} {}s, {} paired, {} only here\n"
      "match rate {} ({}), precision {}, recall {}\n"
      "{} pairings: 1:1 {}, 1:n {}, n:1 {}, n:m {}; {} beyond tolerance\nby rule:",
      lists.left_name, s.left.count, noun, s.left.matched, lists.result.left.size(),
      lists.right_name, s.right.count, noun, s.right.matched, lists.result.right.size(),
      percent(s.match_rate), analytics::to_string(s.band), percent(s.precision), percent(s.recall),
      lists.result.matches.size(), s.one_to_one, s.one_to_many, s.many_to_one, s.many_to_many,
      s.beyond_tolerance);
  for (std::size_t rule = 0; rule < analytics::kMatchRuleCount; ++rule) {
    text +=
        fmt::format(" {} {}", analytics::to_string(static_cast<MatchRule>(rule)), s.by_rule[rule]);
  }
  text += fmt::format("\n  {:<22} {:>12} {:>12} {:>12} {:>12}  {:>9}\n", "drift, right - left",
                      "mean", "p50 |.|", "p95 |.|", "max |.|", "pairings");
  text += drift_line("time (s)", s.time_s, 1) + drift_line("end (s)", s.end_s, 1) +
          drift_line("price (bps, + worse)", s.price_bps, 1) +
          drift_line("quantity (%)", s.quantity_ratio, 100);
  text += status_line("left", s.left) + status_line("right", s.right);
  text += lists.gap ? gap_lines(*lists.gap) : "";
  text += beyond_lines(lists);
  text += leftover_lines("left", lists.left, lists.result.left);
  return text + leftover_lines("right", lists.right, lists.result.right);
}

std::string matching_json(const MatchedLists& lists) {
  const analytics::MatchSummary& s = lists.summary;
  Json rules;
  for (std::size_t rule = 0; rule < analytics::kMatchRuleCount; ++rule) {
    rules[std::string(analytics::to_string(static_cast<MatchRule>(rule)))] = s.by_rule[rule];
  }
  Json matches = Json::array();
  for (const Match& match : lists.result.matches) {
    matches.push_back(match_json(lists, match));
  }
  Json json{{"schema", "tieout.matching/1"},
            {"kind", recon::to_string(lists.kind)},
            {"left", lists.left_name},
            {"right", lists.right_name},
            {"summary",
             {{"left", side_json(s.left)},
              {"right", side_json(s.right)},
              {"match_rate", number(s.match_rate)},
              {"band", analytics::to_string(s.band)},
              {"precision", number(s.precision)},
              {"recall", number(s.recall)},
              {"one_to_one", s.one_to_one},
              {"one_to_many", s.one_to_many},
              {"many_to_one", s.many_to_one},
              {"many_to_many", s.many_to_many},
              {"beyond_tolerance", s.beyond_tolerance},
              {"by_rule", rules},
              {"time_s", drift_json(s.time_s)},
              {"end_s", drift_json(s.end_s)},
              {"price_bps", drift_json(s.price_bps)},
              {"quantity_ratio", drift_json(s.quantity_ratio)}}},
            {"matches", matches},
            {"only_left", leftovers_json(lists.left, lists.result.left)},
            {"only_right", leftovers_json(lists.right, lists.result.right)}};
  if (lists.gap) {
    json["pnl_gap"] = gap_json(*lists.gap);
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string matching_csv(const MatchedLists& lists) {
  std::string text =
      "what,rule,asset_id,side,left,right,left_time,right_time,left_quantity,right_quantity,"
      "quantity_difference,time_drift_s,end_drift_s,price_drift,price_bps,price_ticks,within,why\n";
  for (const Match& match : lists.result.matches) {
    const Trade& first = lists.left[match.left.front()];
    text += fmt::format(
        "match,{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
        analytics::to_string(match.rule), first.asset.value, side_of(first),
        csv_field(names_of(lists.left, match.left)), csv_field(names_of(lists.right, match.right)),
        to_iso(first.time), to_iso(lists.right[match.right.front()].time),
        format_double(match.left_quantity), format_double(match.right_quantity),
        format_double(match.quantity_difference), format_double(to_seconds(match.time_drift)),
        format_double(to_seconds(match.end_drift)), format_double(match.price_drift),
        format_double(match.price_bps), format_double(match.price_ticks),
        match.within ? "True" : "False", csv_field(analytics::explain(match, "left", "right")));
  }
  const auto add = [&](bool on_left) {
    const std::vector<Trade>& trades = on_left ? lists.left : lists.right;
    for (const Leftover& leftover : on_left ? lists.result.left : lists.result.right) {
      const Trade& trade = trades[leftover.index];
      const std::string id = csv_field(name_of(trades, leftover.index));
      const std::string time = to_iso(trade.time);
      const std::string quantity = format_double(std::abs(trade.quantity));
      text +=
          fmt::format("only_{},,{},{},{},{},{},{},{},{},,,,,,,,{}\n", on_left ? "left" : "right",
                      trade.asset.value, side_of(trade), on_left ? id : "", on_left ? "" : id,
                      on_left ? time : "", on_left ? "" : time, on_left ? quantity : "",
                      on_left ? "" : quantity, csv_field(leftover.reason));
    }
  };
  add(true);
  add(false);
  return text;
}

}  // namespace tieout::cli
