#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/kafka_cluster.hpp"
#include "tidemark/kafka/broker.hpp"
#include "tidemark/relay/progress.hpp"
#include "tidemark/relay/relay_worker.hpp"
#include "tidemark/runtime/wakeup.hpp"
#include "tidemark/store/sqlite_store.hpp"

using namespace tidemark;
using runtime::WorkerState;
using test::KafkaCluster;

namespace {

constexpr Micros patience = std::chrono::seconds(120);

/// A store in a file of its own, and relays from it to the real broker, by real time.
class Scene {
 public:
  explicit Scene(const std::string& name)
      : folder_(std::filesystem::temp_directory_path() /
                ("tidemark-relay-" + name + "-" + std::to_string(::getpid()))),
        cluster(KafkaCluster::running()) {
    std::filesystem::create_directories(folder_);
    store = store::SqliteStore::open({.file = folder_ / "store.db"}, clock, random);
    broker = kafka::connect({.bootstrap_servers = cluster.bootstrap_servers()});
    options.topics.prefix = name + ".";
    options.lease = std::chrono::seconds(1);
    options.retry.max = std::chrono::seconds(1);
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  ~Scene() {
    store.reset();
    std::filesystem::remove_all(folder_);
  }

  std::unique_ptr<relay::RelayWorker> relay(const Clock& own_clock) {
    return std::make_unique<relay::RelayWorker>(
        options, relay::RelayWorker::Surroundings{.store = *store,
                                                  .broker = *broker,
                                                  .clock = own_clock,
                                                  .random = random,
                                                  .metrics = &metrics});
  }
  std::unique_ptr<relay::RelayWorker> relay() { return relay(clock); }

  /// Appends `count` events in one append, in turn to `streams` streams of the category.
  void append(const std::string& category, std::uint64_t count, std::uint64_t streams = 20) {
    std::map<std::string, std::vector<NewEvent>> by_stream;
    for (std::uint64_t i = 0; i < count; ++i) {
      by_stream["k" + std::to_string(appended_++ % streams)].push_back(
          {.event_id = EventId(Uuid::version7(clock.now(), random)),
           .type = "test.v1.Happened",
           .data = "event " + std::to_string(appended_),
           .event_time = clock.now(),
           .correlation_id = "conversation"});
    }
    store::Append append{.id = AppendId(Uuid::version7(clock.now(), random))};
    for (auto& [id, events] : by_stream) {
      append.streams.push_back({.stream = StreamId(category, id), .events = std::move(events)});
    }
    const auto started = clock.monotonic();
    REQUIRE(store->append(std::move(append)).has_value());
    slowest_append = std::max(slowest_append, clock.monotonic() - started);
  }

  /// Steps once, and waits as the step asks for.
  void step(relay::RelayWorker& worker) {
    const auto step = worker.step();
    if (step.did == runtime::Step::Did::work) return;
    constexpr Micros wait_max = std::chrono::milliseconds(20);
    wakeup_.wait(wakeup_.generation(), std::min(step.wake_after.value_or(Micros(1)), wait_max));
  }
  template <typename Condition>
  void run_until(relay::RelayWorker& worker, Condition&& holds) {
    const auto deadline = clock.monotonic() + patience;
    while (!holds()) {
      step(worker);
      if (clock.monotonic() > deadline) fail(worker);
    }
  }
  void run(relay::RelayWorker& worker) {
    run_until(worker, [&] {
      const auto report = worker.report();
      return report.state == WorkerState::running && report.done == store->high_water().value();
    });
  }

  /// The committed records of a topic, partition by partition.
  std::vector<kafka::ConsumerRecord> records(const std::string& topic) {
    std::vector<kafka::ConsumerRecord> all;
    const auto facts = broker->describe({topic});
    REQUIRE(facts.size() == 1);
    for (std::int32_t partition = 0; partition < facts[0].partitions; ++partition) {
      read_partition({topic, partition}, all);
    }
    return all;
  }

  /// Checks that each event of the category is on its topic once, in order and as it is stored.
  void check_complete(const std::string& category) {
    std::map<std::string, RecordedEvent> wanted;  // by position
    for (Position next(1); next <= store->high_water();) {
      const auto end = store->read({.from = next, .limit = 10'000}, [&](const EventView& event) {
        if (event.metadata.category() == category) {
          wanted.emplace(std::to_string(event.metadata.position.value()), RecordedEvent(event));
        }
        return true;
      });
      next = end.scanned.next();
    }
    std::map<std::int32_t, std::uint64_t> last;
    for (const auto& record : records(options.topics.prefix + category)) {
      const auto position = header(record, "ce_position");
      const auto event = wanted.find(position);
      REQUIRE_MESSAGE(event != wanted.end(), "twice, or never stored: position ", position);
      CHECK(record.key == event->second.metadata().stream_key());
      CHECK(record.value == std::string(event->second.data()));
      CHECK(last[record.from.partition] < std::stoull(position));
      last[record.from.partition] = std::stoull(position);
      wanted.erase(event);
    }
    CHECK_MESSAGE(wanted.empty(), "missing events: ", wanted.size());
  }

  static std::string header(const kafka::ConsumerRecord& record, std::string_view name) {
    for (const auto& [found, value] : record.headers) {
      if (found == name) return value;
    }
    return "";
  }

 private:
  void read_partition(const kafka::TopicPartition& partition,
                      std::vector<kafka::ConsumerRecord>& all) {
    const auto reader = broker->reader(true);
    reader->start_at(partition, {.kind = kafka::StartAt::Kind::beginning});
    const auto deadline = clock.monotonic() + patience;
    for (;;) {
      const auto events = reader->poll(1000);
      for (const auto& event : events) {
        if (std::holds_alternative<kafka::ReachedEnd>(event)) return;
        if (const auto* record = std::get_if<kafka::ConsumerRecord>(&event)) all.push_back(*record);
      }
      REQUIRE(clock.monotonic() < deadline);
      if (events.empty()) test::pause_before_next_look();
    }
  }

  void fail(const relay::RelayWorker& worker) {
    const auto report = worker.report();
    const auto problem = report.problem ? to_string(*report.problem) : "none";
    FAIL("the relay stands at ", report.done, " of ", report.tail, ", problem: ", problem);
  }

  const std::filesystem::path folder_;
  runtime::Wakeup wakeup_;
  std::uint64_t appended_ = 0;

 public:
  const SystemClock clock;
  SeededRandom random{1};
  observe::Metrics metrics;
  KafkaCluster& cluster;
  std::unique_ptr<store::SqliteStore> store;
  std::unique_ptr<kafka::Broker> broker;
  relay::RelayOptions options;
  Micros slowest_append{0};
};

/// What a program prints; empty when it cannot be run.
std::string output_of(const std::string& command) {
  std::string text;
  auto* const pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 4096> buffer{};
  while (const auto size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    text.append(buffer.data(), size);
  }
  ::pclose(pipe);
  return text;
}

}  // namespace

TEST_SUITE("relay/real broker") {
  TEST_CASE("20,000 events come out once and in order, whatever happens to relay and broker") {
    Scene scene("storm");
    auto worker = scene.relay();
    int lives = 1;
    for (int appends = 1; appends <= 400; ++appends) {
      scene.append(appends % 4 == 0 ? "account" : "campaign", 50);
      if (appends == 150) scene.cluster.stop();
      if (appends == 200) scene.cluster.start();
      if (appends == 300) scene.cluster.kill();
      if (appends == 350) scene.cluster.start();
      for (auto steps = scene.random.below(8); steps > 0; --steps) scene.step(*worker);
      if (scene.random.below(40) != 0) continue;
      worker = scene.relay();
      ++lives;
    }
    scene.run(*worker);
    CHECK(lives > 3);
    CHECK(scene.store->high_water() == Position(20'000));
    scene.check_complete("campaign");
    scene.check_complete("account");
    CHECK(scene.slowest_append < std::chrono::seconds(5));
  }

  TEST_CASE("a transaction that outlives its timeout while the broker is away is published later") {
    Scene scene("outage");
    scene.options.transaction_timeout = std::chrono::seconds(2);
    const auto worker = scene.relay();
    scene.append("campaign", 100);
    scene.run(*worker);
    scene.append("campaign", 4000);
    scene.step(*worker);
    scene.cluster.stop();
    const auto until = scene.clock.monotonic() + std::chrono::seconds(4);
    scene.run_until(*worker, [&] {
      scene.append("campaign", 1);
      return scene.clock.monotonic() > until;
    });
    scene.cluster.start();
    scene.run(*worker);
    scene.check_complete("campaign");
  }

  TEST_CASE("a relay that slept through a take-over is fenced by the broker") {
    Scene scene("sleeper");
    const ManualClock sleeper_clock(scene.clock.now());
    const auto sleeper = scene.relay(sleeper_clock);
    scene.append("campaign", 100);
    scene.run(*sleeper);
    const auto second = scene.relay();
    scene.append("campaign", 100);
    scene.run(*second);
    scene.append("campaign", 100);
    scene.run_until(*sleeper, [&] { return sleeper->report().state == WorkerState::standby; });
    scene.run(*second);
    scene.check_complete("campaign");
    CHECK(scene.metrics.render_prometheus().find("tidemark_relay_fenced_total{relay=\"main\"} 1") !=
          std::string::npos);
  }

  TEST_CASE("progress behind another store's open transaction is waited for") {
    Scene scene("behind");
    auto worker = scene.relay();
    scene.append("campaign", 10);
    scene.run(*worker);
    const auto done = [](kafka::Progress progress) { return progress == kafka::Progress::done; };
    const auto other = scene.broker->transactional_producer("other", std::chrono::minutes(1));
    scene.run_until(*worker, [&] { return done(other->init()); });
    other->begin();
    const kafka::ProducerRecord record{
        .topic = "tidemark.relay", .key = "other", .value = "", .partition = 0};
    scene.run_until(*worker, [&] { return done(other->send(record)); });
    const auto until = scene.clock.monotonic() + std::chrono::seconds(1);  // it reaches the broker
    scene.run_until(*worker, [&] {
      other->poll();
      return scene.clock.monotonic() > until;
    });
    scene.append("campaign", 10);
    scene.run(*worker);
    worker->stop();
    worker = scene.relay();
    const auto waits_until = scene.clock.monotonic() + std::chrono::seconds(3);
    scene.run_until(*worker, [&] { return scene.clock.monotonic() > waits_until; });
    CHECK(worker->report().state == WorkerState::starting);
    scene.run_until(*worker, [&] { return done(other->abort()); });
    scene.run(*worker);
    scene.check_complete("campaign");
  }

  TEST_CASE("the progress topic is compacted, and a topic that is too small is refused") {
    Scene scene("topics");
    scene.broker->ensure_topics(
        {{.name = "topics.campaign", .config = {{"max.message.bytes", "5000"}}}});
    const auto worker = scene.relay();
    scene.append("account", 10);
    scene.append("campaign", 10);
    scene.run_until(*worker, [&] {
      const auto problem = worker->report().problem;
      return problem && problem->code == "relay.topic_too_small";
    });
    CHECK(worker->report().done == 10);
    const auto facts = scene.broker->describe({"tidemark.relay"});
    REQUIRE(facts.size() == 1);
    CHECK(facts[0].config.at("cleanup.policy") == "compact");
  }

  TEST_CASE("other programs see the headers") {
    Scene scene("headers");
    const auto worker = scene.relay();
    scene.append("campaign", 1);
    scene.run(*worker);
    const auto text = output_of("kcat -C -b " + scene.cluster.bootstrap_servers() +
                                " -t headers.campaign -o beginning -e -q -f '%k|%s|%h\\n'");
    if (text.empty() && output_of("kcat -V").empty()) {
      MESSAGE("there is no kcat here: nothing else looked at the headers");
      return;
    }
    CHECK(text.starts_with("k0|event 1|ce_specversion=1.0,ce_id="));
    CHECK(text.find("ce_type=test.v1.Happened,") != std::string::npos);
    CHECK(text.find("ce_subject=campaign-k0,") != std::string::npos);
    CHECK(text.find("ce_source=tidemark/" + to_string(scene.store->store_id())) !=
          std::string::npos);
    CHECK(text.find("ce_position=1,ce_version=1,") != std::string::npos);
    CHECK(text.find("ce_correlationid=conversation") != std::string::npos);
  }
}
