// Any bytes as a CSV, csv.gz or Parquet file: a well-formed frame or an error that names the file.
#include <cstdint>

#include "tieout/core/assert.hpp"
#include "tieout/frames/file.hpp"

#include "input_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tieout::fuzz::InputFile file(data, size);
  const tieout::frames::ReadLimits limits{.max_bytes = 1U << 24U, .max_columns = 1000};
  const auto frame = tieout::frames::read_frame(file.path(), {}, limits);
  if (!frame.ok()) {
    TIEOUT_ASSERT(frame.error().message.find("/proc/self/fd/") != std::string::npos);
    return 0;
  }
  for (const auto& column : frame->columns) {
    TIEOUT_ASSERT(column.size() == frame->row_count());
    TIEOUT_ASSERT(column.valid.empty() || column.valid.size() == column.size());
  }
  return 0;
}
