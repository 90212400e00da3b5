#pragma once

#include <string>
#include <vector>

#include "tidemark/feed/delivery.hpp"
#include "tidemark/sql/database.hpp"

namespace tidemark::feed {

/// What a feed drives: it folds deliveries, and what it made of them commits together with the
/// feed's checkpoint, in one transaction of the feed's file.
///
/// Called by one thread at a time. A `handle` that throws anything but a `Failure` marks the
/// delivery as failed: the feed calls `forget()`, goes back to its checkpoint, replays what came
/// before, parks the key and commits. So a handler need not undo anything, but must be repeatable:
/// its only effects are through `write()`, or idempotent.
class Handler {
 public:
  virtual ~Handler() = default;
  /// Today's names of the event types it wants; all others pass by unseen.
  [[nodiscard]] virtual const std::vector<std::string>& types() const = 0;
  /// Handles one event. May keep what it changes in bounded memory until `write`. A transaction
  /// that it opens in the file is committed, with everything else, in the same step.
  virtual void handle(const Delivery& delivery) = 0;
  /// Whether everything handed to others (commands, appends) has its outcome. Called before
  /// `write`, again and again until true; never blocks. Throws like `handle` when one of them
  /// failed; then `failed_place()` names the delivery.
  virtual bool settled() { return true; }
  [[nodiscard]] virtual Place failed_place() const { return Position(); }
  /// Writes what it kept, inside the open transaction that will carry the checkpoint. What it wrote
  /// is not safe before the next `handle`: a `forget()` in between says that it was rolled back.
  virtual void write(sql::Database& file) = 0;
  /// Drops everything that is not known to be committed.
  virtual void forget() noexcept = 0;
  /// True asks for a commit before the next event: the cache is full, or SQL was run by hand.
  [[nodiscard]] virtual bool wants_commit() const { return false; }
};

}  // namespace tidemark::feed
