#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/oms/child_order.hpp"
#include "tieout/oms/order_event.hpp"
#include "tieout/oms/tables.hpp"
#include "tieout/runlog/reader.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

/// The orders of a run in the order in which it recorded them: those that a bar made come after the
/// child orders that it collected.
Result<std::vector<oms::Order>> orders_of_run(const std::filesystem::path& dir) {
  TIEOUT_TRY(const auto run, runlog::RunReader::open(dir));
  std::vector<oms::Order> orders;
  for (std::size_t bar = 0; bar < run.bars().size(); ++bar) {
    TIEOUT_TRY(const auto children, run.table(runlog::TableKind::kChildOrders, bar));
    if (children) {
      TIEOUT_TRY(auto worked, oms::child_orders_from(*children, Zone::kNewYork));
      for (oms::ChildOrder& child : worked) {
        if (child.status != oms::ChildStatus::kSkipped) {
          orders.push_back(std::move(child.order));
        }
      }
    }
    TIEOUT_TRY(const auto parents, run.table(runlog::TableKind::kOrders, bar));
    if (parents && !parents->columns.empty()) {
      TIEOUT_TRY(auto made, oms::tables::orders_from(*parents, Zone::kNewYork));
      for (oms::Order& order : made) {
        orders.push_back(std::move(order));
      }
    }
  }
  return orders;
}

/// What befell the orders of a run, with the bar that learned of it.
Status print_events(const std::filesystem::path& dir, std::ostream& out) {
  TIEOUT_TRY(const auto run, runlog::RunReader::open(dir));
  for (std::size_t bar = 0; bar < run.bars().size(); ++bar) {
    TIEOUT_TRY(const auto table, run.table(runlog::TableKind::kOrderEvents, bar));
    TIEOUT_TRY(const auto events, oms::order_events_from(table.value_or(Table{})));
    for (const oms::OrderEvent& event : events) {
      out << fmt::format("bar {}: {}\n", to_iso(run.bars()[bar].bar), oms::to_text(event));
    }
  }
  return {};
}

class Orders final : public Command {
 public:
  std::string_view name() const noexcept override { return "orders"; }
  std::string_view summary() const noexcept override {
    return "Print the orders of a run, or check a file of them, as lines of order text";
  }
  std::vector<Flag> flags() override {
    return {{"FILE_OR_RUN_DIR", &path_,
             "File of order text, or system_log_dir of a run (child orders with their parent's id "
             "in extra_params)",
             Need::kRequired},
            {"--events", &events_,
             "Print what befell the orders of a run instead: rejects, partial fills, carried and "
             "replaced remainders, expiries"}};
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(const std::filesystem::path path, local_path("FILE_OR_RUN_DIR", path_));
    std::vector<oms::Order> orders;
    std::error_code ignored;
    if (events_) {
      TIEOUT_CHECK(print_events(path, session.out));
      return 0;
    }
    if (std::filesystem::is_directory(path, ignored)) {
      TIEOUT_TRY(orders, orders_of_run(path));
    } else {
      TIEOUT_TRY(const std::string text, read_file(path));
      auto parsed = oms::parse_orders(text);
      if (!parsed.ok()) {
        return Error{parsed.error().code, fmt::format("'{}': {}", path_, parsed.error().message)};
      }
      orders = std::move(parsed).value();
    }
    for (const oms::Order& order : orders) {
      session.out << oms::to_text(order) << '\n';
    }
    return 0;
  }

 private:
  std::string path_;
  bool events_ = false;
};

}  // namespace

std::unique_ptr<Command> make_orders() {
  return std::make_unique<Orders>();
}

}  // namespace tieout::cli
