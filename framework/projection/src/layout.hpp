#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tidemark/projection/model.hpp"
#include "tidemark/sql/database.hpp"

namespace tidemark::projection {

/// What a row has besides its fields, when its projection has windows.
struct RowWindow {
  std::uint32_t revision = 0;              ///< of its last closing; 0: never closed
  std::optional<std::int64_t> window_end;  ///< none before its first event is done
  std::optional<std::int64_t> due;         ///< watermark at which it closes (again)
};

/// How rows of one projection lie in a table: the columns, and the SQL over them. Scalars are
/// columns, enums their names, what is optional and not set NULL, messages and repeated fields
/// JSON. A row with the latter keeps its bytes too, from which it is read.
class Layout {
 public:
  Layout(const ProjectionFacts& facts, const sql::Dialect& dialect);

  [[nodiscard]] const std::string& create() const { return create_; }
  /// One row by its key.
  [[nodiscard]] const std::string& select() const { return select_; }
  /// All rows, by key.
  [[nodiscard]] const std::string& select_all() const { return select_all_; }
  [[nodiscard]] const std::string& upsert() const { return upsert_; }
  [[nodiscard]] const std::string& remove() const { return remove_; }
  /// Due and key of rows that are due, by due and key, `?1` at most.
  [[nodiscard]] const std::string& select_due() const { return select_due_; }

  /// A new row with the key fields of an encoded key.
  [[nodiscard]] std::unique_ptr<google::protobuf::Message> make(std::string_view key) const;
  void bind_key(sql::Statement& statement, const google::protobuf::Message& row) const;
  /// The encoded key that starts at column `first`.
  [[nodiscard]] std::string read_key(const sql::Statement& statement, int first) const;
  /// All columns; `bytes` is where JSON and bytes live until the statement has run.
  void bind(sql::Statement& statement, const google::protobuf::Message& row,
            const RowWindow& window, std::vector<std::string>& buffers) const;
  void read(const sql::Statement& statement, google::protobuf::Message& row,
            RowWindow& window) const;
  /// Throws std::out_of_range when a value fits no column; only rows with such fields need it.
  void check_values(const google::protobuf::Message& row) const;
  [[nodiscard]] bool must_check() const { return !checked_.empty(); }
  [[nodiscard]] const google::protobuf::Message& prototype() const { return *facts_.row; }

 private:
  enum class Kind { integer, unsigned_integer, boolean, real, text, bytes, enum_name, json };
  struct Column {
    const google::protobuf::FieldDescriptor* field = nullptr;
    Kind kind = Kind::integer;
  };
  static Kind kind_of(const google::protobuf::FieldDescriptor& field);
  void bind_column(sql::Statement& statement, int parameter, const Column& column,
                   const google::protobuf::Message& row) const;
  void read_column(const sql::Statement& statement, int index, const Column& column,
                   google::protobuf::Message& row) const;
  void make_sql();

  const ProjectionFacts& facts_;
  const sql::Dialect& dialect_;
  std::vector<Column> columns_;
  std::vector<Column> key_;
  std::vector<Column> checked_;
  bool nested_ = false;
  std::string create_, select_, select_all_, upsert_, remove_, select_due_;
};

}  // namespace tidemark::projection
