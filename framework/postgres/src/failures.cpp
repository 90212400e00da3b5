#include "failures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

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

const Meaning* meaning_of(std::string_view state) {
  for (const auto& meaning : meanings) {
    if (state.starts_with(meaning.prefix)) return &meaning;
  }
  return nullptr;
}

Failure failure_with(const Meaning& meaning, const std::string& area, std::string message) {
  return Failure({.code = fmt::format("{}.{}", area, meaning.code),
                  .message = std::move(message),
                  .hint = std::string(meaning.hint),
                  .retryable = meaning.retryable});
}

/// The SQLSTATE in a verbose message, "FATAL:  28P01: …", the first word in the server's language.
std::string_view state_in(std::string_view message) {
  constexpr std::size_t state_size = 5;
  constexpr std::string_view before = ":  ";
  const auto at = message.find(before);
  if (at == std::string_view::npos) return {};
  const auto rest = message.substr(at + before.size());
  const bool is_state = rest.size() > state_size && rest[state_size] == ':' &&
                        std::all_of(rest.begin(), rest.begin() + state_size, [](char c) {
                          return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                        });
  return is_state ? rest.substr(0, state_size) : std::string_view();
}

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
  if (const auto* meaning = meaning_of(state)) {
    return failure_with(*meaning, area, fmt::format("{} (SQLSTATE {})", message, state));
  }
  return Failure({.code = area + ".error",
                  .message = fmt::format("{} (SQLSTATE {})", message, state),
                  .hint = "look into the server's log"});
}

Failure refused_connection(const std::string& area, std::string_view message) {
  const auto state = state_in(message);
  const auto* meaning = state.empty() ? nullptr : meaning_of(state);
  if (meaning == nullptr) return lost_connection(area, message);
  return failure_with(*meaning, area, first_line(message));
}

Failure lost_connection(const std::string& area, std::string_view message) {
  return Failure({.code = area + ".connection",
                  .message = first_line(message),
                  .hint = "see that the server runs, and check host, port, user and database",
                  .retryable = true});
}

}  // namespace tidemark::postgres
