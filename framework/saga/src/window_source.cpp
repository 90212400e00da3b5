#include "tidemark/saga/window_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "tidemark/base/bytes.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/projection/closed_windows.hpp"
#include "tidemark/saga/window.pb.h"
#include "tidemark/security/digest.hpp"
#include "tidemark/sql/transaction.hpp"
#include "told_windows.hpp"

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

/// Rounds of reading in one fetch while nothing is found that a reaction does not know.
constexpr int rounds_max = 100;

class WindowSource final : public feed::Source {
 public:
  explicit WindowSource(WindowSourceOptions options)
      : options_(std::move(options)), stream_("window-" + options_.projection) {}

  void open(sql::Database& file, const std::vector<std::string>& /*types*/) override {
    file_ = &file;
    file.execute(R"(
      CREATE TABLE IF NOT EXISTS windows_origin(
        id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL, chain BLOB NOT NULL,
        store_id BLOB NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS windows_floor(
        id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL,
        model_id BLOB NOT NULL DEFAULT x'', seq INTEGER NOT NULL DEFAULT 0) STRICT;
      CREATE TABLE IF NOT EXISTS windows_place(
        id INTEGER PRIMARY KEY CHECK (id = 1), model_id BLOB NOT NULL, seq INTEGER NOT NULL,
        newest_until INTEGER NOT NULL) STRICT;)");
    check_origin(file);
    // The floor is laid once, when the reaction is first started.
    const auto floor = options_.start == ReactTo::news ? options_.store.high_water() : Position();
    file.statement("INSERT OR IGNORE INTO windows_floor(id, position) VALUES (1, ?1)")
        .bind_all(floor.value())
        .run();
    windows_.emplace(file);
    rewind(file);
  }

  std::uint64_t fetch(std::uint64_t max,
                      const std::function<bool(const feed::Delivery&)>& visit) override {
    if (max == 0) return 0;
    if (!moved() && !file_->in_transaction()) {
      for (int round = 0; round < rounds_max && waiting_.empty() && fill(max); ++round) continue;
    }
    std::uint64_t visited = 0;
    while (visited < max && delivered_ < waiting_.size()) {
      ++visited;
      if (!deliver(waiting_[delivered_++], visit)) break;
    }
    return visited;
  }

  [[nodiscard]] bool moved() const override { return delivered_ > 0; }
  [[nodiscard]] bool wants_commit() const override {
    return delivered_ > 0 && delivered_ == waiting_.size();
  }

  bool save(sql::Database& /*file*/) override {
    windows_->told(delivered_);
    return true;
  }

  void saved() override {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(delivered_));
    delivered_ = 0;
    publish();
  }

  void rewind(sql::Database& /*file*/) override {
    waiting_ = windows_->waiting();
    delivered_ = 0;
    seq_ = read_place().seq;
    publish();
  }

  void refresh(feed::Delivery& /*delivery*/, std::string& /*buffer*/) const override {}

  [[nodiscard]] Extent extent() const override {
    const auto done = done_.load();
    return {.done = done, .tail = std::max(done, tail_.load())};
  }
  [[nodiscard]] Micros poll_interval() const override { return look_for_windows; }

 private:
  /// Where the closings of the live model were read up to.
  struct Place {
    std::string model_id;
    std::int64_t seq = 0;
    /// Closings up to this one were there when the model took another's place: of those only the
    /// newest of each window are told, and only where it says another thing.
    std::int64_t newest_until = 0;
  };

  [[nodiscard]] Place read_place() const {
    auto row = file_->statement("SELECT model_id, seq, newest_until FROM windows_place");
    if (!row.next()) return {};
    return {.model_id = std::string(row.blob(0)),
            .seq = row.integer(1),
            .newest_until = row.integer(2)};
  }

  /// Writes down what is to be told next, and how far it was read. False: there is nothing new.
  bool fill(std::uint64_t max) {
    const auto live = options_.live();
    if (!live) return false;
    if (!rows_ || generation_ != live->generation) {
      rows_.reset();
      rows_ = live->open();
      generation_ = live->generation;
      model_id_ = projection::ClosedWindows(*rows_).model_id();
    }
    const projection::ClosedWindows closed(*rows_);
    auto place = read_place();
    const auto last = closed.last();
    if (place.model_id != model_id_) {
      const bool is_first = place.model_id.empty();
      place = {.model_id = model_id_, .newest_until = is_first ? 0 : last};
    }
    const bool only_newest = place.seq < place.newest_until;
    const auto windows = only_newest ? closed.read_newest(place.seq, place.newest_until, max)
                                     : closed.read(place.seq, max);
    tail_.store(static_cast<std::uint64_t>(last));
    if (windows.empty() && !only_newest) return false;
    place.seq = windows.empty() ? place.newest_until : windows.back().seq;
    sql::in_transaction(*file_, [&] {
      const auto floor = read_floor(last);
      for (const auto& window : windows) {
        if (is_old(window, floor)) {
          windows_->know(window);
        } else {
          windows_->add(window);
        }
      }
      write_place(place);
      write_origin();
    });
    waiting_ = windows_->waiting();
    publish();
    return true;
  }

  /// What was closed when a reaction to news was first started.
  struct Floor {
    Position position;
    std::string model_id;  ///< of the model that was live first
    std::int64_t seq = 0;  ///< its newest closing then
  };

  Floor read_floor(std::int64_t last) {
    if (options_.start != ReactTo::news) return {};
    auto row = file_->statement("SELECT position, model_id, seq FROM windows_floor");
    row.next();
    Floor floor{.position = Position(static_cast<std::uint64_t>(row.integer(0))),
                .model_id = std::string(row.blob(1)),
                .seq = row.integer(2)};
    if (!floor.model_id.empty()) return floor;
    floor.model_id = model_id_;
    floor.seq = last;
    auto lay = file_->statement("UPDATE windows_floor SET model_id = ?1, seq = ?2");
    lay.bind(1, sql::Blob{model_id_}).bind(2, last).run();
    return floor;
  }

  [[nodiscard]] bool is_old(const projection::ClosedWindow& window, const Floor& floor) const {
    if (options_.start != ReactTo::news) return false;
    // What was made from topics has no position in this log.
    if (window.position == Position())
      return floor.model_id == model_id_ && window.seq <= floor.seq;
    return window.position <= floor.position;
  }

  void check_origin(sql::Database& file) const {
    const auto origin = windows_origin(file);
    auto& store = options_.store;
    if (!origin || store::has_origin(store, *origin)) return;
    throw Failure(
        {.code = "store.diverged",
         .message = fmt::format("{} remembers what was sent to another log: position {} of store "
                                "{} is not what it was (the log ends at {})",
                                file.name(), origin->checkpoint.position.value(),
                                to_string(store.store_id()), store.high_water().value()),
         .hint = "put back the log that belongs to this file; or stop the application and remove "
                 "it: then all closed windows are told anew"});
  }

  void write_place(const Place& place) {
    auto write = file_->statement("INSERT OR REPLACE INTO windows_place VALUES (1, ?1, ?2, ?3)");
    write.bind(1, sql::Blob{place.model_id}).bind(2, place.seq).bind(3, place.newest_until);
    write.run();
    seq_ = place.seq;
  }

  void write_origin() {
    const auto origin = store::origin_at(options_.store, options_.store.high_water());
    if (!origin) return;
    auto write = file_->statement("INSERT OR REPLACE INTO windows_origin VALUES (1, ?1, ?2, ?3)");
    write.bind(1, origin->checkpoint.position.value());
    write.bind(2, sql::Blob{origin->chain_bytes()});
    write.bind(3, sql::Blob{origin->store_bytes()}).run();
  }

  void publish() {
    tail_.store(std::max(tail_.load(), static_cast<std::uint64_t>(seq_)));
    done_.store(waiting_.empty() ? static_cast<std::uint64_t>(seq_)
                                 : static_cast<std::uint64_t>(waiting_.front().seq - 1));
  }

  bool deliver(const projection::ClosedWindow& closed,
               const std::function<bool(const feed::Delivery&)>& visit) {
    const auto key = to_hex(closed.key);
    EventView event{.type = v1::WindowClosed::descriptor()->full_name()};
    event.metadata.event_id = id_of(options_.projection, closed);
    event.metadata.stream = stream_;
    event.metadata.position = closed.position;
    event.metadata.event_time = closed.window.end;
    const auto data = serialize(to_message(options_.projection, closed));
    event.data = data;
    const Position seq(static_cast<std::uint64_t>(closed.seq));
    return visit({.event = event, .key = key, .place = seq});
  }

  const WindowSourceOptions options_;
  const std::string stream_;
  sql::Database* file_ = nullptr;  ///< the feed's, from `open` on
  std::optional<ToldWindows> windows_;
  std::unique_ptr<sql::Database> rows_;
  std::uint64_t generation_ = 0;
  std::string model_id_;
  std::int64_t seq_ = 0;
  std::deque<projection::ClosedWindow> waiting_;
  std::size_t delivered_ = 0;  ///< of those waiting
  std::atomic<std::uint64_t> done_{0}, tail_{0};
};

}  // namespace

std::optional<store::Origin> windows_origin(sql::Database& file) {
  if (!file.has_table("windows_origin")) return std::nullopt;
  auto row = file.statement("SELECT position, chain, store_id FROM windows_origin");
  if (!row.next()) return std::nullopt;
  return store::read_origin(Position(static_cast<std::uint64_t>(row.integer(0))), row.blob(1),
                            row.blob(2));
}

std::unique_ptr<feed::Source> window_source(WindowSourceOptions options) {
  return std::make_unique<WindowSource>(std::move(options));
}

}  // namespace tidemark::saga
