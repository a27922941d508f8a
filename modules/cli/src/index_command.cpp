#include <filesystem>

#include <fmt/format.h>

#include "tieout/flow/run_index.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

class Index final : public Command {
 public:
  std::string_view name() const noexcept override { return "index"; }
  std::string_view summary() const noexcept override {
    return "Write a page over all reconciliations: calendar, verdicts, trend of breaks, links";
  }
  std::vector<Flag> flags() override {
    return {
        {"DIR", &root_, "Root of the reconciliations (--dst-root-dir)", Need::kRequired},
        {"--dst", &dst_, "Directory of index.html and index.json; not given: DIR", Need::kOptional,
         "DIR"},
    };
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(const std::filesystem::path root, local_path("DIR", root_));
    TIEOUT_TRY(const std::filesystem::path dst, local_path("--dst", dst_.empty() ? root_ : dst_));
    TIEOUT_TRY(const report::RunIndex index, flow::index_runs(root, dst));
    TIEOUT_CHECK(flow::write_run_index(index, dst));
    session.out << fmt::format("{} runs in {}\n", index.runs.size(), (dst / "index.html").string());
    return 0;
  }

 private:
  std::string root_, dst_;
};

}  // namespace

std::unique_ptr<Command> make_index() {
  return std::make_unique<Index>();
}

}  // namespace tieout::cli
