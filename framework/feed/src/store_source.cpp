#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "known_types.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/feed/source.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::feed {
namespace {

/// Events looked at in one fetch at most, whatever is delivered of them.
constexpr std::uint64_t scan_max = 10'000;

class StoreSource final : public Source {
 public:
  StoreSource(store::EventStore& store, const Catalogue& catalogue, Position start)
      : store_(store), start_(start), types_(catalogue) {}

  void open(sql::Database& file, const std::vector<std::string>& types) override {
    types_.want(types);
    auto row = file.statement("SELECT position FROM feed_checkpoint");
    if (!row.next()) begin(file);
    rewind(file);
    check_history(file);
    types_.check_passed(file);
  }

  std::uint64_t fetch(std::uint64_t max,
                      const std::function<bool(const Delivery&)>& visit) override {
    if (max == 0) return 0;
    std::uint64_t visited = 0;
    bool stopped = false;
    blocked_.reset();
    store::ReadQuery query{.from = place_.next(), .limit = std::max(max, scan_max)};
    const auto end = store_.read(query, [&](const EventView& event) {
      const auto& type = types_.of(event.type);
      Delivery delivery{
          .event = event, .key = event.metadata.stream, .place = event.metadata.position};
      blocked_ = types_.check(delivery, type);
      if (blocked_) return false;
      place_ = event.metadata.position;
      if (!type.wanted || event.tombstone) return true;
      ++visited;
      types_.make_current(delivery, type);
      stopped = !visit(delivery) || visited == max;
      return !stopped;
    });
    if (blocked_) {
      if (!moved()) throw KnownTypes::failure(*blocked_);
    } else if (!stopped) {
      place_ = std::max(place_, end.scanned);
    }
    return visited;
  }

  [[nodiscard]] bool moved() const override { return place_ != saved_; }

  bool save(sql::Database& file) override {
    const auto origin = store::origin_at(store_, place_);
    if (!origin) throw diverged(file, place_);
    auto update =
        file.statement("UPDATE feed_checkpoint SET position = ?1, chain = ?2 WHERE position = ?3");
    update.bind(1, place_.value()).bind(2, sql::Blob{origin->chain_bytes()});
    update.bind(3, saved_.value()).run();
    if (file.changes() != 1) return false;
    types_.save(file);
    return true;
  }

  void saved() override {
    saved_ = place_;
    done_.store(saved_.value());
  }

  void rewind(sql::Database& file) override {
    auto row = file.statement("SELECT position FROM feed_checkpoint");
    if (!row.next()) return;
    place_ = Position(static_cast<std::uint64_t>(row.integer(0)));
    saved();
    types_.load(file);
  }

  void refresh(Delivery& delivery, std::string& buffer) const override {
    types_.refresh(delivery, buffer);
  }

  [[nodiscard]] Extent extent() const override {
    return {.done = done_.load(), .tail = store_.high_water().value()};
  }
  [[nodiscard]] std::string stuck_at() const override {
    return blocked_ ? blocked_->describe() : std::string();
  }

 private:
  void begin(sql::Database& file) {
    const auto origin = store::origin_at(store_, start_);
    if (!origin) throw diverged(file, start_);
    sql::in_transaction(file, [&] {
      auto insert = file.statement(
          "INSERT INTO feed_checkpoint(id, position, chain, store_id) VALUES (1, ?1, ?2, ?3)");
      insert.bind(1, start_.value()).bind(2, sql::Blob{origin->chain_bytes()});
      insert.bind(3, sql::Blob{origin->store_bytes()}).run();
    });
  }

  void check_history(sql::Database& file) {
    const auto origin = FeedDesk(file).origin();
    if (!store::has_origin(store_, *origin)) throw diverged(file, origin->checkpoint.position);
  }

  [[nodiscard]] Failure diverged(const sql::Database& file, Position position) const {
    return Failure(
        {.code = "store.diverged",
         .message = fmt::format("{} was made from another history: position {} of store {} is not "
                                "what it was (the log ends at {})",
                                file.name(), position.value(), to_string(store_.store_id()),
                                store_.high_water().value()),
         .hint = "put back the log that belongs to this file, or rebuild what is in it from this "
                 "log"});
  }

  store::EventStore& store_;
  const Position start_;
  KnownTypes types_;
  Position place_;
  Position saved_;
  std::optional<KnownTypes::Blocked> blocked_;
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace

std::unique_ptr<Source> store_source(store::EventStore& store, const Catalogue& catalogue,
                                     Position start) {
  return std::make_unique<StoreSource>(store, catalogue, start);
}

}  // namespace tidemark::feed
