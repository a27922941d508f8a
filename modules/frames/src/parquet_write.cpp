#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <snappy.h>

#include "tieout/core/file.hpp"
#include "tieout/frames/file.hpp"

#include "pandas_meta.hpp"
#include "parquet_footer.hpp"
#include "thrift.hpp"
#include "utf8.hpp"

namespace tieout::frames {
namespace {

using parquet::Physical;
using thrift::Type;

constexpr std::size_t kGroupRows = 1'048'576;  // pyarrow's default
constexpr std::size_t kPageRows = 131'072;
constexpr std::int64_t kPlain = 0;
constexpr std::int64_t kRle = 3;
constexpr std::int64_t kRleDictionary = 8;
constexpr std::int64_t kSnappy = 1;

Physical physical_of(ColumnType type) {
  switch (type) {
    case ColumnType::kFloat64:
      return Physical::kDouble;
    case ColumnType::kBool:
      return Physical::kBoolean;
    case ColumnType::kString:
      return Physical::kByteArray;
    case ColumnType::kInt64:
    case ColumnType::kTimestamp:
      break;
  }
  return Physical::kInt64;
}

void add_varint(std::string& bytes, std::uint64_t value) {
  while (value >= 0x80) {
    bytes += static_cast<char>((value & 0x7F) | 0x80);
    value >>= 7;
  }
  bytes += static_cast<char>(value);
}

template <typename T>
void add_raw(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);  // NOLINT: bytes
}

/// `values` of `width` bits as one bit-packed run of Parquet's hybrid encoding.
void add_packed(std::string& bytes, std::span<const std::uint32_t> values, unsigned width) {
  const std::size_t groups = (values.size() + 7) / 8;
  add_varint(bytes, groups << 1 | 1);
  std::uint64_t pending = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < groups * 8; ++i) {
    pending |= std::uint64_t{i < values.size() ? values[i] : 0} << bits;
    for (bits += width; bits >= 8; bits -= 8, pending >>= 8) {
      bytes += static_cast<char>(pending & 0xFF);
    }
  }
}

/// Cells of one column of one row group that are no nulls, and where the nulls are.
struct Cells {
  std::vector<std::uint32_t> present;   // one for each row, 0 at nulls
  std::vector<std::uint64_t> words;     // of the present ones; not for texts
  std::vector<std::string_view> texts;  // of the present ones
};

Cells cells_of(const FrameColumn& column, std::size_t first, std::size_t count,
               NanCells nan_cells) {
  Cells cells;
  cells.present.reserve(count);
  for (std::size_t row = first; row < first + count; ++row) {
    bool present = !column.is_null(row);
    if (const auto* floats = std::get_if<std::vector<double>>(&column.values)) {
      present = present && (nan_cells == NanCells::kKeep || !std::isnan((*floats)[row]));
      if (present) {
        cells.words.push_back(std::bit_cast<std::uint64_t>((*floats)[row]));
      }
    } else if (const auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
      if (present) {
        cells.texts.emplace_back((*texts)[row]);
      }
    } else if (present) {
      std::int64_t word = 0;
      if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values)) {
        word = (*integers)[row];
      } else if (const auto* times = std::get_if<std::vector<Timestamp>>(&column.values)) {
        word = (*times)[row].ns;
      } else {
        word = std::get<std::vector<std::uint8_t>>(column.values)[row] != 0 ? 1 : 0;
      }
      cells.words.push_back(static_cast<std::uint64_t>(word));
    }
    cells.present.push_back(present ? 1 : 0);
  }
  return cells;
}

/// Distinct values in the order of their first occurrence, and each value's position among them.
template <typename T>
struct Distinct {
  std::vector<T> values;
  std::vector<std::uint32_t> positions;
};

/// Nothing when there are more than `limit` distinct values. Words are told apart by their bits.
template <typename T>
std::optional<Distinct<T>> find_distinct(const std::vector<T>& cells, std::size_t limit) {
  // Sorted by value, then by row: no hash, so no dependence on one.
  std::vector<std::uint32_t> order(cells.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = static_cast<std::uint32_t>(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return cells[a] < cells[b]; });
  std::vector<std::uint32_t> first_row(cells.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool begins = i == 0 || cells[order[i]] != cells[order[i - 1]];
    first_row[order[i]] = begins ? order[i] : first_row[order[i - 1]];
    count += begins ? 1 : 0;
  }
  if (count > limit) {
    return std::nullopt;
  }
  Distinct<T> distinct;
  distinct.positions.resize(cells.size());
  for (std::uint32_t i = 0; i < cells.size(); ++i) {
    if (first_row[i] == i) {
      distinct.positions[i] = static_cast<std::uint32_t>(distinct.values.size());
      distinct.values.push_back(cells[i]);
    } else {
      distinct.positions[i] = distinct.positions[first_row[i]];
    }
  }
  return distinct;
}

void add_plain(std::string& bytes, std::span<const std::uint64_t> words) {
  bytes.append(reinterpret_cast<const char*>(words.data()), words.size() * 8);  // NOLINT: bytes
}

void add_plain(std::string& bytes, std::span<const std::string_view> texts) {
  for (const std::string_view text : texts) {
    add_raw(bytes, static_cast<std::uint32_t>(text.size()));
    bytes += text;
  }
}

/// Where a written column lies.
struct WrittenChunk {
  Physical physical = Physical::kDouble;
  std::string_view field;
  std::size_t row_count = 0;
  std::int64_t dictionary_offset = -1;
  std::int64_t data_offset = -1;
  std::int64_t plain_size = 0;  // headers and uncompressed bodies
  std::int64_t size = 0;        // headers and compressed bodies
};

/// Appends pages to the file and keeps the chunk's books.
class PageWriter {
 public:
  PageWriter(std::string& file, WrittenChunk& chunk) : file_(file), chunk_(chunk) {}

  void dictionary_page(std::size_t count, const std::string& body) {
    chunk_.dictionary_offset = static_cast<std::int64_t>(file_.size());
    page(body, 2, [count](thrift::Writer& out) {
      out.struct_field(7);
      out.integer_field(1, Type::kI32, static_cast<std::int64_t>(count));
      out.integer_field(2, Type::kI32, kPlain);
      out.end_struct();
    });
  }

  void data_page(std::size_t rows, std::int64_t encoding, const std::string& body) {
    if (chunk_.data_offset < 0) {
      chunk_.data_offset = static_cast<std::int64_t>(file_.size());
    }
    page(body, 0, [rows, encoding](thrift::Writer& out) {
      out.struct_field(5);
      out.integer_field(1, Type::kI32, static_cast<std::int64_t>(rows));
      out.integer_field(2, Type::kI32, encoding);
      out.integer_field(3, Type::kI32, kRle);
      out.integer_field(4, Type::kI32, kRle);
      out.end_struct();
    });
  }

 private:
  template <typename Kind>
  void page(const std::string& body, std::int64_t type, Kind write_kind) {
    std::string compressed;
    snappy::Compress(body.data(), body.size(), &compressed);
    thrift::Writer header;
    header.begin_struct();
    header.integer_field(1, Type::kI32, type);
    header.integer_field(2, Type::kI32, static_cast<std::int64_t>(body.size()));
    header.integer_field(3, Type::kI32, static_cast<std::int64_t>(compressed.size()));
    write_kind(header);
    header.end_struct();
    file_ += header.bytes();
    file_ += compressed;
    chunk_.plain_size += static_cast<std::int64_t>(header.bytes().size() + body.size());
    chunk_.size += static_cast<std::int64_t>(header.bytes().size() + compressed.size());
  }

  std::string& file_;
  WrittenChunk& chunk_;
};

/// The definition levels of rows: a length, then one run when all are present, else packed bits.
void add_levels(std::string& body, std::span<const std::uint32_t> present) {
  std::string levels;
  if (std::ranges::all_of(present, [](std::uint32_t level) { return level != 0; })) {
    add_varint(levels, present.size() << 1);
    levels += '\1';
  } else {
    add_packed(levels, present, 1);
  }
  add_raw(body, static_cast<std::uint32_t>(levels.size()));
  body += levels;
}

/// Write the pages of values of type T (words or texts).
template <typename T>
void write_pages(PageWriter& pages, const std::vector<std::uint32_t>& present,
                 const std::vector<T>& values, bool flags) {
  // A dictionary pays when a value and its positions take less than the values themselves.
  std::optional<Distinct<T>> distinct;
  unsigned width = 0;
  if (!flags && !values.empty()) {
    distinct = find_distinct(values, values.size() / 2);
  }
  if (distinct) {
    width = std::max(1U, static_cast<unsigned>(std::bit_width(distinct->values.size() - 1)));
    std::string body;
    add_plain(body, std::span<const T>(distinct->values));
    pages.dictionary_page(distinct->values.size(), body);
  }
  std::size_t next = 0;
  for (std::size_t first = 0; first < present.size() || first == 0; first += kPageRows) {
    const std::size_t rows = std::min(kPageRows, present.size() - first);
    const auto levels = std::span(present).subspan(first, rows);
    const auto count = static_cast<std::size_t>(std::ranges::count(levels, 1U));
    std::string body;
    add_levels(body, levels);
    if (distinct) {
      body += static_cast<char>(width);
      if (count > 0) {
        add_packed(body, std::span(distinct->positions).subspan(next, count), width);
      }
    } else if (flags) {
      if constexpr (std::is_same_v<T, std::uint64_t>) {
        std::string bits((count + 7) / 8, '\0');
        for (std::size_t i = 0; i < count; ++i) {
          bits[i / 8] = static_cast<char>(static_cast<unsigned char>(bits[i / 8]) |
                                          (values[next + i] & 1U) << (i % 8));
        }
        body += bits;
      }
    } else {
      add_plain(body, std::span(values).subspan(next, count));
    }
    pages.data_page(rows, distinct ? kRleDictionary : kPlain, body);
    next += count;
  }
}

WrittenChunk write_chunk(std::string& file, const FrameColumn& column, std::string_view field,
                         std::size_t first, std::size_t count, NanCells nan_cells) {
  WrittenChunk chunk;
  chunk.physical = physical_of(column.type());
  chunk.field = field;
  chunk.row_count = count;
  const Cells cells = cells_of(column, first, count, nan_cells);
  PageWriter pages(file, chunk);
  if (column.type() == ColumnType::kString) {
    write_pages(pages, cells.present, cells.texts, false);
  } else {
    write_pages(pages, cells.present, cells.words, column.type() == ColumnType::kBool);
  }
  return chunk;
}

void write_schema_element(thrift::Writer& out, const FrameColumn& column, const std::string& field,
                          bool utc) {
  out.begin_struct();
  out.integer_field(1, Type::kI32, static_cast<std::int64_t>(physical_of(column.type())));
  out.integer_field(3, Type::kI32, 1);  // optional
  out.binary_field(4, field);
  if (column.type() == ColumnType::kString) {
    out.integer_field(6, Type::kI32, 0);  // UTF8
    out.struct_field(10);
    out.struct_field(1);
    out.end_struct();
    out.end_struct();
  } else if (column.type() == ColumnType::kTimestamp) {
    out.struct_field(10);
    out.struct_field(8);
    out.bool_field(1, utc);
    out.struct_field(2);
    out.struct_field(3);  // nanoseconds
    out.end_struct();
    out.end_struct();
    out.end_struct();
    out.end_struct();
  }
  out.end_struct();
}

void write_column_meta(thrift::Writer& out, const WrittenChunk& chunk) {
  const bool dictionary = chunk.dictionary_offset >= 0;
  out.begin_struct();
  out.integer_field(2, Type::kI64, dictionary ? chunk.dictionary_offset : chunk.data_offset);
  out.struct_field(3);
  out.integer_field(1, Type::kI32, static_cast<std::int64_t>(chunk.physical));
  out.list_field(2, Type::kI32, dictionary ? 3 : 2);
  out.integer(kPlain);
  out.integer(kRle);
  if (dictionary) {
    out.integer(kRleDictionary);
  }
  out.list_field(3, Type::kBinary, 1);
  out.binary(chunk.field);
  out.integer_field(4, Type::kI32, kSnappy);
  out.integer_field(5, Type::kI64, static_cast<std::int64_t>(chunk.row_count));
  out.integer_field(6, Type::kI64, chunk.plain_size);
  out.integer_field(7, Type::kI64, chunk.size);
  out.integer_field(9, Type::kI64, chunk.data_offset);
  if (dictionary) {
    out.integer_field(11, Type::kI64, chunk.dictionary_offset);
  }
  out.end_struct();
  out.end_struct();
}

/// The columns in the order of the file: the index is last, as pandas writes it.
std::vector<const FrameColumn*> columns_of(const Frame& frame) {
  std::vector<const FrameColumn*> columns;
  for (const FrameColumn& column : frame.columns) {
    columns.push_back(&column);
  }
  if (frame.index) {
    columns.push_back(&*frame.index);
  }
  return columns;
}

Result<std::vector<std::string>> field_names_of(const Frame& frame) {
  std::vector<std::string> names;
  for (const FrameColumn& column : frame.columns) {
    if (column.label.size() != frame.level_names.size()) {
      return Error{
          ErrorCode::kSchemaMismatch,
          fmt::format("write_parquet: the column '{}' has {} levels, the frame {}",
                      to_string(column.label), column.label.size(), frame.level_names.size())};
    }
    names.push_back(column.label.size() == 1 ? column.label.front() : tuple_text(column.label));
  }
  if (frame.index) {
    const std::string name = to_string(frame.index->label);
    names.push_back(name.empty() ? "__index_level_0__" : name);
  }
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second || !is_utf8(name)) {
      return Error{
          ErrorCode::kSchemaMismatch,
          fmt::format("write_parquet: the column name '{}' {}", name,
                      is_utf8(name) ? "occurs twice, needed different names" : "is not UTF-8")};
    }
  }
  return names;
}

Status check_texts(const std::vector<const FrameColumn*>& columns, std::size_t row_count) {
  for (const FrameColumn* column : columns) {
    if (column->size() != row_count) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("write_parquet: the column '{}' has {} rows, the frame {}",
                               to_string(column->label), column->size(), row_count)};
    }
    const auto* texts = std::get_if<std::vector<std::string>>(&column->values);
    for (std::size_t row = 0; texts != nullptr && row < texts->size(); ++row) {
      if (!is_utf8((*texts)[row])) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("write_parquet: column '{}' row {} is not UTF-8",
                                 to_string(column->label), row)};
      }
    }
  }
  return {};
}

std::string footer_of(const Frame& frame, const std::vector<const FrameColumn*>& columns,
                      const std::vector<std::string>& names,
                      const std::vector<std::vector<WrittenChunk>>& groups) {
  thrift::Writer out;
  out.begin_struct();
  out.integer_field(1, Type::kI32, 2);  // version
  out.list_field(2, Type::kStruct, columns.size() + 1);
  out.begin_struct();
  out.integer_field(3, Type::kI32, 0);
  out.binary_field(4, "schema");
  out.integer_field(5, Type::kI32, static_cast<std::int64_t>(columns.size()));
  out.end_struct();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    write_schema_element(out, *columns[i], names[i], !frame.zone.empty());
  }
  out.integer_field(3, Type::kI64, static_cast<std::int64_t>(frame.row_count()));
  out.list_field(4, Type::kStruct, groups.size());
  for (const std::vector<WrittenChunk>& group : groups) {
    std::int64_t plain_size = 0;
    out.begin_struct();
    out.list_field(1, Type::kStruct, group.size());
    for (const WrittenChunk& chunk : group) {
      write_column_meta(out, chunk);
      plain_size += chunk.plain_size;
    }
    out.integer_field(2, Type::kI64, plain_size);
    out.integer_field(3, Type::kI64,
                      group.empty() ? 0 : static_cast<std::int64_t>(group.front().row_count));
    out.end_struct();
  }
  out.list_field(5, Type::kStruct, 1);
  out.begin_struct();
  out.binary_field(1, "pandas");
  out.binary_field(2, pandas_meta_json(frame, names));
  out.end_struct();
  out.binary_field(6, "tieout");
  out.end_struct();
  return out.bytes();
}

}  // namespace

Result<std::string> to_parquet(const Frame& frame, NanCells nan_cells) {
  const std::vector<const FrameColumn*> columns = columns_of(frame);
  TIEOUT_TRY(const std::vector<std::string> names, field_names_of(frame));
  TIEOUT_CHECK(check_texts(columns, frame.row_count()));
  std::string bytes = "PAR1";
  std::vector<std::vector<WrittenChunk>> groups;
  for (std::size_t first = 0; first < frame.row_count(); first += kGroupRows) {
    const std::size_t count = std::min(kGroupRows, frame.row_count() - first);
    std::vector<WrittenChunk>& group = groups.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      group.push_back(write_chunk(bytes, *columns[i], names[i], first, count, nan_cells));
    }
  }
  const std::string footer = footer_of(frame, columns, names, groups);
  bytes += footer;
  add_raw(bytes, static_cast<std::uint32_t>(footer.size()));
  bytes += "PAR1";
  return bytes;
}

Status write_parquet(const Frame& frame, const std::filesystem::path& file, NanCells nan_cells) {
  std::error_code error;
  if (std::filesystem::exists(file, error)) {
    return Error{ErrorCode::kPathExists,
                 fmt::format("write_parquet: '{}' exists already", file.string())};
  }
  TIEOUT_TRY(const std::string bytes, to_parquet(frame, nan_cells));
  return write_file_atomic(file, bytes);
}

}  // namespace tieout::frames
