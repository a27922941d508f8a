#include "tieout/frames/window_decoder.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "pandas_meta.hpp"
#include "parquet_column.hpp"
#include "parquet_footer.hpp"
#include "raw_table.hpp"

namespace tieout::frames {
namespace {

constexpr std::size_t kKnownSchemas = 32;  // a log has about ten nodes, each with one or two

std::uint64_t word_of(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

/// What all files with the same schema and metadata share.
struct Known {
  std::string schema_bytes;
  std::string pandas;
  std::vector<parquet::Field> fields;
  std::size_t index = 0;  // position of the index among the fields
  bool native = true;
  std::shared_ptr<const WindowSchema> schema;
};

Error no_index(std::string_view found) {
  return Error{ErrorCode::kSchemaMismatch,
               fmt::format("{}, needed pandas' metadata with one timestamp index", found)};
}

/// Words of a frame's column that DuckDB has read.
Status add_words(const FrameColumn& column, StringPool& pool, std::span<std::uint64_t> words) {
  for (std::size_t row = 0; row < words.size(); ++row) {
    if (column.is_null(row)) {
      words[row] = parquet::null_word(column.type());
    } else if (const auto* floats = std::get_if<std::vector<double>>(&column.values)) {
      words[row] = std::bit_cast<std::uint64_t>((*floats)[row]);
    } else if (const auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
      words[row] = word_of(pool.intern((*texts)[row]));
    } else if (const auto* times = std::get_if<std::vector<Timestamp>>(&column.values)) {
      words[row] = word_of((*times)[row].ns);
    } else if (const auto* flags = std::get_if<std::vector<std::uint8_t>>(&column.values)) {
      words[row] = (*flags)[row];
    } else {
      words[row] = word_of(std::get<std::vector<std::int64_t>>(column.values)[row]);
      if (words[row] == word_of(kNullWord)) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("column '{}' row {} has the value that stands for a null",
                                 to_string(column.label), row)};
      }
    }
  }
  return {};
}

}  // namespace

struct WindowDecoder::State {
  State(StringPool& texts, const ReadLimits& bounds)
      : pool(texts), limits(bounds), decoder(texts) {}

  Result<const Known*> known_of(const parquet::Footer& found);
  Result<Known> parse(const parquet::Footer& found) const;
  Result<parquet::Outcome> decode_natively(std::string_view bytes, const Known& known,
                                           DecodedWindow& window);
  Status decode_with_duckdb(const std::filesystem::path& file, DecodedWindow& window);
  Status decode(std::string_view bytes, const std::filesystem::path& file, DecodedWindow& window);

  StringPool& pool;
  ReadLimits limits;
  FileBuffer buffer;
  parquet::Footer footer;
  parquet::ColumnDecoder decoder;
  std::vector<std::unique_ptr<Known>> known_schemas;  // the last used one first
};

/// Read schema and metadata of a kind of file that was not seen before.
Result<Known> WindowDecoder::State::parse(const parquet::Footer& found) const {
  if (!found.has_pandas) {
    return no_index("the file has no pandas metadata");
  }
  Known known;
  known.schema_bytes = found.schema_bytes;
  known.pandas = found.pandas;
  TIEOUT_TRY(known.fields, parquet::read_schema(found.schema_bytes, limits.max_columns));
  known.native = std::ranges::all_of(known.fields, parquet::is_native);
  // An empty table of these fields takes the labels on its way to a frame.
  RawTable table;
  table.pandas = known.pandas;
  for (const parquet::Field& field : known.fields) {
    table.columns.push_back({{field.name}, std::vector<double>{}});
  }
  TIEOUT_TRY(const PandasMeta meta, parse_pandas_meta(known.pandas));
  TIEOUT_TRY(Frame frame, frame_of(std::move(table)));
  if (meta.index_fields.size() != 1 || !frame.index) {
    return no_index(fmt::format("the index has {} columns", meta.index_fields.size()));
  }
  const auto index =
      std::ranges::find(known.fields, meta.index_fields.front(), &parquet::Field::name);
  known.index = static_cast<std::size_t>(index - known.fields.begin());
  if (parquet::column_type(*index) != ColumnType::kTimestamp) {
    return no_index(fmt::format("the index '{}' has another type", index->name));
  }
  auto schema = std::make_shared<WindowSchema>();
  for (std::size_t i = 0, next = 0; i < known.fields.size(); ++i) {
    if (i != known.index) {
      schema->columns.push_back(
          {std::move(frame.columns[next++].label), parquet::column_type(known.fields[i])});
    }
  }
  schema->level_names = std::move(frame.level_names);
  schema->index_name = to_string(frame.index->label);
  const auto index_meta = meta.columns.find(index->name);
  schema->zone = index_meta == meta.columns.end() ? "" : index_meta->second.zone;
  known.schema = std::move(schema);
  return known;
}

Result<const Known*> WindowDecoder::State::known_of(const parquet::Footer& found) {
  const auto same = [&found](const std::unique_ptr<Known>& known) {
    return known->schema_bytes == found.schema_bytes && known->pandas == found.pandas;
  };
  const auto position = std::ranges::find_if(known_schemas, same);
  if (position == known_schemas.end()) {
    TIEOUT_TRY(Known known, parse(found));
    if (known_schemas.size() == kKnownSchemas) {
      known_schemas.pop_back();
    }
    known_schemas.insert(known_schemas.begin(), std::make_unique<Known>(std::move(known)));
  } else {
    std::rotate(known_schemas.begin(), position, std::next(position));
  }
  return known_schemas.front().get();
}

Result<parquet::Outcome> WindowDecoder::State::decode_natively(std::string_view bytes,
                                                               const Known& known,
                                                               DecodedWindow& window) {
  const auto rows = static_cast<std::size_t>(footer.row_count);
  window.index.resize(rows);
  window.words.resize((known.fields.size() - 1) * rows);
  std::size_t next = 0;
  for (std::size_t i = 0; i < known.fields.size(); ++i) {
    const bool is_index = i == known.index;
    // Signed and unsigned forms of one type may be used for the same bytes.
    const std::span<std::uint64_t> words =
        is_index ? std::span(reinterpret_cast<std::uint64_t*>(window.index.data()), rows)  // NOLINT
                 : std::span(window.words).subspan(next++ * rows, rows);
    std::size_t done = 0;
    for (const parquet::RowGroup& group : footer.groups) {
      const auto count = static_cast<std::size_t>(group.row_count);
      auto outcome = decoder.decode(bytes, group.columns[i], known.fields[i],
                                    {.words = words.subspan(done, count)});
      if (!outcome) {
        return Error{outcome.error().code,
                     fmt::format("column '{}': {}", known.fields[i].name, outcome.error().message)};
      }
      if (*outcome == parquet::Outcome::kUnsupported) {
        return outcome;
      }
      if (is_index && decoder.null_count() > 0) {
        return no_index("the index has nulls");
      }
      if (decoder.saw_null_word()) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("column '{}' has the value {}, which stands for a null",
                                 known.fields[i].name, kNullWord)};
      }
      done += count;
    }
  }
  return parquet::Outcome::kDone;
}

Status WindowDecoder::State::decode_with_duckdb(const std::filesystem::path& file,
                                                DecodedWindow& window) {
  TIEOUT_TRY(RawTable table, read_with_duckdb(file, limits));
  TIEOUT_TRY(const Frame frame, frame_of(std::move(table)));
  const std::size_t rows = frame.row_count();
  if (!frame.index || frame.index->type() != ColumnType::kTimestamp ||
      !frame.index->valid.empty() || frame.columns.size() != window.schema->columns.size()) {
    return no_index("the index has nulls or another type");
  }
  window.index.clear();
  for (const Timestamp at : std::get<std::vector<Timestamp>>(frame.index->values)) {
    window.index.push_back(at.ns);
  }
  window.words.resize(frame.columns.size() * rows);
  auto schema = std::make_shared<WindowSchema>(*window.schema);
  for (std::size_t i = 0; i < frame.columns.size(); ++i) {
    schema->columns[i].type = frame.columns[i].type();
    TIEOUT_CHECK(
        add_words(frame.columns[i], pool, std::span(window.words).subspan(i * rows, rows)));
  }
  if (schema->columns != window.schema->columns) {
    window.schema = std::move(schema);  // decimals are text
  }
  return {};
}

Status WindowDecoder::State::decode(std::string_view bytes, const std::filesystem::path& file,
                                    DecodedWindow& window) {
  const std::string_view last =
      known_schemas.empty() ? std::string_view{} : known_schemas.front()->schema_bytes;
  TIEOUT_CHECK(parquet::read_footer(bytes, last, footer));
  TIEOUT_TRY(const Known* known, known_of(footer));
  TIEOUT_CHECK(parquet::check_shape(footer, known->fields.size(), limits.max_bytes));
  window.schema = known->schema;
  if (known->native) {
    TIEOUT_TRY(const parquet::Outcome outcome, decode_natively(bytes, *known, window));
    if (outcome == parquet::Outcome::kDone) {
      return {};
    }
  }
  TIEOUT_CHECK(check_exact_in_duckdb(known->fields));
  return decode_with_duckdb(file, window);
}

WindowDecoder::WindowDecoder(StringPool& pool, const ReadLimits& limits)
    : state_(std::make_unique<State>(pool, limits)) {}

WindowDecoder::~WindowDecoder() = default;

Status WindowDecoder::decode(const std::filesystem::path& file, DecodedWindow& window) {
  TIEOUT_TRY(const std::string_view bytes, state_->buffer.read(file, state_->limits.max_bytes));
  return decode_bytes(bytes, file, window);
}

Status WindowDecoder::decode_bytes(std::string_view bytes, const std::filesystem::path& file,
                                   DecodedWindow& window) {
  if (const Status status = state_->decode(bytes, file, window); !status) {
    return Error{status.error().code,
                 fmt::format("read_parquet: '{}': {}", file.string(), status.error().message)};
  }
  return {};
}

}  // namespace tieout::frames
