#include "tieout/flow/publish.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/flow/reconcile.hpp"

namespace tieout::flow {
namespace {

/// Published names call paper trading by what operators see it as (recon_flow.md 8.2).
std::string_view published_run_mode(const RunIdentity& run) {
  return run.run_mode == "paper_trading" ? std::string_view("shadow_trading")
                                         : std::string_view(run.run_mode);
}

std::string latest_json(const RunIdentity& run, const std::string& name, const std::string& link,
                        const Publication& publication) {
  const nlohmann::ordered_json json{
      {"run_id", run_id(run)},
      {"url", name},
      {"link", link},
      {"verdict", publication.verdict},
      {"generated_utc", to_iso(publication.generated)},
      {"stale_after_utc", to_iso(publication.generated + kStaleAfter)},
      {"covers", {to_iso(run.start), to_iso(run.end)}},
  };
  return json.dump(2) + "\n";
}

}  // namespace

std::string page_name(const RunIdentity& run, report::ReportKind kind) {
  return fmt::format("{}.{}.{}.{}.html", model_dir_name(run), published_run_mode(run),
                     report::to_string(kind), interval_name(run));
}

std::string last_24_hour_page_name(const RunIdentity& run, report::ReportKind kind) {
  return fmt::format("{}.{}.{}.last_24hours.html", model_dir_name(run), published_run_mode(run),
                     report::to_string(kind));
}

PublishAddress publish_address(const Reconciliation& recon) {
  return {(recon.publish_dir.empty() ? recon.run.dst_root_dir / "published" : recon.publish_dir)
              .string(),
          recon.publish_url, recon.aws_profile};
}

Result<std::vector<PublishedPage>> publish(Publisher& publisher, const RunIdentity& run,
                                           report::ReportKind kind,
                                           const Publication& publication) {
  std::vector<PublishedPage> pages;
  const auto put = [&](const std::string& name) -> Status {
    TIEOUT_CHECK(publisher.put_file(name, publication.page, kPageHeaders));
    pages.push_back({publisher.place_of(name), publisher.link_to(name)});
    return {};
  };
  TIEOUT_CHECK(put(page_name(run, kind)));
  if (publication.mark_as_last_24_hour_run) {
    const std::string name = last_24_hour_page_name(run, kind);
    TIEOUT_CHECK(put(name));
    const std::string latest = latest_json(run, name, pages.back().link, publication);
    TIEOUT_CHECK(publisher.put_text(std::filesystem::path(name).stem().string() + ".latest.json",
                                    latest, kDescriptionHeaders));
    TIEOUT_CHECK(publisher.put_text("latest.json", latest, kDescriptionHeaders));
  }
  return pages;
}

}  // namespace tieout::flow
