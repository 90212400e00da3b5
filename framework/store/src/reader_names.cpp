#include "reader_names.hpp"

#include <fmt/format.h>

#include "tidemark/base/failure.hpp"

namespace tidemark::store {

std::string_view ReaderNames::stream(std::int64_t id) {
  auto& place = streams_[static_cast<std::size_t>(id) % stream_places];
  // A damaged file may say any number, that of an empty place too.
  if (place.id != id || place.name.empty()) {
    place.name = look_up("SELECT name FROM streams WHERE id = ?1", id);
    place.id = id;
  }
  return place.name;
}

std::string_view ReaderNames::type(std::int64_t id) {
  const auto at = static_cast<std::size_t>(id);
  if (at >= types_.size() || types_[at].empty()) {
    auto name = look_up("SELECT name FROM types WHERE id = ?1", id);
    if (at > types_max) fail(id, "a number of a type");
    if (at >= types_.size()) types_.resize(at + 1);
    types_[at] = std::move(name);
  }
  return types_[at];
}

std::string ReaderNames::look_up(std::string_view sql, std::int64_t id) {
  auto select = database_.statement(sql);
  if (select.bind(1, id).next()) return std::string(select.text(0));
  fail(id, sql);
}

void ReaderNames::fail(std::int64_t id, std::string_view what) {
  throw Failure({.code = "store.corrupt",
                 .message = fmt::format("no name for number {} ({})", id, what),
                 .hint = "run verify; restore the file from a backup"});
}

}  // namespace tidemark::store
