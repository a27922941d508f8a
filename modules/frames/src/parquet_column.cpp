#include "parquet_column.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <snappy.h>

#include "rle.hpp"
#include "thrift.hpp"

namespace tieout::frames::parquet {
namespace {

constexpr std::size_t kPadding = 8;  // load_word() reads a whole word at the last byte

enum Encoding : std::int64_t { kPlain = 0, kPlainDictionary = 2, kRle = 3, kRleDictionary = 8 };
enum PageType : std::int64_t {
  kDataPage = 0,
  kIndexPage = 1,
  kDictionaryPage = 2,
  kDataPageV2 = 3
};
enum Codec : std::int64_t { kUncompressed = 0, kSnappy = 1 };

Error malformed(std::string_view what) {
  return Error{ErrorCode::kMalformedData, std::string(what)};
}

/// Bytes of one PLAIN value; 0 when it varies.
std::size_t plain_size(Physical physical) noexcept {
  switch (physical) {
    case Physical::kInt32:
    case Physical::kFloat:
      return 4;
    case Physical::kInt64:
    case Physical::kDouble:
      return 8;
    case Physical::kInt96:
      return 12;
    case Physical::kBoolean:
    case Physical::kByteArray:
    case Physical::kFixedBytes:
      break;
  }
  return 0;
}

template <typename T>
T load(const char* p) noexcept {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

std::uint64_t word_of(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value);
}

/// Scale each integer; false when one does not fit.
template <typename T>
bool scale(std::string_view bytes, std::span<std::uint64_t> words, std::int64_t factor) {
  bool fits = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::int64_t value = 0;
    fits = !__builtin_mul_overflow(std::int64_t{load<T>(bytes.data() + i * sizeof(T))}, factor,
                                   &value) &&
           fits;
    words[i] = word_of(value);
  }
  return fits;
}

/// Nanoseconds of the day, then the Julian day: timestamps of older writers.
bool read_int96(std::string_view bytes, std::span<std::uint64_t> words) {
  constexpr std::int64_t kJulianDayOfEpoch = 2'440'588;
  bool fits = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const char* p = bytes.data() + i * 12;
    const std::int64_t day = std::int64_t{load<std::int32_t>(p + 8)} - kJulianDayOfEpoch;
    std::int64_t ns = 0;
    fits = !__builtin_mul_overflow(day, days(1).ns, &ns) && fits;
    fits = !__builtin_add_overflow(ns, load<std::int64_t>(p), &ns) && fits;
    words[i] = word_of(ns);
  }
  return fits;
}

bool is_dictionary(std::int64_t encoding) noexcept {
  return encoding == kPlainDictionary || encoding == kRleDictionary;
}

}  // namespace

/// Header and body of one page.
struct ColumnDecoder::Page {
  std::int64_t type = -1;
  std::int64_t value_count = 0;
  std::int64_t encoding = kPlain;
  std::int64_t uncompressed_size = 0;
  // Version 2 only: levels stand before the compressed part.
  std::int64_t level_bytes = 0;
  std::int64_t repetition_bytes = 0;
  bool compressed = true;
  bool optional = false;
  std::string_view body;

  /// Read the header at the front of `rest`, take header and body off.
  bool take(std::string_view& rest) {
    using thrift::Type;
    thrift::Reader in(rest);
    std::int64_t compressed_size = -1;
    uncompressed_size = -1;
    in.begin_struct();
    for (auto part = in.next_field(); part.type != Type::kStop; part = in.next_field()) {
      if (part.id == 1) {
        type = in.integer();
      } else if (part.id == 2) {
        uncompressed_size = in.integer();
      } else if (part.id == 3) {
        compressed_size = in.integer();
      } else if ((part.id == 5 || part.id == 7 || part.id == 8) && part.type == Type::kStruct) {
        read_kind(in, part.id);
      } else {
        in.skip(part.type);
      }
    }
    if (!in.ok() || compressed_size < 0 || uncompressed_size < 0 || value_count < 0 ||
        level_bytes < 0 || repetition_bytes < 0 ||
        static_cast<std::uint64_t>(compressed_size) > rest.size() - in.position()) {
      return false;
    }
    body = rest.substr(in.position(), static_cast<std::size_t>(compressed_size));
    rest.remove_prefix(in.position() + body.size());
    return true;
  }

 private:
  /// Field 5 is the header of a data page, 7 of a dictionary, 8 of a data page of version 2.
  void read_kind(thrift::Reader& in, int kind) {
    using thrift::Type;
    in.begin_struct();
    for (auto part = in.next_field(); part.type != Type::kStop; part = in.next_field()) {
      if (part.id == 1) {
        value_count = in.integer();
      } else if ((part.id == 2 && kind != 8) || (part.id == 4 && kind == 8)) {
        encoding = in.integer();
      } else if (part.id == 5 && kind == 8) {
        level_bytes = in.integer();
      } else if (part.id == 6 && kind == 8) {
        repetition_bytes = in.integer();
      } else if (part.id == 7 && kind == 8) {
        compressed = part.type == Type::kTrue;
      } else {
        in.skip(part.type);
      }
    }
  }
};

bool is_native(const Field& field) noexcept {
  if (field.nested || field.physical == Physical::kFixedBytes || field.meaning == Meaning::kOther) {
    return false;
  }
  switch (field.meaning) {
    case Meaning::kText:
      return field.physical == Physical::kByteArray;
    case Meaning::kDate:
      return field.physical == Physical::kInt32;
    case Meaning::kTimestamp:
      return field.physical == Physical::kInt64 && field.unit_ns > 0;
    case Meaning::kUnsigned:
      return field.physical == Physical::kInt32 || field.physical == Physical::kInt64;
    case Meaning::kPlain:
    case Meaning::kOther:
      break;
  }
  return true;
}

ColumnType column_type(const Field& field) noexcept {
  switch (field.physical) {
    case Physical::kFloat:
    case Physical::kDouble:
      return ColumnType::kFloat64;
    case Physical::kBoolean:
      return ColumnType::kBool;
    case Physical::kByteArray:
    case Physical::kFixedBytes:
      return ColumnType::kString;
    case Physical::kInt96:
      return ColumnType::kTimestamp;
    case Physical::kInt32:
    case Physical::kInt64:
      break;
  }
  return field.meaning == Meaning::kTimestamp || field.meaning == Meaning::kDate
             ? ColumnType::kTimestamp
             : ColumnType::kInt64;
}

std::uint64_t null_word(ColumnType type) noexcept {
  return type == ColumnType::kFloat64
             ? std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN())
             : word_of(kNullWord);
}

Result<Outcome> ColumnDecoder::decode(std::string_view file, const ColumnChunk& chunk,
                                      const Field& field, const Target& target) {
  null_count_ = 0;
  saw_null_word_ = false;
  if (chunk.codec != kUncompressed && chunk.codec != kSnappy) {
    return Outcome::kUnsupported;
  }
  // The eight bytes at the end of the file are no data: they also are the padding of load_word().
  if (chunk.value_count != target.words.size() || file.size() < kPadding ||
      chunk.offset > file.size() - kPadding || chunk.size > file.size() - kPadding - chunk.offset) {
    return malformed(
        fmt::format("a column of {} values at bytes {} + {} is not that of {} rows in "
                    "a file of {} bytes",
                    chunk.value_count, chunk.offset, chunk.size, target.words.size(), file.size()));
  }
  std::string_view rest = file.substr(chunk.offset, chunk.size);
  dictionary_.clear();
  std::size_t done = 0;
  while (done < target.words.size()) {
    Page page;
    page.optional = field.optional;
    if (!page.take(rest)) {
      return malformed(
          fmt::format("the page at byte {} is damaged", chunk.offset + chunk.size - rest.size()));
    }
    TIEOUT_TRY(const Outcome outcome, decode_page(page, field, chunk.codec, target, done));
    if (outcome == Outcome::kUnsupported) {
      return outcome;
    }
    if (page.type == kDataPage || page.type == kDataPageV2) {
      done += static_cast<std::size_t>(page.value_count);
    }
  }
  return Outcome::kDone;
}

Result<Outcome> ColumnDecoder::decode_page(const Page& page, const Field& field, std::int64_t codec,
                                           const Target& target, std::size_t done) {
  if (page.type == kIndexPage) {
    return Outcome::kDone;
  }
  const auto count = static_cast<std::size_t>(page.value_count);
  std::string_view bytes = page.body;
  if (codec == kSnappy && page.compressed) {
    TIEOUT_CHECK(decompress(page, bytes));
  }
  if (page.type == kDictionaryPage) {
    // Every value takes a byte at least, so that the count cannot be a lie.
    if (count > bytes.size()) {
      return malformed("a dictionary is shorter than it says");
    }
    dictionary_.resize(count);
    TIEOUT_CHECK(read_values(field, bytes, dictionary_));
    return Outcome::kDone;
  }
  if ((page.type != kDataPage && page.type != kDataPageV2) || count > target.words.size() - done) {
    return malformed(fmt::format("found a page of type {} with {} values, needed at most {} more",
                                 page.type, count, target.words.size() - done));
  }
  TIEOUT_TRY(bytes, read_levels(page, bytes));
  const std::span<std::uint64_t> words = target.words.subspan(done, count);
  const std::span<std::uint64_t> present = words.first(present_);
  if (is_dictionary(page.encoding)) {
    TIEOUT_CHECK(read_indices(bytes, present));
  } else if (page.encoding == kPlain) {
    TIEOUT_CHECK(read_values(field, bytes, present));
  } else if (page.encoding == kRle && field.physical == Physical::kBoolean) {
    TIEOUT_CHECK(read_flags(bytes, present));
  } else {
    return Outcome::kUnsupported;
  }
  if (present_ < count) {
    const std::uint64_t null = null_word(column_type(field));
    std::size_t next = present_;
    for (std::size_t i = count; i-- > 0;) {
      words[i] = levels_[i] != 0 ? words[--next] : null;
    }
    if (target.valid != nullptr) {
      std::copy(levels_.begin(), levels_.end(), target.valid + done);
    }
    null_count_ += count - present_;
  }
  return Outcome::kDone;
}

/// Snappy; in pages of version 2 the levels before it are not compressed.
Status ColumnDecoder::decompress(const Page& page, std::string_view& bytes) {
  const std::uint64_t plain = page.type == kDataPageV2
                                  ? static_cast<std::uint64_t>(page.level_bytes) +
                                        static_cast<std::uint64_t>(page.repetition_bytes)
                                  : 0;
  std::size_t length = 0;
  if (plain > page.body.size() ||
      !snappy::GetUncompressedLength(page.body.data() + plain, page.body.size() - plain, &length) ||
      length + plain != static_cast<std::uint64_t>(page.uncompressed_size)) {
    return malformed("a compressed page has another length than it says");
  }
  // A copy of Snappy's makes at most 64 bytes of 2: more is a lie, and would be memory for nothing.
  if (length > 64 * (page.body.size() + 1)) {
    return malformed(
        fmt::format("a page of {} bytes is said to hold {}", page.body.size(), length));
  }
  if (page_.size() < plain + length + kPadding) {
    page_.resize(plain + length + kPadding);
  }
  std::memcpy(page_.data(), page.body.data(), plain);
  if (!snappy::RawUncompress(page.body.data() + plain, page.body.size() - plain,
                             page_.data() + plain)) {
    return malformed("the Snappy data of a page are damaged");
  }
  bytes = {page_.data(), plain + length};
  return {};
}

/// Read which values are null; returns the bytes behind the levels.
Result<std::string_view> ColumnDecoder::read_levels(const Page& page, std::string_view bytes) {
  const auto count = static_cast<std::size_t>(page.value_count);
  present_ = count;
  levels_.clear();
  std::size_t begin = 0;
  std::size_t size = 0;
  if (page.type == kDataPageV2) {
    begin = static_cast<std::size_t>(page.repetition_bytes);
    size = static_cast<std::size_t>(page.level_bytes);
  } else if (page.optional) {
    if (bytes.size() < 4) {
      return malformed("a page is too short for its levels");
    }
    begin = 4;
    size = load<std::uint32_t>(bytes.data());
  }
  if (begin > bytes.size() || size > bytes.size() - begin) {
    return malformed("the levels of a page are longer than the page");
  }
  if (page.optional) {
    std::size_t at = 0;
    // Only a page with a null needs its levels one by one.
    const auto spell_out = [&] {
      if (levels_.empty()) {
        levels_.assign(count, 1);
      }
    };
    const auto on_run = [&](std::uint32_t level, std::size_t length) {
      if (level == 0) {
        spell_out();
        std::fill_n(levels_.begin() + static_cast<std::ptrdiff_t>(at), length, std::uint8_t{0});
        present_ -= length;
      }
      at += length;
    };
    const auto on_packed = [&](const char* first, std::size_t length) {
      spell_out();
      for (std::size_t i = 0; i < length; ++i, ++at) {
        const auto bit = static_cast<std::uint8_t>(
            unsigned{static_cast<unsigned char>(first[i / 8])} >> (i % 8) & 1U);
        levels_[at] = bit;
        present_ -= bit == 0 ? 1U : 0U;
      }
    };
    if (!walk_hybrid(bytes.substr(begin, size), 1, count, on_run, on_packed)) {
      return malformed("the levels of a page end too early");
    }
  }
  return bytes.substr(begin + size);
}

Status ColumnDecoder::read_values(const Field& field, std::string_view bytes,
                                  std::span<std::uint64_t> words) {
  const std::size_t count = words.size();
  if (count == 0) {
    return {};  // there may be no memory to point at
  }
  const std::size_t size = plain_size(field.physical);
  if (size != 0 ? count > bytes.size() / size
                : field.physical == Physical::kBoolean && (count + 7) / 8 > bytes.size()) {
    return malformed(fmt::format("a page has {} bytes for {} values", bytes.size(), count));
  }
  bool fits = true;
  switch (field.physical) {
    case Physical::kDouble:
      std::memcpy(words.data(), bytes.data(), count * 8);
      return {};
    case Physical::kFloat:
      for (std::size_t i = 0; i < count; ++i) {
        const double value = load<float>(bytes.data() + i * 4);
        words[i] = std::bit_cast<std::uint64_t>(value);
      }
      return {};
    case Physical::kBoolean:
      for (std::size_t i = 0; i < count; ++i) {
        words[i] = unsigned{static_cast<unsigned char>(bytes[i / 8])} >> (i % 8) & 1U;
      }
      return {};
    case Physical::kByteArray:
      return read_texts(bytes, words);
    case Physical::kInt96:
      fits = read_int96(bytes, words);
      break;
    case Physical::kInt32:
      if (field.meaning == Meaning::kUnsigned) {
        for (std::size_t i = 0; i < count; ++i) {
          words[i] = load<std::uint32_t>(bytes.data() + i * 4);
        }
      } else {
        fits = scale<std::int32_t>(bytes, words, field.meaning == Meaning::kDate ? days(1).ns : 1);
      }
      break;
    case Physical::kInt64:
      if (field.meaning == Meaning::kTimestamp && field.unit_ns != 1) {
        fits = scale<std::int64_t>(bytes, words, field.unit_ns);
        break;
      }
      std::memcpy(words.data(), bytes.data(), count * 8);
      for (const std::uint64_t word : words) {
        saw_null_word_ = saw_null_word_ || word == word_of(kNullWord);
      }
      if (field.meaning == Meaning::kUnsigned) {
        fits = std::ranges::all_of(words, [](std::uint64_t word) { return word >> 63 == 0; });
      } else if (field.meaning == Meaning::kTimestamp) {
        saw_null_word_ = false;  // pandas' NaT is a null
      }
      break;
    case Physical::kFixedBytes:
      return malformed("bytes of fixed length are not read here");
  }
  if (!fits) {
    return Error{ErrorCode::kSchemaMismatch,
                 "a value does not fit 64 signed bits (timestamps: 1678 to 2261)"};
  }
  return {};
}

/// Length (4 bytes) and bytes of each text.
Status ColumnDecoder::read_texts(std::string_view bytes, std::span<std::uint64_t> words) {
  for (std::uint64_t& word : words) {
    const std::size_t length = bytes.size() < 4
                                   ? std::size_t{std::numeric_limits<std::uint32_t>::max()} + 1
                                   : load<std::uint32_t>(bytes.data());
    if (length + 4 > bytes.size()) {
      return malformed("a text ends behind its page");
    }
    word = word_of(pool_.intern(bytes.substr(4, length)));
    bytes.remove_prefix(4 + length);
  }
  return {};
}

/// Length (4 bytes), then the flags as runs.
Status ColumnDecoder::read_flags(std::string_view bytes, std::span<std::uint64_t> words) {
  std::uint64_t* out = words.data();
  const auto on_run = [&out](std::uint32_t flag, std::size_t length) {
    out = std::fill_n(out, length, flag & 1U);
  };
  const auto on_packed = [&out](const char* first, std::size_t length) {
    for (std::size_t i = 0; i < length; ++i) {
      *out++ = unsigned{static_cast<unsigned char>(first[i / 8])} >> (i % 8) & 1U;
    }
  };
  if (bytes.size() < 4 || !walk_hybrid(bytes.substr(4), 1, words.size(), on_run, on_packed)) {
    return malformed("a page of booleans ends too early");
  }
  return {};
}

/// Width (1 byte), then the positions in the dictionary.
Status ColumnDecoder::read_indices(std::string_view bytes, std::span<std::uint64_t> words) const {
  if (words.empty()) {
    return {};
  }
  const unsigned width = bytes.empty() ? 99U : static_cast<unsigned char>(bytes.front());
  if (width > 32 || dictionary_.empty()) {
    return malformed("a page of dictionary positions has no dictionary");
  }
  const std::uint64_t size = dictionary_.size();
  const std::uint64_t* const dictionary = dictionary_.data();
  std::uint64_t* out = words.data();
  bool inside = true;
  const auto on_run = [&](std::uint32_t position, std::size_t length) {
    inside = inside && position < size;
    out = std::fill_n(out, length, dictionary[position < size ? position : 0]);
  };
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  const auto on_packed = [&](const char* first, std::size_t length) {
    std::uint64_t largest = 0;
    std::size_t bit = 0;
    for (std::size_t i = 0; i < length; ++i, bit += width) {
      const std::uint64_t position = load_word(first + bit / 8) >> (bit % 8) & mask;
      largest = std::max(largest, position);
      out[i] = dictionary[position < size ? position : 0];
    }
    out += length;
    inside = inside && largest < size;
  };
  if (!walk_hybrid(bytes.substr(1), width, words.size(), on_run, on_packed) || !inside) {
    return malformed("a page points outside of its dictionary, or ends too early");
  }
  return {};
}

}  // namespace tieout::frames::parquet
