#include "tidemark/store/group_commit.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace tidemark::store {
namespace {

struct Item : GroupCommit<Item>::Waiting {
  explicit Item(int number_of_item) : number(number_of_item) {}
  int number;
  int committed = 0;
};
using Queue = GroupCommit<Item>;

/// Remembers the groups; can be made to wait inside a commit.
struct FakeCommitter {
  ManualClock clock;
  std::vector<std::vector<int>> groups;
  std::atomic<bool> hold{false};
  std::atomic<bool> inside{false};
  Micros takes = std::chrono::milliseconds(1);

  Queue::Commit commit() {
    return [this](std::span<const Queue::Pointer> group) {
      inside = true;
      inside.notify_all();
      hold.wait(true);
      groups.emplace_back();
      for (const auto& item : group) {
        groups.back().push_back(item->number);
        ++item->committed;
      }
      clock.advance(takes);
      inside = false;
    };
  }
};

using Groups = std::vector<std::vector<int>>;

TEST_SUITE("store/group_commit") {
  TEST_CASE("what waits is committed together, in the order of arrival") {
    FakeCommitter committer;
    Queue queue({}, committer.clock, committer.commit());
    std::vector<Queue::Pointer> items;
    for (int number = 1; number <= 3; ++number) {
      items.push_back(std::make_shared<Item>(number));
      CHECK(queue.add(items.back()));
    }
    CHECK(queue.poll(*items[1]));
    CHECK(queue.wait(*items[0]));
    CHECK(queue.poll(*items[2]));
    CHECK(committer.groups == Groups{{1, 2, 3}});
  }

  TEST_CASE("a group has its largest size, and the leader goes on until its own item is done") {
    FakeCommitter committer;
    Queue queue({.group_max = 2}, committer.clock, committer.commit());
    std::vector<Queue::Pointer> items;
    for (int number = 1; number <= 5; ++number) {
      items.push_back(std::make_shared<Item>(number));
      CHECK(queue.add(items.back()));
    }
    CHECK(queue.poll(*items[2]));
    CHECK(committer.groups == Groups{{1, 2}, {3, 4}});
    CHECK(queue.poll(*items[4]));
    CHECK(committer.groups.back() == std::vector{5});
  }

  TEST_CASE("a full queue is committed before more is added") {
    FakeCommitter committer;
    Queue queue({.queue_max = 2}, committer.clock, committer.commit());
    for (int number = 1; number <= 5; ++number) CHECK(queue.add(std::make_shared<Item>(number)));
    CHECK(committer.groups == Groups{{1, 2}, {3, 4}});
  }

  TEST_CASE("a poll during another's commit waits for nobody") {
    FakeCommitter committer;
    Queue queue({}, committer.clock, committer.commit());
    const auto first = std::make_shared<Item>(1);
    const auto second = std::make_shared<Item>(2);
    committer.hold = true;
    CHECK(queue.add(first));
    std::thread leader([&] { CHECK(queue.wait(*first)); });
    committer.inside.wait(false);
    CHECK(queue.add(second));
    CHECK_FALSE(queue.poll(*second));
    CHECK_FALSE(queue.poll(*first));
    committer.hold = false;
    committer.hold.notify_all();
    leader.join();
    CHECK(queue.poll(*second));
    CHECK(committer.groups == Groups{{1}, {2}});
  }

  TEST_CASE("a follower whose item is still open leads next") {
    FakeCommitter committer;
    Queue queue({}, committer.clock, committer.commit());
    const auto first = std::make_shared<Item>(1);
    const auto second = std::make_shared<Item>(2);
    committer.hold = true;
    CHECK(queue.add(first));
    std::thread leader([&] { CHECK(queue.wait(*first)); });
    committer.inside.wait(false);
    CHECK(queue.add(second));
    std::thread follower([&] { CHECK(queue.wait(*second)); });
    committer.hold = false;
    committer.hold.notify_all();
    leader.join();
    follower.join();
    CHECK(committer.groups == Groups{{1}, {2}});
  }

  TEST_CASE("who waits longer than patience leaves, and its item is committed once") {
    FakeCommitter committer;
    Queue queue({.patience = Micros(1000)}, committer.clock, committer.commit());
    const auto first = std::make_shared<Item>(1);
    const auto second = std::make_shared<Item>(2);
    committer.hold = true;
    CHECK(queue.add(first));
    std::thread leader([&] { CHECK(queue.wait(*first)); });
    committer.inside.wait(false);
    CHECK(queue.add(second));
    CHECK_FALSE(queue.wait(*second));
    committer.hold = false;
    committer.hold.notify_all();
    leader.join();
    const auto third = std::make_shared<Item>(3);
    CHECK(queue.add(third));
    CHECK(queue.poll(*third));
    CHECK(second->committed == 1);
    CHECK(committer.groups == Groups{{1}, {2, 3}});
  }

  TEST_CASE("a leader lets those come along whom the last commit released, if it may") {
    FakeCommitter committer;
    committer.takes = std::chrono::minutes(1);
    Queue queue({.gather_max = std::chrono::hours(1)}, committer.clock, committer.commit());
    std::vector<Queue::Pointer> items;
    for (int number = 1; number <= 4; ++number) items.push_back(std::make_shared<Item>(number));
    CHECK(queue.add(items[0]));
    CHECK(queue.add(items[1]));
    CHECK(queue.wait(*items[0]));
    std::thread leader([&] {
      CHECK(queue.add(items[2]));
      CHECK(queue.wait(*items[2]));
    });
    std::thread follower([&] {
      CHECK(queue.add(items[3]));
      CHECK(queue.wait(*items[3]));
    });
    leader.join();
    follower.join();
    REQUIRE(committer.groups.size() == 2);
    CHECK(committer.groups[1].size() == 2);
  }

  TEST_CASE("a leader waits for the others no longer than it may") {
    FakeCommitter committer;
    committer.takes = std::chrono::minutes(1);
    Micros gather_max{0};
    SUBCASE("not at all") {}
    SUBCASE("a moment") { gather_max = Micros(100); }
    Queue queue({.gather_max = gather_max}, committer.clock, committer.commit());
    std::vector<Queue::Pointer> items;
    for (int number = 1; number <= 3; ++number) items.push_back(std::make_shared<Item>(number));
    CHECK(queue.add(items[0]));
    CHECK(queue.add(items[1]));
    CHECK(queue.wait(*items[0]));
    CHECK(queue.add(items[2]));
    CHECK(queue.wait(*items[2]));
    CHECK(committer.groups == Groups{{1, 2}, {3}});
  }

  TEST_CASE("each of many threads finds its item committed once") {
    FakeCommitter committer;
    Queue queue({.queue_max = 8, .group_max = 3}, committer.clock, committer.commit());
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&, thread] {
        for (int count = 0; count < 200; ++count) {
          const auto item = std::make_shared<Item>(thread * 1000 + count);
          CHECK(queue.add(item));
          if (count % 2 == 0) {
            CHECK(queue.wait(*item));
          } else {
            while (!queue.poll(*item)) std::this_thread::yield();
          }
          CHECK(item->committed == 1);
        }
      });
    }
    for (auto& thread : threads) thread.join();
    std::size_t committed = 0;
    for (const auto& group : committer.groups) {
      CHECK(group.size() <= 3);
      committed += group.size();
    }
    CHECK(committed == 8 * 200);
  }
}

}  // namespace
}  // namespace tidemark::store
