#include "tieout/flow/publish.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"

namespace tieout::flow {
namespace {

/// Published names call paper trading by what operators see it as (recon_flow.md 8.2).
std::string_view published_run_mode(const RunIdentity& run) {
  return run.run_mode == "paper_trading" ? std::string_view("shadow_trading")
                                         : std::string_view(run.run_mode);
}

std::string latest_json(const RunIdentity& run, const std::string& url,
                        const Publication& publication) {
  const nlohmann::ordered_json json{
      {"run_id", run_id(run)},
      {"url", url},
      {"verdict", publication.verdict},
      {"generated_utc", to_iso(publication.generated)},
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

Result<std::vector<std::filesystem::path>> publish(const std::filesystem::path& publish_dir,
                                                   const RunIdentity& run, report::ReportKind kind,
                                                   const Publication& publication) {
  TIEOUT_TRY(const std::string page, read_file(publication.page));
  TIEOUT_CHECK(tieout::create_directories(publish_dir));
  std::vector<std::filesystem::path> links{publish_dir / page_name(run, kind)};
  TIEOUT_CHECK(write_file_atomic(links.front(), page));
  if (publication.mark_as_last_24_hour_run) {
    const std::string name = last_24_hour_page_name(run, kind);
    links.push_back(publish_dir / name);
    TIEOUT_CHECK(write_file_atomic(links.back(), page));
    const std::string latest = latest_json(run, name, publication);
    TIEOUT_CHECK(write_file_atomic(
        publish_dir / (std::filesystem::path(name).stem().string() + ".latest.json"), latest));
    TIEOUT_CHECK(write_file_atomic(publish_dir / "latest.json", latest));
  }
  return links;
}

}  // namespace tieout::flow
