#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/feed/delivery.hpp"
#include "tidemark/sql/database.hpp"
#include "tidemark/store/origin.hpp"

namespace tidemark::feed {

enum class ParkState : std::uint8_t {
  retrying,  ///< failed fewer times than allowed: tried again by itself when due
  parked,    ///< failed too often: waits for a person
  queued,    ///< behind an earlier one of its key
};

/// "retrying", "parked" or "queued".
std::string_view to_string(ParkState state);

/// One delivery that was set aside.
struct Parked {
  std::int64_t id = 0;  ///< names it for the operator; grows in the order of parking
  std::string key;
  ParkState state = ParkState::queued;
  Place place;
  std::string stream;
  std::string type;
  std::string event_id;
  std::string reason;  ///< what the last attempt said, or why it is no event
  std::uint32_t attempts = 0;
  UtcTime parked_at;
  UtcTime next_attempt_at;  ///< for `retrying`
  std::string data;         ///< the raw bytes, as delivered
  bool copied = false;      ///< its dead-letter copy is published
};

/// A parked delivery that a person dropped, and why.
struct Dropped {
  Parked entry;
  std::string why;
};

/// Creates the tables of a feed in its file, once. For whoever makes the file; costs one look when
/// they are there.
void create_feed_tables(sql::Database& file);

/// Copies the list of what a person dropped from one feed's file to another's that is to come to
/// the same rows; what is there already stays. A strict feed leaves out what its list names.
void copy_dropped(sql::Database& from, sql::Database& to);

/// A person's verbs on parked work. Each is one small transaction on the feed's file, from any
/// connection; the feed's worker sees it at its next step. Reasons are kept.
class ParkingDesk {
 public:
  /// `file` is a feed's, and outlives the desk.
  explicit ParkingDesk(sql::Database& file) : file_(file) {}
  /// Oldest first, behind `after_id`.
  [[nodiscard]] std::vector<Parked> list(std::uint64_t limit, std::int64_t after_id = 0) const;
  [[nodiscard]] std::optional<Parked> show(std::int64_t id) const;
  [[nodiscard]] std::uint64_t count() const;
  /// Whether it is the first entry of its key, which may be dropped; false when there is none such.
  [[nodiscard]] bool is_first(std::int64_t id) const;
  /// Tries the key of this entry again, once, from its first entry on, in order. False: there is
  /// none such.
  bool retry(std::int64_t id, const std::string& reason);
  /// Drops this entry for good, and keeps it with the reason in the list of dropped ones. The rest
  /// of its key is tried again. Only the first entry of a key may be dropped; false otherwise.
  bool drop(std::int64_t id, const std::string& reason);
  /// What was dropped, oldest first, behind the entry that had the id `after_id`.
  [[nodiscard]] std::vector<Dropped> dropped(std::uint64_t limit, std::int64_t after_id = 0) const;

 private:
  sql::Database& file_;
};

/// A person's verbs on a feed as a whole, kept in its file: they survive restarts. As `ParkingDesk`
/// otherwise.
class FeedDesk {
 public:
  explicit FeedDesk(sql::Database& file) : file_(file) {}
  /// The worker commits what it has and takes nothing more.
  void pause(const std::string& reason);
  void resume(const std::string& reason);
  /// Why it is paused; none when it is not.
  [[nodiscard]] std::optional<std::string> paused() const;

  /// How far the rows are: the newest event in them, by position and by event time, and when that
  /// was committed. Zero before the first commit; the position only for a feed from the store.
  struct Progress {
    Position position;
    UtcTime event_time;
    UtcTime committed_at;
  };
  [[nodiscard]] Progress progress() const;

  /// The place in a log that the rows follow from; none for a feed from Kafka, and before the first
  /// start.
  [[nodiscard]] std::optional<store::Origin> origin() const;

  /// How far a feed from Kafka is in one partition, as of its last commit.
  struct Partition {
    std::string topic;
    std::int32_t partition = 0;
    /// The first record that was still there when the feed began: the rows are complete from it on.
    /// None while no record was seen.
    std::optional<std::int64_t> first_offset;
    UtcTime first_time;            ///< its event time
    std::int64_t next_offset = 0;  ///< behind what the rows hold
    std::int64_t end_offset = 0;   ///< behind what was in the topic
  };
  /// By topic and partition; empty for a feed from the store.
  [[nodiscard]] std::vector<Partition> partitions() const;

 private:
  sql::Database& file_;
};

}  // namespace tidemark::feed
