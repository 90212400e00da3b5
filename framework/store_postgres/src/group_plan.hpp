#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "store_names.hpp"

#include "log_facts.hpp"
#include "tidemark/store/chain.hpp"
#include "tidemark/store/import.hpp"
#include "tidemark/store/replica.hpp"

namespace tidemark::store_postgres {

/// Of the events of an append or an import, in order: digests of their data, and their headers and
/// tags encoded. What can be computed before their places in the log are known.
struct Preparation {
  std::vector<ChainHash> data_digests;
  std::vector<std::string> extras;

  void add(const NewEvent& event);
};

/// One row of `events`. A view of what it came from.
struct EventRow {
  EventView event;
  std::int64_t stream_id = 0;
  std::int64_t category_id = 0;
  std::int64_t type_id = 0;
  ChainHash chain{};
  /// Of data that are gone; only used for tombstones.
  ChainHash data_digest{};
  std::span<const std::string> tags = {};
};

/// One row of `appends`.
struct OutcomeRow {
  AppendId id;
  Appended outcome;
  const Answer* answer = nullptr;
};

/// A name that the log did not know.
struct NewName {
  std::int64_t id = 0;
  std::string_view name;
  std::int64_t category_id = 0;  ///< of a stream
};

/// Decides what is to be written, one append after the other, and gathers the rows of it.
///
/// Pure: it works on facts alone and moves them on as if everything were stored. An append that is
/// refused leaves nothing behind. What it is given must outlive it.
class GroupPlan {
 public:
  /// `facts` are what holds before the group. `memory` says which blocks are noted already.
  GroupPlan(LogFacts& facts, const LogMemory& memory, UtcTime now);

  /// The outcome that the append has as soon as the group is committed. `attempted`: what an
  /// earlier commit of the same append would have come to, of which nobody knows.
  Result<Appended, AppendError> add(const Append& append, const Preparation& preparation,
                                    const std::optional<Appended>& attempted);
  Result<Appended, AppendError> add(const Import& import, const Preparation& preparation,
                                    const std::optional<Appended>& attempted);
  /// An event as it is stored elsewhere; `tags` are those of its `extra`. False when it does not
  /// follow from what is there.
  bool put(const StoredEvent& stored, const StreamId& name, std::span<const std::string> tags);

  [[nodiscard]] const std::vector<EventRow>& events() const { return events_; }
  [[nodiscard]] const std::vector<OutcomeRow>& outcomes() const { return outcomes_; }
  /// Appends that are told by their events.
  [[nodiscard]] const std::vector<AppendId>& told() const { return told_; }
  /// Whether an append leaves neither an event nor an outcome, being an answer that is over at
  /// once. What is stored says nothing about its id then: whether it is known is to be asked
  /// before.
  [[nodiscard]] bool has_untold() const { return has_untold_; }
  [[nodiscard]] bool stores_nothing() const { return events_.empty() && outcomes_.empty(); }
  [[nodiscard]] const std::vector<NewName>& new_streams() const { return new_streams_; }
  [[nodiscard]] const std::vector<NewName>& new_types() const { return new_types_; }
  [[nodiscard]] const std::vector<NewName>& new_categories() const { return new_categories_; }
  /// A number of a type or a category, and a block that it was not noted for.
  using NewBlocks = std::set<std::pair<std::int64_t, std::uint64_t>>;
  [[nodiscard]] const NewBlocks& new_type_blocks() const { return new_type_blocks_; }
  [[nodiscard]] const NewBlocks& new_category_blocks() const { return new_category_blocks_; }

 private:
  /// One event on its way in.
  struct Incoming {
    const StreamId& name;
    KnownStream& stream;
    EventView event;  ///< without position, version and recorded_at
    const ChainHash& data_digest;
    std::span<const std::string> tags;
  };
  std::optional<Appended> find_outcome(const AppendId& id,
                                       const std::optional<Appended>& attempted) const;
  [[nodiscard]] std::optional<AppendError> find_conflict(const Append& append) const;
  [[nodiscard]] std::optional<Position> find_excluded(const Append& append) const;
  [[nodiscard]] std::optional<AppendError> find_refusal(const Import& import) const;
  [[nodiscard]] std::vector<EventId> find_duplicates(const Append& append) const;
  Appended stage(const Append& append, const Preparation& preparation);
  void stage(const Incoming& incoming);
  void record(const AppendId& id, const Appended& outcome, const std::optional<Answer>& answer);
  [[nodiscard]] KnownStream stream_of(std::string_view name) const;
  static std::int64_t intern(NameMap<std::int64_t>& known, std::string_view name,
                             std::int64_t& next, std::vector<NewName>& created);

  LogFacts& facts_;
  const LogMemory& memory_;
  const UtcTime now_;
  Chain chain_;
  std::vector<EventRow> events_;
  std::vector<OutcomeRow> outcomes_;
  std::vector<AppendId> told_;
  bool has_untold_ = false;
  std::vector<NewName> new_streams_;
  std::vector<NewName> new_types_;
  std::vector<NewName> new_categories_;
  NewBlocks new_type_blocks_;
  NewBlocks new_category_blocks_;
};

}  // namespace tidemark::store_postgres
