#include "tidemark/saga/window_reaction.hpp"

#include <fmt/format.h>

#include "tidemark/base/bytes.hpp"
#include "tidemark/saga/event_reaction.hpp"
#include "tidemark/sqlite/transaction.hpp"

namespace tidemark::saga {
namespace {

constexpr auto look_again = std::chrono::milliseconds(1);
constexpr auto look_for_windows = std::chrono::milliseconds(20);

}  // namespace

WindowReaction::WindowReaction(const ReactionModel& model, WindowReactionOptions options,
                               command::Dispatcher& dispatcher, sqlite::Database& file)
    : model_(model),
      options_(std::move(options)),
      file_(file),
      name_(fmt::format("reaction {} to {}", model.spec().name, options_.projection)),
      lines_(dispatcher) {
  create_reaction_tables(file_);
  file_.execute(R"(
    CREATE TABLE IF NOT EXISTS window_floor(
      projection TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS window_checkpoint(
      projection TEXT NOT NULL, generation INTEGER NOT NULL, seq INTEGER NOT NULL,
      PRIMARY KEY (projection, generation)) STRICT;)");
  // The floor is laid once, when the reaction is first started.
  const auto floor = model.spec().start == ReactTo::news ? options_.high_water() : Position();
  file_.statement("INSERT OR IGNORE INTO window_floor(projection, position) VALUES (?1, ?2)")
      .bind_all(std::string_view(options_.projection), floor.value())
      .run();
  auto row = file_.statement("SELECT position FROM window_floor WHERE projection = ?1");
  row.bind_all(std::string_view(options_.projection));
  if (row.next()) floor_ = Position(static_cast<std::uint64_t>(row.integer(0)));
  publish();
}

void WindowReaction::open(const LiveModel& live) {
  lines_.clear();
  rows_.reset();
  rows_ = sqlite::Database::open({.file = live.file, .mode = sqlite::OpenMode::read_only});
  live_ = live;
  auto row = file_.statement(
      "SELECT seq FROM window_checkpoint WHERE projection = ?1 AND generation = ?2");
  row.bind_all(std::string_view(options_.projection), live.generation);
  handled_ = row.next() ? row.integer(0) : 0;
  read_ = handled_;
}

runtime::Step WindowReaction::step() {
  const auto live = options_.live();
  if (!live) return runtime::Step::idle_for(look_for_windows);
  if (!live_ || live_->generation != live->generation) open(*live);
  if (lines_.size() > 0) {
    if (!lines_.poll()) return runtime::Step::wait(look_again);
    save();
    return runtime::Step::worked(1);
  }
  const auto closed = projection::ClosedWindows(*rows_).read(read_, batch_max);
  for (const auto& window : closed) {
    send(window);
    read_ = window.seq;
  }
  if (closed.empty()) {
    publish();
    return runtime::Step::idle_for(look_for_windows);
  }
  if (lines_.size() == 0) save();
  return runtime::Step::worked(closed.size());
}

void WindowReaction::send(const projection::ClosedWindow& closed) {
  if (closed.position <= floor_ && floor_ != Position()) return;
  const auto sent =
      model_.react(ClosedRow{.projection = options_.projection,
                             .row = closed.row,
                             .previous = closed.previous ? &*closed.previous : nullptr,
                             .revision = closed.revision,
                             .window = closed.window});
  // No event stands behind a window alone: its key and revision are the input's id.
  SeededRandom nothing(0);
  const auto parent = Uuid::version7(closed.window.end, nothing);
  const auto input_id =
      fmt::format("{}/{}/{}", options_.projection, to_hex(closed.key), closed.revision);
  for (std::size_t ordinal = 0; ordinal < sent.size(); ++ordinal) {
    auto message = reaction_command(model_, sent[ordinal], parent, input_id, ordinal);
    message.options.event_time = closed.window.end;
    lines_.add(std::move(message), static_cast<std::uint64_t>(closed.seq));
  }
}

void WindowReaction::save() {
  sqlite::in_transaction(file_, [&] {
    write_refused(file_, lines_.take_refused());
    file_
        .statement(
            "INSERT OR REPLACE INTO window_checkpoint(projection, generation, seq) "
            "VALUES (?1, ?2, ?3)")
        .bind_all(std::string_view(options_.projection), live_->generation, read_)
        .run();
  });
  handled_ = read_;
  publish();
}

void WindowReaction::publish() {
  const auto tail = rows_ ? projection::ClosedWindows(*rows_).last() : 0;
  *report_.lock() = {.name = name_,
                     .state = runtime::WorkerState::running,
                     .done = static_cast<std::uint64_t>(handled_),
                     .tail = static_cast<std::uint64_t>(std::max(tail, handled_))};
}

}  // namespace tidemark::saga
