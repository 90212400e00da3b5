#include "failures.hpp"

#include <fmt/format.h>

#include <array>

namespace tidemark::postgres {
namespace {

/// States that begin with `prefix`.
struct Meaning {
  std::string_view prefix;
  std::string_view code;
  std::string_view hint;
  bool retryable = false;
};

/// The first that fits counts.
constexpr std::array<Meaning, 24> meanings{{
    {"08", "connection", "it is connected anew; see that the server runs", true},
    {"57P", "connection", "it is connected anew; see that the server runs", true},
    {"25P03", "connection", "the server ended a transaction that its program left open", true},
    {"53300", "connection", "raise the server's max_connections, or use fewer", true},
    {"40", "serialization", "the transaction can be tried again", true},
    {"55P03", "busy", "another transaction held a lock for too long; try again", true},
    {"57014", "busy", "the statement took too long, or was cancelled; try again", true},
    {"53100", "disk_full", "make space on the server's disk", true},
    {"53", "memory", "the server lacks resources; try again later", true},
    {"23", "constraint", ""},
    {"25006", "read_only", "connect to the primary server"},
    {"28", "access_denied", "check user, password and pg_hba.conf"},
    {"42501", "access_denied", "grant the rights to the user that connects"},
    {"3D", "missing", "create the database, or check its name"},
    {"3F", "missing", "create the schema, or check its name"},
    {"42P01", "missing", "the schema lacks a table; check its name"},
    {"42P06", "exists", ""},
    {"42P07", "exists", ""},
    {"42710", "exists", ""},
    {"22", "bad_value", ""},
    {"54", "too_big", ""},
    {"58", "io", "look into the server's log", true},
    {"XX001", "corrupt", "restore the server from a backup"},
    {"XX002", "corrupt", "rebuild the index with REINDEX"},
}};

}  // namespace

std::string first_line(std::string_view message) {
  return std::string(message.substr(0, message.find('\n')));
}

Failure failure_of(const PGresult& result, const std::string& area) {
  const char* const field = PQresultErrorField(&result, PG_DIAG_SQLSTATE);
  const std::string_view state = field == nullptr ? "" : field;
  const char* const primary = PQresultErrorField(&result, PG_DIAG_MESSAGE_PRIMARY);
  auto message = primary == nullptr ? first_line(PQresultErrorMessage(&result)) : primary;
  if (state.empty()) return lost_connection(area, message);
  for (const auto& meaning : meanings) {
    if (!state.starts_with(meaning.prefix)) continue;
    return Failure({.code = fmt::format("{}.{}", area, meaning.code),
                    .message = fmt::format("{} (SQLSTATE {})", message, state),
                    .hint = std::string(meaning.hint),
                    .retryable = meaning.retryable});
  }
  return Failure({.code = area + ".error",
                  .message = fmt::format("{} (SQLSTATE {})", message, state),
                  .hint = "look into the server's log"});
}

Failure lost_connection(const std::string& area, std::string_view message) {
  return Failure({.code = area + ".connection",
                  .message = first_line(message),
                  .hint = "see that the server runs, and check host, port, user and database",
                  .retryable = true});
}

}  // namespace tidemark::postgres
