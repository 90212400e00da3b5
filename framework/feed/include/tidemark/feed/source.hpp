#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/feed/delivery.hpp"
#include "tidemark/schema/catalogue.hpp"
#include "tidemark/sql/database.hpp"

namespace tidemark::feed {

/// Where deliveries come from, and where the next ones start. Its progress is kept in the feed's
/// file by the feed's commit. One thread at a time but for `extent`; never blocks.
class Source {
 public:
  virtual ~Source() = default;
  /// Creates its tables and reads where it stands. Called once, before anything else. `types` are
  /// today's names of what is wanted. Throws `Failure` "store.diverged" when that place is not in
  /// the log.
  virtual void open(sql::Database& file, const std::vector<std::string>& types) = 0;

  /// Visits up to `max` deliveries behind the last one visited; false from `visit` stops behind
  /// that one. Answers how many were visited. With `max` 0 it only keeps its connection alive.
  /// `visit` must not throw. Throws "feed.unknown_type" in front of an event that it may not pass;
  /// what was visited before can be saved first, because it throws only when `moved()` is false.
  virtual std::uint64_t fetch(std::uint64_t max,
                              const std::function<bool(const Delivery&)>& visit) = 0;
  /// Whether it came further than the file says, also over what nobody wants.
  [[nodiscard]] virtual bool moved() const = 0;
  /// True asks for a commit soon: partitions are to be given back.
  [[nodiscard]] virtual bool wants_commit() const { return false; }

  /// Writes how far `fetch` came, inside the transaction of what was made of it. False: the place
  /// that this batch began at is not the one in the file (another owner moved it): nothing may be
  /// committed.
  virtual bool save(sql::Database& file) = 0;
  /// The transaction of the last `save` is committed.
  virtual void saved() = 0;
  /// Goes back to what the file says.
  virtual void rewind(sql::Database& file) = 0;

  /// Gives a delivery that was set aside under some earlier catalogue today's form; `buffer` holds
  /// the new bytes when there are any.
  virtual void refresh(Delivery& delivery, std::string& buffer) const = 0;

  /// How far it is on disk and how far it could be, in one unit (positions, or records).
  struct Extent {
    std::uint64_t done = 0, tail = 0;
    bool tail_known = true;  ///< false: nobody has said yet where the end is
  };
  /// Safe from any thread.
  [[nodiscard]] virtual Extent extent() const = 0;
  /// What it may not pass, if anything, as `describe` says it.
  [[nodiscard]] virtual std::string stuck_at() const { return {}; }
  /// What it has met and goes on in spite of, until it is gone: a topic that is not there.
  [[nodiscard]] virtual std::optional<Problem> problem() const { return std::nullopt; }
  /// When to look again after there was nothing, if nobody wakes the worker.
  [[nodiscard]] virtual Micros poll_interval() const { return std::chrono::seconds(1); }
  /// Called when the feed can take no more, and when it can again (back pressure).
  virtual void hold(bool) {}
  /// Gives up what others wait for (partitions of a group). Bounded.
  virtual void stop() noexcept {}
};

/// The log, from where the file says (a new file: behind `start`), up to the high-water mark. Only
/// the wanted types are delivered, under any name they were stored by; deleted events are passed
/// by.
///
/// Its checkpoint is position, chain hash and store id; at `open` all three must be those of the
/// log.
///
/// Unknown types: the feed *handles* a category once it was delivered an event of it. An event
/// whose stored type nobody registered stops it when it handles the event's category, or as soon as
/// it would begin to, whichever of the two events came first: such an event may be one it needs,
/// under a name it does not know. Unknown types of other categories cannot be and are passed by.
/// What was passed by is kept in the file, so that a type that turns out to be wanted later is not
/// missed in silence.
std::unique_ptr<Source> store_source(store::EventStore& store, const Catalogue& catalogue,
                                     Position start);

}  // namespace tidemark::feed
