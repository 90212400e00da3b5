#include <atomic>
#include <string>

#include "postgres_server.hpp"
#include "storage.hpp"
#include "tidemark/postgres/schemas.hpp"

namespace tidemark::test {

Storage fresh_storage(const std::string& area) {
  static std::atomic<int> number = 0;
  const auto place = [&](Micros busy_timeout) {
    return std::make_shared<postgres::Schemas>(postgres::SchemasOptions{
        .connect = {.conninfo = PostgresServer::running().connection(), .area = area},
        .prefix = "case" + std::to_string(number.load()),
        .busy_timeout = busy_timeout});
  };
  ++number;
  return {.place = place(std::chrono::seconds(5)),
          .impatient = place(std::chrono::milliseconds(1))};
}

}  // namespace tidemark::test
