#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/migration.hpp"

namespace tidemark::sqlite {
namespace {

class StatementCursor final : public sql::Cursor {
 public:
  explicit StatementCursor(Statement statement) : statement_(std::move(statement)) {}

  void bind_integer(int parameter, std::int64_t value) override {
    statement_.bind(parameter, value);
  }
  void bind_real(int parameter, double value) override { statement_.bind(parameter, value); }
  void bind_text(int parameter, std::string_view text) override {
    statement_.bind(parameter, text);
  }
  void bind_passing_text(int parameter, std::string_view text) override {
    statement_.bind(parameter, std::string(text));
  }
  void bind_blob(int parameter, Blob blob) override { statement_.bind(parameter, blob); }
  void bind_null(int parameter) override { statement_.bind(parameter, nullptr); }
  void refuse_number(int parameter) override { statement_.out_of_range(parameter); }

  bool next() override { return statement_.next(); }
  void run() override { statement_.run(); }
  void reset() noexcept override { statement_.reset(); }

  [[nodiscard]] std::int64_t integer(int column) const override {
    return statement_.integer(column);
  }
  [[nodiscard]] double real(int column) const override { return statement_.real(column); }
  [[nodiscard]] std::string_view text(int column) const override { return statement_.text(column); }
  [[nodiscard]] std::string_view blob(int column) const override { return statement_.blob(column); }
  [[nodiscard]] bool is_null(int column) const override { return statement_.is_null(column); }
  [[nodiscard]] ValueView value(int column) const override { return statement_.value(column); }
  [[nodiscard]] int column_count() const override { return statement_.column_count(); }
  [[nodiscard]] std::string_view column_name(int column) const override {
    return statement_.column_name(column);
  }

 private:
  Statement statement_;
};

constexpr sql::Dialect own_dialect;

/// The same steps, in SQLite's words.
struct Steps {
  explicit Steps(const sql::Format& format) {
    texts.reserve(format.steps.size());
    for (const auto step : format.steps) {
      texts.push_back(sql::in_dialect(step, own_dialect));
      migrations.push_back(
          {.to_format = static_cast<std::uint32_t>(texts.size()), .sql = texts.back()});
    }
    file_format = {.name = format.name, .application_id = format.number, .migrations = migrations};
  }

  std::vector<std::string> texts;
  std::vector<Migration> migrations;
  FileFormat file_format;
};

}  // namespace

std::unique_ptr<sql::Cursor> Database::open_cursor(std::string_view sql, Use use) {
  return std::make_unique<StatementCursor>(use == Use::kept ? statement(sql) : prepare(sql));
}

void Database::begin(sql::Access access) {
  statement(access == sql::Access::write ? "BEGIN IMMEDIATE" : "BEGIN").run();
}

void Database::commit() { statement("COMMIT").run(); }

void Database::rollback() { statement("ROLLBACK").run(); }

void Database::number_behind(std::string_view table, std::int64_t last) {
  auto move = statement("UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = ?2");
  move.bind_all(last, table).run();
  if (changes() > 0) return;
  statement("INSERT INTO sqlite_sequence(name, seq) VALUES (?1, ?2)").bind_all(table, last).run();
}

void Database::prepare_format(const sql::Format& format, sql::Durability durability) {
  set_pragma("journal_mode", "WAL");
  set_pragma("synchronous", durability == sql::Durability::full ? "FULL" : "NORMAL");
  migrate(*this, Steps(format).file_format);
}

void Database::check_format(const sql::Format& format) {
  sqlite::check_format(*this, Steps(format).file_format);
}

const sql::Dialect& Database::dialect() const { return own_dialect; }

}  // namespace tidemark::sqlite
