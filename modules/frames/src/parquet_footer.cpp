#include "parquet_footer.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "thrift.hpp"

namespace tieout::frames::parquet {
namespace {

using thrift::Reader;
using thrift::Type;

Error malformed(std::string_view what) {
  return Error{ErrorCode::kMalformedData, std::string(what)};
}

/// The LogicalType union: one field, its id says which.
void read_logical_type(Reader& in, Field& field) {
  in.begin_struct();
  for (auto kind = in.next_field(); kind.type != Type::kStop; kind = in.next_field()) {
    switch (kind.id) {
      case 1:   // STRING
      case 4:   // ENUM
      case 12:  // JSON
        field.meaning = Meaning::kText;
        in.skip(kind.type);
        break;
      case 6:
        field.meaning = Meaning::kDate;
        in.skip(kind.type);
        break;
      case 8: {
        field.meaning = Meaning::kTimestamp;
        in.begin_struct();
        for (auto part = in.next_field(); part.type != Type::kStop; part = in.next_field()) {
          if (part.id == 1) {
            field.utc = part.type == Type::kTrue;
          } else if (part.id == 2 && part.type == Type::kStruct) {
            in.begin_struct();
            for (auto unit = in.next_field(); unit.type != Type::kStop; unit = in.next_field()) {
              field.unit_ns = unit.id == 1 ? 1'000'000 : unit.id == 2 ? 1'000 : 1;
              in.skip(unit.type);
            }
          } else {
            in.skip(part.type);
          }
        }
        break;
      }
      case 10:  // INTEGER: bit width, sign
        in.begin_struct();
        for (auto part = in.next_field(); part.type != Type::kStop; part = in.next_field()) {
          if (part.id == 2 && part.type == Type::kFalse) {
            field.meaning = Meaning::kUnsigned;
          }
          in.skip(part.type);
        }
        break;
      case 11:  // UNKNOWN: always null
        in.skip(kind.type);
        break;
      default:
        field.meaning = Meaning::kOther;
        in.skip(kind.type);
    }
  }
}

/// The older form of the same.
void apply_converted_type(std::int64_t converted, Field& field) {
  if (field.meaning != Meaning::kPlain) {
    return;  // the logical type was read already
  }
  switch (converted) {
    case 0:   // UTF8
    case 4:   // ENUM
    case 19:  // JSON
      field.meaning = Meaning::kText;
      return;
    case 6:
      field.meaning = Meaning::kDate;
      return;
    case 9:   // TIMESTAMP_MILLIS
    case 10:  // TIMESTAMP_MICROS
      field.meaning = Meaning::kTimestamp;
      field.utc = true;
      field.unit_ns = converted == 9 ? 1'000'000 : 1'000;
      return;
    case 11:
    case 12:
    case 13:
    case 14:
      field.meaning = Meaning::kUnsigned;
      return;
    case 15:
    case 16:
    case 17:
    case 18:
      return;
    default:
      field.meaning = Meaning::kOther;
  }
}

struct Element {
  Field field;
  std::int64_t child_count = -1;
};

Element read_element(Reader& in) {
  Element element;
  std::int64_t converted = -1;
  bool has_logical = false;
  in.begin_struct();
  for (auto part = in.next_field(); part.type != Type::kStop; part = in.next_field()) {
    if (part.id == 1) {
      const std::int64_t type = in.integer();
      if (type < 0 || type > 7) {
        in.fail();
      }
      element.field.physical = static_cast<Physical>(type);
    } else if (part.id == 3) {
      const std::int64_t repetition = in.integer();
      element.field.optional = repetition == 1;
      element.field.nested = element.field.nested || repetition == 2;
    } else if (part.id == 4 && part.type == Type::kBinary) {
      element.field.name = in.binary();
    } else if (part.id == 5) {
      element.child_count = in.integer();
      element.field.nested = element.field.nested || element.child_count > 0;
    } else if (part.id == 6) {
      converted = in.integer();
    } else if (part.id == 10 && part.type == Type::kStruct) {
      has_logical = true;
      read_logical_type(in, element.field);
    } else {
      in.skip(part.type);
    }
  }
  if (!has_logical && converted >= 0) {
    apply_converted_type(converted, element.field);
  }
  return element;
}

/// ColumnMetaData, as far as it is needed.
void read_column_meta(Reader& in, ColumnChunk& chunk) {
  std::int64_t data_offset = -1;
  std::int64_t dictionary_offset = -1;
  std::int64_t size = -1;
  std::int64_t values = -1;
  in.begin_struct();
  for (auto part = in.next_field(); part.type != Type::kStop; part = in.next_field()) {
    switch (part.id) {
      case 4:
        chunk.codec = in.integer();
        break;
      case 5:
        values = in.integer();
        break;
      case 7:
        size = in.integer();
        break;
      case 9:
        data_offset = in.integer();
        break;
      case 11:
        dictionary_offset = in.integer();
        break;
      default:
        in.skip(part.type);
    }
  }
  if (data_offset < 0 || size < 0 || values < 0) {
    in.fail();
    return;
  }
  const bool dictionary_first = dictionary_offset > 0 && dictionary_offset < data_offset;
  chunk.offset = static_cast<std::uint64_t>(dictionary_first ? dictionary_offset : data_offset);
  chunk.size = static_cast<std::uint64_t>(size);
  chunk.value_count = static_cast<std::uint64_t>(values);
}

void read_row_group(Reader& in, RowGroup& group) {
  group.columns.clear();
  in.begin_struct();
  for (auto part = in.next_field(); part.type != Type::kStop; part = in.next_field()) {
    if (part.id == 1 && part.type == Type::kList) {
      const auto list = in.list();
      for (std::size_t i = 0; i < list.size && in.ok(); ++i) {
        ColumnChunk& chunk = group.columns.emplace_back();
        in.begin_struct();
        for (auto field = in.next_field(); field.type != Type::kStop; field = in.next_field()) {
          if (field.id == 3 && field.type == Type::kStruct) {
            read_column_meta(in, chunk);
          } else {
            if (field.id == 1) {
              in.fail();  // the data is in another file
            }
            in.skip(field.type);
          }
        }
      }
    } else if (part.id == 3) {
      const std::int64_t count = in.integer();
      if (count < 0) {
        in.fail();
      }
      group.row_count = static_cast<std::uint64_t>(count);
    } else {
      in.skip(part.type);
    }
  }
}

void read_key_values(Reader& in, Footer& footer) {
  const auto list = in.list();
  for (std::size_t i = 0; i < list.size && in.ok(); ++i) {
    std::string_view key;
    std::string_view value;
    in.begin_struct();
    for (auto part = in.next_field(); part.type != Type::kStop; part = in.next_field()) {
      if (part.type == Type::kBinary) {
        (part.id == 1 ? key : value) = in.binary();
      } else {
        in.skip(part.type);
      }
    }
    if (key == "pandas") {
      footer.has_pandas = true;
      footer.pandas = value;
    }
  }
}

}  // namespace

Status read_footer(std::string_view file, std::string_view known_schema, Footer& footer) {
  constexpr std::string_view kMagic = "PAR1";
  if (file.size() < 12 || file.substr(0, 4) != kMagic) {
    return malformed(
        fmt::format("{} bytes that do not begin with PAR1: not a Parquet file", file.size()));
  }
  if (file.substr(file.size() - 4) != kMagic) {
    return malformed(
        fmt::format("{} bytes that do not end with PAR1: the file is truncated", file.size()));
  }
  std::uint32_t length = 0;
  std::memcpy(&length, file.data() + file.size() - 8, sizeof length);
  if (length > file.size() - 12) {
    return malformed(
        fmt::format("the metadata is said to have {} bytes, the file has {}", length, file.size()));
  }
  Reader in(file.substr(file.size() - 8 - length, length));
  footer.schema_bytes = {};
  footer.has_pandas = false;
  footer.pandas = {};
  std::size_t group_count = 0;
  in.begin_struct();
  for (auto field = in.next_field(); field.type != Type::kStop; field = in.next_field()) {
    if (field.id == 2 && field.type == Type::kList) {
      const std::size_t begin = in.position();
      if (!known_schema.empty() &&
          in.bytes().substr(begin).substr(0, known_schema.size()) == known_schema) {
        in.seek(begin + known_schema.size());
      } else {
        in.skip(field.type);
      }
      footer.schema_bytes = in.bytes().substr(begin, in.position() - begin);
    } else if (field.id == 3) {
      footer.row_count = static_cast<std::uint64_t>(in.integer());
    } else if (field.id == 4 && field.type == Type::kList) {
      const auto list = in.list();
      for (; group_count < list.size && in.ok(); ++group_count) {
        if (footer.groups.size() == group_count) {
          footer.groups.emplace_back();
        }
        read_row_group(in, footer.groups[group_count]);
      }
    } else if (field.id == 5 && field.type == Type::kList) {
      read_key_values(in, footer);
    } else {
      in.skip(field.type);
    }
  }
  footer.groups.resize(group_count);
  if (!in.ok() || footer.schema_bytes.empty()) {
    return malformed(
        fmt::format("the metadata is damaged near its byte {} of {}", in.position(), length));
  }
  std::uint64_t rows = 0;
  for (const RowGroup& group : footer.groups) {
    if (__builtin_add_overflow(rows, group.row_count, &rows)) {
      return malformed("the row groups have more rows than can be counted");
    }
  }
  if (rows != footer.row_count) {
    return malformed(
        fmt::format("the file declares {} rows, its row groups have {}", footer.row_count, rows));
  }
  return {};
}

Result<std::vector<Field>> read_schema(std::string_view schema_bytes, std::size_t max_columns) {
  Reader in(schema_bytes);
  const auto list = in.list();
  if (list.size > 0 && list.size - 1 > max_columns) {
    return Error{ErrorCode::kSchemaMismatch, fmt::format("the file has {} columns, the limit is {}",
                                                         list.size - 1, max_columns)};
  }
  std::vector<Field> fields;
  for (std::size_t i = 0; i < list.size && in.ok(); ++i) {
    Element element = read_element(in);
    if (i > 0) {
      fields.push_back(std::move(element.field));
    } else if (element.child_count < 0) {
      in.fail();
    }
  }
  if (!in.ok()) {
    return malformed(fmt::format("the schema is damaged near its byte {}", in.position()));
  }
  return fields;
}

Status check_shape(const Footer& footer, std::size_t column_count, std::uint64_t max_bytes) {
  for (const RowGroup& group : footer.groups) {
    if (group.columns.size() != column_count) {
      return malformed(fmt::format("a row group has {} columns, the schema {}",
                                   group.columns.size(), column_count));
    }
  }
  if (footer.row_count > max_bytes / sizeof(std::uint64_t) / (column_count + 1)) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("the file declares {} rows of {} columns, the limit is {} bytes",
                             footer.row_count, column_count, max_bytes)};
  }
  return {};
}

}  // namespace tieout::frames::parquet
