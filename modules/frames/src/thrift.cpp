#include "thrift.hpp"

namespace tieout::frames::thrift {
namespace {

constexpr int kMaxDepth = 16;  // the deepest struct of Parquet's metadata has 6 levels

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

}  // namespace

std::uint8_t Reader::byte() {
  if (!ok_ || position_ >= bytes_.size()) {
    ok_ = false;
    return 0;
  }
  return static_cast<std::uint8_t>(bytes_[position_++]);
}

std::uint64_t Reader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t next = byte();
    value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
    if ((next & 0x80U) == 0) {
      return ok_ ? value : 0;
    }
  }
  ok_ = false;
  return 0;
}

void Reader::begin_struct() {
  if (last_ids_.size() >= kMaxDepth) {
    ok_ = false;
  }
  last_ids_.push_back(0);
}

Reader::Field Reader::next_field() {
  const std::uint8_t head = byte();
  const auto type = static_cast<Type>(head & 0x0FU);
  if (!ok_ || last_ids_.empty() || type == Type::kStop || type > Type::kStruct) {
    ok_ = ok_ && !last_ids_.empty() && type == Type::kStop;
    if (!last_ids_.empty()) {
      last_ids_.pop_back();
    }
    return {};
  }
  const unsigned delta = head >> 4U;
  const std::int64_t id = delta != 0 ? last_ids_.back() + static_cast<int>(delta) : integer();
  last_ids_.back() = static_cast<std::int16_t>(id);
  return {last_ids_.back(), type};
}

Reader::List Reader::list() {
  const std::uint8_t head = byte();
  std::uint64_t size = head >> 4U;
  if (size == 15) {
    size = varint();
  }
  if (!ok_ || size > bytes_.size() - position_) {
    ok_ = false;
    return {};
  }
  return {static_cast<std::size_t>(size), static_cast<Type>(head & 0x0FU)};
}

std::int64_t Reader::integer() {
  const std::uint64_t value = varint();
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

std::string_view Reader::binary() {
  const std::uint64_t size = varint();
  if (!ok_ || size > bytes_.size() - position_) {
    ok_ = false;
    return {};
  }
  const std::string_view value = bytes_.substr(position_, static_cast<std::size_t>(size));
  position_ += static_cast<std::size_t>(size);
  return value;
}

void Reader::skip(Type type) {
  skip(type, static_cast<int>(last_ids_.size()));
}

void Reader::skip(Type type, int depth) {
  if (depth > kMaxDepth) {
    ok_ = false;
  }
  if (!ok_) {
    return;
  }
  switch (type) {
    case Type::kTrue:
    case Type::kFalse:
      return;
    case Type::kByte:
      byte();
      return;
    case Type::kI16:
    case Type::kI32:
    case Type::kI64:
      varint();
      return;
    case Type::kDouble:
      for (int i = 0; i < 8; ++i) {
        byte();
      }
      return;
    case Type::kBinary:
      binary();
      return;
    case Type::kList:
    case Type::kSet: {
      const List elements = list();
      for (std::size_t i = 0; i < elements.size && ok_; ++i) {
        // A boolean in a list has a byte of its own.
        const bool flag = elements.type == Type::kTrue || elements.type == Type::kFalse;
        skip(flag ? Type::kByte : elements.type, depth + 1);
      }
      return;
    }
    case Type::kStruct:
      begin_struct();
      for (Field field = next_field(); field.type != Type::kStop; field = next_field()) {
        skip(field.type, depth + 1);
      }
      return;
    case Type::kMap:  // Parquet's metadata has none.
    case Type::kStop:
      break;
  }
  ok_ = false;
}

void Writer::varint(std::uint64_t value) {
  while (value >= 0x80) {
    out_ += static_cast<char>((value & 0x7F) | 0x80);
    value >>= 7;
  }
  out_ += static_cast<char>(value);
}

void Writer::header(std::int16_t id, Type type) {
  const int delta = id - last_ids_.back();
  if (delta > 0 && delta <= 15) {
    out_ += static_cast<char>(delta << 4 | static_cast<int>(type));
  } else {
    out_ += static_cast<char>(type);
    varint(zigzag(id));
  }
  last_ids_.back() = id;
}

void Writer::end_struct() {
  out_ += '\0';
  last_ids_.pop_back();
}

void Writer::integer_field(std::int16_t id, Type type, std::int64_t value) {
  header(id, type);
  integer(value);
}

void Writer::binary_field(std::int16_t id, std::string_view value) {
  header(id, Type::kBinary);
  binary(value);
}

void Writer::struct_field(std::int16_t id) {
  header(id, Type::kStruct);
  begin_struct();
}

void Writer::list_field(std::int16_t id, Type element, std::size_t size) {
  header(id, Type::kList);
  if (size < 15) {
    out_ += static_cast<char>(size << 4 | static_cast<std::size_t>(element));
  } else {
    out_ += static_cast<char>(0xF0 | static_cast<int>(element));
    varint(size);
  }
}

void Writer::integer(std::int64_t value) {
  varint(zigzag(value));
}

void Writer::binary(std::string_view value) {
  varint(value.size());
  out_ += value;
}

}  // namespace tieout::frames::thrift
