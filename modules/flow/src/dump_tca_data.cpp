#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/csv.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/flow/tca.hpp"
#include "tieout/recon/broker_books.hpp"
#include "tieout/recon/trading_frames.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using analytics::Execution;

constexpr const char* kTrades = "trades.csv";
constexpr const char* kManifest = "manifest.json";

struct Window {
  Timestamp from, to;
};

/// What is dumped, and where it comes from.
struct Trades {
  std::vector<Execution> rows;
  std::vector<std::string> notes;
  std::string source;
  std::size_t outside = 0;  // of the window
};

Result<Trades> read_trades(const TcaDump& dump, const runlog::RunReader& log,
                           const Window& window) {
  Trades out;
  if (dump.trades_file.empty()) {
    TIEOUT_TRY(const recon::TradingFrames frames, recon::read_trading_frames(log));
    out.source = "fills of the run log";
    if (frames.fills.row_count() > 0) {
      TIEOUT_TRY(out.rows, recon::trades_of_fills(frames.fills));
    }
  } else {
    TIEOUT_TRY(recon::TradesFile file,
               recon::read_trades_file(dump.trades_file, log.manifest().universe));
    out.source = dump.trades_file.filename().string();
    out.rows = std::move(file.trades);
    out.notes = std::move(file.notes);
  }
  const std::size_t all = out.rows.size();
  out.rows.erase(std::remove_if(out.rows.begin(), out.rows.end(),
                                [&](const Execution& trade) {
                                  return trade.time < window.from || trade.time > window.to;
                                }),
                 out.rows.end());
  out.outside = all - out.rows.size();
  std::stable_sort(out.rows.begin(), out.rows.end(), [](const Execution& a, const Execution& b) {
    return std::tie(a.time, a.id, a.order_id) < std::tie(b.time, b.id, b.order_id);
  });
  return out;
}

std::string csv_of(const std::vector<Execution>& trades,
                   const std::map<AssetId, std::string>& symbols) {
  std::string out =
      "timestamp,id,order,asset_id,symbol,side,price,amount,cost,takerOrMaker,transaction_cost,"
      "realized_pnl\n";
  for (const Execution& trade : trades) {
    const auto symbol = symbols.find(trade.asset);
    out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", to_iso(trade.time),
                       csv_field(trade.id), csv_field(trade.order_id), trade.asset.value,
                       csv_field(symbol == symbols.end() ? std::string() : symbol->second),
                       trade.shares > 0 ? "buy" : "sell", format_double(trade.price),
                       format_double(trade.shares > 0 ? trade.shares : -trade.shares),
                       format_double(trade.cost), analytics::to_string(trade.liquidity),
                       format_double(trade.fee), format_double(trade.realized_pnl));
  }
  return out;
}

std::string manifest_of(const TcaDump& dump, const runlog::RunReader& log, const Window& window,
                        const Trades& trades, const std::string& csv) {
  double volume = 0;
  double fees = 0;
  for (const Execution& trade : trades.rows) {
    volume += trade.cost;
    fees += trade.fee;
  }
  const nlohmann::ordered_json json{
      {"schema", 1},
      {"run_id", run_id(dump.run)},
      {"source", trades.source},
      {"root_hash", log.manifest().root_hash},
      {"window_utc", {to_iso(window.from), to_iso(window.to)}},
      {"trades", trades.rows.size()},
      {"outside_of_window", trades.outside},
      {"volume", volume},
      {"fees", fees},
      {"notes", trades.notes},
      {"files", {{{"path", kTrades}, {"size", csv.size()}, {"sha256", sha256_hex(csv)}}}}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

/// Whether `dir` holds a dump that is what its manifest says.
bool is_whole(const fs::path& dir) {
  const Result<std::string> manifest = read_file(dir / kManifest);
  const Result<std::string> csv = read_file(dir / kTrades);
  if (!manifest.ok() || !csv.ok()) {
    return false;
  }
  const nlohmann::json json = nlohmann::json::parse(*manifest, nullptr, false);
  const auto files = json.is_object() ? json.find("files") : json.end();
  return !json.is_discarded() && json.is_object() && files != json.end() && files->is_array() &&
         files->size() == 1 && files->front().is_object() &&
         files->front().value("sha256", std::string()) == sha256_hex(*csv);
}

/// Put `made` in the place of `dir`. Errors: those of removing what is there.
Status replace(const fs::path& made, const fs::path& dir) {
  TIEOUT_CHECK(remove_tree(dir));
  std::error_code code;
  fs::rename(made, dir, code);
  return code ? Status(file_error("reconcile_dump_tca_data", dir, code.value())) : Status();
}

}  // namespace

Result<StageOutcome> dump_tca_data(const TcaDump& dump, const Context& context) {
  const TargetLayout layout = target_layout(dump.run);
  std::error_code code;
  if (!fs::is_directory(layout.prod_log_dir, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("reconcile_dump_tca_data: '{}' is not a directory; run "
                             "reconcile_copy_prod_data first",
                             layout.prod_log_dir.string())};
  }
  TIEOUT_TRY(const runlog::RunReader log, runlog::RunReader::open(layout.prod_log_dir));
  StageOutcome outcome;
  outcome.outputs = {layout.tca};
  outcome.inputs_sha256 = sha256_hex(log.manifest().root_hash + "\n");
  if (dump.incremental && fs::exists(layout.tca / kManifest, code)) {
    if (!is_whole(layout.tca)) {
      return Error{ErrorCode::kPathExists,
                   fmt::format("Path '{}' already exist! It is not what its manifest says; remove "
                               "it, or run without --incremental",
                               layout.tca.string())};
    }
    context.say(fmt::format("kept '{}'", layout.tca.string()));
    return outcome;
  }
  const Duration bar = log.manifest().bar;
  const Window window{dump.run.start - bar, dump.run.end + bar};
  TIEOUT_TRY(const Trades trades, read_trades(dump, log, window));
  std::map<AssetId, std::string> symbols;
  for (const Asset& asset : log.manifest().universe) {
    symbols.emplace(asset.id, asset.full_symbol);
  }
  const std::string csv = csv_of(trades.rows, symbols);
  std::string text =
      fmt::format("{}\n{} trades from {} to {}, {} outside of the window\n", trades.source,
                  trades.rows.size(), to_iso(window.from), to_iso(window.to), trades.outside);
  for (const std::string& note : trades.notes) {
    text += note + "\n";
  }
  const fs::path made = layout.root / ".tca.new";
  TIEOUT_CHECK(remove_tree(made));
  TIEOUT_CHECK(tieout::create_directories(made));
  TIEOUT_CHECK(write_file_atomic(made / kTrades, csv));
  TIEOUT_CHECK(write_file_atomic(made / kManifest, manifest_of(dump, log, window, trades, csv)));
  TIEOUT_CHECK(write_file_atomic(made / "log.txt", text));
  TIEOUT_CHECK(replace(made, layout.tca));
  if (dump.prevent_overwriting) {
    TIEOUT_CHECK(set_write_bits(layout.tca, WriteBits::kRemove));
  }
  context.say(fmt::format("dumped {} trades to '{}'", trades.rows.size(), layout.tca.string()));
  return outcome;
}

}  // namespace tieout::flow
