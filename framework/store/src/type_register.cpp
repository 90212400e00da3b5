#include "type_register.hpp"

namespace tidemark::store {

std::optional<std::uint32_t> find_schema(sqlite::Database& database, const std::string& type,
                                         const std::string& fingerprint) {
  auto select = database.statement(
      "SELECT schema FROM schemas WHERE type_id = (SELECT id FROM types WHERE name = ?1) "
      "AND fingerprint = ?2");
  select.bind_all(std::string_view(type), std::string_view(fingerprint));
  if (!select.next()) return std::nullopt;
  return static_cast<std::uint32_t>(select.integer(0));
}

std::uint32_t add_schema(LogWriter& writer, const std::string& type,
                         const std::string& fingerprint) {
  auto& database = writer.database();
  if (const auto known = find_schema(database, type, fingerprint)) return *known;
  const auto type_id = writer.cache().type_id(type);
  auto select =
      database.statement("SELECT coalesce(max(schema), 0) + 1 FROM schemas WHERE type_id = ?1");
  select.bind(1, type_id).next();
  const auto schema = static_cast<std::uint32_t>(select.integer(0));
  database.statement("INSERT INTO schemas(type_id, schema, fingerprint) VALUES(?1, ?2, ?3)")
      .bind_all(type_id, schema, std::string_view(fingerprint))
      .run();
  return schema;
}

}  // namespace tidemark::store
