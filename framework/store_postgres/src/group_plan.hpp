#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "log_facts.hpp"
#include "pending_append.hpp"
#include "tidemark/store/chain.hpp"

namespace tidemark::store {

/// One row of `events`. A view of the append that it came with.
struct EventRow {
  EventView event;
  std::int64_t stream_id = 0;
  std::int64_t category_id = 0;
  std::int64_t type_id = 0;
  ChainHash chain{};
};

/// One row of `appends`.
struct OutcomeRow {
  const Append* append = nullptr;
  Appended outcome;
};

/// A name that the log did not know.
struct NewName {
  std::int64_t id = 0;
  std::string_view name;
  std::int64_t category_id = 0;  ///< of a stream
};

/// Decides the appends of one group, one after the other, and gathers what a commit must store.
///
/// Pure: it works on facts alone and moves them on as if everything were stored. An append that is
/// refused leaves nothing behind. The appends must outlive it.
class GroupPlan {
 public:
  /// `facts` are what holds before the group.
  GroupPlan(LogFacts& facts, UtcTime now);

  /// The outcome that the append has as soon as the group is committed.
  Result<Appended, AppendError> add(const PendingAppend& pending);

  [[nodiscard]] const std::vector<EventRow>& events() const { return events_; }
  [[nodiscard]] const std::vector<OutcomeRow>& outcomes() const { return outcomes_; }
  [[nodiscard]] UtcTime recorded_at() const { return facts_.head.recorded_at; }
  struct TagRow {
    Position position;
    std::string_view tag;
  };
  [[nodiscard]] const std::vector<TagRow>& tags() const { return tags_; }
  [[nodiscard]] const std::vector<NewName>& new_streams() const { return new_streams_; }
  [[nodiscard]] const std::vector<NewName>& new_types() const { return new_types_; }
  [[nodiscard]] const std::vector<NewName>& new_categories() const { return new_categories_; }

 private:
  [[nodiscard]] std::optional<Conflict> find_conflict(const Append& append) const;
  [[nodiscard]] std::vector<EventId> find_duplicates(const Append& append) const;
  Appended stage(const PendingAppend& pending);
  void stage_event(const StreamId& name, KnownStream& stream, EventView event,
                   const ChainHash& data_digest);
  [[nodiscard]] KnownStream stream_of(const StreamId& name);
  static std::int64_t intern(NameMap<std::int64_t>& known, std::string_view name,
                             std::int64_t& next, std::vector<NewName>& created);

  LogFacts& facts_;
  const UtcTime now_;
  Chain chain_;
  std::vector<EventRow> events_;
  std::vector<OutcomeRow> outcomes_;
  std::vector<TagRow> tags_;
  std::vector<NewName> new_streams_;
  std::vector<NewName> new_types_;
  std::vector<NewName> new_categories_;
};

}  // namespace tidemark::store
