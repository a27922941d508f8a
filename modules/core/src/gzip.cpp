#include "tieout/core/gzip.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>
#include <zlib.h>

#include "tieout/core/assert.hpp"

namespace tieout {
namespace {

constexpr int kGzipWindow = 15 + 16;  // Largest window, gzip framing.

/// zlib takes a mutable pointer that it does not write through.
Bytef* input_pointer(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT
}

Error malformed(std::string_view what) {
  return Error{ErrorCode::kMalformedData, fmt::format("gunzip: {}", what)};
}

}  // namespace

std::string gzip(std::string_view content, int level) {
  z_stream stream{};
  TIEOUT_ASSERT(deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) ==
                Z_OK);
  std::string out;
  std::array<char, 1 << 16> buffer;  // NOLINT: filled by zlib
  std::string_view rest = content;
  int status = Z_OK;
  do {
    const std::size_t n = std::min<std::size_t>(rest.size(), std::numeric_limits<uInt>::max() / 2);
    stream.next_in = input_pointer(rest);
    stream.avail_in = static_cast<uInt>(n);
    rest.remove_prefix(n);
    do {
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = static_cast<uInt>(buffer.size());
      status = deflate(&stream, rest.empty() ? Z_FINISH : Z_NO_FLUSH);
      out.append(buffer.data(), buffer.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  } while (status != Z_STREAM_END);
  deflateEnd(&stream);
  return out;
}

Result<std::string> gunzip(std::string_view bytes, std::size_t max_bytes) {
  std::string out;
  std::array<char, 1 << 16> buffer;  // NOLINT: filled by zlib
  std::string_view rest = bytes;
  do {
    z_stream stream{};
    TIEOUT_ASSERT(inflateInit2(&stream, kGzipWindow) == Z_OK);
    int status = Z_OK;
    while (status != Z_STREAM_END) {
      const std::size_t n =
          std::min<std::size_t>(rest.size(), std::numeric_limits<uInt>::max() / 2);
      stream.next_in = input_pointer(rest);
      stream.avail_in = static_cast<uInt>(n);
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = static_cast<uInt>(buffer.size());
      status = inflate(&stream, Z_NO_FLUSH);
      const std::size_t produced = buffer.size() - stream.avail_out;
      const std::size_t consumed = n - stream.avail_in;
      rest.remove_prefix(consumed);
      if (status != Z_OK && status != Z_STREAM_END) {
        inflateEnd(&stream);
        return malformed("the bytes are not a whole gzip stream");
      }
      if (produced > max_bytes - out.size()) {
        inflateEnd(&stream);
        return malformed(fmt::format("the stream inflates to more than {} bytes", max_bytes));
      }
      out.append(buffer.data(), produced);
      if (status == Z_OK && produced == 0 && consumed == 0) {
        inflateEnd(&stream);
        return malformed("the stream ends before its end mark");
      }
    }
    inflateEnd(&stream);
  } while (!rest.empty());
  return out;
}

}  // namespace tieout
