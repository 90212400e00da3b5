// The whole log in order, and its verification.
#include <sqlite3.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "bench/raw_log.hpp"
#include "bench/store_bench.hpp"
#include "bench/stored_logs.hpp"
#include "tidemark/base/failure.hpp"

namespace bench {
namespace {

constexpr std::uint64_t page = 10'000;  // as feeds read

/// Something of every part of an event, so that each is fetched.
std::uint64_t touch(std::string_view bytes) {
  return bytes.empty() ? 0 : bytes.size() + static_cast<unsigned char>(bytes.front());
}

std::uint64_t touch(const tidemark::EventView& event) {
  const auto& it = event.metadata;
  return it.position.value() + it.version.value() + it.event_id.uuid().bytes()[15] +
         it.append_id.uuid().bytes()[15] + static_cast<std::uint64_t>(it.event_time.micros()) +
         static_cast<std::uint64_t>(it.recorded_at.micros()) + (it.ingested_at ? 1 : 0) +
         touch(it.stream) + touch(it.correlation_id) + touch(it.causation_id) +
         touch(it.traceparent) + touch(it.tenant) + touch(it.extra) + touch(event.type) +
         event.schema + touch(event.data);
}

/// Positions in a row, both ends included: a part of the log for each round.
struct Part {
  std::uint64_t first = 1;
  std::uint64_t last = 0;
  [[nodiscard]] std::uint64_t count() const { return last - first + 1; }
};

class Parts {
 public:
  explicit Parts(std::uint64_t events) : events_(events) {}
  Part next() {
    const auto first = next_ % parts * (events_ / parts) + 1;
    ++next_;
    return {.first = first, .last = first + events_ / parts - 1};
  }

 private:
  static constexpr std::uint64_t parts = 5;
  const std::uint64_t events_;
  std::uint64_t next_ = 0;
};

std::uint64_t read_ours(tidemark::store::SqliteStore& store, const Part& part) {
  std::uint64_t events = 0;
  std::uint64_t sum = 0;
  tidemark::store::ReadQuery query{.from = tidemark::Position(part.first)};
  while (events < part.count()) {
    query.limit = std::min(page, part.count() - events);
    const auto end = store.read(query, [&](const tidemark::EventView& event) {
      sum += touch(event);
      return true;
    });
    events += end.returned;
    query.from = end.scanned.next();
    if (end.returned == 0) break;
  }
  return sum == 0 ? 0 : events;
}

/// The columns that an envelope's view has, in the order of the table.
constexpr const char* raw_columns =
    "SELECT position, stream_id, version, type_id, schema, event_time, recorded_at, ingested_at, "
    "event_id, append_id, correlation_id, causation_id, traceparent, tenant, extra, data "
    "FROM events WHERE position BETWEEN ?1 AND ?2 ORDER BY position";
constexpr int integer_columns = 8;
constexpr int raw_column_count = 16;

std::uint64_t read_raw(sqlite3_stmt& row, const Part& part) {
  sqlite3_bind_int64(&row, 1, static_cast<sqlite3_int64>(part.first));
  sqlite3_bind_int64(&row, 2, static_cast<sqlite3_int64>(part.last));
  std::uint64_t events = 0;
  std::uint64_t sum = 0;
  for (; sqlite3_step(&row) == SQLITE_ROW; ++events) {
    for (int column = 0; column < integer_columns; ++column) {
      sum += static_cast<std::uint64_t>(sqlite3_column_int64(&row, column));
    }
    for (int column = integer_columns; column < raw_column_count; ++column) {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(&row, column));
      if (bytes == nullptr) continue;
      sum += touch({bytes, static_cast<std::size_t>(sqlite3_column_bytes(&row, column))});
    }
  }
  sqlite3_reset(&row);
  return sum == 0 ? 0 : events;
}

void check_all(std::uint64_t read, std::uint64_t stored) {
  if (read == stored) return;
  throw tidemark::Failure({.code = "bench.read", .message = "not all events were read"});
}

void read_all(StoreBench& bench) {
  auto& logs = bench.logs();
  OurLog ours(logs.our_file(), {});
  const auto raw = open_raw(logs.raw_file(), true);
  const auto select = prepare_raw(*raw, raw_columns);
  Parts our_parts(logs.events());
  Parts raw_parts(logs.events());
  const auto by = [](Parts& parts, const auto& read) {
    const auto part = parts.next();
    return rate_of(part.count(), [&] { check_all(read(part), part.count()); });
  };
  const auto rates = compare(
      bench.rounds,
      [&] {
        return by(our_parts, [&](const Part& part) { return read_ours(ours.store(), part); });
      },
      [&] { return by(raw_parts, [&](const Part& part) { return read_raw(*select, part); }); });
  line("read_all", rates, "events/s");
}

void verify(StoreBench& bench) {
  auto& logs = bench.logs();
  OurLog ours(logs.our_file(), {});
  constexpr unsigned rounds = 5;  // of seconds
  std::vector<double> rates;
  rates.reserve(rounds);
  for (unsigned round = 0; round < rounds; ++round) {
    rates.push_back(rate_of(logs.events(), [&] {
      const auto verified = ours.store().verify({});
      if (verified.damage) {
        throw tidemark::Failure({.code = "bench.verify", .message = verified.damage->message});
      }
      check_all(verified.events, logs.events());
    }));
  }
  line("verify", {.ours = median(rates)}, "events/s");
}

}  // namespace

std::vector<Case> read_cases() { return {{"read_all", &read_all}, {"verify", &verify}}; }

}  // namespace bench
