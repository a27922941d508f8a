#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/analytics/books.hpp"
#include "tieout/analytics/execution_quality.hpp"
#include "tieout/analytics/execution_series.hpp"
#include "tieout/analytics/fill_metrics.hpp"
#include "tieout/analytics/implementation_shortfall.hpp"
#include "tieout/analytics/quote_quality.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/recon/broker_books.hpp"
#include "tieout/recon/trading_frames.hpp"
#include "tieout/reference/log_reader.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

using nlohmann::ordered_json;

/// A number of JSON: null where it is missing.
ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

std::string text_of(double value, int decimals) {
  return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, decimals);
}

std::string symbol_of(const runlog::RunSource& run, AssetId asset) {
  for (const Asset& known : run.manifest().universe) {
    if (known.id == asset) {
      return known.full_symbol;
    }
  }
  return fmt::format("id::{}", asset.value);
}

/// A frame as CSV: columns "field|asset".
std::string csv_of(const Panel& panel) {
  std::string text = "timestamp";
  for (const ColumnKey& key : panel.columns()) {
    text += "," + key.field;
    text += key.asset == kNoAsset ? "" : fmt::format("|{}", key.asset.value);
  }
  text += '\n';
  for (std::size_t r = 0; r < panel.row_count(); ++r) {
    text += to_iso(panel.index()[r]);
    for (std::size_t c = 0; c < panel.column_count(); ++c) {
      const double value = panel.at(r, c);
      text += ',';
      text += std::isnan(value) ? "" : format_double(value);
    }
    text += '\n';
  }
  return text;
}

/// One line of the table of totals.
struct Line {
  std::string name;
  analytics::ExecutionTotals totals;
};

ordered_json json_of(const Line& line) {
  const analytics::ExecutionTotals& t = line.totals;
  return {{"name", line.name},
          {"trades", t.trades},
          {"volume", number(t.volume)},
          {"fill_rate", number(t.fill_rate)},
          {"slippage", number(t.slippage)},
          {"slippage_bps", number(t.slippage_bps)},
          {"underfill_cost", number(t.underfill_cost)},
          {"underfill_cost_bps", number(t.underfill_cost_bps)},
          {"net_cost", number(t.net_cost)},
          {"net_cost_bps", number(t.net_cost_bps)}};
}

std::string table_of(const std::vector<Line>& lines, const std::string& head) {
  std::size_t width = head.size();
  for (const Line& line : lines) {
    width = std::max(width, line.name.size());
  }
  std::string text = fmt::format("{:<{}} {:>7} {:>16} {:>9} {:>14} {:>10} {:>14} {:>10} {:>10}\n",
                                 head, width, "trades", "volume $", "fill rate", "slippage $",
                                 "bps", "underfill $", "bps", "net bps");
  for (const Line& line : lines) {
    const analytics::ExecutionTotals& t = line.totals;
    text += fmt::format("{:<{}} {:>7} {:>16} {:>9} {:>14} {:>10} {:>14} {:>10} {:>10}\n", line.name,
                        width, t.trades, text_of(t.volume, 2), text_of(t.fill_rate, 4),
                        text_of(t.slippage, 4), text_of(t.slippage_bps, 3),
                        text_of(t.underfill_cost, 4), text_of(t.underfill_cost_bps, 3),
                        text_of(t.net_cost_bps, 3));
  }
  return text;
}

class ExecutionQualityCommand final : public Command {
 public:
  std::string_view name() const noexcept override { return "execution_quality"; }
  std::string_view summary() const noexcept override {
    return "Say how a run's decisions were executed: fills, slippage, shortfall, fees, PnL "
           "identity";
  }
  std::vector<Flag> flags() override {
    return {
        {"RUN", &run_, "system_log_dir of a run", Need::kRequired},
        {"--trades", &trades_file_, "Trades of the venue instead of the log's fills (CSV or JSON)",
         Need::kOptional, "FILE"},
        {"--by",
         &by_,
         "What a line of the table is",
         Need::kOptional,
         "WHAT",
         {"total", "asset", "bar"}},
        {"--json", &json_, "Print JSON"},
        {"--dst_dir", &dst_, "Also write every frame there as CSV", Need::kOptional, "DIR"},
    };
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(const auto run, reference::open_run(run_, std::make_shared<StringPool>()));
    TIEOUT_TRY(const recon::TradingFrames frames, recon::read_trading_frames(*run));
    if (frames.portfolio.row_count() == 0 || frames.target_positions.row_count() == 0) {
      return Error{ErrorCode::kIncompleteEvidence,
                   fmt::format("execution_quality: '{}' has no portfolio or no target positions, "
                               "needed both",
                               run_)};
    }
    TIEOUT_TRY(const auto quality,
               analytics::compute_execution_quality(frames.portfolio, frames.target_positions));
    TIEOUT_TRY(const Panel shortfall, analytics::implementation_shortfall(
                                          frames.portfolio, frames.target_positions, nullptr));
    TIEOUT_TRY(const Panel identity, analytics::pnl_identity(frames.portfolio));
    TIEOUT_TRY(auto executions, recon::trades_of_fills(frames.fills));
    std::vector<std::string> notes;
    if (!trades_file_.empty()) {
      TIEOUT_TRY(recon::TradesFile file,
                 recon::read_trades_file(trades_file_, run->manifest().universe));
      executions = std::move(file.trades);
      notes = std::move(file.notes);
    }
    const auto shortfall_parts = analytics::sum_shortfall(shortfall);
    const auto pnl = analytics::sum_pnl_identity(identity, frames.portfolio);
    const auto fees = analytics::summarize_fees(executions, analytics::FeeGroup::kSide);
    const auto roles = analytics::summarize_fees(executions, analytics::FeeGroup::kLiquidity);
    const std::vector<Line> lines = lines_of(*run, quality);
    if (!dst_.empty()) {
      TIEOUT_CHECK(write_frames(quality, shortfall, identity));
    }
    session.out << (json_ ? json_text(lines, shortfall_parts, pnl, fees, roles, notes)
                          : plain_text(lines, shortfall_parts, pnl, fees, roles, notes));
    return 0;
  }

 private:
  std::vector<Line> lines_of(const runlog::RunSource& run,
                             const analytics::ExecutionQuality& quality) const {
    std::vector<Line> lines;
    if (by_ == "asset") {
      for (const std::size_t c : quality.traded.columns_of("executed_trades_notional")) {
        const AssetId asset = quality.traded.columns()[c].asset;
        lines.push_back({symbol_of(run, asset), analytics::execution_totals(quality, asset)});
      }
    } else if (by_ == "bar") {
      for (std::size_t r = 0; r < quality.by_asset.row_count(); ++r) {
        lines.push_back(
            {to_iso(quality.by_asset.index()[r]), analytics::execution_totals_of_row(quality, r)});
      }
    }
    lines.push_back({"total", analytics::execution_totals(quality)});
    return lines;
  }

  Status write_frames(const analytics::ExecutionQuality& quality, const Panel& shortfall,
                      const Panel& identity) const {
    TIEOUT_TRY(const std::filesystem::path dir, local_path("--dst_dir", dst_));
    TIEOUT_CHECK(tieout::create_directories(dir));
    TIEOUT_CHECK(write_file_atomic(dir / "execution_quality.csv", csv_of(quality.by_asset)));
    TIEOUT_CHECK(write_file_atomic(dir / "execution_quality_stats.csv", csv_of(quality.by_bar)));
    TIEOUT_CHECK(write_file_atomic(dir / "execution_series.csv",
                                   csv_of(analytics::execution_series(quality))));
    TIEOUT_CHECK(write_file_atomic(dir / "implementation_shortfall.csv", csv_of(shortfall)));
    return write_file_atomic(dir / "pnl_identity.csv", csv_of(identity));
  }

  static std::string plain_text(const std::vector<Line>& lines,
                                const analytics::ShortfallParts& shortfall,
                                const analytics::PnlParts& pnl,
                                const std::vector<analytics::FeeRow>& fees,
                                const std::vector<analytics::FeeRow>& roles,
                                const std::vector<std::string>& notes) {
    std::string text = table_of(lines, "what");
    text += fmt::format(
        "implementation shortfall: {:.4f} $ = delay {:.4f} + impact {:.4f} + fee {:.4f} + "
        "opportunity {:.4f} (largest residual {:.3g})\n",
        shortfall.shortfall, shortfall.delay, shortfall.impact, shortfall.fee,
        shortfall.opportunity, shortfall.largest_residual);
    text += fmt::format(
        "PnL identity: {:.4f} $ = holding {:.4f} + trading {:.4f} + unexplained {:.4f} (largest "
        "residual {:.3g}); fees {:.4f}, funding {:.4f}, net {:.4f}\n",
        pnl.pnl, pnl.holding, pnl.trading, pnl.unexplained, pnl.largest_residual, pnl.fees,
        pnl.funding, pnl.net);
    std::vector<analytics::FeeRow> rows = roles;
    rows.pop_back();  // "combined" stands with the sides
    rows.insert(rows.end(), fees.begin(), fees.end());
    for (const analytics::FeeRow& row : rows) {
      text += fmt::format("fills, {}: {}, {:.2f} $, fees {:.4f} $ ({} bps)\n", row.group,
                          row.fill_count, row.volume, row.fees, text_of(row.fees_bps, 3));
    }
    for (const std::string& note : notes) {
      text += "note: " + note + "\n";
    }
    return text;
  }

  static ordered_json json_of_fees(const std::vector<analytics::FeeRow>& rows) {
    ordered_json list = ordered_json::array();
    for (const analytics::FeeRow& row : rows) {
      list.push_back({{"group", row.group},
                      {"fill_count", row.fill_count},
                      {"traded_volume_dollars", number(row.volume)},
                      {"fill_fees_dollars", number(row.fees)},
                      {"fill_fees_bps", number(row.fees_bps)},
                      {"realized_pnl_dollars", number(row.realized_pnl)},
                      {"realized_pnl_bps", number(row.realized_pnl_bps)},
                      {"is_buy", row.buy_count},
                      {"is_maker", row.maker_count},
                      {"is_positive_realized_pnl", row.gain_count}});
    }
    return list;
  }

  static std::string json_text(const std::vector<Line>& lines,
                               const analytics::ShortfallParts& shortfall,
                               const analytics::PnlParts& pnl,
                               const std::vector<analytics::FeeRow>& fees,
                               const std::vector<analytics::FeeRow>& roles,
                               const std::vector<std::string>& notes) {
    ordered_json json;
    json["execution"] = ordered_json::array();
    for (const Line& line : lines) {
      json["execution"].push_back(json_of(line));
    }
    json["implementation_shortfall"] = {{"shortfall", number(shortfall.shortfall)},
                                        {"delay", number(shortfall.delay)},
                                        {"impact", number(shortfall.impact)},
                                        {"fee", number(shortfall.fee)},
                                        {"opportunity", number(shortfall.opportunity)},
                                        {"largest_residual", number(shortfall.largest_residual)}};
    json["pnl_identity"] = {
        {"pnl", number(pnl.pnl)},         {"holding", number(pnl.holding)},
        {"trading", number(pnl.trading)}, {"unexplained", number(pnl.unexplained)},
        {"fees", number(pnl.fees)},       {"funding", number(pnl.funding)},
        {"net_pnl", number(pnl.net)},     {"largest_residual", number(pnl.largest_residual)}};
    json["fees_by_side"] = json_of_fees(fees);
    json["fees_by_liquidity"] = json_of_fees(roles);
    json["notes"] = notes;
    return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  }

  std::string run_, trades_file_, by_ = "total", dst_;
  bool json_ = false;
};

class RebuildBooks final : public Command {
 public:
  std::string_view name() const noexcept override { return "rebuild_books"; }
  std::string_view summary() const noexcept override {
    return "Rebuild a run's books from its fills, or a venue's trades, and compare them";
  }
  std::vector<Flag> flags() override {
    return {
        {"RUN", &run_, "system_log_dir of a run", Need::kRequired},
        {"--trades", &trades_, "Trades of the venue instead of the log's fills (CSV or JSON)",
         Need::kOptional, "FILE"},
        {"--positions", &positions_, "Positions at the venue after the last bar (CSV or JSON)",
         Need::kOptional, "FILE"},
    };
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(const auto run, reference::open_run(run_, std::make_shared<StringPool>()));
    recon::BrokerInputs inputs;
    std::vector<std::string> notes;
    if (!trades_.empty()) {
      TIEOUT_TRY(recon::TradesFile file,
                 recon::read_trades_file(trades_, run->manifest().universe));
      inputs.trades = std::move(file.trades);
      notes = std::move(file.notes);
    }
    if (!positions_.empty()) {
      TIEOUT_TRY(inputs.positions,
                 recon::read_positions_file(positions_, run->manifest().universe));
    }
    TIEOUT_TRY(const recon::BooksRebuild result, recon::rebuild_run_books(*run, inputs));
    notes.insert(notes.end(), result.notes.begin(), result.notes.end());
    session.out << text_of_rebuild(*run, result);
    for (const std::string& note : notes) {
      session.out << "note: " << note << '\n';
    }
    return result.equal() ? 0 : 1;
  }

 private:
  static std::string text_of_comparison(const runlog::RunSource& run, const std::string& what,
                                        const analytics::BookComparison& comparison,
                                        const std::string& rule) {
    std::string text = fmt::format("{}: {} cells compared {}, {} different\n", what,
                                   comparison.cells, rule, comparison.different);
    if (const auto& first = comparison.first) {
      text += fmt::format("first: bar {} {} {}: logged {}, rebuilt {}\n", to_iso(first->bar),
                          symbol_of(run, first->asset), first->field, format_double(first->logged),
                          format_double(first->rebuilt));
    }
    return text;
  }

  static std::string text_of_rebuild(const runlog::RunSource& run,
                                     const recon::BooksRebuild& result) {
    std::string text = fmt::format("{}: {} trades\n", result.source, result.trades);
    text += text_of_comparison(run, "books", result.books,
                               result.tolerance == 0 ? "to the bit" : "within 1e-9");
    if (result.targets.cells > 0) {
      text += text_of_comparison(run, "targets of the orders", result.targets, "within 1e-9");
    }
    if (result.positions > 0) {
      text += fmt::format("positions: {} compared, {} different\n", result.positions,
                          result.position_differences.size());
    }
    for (const recon::PositionDifference& difference : result.position_differences) {
      text += fmt::format("position: {}: logged {}, venue {}\n", symbol_of(run, difference.asset),
                          format_double(difference.logged), format_double(difference.venue));
    }
    for (const std::string& problem : result.problems) {
      text += "problem: " + problem + "\n";
    }
    text += fmt::format(
        "PnL identity: {:.4f} $ = holding {:.4f} + trading {:.4f} + unexplained {:.4f}, largest "
        "residual {:.3g}\n",
        result.pnl.pnl, result.pnl.holding, result.pnl.trading, result.pnl.unexplained,
        result.pnl.largest_residual);
    return text + (result.equal() ? "EQUAL\n" : "DIFFERENT\n");
  }

  std::string run_, trades_, positions_;
};

}  // namespace

std::unique_ptr<Command> make_execution_quality() {
  return std::make_unique<ExecutionQualityCommand>();
}
std::unique_ptr<Command> make_rebuild_books() {
  return std::make_unique<RebuildBooks>();
}

}  // namespace tieout::cli
