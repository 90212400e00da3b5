#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tidemark/schema/envelope.hpp"
#include "tidemark/store/checkpoint.hpp"

namespace tidemark::store {

/// One event exactly as it is stored: skipped ones with their data, tombstones with the digest of
/// theirs. A view.
struct StoredEvent {
  EventView event;
  ChainHash data_digest{};  ///< of the data, also of those that are gone
  ChainHash chain{};        ///< the log's hash at the event
};

/// A piece of a store beside its events, in a form that every engine reads and writes.
struct Record {
  enum class Kind : std::uint8_t {
    property,   ///< a small text of the application
    schema,     ///< a layout of a type: number and fingerprint
    outcome,    ///< of an append, with its answer
    life,       ///< what a person did to a stream: deletion, truncation, retention
    skip,       ///< an event that is passed over
    consumer,   ///< a registered consumer
    signature,  ///< a checkpoint that was issued
  };
  Kind kind = Kind::property;
  std::string key;    ///< unique within its kind; the order in which `records` returns them
  std::string value;  ///< `docs/reference/formats/store-copy.md`
};

/// The two ends of a copy of a store: backup, restore, and the move to another engine are all the
/// same copy. Every engine has both ends.
class Replica {
 public:
  virtual ~Replica() = default;

  /// Visits events from `from` on, at most `limit`, up to the high-water mark; how many it were.
  /// The visitor answers false to stop behind that event.
  virtual std::uint64_t stored_events(Position from, std::uint64_t limit,
                                      const std::function<bool(const StoredEvent&)>& visit) = 0;
  /// Records of one kind with keys behind `after` (empty: from the first), at most `limit`, by key.
  virtual std::vector<Record> records(Record::Kind kind, const std::string& after,
                                      std::uint64_t limit) = 0;

  /// Stores events as they are, in one commit, behind the last one. Throws `Failure`
  /// "store.diverged" when one does not follow from what is stored, by its position, its version or
  /// its chain, or has other data than those of its digest. What is stored already is passed over
  /// when it is the same.
  virtual void put_events(std::span<const StoredEvent> events) = 0;
  /// Stores records, over those of the same kind and key, in one commit. What is about events that
  /// are not there stays out: the log is a copy of an earlier moment.
  virtual void put_records(std::span<const Record> records) = 0;
};

}  // namespace tidemark::store
