#include "group_committer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "durability.hpp"
#include "facts_request.hpp"
#include "locks.hpp"
#include "store_statements.hpp"
#include "tidemark/runtime/retry.hpp"
#include "tidemark/runtime/wakeup.hpp"

namespace tidemark::store_postgres {
namespace {

using Outcomes = std::vector<Result<Appended, AppendError>>;

constexpr runtime::RetryPolicy pauses{.attempts = runtime::RetryPolicy::for_ever,
                                      .first = std::chrono::milliseconds(10),
                                      .max = std::chrono::seconds(1)};

/// What one transaction takes of a group, unless a single append is larger: the server takes no
/// message of a gigabyte.
constexpr std::size_t bytes_max = 64 * 1024 * 1024;

/// How many of the group, which is not empty, go together.
std::size_t count_together(GroupCommitter::Group group) {
  std::size_t count = 1;
  auto bytes = group.front()->bytes;
  while (count < group.size() && (bytes += group[count]->bytes) <= bytes_max) ++count;
  return count;
}

/// Whether another try may do.
bool is_transient(const Failure& failure) {
  return failure.code() == "store.connection" || failure.code() == "store.serialization";
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

void note_blocks(const GroupPlan& plan, LogMemory& memory) {
  for (const auto& [id, block] : plan.new_type_blocks()) memory.type_blocks[id] = block;
  for (const auto& [id, block] : plan.new_category_blocks()) memory.category_blocks[id] = block;
}

/// Gives the lock back, and then waits for the disk.
void add_commit(std::vector<postgres::Statement>& statements) {
  statements.push_back({.sql = "COMMIT"});
  statements.push_back(flush_statement());
}

void answer(GroupCommitter::Group group, Outcomes& outcomes) {
  for (std::size_t at = 0; at < group.size(); ++at) {
    group[at]->outcome.emplace(std::move(outcomes[at]));
  }
}

}  // namespace

GroupCommitter::GroupCommitter(Options options, const Clock& clock, Random& random, SeenLog& seen)
    : options_(std::move(options)), clock_(clock), random_(random.next()), seen_(seen) {}

void GroupCommitter::commit(Group group) noexcept {
  const auto fail = [&](const Failure& failure) {
    for (const auto& pending : group) pending->failure = failure;
  };
  try {
    while (!group.empty()) {
      const auto count = count_together(group);
      settle(group.first(count));
      group = group.subspan(count);
    }
  } catch (const Failure& failure) {
    fail(failure);
  } catch (const std::exception& exception) {
    start_anew();
    fail(Failure({.code = "store.memory", .message = exception.what(), .retryable = true}));
  }
}

void GroupCommitter::settle(Group group) {
  const auto deadline = timer_.monotonic() + options_.patience;
  for (runtime::Backoff backoff(pauses);;) {
    try {
      return attempt(group);
    } catch (const Failure& failure) {
      start_anew();
      const auto pause = backoff.next(random_).value_or(pauses.max);
      if (!is_transient(failure) || timer_.monotonic() + pause > deadline) throw;
      runtime::Wakeup nobody;
      nobody.wait(nobody.generation(), pause);
    }
  }
}

/// With the connection goes the transaction that may be open.
void GroupCommitter::start_anew() {
  connection_.reset();
  locked_ = false;
  memory_.forget();
}

postgres::Connection& GroupCommitter::connection() {
  if (!connection_ || !connection_->is_open()) {
    locked_ = false;
    connection_.emplace(seen_.connect(options_.connect));
  }
  return *connection_;
}

void GroupCommitter::attempt(Group group) {
  if (is_alone() && commit_as_remembered(group)) return;
  if (take_news() && commit_as_remembered(group)) return;
  commit_as_asked(group);
}

void GroupCommitter::note_others() {
  constexpr Micros memory = std::chrono::milliseconds(200);
  others_write_until_ = timer_.monotonic() + memory;
}

/// What a transaction with the lock begins with.
std::vector<postgres::Statement> GroupCommitter::beginning() const {
  static const auto sql = fmt::format("{}, {}", store_lock_sql(), commit_early_sql());
  return {{.sql = "BEGIN"}, {.sql = sql}};
}

void GroupCommitter::roll_back() {
  if (!std::exchange(locked_, false)) return;
  connection().execute("ROLLBACK");
}

/// Takes the lock, and follows what others stored since the last commit. False when that is too
/// much; then everything is forgotten.
bool GroupCommitter::take_news() {
  if (!memory_.head) return false;
  auto statements = beginning();
  statements.push_back(news_statement(memory_.head->position));
  const auto answers = connection().pipeline(statements);
  const auto& news = answers.back();
  locked_ = true;
  if (!news.empty()) note_others();
  if (read_news(news, memory_)) return true;
  memory_.forget();
  return false;
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

/// Whether the group could be committed without asking anything more.
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
  const bool notes_blocks = !plan.new_type_blocks().empty() || !plan.new_category_blocks().empty();
  if (plan.events().empty() || plan.has_untold() || (notes_blocks && !locked_)) return false;
  note_attempts(group, outcomes);
  if (!store_if_unchanged(plan, facts->head.revision)) {
    for (const auto& pending : group) pending->attempted.reset();
    return false;
  }
  note_blocks(plan, memory_);
  answer(group, outcomes);
  conclude(*facts);
  return true;
}

/// False, and nothing is stored, when the log is not as remembered, or an event or an append of the
/// plan is stored already. The lock is given back.
bool GroupCommitter::store_if_unchanged(const GroupPlan& plan, std::int64_t revision) {
  try {
    std::vector<postgres::Statement> statements;
    if (locked_) statements = name_statements(plan, {});
    const auto at = statements.size();
    statements.push_back(store_statement(plan, revision, true));
    if (locked_) add_commit(statements);
    const auto telling = add_telling(statements);
    const auto answers = connection().pipeline(statements);
    locked_ = false;
    finish_telling(telling, answers.back());
    return answers[at].affected() > 0;
  } catch (const Failure& failure) {
    if (failure.code() != "store.constraint") throw;
    roll_back();
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

/// Under the lock, with certainty.
void GroupCommitter::commit_as_asked(Group group) {
  const auto now = clock_.now();
  FactsRequest request;
  for (const auto& pending : group) request.add(pending->append);
  std::vector<postgres::Statement> statements;
  if (!locked_) statements = beginning();
  const auto first = statements.size();
  for (auto& statement : request.statements()) statements.push_back(std::move(statement));
  const auto answers = connection().pipeline(statements);
  locked_ = true;
  const auto about = std::span(answers).subspan(first);
  auto facts = request.read(about, now);
  if (memory_.head && memory_.head->position != facts.head.position) note_others();
  // A change without an event is as good a reason to forget.
  if (memory_.head && (memory_.head->position != facts.head.position ||
                       memory_.head->revision != facts.head.revision)) {
    memory_.forget();
  }

  GroupPlan plan(facts, memory_, now);
  Outcomes outcomes;
  for (const auto& pending : group) {
    outcomes.push_back(plan.add(pending->append, pending->preparation, pending->attempted));
  }
  if (plan.stores_nothing()) {
    roll_back();
    // What is found, and shown from now on, may be of somebody who still waits for the disk.
    make_durable(connection());
  } else {
    auto changes = name_statements(plan, FactsRequest::expired(about, now));
    changes.push_back(store_statement(plan, facts.head.revision, false));
    note_attempts(group, outcomes);
    store_under_lock(std::move(changes));
  }
  note_blocks(plan, memory_);
  answer(group, outcomes);
  conclude(facts);
}

void GroupCommitter::store_under_lock(std::vector<postgres::Statement> changes) {
  add_commit(changes);
  const auto telling = add_telling(changes);
  const auto answers = connection().pipeline(changes);
  locked_ = false;
  finish_telling(telling, answers.back());
}

void GroupCommitter::conclude(const LogFacts& facts) {
  memory_.take(facts);
  seen_.raise({.position = facts.head.position, .chain = facts.head.chain});
  seen_.announce();
}

}  // namespace tidemark::store_postgres
