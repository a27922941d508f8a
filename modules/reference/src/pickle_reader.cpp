#include "pickle_reader.hpp"

#include <algorithm>
#include <bit>
#include <deque>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

// While it is read, every value is a node of one pool, and the memo, the stack and other values
// point at it. At the end the tree of values is copied out, with its depth, its number of values
// and its bytes bounded, so that neither a cycle nor a bomb of references can exhaust anything.
namespace tieout::reference {
namespace {

struct Node;
using Ref = Node*;  // into Machine::pool_

struct Node {
  enum class Kind : std::uint8_t { kScalar, kList, kTuple, kDict };
  Kind kind = Kind::kScalar;
  PickleValue scalar;
  std::vector<Ref> items;  // of a dict: key, value, key, value, ...
};

/// Names of the opcodes that are refused, for the message.
std::string_view refused_name(std::uint8_t opcode) {
  switch (opcode) {
    case 'c':
      return "GLOBAL";
    case 0x93:
      return "STACK_GLOBAL";
    case 'R':
      return "REDUCE";
    case 'i':
      return "INST";
    case 'o':
      return "OBJ";
    case 0x81:
      return "NEWOBJ";
    case 0x92:
      return "NEWOBJ_EX";
    case 'b':
      return "BUILD";
    case 'P':
      return "PERSID";
    case 'Q':
      return "BINPERSID";
    case 0x82:
      return "EXT1";
    case 0x83:
      return "EXT2";
    case 0x84:
      return "EXT4";
    case 0x8F:
      return "EMPTY_SET";
    case 0x90:
      return "ADDITEMS";
    case 0x91:
      return "FROZENSET";
    case 0x97:
      return "NEXT_BUFFER";
    case 0x98:
      return "READONLY_BUFFER";
    default:
      return "";
  }
}

class Machine {
 public:
  Machine(std::string_view bytes, const PickleLimits& limits) : bytes_(bytes), limits_(limits) {}

  Result<PickleValue> run() {
    if (bytes_.size() > limits_.max_bytes) {
      return fail(fmt::format("{} bytes, at most {} are read", bytes_.size(), limits_.max_bytes));
    }
    while (true) {
      at_ = next_;
      const auto opcode = take(1);
      if (!opcode) {
        return fail("ends without STOP");
      }
      opcode_ = static_cast<std::uint8_t>((*opcode)[0]);
      if (opcode_ == '.') {
        break;
      }
      TIEOUT_CHECK(step());
      if (created_ > limits_.max_values) {
        return fail(fmt::format("more than {} values", limits_.max_values));
      }
    }
    if (stack_.size() != 1 || !marks_.empty()) {
      return fail(fmt::format("STOP with {} values on the stack, needed one", stack_.size()));
    }
    if (next_ != bytes_.size()) {
      return fail(fmt::format("{} bytes after STOP", bytes_.size() - next_));
    }
    PickleValue out;
    Copied copied;
    TIEOUT_CHECK(copy(*stack_.back(), 0, copied, out));
    return out;
  }

 private:
  Error fail(std::string_view what) const {
    return {ErrorCode::kMalformedData, fmt::format("read_pickle: byte {}: {}", at_, what)};
  }
  Error misfit(std::string_view name) const {
    return fail(fmt::format("{} finds no fitting values on the stack", name));
  }

  std::optional<std::string_view> take(std::uint64_t count) {
    if (count > bytes_.size() - next_) {
      return std::nullopt;
    }
    const std::string_view part = bytes_.substr(next_, static_cast<std::size_t>(count));
    next_ += static_cast<std::size_t>(count);
    return part;
  }
  std::optional<std::string_view> take_line() {
    const std::size_t end = bytes_.find('\n', next_);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view line = bytes_.substr(next_, end - next_);
    next_ = end + 1;
    return line;
  }
  /// Little endian, `size` bytes.
  std::optional<std::uint64_t> take_number(std::size_t size) {
    const auto part = take(size);
    if (!part) {
      return std::nullopt;
    }
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i) {
      number |= std::uint64_t{static_cast<std::uint8_t>((*part)[i])} << (8 * i);
    }
    return number;
  }
  /// A length of `size` bytes and as many bytes.
  std::optional<std::string_view> take_counted(std::size_t size) {
    const auto length = take_number(size);
    return length ? take(*length) : std::nullopt;
  }

  void push(PickleValue value) {
    pool_.push_back({Node::Kind::kScalar, std::move(value), {}});
    stack_.push_back(&pool_.back());
    ++created_;
  }
  void push_container(Node::Kind kind, std::vector<Ref> items = {}) {
    created_ += 1 + items.size();
    pool_.push_back({kind, {}, std::move(items)});
    stack_.push_back(&pool_.back());
  }
  /// The values above the last mark, which is removed.
  std::optional<std::vector<Ref>> pop_to_mark() {
    if (marks_.empty()) {
      return std::nullopt;
    }
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Ref> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }
  std::size_t above_mark() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }

  Status text(std::optional<std::string_view> value) {
    if (!value) {
      return fail("text ends early");
    }
    push({std::string(*value)});
    return {};
  }
  Status bytes(std::optional<std::string_view> value) {
    if (!value) {
      return fail("bytes end early");
    }
    push({PickleValue::Bytes{std::string(*value)}});
    return {};
  }
  Status integer(std::optional<std::uint64_t> value) {
    if (!value) {
      return fail("number ends early");
    }
    push({static_cast<std::int64_t>(*value)});
    return {};
  }
  /// LONG1, LONG4: two's complement of any length.
  Status big_integer(std::optional<std::string_view> value) {
    if (!value) {
      return fail("number ends early");
    }
    if (value->size() > 8) {
      return fail(fmt::format("an int of {} bytes, at most 8 are read", value->size()));
    }
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < value->size(); ++i) {
      number |= std::uint64_t{static_cast<std::uint8_t>((*value)[i])} << (8 * i);
    }
    if (!value->empty() && value->size() < 8 &&
        (static_cast<std::uint8_t>(value->back()) & 0x80U) != 0) {
      number |= ~std::uint64_t{0} << (8 * value->size());
    }
    push({static_cast<std::int64_t>(number)});
    return {};
  }
  /// INT ("01" and "00" are booleans), LONG (ends with L), FLOAT: decimal lines.
  Status decimal_line() {
    auto line = take_line();
    if (!line) {
      return fail("number ends early");
    }
    if (opcode_ == 'I' && (*line == "00" || *line == "01")) {
      push({*line == "01"});
      return {};
    }
    if (opcode_ == 'F') {
      const auto number = parse_double(*line);
      if (!number) {
        return fail("FLOAT is no number");
      }
      push({*number});
      return {};
    }
    if (line->ends_with('L')) {
      line->remove_suffix(1);
    }
    const auto number = parse_int(*line);
    if (!number) {
      return fail(fmt::format("{} is no 64-bit number", opcode_ == 'I' ? "INT" : "LONG"));
    }
    push({*number});
    return {};
  }
  Status double_bits() {
    const auto part = take(8);
    if (!part) {
      return fail("BINFLOAT ends early");
    }
    std::uint64_t bits = 0;
    for (const char byte : *part) {  // big endian
      bits = (bits << 8) | static_cast<std::uint8_t>(byte);
    }
    push({std::bit_cast<double>(bits)});
    return {};
  }
  Status tuple_of(std::size_t count) {
    if (above_mark() < count) {
      return misfit("TUPLE");
    }
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<Ref> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    push_container(Node::Kind::kTuple, std::move(items));
    return {};
  }
  Status marked(Node::Kind kind, std::string_view name) {
    auto items = pop_to_mark();
    if (!items || (kind == Node::Kind::kDict && items->size() % 2 != 0)) {
      return misfit(name);
    }
    push_container(kind, std::move(*items));
    return {};
  }
  /// APPEND(S), SETITEM(S): add to the container below the values.
  Status extend(Node::Kind kind, std::string_view name, std::optional<std::size_t> count) {
    std::optional<std::vector<Ref>> items;
    if (!count) {
      items = pop_to_mark();
    } else if (above_mark() >= *count) {
      const auto first = stack_.end() - static_cast<std::ptrdiff_t>(*count);
      items.emplace(first, stack_.end());
      stack_.erase(first, stack_.end());
    }
    if (!items || above_mark() == 0 || stack_.back()->kind != kind ||
        (kind == Node::Kind::kDict && items->size() % 2 != 0)) {
      return misfit(name);
    }
    std::vector<Ref>& to = stack_.back()->items;
    to.insert(to.end(), items->begin(), items->end());
    created_ += items->size();
    return {};
  }
  Status put(std::optional<std::uint64_t> key) {
    if (!key || above_mark() == 0) {
      return misfit("PUT");
    }
    memo_[*key] = stack_.back();
    return {};
  }
  Status get(std::optional<std::uint64_t> key) {
    const auto found = key ? memo_.find(*key) : memo_.end();
    if (found == memo_.end()) {
      return fail("GET of a memo entry that does not exist");
    }
    stack_.push_back(found->second);
    ++created_;
    return {};
  }
  std::optional<std::uint64_t> line_number() {
    const auto line = take_line();
    const auto number = line ? parse_int(*line) : std::nullopt;
    return number && *number >= 0 ? std::optional(static_cast<std::uint64_t>(*number))
                                  : std::nullopt;
  }

  Status step();
  Status step_text();
  struct Copied {
    std::size_t values = 0, bytes = 0;
  };
  Status copy(const Node& node, std::size_t depth, Copied& copied, PickleValue& out) const;

  std::string_view bytes_;
  const PickleLimits& limits_;
  std::size_t next_ = 0, at_ = 0;
  std::uint8_t opcode_ = 0;
  std::size_t created_ = 0;
  std::deque<Node> pool_;
  std::vector<Ref> stack_;
  std::vector<std::size_t> marks_;  // sizes of the stack
  std::map<std::uint64_t, Ref> memo_;
};

// One case for each opcode; a table of functions would hide what each takes from the file.
Status Machine::step() {
  switch (opcode_) {
    case 0x80:  // PROTO
      if (const auto version = take_number(1); !version || *version > 5) {
        return fail("PROTO of an unknown version, at most 5 is read");
      }
      return {};
    case 0x95:  // FRAME: its length says nothing that the opcodes do not
      return take(8) ? Status() : Status(fail("FRAME ends early"));
    case 'N':
      push({});
      return {};
    case 0x88:
      push({true});
      return {};
    case 0x89:
      push({false});
      return {};
    case 'I':
    case 'L':
    case 'F':
      return decimal_line();
    case 'K':
      return integer(take_number(1));
    case 'M':
      return integer(take_number(2));
    case 'J': {
      const auto number = take_number(4);
      const auto value = static_cast<std::int32_t>(static_cast<std::uint32_t>(number.value_or(0)));
      return integer(number ? std::optional(static_cast<std::uint64_t>(std::int64_t{value}))
                            : std::nullopt);
    }
    case 0x8A:
      return big_integer(take_counted(1));
    case 0x8B:
      return big_integer(take_counted(4));
    case 'G':
      return double_bits();
    case ')':
      return tuple_of(0);
    case 0x85:
      return tuple_of(1);
    case 0x86:
      return tuple_of(2);
    case 0x87:
      return tuple_of(3);
    case 't':
      return marked(Node::Kind::kTuple, "TUPLE");
    case ']':
      push_container(Node::Kind::kList);
      return {};
    case 'l':
      return marked(Node::Kind::kList, "LIST");
    case 'a':
      return extend(Node::Kind::kList, "APPEND", 1);
    case 'e':
      return extend(Node::Kind::kList, "APPENDS", std::nullopt);
    case '}':
      push_container(Node::Kind::kDict);
      return {};
    case 'd':
      return marked(Node::Kind::kDict, "DICT");
    case 's':
      return extend(Node::Kind::kDict, "SETITEM", 2);
    case 'u':
      return extend(Node::Kind::kDict, "SETITEMS", std::nullopt);
    case '(':
      marks_.push_back(stack_.size());
      ++created_;
      return {};
    case '0':  // POP
      if (above_mark() == 0) {
        return misfit("POP");
      }
      stack_.pop_back();
      return {};
    case '1':  // POP_MARK
      return pop_to_mark() ? Status() : Status(misfit("POP_MARK"));
    case '2':  // DUP
      if (above_mark() == 0) {
        return misfit("DUP");
      }
      stack_.push_back(stack_.back());
      ++created_;
      return {};
    case 0x94:  // MEMOIZE
      return put(memo_.size());
    case 'p':
      return put(line_number());
    case 'q':
      return put(take_number(1));
    case 'r':
      return put(take_number(4));
    case 'g':
      return get(line_number());
    case 'h':
      return get(take_number(1));
    case 'j':
      return get(take_number(4));
    default:
      return step_text();
  }
}

Status Machine::step_text() {
  switch (opcode_) {
    case 0x8C:
      return text(take_counted(1));
    case 'X':
      return text(take_counted(4));
    case 0x8D:
      return text(take_counted(8));
    case 'V':  // a line; its escapes stay as they are
      return text(take_line());
    case 'S': {  // a quoted line
      const auto line = take_line();
      const bool quoted = line && line->size() >= 2 && line->front() == line->back() &&
                          (line->front() == '\'' || line->front() == '"');
      return quoted ? text(line->substr(1, line->size() - 2))
                    : Status(fail("STRING is not quoted"));
    }
    case 'U':
    case 'C':
      return bytes(take_counted(1));
    case 'T':
    case 'B':
      return bytes(take_counted(4));
    case 0x8E:
    case 0x96:
      return bytes(take_counted(8));
    default:
      break;
  }
  const std::string_view name = refused_name(opcode_);
  return fail(name.empty()
                  ? fmt::format("0x{:02x} is no opcode that is known", opcode_)
                  : fmt::format("{} builds an object, and only plain values are read", name));
}

Status Machine::copy(const Node& node, std::size_t depth, Copied& copied, PickleValue& out) const {
  if (const auto* text = std::get_if<std::string>(&node.scalar.state)) {
    copied.bytes += text->size();
  } else if (const auto* bytes = std::get_if<PickleValue::Bytes>(&node.scalar.state)) {
    copied.bytes += bytes->bytes.size();
  }
  if (++copied.values > limits_.max_values || copied.bytes > limits_.max_bytes ||
      depth > limits_.max_depth) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("read_pickle: more than {} values or {} bytes, or nested deeper than "
                             "{}: a value may hold itself",
                             limits_.max_values, limits_.max_bytes, limits_.max_depth)};
  }
  if (node.kind == Node::Kind::kScalar) {
    out = node.scalar;
    return {};
  }
  std::vector<PickleValue> items(node.items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    TIEOUT_CHECK(copy(*node.items[i], depth + 1, copied, items[i]));
  }
  if (node.kind != Node::Kind::kDict) {
    const auto kind = node.kind == Node::Kind::kList ? PickleValue::Sequence::kList
                                                     : PickleValue::Sequence::kTuple;
    out.state = PickleValue::List{kind, std::move(items)};
    return {};
  }
  PickleValue::Dict dict;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    dict.keys.push_back(std::move(items[i]));
    dict.values.push_back(std::move(items[i + 1]));
  }
  out.state = std::move(dict);
  return {};
}

void append_text(const PickleValue& value, std::string& out);

void append_quoted(const std::string& text, std::string& out) {
  const char quote =
      text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
  out += quote;
  for (const char c : text) {
    if (c == quote || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  out += quote;
}

void append_sequence(const PickleValue::List& list, std::string& out) {
  const bool is_list = list.kind == PickleValue::Sequence::kList;
  out += is_list ? '[' : '(';
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    out += i > 0 ? ", " : "";
    append_text(list.items[i], out);
  }
  out += !is_list && list.items.size() == 1 ? "," : "";
  out += is_list ? ']' : ')';
}

void append_text(const PickleValue& value, std::string& out) {
  if (const auto* flag = std::get_if<bool>(&value.state)) {
    out += *flag ? "True" : "False";
  } else if (const auto* number = std::get_if<std::int64_t>(&value.state)) {
    out += std::to_string(*number);
  } else if (const auto* real = std::get_if<double>(&value.state)) {
    out += format_double(*real);
  } else if (const auto* text = std::get_if<std::string>(&value.state)) {
    append_quoted(*text, out);
  } else if (const auto* bytes = std::get_if<PickleValue::Bytes>(&value.state)) {
    out += 'b';
    append_quoted(bytes->bytes, out);
  } else if (const auto* list = std::get_if<PickleValue::List>(&value.state)) {
    append_sequence(*list, out);
  } else if (const auto* dict = std::get_if<PickleValue::Dict>(&value.state)) {
    out += '{';
    for (std::size_t i = 0; i < dict->keys.size(); ++i) {
      out += i > 0 ? ", " : "";
      append_text(dict->keys[i], out);
      out += ": ";
      append_text(dict->values[i], out);
    }
    out += '}';
  } else {
    out += "None";
  }
}

}  // namespace

Result<PickleValue> read_pickle(std::string_view bytes, const PickleLimits& limits) {
  return Machine(bytes, limits).run();
}

std::string to_text(const PickleValue& value) {
  std::string out;
  append_text(value, out);
  return out;
}

}  // namespace tieout::reference
