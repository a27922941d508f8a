// Runs a fuzzer's function over every file of its corpus, in the order of their names, then over
// every prefix of each up to a bound: what a damaged file looks like.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kPrefixes = 256;

void run(const std::string& bytes, std::size_t size) {
  // A copy of its own, so that a sanitizer sees a read past the end.
  const std::vector<std::uint8_t> copy(bytes.begin(),
                                       bytes.begin() + static_cast<std::ptrdiff_t>(size));
  LLVMFuzzerTestOneInput(copy.data(), copy.size());
}

void replay(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  run(bytes, bytes.size());
  const std::size_t step = std::max<std::size_t>(1, bytes.size() / kPrefixes);
  for (std::size_t size = 0; size < bytes.size(); size += step) {
    run(bytes, size);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !std::filesystem::is_directory(argv[1])) {
    std::fputs("usage: fuzz_NAME CORPUS_DIRECTORY\n", stderr);
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::printf("%s\n", file.filename().c_str());
    std::fflush(stdout);
    replay(file);
  }
  return files.empty() ? 1 : 0;
}
