#include "findings_file.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>

#include <unistd.h>

#include "tieout/core/file.hpp"

namespace tieout::report {
namespace {

struct Close {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

}  // namespace

Status write_findings(const std::filesystem::path& path, const Facts& facts) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "wbxe"));
  if (file == nullptr) return file_error("write_findings", path, errno);
  if (facts.comparison != nullptr) {
    for (const recon::Finding& finding : facts.comparison->findings) {
      const std::string line = recon::to_json_line(finding) + "\n";
      if (std::fwrite(line.data(), 1, line.size(), file.get()) != line.size())
        return file_error("write_findings", path, errno);
    }
  }
  if (std::fflush(file.get()) != 0 || ::fsync(::fileno(file.get())) != 0)
    return file_error("write_findings", path, errno);
  return {};
}

}  // namespace tieout::report
