#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::store {

/// What an event store does, in the plainest way: vectors and maps, each question answered by
/// looking at everything. Members mean what those of `StoreEngine` mean.
class ModelStore {
 public:
  struct Limits {
    std::uint64_t events_max = 4096;
    std::uint64_t data_size_max = 900 * 1024;
  };
  ModelStore(const Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}
  ModelStore(const ModelStore&) = delete;
  ModelStore& operator=(const ModelStore&) = delete;

  Result<Appended, AppendError> append(const Append& append);
  Result<Appended, AppendError> import(const Import& batch);
  [[nodiscard]] std::optional<Appended> find_append(const AppendId& id) const;

  ReadEnd read(const ReadQuery& query, const Visitor& visit) const;
  ReadEnd read_stream(const StreamQuery& query, const Visitor& visit) const;
  [[nodiscard]] std::optional<RecordedEvent> find_event(const EventId& id) const;
  [[nodiscard]] Position high_water() const { return Position(log_.size()); }
  [[nodiscard]] Position position_at(UtcTime recorded_at) const;
  [[nodiscard]] StreamState stream_state(const StreamId& stream) const;
  [[nodiscard]] std::vector<StreamInfo> streams(const std::string& category,
                                                const std::string& after,
                                                std::uint64_t limit) const;

  Result<LifeCycleChanged, LifeCycleError> change(const LifeCycleChange& change);
  [[nodiscard]] std::optional<Retention> retention(const StreamId& stream) const;
  [[nodiscard]] std::vector<Skipped> skipped_events(Position after, std::uint64_t limit) const;
  Compacted compact(std::uint64_t events_max);

  void report_consumers(const std::vector<Consumer>& consumers);
  [[nodiscard]] std::vector<Consumer> consumers() const;
  bool forget_consumer(const std::string& name) { return consumers_.erase(name) > 0; }

  std::uint32_t register_type(const std::string& type, const std::string& fingerprint);
  [[nodiscard]] std::optional<std::string> property(const std::string& name) const;
  void set_property(const std::string& name, const std::string& value);

  [[nodiscard]] std::uint64_t stream_count() const { return streams_.size(); }
  /// When the last event was recorded.
  [[nodiscard]] UtcTime newest() const;
  /// The last moment at which an answer expired so far: the clock may not go behind it.
  UtcTime last_expiry();

 private:
  struct Stream {
    StreamId id;
    std::vector<std::size_t> events = {};  ///< places in the log, by version
    StreamVersion deleted_through = {};
    bool gone = false;
    std::uint64_t truncated_before = 1;
    std::optional<Retention> retention = {};
  };
  struct Stored {
    NewEvent event;
    std::string extra;
    AppendId append;
    const Stream* stream = nullptr;
    StreamVersion version;
    UtcTime recorded_at;
    bool erased = false;
    std::optional<Skipped> skip = {};
  };
  struct Outcome {
    Appended appended;
    std::optional<Answer> answer;
  };
  /// One life-cycle change at work.
  struct Change {
    ModelStore& store;
    const LifeCycleChange& change;
    Result<LifeCycleChanged, LifeCycleError> operator()(const DeleteStream& what);
    Result<LifeCycleChanged, LifeCycleError> operator()(const TruncateStream& what);
    Result<LifeCycleChanged, LifeCycleError> operator()(const Retention& what);
    Result<LifeCycleChanged, LifeCycleError> operator()(const SkipEvent& what);
    Result<LifeCycleChanged, LifeCycleError> hide_before(Stream& stream, std::uint64_t before);
    [[nodiscard]] std::optional<ConsumerBehind> behind(Position last) const;
    [[nodiscard]] std::optional<LifeCycleError> bad_stream(const StreamId& id) const;
  };

  [[nodiscard]] std::optional<LimitExceeded> exceeded(const NewEvent& event) const;
  [[nodiscard]] std::optional<LimitExceeded> exceeded(const Append& append) const;
  [[nodiscard]] std::optional<AppendError> refusal(const Append& append) const;
  [[nodiscard]] std::optional<AppendError> duplicates(const Append& append) const;
  [[nodiscard]] std::optional<AppendError> bad_time(const Import& batch) const;
  bool store(const StreamId& to, const NewEvent& event, const AppendId& append, UtcTime time);

  [[nodiscard]] const Stream* find_stream(const StreamId& stream) const;
  [[nodiscard]] StreamState state(const Stream& stream) const;
  [[nodiscard]] std::uint64_t first_kept(const Stream& stream) const;
  [[nodiscard]] EventView view(std::size_t at) const;
  void compact(Stream& stream, Compacted& done);
  [[nodiscard]] const Consumer* slowest_consumer() const;

  const Clock& clock_;
  const Limits limits_;
  std::vector<Stored> log_;
  std::map<std::string, Stream> streams_;
  std::map<EventId, std::size_t> places_;
  std::map<AppendId, Outcome> outcomes_;
  std::map<std::string, Consumer> consumers_;
  std::map<std::string, std::vector<std::string>> types_;
  std::map<std::string, std::string> properties_;
  UtcTime last_expiry_;
};

/// Whether a filter lets an event through.
bool matches(const ReadQuery& query, const EventView& event, const std::vector<std::string>& tags);

}  // namespace tidemark::store
