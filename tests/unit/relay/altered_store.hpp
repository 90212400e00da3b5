#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/store/event_store.hpp"

namespace tidemark::relay_test {

/// A store that passes for another one, or in which events were deleted.
class AlteredStore final : public store::EventStore {
 public:
  explicit AlteredStore(store::EventStore& inner) : inner_(inner), id_(inner.store_id()) {}

  void pass_for(const store::EventStore& other) { id_ = other.store_id(); }
  void bury(Position position) { buried_.insert(position); }

  store::ReadEnd read(const store::ReadQuery& query, const store::Visitor& visit) override {
    return inner_.read(query, [&](const EventView& event) {
      auto seen = event;
      if (buried_.contains(event.metadata.position)) {
        seen.tombstone = true;
        seen.data = {};
      }
      return visit(seen);
    });
  }
  [[nodiscard]] StoreId store_id() const override { return id_; }

  store::Ticket submit(store::Append append) override { return inner_.submit(std::move(append)); }
  Result<store::Appended, store::AppendError> append(store::Append append) override {
    return inner_.append(std::move(append));
  }
  std::optional<store::Appended> find_append(const AppendId& id) override {
    return inner_.find_append(id);
  }
  store::ReadEnd read_stream(const store::StreamQuery& query,
                             const store::Visitor& visit) override {
    return inner_.read_stream(query, visit);
  }
  std::optional<RecordedEvent> find_event(const EventId& id) override {
    return inner_.find_event(id);
  }
  Position high_water() override { return inner_.high_water(); }
  Position position_at(UtcTime recorded_at) override { return inner_.position_at(recorded_at); }
  std::optional<store::ChainHash> chain_at(Position position) override {
    return inner_.chain_at(position);
  }
  store::StreamState stream_state(const StreamId& stream) override {
    return inner_.stream_state(stream);
  }
  std::vector<store::StreamInfo> streams(const std::string& category, const std::string& after,
                                         std::uint64_t limit) override {
    return inner_.streams(category, after, limit);
  }
  std::uint32_t register_type(const std::string& type, const std::string& fingerprint) override {
    return inner_.register_type(type, fingerprint);
  }
  store::Listening listen(std::function<void()> listener) override {
    return inner_.listen(std::move(listener));
  }
  std::optional<std::string> property(const std::string& name) override {
    return inner_.property(name);
  }
  void set_property(const std::string& name, const std::string& value) override {
    inner_.set_property(name, value);
  }
  bool change_property(const std::string& name, const std::optional<std::string>& expected,
                       const std::string& value) override {
    return inner_.change_property(name, expected, value);
  }

 private:
  store::EventStore& inner_;
  StoreId id_;
  std::set<Position> buried_;
};

}  // namespace tidemark::relay_test
