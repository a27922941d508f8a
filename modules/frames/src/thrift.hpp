#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tieout::frames::thrift {

/// Wire types of Thrift's compact protocol.
enum class Type : std::uint8_t {
  kStop = 0,
  kTrue = 1,
  kFalse = 2,
  kByte = 3,
  kI16 = 4,
  kI32 = 5,
  kI64 = 6,
  kDouble = 7,
  kBinary = 8,
  kList = 9,
  kSet = 10,
  kMap = 11,
  kStruct = 12
};

/// Reads Thrift's compact protocol from bytes that nobody vouches for.
///
/// Rule: after damage (a read past the end, a varint that is too long, nesting that is too deep)
///       ok() is false, every read gives zero or nothing, and every loop over fields or elements
///       ends; callers check ok() once, at the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const noexcept { return ok_; }
  void fail() noexcept { ok_ = false; }
  std::size_t position() const noexcept { return position_; }
  std::string_view bytes() const noexcept { return bytes_; }
  /// Go on at `position`, which must not lie past the end.
  void seek(std::size_t position) noexcept { position_ = position; }

  struct Field {
    std::int16_t id = 0;
    Type type = Type::kStop;
  };
  /// Begin a struct; every call of next_field() until kStop then belongs to it.
  void begin_struct();
  /// The next field of the innermost struct; kStop ends the struct, also after damage.
  Field next_field();

  struct List {
    std::size_t size = 0;
    Type type = Type::kStop;
  };
  /// The size is no larger than the bytes that are left.
  List list();
  std::int64_t integer();  // zigzag varint, of any width
  std::string_view binary();
  void skip(Type type);

 private:
  std::uint8_t byte();
  std::uint64_t varint();
  void skip(Type type, int depth);

  std::string_view bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
  std::vector<std::int16_t> last_ids_;
};

/// Writes the protocol; the caller keeps fields in ascending order.
class Writer {
 public:
  void begin_struct() { last_ids_.push_back(0); }
  void end_struct();
  void integer_field(std::int16_t id, Type type, std::int64_t value);
  void binary_field(std::int16_t id, std::string_view value);
  void bool_field(std::int16_t id, bool value) { header(id, value ? Type::kTrue : Type::kFalse); }
  /// A struct as the value of a field: end_struct() ends it.
  void struct_field(std::int16_t id);
  void list_field(std::int16_t id, Type element, std::size_t size);
  void integer(std::int64_t value);
  void binary(std::string_view value);
  const std::string& bytes() const noexcept { return out_; }

 private:
  void header(std::int16_t id, Type type);
  void varint(std::uint64_t value);

  std::string out_;
  std::vector<std::int16_t> last_ids_;
};

}  // namespace tieout::frames::thrift
