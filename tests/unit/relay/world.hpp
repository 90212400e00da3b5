#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tidemark/kafka/loopback.hpp"
#include "tidemark/relay/progress.hpp"
#include "tidemark/relay/relay_worker.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::relay_test {

/// The value of a header; empty when it is not there.
inline std::string header(const kafka::ConsumerRecord& record, std::string_view name) {
  const auto found =
      std::ranges::find(record.headers, name, [](const auto& pair) { return pair.first; });
  return found == record.headers.end() ? "" : found->second;
}

inline std::uint64_t position_of(const kafka::ConsumerRecord& record) {
  const auto text = header(record, "ce_position");
  return text.empty() ? 0 : std::stoull(text);
}

/// A store in memory, a loopback broker, a clock, and relays between them.
class World {
 public:
  explicit World(std::uint64_t seed = 1) : random(seed) {}

  ManualClock clock{UtcTime::from_micros(1'790'000'000'000'000)};
  SeededRandom random;
  std::unique_ptr<store::SqliteStore> sqlite =
      store::SqliteStore::open({.file = ":memory:"}, clock, random);
  std::unique_ptr<kafka::LoopbackBroker> loopback = kafka::LoopbackBroker::create(clock);
  observe::Metrics metrics;
  store::EventStore* store = sqlite.get();  ///< what relays see
  kafka::Broker* broker = loopback.get();   ///< likewise
  relay::RelayOptions options;

  /// Appends `count` events one by one, in turn to three streams of `category`.
  void append(const std::string& category, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) append_bytes(category, "event " + std::to_string(i));
  }
  void append_bytes(const std::string& category, std::string data) {
    const auto id = Uuid::version7(clock.now(), random);
    NewEvent event{.event_id = EventId(Uuid::version7(clock.now(), random)),
                   .type = "test.v1.Happened",
                   .data = std::move(data),
                   .event_time = clock.now()};
    const StreamId stream(category, "k" + std::to_string(appended_++ % 3));
    const auto appended = store->append(
        {.id = AppendId(id), .streams = {{.stream = stream, .events = {std::move(event)}}}});
    REQUIRE(appended.has_value());
  }

  std::unique_ptr<relay::RelayWorker> relay(const Clock* own_clock = nullptr) {
    return std::make_unique<relay::RelayWorker>(
        options, relay::RelayWorker::Surroundings{.store = *store,
                                                  .broker = *broker,
                                                  .clock = own_clock ? *own_clock : clock,
                                                  .random = random,
                                                  .metrics = &metrics});
  }

  /// Steps once and lets the time pass that the step asks for.
  runtime::Step step(relay::RelayWorker& worker) {
    const auto step = worker.step();
    if (step.did != runtime::Step::Did::work) {
      clock.advance(step.wake_after.value_or(std::chrono::milliseconds(1)));
    }
    return step;
  }
  /// Steps until the relay publishes, has nothing to do, and is at the end of the log.
  void run(relay::RelayWorker& worker, int steps_max = 20'000) {
    for (int steps = 0; steps < steps_max; ++steps) {
      const auto did = step(worker).did;
      const auto report = worker.report();
      if (did == runtime::Step::Did::nothing && report.state == runtime::WorkerState::running &&
          report.done == report.tail) {
        return;
      }
    }
    const auto report = worker.report();
    const auto problem = report.problem ? to_string(*report.problem) : "none";
    FAIL("the relay stands at ", report.done, " of ", report.tail, ", problem: ", problem);
  }
  /// Steps until `holds`.
  template <typename Condition>
  void run_until(relay::RelayWorker& worker, Condition&& holds, int steps_max = 20'000) {
    for (int steps = 0; steps < steps_max && !holds(); ++steps) step(worker);
    REQUIRE(holds());
  }

  /// The committed records of a topic: partition by partition, each in order.
  std::vector<kafka::ConsumerRecord> records(const std::string& topic) {
    std::vector<kafka::ConsumerRecord> all;
    for (const auto& facts : loopback->describe({topic})) {
      for (std::int32_t partition = 0; partition < facts.partitions; ++partition) {
        for (auto& record : loopback->committed({topic, partition})) {
          all.push_back(std::move(record));
        }
      }
    }
    return all;
  }
  /// The progress records, oldest first.
  std::vector<kafka::ConsumerRecord> progress() {
    return records(std::string(relay::progress_topic));
  }

  /// Checks that each event that has a topic is there once and in order, as it is stored, and that
  /// nothing else is.
  void check_complete() {
    const relay::TopicMap map(options.topics);
    std::map<std::string, std::map<std::uint64_t, RecordedEvent>> wanted;
    sqlite->read({.limit = 1'000'000}, [&](const EventView& event) {
      if (const auto spec = map.topic_of(event.metadata.category())) {
        wanted[spec->name].emplace(event.metadata.position.value(), RecordedEvent(event));
      }
      return true;
    });
    for (auto& [topic, events] : wanted) check_topic(topic, events);
  }

 private:
  void check_topic(const std::string& topic, std::map<std::uint64_t, RecordedEvent>& events) {
    CAPTURE(topic);
    std::map<std::int32_t, std::uint64_t> last;
    for (const auto& record : records(topic)) {
      const auto position = position_of(record);
      CAPTURE(position);
      const auto event = events.find(position);
      REQUIRE_MESSAGE(event != events.end(), "twice, or never stored");
      CHECK(record.key == event->second.metadata().stream_key());
      CHECK(record.value == std::string(event->second.data()));
      CHECK(last[record.from.partition] < position);
      last[record.from.partition] = position;
      events.erase(event);
    }
    CHECK_MESSAGE(events.empty(), "missing events: ", events.size());
  }

  std::uint64_t appended_ = 0;
};

}  // namespace tidemark::relay_test
