#include <map>
#include <set>
#include <string>
#include <thread>

#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

constexpr unsigned thread_count = 64;

/// Runs `work(number of the thread)` on so many threads and waits for them.
template <typename Work>
void on_threads(Work work, unsigned count = thread_count) {
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < count; ++number) {
    threads.emplace_back([&work, number] { work(number); });
  }
  for (auto& thread : threads) thread.join();
}

std::uint64_t number_of(unsigned thread, std::uint64_t count) { return thread * 100'000 + count; }

/// Positions and versions have no gaps, and no event is there twice.
void check_order(EventStore& store, std::uint64_t events) {
  std::uint64_t position = 0;
  std::map<std::string, std::uint64_t> versions;
  std::set<EventId> ids;
  ReadQuery query;
  ReadEnd end;
  do {
    end = store.read(query, [&](const EventView& event) {
      CHECK(event.metadata.position.value() == ++position);
      CHECK(event.metadata.version.value() == ++versions[std::string(event.metadata.stream)]);
      CHECK(ids.insert(event.metadata.event_id).second);
      return true;
    });
    query.from = end.scanned.next();
  } while (!end.at_end);
  CHECK(position == events);
}

TEST_SUITE("store/threads") {
  TEST_CASE_TEMPLATE_DEFINE("of those who change a property at once one is right", Place, agree) {
    Place place;
    const auto store = place.open();
    store->set_property("count", "0");
    on_threads([&](unsigned) {
      for (unsigned done = 0; done < 2;) {
        const auto before = store->property("count").value();
        if (store->change_property("count", before, std::to_string(std::stoi(before) + 1))) ++done;
      }
    });
    CHECK(store->property("count") == std::to_string(thread_count * 2));
  }
  TEST_CASE_TEMPLATE_APPLY(agree, Stores);

  TEST_CASE_TEMPLATE_DEFINE("racing writers leave no gap, and one of them wins each version", Place,
                            racing) {
    Place place;
    const auto store = place.open();
    std::atomic<std::uint64_t> stored{0};
    std::atomic<std::uint64_t> conflicts{0};
    on_threads([&](unsigned thread) {
      for (std::uint64_t count = 0; count < 40; ++count) {
        const auto to = stream(std::to_string(count % 3));
        const auto number = number_of(thread, count);
        const auto version = store->stream_version(to);
        const auto result =
            store->append(append_of(number, to, {number}, ExpectedState::exact(version)));
        if (result.has_value()) {
          ++stored;
          CHECK(result->versions == std::vector{version.next()});
        } else {
          ++conflicts;
          CHECK(std::get<Conflict>(result.error()).actual > version);
        }
      }
    });
    CHECK(stored + conflicts == thread_count * 40);
    CHECK(stored >= 40);
    CHECK(store->high_water().value() == stored);
    check_order(*store, stored);
  }
  TEST_CASE_TEMPLATE_APPLY(racing, Stores);

  TEST_CASE_TEMPLATE_DEFINE("of one append id handed in by many, one is stored", Place, one_id) {
    Place place;
    const auto store = place.open();
    std::atomic<std::uint64_t> firsts{0};
    on_threads([&](unsigned thread) {
      for (std::uint64_t id = 1; id <= 20; ++id) {
        const auto result =
            store->append(append_of(id, stream(std::to_string(thread)), {number_of(thread, id)}));
        CHECK(result.has_value());
        if (!result->repeated) ++firsts;
      }
    });
    CHECK(firsts == 20);
    check_order(*store, 20);
  }
  TEST_CASE_TEMPLATE_APPLY(one_id, Stores);

  TEST_CASE_TEMPLATE_DEFINE("of one event id imported by many, one is stored", Place, one_event) {
    Place place;
    const auto store = place.open();
    std::atomic<std::uint64_t> skipped{0};
    on_threads([&](unsigned thread) {
      for (std::uint64_t count = 1; count <= 10; ++count) {
        auto append = append_of(number_of(thread, count), stream(std::to_string(thread % 4)),
                                {count, count + 1, 1000 + number_of(thread, count)});
        append.on_duplicate = OnDuplicate::skip;
        const auto result = store->append(append);
        CHECK(result.has_value());
        skipped += result->skipped;
      }
    });
    const auto handed_in = thread_count * 10 * 3;
    CHECK(store->high_water().value() == handed_in - skipped);
    check_order(*store, 11 + thread_count * 10);
  }
  TEST_CASE_TEMPLATE_APPLY(one_event, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a refused append leaves its neighbours in the group alone", Place,
                            neighbours) {
    Place place;
    const auto store = place.open();
    REQUIRE(store->append(append_of(1, stream("a"), {1})).has_value());
    std::vector<Ticket> tickets;
    tickets.push_back(store->submit(append_of(2, stream("a"), {2})));
    tickets.push_back(store->submit(append_of(3, stream("new"), {3, 1})));
    tickets.push_back(store->submit(append_of(4, stream("a"), {4}, ExpectedState::no_stream())));
    tickets.push_back(store->submit(append_of(5, stream("new"), {3})));
    tickets.push_back(store->submit(append_of(2, stream("b"), {6})));
    CHECK(store->high_water() == Position(1));
    CHECK(tickets[0].wait()->last == Position(2));
    CHECK(error_of<DuplicateEvents>(tickets[1].wait()).event_ids == std::vector{event_id(1)});
    CHECK(error_of<Conflict>(tickets[2].wait()).actual == StreamVersion(2));
    const auto fourth = tickets[3].wait();
    CHECK(fourth->first == Position(3));
    CHECK(fourth->versions == std::vector{StreamVersion(1)});
    CHECK(tickets[4].wait()->repeated);
    check_order(*store, 3);
  }
  TEST_CASE_TEMPLATE_APPLY(neighbours, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a reader that has seen a position meets nothing new below it", Place,
                            no_late_events) {
    Place place;
    const auto store = place.open();
    std::atomic<bool> writing{true};
    std::vector<std::vector<EventId>> seen(3);
    std::vector<std::thread> readers;
    for (auto& ids : seen) {
      readers.emplace_back([&] {
        Position high_water;
        for (bool last_round = false; !last_round;) {
          last_round = !writing;
          const auto before = store->high_water();
          CHECK(before >= high_water);
          high_water = before;
          const auto end =
              store->read({.from = Position(ids.size() + 1)}, [&](const EventView& event) {
                CHECK(event.metadata.position.value() == ids.size() + 1);
                ids.push_back(event.metadata.event_id);
                return true;
              });
          CHECK(store->high_water() >= end.scanned);
          if (!end.at_end) last_round = false;
        }
      });
    }
    on_threads([&](unsigned thread) {
      for (std::uint64_t count = 0; count < 15; ++count) {
        const auto number = number_of(thread, count);
        CHECK(
            store->append(append_of(number, stream(std::to_string(thread)), {number})).has_value());
      }
    });
    writing = false;
    for (auto& reader : readers) reader.join();
    std::vector<EventId> stored;
    store->read({}, [&](const EventView& event) {
      stored.push_back(event.metadata.event_id);
      return true;
    });
    CHECK(stored.size() == thread_count * 15);
    for (const auto& ids : seen) CHECK(ids == stored);
  }
  TEST_CASE_TEMPLATE_APPLY(no_late_events, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a reader that catches up with a writer sees each event once", Place,
                            catch_up) {
    Place place;
    const auto store = place.open();
    constexpr std::uint64_t events = 400;
    for (std::uint64_t number = 1; number <= 100; ++number) {
      auto append = append_of(number, stream("a"), {number});
      if (number % 4 == 0) append.streams[0].events[0].type = "other";
      REQUIRE(store->append(append).has_value());
    }
    std::thread writer([&] {
      for (std::uint64_t number = 101; number <= events; ++number) {
        auto append = append_of(number, stream("a"), {number});
        if (number % 4 == 0) append.streams[0].events[0].type = "other";
        CHECK(store->append(append).has_value());
      }
    });
    std::vector<std::uint64_t> seen;
    ReadQuery query{.from = Position(1), .types = {"other"}, .scan_max = 7, .limit = 3};
    while (query.from->value() <= events) {
      const auto end = store->read(query, [&](const EventView& event) {
        seen.push_back(event.metadata.position.value());
        return true;
      });
      if (end.scanned != Position()) query.from = end.scanned.next();
    }
    writer.join();
    CHECK(seen.size() == events / 4);
    for (std::size_t at = 0; at < seen.size(); ++at) CHECK(seen[at] == (at + 1) * 4);
  }
  TEST_CASE_TEMPLATE_APPLY(catch_up, Stores);
}

TEST_SUITE("store/tickets") {
  TEST_CASE_TEMPLATE_DEFINE("whoever looks first commits all that waits", Place, first_look) {
    Place place;
    const auto store = place.open();
    std::vector<Ticket> tickets;
    for (std::uint64_t id = 1; id <= 10; ++id) {
      tickets.push_back(store->submit(append_of(id, stream("a"), {id})));
    }
    CHECK(store->high_water() == Position(0));
    const auto sixth = tickets[5].poll();
    REQUIRE(sixth.has_value());
    CHECK((*sixth)->first == Position(6));
    CHECK(store->high_water() == Position(10));
    for (std::uint64_t id = 1; id <= 10; ++id) {
      const auto outcome = tickets[id - 1].poll();
      REQUIRE(outcome.has_value());
      CHECK((*outcome)->first == Position(id));
      CHECK(tickets[id - 1].wait()->first == Position(id));
    }
  }
  TEST_CASE_TEMPLATE_APPLY(first_look, PlainStores);

  TEST_CASE_TEMPLATE_DEFINE("a ticket that is dropped does not take its append back", Place,
                            dropped) {
    Place place;
    const auto store = place.open();
    static_cast<void>(store->submit(append_of(1, stream("a"), {1})));
    CHECK(store->append(append_of(2, stream("a"), {2}))->first == Position(2));
    CHECK(store->find_append(append_id(1)).has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(dropped, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a full queue is committed by whoever comes next", Place, full_queue) {
    Place place;
    place.options.queue_max = 4;
    place.options.group_max = 2;
    const auto store = place.open();
    std::vector<Ticket> tickets;
    for (std::uint64_t id = 1; id <= 11; ++id) {
      tickets.push_back(store->submit(append_of(id, stream("a"), {id})));
    }
    CHECK(store->high_water() >= Position(7));
    for (auto& ticket : tickets) CHECK(ticket.wait().has_value());
    CHECK(store->high_water() == Position(11));
  }
  TEST_CASE_TEMPLATE_APPLY(full_queue, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an append beyond a limit has its outcome at once", Place, refused) {
    Place place;
    place.options.events_max = 1;
    const auto store = place.open();
    auto ticket = store->submit(append_of(1, stream("a"), {1, 2}));
    const auto outcome = ticket.poll();
    REQUIRE(outcome.has_value());
    CHECK(error_of<LimitExceeded>(*outcome).field == "events");
  }
  TEST_CASE_TEMPLATE_APPLY(refused, Stores);

  TEST_CASE_TEMPLATE_DEFINE("many threads submit and poll, and each gets its own outcome", Place,
                            own_outcome) {
    Place place;
    place.options.group_max = 5;
    const auto store = place.open();
    constexpr unsigned polling = 16;  // who polls keeps a core from the others
    const auto work = [&](unsigned thread) {
      for (std::uint64_t count = 0; count < 20; ++count) {
        const auto number = number_of(thread, count);
        const auto to = stream(std::to_string(thread));
        auto ticket = store->submit(append_of(number, to, {number}));
        auto outcome = ticket.poll();
        while (!outcome) outcome = ticket.poll();
        CHECK((*outcome)->versions == std::vector{StreamVersion(count + 1)});
      }
    };
    on_threads(work, polling);
    check_order(*store, polling * 20);
  }
  TEST_CASE_TEMPLATE_APPLY(own_outcome, Stores);
}

TEST_SUITE("store/listeners") {
  TEST_CASE_TEMPLATE_DEFINE("listeners are called for each commit that adds events", Place,
                            called) {
    Place place;
    const auto store = place.open();
    std::atomic<int> calls{0};
    std::atomic<int> others{0};
    auto listening = store->listen([&] { ++calls; });
    {
      const auto other = store->listen([&] { ++others; });
      REQUIRE(store->append(append_of(1, stream("a"), {1, 2})).has_value());
    }
    REQUIRE(store->append(append_of(2, stream("a"), {3})).has_value());
    CHECK(calls == 2);
    CHECK(others == 1);
    CHECK_FALSE(
        store->append(append_of(3, stream("a"), {4}, ExpectedState::no_stream())).has_value());
    store->set_property("name", "value");
    CHECK(calls == 2);
    listening = Listening();
    REQUIRE(store->append(append_of(4, stream("a"), {5})).has_value());
    CHECK(calls <= 3);
  }
  TEST_CASE_TEMPLATE_APPLY(called, Stores);
}

}  // namespace
}  // namespace tidemark::store
