#pragma once

#include <memory>
#include <string>
#include <vector>

#include "protos/tally.pb.h"
#include "storage.hpp"
#include "tidemark/base/bytes.hpp"
#include "tidemark/feed/feed_worker.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/projection.hpp"
#include "tidemark/projection/closed_windows.hpp"
#include "tidemark/projection/handler.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace projection_test {

using namespace tidemark;
using tally::v1::MinuteScore;
using tally::v1::RoundEnded;
using tally::v1::Scored;
using tally::v1::Struck;

constexpr Micros minute = std::chrono::minutes(1);
constexpr Micros second = std::chrono::seconds(1);
const auto origin = UtcTime::from_micros(1'700'000'040'000'000);  // the start of a minute

inline UtcTime at(std::int64_t seconds) { return origin + second * seconds; }

/// What players scored in each minute. The cache is smaller than the tests' rows when `CacheRows`
/// says so.
template <std::size_t CacheRows>
struct MinuteScores {
  static constexpr ProjectionSpec spec{
      .name = "minute_scores", .allowed_lateness = second * 30, .cache_rows_max = CacheRows};
  using Row = MinuteScore;
  using Key = tidemark::Key<&Row::player, &Row::minute_micros>;
  using Events = List<Scored, Struck, RoundEnded>;

  static Window window(const Row& row) {
    const auto start = UtcTime::from_micros(row.minute_micros());
    return {.start = start, .end = start + minute};
  }
  static void on(Table<MinuteScores>& rows, const Scored& event, const Metadata& metadata) {
    if (event.points() < 0) {
      rows.at(event.player(), floor(metadata.event_time, minute).micros()).set_points(-1);
      throw std::runtime_error("negative points");
    }
    auto& row = rows.at(event.player(), floor(metadata.event_time, minute).micros());
    row.set_points(row.points() + event.points());
    row.set_hits(row.hits() + 1);
  }
  static void on(Table<MinuteScores>& rows, const Struck& event, const Metadata& metadata) {
    rows.erase(event.player(), floor(metadata.event_time, minute).micros());
  }
  static void on(Table<MinuteScores>& rows, const RoundEnded& event, const Metadata&) {
    rows.close(event.player(), event.minute_micros());
  }
};
using Scores = MinuteScores<50'000>;

/// A log with a tally in it, and files, all in memory.
struct Arena {
  Arena() {
    store = store::SqliteStore::open({.file = ":memory:"}, clock, random);
    catalogue.add<Scored>();
    catalogue.add<Struck>();
    catalogue.add<RoundEnded>();
  }

  template <typename Message>
  Position append(const std::string& player, UtcTime event_time, const Message& message) {
    NewEvent event{.event_id = EventId(Uuid::version7(clock.now(), random)),
                   .type = Message::descriptor()->full_name(),
                   .data = message.SerializeAsString(),
                   .event_time = event_time};
    store::Append append{
        .id = AppendId(Uuid::version7(clock.now(), random)),
        .streams = {{.stream = StreamId("tally", player), .events = {std::move(event)}}}};
    return store->append(std::move(append))->last;
  }
  Position score(const std::string& player, std::int64_t seconds, std::int64_t points) {
    Scored event;
    event.set_player(player);
    event.set_points(points);
    return append(player, at(seconds), event);
  }
  Position strike(const std::string& player, std::int64_t seconds) {
    Struck event;
    event.set_player(player);
    return append(player, at(seconds), event);
  }
  Position end_round(const std::string& player, std::int64_t seconds, std::int64_t round_seconds) {
    RoundEnded event;
    event.set_player(player);
    event.set_minute_micros(at(round_seconds).micros());
    return append(player, at(seconds), event);
  }
  test::File open(const std::string& name) { return {*storage.place, name}; }

  ManualClock clock{origin};
  SeededRandom random{7};
  test::Storage storage = test::fresh_storage("projection");
  std::unique_ptr<store::SqliteStore> store;
  Catalogue catalogue;
};

/// Whether nothing is left to do before time passes: a key may wait for its next attempt.
inline bool rests(const runtime::Step& step) {
  return step.did == runtime::Step::Did::nothing ||
         (step.did == runtime::Step::Did::waiting &&
          step.wake_after > Micros(std::chrono::milliseconds(1)));
}

/// A read model that is fed from an arena's log; dropping it is a crash.
template <typename P>
struct Model {
  explicit Model(Arena& arena, feed::FeedOptions options = {}, const std::string& name = "model.db")
      : model(make_projection<P>()),
        file(arena.open(name)),
        reader((projection::prepare_model_file(file, *model), arena.open(name))),
        handler(*model, file, arena.clock),
        worker((options.name = "projection test", options),
               feed::store_source(*arena.store, arena.catalogue, Position()), handler, file,
               arena.clock) {}

  void catch_up(int steps_max = 100'000) {
    for (int i = 0; i < steps_max; ++i) {
      if (rests(worker.step())) return;
    }
    throw std::runtime_error("does not come to an end");
  }
  /// All values of a query, one text a row; bytes in hexadecimal.
  std::vector<std::string> query(const std::string& sql) {
    std::vector<std::string> lines;
    auto rows = reader.prepare(sql);
    while (rows.next()) {
      std::string line;
      for (int i = 0; i < rows.column_count(); ++i) {
        line += i == 0 ? "" : "|";
        line += text_of(rows, i);
      }
      lines.push_back(line);
    }
    return lines;
  }
  static std::string text_of(const sql::Statement& row, int column) {
    const auto value = row.value(column);
    if (const auto* blob = std::get_if<sql::Blob>(&value)) return to_hex(blob->bytes);
    return row.is_null(column) ? "null" : std::string(row.text(column));
  }
  std::vector<std::string> scores() {
    return query("SELECT player, (minute_micros - " + std::to_string(origin.micros()) +
                 ") / 60000000, points, hits FROM minute_scores ORDER BY 1, 2");
  }
  /// "player minute revision points<-previous points", with '!' when late.
  std::vector<std::string> closed() {
    std::vector<std::string> lines;
    for (const auto& window : projection::ClosedWindows(reader).read(0, 100'000)) {
      MinuteScore row;
      row.ParseFromString(window.row);
      auto line = row.player() + " " + std::to_string((window.window.start - origin) / minute) +
                  " r" + std::to_string(window.revision) + " " + std::to_string(row.points());
      if (window.previous) {
        MinuteScore previous;
        previous.ParseFromString(*window.previous);
        line += "<-" + std::to_string(previous.points());
      }
      lines.push_back(line + (window.late ? "!" : ""));
    }
    return lines;
  }
  std::uint64_t late_events() { return projection::ClosedWindows(reader).late_events(); }

  std::unique_ptr<const projection::ProjectionModel> model;
  test::File file;
  test::File reader;
  projection::ProjectionHandler handler;
  feed::FeedWorker worker;
};

using Texts = std::vector<std::string>;

}  // namespace projection_test
