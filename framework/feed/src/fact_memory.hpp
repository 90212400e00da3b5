#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "tidemark/feed/delivery.hpp"
#include "tidemark/sql/database.hpp"

namespace tidemark::feed {

/// Which events were delivered, by id, within a horizon of event time behind the newest: what comes
/// twice within it is known. Events beyond it cannot be told apart; they are counted, and the
/// newest thousand are listed.
class FactMemory {
 public:
  struct Limits {
    Micros horizon{};
    std::uint64_t ids_max = 0;
  };
  explicit FactMemory(Limits limits) : limits_(limits) {}

  /// Whether the event was delivered already; if not, it is now. `newest`: the newest event time of
  /// its partition.
  bool repeats(sql::Database& file, const Delivery& delivery, UtcTime newest);
  /// Writes what is new, in the open transaction, and forgets what lies behind the horizon of
  /// `oldest_partition`: a bounded number each time.
  void save(sql::Database& file, UtcTime oldest_partition);
  void load(sql::Database& file);

 private:
  struct Fact {
    EventId event_id;
    UtcTime event_time;
  };
  struct Beyond {
    KafkaPlace place;
    Fact fact;
  };
  void save_beyond(sql::Database& file);
  void prune(sql::Database& file, UtcTime oldest_partition);

  const Limits limits_;
  std::vector<Fact> fresh_;
  std::unordered_set<EventId> fresh_ids_;
  std::vector<Beyond> beyond_list_;
  std::uint64_t kept_ = 0;      ///< ids on disk
  UtcTime kept_from_;           ///< older ids were forgotten
  std::uint64_t repeated_ = 0;  ///< events that came again
  std::uint64_t beyond_ = 0;    ///< events beyond the horizon
};

}  // namespace tidemark::feed
