#include "progress.hpp"

#include <fmt/format.h>

namespace tieout::cli {

void ProgressLine::show(const system::Progress& progress) {
  const std::string count = progress.bars_expected == 0
                                ? fmt::format("{}", progress.bars_done)
                                : fmt::format("{}/{}", progress.bars_done, progress.bars_expected);
  const std::string text = fmt::format("bar {} ({})", to_iso(progress.bar), count);
  if (session_.terminal) {
    session_.err << "\r\x1b[K" << text << std::flush;
    open_ = true;
    return;
  }
  // Without a known end, every twelfth bar is an hour of five-minute bars.
  const std::size_t tenths = progress.bars_expected == 0
                                 ? progress.bars_done / 12
                                 : progress.bars_done * 10 / progress.bars_expected;
  if (tenths > tenths_ || (tenths < tenths_ && progress.bars_done <= 1)) {
    session_.err << text << std::endl;
  }
  tenths_ = tenths;
}

void ProgressLine::say(std::string_view line) {
  finish();
  session_.out << line << std::endl;
}

void ProgressLine::complain(const Error& error) {
  finish();
  session_.err << "tieout: " << to_string(error) << std::endl;
}

void ProgressLine::finish() {
  if (open_) {
    session_.err << "\r\x1b[K" << std::flush;
    open_ = false;
  }
}

}  // namespace tieout::cli
