#include <fmt/format.h>

#include "tieout/flow/alerts.hpp"

#include "commands.hpp"
#include "network.hpp"

namespace tieout::cli {
namespace {

class AlertCommand final : public Command {
 public:
  std::string_view name() const noexcept override { return "alert"; }
  std::string_view summary() const noexcept override {
    return "Send a test message to the sinks of alerts, or send again what was not taken";
  }
  std::vector<Flag> flags() override {
    return {
        {"--alerts", &alerts_, "TOML file of the sinks", Need::kRequired, "FILE"},
        {"--test", &test_, "Send a test message to every sink"},
        {"--flush", &flush_,
         "Send the pending alerts of an outbox (MODEL/RUN_MODE/alerts), or of all below a "
         "--dst-root-dir",
         Need::kOptional, "DIR"},
    };
  }
  Result<int> run(Session& session) override {
    if (test_ == !flush_.empty()) {
      return Error{ErrorCode::kInvalidArgument, "alert: give --test, or --flush DIR"};
    }
    TIEOUT_TRY(const flow::AlertConfig config, flow::load_alerts(alerts_, session.environment));
    const Network network(session);
    if (!test_) {
      return flush(config, network.outside(), session);
    }
    const dataflow::DagBuilderRegistry none;
    const flow::Context context{none,
                                session.now,
                                [&](std::string_view text) { session.out << text << "\n"; },
                                nullptr,
                                nullptr,
                                session.stop,
                                &network.outside()};
    TIEOUT_CHECK(flow::test_alerts(config, context));
    return 0;
  }

 private:
  Result<int> flush(const flow::AlertConfig& config, const flow::Outside& outside,
                    Session& session) const {
    TIEOUT_TRY(const std::vector<flow::AlertRecord> records,
               flow::flush_alerts(flush_, config, outside));
    std::size_t waiting = 0;
    for (const flow::AlertRecord& record : records) {
      waiting += record.status == "pending" ? 1U : 0U;
      session.out << fmt::format("{} to '{}': {}{}\n", record.key, record.sink, record.status,
                                 record.error.empty() ? "" : ": " + record.error);
    }
    if (records.empty()) {
      session.out << "nothing is pending\n";
    }
    if (waiting != 0) {
      return Error{ErrorCode::kRemoteFailed,
                   fmt::format("alert: {} of {} alerts were not taken; they stay in the outbox",
                               waiting, records.size())};
    }
    return 0;
  }

  std::string alerts_, flush_;
  bool test_ = false;
};

}  // namespace

std::unique_ptr<Command> make_alert() {
  return std::make_unique<AlertCommand>();
}

}  // namespace tieout::cli
