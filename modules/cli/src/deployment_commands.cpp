#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/check_deployment.hpp"
#include "tieout/flow/render_deployment.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

namespace fs = std::filesystem;

/// Midnight UTC of --date, or of today.
Result<Timestamp> day_of(const std::string& date, Timestamp now) {
  if (date.empty()) {
    return floor_to(now, days(1));
  }
  const Result<Timestamp> day = parse_ts_name(date + "_000000");
  if (!day.ok()) {
    return Error{ErrorCode::kMalformedTimestamp,
                 fmt::format("--date is '{}', it must be a calendar date YYYYMMDD", date)};
  }
  return *day;
}

Status write_file(const fs::path& path, const flow::RenderedFile& file) {
  TIEOUT_CHECK(write_file_atomic(path, file.text));
  if (file.is_script) {
    std::error_code code;
    fs::permissions(path, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                    fs::perm_options::add, code);
    if (code) {
      return Error{ErrorCode::kFileUnwritable,
                   fmt::format("render_deployment: '{}': {}", path.string(), code.message())};
    }
  }
  return {};
}

class RenderDeployment final : public Command {
 public:
  std::string_view name() const noexcept override { return "render_deployment"; }
  std::string_view summary() const noexcept override {
    return "Write the commands, units, cron lines and jobs of a deployment";
  }
  std::vector<Flag> flags() override {
    std::vector<std::string> choices = flow::deployment_groups();
    choices.emplace_back("all");
    return {
        {"FILE", &file_, "The deployment (docs/formats/deployment.md)", Need::kRequired, "TOML"},
        {"--dst", &dst_, "Directory of the files; what is there is replaced", Need::kRequired,
         "DIR"},
        {"--what", &what_,
         "Which files; systemd, cron and slurm come with the scripts that they start",
         Need::kOptional, "KIND", choices},
        {"--date", &date_,
         "Day of the launch, UTC, for the commands and the scheduler's templates (default: "
         "today)",
         Need::kOptional, "YYYYMMDD"}};
  }
  Result<int> run(Session& session) override;

 private:
  bool is_wanted(const flow::RenderedFile& file) const {
    const bool starts_scripts = what_ == "systemd" || what_ == "cron" || what_ == "slurm";
    return what_ == "all" || file.group == what_ ||
           (starts_scripts && file.is_script && file.group != "slurm");
  }

  std::string file_, dst_, what_ = "all", date_;
};

Result<int> RenderDeployment::run(Session& session) {
  TIEOUT_TRY(const flow::Deployment deployment, flow::load_deployment(file_));
  TIEOUT_TRY(const Timestamp day, day_of(date_, session.now()));
  TIEOUT_TRY(const fs::path dst, local_path("--dst", dst_));
  const fs::path here = fs::absolute(dst).lexically_normal();
  const fs::path install = deployment.install_dir.empty() ? here : fs::path(deployment.install_dir);
  TIEOUT_CHECK(tieout::create_directories(dst));
  for (const flow::RenderedFile& file : flow::render_deployment(deployment, install, day)) {
    if (is_wanted(file)) {
      TIEOUT_CHECK(write_file(dst / file.name, file));
      session.out << (dst / file.name).string() << '\n';
    }
  }
  return 0;
}

class CheckDeployment final : public Command {
 public:
  std::string_view name() const noexcept override { return "check_deployment"; }
  std::string_view summary() const noexcept override {
    return "Find where rendered files, templates and runs drifted from a deployment file";
  }
  std::vector<Flag> flags() override {
    return {
        {"FILE", &file_, "The deployment (docs/formats/deployment.md)", Need::kRequired, "TOML"},
        {"--against", &against_,
         "Directory with rendered files, or a file with a scheduler's template or a command "
         "line; repeatable",
         Need::kOptional, "DIR|TEMPLATE"},
        {"--run", &runs_,
         "Directory of a production log (.../system_log_dir.{mode}), whose manifest is held "
         "against the file; repeatable",
         Need::kOptional, "DST_DIR"},
        {"--plugin", &plugins_, "Shared object with DagBuilders; repeatable", Need::kOptional,
         "SO"},
        {"--json", &json_, "Print the findings as JSON"}};
  }
  Result<int> run(Session& session) override;

 private:
  std::string file_;
  std::vector<std::string> against_, runs_, plugins_;
  bool json_ = false;
};

Result<int> CheckDeployment::run(Session& session) {
  TIEOUT_TRY(const flow::Deployment deployment, flow::load_deployment(file_));
  std::vector<std::string> plugins = deployment.plugins;
  plugins.insert(plugins.end(), plugins_.begin(), plugins_.end());
  TIEOUT_TRY(const dataflow::DagBuilderRegistry registry, make_registry(plugins));
  const flow::CheckDeploymentOptions options{registry, {}};
  flow::DriftReport report;
  TIEOUT_CHECK(flow::check_against_builder(deployment, options, report));
  std::vector<fs::path> templates;
  for (const std::string& text : against_) {
    TIEOUT_TRY(const fs::path path, local_path("--against", text));
    if (fs::is_directory(path)) {
      TIEOUT_CHECK(flow::check_directory(deployment, path, options, report));
    } else {
      templates.push_back(path);
    }
  }
  TIEOUT_CHECK(flow::check_templates(deployment, templates, options, report));
  for (const std::string& run : runs_) {
    TIEOUT_CHECK(flow::check_run(deployment, run, options, report));
  }
  if (json_) {
    session.out << flow::to_json(deployment, report);
    return report.drifts.empty() ? 0 : 1;
  }
  for (const std::string& note : report.notes) {
    session.err << "note: " << note << '\n';
  }
  for (const std::string& text : report.checked) {
    session.out << "checked: " << text << '\n';
  }
  const auto value = [](const std::string& text) {
    return text.empty() ? std::string("nothing") : "'" + text + "'";
  };
  for (const flow::Drift& drift : report.drifts) {
    session.out << fmt::format("{}: {}: {}: found {}, needed {}\n", drift.check, drift.where,
                               drift.what, value(drift.found), value(drift.needed));
  }
  session.out << (report.drifts.empty() ? "no drift\n"
                                        : fmt::format("{} drifts\n", report.drifts.size()));
  return report.drifts.empty() ? 0 : 1;
}

}  // namespace

std::unique_ptr<Command> make_check_deployment() {
  return std::make_unique<CheckDeployment>();
}

std::unique_ptr<Command> make_render_deployment() {
  return std::make_unique<RenderDeployment>();
}

}  // namespace tieout::cli
