#include "verify_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <variant>

#include "columns.hpp"
#include "scatter.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t page_size = 10'000;

std::uint64_t weight(std::string_view event_id, std::uint64_t position) {
  std::uint64_t halves[2] = {event_id.size(), 0};  // of a wrong size: like no other
  if (event_id.size() == sizeof halves) std::memcpy(halves, event_id.data(), sizeof halves);
  return scatter(scatter(scatter(halves[0]) + halves[1]) + position);
}

std::uint64_t weight(std::int64_t stream_id, std::uint64_t version, std::uint64_t position) {
  return scatter(scatter(scatter(static_cast<std::uint64_t>(stream_id)) + version) + position);
}

}  // namespace

void KeyCheck::report(std::uint64_t position, std::string_view code, std::string message) {
  // A damaged entry may say any position; behind the end there is nothing to name.
  const Position at(std::clamp<std::uint64_t>(position, 1, end_ + 1));
  if (damage_ && damage_->position <= at) return;
  damage_ =
      Damage{.position = at, .code = fmt::format("verify.{}", code), .message = std::move(message)};
}

/// What cannot be read is damage like any other, and no reason to stop looking.
template <typename Work>
void KeyCheck::reading(std::string_view index, Work work) {
  try {
    work();
  } catch (const Failure& failure) {
    if (failure.code() != "store.corrupt") throw;
    report(end_, "index", fmt::format("{} cannot be read: {}", index, failure.message()));
  }
}

void KeyCheck::add(const Row& row) {
  id_sum_ += weight(row.event_id, row.position);
  stream_sum_ += weight(row.stream_id, row.version, row.position);
}

void KeyCheck::finish(Position end) {
  end_ = end.value();
  reading("the index of ids", [this] { check_ids(); });
  reading("the index of streams", [this] { check_streams(); });
}

void KeyCheck::check_ids() {
  std::uint64_t sum = 0;
  std::string last;
  for (bool more = true; more;) {
    const auto after = last;
    auto rows = database_.statement(
        "SELECT event_id, position FROM events INDEXED BY events_by_id WHERE event_id > ?1 "
        "ORDER BY event_id LIMIT ?2");
    rows.bind_all(sqlite::Blob{after}, page_size);
    more = false;
    while (rows.next()) {
      const auto position = read_number(rows, 1);
      const auto value = rows.value(0);
      const auto* id = std::get_if<sqlite::Blob>(&value);
      // In a damaged tree they may follow in any order, and the pages would never come to an end.
      if (id == nullptr || id->bytes <= last) {
        report(position, "index", "the ids of events do not stand in their order");
        return;
      }
      more = true;
      last = id->bytes;
      if (position <= end_) sum += weight(last, position);
    }
  }
  if (sum != id_sum_) find_by_id();
}

/// Versions from 1 without gaps, in the order of positions, and none that the events do not have.
void KeyCheck::check_streams() {
  std::int64_t stream = 0;
  std::uint64_t version = 0;
  std::uint64_t position = 0;
  std::uint64_t sum = 0;
  for (bool more = true; more;) {
    auto rows = database_.statement(
        "SELECT stream_id, version, position FROM events INDEXED BY events_by_stream "
        "WHERE (stream_id, version) > (?1, ?2) ORDER BY stream_id, version LIMIT ?3");
    rows.bind_all(stream, version, page_size);
    more = false;
    while (rows.next()) {
      more = true;
      const bool same = rows.integer(0) == stream;
      if (std::pair(rows.integer(0), read_number(rows, 1)) <= std::pair(stream, version)) {
        report(position, "version", "the versions of streams do not stand in their order");
        return;
      }
      const auto expected = same ? version + 1 : 1;
      const auto after = same ? position : 0;
      stream = rows.integer(0);
      version = read_number(rows, 1);
      position = read_number(rows, 2);
      if (position > end_) continue;
      sum += weight(stream, version, position);
      if (version != expected || position <= after) {
        report(position, "version", fmt::format("version {} where {} follows", version, expected));
      }
    }
  }
  if (sum != stream_sum_) find_by_stream();
}

void KeyCheck::find_by_id() {
  report(end_ + 1, "index", "the index of ids is about other events than there are");
  auto rows = database_.statement(
      "SELECT e.position FROM events e NOT INDEXED WHERE e.position <= ?1 AND NOT EXISTS "
      "(SELECT 1 FROM events i INDEXED BY events_by_id WHERE i.event_id = e.event_id "
      "AND i.position = e.position) ORDER BY e.position LIMIT 1");
  if (rows.bind(1, end_).next()) {
    report(read_number(rows, 0), "index", "who asks for its id does not find it");
  }
  auto strays = database_.statement(
      "SELECT min(i.position) FROM events i INDEXED BY events_by_id WHERE i.position <= ?1 AND "
      "i.event_id >= x'' AND i.event_id IS NOT (SELECT e.event_id FROM events e NOT INDEXED "
      "WHERE e.position = i.position)");
  if (strays.bind(1, end_).next() && !strays.is_null(0)) {
    report(read_number(strays, 0), "index", "it is found by an id that it does not have");
  }
}

void KeyCheck::find_by_stream() {
  report(end_ + 1, "index", "the index of streams is about other events than there are");
  auto rows = database_.statement(
      "SELECT e.position FROM events e NOT INDEXED WHERE e.position <= ?1 AND NOT EXISTS "
      "(SELECT 1 FROM events i INDEXED BY events_by_stream WHERE i.stream_id = e.stream_id "
      "AND i.version = e.version AND i.position = e.position) ORDER BY e.position LIMIT 1");
  if (rows.bind(1, end_).next()) {
    report(read_number(rows, 0), "index", "who reads its stream does not find it");
  }
  auto strays = database_.statement(
      "SELECT min(i.position) FROM events i INDEXED BY events_by_stream WHERE i.position <= ?1 "
      "AND i.stream_id >= ?2 AND NOT EXISTS (SELECT 1 FROM events e NOT INDEXED WHERE "
      "e.position = i.position AND e.stream_id = i.stream_id AND e.version = i.version)");
  if (strays.bind_all(end_, INT64_MIN).next() && !strays.is_null(0)) {
    report(read_number(strays, 0), "index", "it is found in a place that it does not have");
  }
}

}  // namespace tidemark::store
