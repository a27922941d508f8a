#include <filesystem>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/report/notebook_page.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

namespace fs = std::filesystem;

/// Errors: kPathExists when `out` is there and is no page that this command made.
Status check_replaceable(const fs::path& out) {
  std::error_code code;
  if (!fs::exists(out, code)) return {};
  const Result<std::string> content = read_file(out);
  if (content.ok() && report::is_notebook_page(*content)) return {};
  return Error{ErrorCode::kPathExists,
               fmt::format("render_notebook: '{}' exists and is no page that render_notebook made; "
                           "name another file with --out",
                           out.string())};
}

class RenderNotebook final : public Command {
 public:
  std::string_view name() const noexcept override { return "render_notebook"; }
  std::string_view summary() const noexcept override {
    return "Write a Jupyter notebook with its stored outputs as one HTML page; nothing is executed";
  }
  std::vector<Flag> flags() override {
    return {
        {"NOTEBOOK", &notebook_, "Notebook of nbformat 4 (.ipynb), of tieout or of anyone",
         Need::kRequired},
        {"--out", &out_,
         "File to write; not given: NOTEBOOK with .html. A page that this command "
         "made is replaced, nothing else",
         Need::kOptional, "FILE"},
    };
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(const fs::path notebook, local_path("NOTEBOOK", notebook_));
    TIEOUT_TRY(fs::path out, local_path("--out", out_));
    if (out.empty()) out = fs::path(notebook).replace_extension(".html");
    TIEOUT_TRY(const std::string content, read_file(notebook));
    TIEOUT_TRY(const std::string page,
               report::render_notebook(content, notebook.filename().string()));
    TIEOUT_CHECK(check_replaceable(out));
    TIEOUT_CHECK(write_file_atomic(out, page));
    session.out << out.string() << "\n";
    return 0;
  }

 private:
  std::string notebook_, out_;
};

}  // namespace

std::unique_ptr<Command> make_render_notebook() {
  return std::make_unique<RenderNotebook>();
}

}  // namespace tieout::cli
