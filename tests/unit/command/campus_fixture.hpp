#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <tidemark/store/sqlite_store.hpp>
#include <vector>

#include "campus.hpp"
#include "tidemark/command/dispatcher.hpp"

namespace tidemark {

/// A store in memory and a dispatcher for courses, their seats and their students.
struct CampusFixture {
  ManualClock clock{UtcTime::from_micros(1'795'237'362'000'000)};
  SeededRandom random{7};
  std::unique_ptr<store::SqliteStore> store =
      store::SqliteStore::open({.file = ":memory:"}, clock, random);
  std::unique_ptr<const command::AggregateModel> course =
      command::aggregate_model<campus::v1::Course>();
  std::unique_ptr<const command::AggregateModel> subscription =
      command::aggregate_model<campus::v1::Subscription>();
  std::unique_ptr<const command::JointModel> seat_move =
      command::joint_model<campus::v1::SeatMove>();
  Catalogue catalogue;

  CampusFixture() {
    for (const auto* event : subscription->events()) catalogue.add(*event);
  }
  command::Dispatcher make(command::DispatcherOptions options = {}) {
    return command::Dispatcher(
        *store, catalogue,
        {std::vector{course.get(), subscription.get()}, std::vector{seat_move.get()}}, clock,
        random, options);
  }
  CommandId id(std::uint64_t n) const {
    SeededRandom of_n(n);
    return CommandId(Uuid::version7(clock.now(), of_n));
  }
  /// All events as "stream@version: type".
  std::vector<std::string> log() const {
    std::vector<std::string> lines;
    store->read({}, [&](const EventView& event) {
      lines.push_back(std::string(event.metadata.stream) + "@" +
                      std::to_string(event.metadata.version.value()) + ": " +
                      std::string(event.type.substr(event.type.rfind('.') + 1)));
      return true;
    });
    return lines;
  }
};

}  // namespace tidemark
