#include "group_committer.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "facts_request.hpp"
#include "store_statements.hpp"
#include "tidemark/runtime/retry.hpp"
#include "tidemark/runtime/wakeup.hpp"

namespace tidemark::store_postgres {
namespace {

using Outcomes = std::vector<Result<Appended, AppendError>>;

constexpr runtime::RetryPolicy pauses{.attempts = runtime::RetryPolicy::for_ever,
                                      .first = std::chrono::milliseconds(10),
                                      .max = std::chrono::seconds(1)};

/// Whether another try may do. A key that is taken under the lock: somebody was quicker who had not
/// noticed yet that he is not alone.
bool is_transient(const Failure& failure) {
  return failure.code() == "store.connection" || failure.code() == "store.serialization" ||
         failure.code() == "store.constraint";
}

bool has_stored(const Result<Appended, AppendError>& outcome) {
  return outcome.has_value() && !outcome->repeated;
}

/// Remembers what a commit would come to, before it is sent.
void note_attempts(GroupCommitter::Group group, const Outcomes& outcomes) {
  for (std::size_t at = 0; at < group.size(); ++at) {
    if (has_stored(outcomes[at])) group[at]->attempted = *outcomes[at];
  }
}

void answer(GroupCommitter::Group group, Outcomes& outcomes) {
  for (std::size_t at = 0; at < group.size(); ++at) {
    group[at]->outcome.emplace(std::move(outcomes[at]));
  }
}

}  // namespace

GroupCommitter::GroupCommitter(Options options, const Clock& clock, Random& random,
                               Visibility& visibility)
    : options_(std::move(options)),
      clock_(clock),
      random_(random.next()),
      visibility_(visibility) {}

void GroupCommitter::commit(Group group) noexcept {
  const auto fail = [&](const Failure& failure) {
    for (const auto& pending : group) pending->failure = failure;
  };
  try {
    settle(group);
  } catch (const Failure& failure) {
    fail(failure);
  } catch (const std::exception& exception) {
    fail(Failure({.code = "store.memory", .message = exception.what(), .retryable = true}));
  }
}

void GroupCommitter::settle(Group group) {
  const auto deadline = timer_.monotonic() + options_.patience;
  for (runtime::Backoff backoff(pauses);;) {
    try {
      attempt(group);
      return;
    } catch (const Failure& failure) {
      memory_.forget();
      // With the connection goes the transaction that it may have left open.
      connection_.reset();
      const auto pause = backoff.next(random_).value_or(pauses.max);
      if (!is_transient(failure) || timer_.monotonic() + pause > deadline) throw;
      runtime::Wakeup nobody;
      nobody.wait(nobody.generation(), pause);
    }
  }
}

postgres::Connection& GroupCommitter::connection() {
  if (!connection_ || !connection_->is_open()) {
    connection_.emplace(postgres::Connection::open(options_.connect));
  }
  return *connection_;
}

void GroupCommitter::attempt(Group group) {
  if (!others_write_ && commit_as_remembered(group)) return;
  commit_under_lock(group);
}

/// What is remembered of everything that the group names; none when that is not all there is to
/// know.
std::optional<LogFacts> GroupCommitter::remembered(Group group) const {
  if (!memory_.head) return std::nullopt;
  LogFacts facts{.head = *memory_.head};
  for (const auto& pending : group) {
    if (pending->attempted || pending->append.condition) return std::nullopt;
    for (const auto& write : pending->append.streams) {
      const auto stream = memory_.streams.find(write.stream.name());
      if (stream == memory_.streams.end()) return std::nullopt;
      facts.streams.insert(*stream);
      for (const auto& event : write.events) {
        const auto type = memory_.types.find(event.type);
        if (type == memory_.types.end()) return std::nullopt;
        facts.types.insert(*type);
      }
    }
  }
  return facts;
}

/// Whether the group could be committed without asking anything first.
bool GroupCommitter::commit_as_remembered(Group group) {
  auto facts = remembered(group);
  if (!facts) return false;
  GroupPlan plan(*facts, memory_, clock_.now());
  Outcomes outcomes;
  for (const auto& pending : group) {
    outcomes.push_back(plan.add(pending->append, pending->preparation, pending->attempted));
    // A conflict may be a repetition, which only its append id shows.
    if (!outcomes.back().has_value()) return false;
  }
  // Nothing would tell a statement without events that it comes too late; and blocks are noted in
  // statements of their own.
  if (plan.events().empty() || !plan.new_type_blocks().empty() ||
      !plan.new_category_blocks().empty()) {
    return false;
  }
  note_attempts(group, outcomes);
  if (!store_if_unchanged(plan, facts->head.revision)) {
    for (const auto& pending : group) pending->attempted.reset();
    return false;
  }
  memory_.take(*facts);
  visibility_.raise(facts->head.position);
  answer(group, outcomes);
  visibility_.announce();
  return true;
}

/// False, and nothing is stored, when the log is not as remembered, or an event or an append of the
/// plan is stored already.
bool GroupCommitter::store_if_unchanged(const GroupPlan& plan, std::int64_t revision) {
  try {
    std::vector<postgres::Statement> statements;
    statements.push_back(store_statement(plan, revision, true));
    const auto telling = add_telling(statements);
    const auto answers = connection().pipeline(statements);
    finish_telling(telling, answers.back());
    return !answers.front().empty();
  } catch (const Failure& failure) {
    if (failure.code() != "store.constraint") throw;
    return false;
  }
}

/// Nobody is told when nobody listens: it costs a tenth of a commit. So it is asked now and then.
GroupCommitter::Telling GroupCommitter::add_telling(std::vector<postgres::Statement>& statements) {
  if (others_listen_) statements.push_back(notify_statement(options_.channel));
  if (timer_.monotonic() < ask_at_) return Telling::known;
  statements.push_back({.sql = "SELECT listening_until > now() FROM head"});
  return Telling::asked;
}

void GroupCommitter::finish_telling(Telling telling, const postgres::Rows& last) {
  constexpr Micros ask_interval = std::chrono::milliseconds(500);
  if (telling == Telling::known) return;
  const bool told = std::exchange(others_listen_, last.boolean(0, 0));
  ask_at_ = timer_.monotonic() + ask_interval;
  if (told || !others_listen_) return;
  const auto notify = notify_statement(options_.channel);
  connection().query(notify.sql, notify.parameters);
}

void GroupCommitter::commit_under_lock(Group group) {
  const auto now = clock_.now();
  FactsRequest request;
  for (const auto& pending : group) request.add(pending->append);
  auto statements = request.statements();
  statements.insert(statements.begin(), {{.sql = "BEGIN"}, {.sql = lock_sql()}});
  auto& database = connection();
  const auto answers = database.pipeline(statements);
  const auto about = std::span(answers).subspan(2);
  auto facts = request.read(about, now);
  others_write_ = memory_.head && memory_.head->position != facts.head.position;
  // A change without an event is as good a reason to forget.
  if (others_write_ || (memory_.head && memory_.head->revision != facts.head.revision)) {
    memory_.forget();
  }

  GroupPlan plan(facts, memory_, now);
  Outcomes outcomes;
  for (const auto& pending : group) {
    outcomes.push_back(plan.add(pending->append, pending->preparation, pending->attempted));
  }
  if (plan.stores_nothing()) {
    database.execute("ROLLBACK");
  } else {
    auto changes = name_statements(plan, FactsRequest::expired(about, now));
    changes.push_back(store_statement(plan, facts.head.revision, false));
    changes.push_back({.sql = "COMMIT"});
    const auto telling = add_telling(changes);
    note_attempts(group, outcomes);
    finish_telling(telling, database.pipeline(changes).back());
  }
  memory_.take(facts);
  for (const auto& [id, block] : plan.new_type_blocks()) memory_.type_blocks[id] = block;
  for (const auto& [id, block] : plan.new_category_blocks()) memory_.category_blocks[id] = block;
  visibility_.raise(facts.head.position);
  answer(group, outcomes);
  visibility_.announce();
}

}  // namespace tidemark::store_postgres
