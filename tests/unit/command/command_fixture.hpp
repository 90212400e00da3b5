#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <tidemark/store/sqlite_store.hpp>
#include <vector>

#include "counter.hpp"
#include "tidemark/command/dispatcher.hpp"

namespace tidemark {

/// A store in memory and a dispatcher for counters on it.
struct CommandFixture {
  ManualClock clock{UtcTime::from_micros(1'795'237'362'000'000)};
  SeededRandom random{7};
  std::unique_ptr<store::SqliteStore> store =
      store::SqliteStore::open({.file = ":memory:"}, clock, random);
  std::unique_ptr<const command::AggregateModel> model =
      command::aggregate_model<counter::v1::Counter>();
  Catalogue catalogue;

  CommandFixture() {
    for (const auto* event : model->events()) catalogue.add(*event);
    catalogue.upcasts<counter::v1::AddedV1>();
  }
  command::Dispatcher make(command::DispatcherOptions options = {}) {
    return command::Dispatcher(*store, catalogue, {model.get()}, clock, random, options);
  }
  CommandId id(std::uint64_t n) const {
    SeededRandom of_n(n);
    return CommandId(Uuid::version7(clock.now(), of_n));
  }
  std::vector<RecordedEvent> events() const {
    std::vector<RecordedEvent> all;
    store->read({}, [&](const EventView& event) {
      all.emplace_back(event);
      return true;
    });
    return all;
  }
  /// Stores an event past the dispatcher.
  void store_raw(const std::string& type, const google::protobuf::Message& message) {
    NewEvent event{.event_id = EventId(Uuid::version7(clock.now(), random)),
                   .type = type,
                   .data = serialize(message),
                   .event_time = clock.now()};
    REQUIRE(store->append({.id = AppendId(event.event_id.uuid()),
                           .streams = {{.stream = StreamId("counter", "c1"), .events = {event}}}}));
  }
};

}  // namespace tidemark
