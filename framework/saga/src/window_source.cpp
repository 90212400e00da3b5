#include "tidemark/saga/window_source.hpp"

#include <fmt/format.h>

#include <atomic>

#include "tidemark/base/bytes.hpp"
#include "tidemark/projection/closed_windows.hpp"
#include "tidemark/saga/window.pb.h"
#include "tidemark/security/digest.hpp"

namespace tidemark::saga {
namespace {

constexpr auto look_for_windows = std::chrono::milliseconds(20);

/// No event stands behind a window alone: its key and revision name it, its end lends the time.
EventId id_of(const std::string& projection, const projection::ClosedWindow& closed) {
  SeededRandom nothing(0);
  const auto parent = Uuid::version7(closed.window.end, nothing);
  return EventId(security::derive(
      parent, {"window closed", projection, to_hex(closed.key), std::to_string(closed.revision)}));
}

v1::WindowClosed to_message(const std::string& projection, projection::ClosedWindow closed) {
  v1::WindowClosed message;
  message.set_projection(projection);
  message.set_key(std::move(closed.key));
  message.set_revision(closed.revision);
  message.set_window_start(closed.window.start.micros());
  message.set_window_end(closed.window.end.micros());
  message.set_row(std::move(closed.row));
  if (closed.previous) message.set_previous(std::move(*closed.previous));
  return message;
}

class WindowSource final : public feed::Source {
 public:
  explicit WindowSource(WindowSourceOptions options)
      : options_(std::move(options)), stream_("window-" + options_.projection) {}

  void open(sqlite::Database& file, const std::vector<std::string>& /*types*/) override {
    file.execute(R"(
      CREATE TABLE IF NOT EXISTS window_floor(
        id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS window_checkpoint(
        generation INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;)");
    // The floor is laid once, when the reaction is first started.
    const auto floor = options_.start == ReactTo::news ? options_.high_water() : Position();
    file.statement("INSERT OR IGNORE INTO window_floor(id, position) VALUES (1, ?1)")
        .bind_all(floor.value())
        .run();
    auto row = file.statement("SELECT position FROM window_floor");
    if (row.next()) floor_ = Position(static_cast<std::uint64_t>(row.integer(0)));
    file_ = &file;
  }

  std::uint64_t fetch(std::uint64_t max,
                      const std::function<bool(const feed::Delivery&)>& visit) override {
    if (max == 0) return 0;
    const auto live = options_.live();
    if (!live) return 0;
    if (!rows_ || generation_ != live->generation) {
      if (moved()) return 0;  // what came of the old generation is committed first
      change_to(*live);
    }
    std::uint64_t visited = 0;
    const projection::ClosedWindows windows(*rows_);
    for (auto& closed : windows.read(seq_, max)) {
      seq_ = closed.seq;
      if (floor_ != Position() && closed.position <= floor_) continue;
      ++visited;
      if (!deliver(std::move(closed), visit)) break;
    }
    tail_.store(static_cast<std::uint64_t>(windows.last()));
    return visited;
  }

  [[nodiscard]] bool moved() const override { return seq_ != saved_; }

  bool save(sqlite::Database& file) override {
    file.statement("INSERT OR REPLACE INTO window_checkpoint(generation, seq) VALUES (?1, ?2)")
        .bind_all(generation_, seq_)
        .run();
    return true;
  }

  void saved() override {
    saved_ = seq_;
    done_.store(static_cast<std::uint64_t>(seq_));
  }

  void rewind(sqlite::Database& file) override {
    auto row = file.statement("SELECT seq FROM window_checkpoint WHERE generation = ?1");
    row.bind_all(generation_);
    seq_ = row.next() ? row.integer(0) : 0;
    saved();
  }

  void refresh(feed::Delivery& /*delivery*/, std::string& /*buffer*/) const override {}

  [[nodiscard]] Extent extent() const override {
    const auto done = done_.load();
    return {.done = done, .tail = std::max(done, tail_.load())};
  }
  [[nodiscard]] Micros poll_interval() const override { return look_for_windows; }

 private:
  void change_to(const LiveModel& live) {
    rows_.reset();
    rows_ = sqlite::Database::open({.file = live.file, .mode = sqlite::OpenMode::read_only});
    generation_ = live.generation;
    rewind(*file_);
  }

  bool deliver(projection::ClosedWindow closed,
               const std::function<bool(const feed::Delivery&)>& visit) {
    const auto key = to_hex(closed.key);
    EventView event{.type = v1::WindowClosed::descriptor()->full_name()};
    event.metadata.event_id = id_of(options_.projection, closed);
    event.metadata.stream = stream_;
    event.metadata.position = closed.position;
    event.metadata.event_time = closed.window.end;
    const Position seq(static_cast<std::uint64_t>(closed.seq));
    const auto data = serialize(to_message(options_.projection, std::move(closed)));
    event.data = data;
    return visit({.event = event, .key = key, .place = seq});
  }

  const WindowSourceOptions options_;
  const std::string stream_;
  sqlite::Database* file_ = nullptr;  ///< the feed's, from `open` on
  std::optional<sqlite::Database> rows_;
  std::uint64_t generation_ = 0;
  Position floor_;  ///< windows that closed at or below it are not for a reaction to news
  std::int64_t seq_ = 0;
  std::int64_t saved_ = 0;
  std::atomic<std::uint64_t> done_{0}, tail_{0};
};

}  // namespace

std::unique_ptr<feed::Source> window_source(WindowSourceOptions options) {
  return std::make_unique<WindowSource>(std::move(options));
}

}  // namespace tidemark::saga
