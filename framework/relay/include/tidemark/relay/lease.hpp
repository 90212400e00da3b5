#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/uuid.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::relay {

/// Which of several relays of one name works at a time: a small text in the store that its holder
/// renews each third of its length.
///
/// It keeps relays from fencing each other over and over; it is not what keeps them from publishing
/// twice. The store has no compare-and-set, so for a moment two may think that they hold it: one of
/// them is then fenced, sees the other's name and stands by.
///
/// It has run out when the wall clock says so, or when nobody renewed it for its whole length on
/// the monotonic clock: a wall clock that jumps backwards keeps nobody waiting for longer than
/// that, and one that jumps forward costs one take-over. One thread at a time.
class Lease {
 public:
  struct Options {
    std::string relay_name;
    Uuid owner;
    Micros length;
  };
  /// `store` and `clock` must outlive it.
  Lease(Options options, store::EventStore& store, const Clock& clock);

  /// Tries to get it. True when it is ours; takes at least two calls, so that of two that see it
  /// free at once only the one who wrote last goes on.
  [[nodiscard]] bool acquire();
  /// Renews it when a third has passed, with `published` for others to read. False when another
  /// relay has it.
  [[nodiscard]] bool renew(Position published);
  /// Leaves it to others, if it is ours; with `published`, when that is known, for others to read.
  void release(std::optional<Position> published = {});
  /// Leaves it to others and does not try to get it for its whole length.
  void stand_back();
  /// When `acquire` or `renew` have something to do again.
  [[nodiscard]] Micros due_in() const;
  /// What the relay of a name last said to have published, for who only looks; none when it never
  /// said anything. It says so at each renewal.
  static std::optional<Position> published_by(store::EventStore& store,
                                              std::string_view relay_name);
  /// What its holder last said to have published; 0 when nobody said anything.
  [[nodiscard]] Position published() const { return published_; }

 private:
  struct Entry {
    Uuid owner;  ///< nil: nobody's
    UtcTime expires_at;
    Position published;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  static std::optional<Entry> parse(std::string_view text);
  [[nodiscard]] Entry read();
  void write(const Uuid& owner);
  [[nodiscard]] bool has_run_out(const Entry& entry) const;

  const Options options_;
  const std::string property_;
  store::EventStore& store_;
  const Clock& clock_;

  Position published_;
  std::optional<Entry> seen_;  ///< the other's entry, as last looked at
  Micros seen_since_{0};
  bool is_written_ = false;  ///< by us, and not seen to be another's since
  Micros look_at_;           ///< on the monotonic clock: nothing is done before
};

}  // namespace tidemark::relay
