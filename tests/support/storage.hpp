#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tidemark/sql/place.hpp"

namespace tidemark::test {

/// Where the databases of one test case lie, in the engine that its program is linked with: in
/// memory, or on a PostgreSQL server of the program's own. They go with it.
struct Storage {
  std::shared_ptr<sql::Place> place;
  std::shared_ptr<sql::Place> impatient;  ///< the same databases, for who does not wait for others
};

/// `area`: of the failures' codes.
Storage fresh_storage(const std::string& area);

/// A database as a value.
class File {
 public:
  explicit File(std::unique_ptr<sql::Database> database) : database_(std::move(database)) {}
  File(sql::Place& place, const std::string& name)
      : database_(place.open(name, sql::OpenMode::create)) {}

  // NOLINTNEXTLINE(google-explicit-constructor): it is one
  operator sql::Database&() const { return *database_; }
  void execute(const std::string& sql) const { database_->execute(sql); }
  [[nodiscard]] sql::Statement prepare(std::string_view sql) const {
    return database_->prepare(sql);
  }
  [[nodiscard]] sql::Statement statement(std::string_view sql) const {
    return database_->statement(sql);
  }

 private:
  std::unique_ptr<sql::Database> database_;
};

}  // namespace tidemark::test
