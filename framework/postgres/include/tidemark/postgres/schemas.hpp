#pragma once

#include <memory>
#include <string>

#include "tidemark/postgres/connection.hpp"
#include "tidemark/sql/place.hpp"

namespace tidemark::postgres {

/// How the databases of a place are opened.
struct SchemasOptions {
  ConnectOptions connect;
  /// Begins the names of all its schemas: a server's database can be several places.
  std::string prefix = "tidemark";
  Micros busy_timeout = std::chrono::seconds(5);  ///< how long to wait for other writers
};

/// One database of a PostgreSQL server as a place: "name.v1.g2.db" is the schema
/// "<prefix>_name_v1_g2". What is shown is a view in the schema "<prefix>_live". Locks end with
/// their holder's connection.
///
/// Blocks for as long as the server takes to connect and answer, within the options' time-outs.
class Schemas final : public sql::Place {
 public:
  explicit Schemas(SchemasOptions options) : options_(std::move(options)) {}

  [[nodiscard]] std::unique_ptr<sql::Database> open(const std::string& name,
                                                    sql::OpenMode mode) override;
  [[nodiscard]] bool exists(const std::string& name) override;
  void remove(const std::string& name) override;
  [[nodiscard]] bool is_shared() const override { return true; }
  [[nodiscard]] std::unique_ptr<sql::Lock> lock(const std::string& name) override;
  void show(const std::string& table, const std::string& name) override;

  /// The schema of a database. Throws `Failure` "….bad_name" when no schema can have that name.
  [[nodiscard]] std::string schema_of(const std::string& name) const;

 private:
  const SchemasOptions options_;
};

/// The place of that address, whose URL is a connection's: keywords or a URI, as libpq reads them.
std::shared_ptr<sql::Place> open_schemas(const sql::PlaceAddress& address);

}  // namespace tidemark::postgres
