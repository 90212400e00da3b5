#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/store/engine.hpp"

namespace tidemark::store {

/// Does what another engine does: what derives from it does one thing differently.
template <typename Engine>
class Forwarding : public Engine {
 public:
  explicit Forwarding(std::unique_ptr<Engine> inner) : inner_(std::move(inner)) {}

  Ticket submit(Append append) override { return inner().submit(std::move(append)); }
  Result<Appended, AppendError> append(Append append) override {
    return inner().append(std::move(append));
  }
  std::optional<Appended> find_append(const AppendId& id) override {
    return inner().find_append(id);
  }
  ReadEnd read(const ReadQuery& query, const Visitor& visit) override {
    return inner().read(query, visit);
  }
  ReadEnd read_stream(const StreamQuery& query, const Visitor& visit) override {
    return inner().read_stream(query, visit);
  }
  std::optional<RecordedEvent> find_event(const EventId& id) override {
    return inner().find_event(id);
  }
  Position high_water() override { return inner().high_water(); }
  Position position_at(UtcTime recorded_at) override { return inner().position_at(recorded_at); }
  std::optional<ChainHash> chain_at(Position position) override {
    return inner().chain_at(position);
  }
  StreamState stream_state(const StreamId& stream) override { return inner().stream_state(stream); }
  std::vector<StreamInfo> streams(const std::string& category, const std::string& after,
                                  std::uint64_t limit) override {
    return inner().streams(category, after, limit);
  }
  std::uint32_t register_type(const std::string& type, const std::string& fingerprint) override {
    return inner().register_type(type, fingerprint);
  }
  [[nodiscard]] StoreId store_id() const override { return inner_->store_id(); }
  [[nodiscard]] Listening listen(std::function<void()> listener) override {
    return inner().listen(std::move(listener));
  }
  std::optional<std::string> property(const std::string& name) override {
    return inner().property(name);
  }
  void set_property(const std::string& name, const std::string& value) override {
    inner().set_property(name, value);
  }
  bool change_property(const std::string& name, const std::optional<std::string>& expected,
                       const std::string& value) override {
    return inner().change_property(name, expected, value);
  }
  Result<Appended, AppendError> import(Import batch) override {
    return inner().import(std::move(batch));
  }
  Result<LifeCycleChanged, LifeCycleError> change(LifeCycleChange change) override {
    return inner().change(std::move(change));
  }
  std::optional<Retention> retention(const StreamId& stream) override {
    return inner().retention(stream);
  }
  std::vector<Skipped> skipped_events(Position after, std::uint64_t limit) override {
    return inner().skipped_events(after, limit);
  }
  Compacted compact(std::uint64_t events_max) override { return inner().compact(events_max); }
  void report_consumers(const std::vector<Consumer>& consumers) override {
    inner().report_consumers(consumers);
  }
  [[nodiscard]] std::vector<Consumer> consumers() override { return inner().consumers(); }
  bool forget_consumer(const std::string& name) override { return inner().forget_consumer(name); }
  std::uint64_t stored_events(Position from, std::uint64_t limit,
                              const std::function<bool(const StoredEvent&)>& visit) override {
    return inner().stored_events(from, limit, visit);
  }
  std::vector<Record> records(Record::Kind kind, const std::string& after,
                              std::uint64_t limit) override {
    return inner().records(kind, after, limit);
  }
  void put_events(std::span<const StoredEvent> events) override { inner().put_events(events); }
  void put_records(std::span<const Record> records) override { inner().put_records(records); }
  Verified verify(const std::function<bool(std::uint64_t, std::uint64_t)>& progress) override {
    return inner().verify(progress);
  }
  StoreFacts facts(bool with_counts) override { return inner().facts(with_counts); }
  std::optional<InclusionProof> prove(Position position) override {
    return inner().prove(position);
  }
  IssuedCheckpoint issue_checkpoint() override { return inner().issue_checkpoint(); }
  std::vector<IssuedCheckpoint> issued_checkpoints(std::uint64_t limit) override {
    return inner().issued_checkpoints(limit);
  }
  Result<Archived, LifeCycleError> archive(const ArchiveRequest& request) override {
    return inner().archive(request);
  }
  bool maintain() override { return inner().maintain(); }

 protected:
  /// Asked for each call.
  [[nodiscard]] virtual Engine& inner() { return *inner_; }

 private:
  std::unique_ptr<Engine> inner_;
};

using ForwardingEngine = Forwarding<StoreEngine>;

}  // namespace tidemark::store
