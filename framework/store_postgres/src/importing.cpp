#include "importing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "columns.hpp"
#include "durability.hpp"
#include "facts_request.hpp"
#include "locks.hpp"
#include "store_statements.hpp"

namespace tidemark::store_postgres {
namespace {

[[noreturn]] void fail_diverged(Position position) {
  throw Failure({.code = "store.diverged",
                 .message = fmt::format("event {} does not follow from what is stored here",
                                        position.value()),
                 .hint = "copy into a store of its own, or one that an earlier copy began"});
}

std::vector<postgres::Rows> ask(postgres::Connection& connection, const FactsRequest& request) {
  connection.query(store_lock_sql());
  return connection.pipeline(request.statements());
}

/// What must be there already, as it is in the copy.
void check_copied(postgres::Connection& connection, std::span<const StoredEvent> events) {
  if (events.empty()) return;
  const auto rows = connection.query(
      "SELECT position, chain FROM events WHERE position BETWEEN $1 AND $2 ORDER BY position",
      postgres::parameters(events.front().event.metadata.position.value(),
                           events.back().event.metadata.position.value()));
  for (std::size_t at = 0; at < events.size(); ++at) {
    const auto row = static_cast<int>(at);
    if (row >= rows.count() || read_hash(rows, row, 1) != events[at].chain) {
      fail_diverged(events[at].event.metadata.position);
    }
  }
}

}  // namespace

PendingImport::PendingImport(const Import& import_to_store) : import(import_to_store) {
  for (const auto& imported : import.events) preparation.add(imported.event);
}

Result<Appended, AppendError> store_import(postgres::Connection& connection, PendingImport& pending,
                                           UtcTime now, const std::string& channel) {
  FactsRequest request;
  request.add(pending.import);
  postgres::Transaction transaction(connection);
  const auto answers = ask(connection, request);
  auto facts = request.read(answers, now);
  const LogMemory nothing;
  GroupPlan plan(facts, nothing, now);
  auto outcome = plan.add(pending.import, pending.preparation, pending.attempted);
  if (plan.stores_nothing()) {
    transaction.roll_back();
    if (outcome) make_durable(connection);
    return outcome;
  }
  auto changes = name_statements(plan, FactsRequest::expired(answers, now));
  changes.push_back(store_statement(plan, facts.head.revision, false));
  changes.push_back(notify_statement(channel));
  pending.attempted = *outcome;
  connection.pipeline(changes);
  transaction.commit();
  return outcome;
}

void store_copies(postgres::Connection& connection, std::span<const StoredEvent> events,
                  UtcTime now, const std::string& channel) {
  FactsRequest request;
  for (const auto& stored : events) request.add(stored);
  postgres::Transaction transaction(connection);
  const auto answers = ask(connection, request);
  auto facts = request.read(answers, now);
  const auto head = facts.head.position;
  const auto known =
      static_cast<std::size_t>(std::find_if(events.begin(), events.end(),
                                            [&](const StoredEvent& stored) {
                                              return stored.event.metadata.position > head;
                                            }) -
                               events.begin());
  check_copied(connection, events.first(known));
  const auto rest = events.subspan(known);
  if (rest.empty()) return;

  std::vector<StreamId> names;
  std::vector<std::vector<std::string>> tags;
  names.reserve(rest.size());
  tags.reserve(rest.size());
  const LogMemory nothing;
  GroupPlan plan(facts, nothing, now);
  for (const auto& stored : rest) {
    const auto name = StreamId::parse(stored.event.metadata.stream);
    if (!name) fail_diverged(stored.event.metadata.position);
    auto extra = decode_extra(stored.event.metadata.extra);
    names.push_back(*name);
    tags.push_back(extra ? std::move(extra->tags) : std::vector<std::string>());
    if (!plan.put(stored, names.back(), tags.back())) {
      fail_diverged(stored.event.metadata.position);
    }
  }
  auto changes = name_statements(plan, {});
  changes.push_back(store_statement(plan, facts.head.revision, false));
  changes.push_back(notify_statement(channel));
  connection.pipeline(changes);
  transaction.commit();
}

}  // namespace tidemark::store_postgres
