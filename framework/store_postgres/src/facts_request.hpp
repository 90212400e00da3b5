#pragma once

#include <set>
#include <span>
#include <string_view>
#include <vector>
#include "store_names.hpp"

#include "log_facts.hpp"
#include "tidemark/postgres/connection.hpp"
#include "tidemark/store/import.hpp"
#include "tidemark/store/replica.hpp"

namespace tidemark::store_postgres {

/// Asks for what a writer must know of events behind `known` and has not stored itself.
postgres::Statement news_statement(Position known);
/// Has the memory of the writer follow what it answered. False when it is too much. What changed
/// without an event is not among it: the revision tells of that when the writer stores.
bool read_news(const postgres::Rows& news, LogMemory& memory);

/// What must be known of the log before something is written to it: names are gathered, asked for
/// at once, and the answers read. What it was given must outlive it.
class FactsRequest {
 public:
  void add(const Append& append);
  void add(const Import& import);
  void add(const StoredEvent& event);
  /// A stream alone.
  void add_stream(std::string_view name) { streams_.insert(name); }

  /// To be sent in a transaction, under the lock.
  [[nodiscard]] std::vector<postgres::Statement> statements() const;
  /// What the statements answered. Answers to commands that expired before `now` are forgotten.
  [[nodiscard]] LogFacts read(std::span<const postgres::Rows> answers, UtcTime now) const;
  /// Outcomes in those answers that are nothing but an expired answer: they must go before another
  /// takes their place.
  [[nodiscard]] static std::vector<AppendId> expired(std::span<const postgres::Rows> answers,
                                                     UtcTime now);

 private:
  void add(const NewEvent& event);

  std::set<std::string_view> streams_;
  std::set<std::string_view> types_;
  std::set<std::string_view> categories_;
  std::vector<AppendId> appends_;
  std::vector<EventId> events_;
  std::vector<const Append*> conditions_;
};

}  // namespace tidemark::store_postgres
