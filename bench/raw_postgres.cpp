#include "bench/raw_postgres.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <array>

#include "tidemark/base/failure.hpp"

namespace bench {
namespace {

constexpr std::size_t parameter_count = 9;

// One value for each parameter, so that nothing is looked up or converted but by the server.
constexpr std::string_view insert_row =
    "INSERT INTO {}(stream_id, version, category_id, type_id, event_time, recorded_at, event_id, "
    "append_id, schema, chain, correlation_id, causation_id, data) "
    "VALUES ($1::bigint, $2::bigint, 1, 1, $3::bigint, $4::bigint, $5::uuid, $5::uuid, 1, "
    "$6::bytea, $7::text, $8::text, $9::bytea)";

constexpr std::string_view events_table =
    "CREATE TABLE {0}(position bigserial, stream_id bigint NOT NULL, version bigint NOT NULL, "
    "category_id bigint NOT NULL, type_id bigint NOT NULL, event_time bigint NOT NULL, "
    "recorded_at bigint NOT NULL, ingested_at bigint, event_id uuid NOT NULL, "
    "append_id uuid NOT NULL, schema integer NOT NULL, chain bytea NOT NULL, "
    "correlation_id text COLLATE \"C\", causation_id text COLLATE \"C\", "
    "traceparent text COLLATE \"C\", tenant text COLLATE \"C\", extra bytea, data_digest bytea, "
    "data bytea);"
    "CREATE UNIQUE INDEX ON {0}(stream_id, version); CREATE UNIQUE INDEX ON {0}(event_id);";

void check(const pg_conn* connection, bool holds, const char* what) {
  if (holds) return;
  throw tidemark::Failure(
      {.code = "bench.raw", .message = fmt::format("{}: {}", what, PQerrorMessage(connection))});
}

struct Clear {
  void operator()(pg_result* result) const { PQclear(result); }
};
using Result = std::unique_ptr<pg_result, Clear>;

std::array<char, 8> big_endian(std::int64_t number) {
  std::array<char, 8> bytes;
  for (unsigned at = 0; at < 8; ++at) {
    bytes[at] = static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * (7 - at)));
  }
  return bytes;
}

}  // namespace

void RawPostgres::Finish::operator()(pg_conn* connection) const { PQfinish(connection); }

void make_raw_table(const std::string& connection, const RawTable& table) {
  const std::unique_ptr<pg_conn, decltype(&PQfinish)> session(PQconnectdb(connection.c_str()),
                                                              &PQfinish);
  auto sql = fmt::format(events_table, table.name);
  if (table.position_key)
    sql += fmt::format("ALTER TABLE {} ADD PRIMARY KEY(position);", table.name);
  if (table.correlation_index) {
    sql += fmt::format(
        "CREATE INDEX ON {}(correlation_id, position) WHERE correlation_id IS NOT NULL;",
        table.name);
  }
  const Result result(PQexec(session.get(), sql.c_str()));
  check(session.get(), PQresultStatus(result.get()) == PGRES_COMMAND_OK, "making a table");
}

RawPostgres::RawPostgres(const std::string& connection, const std::string& table)
    : connection_(PQconnectdb(connection.c_str())) {
  check(connection_.get(), PQstatus(connection_.get()) == CONNECTION_OK, "connecting");
  const auto sql = fmt::format(insert_row, table);
  const Result result(PQprepare(connection_.get(), "insert", sql.c_str(), 0, nullptr));
  check(connection_.get(), PQresultStatus(result.get()) == PGRES_COMMAND_OK, "preparing");
}

void RawPostgres::append(const Input& input, std::int64_t version) {
  constexpr int binary = 1;
  const auto stream = big_endian(input.stream + 1);
  const auto new_version = big_endian(version);
  const auto time = big_endian(input.event_time_micros);
  const auto* id = reinterpret_cast<const char*>(input.event_id.uuid().bytes().data());
  const std::array<const char*, parameter_count> values{
      stream.data(), new_version.data(), time.data(), time.data(), id,
      // bytes as random as a hash in its place
      input.correlation_id.data(), input.correlation_id.data(), input.causation_id.data(),
      input.data.data()};
  constexpr std::array<int, parameter_count> lengths{
      8, 8, 8, 8, 16, 32, uuid_text_size, uuid_text_size, data_size};
  constexpr std::array<int, parameter_count> formats{binary, binary, binary, binary, binary,
                                                     binary, binary, binary, binary};
  const Result result(PQexecPrepared(connection_.get(), "insert", parameter_count, values.data(),
                                     lengths.data(), formats.data(), binary));
  check(connection_.get(), PQresultStatus(result.get()) == PGRES_COMMAND_OK, "inserting");
}

}  // namespace bench
