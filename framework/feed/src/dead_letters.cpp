#include "tidemark/feed/dead_letters.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "feed_tables.hpp"
#include "parked_rows.hpp"

namespace tidemark::feed {
namespace {
constexpr Micros in_flight_wait = std::chrono::milliseconds(10);
}  // namespace

kafka::ProducerRecord dead_letter(const Parked& entry, const std::string& feed,
                                  const std::string& topic) {
  kafka::ProducerRecord record{.topic = topic, .key = entry.key, .value = entry.data};
  const auto put = [&](std::string name, std::string value) {
    record.headers.emplace_back(std::move(name), std::move(value));
  };
  put("ce_specversion", "1.0");
  put("ce_id", to_string(entry.place));
  put("ce_type", entry.type);
  put("ce_source", "tidemark/" + feed);
  if (!entry.stream.empty()) put("ce_subject", entry.stream);
  put("ce_time", to_string(entry.parked_at));
  put("tidemark-event-id", entry.event_id);
  put("tidemark-parked-id", std::to_string(entry.id));
  put("tidemark-reason", entry.reason);
  put("tidemark-attempts", std::to_string(entry.attempts));
  return record;
}

DeadLetterWorker::DeadLetterWorker(DeadLetterOptions options, kafka::Broker& broker,
                                   const Clock& clock)
    : options_(std::move(options)), broker_(broker), clock_(clock) {}

runtime::Step DeadLetterWorker::step() {
  const auto noted = note_deliveries();
  const auto now = clock_.monotonic();
  if (now < look_at_) {
    if (noted > 0) return runtime::Step::worked(noted);
    if (!in_flight_.empty()) return runtime::Step::wait(in_flight_wait);
    return runtime::Step::idle_for(look_at_ - now);
  }
  look_at_ = now + options_.look_interval;
  look_for_feeds();
  waiting_ = 0;
  std::uint64_t sent = 0;
  for (auto& [name, open] : open_) sent += send_from(name, open);
  published_.lock()->waiting = waiting_;
  if (sent == options_.in_flight_max) look_at_ = now;  // there may be more
  return noted + sent > 0 ? runtime::Step::worked(noted) : runtime::Step::idle_for(look_at_ - now);
}

/// Feeds come and go with the builds of read models.
void DeadLetterWorker::look_for_feeds() {
  std::map<std::string, Open> open;
  for (auto& each : options_.feeds()) {
    if (auto known = open_.extract(each.file)) {
      open.insert(std::move(known));
      continue;
    }
    auto file = each.open();
    // Its owner has not made it yet, or is making it just now.
    if (!file || !file->has_table("feed_parked")) continue;
    open.emplace(each.file, Open{.feed = std::move(each.feed), .file = std::move(file)});
  }
  open_ = std::move(open);
}

std::uint64_t DeadLetterWorker::note_deliveries() {
  if (!producer_) return 0;
  std::uint64_t done = 0;
  std::optional<Problem> problem;
  std::vector<Entry> delivered;
  for (const auto& delivery : producer_->poll()) {
    const auto sent = in_flight_.extract(delivery.tag);
    if (!sent) continue;
    if (delivery.error) {
      problem = delivery.error;
    } else {
      delivered.push_back(sent.mapped());
    }
  }
  // Only now: a file that cannot be written must not make it forget that the others came back.
  for (const auto& entry : delivered) {
    const auto found = open_.find(entry.file);
    if (found == open_.end()) continue;  // the build that it was set aside in is gone
    auto mark = found->second.file->statement("UPDATE feed_parked SET copied = 1 WHERE id = ?1");
    mark.bind(1, entry.id).run();
    ++done;
  }
  auto published = published_.lock();
  published->done += done;
  published->waiting -= std::min(published->waiting, done);
  if (problem) {
    published->problem = std::move(problem);
  } else if (done > 0) {
    published->problem.reset();
  }
  return done;
}

std::uint64_t DeadLetterWorker::send_from(const std::string& name, Open& open) {
  auto rows = open.file->statement(fmt::format(
      "SELECT {} FROM feed_parked WHERE state = 'parked' AND copied = 0 ORDER BY id LIMIT ?1",
      parked_columns));
  rows.bind(1, options_.in_flight_max);
  std::uint64_t sent = 0;
  while (rows.next()) {
    ++waiting_;
    const auto parked = read_parked(rows);
    const auto* kafka = std::get_if<KafkaPlace>(&parked.place);
    const auto topic =
        (kafka != nullptr ? kafka->topic : options_.topic_of(parked.stream)) + ".dlq";
    if (send({.file = name, .id = parked.id}, dead_letter(parked, open.feed, topic))) ++sent;
  }
  return sent;
}

bool DeadLetterWorker::send(const Entry& entry, const kafka::ProducerRecord& record) {
  const bool is_under_way =
      std::ranges::any_of(in_flight_, [&](const auto& each) { return each.second == entry; });
  if (is_under_way || in_flight_.size() >= options_.in_flight_max) return false;
  prepare(record.topic);
  if (producer_->send(record, last_tag_ + 1) == kafka::Progress::pending) return false;
  in_flight_.emplace(++last_tag_, entry);
  return true;
}

void DeadLetterWorker::prepare(const std::string& topic) {
  if (!producer_) producer_ = broker_.producer();
  if (topics_.contains(topic)) return;
  broker_.ensure_topics({{.name = topic, .replication = options_.replication}});
  topics_.insert(topic);
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
