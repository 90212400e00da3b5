#include "tidemark/feed/dead_letters.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "parked_rows.hpp"
#include "tidemark/sqlite/transaction.hpp"

namespace tidemark::feed {
namespace {
constexpr Micros in_flight_wait = std::chrono::milliseconds(10);
}  // namespace

kafka::ProducerRecord dead_letter(const Parked& entry, const DeadLetterOptions& options) {
  const auto* kafka = std::get_if<KafkaPlace>(&entry.place);
  kafka::ProducerRecord record{.topic = kafka != nullptr ? kafka->topic + ".dlq" : options.topic,
                               .key = entry.key,
                               .value = entry.data};
  const auto put = [&](std::string name, std::string value) {
    record.headers.emplace_back(std::move(name), std::move(value));
  };
  put("ce_specversion", "1.0");
  put("ce_id", to_string(entry.place));
  put("ce_type", entry.type);
  put("ce_source", "tidemark/" + options.feed);
  if (!entry.stream.empty()) put("ce_subject", entry.stream);
  put("ce_time", to_string(entry.parked_at));
  put("tidemark-event-id", entry.event_id);
  put("tidemark-parked-id", std::to_string(entry.id));
  put("tidemark-reason", entry.reason);
  put("tidemark-attempts", std::to_string(entry.attempts));
  return record;
}

DeadLetterWorker::DeadLetterWorker(DeadLetterOptions options, sqlite::Database& file,
                                   kafka::Producer& producer, const Clock& clock)
    : options_(std::move(options)),
      name_(fmt::format("dead letters of {}", options_.feed)),
      file_(file),
      producer_(producer),
      clock_(clock) {
  create_feed_tables(file_);
}

runtime::Step DeadLetterWorker::step() {
  const auto noted = note_deliveries();
  if (wait_until_ && clock_.monotonic() < *wait_until_) {
    return runtime::Step::idle_for(options_.look_interval);
  }
  wait_until_.reset();
  const auto sent = send_more();
  if (noted + sent > 0) return runtime::Step::worked(noted);
  if (!in_flight_.empty()) return runtime::Step::wait(in_flight_wait);
  return runtime::Step::idle_for(options_.look_interval);
}

std::uint64_t DeadLetterWorker::note_deliveries() {
  std::vector<std::int64_t> done;
  std::optional<Problem> problem;
  for (const auto& delivery : producer_.poll()) {
    const auto id = static_cast<std::int64_t>(delivery.tag);
    in_flight_.erase(id);
    if (delivery.error) {
      problem = delivery.error;
    } else {
      done.push_back(id);
    }
  }
  if (!done.empty()) {
    sqlite::in_transaction(file_, [&] {
      for (const auto id : done) {
        auto mark = file_.statement("UPDATE feed_parked SET copied = 1 WHERE id = ?1");
        mark.bind(1, id).run();
      }
    });
  }
  auto published = published_.lock();
  published->done += done.size();
  if (problem) {
    wait_until_ = clock_.monotonic() + options_.look_interval;
    published->problem = std::move(problem);
  } else if (!done.empty()) {
    published->problem.reset();
  }
  return done.size();
}

std::uint64_t DeadLetterWorker::send_more() {
  auto rows = file_.statement(fmt::format(
      "SELECT {} FROM feed_parked WHERE state = 'parked' AND copied = 0 ORDER BY id LIMIT ?1",
      parked_columns));
  rows.bind(1, options_.in_flight_max);
  std::uint64_t sent = 0;
  std::uint64_t waiting = 0;
  while (rows.next()) {
    ++waiting;
    const auto id = rows.integer(0);
    if (in_flight_.size() >= options_.in_flight_max || in_flight_.contains(id)) continue;
    const auto record = dead_letter(read_parked(rows), options_);
    if (producer_.send(record, static_cast<std::uint64_t>(id)) == kafka::Progress::pending) break;
    in_flight_.insert(id);
    ++sent;
  }
  published_.lock()->waiting = waiting;
  return sent;
}

runtime::WorkerReport DeadLetterWorker::report() const {
  const auto published = published_.copy();
  return {.name = name_,
          .state = runtime::WorkerState::running,
          .done = published.done,
          .tail = published.done + published.waiting,
          .problem = published.problem};
}

}  // namespace tidemark::feed
