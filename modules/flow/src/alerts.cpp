#include "tieout/flow/alerts.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/hash.hpp"

namespace tieout::flow {
namespace {

/// What is told of a reconciliation.
struct News {
  std::string verdict;
  std::string sentence;
  std::string first_divergence;
  std::string link;
  std::vector<std::string> errors;  // of stages, or of the whole
  std::vector<std::string> alarms;  // messages of an observer's thresholds that fired
  std::string identity;             // what makes it the same news; empty: its reason
};

/// An error that ended the reconciliation may be about a directory of somebody else: only it is
/// told then.
Result<News> news_of(const Reconciliation& recon, const Result<int>& outcome) {
  News news;
  if (!outcome.ok()) {
    news.errors.push_back(to_string(outcome.error()));
    return news;
  }
  TIEOUT_TRY(const RunStatus status, read_status(target_layout(recon.run).status));
  news.verdict = status.verdict;
  news.sentence = status.sentence;
  news.first_divergence = status.first_divergence;
  news.link = status.link;
  for (const StageStatus& stage : status.stages) {
    if (stage.status == "failed") {
      news.errors.push_back(fmt::format("{} failed: {}", stage.name, stage.error));
    }
  }
  return news;
}

bool is_good_verdict(const std::string& verdict) {
  return verdict == "IDENTICAL" || verdict == "EQUIVALENT" || verdict == "EXPLAINED";
}

std::string reason_of(const News& news) {
  std::vector<std::string> reasons = news.errors;
  reasons.insert(reasons.end(), news.alarms.begin(), news.alarms.end());
  if (news.errors.empty() && !is_good_verdict(news.verdict) && !news.sentence.empty()) {
    reasons.push_back(news.sentence);
  }
  return reasons.empty() ? news.sentence : fmt::format("{}", fmt::join(reasons, "; "));
}

/// The same news has the same key, until the runs agreed again.
std::string key_of(const Alert& alert, const std::string& identity, int episode) {
  const std::string text =
      fmt::format("{}\n{}\n{}\n{}\n{}\n", to_string(alert.kind), alert.run_id, alert.verdict,
                  identity.empty() ? alert.reason : identity, episode);
  return sha256_hex(text).substr(0, 32);
}

bool is_told(const AlertWhen& when, const News& news) {
  const bool by_verdict =
      std::find(when.verdicts.begin(), when.verdicts.end(), news.verdict) != when.verdicts.end();
  return by_verdict || (when.stage_errors && !news.errors.empty()) ||
         (when.thresholds && !news.alarms.empty());
}

/// For a sink that is not told of the news: alarms that it does not ask for do not count.
bool is_good(const News& news) {
  return news.errors.empty() && is_good_verdict(news.verdict);
}

Alert alert_of(const RunIdentity& run, const News& news, const std::string& command,
               Timestamp now) {
  Alert alert;
  alert.run_id = run_id(run);
  alert.model = model_dir_name(run);
  alert.run_mode = run.run_mode;
  alert.mode = run.mode;
  alert.start = run.start;
  alert.end = run.end;
  alert.verdict = news.verdict;
  alert.reason = reason_of(news);
  alert.first_divergence = news.first_divergence;
  alert.link = news.link;
  alert.command = command;
  alert.raised = now;
  return alert;
}

/// The alert for a sink in its state, or nothing; the state is changed to what it will know.
std::optional<Alert> alert_for(const SinkConfig& sink, const News& news, Alert alert,
                               SinkState& state) {
  if (is_told(sink.when, news)) {
    alert.kind = AlertKind::kBad;
    alert.key = key_of(alert, news.identity, state.episode);
    state.run_id = alert.run_id;
    state.verdict = news.verdict.empty() ? "failed" : news.verdict;
    return alert;
  }
  if (sink.when.recovery && !state.run_id.empty() && is_good(news)) {
    alert.kind = AlertKind::kRecovered;
    alert.reason = fmt::format("{}; {} was {}", news.sentence, state.run_id, state.verdict);
    alert.key = key_of(alert, news.identity, state.episode);
    state = {"", "", state.episode + 1};
    return alert;
  }
  return std::nullopt;
}

/// Put the alerts in the outbox and send all that is there. The state is
/// written after the alerts: what is lost between the two is told twice, not never.
Result<std::vector<AlertRecord>> raise(Outbox outbox, const Alert& common,
                                       const AlertConfig& config, const News& news,
                                       const Context& context) {
  TIEOUT_TRY(auto state, outbox.state());
  std::vector<AlertRecord> records;
  for (const SinkConfig& sink : config.sinks) {
    const std::optional<Alert> alert = alert_for(sink, news, common, state[sink.name]);
    if (!alert) continue;
    TIEOUT_TRY(const Outbox::Queued queued, outbox.add(*alert, sink.name));
    if (queued == Outbox::Queued::kSent) {
      records.push_back({sink.name, alert->key, "already sent", ""});
    }
  }
  TIEOUT_CHECK(outbox.set_state(state));
  TIEOUT_TRY(const std::vector<AlertRecord> sent, outbox.deliver(config, *context.outside));
  records.insert(records.end(), sent.begin(), sent.end());
  return records;
}

void say_records(const std::vector<AlertRecord>& records, const Context& context) {
  for (const AlertRecord& record : records) {
    context.say(fmt::format("alert to '{}': {}{}", record.sink, record.status,
                            record.error.empty() ? "" : ": " + record.error));
  }
}

/// 'text' for a shell, when it needs quotes.
std::string quoted(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) {
    return text;
  }
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

}  // namespace

std::filesystem::path outbox_dir(const RunIdentity& run) {
  return target_layout(run).root.parent_path() / "alerts";
}

std::string reconcile_command(const Reconciliation& recon) {
  const RunIdentity& run = recon.run;
  std::string command = "tieout reconcile_run_all";
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) command += fmt::format(" {} {}", flag, quoted(value));
  };
  add("--dag-builder-ctor-as-str", run.constructor);
  add("--run-mode", run.run_mode);
  add("--start-timestamp-as-str", to_ts_name(run.start));
  add("--end-timestamp-as-str", to_ts_name(run.end));
  add("--mode", run.mode);
  add("--stage", run.stage);
  add("--tag", run.tag);
  add("--prod-data-source-dir", run.prod_data_source_dir.string());
  add("--dst-root-dir", run.dst_root_dir.string());
  add("--aws-profile", recon.aws_profile);
  add("--policy", recon.policy_file.string());
  return command + " --backup-dir-if-exists";
}

void fire_alerts(const Reconciliation& recon, const AlertConfig& config, const Result<int>& outcome,
                 const Context& context) {
  TIEOUT_ASSERT(context.outside != nullptr);
  if (context.stop.load() || (!outcome.ok() && outcome.error().code == ErrorCode::kInterrupted)) {
    return;
  }
  const Result<News> news = news_of(recon, outcome);
  const auto records =
      news.ok() ? raise(Outbox(outbox_dir(recon.run)),
                        alert_of(recon.run, *news, reconcile_command(recon), context.now()), config,
                        *news, context)
                : Result<std::vector<AlertRecord>>(news.error());
  if (!records.ok()) {
    context.complain(records.error());
    return;
  }
  say_records(*records, context);
  if (!outcome.ok()) {
    return;
  }
  const std::filesystem::path path = target_layout(recon.run).status;
  Result<RunStatus> status = read_status(path);
  if (status.ok()) {
    status->alerts = *records;
    if (const Status written = write_status(path, *status); !written.ok()) {
      context.complain(written.error());
    }
  }
}

void fire_observer_alerts(const Observation& seen, const AlertConfig& config,
                          const Context& context) {
  TIEOUT_ASSERT(context.outside != nullptr);
  News news;
  // Before its first bar every run is inconclusive: that is no news while it goes on.
  const bool early = seen.verdict == "INCONCLUSIVE" && !seen.sealed;
  news.verdict = early ? std::string() : seen.verdict;
  news.sentence = seen.sentence;
  news.identity = "observer " + news.verdict;
  for (const report::ThresholdCheck& check : seen.fired) {
    news.alarms.push_back(check.message);
    news.identity += " " + check.id;
  }
  news.link = seen.links.empty() ? std::string() : seen.links.front().link;
  const std::string command = fmt::format(
      "tieout run_master_system_observer_notebook --prod-data-root-dir {} "
      "--dag-builder-ctor-as-str {} --run-mode {} --start-timestamp-as-str {} "
      "--end-timestamp-as-str {} --mode {}{}",
      quoted(seen.run.prod_data_source_dir.string()), quoted(seen.run.constructor),
      seen.run.run_mode, to_ts_name(seen.run.start), to_ts_name(seen.run.end), seen.run.mode,
      seen.run.tag.empty() ? "" : " --tag " + quoted(seen.run.tag));
  const auto records =
      raise(Outbox(source_layout(seen.run).root.parent_path() / "alerts"),
            alert_of(seen.run, news, command, context.now()), config, news, context);
  if (!records.ok()) {
    context.complain(records.error());
    return;
  }
  say_records(*records, context);
}

Status test_alerts(const AlertConfig& config, const Context& context) {
  TIEOUT_ASSERT(context.outside != nullptr);
  Status worst;
  for (const SinkConfig& sink : config.sinks) {
    Alert alert;
    alert.kind = AlertKind::kTest;
    alert.run_id = "none";
    alert.model = "tieout";
    alert.run_mode = "alert";
    alert.mode = "manual";
    alert.raised = alert.start = alert.end = context.now();
    alert.reason = fmt::format("a test of sink '{}'", sink.name);
    alert.key = key_of(alert, "", static_cast<int>(context.now().ns / 1'000'000'000));
    const std::unique_ptr<AlertSink> receiver = make_sink(sink, *context.outside);
    const Status sent = transport::with_retries(context.outside->retries, context.outside->wait,
                                                [&] { return receiver->send(alert); });
    context.say(
        fmt::format("alert to '{}': {}", sink.name, sent.ok() ? "sent" : to_string(sent.error())));
    if (!sent.ok() && worst.ok()) {
      worst = sent;
    }
  }
  return worst;
}

Result<std::vector<AlertRecord>> flush_alerts(const std::filesystem::path& dir,
                                              const AlertConfig& config, const Outside& outside) {
  TIEOUT_TRY(std::vector<Outbox> outboxes, find_outboxes(dir));
  std::vector<AlertRecord> records;
  for (Outbox& outbox : outboxes) {
    TIEOUT_TRY(const std::vector<AlertRecord> sent, outbox.deliver(config, outside));
    records.insert(records.end(), sent.begin(), sent.end());
  }
  return records;
}

}  // namespace tieout::flow
