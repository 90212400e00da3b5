#include "snapshot.hpp"

#include <doctest/doctest.h>

#include <tidemark/command/snapshot.pb.h>
#include <functional>
#include <utility>

#include "command_fixture.hpp"
#include "contract/store/forwarding_engine.hpp"

using namespace tidemark;
using counter::v1::add;
using Kind = command::Outcome::Kind;

namespace {

const std::string property = "snapshot:counter-c1";

std::string state_of(std::int64_t total) {
  counter::v1::CounterSnapshot state;
  state.set_total(total);
  return serialize(state);
}

/// Ten events of 1, and a snapshot of them that says 90: who goes by it is told from who does not.
struct WithSnapshot : CommandFixture {
  WithSnapshot() {
    auto dispatcher = make({.snapshot_every = 0, .snapshot_bytes = 0});
    for (int i = 0; i < 10; ++i) REQUIRE(dispatcher.execute(add("c1", 1)));
    keep(sound());
  }
  [[nodiscard]] command::Snapshot sound() const {
    return {.key = model->snapshot_key(),
            .version = StreamVersion(10),
            .origin = store::origin_at(*store, Position(10)).value(),
            .state = state_of(90)};
  }
  void keep(const command::Snapshot& snapshot) const {
    store->set_property(property, command::encode_snapshot(snapshot));
  }
  /// Whether a dispatcher that knows nothing yet begins at the snapshot.
  [[nodiscard]] bool goes_by_it() {
    return make({.snapshot_bytes = 0}).execute(add("c1", 20))->kind == Kind::rejected;
  }
  std::optional<command::Snapshot> kept() const {
    const auto bytes = store->property(property);
    return bytes ? command::decode_snapshot(*bytes) : std::nullopt;
  }
  void change(decltype(store::LifeCycleChange::what) what) const {
    REQUIRE(store->change({.what = std::move(what), .who = "ann", .reason = "asked for"}));
  }
};

const StreamId c1("counter", "c1");

struct First {
  using Commands = tidemark::List<>;
  using Events = tidemark::List<counter::v1::Added>;
  using Snapshot = counter::v1::CounterSnapshot;
  static constexpr std::string_view category = "first";
};
struct Second : First {
  static constexpr std::uint64_t snapshot_version = 1;
};
struct Third : First {
  using Events = tidemark::List<counter::v1::Added, counter::v1::WasReset>;
};
struct Fourth : First {
  using Snapshot = counter::v1::WasReset;
};
void evolve(First&, const counter::v1::Added&) {}
void evolve(Third&, const counter::v1::WasReset&) {}
template <typename Message>
void save(const First&, Message&) {}
template <typename Message>
void restore(First&, const Message&) {}

/// A log in which something happens just before it is read, or before a snapshot is kept.
class Meddled final : public store::ForwardingEngine {
 public:
  using Forwarding::Forwarding;
  store::ReadEnd read_stream(const store::StreamQuery& query,
                             const store::Visitor& visit) override {
    if (query.from == StreamVersion(1)) ++whole_reads;
    if (const auto happens = std::exchange(before_read, nullptr)) happens();
    return inner().read_stream(query, visit);
  }
  void set_property(const std::string& name, const std::string& value) override {
    if (const auto happens = std::exchange(before_snapshot, nullptr)) happens();
    inner().set_property(name, value);
  }

  int whole_reads = 0;
  std::function<void()> before_read, before_snapshot;
};

}  // namespace

TEST_SUITE("command/snapshot") {
  TEST_CASE("a state is loaded from its snapshot and the events behind it") {
    WithSnapshot f;
    CHECK(f.goes_by_it());
    CHECK(f.make().execute(add("c1", 10))->kind == Kind::accepted);
    CHECK(f.make().execute(add("c1", 1))->kind == Kind::rejected);
  }

  TEST_CASE("a snapshot that does not fit is passed over without a word") {
    using Spoil = std::function<void(command::Snapshot&)>;
    const std::vector<std::pair<const char*, Spoil>> spoilt = {
        {"of another layout or evolve version", [](auto& s) { s.key = "other"; }},
        {"of a version that is not there yet", [](auto& s) { s.version = StreamVersion(11); }},
        {"of another history of the log", [](auto& s) { s.origin.checkpoint.chain[0] ^= 1; }},
        {"made from other events", [](auto& s) { s.skips = 1; }},
        {"of another log", [](auto& s) { s.origin.store = StoreId(); }},
        {"behind the end of the log", [](auto& s) { s.origin.checkpoint.position = Position(11); }},
        {"whose state is no message", [](auto& s) { s.state = "\xff\xff"; }}};
    for (const auto& [what, spoil] : spoilt) {
      CAPTURE(what);
      WithSnapshot f;
      auto snapshot = f.sound();
      spoil(snapshot);
      f.keep(snapshot);
      CHECK_FALSE(f.goes_by_it());
    }
  }

  TEST_CASE("a snapshot that is damaged or of the older form is passed over") {
    WithSnapshot f;
    const auto sound = *f.store->property(property);
    for (std::size_t at = 0; at < sound.size(); ++at) {
      auto damaged = sound;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      CHECK_FALSE(command::decode_snapshot(damaged).has_value());
      CHECK_FALSE(command::decode_snapshot(sound.substr(0, at)).has_value());
    }
    f.store->set_property(property, "10 " + f.model->snapshot_key() + " " + state_of(90));
    CHECK_FALSE(f.goes_by_it());
  }

  TEST_CASE("a snapshot of what a restored backup does not have is passed over") {
    WithSnapshot ahead;
    // The same log as it was before, gone on in another way: the id of the store is the same.
    CommandFixture restored;
    REQUIRE(restored.store->store_id() == ahead.store->store_id());
    auto dispatcher = restored.make();
    for (int i = 0; i < 10; ++i) REQUIRE(dispatcher.execute(add("c1", 2)));
    restored.store->set_property(property, *ahead.store->property(property));
    CHECK(restored.make().execute(add("c1", 80))->kind == Kind::accepted);
  }

  TEST_CASE("a snapshot is taken every so many events") {
    WithSnapshot f;
    f.store->set_property(property, "");
    auto dispatcher = f.make({.snapshot_every = 10, .snapshot_bytes = 0});
    for (int i = 0; i < 15; ++i) REQUIRE(dispatcher.execute(add("c1", 1)));
    const auto kept = f.kept();
    REQUIRE(kept);
    CHECK(kept->version == StreamVersion(20));
    CHECK(kept->state == state_of(20));
    CHECK(kept->origin.checkpoint.position == Position(20));
    CHECK(store::has_origin(*f.store, kept->origin));
  }

  TEST_CASE("a snapshot is taken when the events since the last one hold so many bytes") {
    CommandFixture f;
    const auto bytes_of = [&](const std::string& stored) {
      return command::decode_snapshot(stored).value().version;
    };
    auto dispatcher = f.make({.snapshot_every = 0, .snapshot_bytes = 24});
    REQUIRE(dispatcher.execute(add("c1", 1)));
    const auto one = f.events()[0].data().size();
    REQUIRE(one * 3 < 24);
    REQUIRE(one * 4 >= 24);
    REQUIRE(dispatcher.execute(add("c1", 1)));
    REQUIRE(dispatcher.execute(add("c1", 1)));
    CHECK_FALSE(f.store->property(property).has_value());
    REQUIRE(dispatcher.execute(add("c1", 1)));
    CHECK(bytes_of(f.store->property(property).value()) == StreamVersion(4));
    for (int i = 0; i < 3; ++i) REQUIRE(dispatcher.execute(add("c1", 1)));
    CHECK(bytes_of(f.store->property(property).value()) == StreamVersion(4));
    // Whoever reads them from the log counts them alike.
    auto other = f.make({.snapshot_every = 0, .snapshot_bytes = 24});
    REQUIRE(other.execute(add("c1", 1)));
    CHECK(bytes_of(f.store->property(property).value()) == StreamVersion(8));
  }

  TEST_CASE("with both limits at zero snapshots are neither taken nor read") {
    WithSnapshot f;
    auto dispatcher = f.make({.snapshot_every = 0, .snapshot_bytes = 0});
    for (int i = 0; i < 10; ++i) REQUIRE(dispatcher.execute(add("c1", 5))->kind == Kind::accepted);
    CHECK(f.kept()->version == StreamVersion(10));
  }

  TEST_CASE("the key covers the version of evolve and the layouts of state and events") {
    const auto key = command::aggregate_model<First>()->snapshot_key();
    CHECK(key != command::aggregate_model<Second>()->snapshot_key());
    CHECK(key != command::aggregate_model<Third>()->snapshot_key());
    CHECK(key != command::aggregate_model<Fourth>()->snapshot_key());
    CHECK(key == command::aggregate_model<First>()->snapshot_key());
  }
}

TEST_SUITE("command/life_cycle") {
  TEST_CASE("a soft-deleted aggregate begins anew behind the versions that it had") {
    WithSnapshot f;
    auto knows_it = f.make();
    REQUIRE(knows_it.execute(add("c1", 10))->kind == Kind::accepted);
    const auto stale = f.store->property(property);
    f.change(store::DeleteStream{.stream = c1});
    CHECK_FALSE(f.store->property(property).has_value());
    const auto first = knows_it.execute(add("c1", 100));
    REQUIRE(first);
    CHECK(first->kind == Kind::accepted);
    CHECK(first->version == StreamVersion(12));
    CHECK(knows_it.execute(add("c1", 1))->kind == Kind::rejected);
    // Of the new life there is no snapshot, and that of the old one is of no use.
    f.store->set_property(property, stale.value());
    CHECK(f.make().execute(add("c1", 1))->kind == Kind::rejected);
  }

  TEST_CASE("an aggregate that was made anew is the same to who knew it and to who did not") {
    WithSnapshot f;
    auto knows_it = f.make();
    REQUIRE(knows_it.execute(add("c1", 1)));
    f.change(store::DeleteStream{.stream = c1});
    REQUIRE(f.make().execute(add("c1", 40))->kind == Kind::accepted);
    CHECK(knows_it.execute(add("c1", 61))->kind == Kind::rejected);
    CHECK(knows_it.execute(add("c1", 60))->kind == Kind::accepted);
  }

  TEST_CASE("a truncated aggregate goes on from a snapshot that reaches what is left") {
    WithSnapshot f;
    f.change(store::TruncateStream{.stream = c1, .before = StreamVersion(11)});
    CHECK(f.goes_by_it());
    REQUIRE(f.make().execute(add("c1", 10))->version == StreamVersion(11));
    CHECK(f.make().execute(add("c1", 1))->kind == Kind::rejected);
  }

  TEST_CASE("a truncated aggregate without such a snapshot is folded from what is left") {
    WithSnapshot f;
    auto short_of_it = f.sound();
    short_of_it.version = StreamVersion(5);
    short_of_it.origin = store::origin_at(*f.store, Position(5)).value();
    f.keep(short_of_it);
    f.change(store::TruncateStream{.stream = c1, .before = StreamVersion(8)});
    CHECK(f.make().execute(add("c1", 98))->kind == Kind::rejected);
    const auto fits = f.make().execute(add("c1", 97));
    CHECK(fits->kind == Kind::accepted);
    CHECK(fits->version == StreamVersion(11));
  }

  TEST_CASE("an aggregate of which nothing is left is there and knows nothing") {
    CommandFixture f;
    REQUIRE(f.make().execute(add("c1", 60)));
    REQUIRE(
        f.store->change({.what = store::TruncateStream{.stream = c1, .before = StreamVersion(2)},
                         .who = "ann",
                         .reason = "asked for"}));
    auto dispatcher = f.make({.snapshot_every = 1});
    const auto outcome = dispatcher.execute(add("c1", 100));
    CHECK(outcome->kind == Kind::accepted);
    CHECK(outcome->version == StreamVersion(2));
  }

  TEST_CASE("an event that is passed over is not in any state that is loaded from then on") {
    WithSnapshot f;
    f.change(store::SkipEvent{.event = f.events()[0].metadata().event_id});
    CHECK_FALSE(f.store->property(property).has_value());
    CHECK(f.make().execute(add("c1", 91))->kind == Kind::accepted);
    CHECK(f.make().execute(add("c1", 1))->kind == Kind::rejected);
  }

  TEST_CASE("a hard-deleted aggregate takes no commands and says so") {
    WithSnapshot f;
    auto knows_it = f.make();
    REQUIRE(knows_it.execute(add("c1", 1)));
    f.change(store::DeleteStream{.stream = c1, .deletion = store::Deletion::hard});
    const auto newcomer = f.make().execute(add("c1", 1));
    REQUIRE_FALSE(newcomer.has_value());
    CHECK(newcomer.error().code == "command.stream_deleted");
    const auto old_hand = knows_it.execute(add("c1", 1));
    REQUIRE_FALSE(old_hand.has_value());
    CHECK(old_hand.error().code == "command.stream_deleted");
  }

  TEST_CASE("a state is folded anew once after an event was skipped") {
    WithSnapshot f;
    const auto first = f.events()[0].metadata().event_id;
    Meddled log(std::move(f.store));
    command::Dispatcher dispatcher(log, f.catalogue, {f.model.get()}, f.clock, f.random,
                                   {.snapshot_every = 0, .snapshot_bytes = 0});
    REQUIRE(dispatcher.execute(add("c1", 1)));
    REQUIRE(log.change({.what = store::SkipEvent{.event = first}, .who = "ann", .reason = "why"}));
    log.whole_reads = 0;
    for (int i = 0; i < 3; ++i) REQUIRE(dispatcher.execute(add("c1", 1)));
    CHECK(log.whole_reads == 1);
  }

  TEST_CASE("a state that was folded while an event was skipped is not remembered") {
    WithSnapshot f;
    const auto first = f.events()[0].metadata().event_id;
    Meddled log(std::move(f.store));
    const auto skip = [&](bool skipped) {
      REQUIRE(log.change({.what = store::SkipEvent{.event = first, .skipped = skipped},
                          .who = "ann",
                          .reason = "why"}));
    };
    command::Dispatcher dispatcher(log, f.catalogue, {f.model.get()}, f.clock, f.random,
                                   {.snapshot_every = 0, .snapshot_bytes = 0});
    log.before_read = [&] { skip(true); };
    CHECK(dispatcher.execute(add("c1", 92))->kind == Kind::rejected);
    skip(false);
    CHECK(dispatcher.execute(add("c1", 91))->kind == Kind::rejected);
    CHECK(dispatcher.execute(add("c1", 90))->kind == Kind::accepted);
  }

  TEST_CASE("a snapshot that comes behind the deletion of its stream does not stay") {
    for (const auto deletion : {store::Deletion::soft, store::Deletion::hard}) {
      WithSnapshot f;
      Meddled log(std::move(f.store));
      command::Dispatcher dispatcher(log, f.catalogue, {f.model.get()}, f.clock, f.random,
                                     {.snapshot_every = 1});
      log.before_snapshot = [&] {
        REQUIRE(log.change({.what = store::DeleteStream{.stream = c1, .deletion = deletion},
                            .who = "ann",
                            .reason = "asked for"}));
      };
      REQUIRE(dispatcher.execute(add("c1", 1)));
      CHECK(log.property(property).value_or("").empty());
    }
  }
}
