#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/analytics/books.hpp"
#include "tieout/analytics/execution_quality.hpp"
#include "tieout/analytics/execution_series.hpp"
#include "tieout/analytics/fill_metrics.hpp"
#include "tieout/analytics/implementation_shortfall.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/recon/broker_books.hpp"
#include "tieout/recon/quotes_file.hpp"
#include "tieout/recon/trading_frames.hpp"
#include "tieout/reference/log_reader.hpp"

#include "child_render.hpp"
#include "commands.hpp"
#include "execution_render.hpp"
#include "quote_render.hpp"

namespace tieout::cli {
namespace {

using nlohmann::ordered_json;

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
          {"volume", json_number(t.volume)},
          {"fill_rate", json_number(t.fill_rate)},
          {"slippage", json_number(t.slippage)},
          {"slippage_bps", json_number(t.slippage_bps)},
          {"underfill_cost", json_number(t.underfill_cost)},
          {"underfill_cost_bps", json_number(t.underfill_cost_bps)},
          {"net_cost", json_number(t.net_cost)},
          {"net_cost_bps", json_number(t.net_cost_bps)}};
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
                        width, t.trades, number_text(t.volume, 2), number_text(t.fill_rate, 4),
                        number_text(t.slippage, 4), number_text(t.slippage_bps, 3),
                        number_text(t.underfill_cost, 4), number_text(t.underfill_cost_bps, 3),
                        number_text(t.net_cost_bps, 3));
  }
  return text;
}

/// What is printed of a run, but for its child orders.
struct Figures {
  std::vector<Line> lines;
  analytics::ShortfallParts shortfall;
  analytics::PnlParts pnl;
  std::vector<analytics::FeeRow> fees, roles, waves;  // by side, liquidity, wave of child orders
  std::vector<std::string> notes;
};

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
        {"--bid_ask", &bid_ask_,
         "Quotes of the market (CSV, csv.gz or Parquet): where limits lay, slippage against the "
         "mid, the delay part of the shortfall",
         Need::kOptional, "FILE"},
        {"--simulate_fills", &simulate_fills_,
         "Hold each limit order against the quotes of --bid_ask: would they have filled it"},
        {"--json", &json_, "Print JSON"},
        {"--dst_dir", &dst_, "Also write every frame there as CSV", Need::kOptional, "DIR"},
    };
  }
  Result<int> run(Session& session) override {
    if (simulate_fills_ && bid_ask_.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "execution_quality: --simulate_fills needs the quotes: give --bid_ask FILE"};
    }
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
    std::optional<recon::QuotesFile> quotes;
    std::optional<analytics::QuoteBook> book;
    std::optional<Panel> start_price;
    if (!bid_ask_.empty()) {
      TIEOUT_TRY(const std::filesystem::path file, local_path("--bid_ask", bid_ask_));
      TIEOUT_TRY(quotes, recon::read_quotes_file(file, run->manifest().universe));
      TIEOUT_TRY(book, analytics::QuoteBook::create(quotes->quotes, run->manifest().bar));
      TIEOUT_TRY(start_price, recon::start_prices(frames, *book));
    }
    TIEOUT_TRY(const Panel shortfall,
               analytics::implementation_shortfall(frames.portfolio, frames.target_positions,
                                                   start_price ? &*start_price : nullptr));
    TIEOUT_TRY(const Panel identity, analytics::pnl_identity(frames.portfolio));
    TIEOUT_TRY(auto executions, recon::trades_of_fills(frames.fills));
    std::vector<std::string> notes;
    if (!trades_file_.empty()) {
      TIEOUT_TRY(recon::TradesFile file,
                 recon::read_trades_file(trades_file_, run->manifest().universe));
      executions = std::move(file.trades);
      notes = std::move(file.notes);
    }
    TIEOUT_TRY(const auto children, child_execution(*run));
    Figures figures;
    figures.lines = lines_of(*run, quality);
    figures.shortfall = analytics::sum_shortfall(shortfall);
    figures.pnl = analytics::sum_pnl_identity(identity, frames.portfolio);
    figures.fees = analytics::summarize_fees(executions, analytics::FeeGroup::kSide);
    figures.roles = analytics::summarize_fees(executions, analytics::FeeGroup::kLiquidity);
    if (children) {
      figures.waves =
          analytics::summarize_fees(children->orders.executions, analytics::FeeGroup::kWave);
    }
    figures.notes = std::move(notes);
    std::optional<QuoteExecution> quoted;
    if (book) {
      figures.notes.insert(figures.notes.end(), quotes->notes.begin(), quotes->notes.end());
      // A venue's trades are of its own order ids; else what the orders of the log executed.
      TIEOUT_TRY(const auto parents, recon::placed_orders(frames));
      const bool by_child = children.has_value();
      const QuotedTrading trading{.orders = by_child ? children->orders.placed : parents,
                                  .executions = by_child && trades_file_.empty()
                                                    ? children->orders.executions
                                                    : executions};
      TIEOUT_TRY(quoted,
                 quote_execution(*run, *quotes, *book, trading,
                                 simulate_fills_ ? FillSimulation::kYes : FillSimulation::kNo));
    }
    if (!dst_.empty()) {
      TIEOUT_CHECK(write_frames(quality, shortfall, identity, children));
    }
    if (json_) {
      ordered_json json = json_of(figures);
      if (children) {
        json["child_orders"] = child_json(*children, *run);
      }
      if (quoted) {
        json["quotes"] = quote_json(*quoted, *run);
      }
      session.out << json.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
    } else {
      session.out << plain_text(figures)
                  << (children ? child_text(*children, *run, by_) : std::string())
                  << (quoted ? quote_text(*quoted, *run) : std::string());
    }
    const bool adds_up = !children || !children->roll_up || children->roll_up->differences.empty();
    return adds_up ? 0 : 1;
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
                      const Panel& identity, const std::optional<ChildExecution>& children) const {
    TIEOUT_TRY(const std::filesystem::path dir, local_path("--dst_dir", dst_));
    TIEOUT_CHECK(tieout::create_directories(dir));
    TIEOUT_CHECK(write_file_atomic(dir / "execution_quality.csv", csv_of(quality.by_asset)));
    TIEOUT_CHECK(write_file_atomic(dir / "execution_quality_stats.csv", csv_of(quality.by_bar)));
    TIEOUT_CHECK(write_file_atomic(dir / "execution_series.csv",
                                   csv_of(analytics::execution_series(quality))));
    TIEOUT_CHECK(write_file_atomic(dir / "implementation_shortfall.csv", csv_of(shortfall)));
    if (children) {
      for (const auto& [name, csv] : child_csv(*children)) {
        TIEOUT_CHECK(write_file_atomic(dir / name, csv));
      }
    }
    return write_file_atomic(dir / "pnl_identity.csv", csv_of(identity));
  }

  static std::string plain_text(const Figures& figures) {
    const analytics::ShortfallParts& shortfall = figures.shortfall;
    const analytics::PnlParts& pnl = figures.pnl;
    std::string text = table_of(figures.lines, "what");
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
    std::vector<analytics::FeeRow> rows = figures.roles;
    rows.pop_back();  // "combined" stands with the sides
    if (!figures.waves.empty()) {
      rows.insert(rows.end(), figures.waves.begin(), figures.waves.end() - 1);
    }
    rows.insert(rows.end(), figures.fees.begin(), figures.fees.end());
    for (const analytics::FeeRow& row : rows) {
      text += fmt::format("fills, {}: {}, {:.2f} $, fees {:.4f} $ ({} bps)\n", row.group,
                          row.fill_count, row.volume, row.fees, number_text(row.fees_bps, 3));
    }
    for (const std::string& note : figures.notes) {
      text += "note: " + note + "\n";
    }
    return text;
  }

  static ordered_json json_of_fees(const std::vector<analytics::FeeRow>& rows) {
    ordered_json list = ordered_json::array();
    for (const analytics::FeeRow& row : rows) {
      list.push_back({{"group", row.group},
                      {"fill_count", row.fill_count},
                      {"traded_volume_dollars", json_number(row.volume)},
                      {"fill_fees_dollars", json_number(row.fees)},
                      {"fill_fees_bps", json_number(row.fees_bps)},
                      {"realized_pnl_dollars", json_number(row.realized_pnl)},
                      {"realized_pnl_bps", json_number(row.realized_pnl_bps)},
                      {"is_buy", row.buy_count},
                      {"is_maker", row.maker_count},
                      {"is_positive_realized_pnl", row.gain_count}});
    }
    return list;
  }

  static ordered_json json_of(const Figures& figures) {
    const analytics::ShortfallParts& shortfall = figures.shortfall;
    const analytics::PnlParts& pnl = figures.pnl;
    ordered_json json;
    json["execution"] = ordered_json::array();
    for (const Line& line : figures.lines) {
      json["execution"].push_back(cli::json_of(line));
    }
    json["implementation_shortfall"] = {
        {"shortfall", json_number(shortfall.shortfall)},
        {"delay", json_number(shortfall.delay)},
        {"impact", json_number(shortfall.impact)},
        {"fee", json_number(shortfall.fee)},
        {"opportunity", json_number(shortfall.opportunity)},
        {"largest_residual", json_number(shortfall.largest_residual)}};
    json["pnl_identity"] = {{"pnl", json_number(pnl.pnl)},
                            {"holding", json_number(pnl.holding)},
                            {"trading", json_number(pnl.trading)},
                            {"unexplained", json_number(pnl.unexplained)},
                            {"fees", json_number(pnl.fees)},
                            {"funding", json_number(pnl.funding)},
                            {"net_pnl", json_number(pnl.net)},
                            {"largest_residual", json_number(pnl.largest_residual)}};
    json["fees_by_side"] = json_of_fees(figures.fees);
    json["fees_by_liquidity"] = json_of_fees(figures.roles);
    if (!figures.waves.empty()) {
      json["fees_by_wave"] = json_of_fees(figures.waves);
    }
    json["notes"] = figures.notes;
    return json;
  }

  std::string run_, trades_file_, by_ = "total", dst_;
  std::string bid_ask_;
  bool json_ = false, simulate_fills_ = false;
};

}  // namespace

std::unique_ptr<Command> make_execution_quality() {
  return std::make_unique<ExecutionQualityCommand>();
}

}  // namespace tieout::cli
