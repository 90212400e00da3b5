#include "layout.hpp"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tidemark/base/assert.hpp"
#include "tidemark/sql/text.hpp"

namespace tidemark::projection {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// A message or repeated field as JSON: what its row would print if it had nothing else.
std::string json_of(const Message& row, const FieldDescriptor& field) {
  const std::unique_ptr<Message> only(row.New());
  only->CopyFrom(row);
  const auto* reflection = only->GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection->ListFields(*only, &set);
  for (const auto* other : set) {
    if (other != &field) reflection->ClearField(only.get(), other);
  }
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(*only, &json, options);
  if (!status.ok()) {
    throw std::invalid_argument(
        fmt::format("'{}' cannot be JSON: {}", field.name(), status.ToString()));
  }
  const auto start = json.find(':');
  if (start == std::string::npos) return field.is_map() ? "{}" : "[]";
  return json.substr(start + 1, json.size() - start - 2);
}

std::int64_t take_integer(std::string_view& key) {
  std::uint64_t ordered = 0;
  for (unsigned i = 0; i < 8; ++i) ordered = ordered << 8U | static_cast<unsigned char>(key[i]);
  key.remove_prefix(8);
  return static_cast<std::int64_t>(ordered ^ (std::uint64_t{1} << 63U));
}

std::string take_text(std::string_view& key) {
  std::string text;
  while (key[0] != '\0' || key[1] == '\xFF') {
    text += key[0];
    key.remove_prefix(key[0] == '\0' ? 2 : 1);
  }
  key.remove_prefix(2);
  return text;
}

void set_integer(Message& row, const FieldDescriptor& field, std::int64_t value) {
  const auto* reflection = row.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection->SetInt32(&row, &field, static_cast<std::int32_t>(value));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection->SetInt64(&row, &field, value);
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection->SetUInt32(&row, &field, static_cast<std::uint32_t>(value));
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection->SetUInt64(&row, &field, static_cast<std::uint64_t>(value));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->SetBool(&row, &field, value != 0);
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection->SetEnumValue(&row, &field, static_cast<int>(value));
    default:
      TIDEMARK_ASSERT(false, "not a whole number");
  }
}

std::int64_t get_integer(const Message& row, const FieldDescriptor& field) {
  const auto* reflection = row.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection->GetInt32(row, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection->GetInt64(row, &field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection->GetUInt32(row, &field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return static_cast<std::int64_t>(reflection->GetUInt64(row, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(row, &field) ? 1 : 0;
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection->GetEnumValue(row, &field);
    default:
      TIDEMARK_ASSERT(false, "not a whole number");
  }
  return 0;
}

double get_real(const Message& row, const FieldDescriptor& field) {
  const auto* reflection = row.GetReflection();
  return field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT
             ? static_cast<double>(reflection->GetFloat(row, &field))
             : reflection->GetDouble(row, &field);
}

/// The number of an enum value's name; a name that is no longer known was stored as a number.
int enum_number(const FieldDescriptor& field, std::string_view text) {
  if (const auto* value = field.enum_type()->FindValueByName(std::string(text))) {
    return value->number();
  }
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  return fmt::format("{}", fmt::join(parts, between));
}

}  // namespace

Layout::Kind Layout::kind_of(const FieldDescriptor& field) {
  if (field.is_repeated()) return Kind::json;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Kind::json;
    case FieldDescriptor::CPPTYPE_ENUM:
      return Kind::enum_name;
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? Kind::bytes : Kind::text;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Kind::real;
    case FieldDescriptor::CPPTYPE_BOOL:
      return Kind::boolean;
    case FieldDescriptor::CPPTYPE_UINT64:
      return Kind::unsigned_integer;
    default:
      return Kind::integer;
  }
}

Layout::Layout(const ProjectionFacts& facts, const sql::Dialect& dialect)
    : facts_(facts), dialect_(dialect) {
  const auto* type = facts.row->GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const Column column{.field = type->field(i), .kind = kind_of(*type->field(i))};
    columns_.push_back(column);
    if (column.kind == Kind::json) nested_ = true;
    if (column.kind == Kind::unsigned_integer || column.kind == Kind::real ||
        (column.kind == Kind::text && !dialect.zero_in_text)) {
      checked_.push_back(column);
    }
  }
  for (const auto* field : facts.key) key_.push_back({.field = field, .kind = kind_of(*field)});
  make_sql();
}

void Layout::make_sql() {
  std::vector<std::string> names, definitions, keys, matches, updates;
  const auto is_key = [&](const std::string& name) {
    return std::any_of(key_.begin(), key_.end(),
                       [&](const Column& column) { return column.field->name() == name; });
  };
  const auto add = [&](const std::string& name, const std::string& definition) {
    names.push_back(fmt::format("\"{}\"", name));
    definitions.push_back(fmt::format("\"{}\" {}", name, definition));
    if (!is_key(name)) updates.push_back(fmt::format("\"{0}\" = excluded.\"{0}\"", name));
  };
  for (const auto& [field, kind] : columns_) {
    const auto type = kind == Kind::real    ? dialect_.real
                      : kind == Kind::bytes ? dialect_.bytes
                      : kind == Kind::text || kind == Kind::enum_name || kind == Kind::json
                          ? dialect_.text
                          : dialect_.integer;
    add(field->name(), fmt::format("{}{}", type, field->has_presence() ? "" : " NOT NULL"));
  }
  if (nested_) add("_bytes", fmt::format("{} NOT NULL", dialect_.bytes));
  if (facts_.windowed) {
    add("_revision", fmt::format("{} NOT NULL", dialect_.integer));
    add("_window_end", std::string(dialect_.integer));
    add("_due", std::string(dialect_.integer));
  }
  for (const auto& [field, kind] : key_) {
    keys.push_back(fmt::format("\"{}\"", field->name()));
    matches.push_back(fmt::format("\"{}\" = ?{}", field->name(), keys.size()));
  }
  std::vector<std::string> parameters;
  for (std::size_t i = 1; i <= names.size(); ++i) parameters.push_back(fmt::format("?{}", i));
  const auto& table = facts_.name;
  create_ = fmt::format("CREATE TABLE \"{}\"({}, PRIMARY KEY ({})){};", table,
                        join(definitions, ", "), join(keys, ", "), dialect_.keyed);
  if (facts_.windowed) {
    create_ += fmt::format("CREATE INDEX \"{0}_due\" ON \"{0}\"(_due, {1}) WHERE _due IS NOT NULL;",
                           table, join(keys, ", "));
  }
  const auto match = join(matches, " AND ");
  select_ = fmt::format("SELECT {} FROM \"{}\" WHERE {}", join(names, ", "), table, match);
  select_all_ =
      fmt::format("SELECT {} FROM \"{}\" ORDER BY {}", join(names, ", "), table, join(keys, ", "));
  remove_ = fmt::format("DELETE FROM \"{}\" WHERE {}", table, match);
  upsert_ = fmt::format("INSERT INTO \"{}\"({}) VALUES ({}) ON CONFLICT ({}) DO {}", table,
                        join(names, ", "), join(parameters, ", "), join(keys, ", "),
                        updates.empty() ? "NOTHING" : "UPDATE SET " + join(updates, ", "));
  select_due_ = fmt::format(
      "SELECT _due, {0} FROM \"{1}\" WHERE _due IS NOT NULL ORDER BY _due, {0} LIMIT ?1",
      join(keys, ", "), table);
}

std::unique_ptr<Message> Layout::make(std::string_view key) const {
  std::unique_ptr<Message> row(facts_.row->New());
  for (const auto& [field, kind] : key_) {
    if (kind == Kind::text || kind == Kind::bytes) {
      row->GetReflection()->SetString(row.get(), field, take_text(key));
    } else {
      set_integer(*row, *field, take_integer(key));
    }
  }
  return row;
}

void Layout::bind_key(sql::Statement& statement, const Message& row) const {
  int parameter = 0;
  for (const auto& column : key_) bind_column(statement, ++parameter, column, row);
}

std::string Layout::read_key(const sql::Statement& statement, int first) const {
  std::string key;
  int index = first;
  for (const auto& [field, kind] : key_) {
    if (kind == Kind::text) {
      put_key(key, statement.text(index));
    } else if (kind == Kind::bytes) {
      put_key(key, statement.blob(index));
    } else if (kind == Kind::enum_name) {
      put_key(key, std::int64_t{enum_number(*field, statement.text(index))});
    } else {
      put_key(key, statement.integer(index));
    }
    ++index;
  }
  return key;
}

void Layout::bind(sql::Statement& statement, const Message& row, const RowWindow& window,
                  std::vector<std::string>& buffers) const {
  buffers.resize(columns_.size() + 1);
  int parameter = 0;
  for (const auto& column : columns_) {
    ++parameter;
    if (column.kind != Kind::json) {
      bind_column(statement, parameter, column, row);
    } else if (column.field->has_presence() && !row.GetReflection()->HasField(row, column.field)) {
      statement.bind(parameter, nullptr);
    } else {
      auto& json = buffers[static_cast<std::size_t>(parameter)];
      json = json_of(row, *column.field);
      statement.bind(parameter, std::string_view(json));
    }
  }
  if (nested_) {
    buffers[0] = row.SerializeAsString();
    statement.bind(++parameter, sql::Blob{buffers[0]});
  }
  if (facts_.windowed) {
    statement.bind(++parameter, window.revision);
    statement.bind(++parameter, window.window_end);
    statement.bind(++parameter, window.due);
  }
}

void Layout::bind_column(sql::Statement& statement, int parameter, const Column& column,
                         const Message& row) const {
  const auto* reflection = row.GetReflection();
  const auto& field = *column.field;
  if (field.has_presence() && !reflection->HasField(row, &field)) {
    statement.bind(parameter, nullptr);
    return;
  }
  switch (column.kind) {
    case Kind::text:
    case Kind::bytes: {
      std::string scratch;
      const auto& text = reflection->GetStringReference(row, &field, &scratch);
      if (column.kind == Kind::text) {
        statement.bind(parameter, std::string_view(text));
      } else {
        statement.bind(parameter, sql::Blob{text});
      }
      return;
    }
    case Kind::real:
      statement.bind(parameter, get_real(row, field));
      return;
    case Kind::enum_name: {
      const auto number = reflection->GetEnumValue(row, &field);
      const auto* value = field.enum_type()->FindValueByNumber(number);
      if (value != nullptr) {
        statement.bind(parameter, std::string_view(value->name()));
      } else {
        statement.bind(parameter, std::to_string(number));
      }
      return;
    }
    default:
      statement.bind(parameter, get_integer(row, field));
  }
}

void Layout::read(const sql::Statement& statement, Message& row, RowWindow& window) const {
  int index = 0;
  if (nested_) {
    const auto bytes = statement.blob(static_cast<int>(columns_.size()));
    row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    index = static_cast<int>(columns_.size()) + 1;
  } else {
    for (const auto& column : columns_) read_column(statement, index++, column, row);
  }
  if (!facts_.windowed) return;
  window.revision = static_cast<std::uint32_t>(statement.integer(index++));
  const auto optional = [&](int at) {
    return statement.is_null(at) ? std::nullopt : std::optional(statement.integer(at));
  };
  window.window_end = optional(index++);
  window.due = optional(index);
}

void Layout::read_column(const sql::Statement& statement, int index, const Column& column,
                         Message& row) const {
  const auto* reflection = row.GetReflection();
  const auto& field = *column.field;
  if (statement.is_null(index)) return;
  switch (column.kind) {
    case Kind::text:
      return reflection->SetString(&row, &field, std::string(statement.text(index)));
    case Kind::bytes:
      return reflection->SetString(&row, &field, std::string(statement.blob(index)));
    case Kind::real:
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
        return reflection->SetFloat(&row, &field, static_cast<float>(statement.real(index)));
      }
      return reflection->SetDouble(&row, &field, statement.real(index));
    case Kind::enum_name:
      return reflection->SetEnumValue(&row, &field, enum_number(field, statement.text(index)));
    default:
      return set_integer(row, field, statement.integer(index));
  }
}

void Layout::check_values(const Message& row) const {
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto* reflection = row.GetReflection();
  for (const auto& [field, kind] : checked_) {
    if (kind == Kind::unsigned_integer) {
      const auto value = reflection->GetUInt64(row, field);
      if (value > largest) {
        throw std::out_of_range(fmt::format("{} = {} does not fit into a column of 64 signed bits",
                                            field->name(), value));
      }
    } else if (kind == Kind::text) {
      std::string scratch;
      if (!sql::is_text(reflection->GetStringReference(row, field, &scratch))) {
        throw std::out_of_range(
            fmt::format("{} is no UTF-8 text, or holds a zero byte", field->name()));
      }
    } else if (std::isnan(get_real(row, *field))) {
      throw std::out_of_range(fmt::format("{} is not a number", field->name()));
    }
  }
}

}  // namespace tidemark::projection
