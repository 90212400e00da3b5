#include "postgres_address.hpp"

#include <algorithm>
#include <utility>

#include "tidemark/base/failure.hpp"

namespace tidemark::store_postgres {
namespace {

constexpr std::string_view scheme_end = "://";
constexpr std::string_view schema_key = "schema=";
constexpr const char* default_schema = "tidemark";

bool is_schema(std::string_view name) {
  constexpr std::size_t size_max = 63;
  return !name.empty() && name.size() <= size_max && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

PostgresAddress parse_address(std::string_view address) {
  const auto question = address.find('?');
  PostgresAddress parsed{.conninfo = std::string(address.substr(0, question)),
                         .schema = default_schema};
  if (question == std::string_view::npos) return parsed;
  char separator = '?';
  for (auto rest = address.substr(question + 1); !rest.empty();) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto parameter = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (parameter.starts_with(schema_key)) {
      parsed.schema = parameter.substr(schema_key.size());
      continue;
    }
    parsed.conninfo += std::exchange(separator, '&');
    parsed.conninfo += parameter;
  }
  if (is_schema(parsed.schema)) return parsed;
  throw Failure({.code = "store.bad_address",
                 .message = "the schema of a store's address is no name",
                 .hint = "schema= 1 to 63 of a-z, 0-9 and _"});
}

std::string shown_address(std::string_view address) {
  const auto scheme = std::min(address.find(scheme_end), address.size());
  std::string shown(address.substr(0, scheme));
  shown += scheme_end;
  auto rest = address.substr(std::min(scheme + scheme_end.size(), address.size()));
  // A password may hold any of ':', '/', '?' by mistake: nothing up to the last '@' is trusted but
  // the user's name.
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    const auto user = rest.substr(0, std::min(at, rest.find_first_of(":/?")));
    shown += user;
    shown += '@';
    rest.remove_prefix(at + 1);
  }
  const auto question = rest.find('?');
  shown += rest.substr(0, question);
  if (question == std::string_view::npos) return shown;
  const auto parameters = rest.substr(question + 1);
  for (auto at = parameters.find(schema_key); at != std::string_view::npos;
       at = parameters.find(schema_key, at + 1)) {
    const auto name = parameters.substr(at + schema_key.size());
    const auto schema = name.substr(0, name.find('&'));
    if ((at == 0 || parameters[at - 1] == '&') && is_schema(schema)) {
      shown += '?';
      shown += schema_key;
      shown += schema;
      return shown;
    }
  }
  return shown;
}

}  // namespace tidemark::store_postgres
