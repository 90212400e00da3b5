#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/store/event_store.hpp"

namespace intake_test {

/// What goes wrong, and when: at which submit or poll, counted from 1.
struct Fault {
  enum class At : std::uint8_t {
    submit,       ///< nothing was handed in
    before_poll,  ///< it is handed in, and nobody knows what becomes of it
    after_poll,   ///< it is committed, and the answer is lost
  };
  At at = At::submit;
  std::uint64_t first = 0;  ///< 0: never
  std::uint64_t count = 1;  ///< so many times in a row
};

/// A store that fails for a while, as one does whose disk is slow or whose file is locked.
class FaultyStore final : public tidemark::store::EventStore {
 public:
  using Appended = tidemark::store::Appended;
  using AppendError = tidemark::store::AppendError;
  template <typename T>
  using Result = tidemark::Result<T, AppendError>;

  explicit FaultyStore(tidemark::store::EventStore& inner) : inner_(inner) {}

  Fault fault;
  bool hold_back = false;          ///< no ticket has an answer, as while another thread commits
  std::function<void()> overtake;  ///< called once, before the next append is handed in
  std::uint64_t submits = 0;
  std::uint64_t polls = 0;
  std::uint64_t events_waiting = 0;      ///< handed in without an answer
  std::uint64_t events_waiting_max = 0;  ///< the most there were

  tidemark::store::Ticket submit(tidemark::store::Append append) override {
    if (is_due(Fault::At::submit, ++submits)) fail();
    if (auto first = std::exchange(overtake, nullptr)) first();
    std::uint64_t events = 0;
    for (const auto& write : append.streams) events += write.events.size();
    events_waiting += events;
    events_waiting_max = std::max(events_waiting_max, events_waiting);
    return tidemark::store::Ticket(
        std::make_shared<Watched>(*this, inner_.submit(std::move(append)), events));
  }
  Result<Appended> append(tidemark::store::Append append) override {
    return inner_.append(std::move(append));
  }
  std::optional<Appended> find_append(const tidemark::AppendId& id) override {
    return inner_.find_append(id);
  }
  tidemark::store::ReadEnd read(const tidemark::store::ReadQuery& query,
                                const tidemark::store::Visitor& visit) override {
    return inner_.read(query, visit);
  }
  tidemark::store::ReadEnd read_stream(const tidemark::store::StreamQuery& query,
                                       const tidemark::store::Visitor& visit) override {
    return inner_.read_stream(query, visit);
  }
  std::optional<tidemark::RecordedEvent> find_event(const tidemark::EventId& id) override {
    return inner_.find_event(id);
  }
  tidemark::Position high_water() override { return inner_.high_water(); }
  tidemark::Position position_at(tidemark::UtcTime recorded_at) override {
    return inner_.position_at(recorded_at);
  }
  std::optional<tidemark::store::ChainHash> chain_at(tidemark::Position position) override {
    return inner_.chain_at(position);
  }
  tidemark::store::StreamState stream_state(const tidemark::StreamId& stream) override {
    return inner_.stream_state(stream);
  }
  std::vector<tidemark::store::StreamInfo> streams(const std::string& category,
                                                   const std::string& after,
                                                   std::uint64_t limit) override {
    return inner_.streams(category, after, limit);
  }
  std::uint32_t register_type(const std::string& type, const std::string& fingerprint) override {
    return inner_.register_type(type, fingerprint);
  }
  [[nodiscard]] tidemark::StoreId store_id() const override { return inner_.store_id(); }
  tidemark::store::Listening listen(std::function<void()> listener) override {
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
  struct Watched final : tidemark::store::Ticket::Shared {
    Watched(FaultyStore& store_in, tidemark::store::Ticket inner_in, std::uint64_t events_in)
        : store(store_in), inner(std::move(inner_in)), events(events_in) {}
    std::optional<Result<Appended>> poll() override {
      if (store.hold_back) return std::nullopt;
      const auto number = ++store.polls;
      if (store.is_due(Fault::At::before_poll, number)) fail();
      auto answer = inner.poll();
      if (answer) store.events_waiting -= std::exchange(events, 0);
      if (store.is_due(Fault::At::after_poll, number)) fail();
      return answer;
    }
    Result<Appended> wait() override { return inner.wait(); }
    FaultyStore& store;
    tidemark::store::Ticket inner;
    std::uint64_t events;
  };

  [[nodiscard]] bool is_due(Fault::At at, std::uint64_t number) const {
    return fault.at == at && fault.first > 0 && number >= fault.first &&
           number < fault.first + fault.count;
  }
  [[noreturn]] static void fail() {
    throw tidemark::Failure({.code = "store.busy", .message = "a test says so", .retryable = true});
  }

  tidemark::store::EventStore& inner_;
};

}  // namespace intake_test
