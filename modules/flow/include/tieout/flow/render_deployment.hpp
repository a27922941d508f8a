#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/flow/deployment.hpp"

namespace tieout::flow {

/// A file that a deployment gives.
struct RenderedFile {
  std::string name;   // in the directory of the files
  std::string group;  // "production", "reconcile", "observer", "scheduler", "systemd", "cron", ...
  std::string text;
  bool is_script = false;  // made executable
};

/// What can be rendered, in the order of the files.
const std::vector<std::string>& deployment_groups();

/// All files of a deployment. Commands and scheduler templates are those of the run that is
/// launched on `day` (midnight UTC); scripts, units, cron lines and jobs find their day themselves.
///
/// Rule:    same deployment, directory and day give the same bytes. `install_dir`: where the
/// scripts will lie, for the units and cron lines that start them.
std::vector<RenderedFile> render_deployment(const Deployment& deployment,
                                            const std::filesystem::path& install_dir,
                                            Timestamp day);

/// A command for people: one line for each flag, quoted for a shell.
std::string render_command(const std::vector<std::string>& words);
/// `{"command": [...]}` as a scheduler takes it: strings that are joined by blanks and split by a
/// shell.
std::string render_template(const std::vector<std::string>& words);

/// `text` as one word of a unit's ExecStart=: in double quotes, with %, $ and escapes doubled.
std::string quote_for_systemd(std::string_view text);
/// A shell's text as a crontab takes it: an unescaped % would end the command.
std::string quote_for_cron(std::string_view text);

}  // namespace tieout::flow
