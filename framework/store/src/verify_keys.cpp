#include "verify_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "columns.hpp"
#include "scatter.hpp"

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

std::uint64_t last_position(sqlite::Database& file) {
  auto select = file.statement("SELECT max(position) FROM events");
  return select.next() ? read_number(select, 0) : 0;
}

/// What shows that events moved, or that a file took the place of another.
std::vector<std::int64_t> numbers_of(EventFiles& files) {
  const LogMoment moment(files);
  std::vector<std::int64_t> numbers;
  for (const auto& archive : files.archives()) numbers.push_back(archive.number);
  return numbers;
}

}  // namespace

bool is_of_damage(const Failure& failure) {
  return failure.code() == "store.corrupt" || failure.code() == "store.error";
}

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
    const bool is_cold = is_of_cold_file(failure);
    if (!is_of_damage(failure) && !is_cold) throw;
    report(end_, is_cold ? "archive" : "index",
           fmt::format("{} cannot be read: {}", index, failure.message()));
  }
}

void KeyCheck::add(const Row& row) {
  id_sum_ += weight(row.event_id, row.position);
  stream_sum_ += weight(row.stream_id, row.version, row.position);
}

/// Visits the files with events up to the end, one after the other.
template <typename Visit>
void KeyCheck::each_piece(Visit visit) {
  const auto archives = files_.archives();
  for (const auto& archive : archives) {
    if (archive.first > end_) return;
    visit(Piece{.file = files_.open(archive), .first = archive.first, .archived = true});
  }
  const auto archived = archives.empty() ? 0 : archives.back().last;
  visit(Piece{.file = files_.log_file(), .first = archived + 1});
}

KeyCheck::KeyCheck(EventFiles& files, Position end) : files_(files), end_(end.value()) {
  scanning_.start([this] { scan(); });
}

KeyCheck::~KeyCheck() { given_up_ = true; }

void KeyCheck::finish(Position end) {
  scanning_.wait();
  if (end_ != end.value()) {
    end_ = end.value();
    scan();
  }
  compare();
  // No snapshot is held over all of it: when events moved meanwhile, it is done again.
  while (archives_ != numbers_of(files_)) {
    scan();
    compare();
  }
}

/// Goes through both indexes.
void KeyCheck::scan() {
  archives_ = numbers_of(files_);
  damage_.reset();
  indexes_ = {};
  const auto sum_of = [this](auto add_all) {
    std::optional<std::uint64_t> sum(0);
    each_piece([&](const Piece& piece) {
      if (sum && !(this->*add_all)(piece, *sum)) sum.reset();
    });
    return sum;
  };
  reading("the index of ids", [&] { indexes_.ids = sum_of(&KeyCheck::add_ids); });
  reading("the index of streams", [&] { indexes_.streams = sum_of(&KeyCheck::add_streams); });
}

void KeyCheck::compare() {
  if (indexes_.ids.value_or(id_sum_) != id_sum_) {
    report(end_ + 1, "index", "the index of ids is about other events than there are");
    reading("the index of ids",
            [this] { each_piece([this](const Piece& piece) { find_by_id(piece); }); });
  }
  if (indexes_.streams.value_or(stream_sum_) != stream_sum_) {
    report(end_ + 1, "index", "the index of streams is about other events than there are");
    reading("the index of streams",
            [this] { each_piece([this](const Piece& piece) { find_by_stream(piece); }); });
  }
  if (archives_.empty()) return;
  reading("what is known of archives", [this] { check_archived_streams(); });
}

/// False: what follows cannot be read.
bool KeyCheck::add_ids(const Piece& piece, std::uint64_t& sum) {
  std::string last;
  for (bool more = true; more && !given_up_;) {
    const auto after = last;
    auto rows = piece.file->statement(
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
        return false;
      }
      more = true;
      last = id->bytes;
      // In the log there may be still what is archived already.
      if (position <= end_ && position >= piece.first) sum += weight(last, position);
    }
  }
  return true;
}

/// Versions from 1 without gaps, in the order of positions, and none that the events do not have.
/// False: what follows cannot be read.
bool KeyCheck::add_streams(const Piece& piece, std::uint64_t& sum) {
  Place read;  // the last that the index gave, and the last of those that count
  Place last;
  for (bool more = true; more && !given_up_;) {
    const LogMoment moment(files_);
    const auto last_there = last_position(*piece.file);
    auto rows = piece.file->statement(
        "SELECT stream_id, version, position FROM events INDEXED BY events_by_stream "
        "WHERE (stream_id, version) > (?1, ?2) ORDER BY stream_id, version LIMIT ?3");
    rows.bind_all(read.stream, read.version, page_size);
    more = false;
    while (rows.next()) {
      const Place place{.stream = rows.integer(0),
                        .version = read_number(rows, 1),
                        .position = read_number(rows, 2)};
      more = true;
      if (std::pair(place.stream, place.version) <= std::pair(read.stream, read.version)) {
        report(read.position, "version", "the versions of streams do not stand in their order");
        return false;
      }
      read = place;
      if (place.position > last_there) {
        report(last_there + 1, "index", "a stream has an event behind the end of the log");
      }
      if (place.position > end_ || place.position < piece.first) continue;
      sum += weight(place.stream, place.version, place.position);
      check_place(piece, last, place);
      last = place;
    }
  }
  check_last(piece, last);
  return true;
}

void KeyCheck::check_place(const Piece& piece, const Place& last, const Place& place) {
  const bool same = place.stream == last.stream;
  if (!same) check_last(piece, last);
  const auto expected = (same ? last.version : version_before(piece, place.stream)) + 1;
  if (place.version == expected && (!same || place.position > last.position)) return;
  report(place.position, "version",
         fmt::format("version {} where {} follows", place.version, expected));
}

/// The last version of a stream in the files before.
std::uint64_t KeyCheck::version_before(const Piece& piece, std::int64_t stream) {
  if (piece.first == 1) return 0;
  auto select = files_.log().statement(
      "SELECT max(version) FROM archived_streams WHERE stream_id = ?1 AND position < ?2");
  return select.bind_all(stream, piece.first).next() ? read_number(select, 0) : 0;
}

/// In an archive, a stream is found by the last of its versions there.
void KeyCheck::check_last(const Piece& piece, const Place& last) {
  if (!piece.archived || last.version == 0) return;
  auto select = files_.log().statement(
      "SELECT 1 FROM archived_streams WHERE stream_id = ?1 AND version = ?2 AND position = ?3");
  if (select.bind_all(last.stream, last.version, last.position).next()) return;
  // Where the log broke off in this file, its streams go on behind the end.
  if (const auto* archive = files_.archive_at(piece.first); archive && archive->last > end_) return;
  report(last.position, "version", "the log does not know that its stream ends an archive here");
}

/// Whether all that the log says of archived streams is so.
void KeyCheck::check_archived_streams() {
  std::pair<std::int64_t, std::int64_t> at{INT64_MIN, 0};
  for (bool more = true; more;) {
    const LogMoment moment(files_);
    auto entries = files_.log().statement(
        "SELECT stream_id, version, position FROM archived_streams "
        "WHERE (stream_id, version) > (?1, ?2) AND position <= ?3 "
        "ORDER BY stream_id, version LIMIT ?4");
    entries.bind_all(at.first, at.second, std::min(files_.archived(), end_), page_size);
    EventRows rows(files_, "SELECT stream_id, version FROM events WHERE position = ?1");
    more = false;
    while (entries.next()) {
      const std::pair next(entries.integer(0), entries.integer(1));
      const auto position = read_number(entries, 2);
      if (next <= at) return report(position, "version", "archived streams are in no order");
      more = true;
      at = next;
      const auto* row = rows.find(position);
      if (row != nullptr && std::pair(row->integer(0), row->integer(1)) == next) continue;
      report(position, "version", "the log knows another event here as one of a stream");
    }
  }
}

void KeyCheck::find_by_id(const Piece& piece) {
  auto rows = piece.file->statement(
      "SELECT e.position FROM events e NOT INDEXED WHERE e.position BETWEEN ?2 AND ?1 AND NOT "
      "EXISTS (SELECT 1 FROM events i INDEXED BY events_by_id WHERE i.event_id = e.event_id "
      "AND i.position = e.position) ORDER BY e.position LIMIT 1");
  if (rows.bind_all(end_, piece.first).next()) {
    report(read_number(rows, 0), "index", "who asks for its id does not find it");
  }
  auto strays = piece.file->statement(
      "SELECT min(i.position) FROM events i INDEXED BY events_by_id WHERE i.position <= ?1 AND "
      "i.position >= ?2 AND i.event_id >= x'' AND i.event_id IS NOT (SELECT e.event_id FROM "
      "events e NOT INDEXED WHERE e.position = i.position)");
  if (strays.bind_all(end_, piece.first).next() && !strays.is_null(0)) {
    report(read_number(strays, 0), "index", "it is found by an id that it does not have");
  }
}

void KeyCheck::find_by_stream(const Piece& piece) {
  auto rows = piece.file->statement(
      "SELECT e.position FROM events e NOT INDEXED WHERE e.position BETWEEN ?2 AND ?1 AND NOT "
      "EXISTS (SELECT 1 FROM events i INDEXED BY events_by_stream WHERE i.stream_id = e.stream_id "
      "AND i.version = e.version AND i.position = e.position) ORDER BY e.position LIMIT 1");
  if (rows.bind_all(end_, piece.first).next()) {
    report(read_number(rows, 0), "index", "who reads its stream does not find it");
  }
  auto strays = piece.file->statement(
      "SELECT min(i.position) FROM events i INDEXED BY events_by_stream WHERE i.position <= ?1 "
      "AND i.position >= ?3 AND i.stream_id >= ?2 AND NOT EXISTS (SELECT 1 FROM events e NOT "
      "INDEXED WHERE e.position = i.position AND e.stream_id = i.stream_id AND "
      "e.version = i.version)");
  if (strays.bind_all(end_, INT64_MIN, piece.first).next() && !strays.is_null(0)) {
    report(read_number(strays, 0), "index", "it is found in a place that it does not have");
  }
}

}  // namespace tidemark::store
