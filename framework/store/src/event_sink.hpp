#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "event_files.hpp"
#include "event_insert.hpp"
#include "log_cache.hpp"
#include "tidemark/security/digest.hpp"
#include "tidemark/store/append.hpp"
#include "tidemark/store/chain.hpp"

namespace tidemark::store {

/// One event on its way in: everything but its place, which the sink gives it.
struct Incoming {
  const StreamId* name = nullptr;
  KnownStream* stream = nullptr;  ///< moved on with every event; stays where it is until `finish`
  /// Without position and version; `recorded_at` is raised to that of the event before it.
  EventView event;
  const security::Digest* data_digest = nullptr;
  std::span<const std::string> tags = {};
};

/// Puts events at the end of the log, inside a write transaction: gives them their places, chains
/// them, inserts them several at a time with what belongs to them, and takes all of it back when
/// one must be refused. One thread at a time.
class EventSink {
 public:
  EventSink(EventFiles& files, LogCache& cache);
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;

  /// Begins behind the end of the log.
  void begin(OnDuplicate on_duplicate);
  /// False: with `refuse`, the id of this event or of one before it is stored already.
  bool add(const Incoming& incoming);
  /// Inserts what is still waiting; answers as `add`.
  bool finish();
  /// Takes back everything since `begin`.
  void undo();

  [[nodiscard]] const Head& head() const { return head_; }
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

 private:
  bool flush();
  [[nodiscard]] bool are_new();
  void insert_one_by_one();
  void stage(const Incoming& incoming);
  void rewind();
  void keep();
  void create_stream(const Incoming& incoming);
  void index_tags(const Incoming& incoming, Position position);

  EventFiles& files_;
  sqlite::Database& database_;
  LogCache& cache_;
  Chain chain_;
  EventInsert insert_;
  OnDuplicate on_duplicate_ = OnDuplicate::refuse;
  Head inserted_;                      ///< the end of what is inserted
  Head head_;                          ///< the same with what waits
  std::vector<EventRow> rows_;         ///< what waits
  std::vector<Incoming> waiting_;      ///< the same, as it came
  std::vector<std::int64_t> tag_ids_;  ///< of everything since `begin`
  std::optional<std::int64_t> first_new_stream_;
  std::uint64_t skipped_ = 0;
};

/// Whether an event with this id is stored.
bool is_stored(EventFiles& files, const EventId& id);
/// Throws "store.corrupt", for an event that cannot be inserted although its id is new.
[[noreturn]] void fail_in_the_way();

}  // namespace tidemark::store
