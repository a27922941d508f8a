#include <memory>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/recon/broker_books.hpp"
#include "tieout/reference/log_reader.hpp"

#include "commands.hpp"
#include "execution_render.hpp"

namespace tieout::cli {
namespace {

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

std::unique_ptr<Command> make_rebuild_books() {
  return std::make_unique<RebuildBooks>();
}

}  // namespace tieout::cli
